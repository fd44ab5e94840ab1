// What chance brings in one run: how long, how fast, and what goes wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "model/pool.hpp"

namespace vacate {

/// From `at` on, a host's link carries so many thousandths of its rate.
struct LinkChange {
    Instant at{};
    Id<Host> host;
    std::int64_t permille = 1000;
    friend bool operator==(const LinkChange&, const LinkChange&) = default;
};

/// Where a table is empty, all is as the pool says.
struct Future {
    Table<Host, Duration> upgrade_time;
    Table<Host, std::uint8_t> lost;          // 1: it does not come back from its upgrade
    Table<Vm, std::int64_t> speed_permille;  // of the cap of the stream it migrates over
    Table<Vm, std::int64_t> dirty_permille;  // of the rates at which it writes its memory
    Table<Vm, std::uint64_t> failing;        // bit n: its attempt n at migrating, of 64, fails
    std::vector<LinkChange> links;           // in order of time
    friend bool operator==(const Future&, const Future&) = default;
};

}  // namespace vacate
