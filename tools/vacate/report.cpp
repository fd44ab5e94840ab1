// vacate report: a plan, run and drawn, as one file for people.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "model/codec/amount.hpp"
#include "model/limits.hpp"
#include "reports/study_answer.hpp"
#include "reports/timeline_report.hpp"
#include "sim/search/critical_path.hpp"
#include "tools/story/run_read.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/no_plan.hpp"
#include "tools/vacate/peers.hpp"
#include "tools/vacate/run_planned.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct ReportArguments {
    InputOptions input;
    PlanInput plan;
    std::string output;
    std::string format = "html";
    std::string panel = "all";
    std::string baseline;
    std::int64_t runs = 0;  // 0: once, without chance
    TrialOptions trials;
    int threads = 0;
    std::string window;
    int confidence = 95;
    std::string start;
};

constexpr const char* not_reported = "nothing was reported";

// "22:00" as minutes since midnight.
tl::expected<std::int32_t, Error> minutes_of(const std::string& text) {
    const auto digit = [&text](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    const bool formed =
        text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4);
    if (formed) {
        const std::int32_t hours = (text[0] - '0') * 10 + text[1] - '0';
        const std::int32_t minutes = (text[3] - '0') * 10 + text[4] - '0';
        if (hours < 24 && minutes < 60) return hours * 60 + minutes;
    }
    return tl::unexpected(bad_input("--start", "", "\"" + text + "\" is no time of a day",
                                    "write hours and minutes, e.g. 22:00"));
}

// What the options say of time, all their mistakes at once.
struct Times {
    std::optional<Duration> window;
    ReportClock clock;
};
Result<Times> times_of(const ReportArguments& arguments) {
    Times times;
    Error error{Error::Kind::bad_input, "the command line", {}};
    if (!arguments.window.empty()) {
        const auto window = parse_duration(arguments.window);
        if (window) times.window = *window;
        if (!window) {
            error.items.push_back({"--window", window.error().sentence, window.error().remedy});
        }
    }
    if (!arguments.start.empty()) {
        const auto start = minutes_of(arguments.start);
        if (start) times.clock.start_minutes = *start;
        if (!start) {
            const Error::Item& item = start.error().items.front();
            error.items.push_back({"--start", item.sentence, item.remedy});
        }
    }
    if (!error.items.empty()) return tl::unexpected<Error>(error);
    return times;
}

Outcome written(const ReportArguments& arguments, std::string text) {
    Outcome outcome;
    if (arguments.output.empty()) {
        outcome.out = std::move(text);
        return outcome;
    }
    const auto done = write_file(arguments.output, text);
    if (!done) return outcome_of(done.error(), arguments.input.json, "the report was not written");
    outcome.words = "report written to " + arguments.output + "\n";
    return outcome;
}

std::string rendered(const ReportArguments& arguments, const TimelineReport& report) {
    if (arguments.format == "text") return report_text(report);
    if (arguments.format == "markdown") return report_markdown(report);
    if (arguments.format == "json") return report_json(report);
    if (arguments.format == "html") return report_html(report);
    const auto* const found = std::find(panel_names.begin(), panel_names.end(), arguments.panel);
    return report_svg(report, static_cast<Panel>(found - panel_names.begin()));
}

Outcome report_no(const ReportArguments& arguments, const Scenario& scenario,
                  const NoPlanFile& file) {
    const NoPlanReport report{scenario.pool, scenario.state, file.proven, file.findings,
                              file.repairs};
    if (arguments.format == "html") return written(arguments, report_html(report));
    if (arguments.format == "markdown") return written(arguments, report_markdown(report));
    if (arguments.format == "json") {
        return written(arguments,
                       no_plan_json(scenario.pool, file.proven, file.findings, {}, file.repairs));
    }
    if (arguments.format == "text") {
        return written(arguments, render_text(report_no_plan(scenario.pool, file.proven,
                                                             file.findings, {}, file.repairs)));
    }
    return written(arguments, report_svg(report));
}

Table<Step, StepHold> holds_of(const Plan& plan, const Schedule& schedule) {
    Table<Step, StepHold> holds(plan.steps.size());
    for (const Id<Step> id : plan.steps.ids()) {
        const CriticalStep one = hold_of(plan, schedule, id);
        holds[id] = {one.held_by, one.hold == Hold::throttle};
    }
    return holds;
}

std::vector<ChainLink> chain_of(const Plan& plan, const Schedule& schedule) {
    std::vector<ChainLink> chain;
    for (const CriticalStep& one : critical_path(plan, schedule)) {
        chain.push_back({one.step, {one.held_by, one.hold == Hold::throttle}});
    }
    return chain;
}

// Many runs, where they were asked for; without chance one stands for all, and is left out.
Result<std::optional<Trials>> trials_for(const ReportArguments& arguments,
                                         const PlannedPool& loaded, std::uint64_t& seed) {
    if (arguments.runs == 0 || !varies(loaded.scenario.chance)) return std::nullopt;
    const auto options =
        trial_options(arguments.trials, arguments.runs, arguments.threads, loaded.scenario);
    if (!options) return tl::unexpected<Error>(options.error());
    seed = options->seed;
    return run_told_trials(loaded.scenario, loaded.file.plan, *options);
}

Findings findings_about(const ReportArguments& arguments, const Scenario& scenario,
                        const PlannedRun& run, const Job& job) {
    Findings findings = findings_for_plan(scenario, run.simulation.final_state);
    for (const Finding& one : run.findings) {
        if (std::find(findings.begin(), findings.end(), one) == findings.end()) {
            findings.push_back(one);
        }
    }
    if (arguments.runs > 0 && !varies(scenario.chance)) findings.push_back(without_chance());
    add_not_restored(scenario, run.simulation.final_state, job, findings);
    return findings;
}

Outcome report_plan_of(const ReportArguments& arguments, PlannedPool& loaded, const Times& times) {
    const bool json = arguments.input.json;
    if (auto no = refusal_of(loaded, json)) return *no;
    const auto run = run_planned(loaded, json);
    if (!run) return run.error();
    const Scenario& scenario = loaded.scenario;
    const Plan& plan = loaded.file.plan;
    std::vector<ComparedPlan> compared;
    std::optional<PeerCourse> wizard;
    if (!arguments.baseline.empty()) {
        Peer peer = peer_of(scenario, arguments.baseline);
        compared.push_back(peer.compared);
        if (peer.compared.schedule) {
            Course course = course_of(scenario.pool, scenario.state, peer.plan, peer.simulation,
                                      peer.simulation.timeline, {});
            wizard = PeerCourse{std::move(peer.plan), std::move(course)};
        }
    }
    std::uint64_t seed = 1;
    const auto trials = trials_for(arguments, loaded, seed);
    if (!trials) return outcome_of(trials.error(), json, not_reported);
    std::optional<TrialsAnswer> trials_answer;
    if (*trials) {
        trials_answer.emplace(TrialsAnswer{
            scenario.pool, plan, **trials, seed, true, times.window, arguments.confidence, {}});
    }
    const PlanAnswer answer{scenario.pool,
                            scenario.state,
                            plan,
                            run->simulation,
                            "report",
                            findings_about(arguments, scenario, *run, loaded.file.job),
                            std::move(compared),
                            run->proof,
                            {},
                            {},
                            false,
                            loaded.used,
                            loaded.file.job,
                            {},
                            {},
                            false};
    const TimelineReport report{
        answer,
        course_of(scenario.pool, scenario.state, plan, run->simulation, run->simulation.timeline,
                  holds_of(plan, run->simulation)),
        chain_of(plan, run->simulation),
        std::move(wizard),
        trials_answer ? &*trials_answer : nullptr,
        times.window,
        times.clock};
    return written(arguments, rendered(arguments, report));
}

// The clock of a run, where the operator names none: UTC, as its journal has it.
ReportClock clock_of(const RunRead& run) {
    const auto from = run.story.began_at.find('T');
    if (from == std::string::npos) return {};
    const auto began = minutes_of(run.story.began_at.substr(from + 1, 5));
    if (!began) return {};
    const Duration since = run.course.zero.time_since_epoch();
    const auto minutes = std::chrono::floor<std::chrono::minutes>(since).count();
    const ReportClock began_clock{*began, run.story.began_at.substr(0, from), "UTC"};
    return {static_cast<std::int32_t>((*began + minutes) % 1440), began_clock.date_of(since),
            "UTC"};
}

Outcome report_run(const ReportArguments& arguments, const Times& times, const std::string& text) {
    const std::string& source = arguments.input.scenario;
    const auto read = read_run(text, source, {times.window, arguments.trials.seed});
    if (!read) return outcome_of(read.error(), arguments.input.json, not_reported);
    const Scenario& scenario = read->scenario;
    const PlanAnswer answer{scenario.pool,
                            scenario.state,
                            read->plan,
                            read->schedule,
                            "run",
                            read->findings,
                            {},
                            {},
                            {},
                            {},
                            false,
                            {},
                            read->job,
                            {},
                            {},
                            false};
    const ReportClock clock = times.clock.start_minutes ? times.clock : clock_of(*read);
    const TimelineReport report{answer,  read->course, {},    {},
                                nullptr, times.window, clock, &read->story};
    return written(arguments, rendered(arguments, report));
}

Outcome report_study(const ReportArguments& arguments, const StudyFile& study) {
    if (arguments.format == "html") return written(arguments, study_html(study));
    if (arguments.format == "json") return written(arguments, study_json(study));
    if (arguments.format == "svg") return written(arguments, study_svg(study));
    StudyTables tables(study.head);
    for (const StudyRow& row : study.rows) tables.add(row);
    return written(arguments, arguments.format == "text" ? render_text(tables.report())
                                                         : render_markdown(tables.report()));
}

// What stands in the file that was given where something else belongs; empty: who knows.
std::string kind_of(const std::string& text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kinds{
        {{"\"vacate-plan-1\"", "a plan, or one run of a plan"},
         {"\"vacate-trials-1\"", "figures of many runs, without their plan"},
         {"\"vacate-replay-1\"", "figures of a recording, which has no plan"},
         {"\"vacate-report-1\"", "a report already"}}};
    const std::string head = text.substr(0, 200);
    for (const auto& [format, name] : kinds) {
        if (head.find(format) != std::string::npos) return std::string(name);
    }
    return {};
}

constexpr const char* what_is_reported =
    "give a pool and its plan (with --runs N for figures of many runs), the journal of a run, or "
    "what vacate whatif --json or -o wrote";

// A file by itself: a run's journal, or a study's answer.
Outcome report_alone(const ReportArguments& arguments, const Times& times,
                     const std::string& text) {
    const std::string& source = arguments.input.scenario;
    const bool json = arguments.input.json;
    const bool one_panel = arguments.format == "svg" && arguments.panel != "all";
    if (is_journal(text)) {
        if (one_panel && arguments.panel == "links") {
            return outcome_of(bad_input("--panel", "", "what a run's links carried nobody measured",
                                        "ask for another panel, or for the plan's"),
                              json, not_reported);
        }
        return report_run(arguments, times, text);
    }
    if (const auto study = read_study_file(text)) {
        if (!one_panel) return report_study(arguments, *study);
        return outcome_of(bad_input("--panel", "", "a study has no " + arguments.panel + " panel",
                                    "leave --panel out"),
                          json, not_reported);
    }
    const std::string kind = kind_of(text);
    return outcome_of(bad_input(source, "",
                                kind.empty() ? "it is no journal of a run and no answer of a "
                                               "study, and no PLAN is given"
                                             : "it is " + kind + ", and no PLAN is given",
                                what_is_reported),
                      json, not_reported);
}

Outcome run(const ReportArguments& given) {
    ReportArguments arguments = given;
    const bool json = arguments.input.json;
    if (json) arguments.format = "json";
    const Result<Times> times = times_of(arguments);
    if (!times) return outcome_of(times.error(), json, not_reported);
    const Result<std::string> pool = read_file(arguments.input.scenario);
    if (!pool) return outcome_of(pool.error(), json, not_reported);
    if (arguments.plan.plan.empty()) return report_alone(arguments, *times, *pool);
    const Result<std::string> plan = read_file(arguments.plan.plan);
    if (!plan) return outcome_of(plan.error(), json, not_reported);
    if (const auto no = read_no_plan(*plan)) {
        const Result<Scenario> scenario = decode(arguments.input, *pool);
        if (!scenario) return outcome_of(scenario.error(), json, not_reported);
        return report_no(arguments, *scenario, *no);
    }
    const std::string kind = kind_of(*plan);
    if (!kind.empty() && plan->find("\"steps\"") == std::string::npos) {
        return outcome_of(bad_input(arguments.plan.plan, "", "it is " + kind, what_is_reported),
                          json, not_reported);
    }
    Result<PlannedPool> loaded =
        load_with_plan(*pool, arguments.input, arguments.plan, UnknownNames::refused);
    if (!loaded) return outcome_of(loaded.error(), json, not_reported);
    return report_plan_of(arguments, *loaded, *times);
}

void add_run_options(CLI::App& verb, ReportArguments& arguments) {
    CLI::Option* runs =
        verb.add_option("--runs", arguments.runs,
                        "run the plan so often, each time with other luck, and show how sure it is")
            ->check(CLI::Range(std::int64_t{1}, limits::runs))
            ->type_name("N");
    verb.add_option("--seed", arguments.trials.seed, "seed of what is drawn")
        ->type_name("N")
        ->capture_default_str()
        ->needs(runs);
    verb.add_option("--confidence", arguments.confidence,
                    "runs in 100 that end in the window when a host is begun at the latest")
        ->check(CLI::Range(1, 99))
        ->type_name("PERCENT")
        ->capture_default_str()
        ->needs(runs);
    verb.add_option("--threads", arguments.threads,
                    "threads to use, 0 for all cores; never changes the answer")
        ->check(CLI::Range(0, 1024))
        ->type_name("N")
        ->capture_default_str()
        ->needs(runs);
}

}  // namespace

Verb declare_report(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "report",
        "Runs a plan as simulate does and writes what is to know of it for people: verdict, "
        "findings, timeline, memory, links and the runbook. The HTML is one file that asks the "
        "network for nothing. A plan file that says there is no plan is reported too; so are the "
        "journal of a run and the answer of a study, each given alone.");
    verb->footer(
        "Every input has every format. What simulate wrote is taken as the plan that was run; a "
        "plan or a single run needs its pool beside it, since a plan file names hosts and VMs but "
        "does not hold them. What simulate --runs wrote holds no plan and is not reported: give "
        "the plan and --runs. Panels are of plans and runs; of a run nobody measured the links.\n"
        "Exit status: 0 the report was written, 1 the plan cannot be carried out and the step is "
        "named, 2 the input is wrong, 3 the file could not be written.");
    const auto arguments = std::make_shared<ReportArguments>();
    add_input_options(*verb, arguments->input);
    add_plan_input(*verb, arguments->plan, "plan (JSON) of vacate plan -o");
    verb->get_option("SCENARIO")
        ->description(
            "scenario, dump or Ganeti text of the plan; or, without a plan, the journal of a run "
            "or the answer of a study; - reads standard input");
    verb->add_option("-o,--output", arguments->output,
                     "write the report to this file instead of standard output")
        ->type_name("FILE");
    verb->add_option("--format", arguments->format, "what to write")
        ->check(CLI::IsMember({"html", "text", "markdown", "json", "svg"}))
        ->type_name("WHAT")
        ->capture_default_str();
    verb->add_option("--panel", arguments->panel, "of svg: which drawing")
        ->check(CLI::IsMember(std::vector<std::string>(panel_names.begin(), panel_names.end())))
        ->type_name("WHICH")
        ->capture_default_str();
    verb->add_option("--baseline", arguments->baseline, "show the peer's run beside it")
        ->check(CLI::IsMember({"wizard"}))
        ->type_name("wizard");
    verb->add_option("--window", arguments->window,
                     "maintenance window from the first step on, e.g. '4 h'")
        ->type_name("TIME");
    verb->add_option("--start", arguments->start,
                     "the operator's clock at the first step, e.g. 22:00; without it, times are "
                     "since then")
        ->type_name("HH:MM");
    add_run_options(*verb, *arguments);
    return [arguments] { return run(*arguments); };
}

}  // namespace vacate
