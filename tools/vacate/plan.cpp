// vacate plan: orders the upgrade of a pool.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <limits>
#include <thread>

#include "model/codec/amount.hpp"
#include "model/limits.hpp"
#include "reports/plan_answer.hpp"
#include "sim/search/critical_path.hpp"
#include "sim/search/plan_job.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/peers.hpp"
#include "tools/vacate/plan_task.hpp"
#include "tools/vacate/repairs.hpp"
#include "tools/vacate/run_planned.hpp"
#include "tools/vacate/verbs.hpp"
#include "tools/vacate/watch.hpp"

namespace vacate {
namespace {

struct PlanArguments {
    InputOptions input;
    TaskArguments task;
    std::string output;
    std::vector<std::string> baselines;
    bool steps = false;
    bool explain = false;
    PlanOptions search;
    int threads = 0;
    std::string objective = "makespan";
    std::string window;
    std::string time_limit;
    bool progress = false;
    bool repairs = true;
    bool effort_given = false;
    std::string hosts_down_max, spare_hosts, targets;  // empty: as the input says
};

// The flags for limits say what a --set would; one that is given too comes later and wins.
InputOptions with_limits(const PlanArguments& arguments) {
    InputOptions input = arguments.input;
    input.sets.clear();
    const auto set = [&input](const char* member, const std::string& value) {
        if (!value.empty()) input.sets.push_back("policy." + std::string(member) + "=" + value);
    };
    set("hosts_down_max", arguments.hosts_down_max);
    set("spare_hosts", arguments.spare_hosts);
    set("targets", arguments.targets);
    input.sets.insert(input.sets.end(), arguments.input.sets.begin(), arguments.input.sets.end());
    return input;
}

std::vector<BoundRow> bound_rows(const Scenario& scenario, const Planned& planned,
                                 Objective objective) {
    const Simulation& run = planned.simulation;
    const LowerBounds& bounds = planned.bounds;
    const auto away = astray(run.final_state, placement_of(scenario.state)).size();
    std::vector<BoundRow> rows{
        {"makespan", run.makespan.count(), bounds.makespan.makespan.count(), false, false,
         bounds.makespan.reason},
        {"window", run.mixed_window.count(), bounds.window.makespan.count(), false, false,
         bounds.window.reason},
        {"moves", run.moves, bounds.moves.moves, true, false, bounds.moves.reason},
        {"pause", run.pause_total.count(), bounds.pause.makespan.count(), false, false,
         bounds.pause.reason},
        {"spread", static_cast<std::int64_t>(away), bounds.spread.moves, true, false,
         bounds.spread.reason}};
    for (BoundRow& row : rows) {
        row.is_chosen = row.objective == objective_names[static_cast<std::size_t>(objective)];
    }
    return rows;
}

Finding cut_short(const std::string& reason) {
    return {Severity::know, "CUT_SHORT", "search",
            "the search was ended because " + reason +
                ": this is the best until then, and another run may find another plan",
            "plan with --effort for an answer that is always the same"};
}

std::vector<FrontRow> front_rows(const Planned& planned) {
    std::vector<FrontRow> rows;
    for (const FrontPoint& point : planned.front) {
        rows.push_back({point.figures.makespan, point.figures.window, point.figures.moves});
    }
    return rows;
}

// What a step of the critical path is, moves of one host taken together.
std::string stretch_of(const Pool& pool, const Step& step) {
    if (is_migration(step)) {
        return "moves from " + pool.hosts[subject_of(step).from].name;
    }
    return describe(pool, step);
}

std::string because_of(const Pool& pool, const Plan& plan, const CriticalStep& one) {
    switch (one.hold) {
        case Hold::nothing:
            return "";
        case Hold::order:
            return describe(pool, plan.steps[one.held_by]);
        case Hold::throttle:
            return "a place among the migrations of its hosts (R12, R13)";
    }
    return "";
}

std::vector<ReasonRow> reasons_for(const Scenario& scenario, const Planned& planned, bool wanted) {
    std::vector<ReasonRow> rows;
    if (!wanted) return rows;
    const Pool& pool = scenario.pool;
    for (const CriticalStep& one : critical_path(planned.plan, planned.simulation)) {
        const StepTimes& times = planned.simulation.times[one.step];
        std::string what = stretch_of(pool, planned.plan.steps[one.step]);
        if (!rows.empty() && rows.back().what == what) {
            rows.back().ends = times.end;
            continue;
        }
        rows.push_back(
            {times.start, times.end, std::move(what), because_of(pool, planned.plan, one)});
    }
    return rows;
}

Outcome answer_no(const Scenario& scenario, const NoPlan& no,
                  const std::vector<ComparedPlan>& compared, const std::vector<RepairRow>& repairs,
                  bool json) {
    Findings findings = no.findings;
    findings.insert(findings.end(), scenario.remarks.begin(), scenario.remarks.end());
    Outcome outcome;
    outcome.status = Status::no;
    outcome.out =
        json ? no_plan_json(scenario.pool, no.proven, findings, compared, repairs)
             : render_text(report_no_plan(scenario.pool, no.proven, findings, compared, repairs));
    return outcome;
}

// Nothing where nothing was given, or where it is wrong: then `error` says so.
std::optional<Duration> duration_of(const std::string& option, const std::string& text,
                                    Error& error) {
    if (text.empty()) return std::nullopt;
    const auto duration = parse_duration(text);
    if (duration) return *duration;
    error.items.push_back({option, duration.error().sentence, duration.error().remedy});
    return std::nullopt;
}

Result<PlanOptions> search_options(const PlanArguments& arguments) {
    PlanOptions search = arguments.search;
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    search.threads = arguments.threads > 0 ? arguments.threads : static_cast<int>(cores);
    for (std::size_t i = 0; i < objective_names.size(); ++i) {
        if (objective_names[i] == arguments.objective) {
            search.objective = static_cast<Objective>(i);
        }
    }
    Error error{Error::Kind::bad_input, "the command line", {}};
    if (const auto window = duration_of("--window", arguments.window, error)) {
        search.window = *window;
    }
    // With a limit of time and none of effort, time is what ends the search.
    if (!arguments.time_limit.empty() && !arguments.effort_given) {
        search.effort = std::numeric_limits<std::int64_t>::max();
    }
    if (!error.items.empty()) return tl::unexpected<Error>(error);
    return search;
}

// Fewest VMs end elsewhere where they are brought home.
TaskArguments task_of(const PlanArguments& arguments) {
    TaskArguments task = arguments.task;
    const bool goes_home = arguments.objective == "spread" && task.home == "none" &&
                           task.action != "evacuate" && task.goal.empty();
    if (goes_home) task.home = "original";
    return task;
}

Reread rereading(const PlanArguments& arguments, const std::string& text) {
    return [&](const std::vector<std::string>& sets) {
        InputOptions input = with_limits(arguments);
        input.sets.insert(input.sets.end(), sets.begin(), sets.end());
        return decode(input, text);
    };
}

Outcome plan(const PlanArguments& arguments) {
    const bool json = arguments.input.json;
    const Result<std::string> text = read_input(arguments.input);
    if (!text) return outcome_of(text.error(), json, "nothing was planned");
    Result<Scenario> scenario = decode(with_limits(arguments), *text);
    if (!scenario) return outcome_of(scenario.error(), json, "nothing was planned");
    const Result<Job> task = read_task(task_of(arguments), *scenario);
    if (!task) return outcome_of(task.error(), json, "nothing was planned");
    std::vector<ComparedPlan> compared;
    for (const std::string& name : arguments.baselines) {
        compared.push_back(peer_of(*scenario, name).compared);
    }
    Result<PlanOptions> search = search_options(arguments);
    if (!search) return outcome_of(search.error(), json, "nothing was planned");
    Error error{Error::Kind::bad_input, "the command line", {}};
    const auto limit = duration_of("--time-limit", arguments.time_limit, error);
    if (!error.items.empty()) return outcome_of(error, json, "nothing was planned");
    std::string ended_because;
    std::vector<RepairRow> repairs;
    auto planned = [&] {
        Watch watch(limit, search->effort, arguments.progress, search->objective);
        search->watch = [&watch](const SearchProgress& now) { return watch.look(now); };
        auto result = plan_job(scenario->pool, scenario->state, *task, *search);
        // Nothing would make a plan that is too long for the window shorter.
        if (!result && !result.error().cut_short && !search->window && arguments.repairs &&
            *task == Job{}) {
            repairs = find_repairs(*scenario, rereading(arguments, *text), *search);
        }
        ended_because = watch.reason();
        return result;
    }();
    if (!planned) {
        if (planned.error().cut_short) planned.error().findings.push_back(cut_short(ended_because));
        return answer_no(*scenario, planned.error(), compared, repairs, json);
    }
    Findings findings = findings_for_plan(*scenario, planned->simulation.final_state);
    if (planned->cut_short) findings.push_back(cut_short(ended_because));
    add_not_restored(*scenario, planned->simulation.final_state, *task, findings);
    const Findings away = not_home(*task, *scenario, *planned);
    findings.insert(findings.end(), away.begin(), away.end());
    const PlanAnswer answer{scenario->pool,
                            scenario->state,
                            planned->plan,
                            planned->simulation,
                            "plan",
                            std::move(findings),
                            std::move(compared),
                            planned->proof,
                            front_rows(*planned),
                            reasons_for(*scenario, *planned, arguments.explain),
                            arguments.steps,
                            overrides_of(with_limits(arguments), "{}").value_or(Overrides{}),
                            *task,
                            verdict_of(*task, *scenario, *planned),
                            bound_rows(*scenario, *planned, search->objective),
                            planned->cut_short};
    Outcome outcome;
    outcome.out = json ? plan_json(answer) : render_text(report_plan(answer));
    if (arguments.output.empty()) return outcome;
    const auto written = write_file(arguments.output, plan_json(answer));
    if (!written) return outcome_of(written.error(), json, "the plan was not written");
    outcome.words = "plan written to " + arguments.output + "\n";
    return outcome;
}

// Nobody shall take an older file for the answer.
Outcome with_word_on_file(Outcome outcome, const std::string& output) {
    if (output.empty() || outcome.status == Status::done) return outcome;
    std::error_code ignored;
    outcome.words += std::filesystem::exists(output, ignored)
                         ? output + " was not written: what stands there is of an earlier plan\n"
                         : output + " was not written\n";
    return outcome;
}

// What the plan must keep, and when the search must end.
void add_limit_options(CLI::App& verb, PlanArguments& arguments) {
    const auto count = [](std::int64_t least, std::int64_t most) {
        return CLI::Range(least, most);
    };
    verb.add_option("--hosts-down-max", arguments.hosts_down_max,
                    "hosts that may be emptied or down at once, instead of what the input says")
        ->check(count(1, 1'000'000))
        ->type_name("N");
    verb.add_option("--spare-hosts", arguments.spare_hosts,
                    "host losses that must stay survivable at every moment, likewise")
        ->check(count(0, limits::spare_hosts))
        ->type_name("N");
    verb.add_option("--targets", arguments.targets,
                    "any, or upgraded-only: once versions are mixed, VMs move to upgraded hosts "
                    "only; before that, the coordinator's VMs move to old ones")
        ->check(CLI::IsMember({"any", "upgraded-only"}))
        ->type_name("WHICH");
    verb.add_option("--time-limit", arguments.time_limit,
                    "end the search after this time, e.g. '10 s', with the best plan until then; "
                    "Ctrl-C does the same at once, and quits the second time")
        ->type_name("TIME");
    verb.add_flag("!--no-repairs", arguments.repairs,
                  "where there is no plan, do not look for what would make one possible");
    verb.add_flag("--progress", arguments.progress,
                  "report every better plan on standard error, a line each");
}

}  // namespace

Verb declare_plan(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "plan",
        "Orders the upgrade of a pool. The plan is legal under every timing of its steps; with it "
        "come its predicted duration, a lower bound, and the gap between the two.");
    verb->footer(
        "Exit status: 0 a plan was found, 1 there is none and the reason is printed, 2 the input "
        "is wrong, 3 the plan could not be written.");
    const auto arguments = std::make_shared<PlanArguments>();
    add_input_options(*verb, arguments->input);
    add_task_options(*verb, arguments->task);
    verb->add_option("-o,--output", arguments->output,
                     "write the plan (JSON) to this file too; where there is none the file "
                     "stays as it is, and that is said")
        ->type_name("PLAN")
        ->check([](const std::string& path) {
            return path.empty() ? "a path must not be empty" : std::string();
        });
    verb->add_option("--baseline", arguments->baselines,
                     "show a peer's plan beside ours: wizard (each host's VMs come back at once) "
                     "or rpu (all at the end); may be repeated")
        ->type_name("PEER")
        ->check(CLI::IsMember({"wizard", "rpu"}))
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    verb->add_option("--objective", arguments->objective,
                     "what matters most: makespan, window (mixed versions), moves, pause or "
                     "spread (VMs that end elsewhere: they are brought home, as with --home "
                     "original); the others break ties in this order")
        ->type_name("WHAT")
        ->check(CLI::IsMember({"makespan", "window", "moves", "pause", "spread"}))
        ->capture_default_str();
    verb->add_option("--window", arguments->window,
                     "maintenance window, e.g. '4 h': a longer plan is no answer")
        ->type_name("TIME");
    add_limit_options(*verb, *arguments);
    verb->add_flag("--front", arguments->search.front,
                   "also list the plans that trade makespan, mixed window and moves");
    verb->add_flag("--explain", arguments->explain,
                   "say why the plan takes so long: the chain of steps without slack");
    verb->add_flag("--steps", arguments->steps, "list every step in the text");
    const auto* effort =
        verb->add_option("--effort", arguments->search.effort, "transitions to spend on searching");
    verb->get_option("--effort")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}))
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--seed", arguments->search.seed, "seed of the search")
        ->type_name("N")
        ->capture_default_str();
    verb->add_option("--threads", arguments->threads,
                     "threads to use, 0 for all cores; never changes the plan")
        ->check(CLI::Range(0, 1024))
        ->type_name("N")
        ->capture_default_str();
    return [arguments, effort] {
        arguments->effort_given = effort->count() > 0;
        return with_word_on_file(plan(*arguments), arguments->output);
    };
}

}  // namespace vacate
