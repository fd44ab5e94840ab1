// What is in the way of an upgrade, before anything is planned: host by host and VM by VM.
#pragma once

#include <string>

#include "model/pool.hpp"
#include "model/result.hpp"
#include "model/state.hpp"

namespace vacate {

/// Everything that can be known from a pool about what stands in the way of its upgrade.
///
/// Returns: findings in order of severity, then pool, hosts and VMs by name. One that `blocks`
///          proves that no plan exists; one to `act` on does not stop a plan.
/// Source:  the prechecks of XenCenter's upgrade wizard and of Xen Orchestra's rolling update,
///          and xapi's own reasons against a migration.
[[nodiscard]] Findings precheck(const Pool& pool, const PoolState& state);

/// Only what proves that no plan exists.
[[nodiscard]] Findings blockers(const Pool& pool, const PoolState& state);

/// What keeps `to` from ever taking `vm`, whatever moves before; empty when it might.
[[nodiscard]] std::string never_takes(const Pool& pool, const PoolState& state, Id<Vm> vm,
                                      Id<Host> to);

}  // namespace vacate
