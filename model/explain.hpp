// Why a step cannot be taken, with what the pool looks like instead.
#pragma once

#include <string>

#include "model/plan.hpp"

namespace vacate {

/// explain() of what forbids `step` in `state`, with its rule in brackets; where no rule is needed
/// for that, what the state is: "db-1 runs on srv-3, not on srv-1".
[[nodiscard]] std::string explain_step(const Pool& pool, const PoolState& state, const Step& step,
                                       const Violation& violation);

/// The same for what replay() of `steps` from `state` says.
[[nodiscard]] std::string explain_broken(const Pool& pool, const PoolState& state,
                                         const Table<Step>& steps, const BrokenStep& broken);

}  // namespace vacate
