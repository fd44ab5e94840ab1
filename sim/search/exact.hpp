// Every placement that can be reached: finds a plan if there is one, in small pools.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

/// What the exhaustive search found out.
struct ExactAnswer {
    enum class Verdict {
        found,       // steps lead to the goal
        impossible,  // every reachable placement was looked at; none is the goal
        gave_up,     // there are more placements than nodes_max, or it was told to stop
    };
    Verdict verdict = Verdict::gave_up;
    std::vector<Step> steps;  // where found: fewest migrations, preparation not included
    std::int64_t nodes = 0;   // placements looked at
    std::int64_t effort = 0;  // transitions judged
};

/// Searches placements by the migrations it takes to reach them: one step at a time, every VM to
/// every host, every way to park and bring back, every host upgraded as soon as it is empty, every
/// host that is disabled at the start enabled again at any time.
///
/// One step at a time loses nothing: of steps that overlap, each may begin while the others hold
/// memory on both ends, so it may also begin when they have ended. Nor does upgrading a host in
/// one go: an enabled host allows all that a disabled one does.
///
/// `stops` is asked now and then.
///
/// Requires: `state` has no step under way; preparations are done.
/// Costs:    at most nodes_max placements, some tens of bytes each.
[[nodiscard]] ExactAnswer search_exhaustively(const Pool& pool, const PoolState& state,
                                              std::int64_t nodes_max,
                                              const std::function<bool()>& stops = {});

/// The same for migrations alone, storage motions included, until every VM is where `goal` says;
/// none: anywhere. Requires: `state` has no step under way; CDs in the way are out.
[[nodiscard]] ExactAnswer search_placement(const Pool& pool, const PoolState& state,
                                           const Table<Vm, Id<Host>>& goal, std::int64_t nodes_max);

}  // namespace vacate
