// vacate check POOL PLAN: holds a plan against a pool as it is now.
#pragma once

#include "model/progress.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {

/// Which steps of a plan are done, which are possible still, what breaks first and what changed.
[[nodiscard]] Outcome check_plan(const InputOptions& options, const PlanInput& input,
                                 bool with_steps);

/// A plan held against the pool it was loaded with.
struct HeldPlan {
    PlannedPool loaded;
    PlanProgress progress;
};
[[nodiscard]] HeldPlan hold_plan(PlannedPool loaded);

/// The answer, with what else was `asked` of a live pool.
[[nodiscard]] Outcome plan_answer(const HeldPlan& held, const Findings& asked, bool with_steps,
                                  bool json);

}  // namespace vacate
