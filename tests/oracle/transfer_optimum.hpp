// The shortest schedule of migrations that do not share links, by branch and bound.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/pool.hpp"
#include "model/state.hpp"

namespace vacate::oracle {

struct Optimum {
    Duration makespan{};
    bool proven = false;  // otherwise the best of what was looked at
    std::int64_t nodes = 0;
};

/// Each VM goes straight to its goal, alone in `alone`, taking so much of both hosts' links that
/// its stream is never slowed down; its memory is held on both ends. Full duplex, no throttles.
///
/// Starts only at 0 and where another ends: every schedule can be shifted to the left until it
/// is so. It shares no code with the search.
[[nodiscard]] Optimum shortest_schedule(const Pool& pool, const PoolState& state,
                                        const Table<Vm, Id<Host>>& goal,
                                        const Table<Vm, Duration>& alone, Duration known,
                                        std::int64_t nodes_max);

}  // namespace vacate::oracle
