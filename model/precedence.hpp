// Which steps of a legal list may overlap, so that no timing can break a rule.
#pragma once

#include <cstdint>
#include <vector>

#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

/// When a host is taken out of use.
enum class Patience {
    first_vm,  // as soon as the first VM can leave it
    every_vm,  // when nothing but its own moves keeps any VM on it
};

/// For each step of a list that is legal read top to bottom, the earlier steps that must have
/// ended before it may begin; every timing that keeps them is legal too.
///
/// Memory: an arrival waits for the shortest prefix, in list order, of the departures from its
/// host with which all arrivals up to it fit. If any set of arrivals has begun, let b be the
/// last of them in the list: the departures that b waited for make room for all of them, so the
/// host is never overfilled. The n-th disable waits for the enable that gives its place back by
/// the same argument (R6). Everything before the coordinator's upgrade ends before it, and
/// everything behind it begins after (R11). Where spare hosts are asked for (R9) the list is
/// kept as it is, one step after the other, because room for a loss depends on all of them.
///
/// With `finish`, a rank for each step by when it is expected to end, the departures of a host are
/// taken in this order instead, so that an arrival waits for those that end first. The argument is
/// the same as long as the list is one in which the steps begin.
///
/// Requires: `steps` is legal from `state` (see replay()).
/// Returns:  for each step its predecessors, sorted; all of them have smaller ids.
/// Costs:    O(steps * departures per host) at worst, linear in practice.
[[nodiscard]] Table<Step, std::vector<Id<Step>>> precedence_of(
    const Pool& pool, const PoolState& state, const Table<Step>& steps,
    Patience patience = Patience::first_vm, const Table<Step, std::int64_t>* finish = nullptr);

}  // namespace vacate
