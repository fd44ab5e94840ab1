// Bare migrations: a pool, its state and a plan of Migrate steps, with no time but that of copying.
#pragma once

#include <cstdint>
#include <vector>

#include "model/plan.hpp"
#include "tests/support/flow_run.hpp"

namespace vacate {

/// A VM that moves once. Bytes, B/s.
struct Mover {
    std::uint32_t from = 0;
    std::uint32_t to = 0;  // another host
    double ram = 0;
    double dirty_rate = 0;
    double working_set = 0;
};

struct Evacuation {
    Pool pool;
    PoolState state;
    Plan plan;
};

/// One Migrate step per mover, in their order and free to overlap, over streams of `cap` B/s.
///
/// Nothing but the links holds them back: memory is plenty and the throttles stand open. A guest
/// stops when what is left takes 30 ms, as in SimGrid's plugin, and not before.
[[nodiscard]] Evacuation evacuation_of(const std::vector<StarHost>& hosts,
                                       const std::vector<Mover>& movers, double cap);

}  // namespace vacate
