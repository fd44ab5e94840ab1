// Runs a plan that was read, and says where it cannot be carried out.
#include "tools/vacate/run_planned.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "model/audit.hpp"
#include "model/explain.hpp"
#include "model/limits.hpp"
#include "model/precheck.hpp"
#include "sim/search/bound.hpp"
#include "tools/whatif/progress.hpp"

namespace vacate {
namespace {

// A plan that the pool refuses: which step, and why.
Outcome refused(const Scenario& scenario, const Plan& plan, const BrokenStep& broken,
                const std::string& when, bool json) {
    const Pool& pool = scenario.pool;
    const Findings findings{{Severity::blocks, "STEP_FORBIDDEN",
                             "step " + std::to_string(broken.step.index),
                             describe(pool, plan.steps[broken.step]) + when + ": " +
                                 explain_broken(pool, scenario.state, plan.steps, broken),
                             "plan again for the pool as it is now"}};
    Outcome outcome;
    outcome.status = Status::no;
    Report report;
    report.verdict = "the plan cannot be carried out on this pool";
    report.findings = findings;
    outcome.out = json ? no_plan_json(pool, true, findings, {}) : render_text(report);
    return outcome;
}

// The hosts that wait for their upgrade still when all steps have ended.
std::string left_waiting(const Pool& pool, const PoolState& end) {
    std::string names;
    std::size_t count = 0;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (end.hosts[host].upgraded) continue;
        if (++count <= 3) names += (names.empty() ? "" : ", ") + pool.hosts[host].name;
    }
    return count > 3 ? names + " and " + std::to_string(count - 3) + " more" : names;
}

}  // namespace

Findings remarks_on(const Scenario& scenario, const Plan& plan) {
    Findings findings = scenario.remarks;
    if (plan.fingerprint == fingerprint(scenario.pool, scenario.state)) return findings;
    findings.insert(findings.begin(),
                    {Severity::act, "OTHER_POOL", "plan",
                     "the plan was made for a pool or a state that differs from this one; it "
                     "is still legal here",
                     "plan again to be sure that it is still a good one"});
    return findings;
}

namespace {

// The VMs that never run on a host which comes to a new version, as far as begin and end show.
std::set<std::string> untouched(const Scenario& scenario, const PoolState& end) {
    const Pool& pool = scenario.pool;
    const auto changes = [&](Id<Host> host) {
        return !host.is_none() && !scenario.state.hosts[host].upgraded &&
               needs_upgrade(pool.hosts[host]);
    };
    std::set<std::string> subjects;
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (!changes(scenario.state.vms[vm].host) && !changes(end.vms[vm].host)) {
            subjects.insert("VM " + pool.vms[vm].name);
        }
    }
    return subjects;
}

}  // namespace

Findings findings_for_plan(const Scenario& scenario, const PoolState& end) {
    Findings findings = precheck(scenario.pool, scenario.state);
    const std::set<std::string> beside = untouched(scenario, end);
    std::erase_if(findings, [&beside](const Finding& one) {
        return one.severity == Severity::know ||
               (one.code == "PV_GUEST" && beside.contains(one.subject));
    });
    findings.insert(findings.end(), scenario.remarks.begin(), scenario.remarks.end());
    return findings;
}

namespace {

std::string remedy_for_range(const Pool& pool, const Violation& owed) {
    const Vm& vm = pool.vms[owed.vm];
    const std::string full = std::to_string(full_ram(vm).count);
    const Bytes missing{owed.needed - owed.available};
    return (missing.count > 0 ? "take VMs of " + display(missing) + " off " +
                                    pool.hosts[owed.host].name + ", then "
                              : std::string()) +
           "xe vm-memory-dynamic-range-set name-label=\"" + vm.name + "\" min=" + full +
           " max=" + full;
}

}  // namespace

void add_not_restored(const Scenario& scenario, const PoolState& end, const Job& job,
                      Findings& findings) {
    for (const Violation& owed : not_restored(scenario.pool, scenario.state, end)) {
        const bool meant = job.action == HostAction::evacuate && owed.vm.is_none() &&
                           std::binary_search(job.hosts.begin(), job.hosts.end(), owed.host);
        if (meant) continue;  // disabled hosts are what was asked for
        const std::string subject = !owed.vm.is_none() ? "VM " + scenario.pool.vms[owed.vm].name
                                    : !owed.host.is_none()
                                        ? "host " + scenario.pool.hosts[owed.host].name
                                        : "pool";
        const bool range = owed.cause == Cause::still_squeezed;
        findings.push_back({Severity::act, "NOT_RESTORED", subject,
                            explain(scenario.pool, owed) + " (R15)",
                            range ? remedy_for_range(scenario.pool, owed) : "put it back by hand"});
    }
}

std::optional<Outcome> refusal_of(PlannedPool& loaded, bool json) {
    Scenario& scenario = loaded.scenario;
    scenario.remarks.insert(scenario.remarks.begin(), loaded.remarks.begin(), loaded.remarks.end());
    const auto legal = replay(scenario.pool, scenario.state, loaded.file.plan.steps);
    if (legal) return std::nullopt;
    return refused(scenario, loaded.file.plan, legal.error(), "", json);
}

tl::expected<PlannedRun, Outcome> run_planned(PlannedPool& loaded, bool json) {
    const Scenario& scenario = loaded.scenario;
    Plan& plan = loaded.file.plan;
    auto simulated = simulate(scenario.pool, scenario.state, plan);
    if (!simulated) {
        const std::string from = clock_text(simulated.error().at.time_since_epoch());
        return tl::unexpected(refused(scenario, plan, simulated.error().broken,
                                      " can never begin, from " + from + " on", json));
    }
    PlannedRun run{std::move(*simulated), remarks_on(scenario, plan), std::nullopt};
    Findings& findings = run.findings;
    if (plan.steps.size() <= limits::steps_proved) {
        run.proof = prove(scenario.pool, scenario.state, plan);
        const Findings weak = findings_of(scenario.pool, plan, *run.proof);
        findings.insert(findings.begin(), weak.begin(), weak.end());
    }
    Bound bound = lower_bound(scenario.pool, scenario.state);
    if (const std::string waiting = left_waiting(scenario.pool, run.simulation.final_state);
        !waiting.empty()) {
        bound = {Duration{}, "the plan does not upgrade every host"};
        findings.insert(findings.begin(),
                        {Severity::act, "PLAN_INCOMPLETE", "plan",
                         "when it has ended these hosts are still to be upgraded: " + waiting,
                         "plan again, or simulate the whole plan"});
    }
    const Simulation& figures = run.simulation;
    plan.promise = {figures.makespan,    figures.mixed_window, figures.moves, figures.bytes_moved,
                    figures.pause_total, bound.makespan,       bound.reason};
    return run;
}

Result<TrialOptions> trial_options(TrialOptions options, std::int64_t runs, int threads,
                                   const Scenario& scenario) {
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    options.threads = threads > 0 ? threads : static_cast<int>(cores);
    options.runs = varies(scenario.chance) ? runs : 1;
    const auto hosts = static_cast<std::int64_t>(scenario.pool.hosts.size());
    const std::int64_t most = limits::runs_times_hosts / std::max<std::int64_t>(1, hosts);
    if (options.runs <= most) return options;
    return tl::unexpected<Error>(bad_input("--runs", "",
                                           std::to_string(options.runs) + " runs of " +
                                               std::to_string(hosts) +
                                               " hosts need too much memory",
                                           "ask for at most " + std::to_string(most)));
}

Trials run_told_trials(const Scenario& scenario, const Plan& plan, TrialOptions options) {
    Progress progress;
    options.watch = [&progress, all = options.runs](std::int64_t begun) {
        progress.show(static_cast<double>(begun) / static_cast<double>(all),
                      std::to_string(begun) + " of " + std::to_string(all) + " runs");
    };
    return run_trials(scenario.pool, scenario.state, plan, scenario.chance, options);
}

Finding without_chance() {
    return {Severity::act, "NO_CHANCE", "scenario",
            "it says nothing of what may vary, so one run stands for all",
            "add a section chance, or --set "
            "'chance.upgrade_factor={\"lognormal\":{\"median\":\"1\",\"p95\":\"1.5\"}}'"};
}

}  // namespace vacate
