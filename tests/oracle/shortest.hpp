// The shortest upgrade of a tiny pool: every order of every step, and every overlap of them.
#pragma once

#include <cstdint>

#include "model/state.hpp"

namespace vacate::oracle {

/// What is to be short.
enum class Measure {
    makespan,  // from the first step to the last
    window,    // from the coordinator's return to that of the last member, both still disabled
};

struct Shortest {
    Duration time{};      // of the shortest schedule, where there is one below what was asked
    bool found = false;   // there is one
    bool proven = false;  // everything was looked at
    std::int64_t moments = 0;
};

/// Is there a schedule that takes less than `below`, and which is the shortest?
///
/// Looked at is every schedule in which steps begin at the start or at an instant at which another
/// one ends: any host next, any VM to any host, as often as there is time, any number of moves at
/// once that the rules and throttles allow, members upgraded at once or kept as a refuge. Rules
/// are the naive judge's; how long moves take that share links is the kernel's.
///
/// Left out, since something at least as good is looked at: a host is disabled the moment before
/// its upgrade and enabled the moment after it, where these take no time; and of two ways to the
/// same placement with nothing on its way, the one that is there later and whose hosts come back
/// no sooner, since the other one can wait. That wait need not end where something else does, so
/// the test also counts small pools without this cut.
///
/// The bound that ends a branch: for each order in which members can go down, who can be down
/// beside whom by packing all VMs into the rest, and how much any packing leaves on the next one.
///
/// Members that differ in nothing but their names stand for each other, and so do VMs.
///
/// Requires: VMs only migrate, over plain streams, and belong to no group; disable and enable take
/// no time; the coordinator is enabled.
[[nodiscard]] Shortest shortest_upgrade(const Pool& pool, const PoolState& state, Measure measure,
                                        Duration below, std::int64_t moments_max,
                                        bool with_cut = true);

}  // namespace vacate::oracle
