// vacate check POOL PLAN: holds a plan against a pool as it is now.
#include "tools/vacate/check_plan.hpp"

#include <algorithm>

#include "model/limits.hpp"
#include "reports/plan_check.hpp"
#include "reports/report.hpp"
#include "sim/kernel/simulate.hpp"
#include "tools/vacate/files.hpp"

namespace vacate {
namespace {

std::vector<std::string> waiting_hosts(const Pool& pool, const PoolState& end) {
    std::vector<std::string> names;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (!end.hosts[host].upgraded) names.push_back(pool.hosts[host].name);
    }
    return names;
}

std::vector<Id<Step>> steps_of(const std::vector<MissingName>& missing) {
    std::vector<Id<Step>> steps;
    for (const MissingName& one : missing) {
        if (steps.empty() || steps.back() != one.step) steps.push_back(one.step);
    }
    return steps;
}

}  // namespace

Outcome check_plan(const InputOptions& options, const PlanInput& input, bool with_steps) {
    const Result<std::string> text = read_file(options.scenario);
    if (!text) return outcome_of(text.error(), options.json, "nothing was checked");
    Result<PlannedPool> loaded = load_with_plan(*text, options, input, UnknownNames::listed);
    if (!loaded) return outcome_of(loaded.error(), options.json, "nothing was checked");
    return plan_answer(hold_plan(std::move(*loaded)), {}, with_steps, options.json);
}

HeldPlan hold_plan(PlannedPool loaded) {
    const Scenario& scenario = loaded.scenario;
    PlanProgress progress =
        progress_of(scenario.pool, scenario.state, loaded.file.plan, steps_of(loaded.file.missing));
    return {std::move(loaded), std::move(progress)};
}

Outcome plan_answer(const HeldPlan& held, const Findings& asked, bool with_steps, bool json) {
    const auto& [loaded, progress] = held;
    const Pool& pool = loaded.scenario.pool;
    const PoolState& state = loaded.scenario.state;
    PlanCheck check{pool, state, loaded.file, progress, {}, {}, {}, {}, loaded.remarks, with_steps};
    if (loaded.file.origin) check.drift = drift_since(*loaded.file.origin, pool, state);
    if (progress.rest.steps.size() <= limits::steps_proved) {
        check.proof = prove(pool, progress.now, progress.rest);
    }
    if (counts_of(progress).blocked == 0) {
        const auto run = simulate(pool, progress.now, progress.rest, {.timeline = false});
        if (run && !progress.rest.steps.empty()) check.left = run->makespan;
        check.waits = waiting_hosts(pool, progress.end);
    }
    const Findings& remarks = loaded.scenario.remarks;
    check.findings.insert(check.findings.begin(), asked.begin(), asked.end());
    check.findings.insert(check.findings.end(), remarks.begin(), remarks.end());
    const bool is_clear =
        can_go_on(check) && std::ranges::count(asked, Severity::blocks, &Finding::severity) == 0;
    Outcome outcome;
    outcome.status = is_clear ? Status::done : Status::no;
    outcome.out = json ? plan_check_json(check) : render_text(report_plan_check(check));
    return outcome;
}

}  // namespace vacate
