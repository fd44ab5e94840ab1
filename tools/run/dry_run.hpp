// What a run would do, call by call, without doing any of it.
#pragma once

#include <string>

#include "model/order.hpp"
#include "model/plan.hpp"
#include "tools/run/request.hpp"

namespace vacate {

/// The calls that carry an order out, as an operator would write them: "Async.VM.pool_migrate
/// db-1 -> srv-1, live".
[[nodiscard]] std::string calls_of(const Order& order, const RunRequest& request);

/// Every order of the plan with its calls, in the order and at the times of a simulation, the
/// lock before and after. Requires: the plan is legal from `state`.
[[nodiscard]] std::string dry_run_text(const Pool& pool, const PoolState& state, const Plan& plan,
                                       const RunRequest& request);

}  // namespace vacate
