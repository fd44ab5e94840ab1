// Every invariant that a given state breaks, whoever broke it.
#pragma once

#include <optional>
#include <vector>

#include "model/rule.hpp"
#include "model/state.hpp"

namespace vacate {

/// What is broken in `state` at this moment: R1 (a host overcommitted), R5 (a VM on a host that
/// lacks what it needs), R7 (groups), R9 (a loss that would not be survivable).
///
/// Returns: in order of rule, host and VM; empty when all is well.
[[nodiscard]] std::vector<Violation> audit(const Pool& pool, const PoolState& state);

/// R15: what we changed and have not put back: switches, CDs, hosts that were enabled in
/// `before`, VMs that we suspended or stopped.
[[nodiscard]] std::vector<Violation> not_restored(const Pool& pool, const PoolState& before,
                                                  const PoolState& state);

/// R9: a protected VM that would find no room if its failure domain, and any other
/// policy.spare_hosts - 1 of them, were lost now.
///
/// Judged conservatively: room is what enabled hosts have free now, and the VMs are packed
/// largest first into the tightest host; where that finds room, there is room. Versions are not
/// asked: in mixed mode xapi restarts only on upgraded hosts, and no early stage of an upgrade
/// could promise that.
[[nodiscard]] std::optional<Violation> loss_without_refuge(const Pool& pool,
                                                           const PoolState& state);

/// R5 without the host's phase: what `vm` lacks on `host`, its storage, networks, CPU.
[[nodiscard]] std::optional<Violation> lacks(const Pool& pool, const PoolState& state, Id<Vm> vm,
                                             Id<Host> host);

}  // namespace vacate
