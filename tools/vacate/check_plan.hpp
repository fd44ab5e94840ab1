// vacate check POOL PLAN: holds a plan against a pool as it is now.
#pragma once

#include "tools/vacate/verbs.hpp"

namespace vacate {

/// Which steps of a plan are done, which are possible still, what breaks first and what changed.
[[nodiscard]] Outcome check_plan(const InputOptions& options, const PlanInput& input,
                                 bool with_steps);

}  // namespace vacate
