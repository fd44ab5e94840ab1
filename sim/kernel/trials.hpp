// A plan run again and again, each time with another future.
#pragma once

#include <cstdint>
#include <functional>

#include "model/chance.hpp"
#include "model/plan.hpp"
#include "model/trials.hpp"

namespace vacate {

struct TrialOptions {
    std::int64_t runs = 1'000;
    std::uint64_t seed = 1;
    int threads = 1;  // never change what comes out
    /// Told now and then, from the calling thread, how many runs were begun; may be empty.
    std::function<void(std::int64_t)> watch = {};
    /// Asked before each run; then those not begun are left out; may be empty.
    std::function<bool()> stops = {};
};

/// Runs a plan with the futures 0, 1, ... of a seed. A run with a larger number is not affected
/// by how many there are.
///
/// Returns:  where `stops` said so, nothing to be used.
/// Requires: plan.after names earlier steps only; runs times hosts within
///           limits::runs_times_hosts.
/// Costs:    a simulation per run; memory for a few times per host and run.
[[nodiscard]] Trials run_trials(const Pool& pool, const PoolState& state, const Plan& plan,
                                const Chance& chance, const TrialOptions& options);

}  // namespace vacate
