// vacate simulate: runs a plan against a pool in the kernel, or what a recording tells of.
#include <CLI/CLI.hpp>

#include "model/codec/amount.hpp"
#include "model/codec/recording.hpp"
#include "model/limits.hpp"
#include "reports/plan_answer.hpp"
#include "reports/trials_answer.hpp"
#include "sim/kernel/trials.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/run_planned.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct SimulateArguments {
    InputOptions input;
    PlanInput plan;
    std::string recording;  // where a recording goes in our format
    std::string cases;      // of a recording: those whose names begin so
    bool steps = false;
    std::int64_t runs = 0;  // 0: once, without chance
    TrialOptions trials;
    int threads = 0;
    std::string window;
    int confidence = 95;
};

constexpr const char* not_simulated = "nothing was simulated";

Outcome run_once(const SimulateArguments& arguments, PlannedPool& loaded) {
    const bool json = arguments.input.json;
    const auto run = run_planned(loaded, json);
    if (!run) return run.error();
    const PlanAnswer answer{loaded.scenario.pool,
                            loaded.scenario.state,
                            loaded.file.plan,
                            run->simulation,
                            "simulated",
                            run->findings,
                            {},
                            run->proof,
                            {},
                            {},
                            arguments.steps,
                            loaded.used,
                            loaded.file.job,
                            {},
                            {},
                            false};
    Outcome outcome;
    outcome.out = json ? plan_json(answer) : render_text(report_plan(answer));
    return outcome;
}

// Without chance there is one run, whatever was asked for.
Outcome run_often(const SimulateArguments& arguments, const Scenario& scenario, const Plan& plan) {
    const bool json = arguments.input.json;
    const Result<TrialOptions> options =
        trial_options(arguments.trials, arguments.runs, arguments.threads, scenario);
    if (!options) return outcome_of(options.error(), json, not_simulated);
    std::optional<Duration> window;
    if (!arguments.window.empty()) {
        const auto parsed = parse_duration(arguments.window);
        if (!parsed) {
            const AmountError& error = parsed.error();
            return outcome_of(bad_input("--window", "", error.sentence, error.remedy), json,
                              not_simulated);
        }
        window = *parsed;
    }
    const Trials trials = run_told_trials(scenario, plan, *options);
    const bool chance = varies(scenario.chance);
    Findings findings = remarks_on(scenario, plan);
    if (!chance) findings.insert(findings.begin(), without_chance());
    const TrialsAnswer answer{scenario.pool,        plan,    trials, options->seed, chance, window,
                              arguments.confidence, findings};
    Outcome outcome;
    outcome.status = finished(trials) > 0 ? Status::done : Status::no;
    outcome.out = json ? trials_json(answer) : render_text(report_trials(answer));
    return outcome;
}

Outcome run_plan(const SimulateArguments& arguments, const std::string& input) {
    const bool json = arguments.input.json;
    Result<PlannedPool> loaded =
        load_with_plan(input, arguments.input, arguments.plan, UnknownNames::refused);
    if (!loaded) return outcome_of(loaded.error(), json, not_simulated);
    if (auto no = refusal_of(*loaded, json)) return *no;
    if (arguments.runs > 0) {
        return run_often(arguments, loaded->scenario, loaded->file.plan);
    }
    return run_once(arguments, *loaded);
}

Outcome run_recording(const SimulateArguments& arguments, const std::string& input,
                      const Overrides& overrides) {
    const bool json = arguments.input.json;
    const std::string& plan = arguments.plan.plan;
    if (!plan.empty() || arguments.runs > 0) {
        return outcome_of(
            bad_input(plan.empty() ? "--runs" : plan, "",
                      "a recording is replayed as it was measured, without a plan or chance",
                      "leave the plan and --runs out, or give a scenario"),
            json, not_simulated);
    }
    if (!arguments.recording.empty()) {
        const auto text = recording_text(input, arguments.input.scenario, arguments.cases);
        if (!text) return outcome_of(text.error(), json, not_simulated);
        const auto written = write_file(arguments.recording, *text);
        if (!written) return outcome_of(written.error(), json, not_simulated);
    }
    return replay_outcome(input, arguments.input, overrides, {arguments.cases, arguments.steps});
}

Outcome run(const SimulateArguments& arguments) {
    const bool json = arguments.input.json;
    const Result<std::string> input = read_file(arguments.input.scenario);
    if (!input) return outcome_of(input.error(), json, not_simulated);
    const Result<Overrides> overrides = overrides_of(arguments.input, *input);
    if (!overrides) return outcome_of(overrides.error(), json, not_simulated);
    if (holds_recording(*input)) return run_recording(arguments, *input, *overrides);
    if (!arguments.plan.plan.empty()) return run_plan(arguments, *input);
    return outcome_of(
        bad_input(arguments.input.scenario, "", "this is no recording, and no plan is given",
                  "give the plan behind it: vacate simulate SCENARIO PLAN"),
        json, not_simulated);
}

}  // namespace

Verb declare_simulate(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "simulate",
        "Runs a plan against a pool: every migration round by round over shared links, every "
        "upgrade with its duration. With a recording instead of a scenario, and no plan, it runs "
        "the migrations that were measured, and prints what it predicts beside them.");
    verb->footer(
        "Exit status: 0 the plan can be carried out (with --runs: in at least one run), 1 it "
        "cannot "
        "and the step is named, 2 the input is wrong.");
    const auto arguments = std::make_shared<SimulateArguments>();
    add_input_options(*verb, arguments->input);
    add_plan_input(*verb, arguments->plan, "plan (JSON) of vacate plan -o; not with a recording");
    verb->add_flag("--steps", arguments->steps,
                   "list every step, or every recorded migration, in the text");
    verb->add_option("--cases", arguments->cases,
                     "of a recording, only the cases whose names begin so")
        ->type_name("PREFIX");
    verb->add_option("--save-recording", arguments->recording,
                     "write the recording to this file too, in the format of scenarios/recorded")
        ->type_name("FILE");
    CLI::Option* runs =
        verb->add_option("--runs", arguments->runs,
                         "run it so often, each time with other luck: what the scenario's section "
                         "chance says may vary is drawn anew")
            ->check(CLI::Range(std::int64_t{1}, limits::runs))
            ->type_name("N")
            ->excludes("--steps");
    verb->add_option("--seed", arguments->trials.seed, "seed of what is drawn")
        ->type_name("N")
        ->capture_default_str()
        ->needs(runs);
    verb->add_option("--window", arguments->window,
                     "maintenance window, e.g. '4 h': how many runs end in it, and when each host "
                     "must be begun at the latest")
        ->type_name("TIME")
        ->needs(runs);
    verb->add_option("--confidence", arguments->confidence,
                     "runs in 100 that end in the window when a host is begun at the latest")
        ->check(CLI::Range(1, 99))
        ->type_name("PERCENT")
        ->capture_default_str()
        ->needs(runs);
    verb->add_option("--threads", arguments->threads,
                     "threads to use, 0 for all cores; never changes the answer")
        ->check(CLI::Range(0, 1024))
        ->type_name("N")
        ->capture_default_str()
        ->needs(runs);
    return [arguments] { return run(*arguments); };
}

}  // namespace vacate
