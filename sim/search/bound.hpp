// Times that no plan can beat, each with the reason why.
#pragma once

#include <string>

#include "model/state.hpp"

namespace vacate {

/// A lower bound of the makespan.
struct Bound {
    Duration makespan{};
    std::string reason;  // in words, with names
    friend bool operator==(const Bound&, const Bound&) = default;
};

/// The largest of these; each counts only VMs that must leave live, and only bytes that any
/// pre-copy sends at least, at the rate that the host's link and budget allow at most.
///
/// Path: a host's content leaves over its own link before it is upgraded, and every other host
/// is upgraded after the coordinator: drain(coordinator) + upgrade(coordinator) + the longest
/// other upgrade. Batches: at most k hosts are down together, where k is hosts_down_max and what
/// the free memory allows (the k smallest hosts must fit into it): drain + upgrade of the
/// coordinator + ceil((n - 1) / k) times the shortest upgrade.
///
/// Source: peers' bounds L1 and L2 with their proofs above.
[[nodiscard]] Bound lower_bound(const Pool& pool, const PoolState& state);

}  // namespace vacate
