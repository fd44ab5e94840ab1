// Times that no plan can beat, each with the reason why.
#pragma once

#include <cstdint>
#include <string>

#include "model/state.hpp"

namespace vacate {

/// A lower bound of the makespan.
struct Bound {
    Duration makespan{};
    std::string reason;  // in words, with names
    friend bool operator==(const Bound&, const Bound&) = default;
};

/// A lower bound of a count of moves.
struct MoveBound {
    std::int64_t moves = 0;
    std::string reason;
    friend bool operator==(const MoveBound&, const MoveBound&) = default;
};

/// One bound for each objective.
struct LowerBounds {
    Bound makespan;
    Bound window;  // time in mixed versions
    MoveBound moves;
    Bound pause;       // of all guests together
    MoveBound spread;  // VMs that cannot end where they were
    friend bool operator==(const LowerBounds&, const LowerBounds&) = default;
};

/// The largest of these; each counts only VMs that must leave live, and only bytes that any
/// pre-copy sends at least, at the rate that the host's link and budget allow at most.
///
/// Path: a host's content leaves over its own link before it is upgraded, and every other host
/// is upgraded after the coordinator: drain(coordinator) + upgrade(coordinator) + the longest
/// other upgrade. A drain is no shorter than its migrations one by one on each of as many lanes
/// as the window has (R13): the mean of the lanes, and of the q lanes + 1 longest some q + 1 in one
/// lane. Batches: at most k hosts are down together, where k is hosts_down_max and what
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
/// In a window of n migrations a host loses at most n times what the VM that is quickest for its
/// size gives up in a second, control plane included (R13); that takes the place of B where it is
/// less. A VM on its way counts on both hosts in parts: by bytes sent for B, by time for the
/// window.
///
/// Packing: the same memory over time, but with whole hosts: see least_packing_time(). A host is
/// taken as large as the largest sum of VMs that fits into it.
///
/// Source: the proofs stand above.
[[nodiscard]] Bound lower_bound(const Pool& pool, const PoolState& state);

/// How much a bound may cost: members that differ are packed as they are, or all as the least.
enum class Effort { quick, thorough };

/// lower_bound() and those of the other objectives.
///
/// Moves: every VM that runs on a host to be upgraded and is not parked leaves it once. While the
/// coordinator is emptied no host is upgraded yet, so where none was from the start its VMs come
/// to hosts that are still to be emptied, and move once more. Pause: each of these moves pauses
/// the guest for the fixed part at least. Spread: of the VMs of one host no more can be there at
/// the end than fit into the memory that it then has, the smallest first. Window: what the
/// makespan's bound says of the time from the coordinator's return on, where versions differ for
/// all of it.
[[nodiscard]] LowerBounds lower_bounds(const Pool& pool, const PoolState& state,
                                       Effort effort = Effort::thorough);

}  // namespace vacate
