// What an event changes in a state, without asking whether it may: the other half of apply().
#pragma once

#include "model/event.hpp"
#include "model/state.hpp"

namespace vacate {

/// Each changes `state` as the beginning, the end or the failure of a step does. apply() calls
/// them after its judgement, and a live run for what was sent already or seen: nobody else.
///
/// Requires: for begin(), that no rule forbids the step; for the others, is_under_way().
void begin(const Pool& pool, PoolState& state, const Step& step);
void end(const Pool& pool, PoolState& state, const Step& step);
void fail(const Pool& pool, PoolState& state, const Step& step);

/// True when the step is under way, as far as the state can tell.
[[nodiscard]] bool is_under_way(const PoolState& state, const Step& step);

/// Facts are believed: steps that they end are over, and the VMs are where they were seen.
void lose(const Pool& pool, PoolState& state, Id<Host> host);
void find(PoolState& state, const HostFound& fact);
void see(const Pool& pool, PoolState& state, const VmSeen& fact);

/// True when the host holds memory of the VM: it is there or coming.
[[nodiscard]] inline bool touches(const VmState& vm, Id<Host> host) {
    return vm.host == host || vm.to == host;
}

}  // namespace vacate
