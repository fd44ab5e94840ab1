// A plan that was read for a pool, run: what simulate and report have in common.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "model/robust.hpp"
#include "reports/plan_answer.hpp"
#include "sim/kernel/simulate.hpp"
#include "sim/kernel/trials.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {

/// What is to be known of the plan itself, before what the scenario's reader remarked.
[[nodiscard]] Findings remarks_on(const Scenario& scenario, const Plan& plan);

/// What to act on, what blocks by the vendors' prechecks though a plan exists, and what was
/// assumed; the rest is the business of check. A PV guest is only one to act on where it runs, or
/// ends, on a host that comes to a new version. `end`: behind the plan.
[[nodiscard]] Findings findings_for_plan(const Scenario& scenario, const PoolState& end);

/// Adds what the plan cannot put back as it was (R15), to be done by hand.
void add_not_restored(const Scenario& scenario, const PoolState& end, const Job& job,
                      Findings& findings);

/// The answer that the pool refuses the plan: which step, and why. Nothing where it does not; then
/// what was remarked while it was read is in the scenario's remarks.
[[nodiscard]] std::optional<Outcome> refusal_of(PlannedPool& loaded, bool json);

/// One run without chance.
struct PlannedRun {
    Simulation simulation;
    Findings findings;
    std::optional<Proof> proof;  // nothing where the plan is too long for one
};

/// Runs the plan, and fills in its promise.
/// Requires: refusal_of() had nothing to say.
/// Fails:    with the answer that a step can never begin.
[[nodiscard]] tl::expected<PlannedRun, Outcome> run_planned(PlannedPool& loaded, bool json);

/// The options for `runs` runs of a scenario: one where nothing varies; 0 threads are all cores.
/// Fails: where so many runs need too much memory.
[[nodiscard]] Result<TrialOptions> trial_options(TrialOptions options, std::int64_t runs,
                                                 int threads, const Scenario& scenario);

/// Runs the plan so often, and tells on standard error how far it is.
[[nodiscard]] Trials run_told_trials(const Scenario& scenario, const Plan& plan,
                                     TrialOptions options);

/// That one run stands for all, and what to do about it.
[[nodiscard]] Finding without_chance();

}  // namespace vacate
