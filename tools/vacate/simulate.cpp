// vacate simulate: runs a plan against a pool in the kernel.
#include <CLI/CLI.hpp>

#include "model/codec/plan_text.hpp"
#include "model/limits.hpp"
#include "model/robust.hpp"
#include "reports/plan_answer.hpp"
#include "sim/kernel/simulate.hpp"
#include "sim/search/bound.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct SimulateArguments {
    InputOptions input;
    std::string plan;
    bool steps = false;
};

// A plan that the pool refuses: which step, and why.
Outcome refused(const Scenario& scenario, const Plan& plan, const BrokenStep& broken,
                const std::string& when, bool json) {
    const Pool& pool = scenario.pool;
    const Findings findings{
        {Severity::blocks, "STEP_FORBIDDEN", "step " + std::to_string(broken.step.index),
         describe(pool, plan.steps[broken.step]) + when + ": " + explain(pool, broken.violation) +
             " (" + rule_name(broken.violation.rule) + ")",
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

Outcome run(const SimulateArguments& arguments) {
    const bool json = arguments.input.json;
    const Result<Scenario> scenario = load(arguments.input);
    if (!scenario) return outcome_of(scenario.error(), json, "nothing was simulated");
    const Result<std::string> text = read_file(arguments.plan);
    if (!text) return outcome_of(text.error(), json, "nothing was simulated");
    Result<Plan> plan = read_plan(*text, arguments.plan, scenario->pool);
    if (!plan) return outcome_of(plan.error(), json, "nothing was simulated");
    const auto legal = replay(scenario->pool, scenario->state, plan->steps);
    if (!legal) return refused(*scenario, *plan, legal.error(), "", json);
    const auto simulated = simulate(scenario->pool, scenario->state, *plan);
    if (!simulated) {
        return refused(
            *scenario, *plan, simulated.error().broken,
            " can never begin, from " + clock_text(simulated.error().at.time_since_epoch()) + " on",
            json);
    }
    Findings findings = scenario->remarks;
    if (plan->fingerprint != fingerprint(scenario->pool, scenario->state)) {
        findings.insert(findings.begin(),
                        {Severity::act, "OTHER_POOL", "plan",
                         "the plan was made for a pool or a state that differs from this one; it "
                         "is still legal here",
                         "plan again to be sure that it is still a good one"});
    }
    std::optional<Proof> proof;
    if (plan->steps.size() <= limits::steps_proved) {
        proof = prove(scenario->pool, scenario->state, *plan);
        const Findings weak = findings_of(scenario->pool, *plan, *proof);
        findings.insert(findings.begin(), weak.begin(), weak.end());
    }
    Bound bound = lower_bound(scenario->pool, scenario->state);
    if (const std::string waiting = left_waiting(scenario->pool, simulated->final_state);
        !waiting.empty()) {
        bound = {Duration{}, "the plan does not upgrade every host"};
        findings.insert(findings.begin(),
                        {Severity::act, "PLAN_INCOMPLETE", "plan",
                         "when it has ended these hosts are still to be upgraded: " + waiting,
                         "plan again, or simulate the whole plan"});
    }
    plan->promise = {
        simulated->makespan,    simulated->mixed_window, simulated->moves, simulated->bytes_moved,
        simulated->pause_total, bound.makespan,          bound.reason};
    const PlanAnswer answer{scenario->pool,
                            scenario->state,
                            *plan,
                            *simulated,
                            "simulated",
                            findings,
                            {},
                            proof,
                            {},
                            {},
                            arguments.steps};
    Outcome outcome;
    outcome.out = json ? plan_json(answer) : render_text(report_plan(answer));
    return outcome;
}

}  // namespace

Verb declare_simulate(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "simulate",
        "Runs a plan against a pool: every migration round by round over shared links, every "
        "upgrade with its duration.");
    verb->footer(
        "Exit status: 0 the plan can be carried out, 1 it cannot and the step is named, 2 the "
        "input is wrong.");
    const auto arguments = std::make_shared<SimulateArguments>();
    add_input_options(*verb, arguments->input);
    verb->add_option("PLAN", arguments->plan, "plan (JSON) of vacate plan -o")
        ->required()
        ->type_name("");
    verb->add_flag("--steps", arguments->steps, "list every step in the text");
    return [arguments] { return run(*arguments); };
}

}  // namespace vacate
