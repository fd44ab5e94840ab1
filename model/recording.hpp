// Migrations that were measured: what went where, on which pool, and how long it took.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/pool.hpp"
#include "model/result.hpp"
#include "model/state.hpp"

namespace vacate {

/// One migration that was measured; what was not measured is absent.
struct RecordedMove {
    Id<Vm> vm;
    Id<Host> from;
    Id<Host> to;
    bool with_disks = false;
    bool completed = true;             // else it was cancelled, or never converged
    Instant start{};                   // it began no earlier, since its run began
    std::vector<std::uint32_t> after;  // moves of this run, earlier in it, that ended before
    std::optional<Duration> total;     // from its start to its end
    std::optional<Duration> pause;     // as the hypervisor counts it
    std::optional<Duration> gap;       // as a client outside sees it
    std::optional<Bytes> sent;
    friend bool operator==(const RecordedMove&, const RecordedMove&) = default;
};

/// One run on a pool: every VM that moves is on its `from` when it begins.
struct RecordedRun {
    std::string name;
    std::vector<RecordedMove> moves;
    std::optional<Duration> makespan;  // from the first start to the last end
    friend bool operator==(const RecordedRun&, const RecordedRun&) = default;
};

/// A pool and what was measured on it, usually several times.
struct RecordedCase {
    std::string name;
    Pool pool;
    PoolState state;  // VMs that move are halted in it: each run puts them where they begin
    std::vector<RecordedRun> runs;
    friend bool operator==(const RecordedCase&, const RecordedCase&) = default;
};

/// A set of cases from one source, which are judged, and calibrated, together.
struct Recording {
    std::string about;
    std::string source;
    bool verified = true;  // the source was read again
    std::vector<RecordedCase> cases;
    Findings remarks;  // of the reader: what was assumed, what was left out
    friend bool operator==(const Recording&, const Recording&) = default;
};

}  // namespace vacate
