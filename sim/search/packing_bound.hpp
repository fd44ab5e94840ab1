// How soon members can all have been down at all: equal trapezoids under a ceiling.
#pragma once

#include <cstdint>
#include <vector>

#include "model/units.hpp"

namespace vacate {

/// A member that keeps more than the others, or for longer.
struct Trapezoid {
    Bytes height;
    Duration plateau{};
    Duration ramp_out{};
    Duration ramp_in{};
    friend bool operator==(const Trapezoid&, const Trapezoid&) = default;
};

/// What every member keeps from the VMs over time: its memory while it is down, and on both sides
/// of that what it cannot be emptied or filled faster than.
struct Trapezoids {
    std::int64_t count = 0;     // members
    std::int64_t together = 1;  // down at the same time at most
    Bytes height;               // memory of each
    Duration plateau{};         // each is down for that long
    Duration ramp_out{};        // emptying all of it takes at least that long
    Duration ramp_in{};         // and filling it
    Bytes ceiling;              // free memory of the pool
    Bytes first;                // empty at time zero and filled from then on: the coordinator
    Duration first_ramp{};
    std::vector<Trapezoid> each;  // as they are, where they differ; above is the least of all
};

/// A time before which they cannot all have been down, counted from zero, where the first may go
/// down at once.
///
/// Let s1 <= s2 <= ... be when they go down, k = `together`. Then s(i+k) >= s(i) + plateau, so
/// they fall into k lanes of members that follow one another. For any weights w >= 0 over time,
/// what the lanes keep, weighted, is at least the sum of each lane's least, and at most the
/// ceiling times the sum of w; where that is a contradiction, no schedule ends so soon. Weights
/// that give one are looked for by raising them where the lanes would be over the ceiling.
///
/// Time is cut into slots, in each of which a weight stays the same. What a member keeps, weighted,
/// then is a parabola of when inside a slot it goes down, and no less than at the better end of the
/// slot less an eighth of how much the parabola bends upwards: by w / ramp, where w is the weight
/// at the outer end of each ramp. So no schedule is counted with more than it keeps.
///
/// Beside the amounts themselves a second measure g of them has a ceiling. Let the ceiling be
/// k heights and a rest d, in heights, and x what a member keeps, 0 <= x <= 1. With
/// g(x) = max(0, x - d) / (1 - d), any amounts that are k + d together are k at most by g: of k
/// members each is 1 at most, and n > k of them that count are (k + d - n d) / (1 - d) <= k
/// together. By g a member that is down still is 1 and its ramps are shorter, by the part d. Both
/// have weights of their own, and what is kept is summed over both.
///
/// Where few are down together, the same is asked of stretches: from one start to the j-th after
/// it, the first one fixed and all that was before left out. Such times add up along a chain of
/// starts, which often gives more than one question about the whole, since what the weights cannot
/// tell apart is less.
///
/// Such a chain also has links that look at one moment alone: t = s(i) + plateau, when i is still
/// empty. Of the k starts behind i let r come after t; r is at least 1, or s(i+k) is t. Those
/// before t are down at t, those behind it keep all but what they can be emptied of until they
/// go down, and each of the m starts before i keeps all but what it was filled with since, at
/// most s(i) - s(i-m) of filling. With H the height and R the shorter ramp that makes
/// (k + 1 + m) H - H/R (r (s(i+k) - t) + m (s(i) - s(i-m))) <= ceiling. So from start i-m on, k + m
/// more take at least plateau + ((k + 1 + m) H - ceiling) R / H / max(m, r), and the k - r + 1 + m
/// behind it at least the plateau; the chain goes on behind the better of the two, and takes the
/// r for which that is least.
///
/// Where members differ, the same is asked of them as they are, one by one instead of in lanes:
/// each keeps at least what it keeps at its own cheapest start, weighted, among those that let it
/// be back in time. The second measure then is their number: each that is down is one, and
/// `together` is the ceiling.
///
/// Returns: at least `at_least`, which the caller has proved, and at most `at_most`.
/// Source:  Lagrangian relaxation of cumulative scheduling; g is a dual feasible function as bin
///          packing knows them (Fekete and Schepers 2001); the proofs stand above.
[[nodiscard]] Duration least_packing_time(const Trapezoids& members, Duration at_least,
                                          Duration at_most);

}  // namespace vacate
