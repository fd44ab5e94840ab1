// Plans the emptying of some hosts, which then stay disabled.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "sim/search/planner.hpp"

namespace vacate {

/// Plans how `hosts` are taken out of use and emptied; they stay disabled.
///
/// Every VM on them moves once, to a host that stays; only where no packing lets all go straight,
/// others step aside. Several packings and orders of hosts are tried: the plan with the fewest
/// migrations wins, then options.objective decides. VMs that cannot move and may be suspended or
/// shut down are, and stay so.
///
/// Requires: `hosts` sorted, no step under way, no host lost among them.
/// Returns:  a plan that is legal under every timing, with a bound for the way out of the hosts.
/// Fails:    `proven` where a VM can go nowhere, or the VMs are more than the others' memory.
/// Costs:    a look at every host for each VM that moves.
[[nodiscard]] tl::expected<Planned, NoPlan> plan_evacuation(const Pool& pool,
                                                            const PoolState& state,
                                                            const std::vector<Id<Host>>& hosts,
                                                            const PlanOptions& options = {});

}  // namespace vacate
