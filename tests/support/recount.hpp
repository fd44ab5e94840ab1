// The counters of a state, counted once more from where every VM and host is.
#pragma once

#include <string>
#include <vector>

#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

/// What the counters of `state` get wrong, in words; empty when all agree with a recount over
/// VMs, hosts and the steps that are under way.
[[nodiscard]] std::string miscounted(const Pool& pool, const PoolState& state,
                                     const std::vector<Step>& under_way);

/// Bytes of the VMs that are on a host or on their way to it.
[[nodiscard]] Bytes held_by(const Pool& pool, const PoolState& state, Id<Host> host);

/// Names of hosts that hold more than they have memory for; empty when none does.
[[nodiscard]] std::string overcommitted(const Pool& pool, const PoolState& state);

}  // namespace vacate
