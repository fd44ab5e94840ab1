// Whether a whole plan is what it promises, judged by the naive judge alone.
#pragma once

#include <string>

#include "model/plan.hpp"
#include "sim/kernel/simulate.hpp"

namespace vacate::oracle {

/// Read top to bottom, each step as a whole, every step is allowed and at the end nothing is
/// left undone. Returns: what is wrong, or "".
[[nodiscard]] std::string wrong_in_sequence(const Pool& pool, const PoolState& state,
                                            const Plan& plan);

/// Plays `timings` of the orders of begins and ends that `after` allows, adversarial ones first:
/// everything begun as early and ended as late as possible, hosts whose departures end last,
/// arrivals before departures, the plan from its end. Throttles are ignored: they only delay.
///
/// Returns: the first step that is not allowed, with the order that led to it, or "".
[[nodiscard]] std::string wrong_in_some_timing(const Pool& pool, const PoolState& state,
                                               const Plan& plan, int timings, std::uint64_t seed);

/// Follows the timeline of a run: every begin is allowed and not throttled (R12, R13), comes
/// after what it must come after, no host ever holds too much, and all steps are there once.
[[nodiscard]] std::string wrong_in_timeline(const Pool& pool, const PoolState& state,
                                            const Plan& plan, const Simulation& run);

/// All of these.
[[nodiscard]] std::string wrong_in_plan(const Pool& pool, const PoolState& state, const Plan& plan,
                                        const Simulation& run, int timings, std::uint64_t seed);

}  // namespace vacate::oracle
