// Plain transfers over a star of hosts: the kernel's links and event queue, and nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include "model/units.hpp"

namespace vacate {

/// A host at the rim of a star; rates in B/s.
struct StarHost {
    double rate = 0;  // each way, or of both together when half duplex
    bool full_duplex = true;
};

/// One transfer.
struct FlowJob {
    std::uint32_t from = 0;
    std::uint32_t to = 0;  // another host
    double bytes = 0;
    double cap = 0;   // B/s
    Instant start{};  // not before this
};

struct FlowRun {
    std::vector<Instant> ended;  // by job
    std::int64_t events = 0;     // ends, each with what starts in its place
    std::int64_t rate_changes = 0;
};

/// Runs transfers that share the links max-min fairly.
///
/// With `window` 0 every job starts at its time; otherwise start times are not looked at, and
/// each host sends at most `window` of its jobs at once, in their order.
[[nodiscard]] FlowRun run_flows(const std::vector<StarHost>& hosts,
                                const std::vector<FlowJob>& jobs, std::size_t window = 0);

}  // namespace vacate
