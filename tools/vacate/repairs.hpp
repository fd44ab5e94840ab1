// What would make a plan possible, cheapest first, each tried before it is told.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/codec/scenario.hpp"
#include "reports/plan_answer.hpp"
#include "sim/search/planner.hpp"

namespace vacate {

/// Reads the same input again with more --set behind those that were given.
using Reread = std::function<Result<Scenario>(const std::vector<std::string>& sets)>;

/// Looks for repairs of a pool without a plan. The order is that of what they cost the operator:
/// first what only a promise costs (fewer spare hosts, wider, any target), then memory ranges
/// squeezed before the start, where guests go on, then VMs parked in place for a while, then VMs
/// that are shut down, then a host that is lent, then memory that is bought. Of each kind the
/// least that was found to do: the fewest, the smallest.
///
/// Returns: only repairs with which a plan was found; the makespan is that plan's.
/// Costs:   some dozens of short searches, fewer when options.watch ends it.
[[nodiscard]] std::vector<RepairRow> find_repairs(const Scenario& scenario, const Reread& reread,
                                                  const PlanOptions& options);

}  // namespace vacate
