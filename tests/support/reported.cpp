// Planning and running what a test reports.
#include "tests/support/reported.hpp"

#include "model/check.hpp"
#include "sim/search/critical_path.hpp"
#include "sim/search/planner.hpp"

namespace vacate {
namespace {

Plan planned(const World& world) {
    PlanOptions options;
    options.effort = 20'000;
    const auto plan = plan_upgrade(world.pool, world.state, options);
    VACATE_CHECK(plan.has_value(), "the world of a test has a plan");
    return plan->plan;
}

Simulation simulated(const World& world, const Plan& plan) {
    auto run = simulate(world.pool, world.state, plan);
    VACATE_CHECK(run.has_value(), "a plan can be run");
    return std::move(*run);
}

PlanAnswer answer_of(const World& world, const Plan& plan, const Simulation& run) {
    return {world.pool,
            world.state,
            plan,
            run,
            "report",
            {{Severity::know, "KNOWN", "pool", "it is drawn", ""},
             {Severity::act, "ACTED_ON", "pool", "somebody must look", "look"}},
            {},
            prove(world.pool, world.state, plan),
            {},
            {},
            false,
            {},
            {},
            {},
            {},
            false};
}

TimelineReport report_of(const PlanAnswer& answer, const Simulation& run, ReportClock clock) {
    Table<Step, StepHold> holds(answer.plan.steps.size());
    for (const Id<Step> id : answer.plan.steps.ids()) {
        const CriticalStep one = hold_of(answer.plan, run, id);
        holds[id] = {one.held_by, one.hold == Hold::throttle};
    }
    std::vector<ChainLink> chain;
    for (const CriticalStep& one : critical_path(answer.plan, run)) {
        chain.push_back({one.step, holds[one.step]});
    }
    return {answer,
            course_of(answer.pool, answer.state, answer.plan, run, run.timeline, holds),
            std::move(chain),
            std::nullopt,
            nullptr,
            std::nullopt,
            clock};
}

}  // namespace

Reported::Reported(World world, ReportClock clock)
    : world_(std::move(world)),
      plan_(planned(world_)),
      run_(simulated(world_, plan_)),
      answer_(answer_of(world_, plan_, run_)),
      report_(report_of(answer_, run_, clock)) {}

}  // namespace vacate
