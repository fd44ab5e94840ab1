// Plans the way to a given placement: only order, parallelism and detours are open.
#pragma once

#include <tl/expected.hpp>

#include "sim/search/planner.hpp"
#include "sim/search/reach.hpp"

namespace vacate {

/// What keeps `goal` from ever being reached, whatever the order: a VM that its host never takes,
/// a host that is not enabled, too much memory on one host, groups that are not as they must be.
/// Empty when nothing is known to.
[[nodiscard]] Findings goal_blockers(const Pool& pool, const PoolState& state,
                                     const Placement& goal);

/// Plans the migrations that take every VM to the host that `goal` names; a VM without one ends
/// where it is. VMs go straight where they can, and by a third host where they wait for one
/// another. The schedule that ends first wins; see reach() and schedule_transfers().
///
/// Requires: no step under way; goal[vm] none for a VM that does not run.
/// Returns:  the best plan by options.objective, the same one for the same seed.
/// Fails:    without a plan, or without one that fits into options.window; `proven` when a reason,
///           a look at every placement that can be reached, or the lower bound shows that there is
///           none.
[[nodiscard]] tl::expected<Planned, NoPlan> plan_goal(const Pool& pool, const PoolState& state,
                                                      const Placement& goal,
                                                      const PlanOptions& options = {});

}  // namespace vacate
