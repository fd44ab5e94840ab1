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
/// Area: a host that is down keeps its memory C from the VMs for its upgrade time U, and x before
/// that at least C - B x, since VMs leave it at a rate of at most B. All of that together is never
/// more than the free memory F of the pool, so F times the time after the coordinator is at least
/// the sum of C U + (C^2 - w^2) / 2B, where w is what a host had free when the coordinator came
/// back: at most F less the coordinator's memory over all hosts, so the w^2 / 2B come to at most
/// that times the largest C / 2B. Refilling is not counted.
///
/// Source: the proofs stand above.
[[nodiscard]] Bound lower_bound(const Pool& pool, const PoolState& state);

}  // namespace vacate
