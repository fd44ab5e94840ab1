// What becomes of the VMs of hosts that are lost: where they can be started again.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "model/state.hpp"

namespace vacate {

enum class Survival {
    survivable,      // `places` is a place for each of them
    not_survivable,  // there is none, for sure
    not_found,       // none was found, which proves nothing
};

struct Restart {
    Survival survival = Survival::survivable;
    std::vector<std::pair<Id<Vm>, Id<Host>>> places;
    std::vector<Id<Vm>> without;  // that find no place, when the largest are placed first
    friend bool operator==(const Restart&, const Restart&) = default;
};

/// The VMs that run on `lost` hosts, started again on the others as xapi would have it: on hosts
/// that are enabled and run the highest version of those that are left (R2), that see what the VM
/// needs (R5) and have room (R1). A VM tied to a device of its host starts nowhere else. What
/// was on its way to a lost host is still where it came from.
///
/// The largest go first, each into the tightest host. Where that fails, ways are tried one by
/// one. "Not survivable" rests on one of: a VM that no host takes even alone; more memory than
/// there is; every way was tried. Of a VM its memory is counted then, not what it must find free
/// for a moment, so that no order of starts could help.
///
/// Without `all`, VMs that is_tied() says are lost with their host anyway are left out.
///
/// Requires: lost is sorted.
/// Costs:    VMs times hosts, and at most nodes_max placements.
[[nodiscard]] Restart restart_elsewhere(const Pool& pool, const PoolState& state,
                                        const std::vector<Id<Host>>& lost, bool all = true,
                                        std::int64_t nodes_max = 20'000);

/// True when no other host could ever start the VM again, however much room it had: its disks, a
/// network or a device are on its host alone. No memory protects such a VM from a loss.
[[nodiscard]] bool is_tied(const Pool& pool, const PoolState& state, Id<Vm> vm);

/// A place for one more VM that runs nowhere: of the hosts that could start it the one with most
/// memory free. Returns: no place in `places` where there is none.
[[nodiscard]] Restart room_for(const Pool& pool, const PoolState& state, Id<Vm> vm);

}  // namespace vacate
