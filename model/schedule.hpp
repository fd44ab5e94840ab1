// When the steps of a plan ran in one simulation, and what that came to.
#pragma once

#include "model/step.hpp"

namespace vacate {

/// When a step ran, and what it cost.
struct StepTimes {
    Instant start{};
    Instant end{};
    Duration pause{};  // the migrating guest stood still
    Duration gap{};    // it was silent, as seen from outside: pause, queues and arrival
    Bytes sent;        // over the network, all rounds and disks
    std::int32_t rounds = 0;
    friend bool operator==(const StepTimes&, const StepTimes&) = default;
};

/// The least free memory that any host had right after a VM began to come to it.
struct TightestMoment {
    Id<Host> host = Id<Host>::none();  // none: no VM came to any host
    Id<Step> step = Id<Step>::none();
    Instant at{};
    Bytes free;
    friend bool operator==(const TightestMoment&, const TightestMoment&) = default;
};

/// One run of a plan in figures.
struct Schedule {
    Table<Step, StepTimes> times;
    Duration makespan{};      // from the first to the last step on a host or VM
    Duration mixed_window{};  // from the first to the last moment in mixed versions
    std::int64_t moves = 0;   // migrations, storage motions included
    Bytes bytes_moved;
    Duration pause_total{};  // of migrating guests
    Duration pause_worst{};
    Id<Step> pause_worst_step = Id<Step>::none();
    TightestMoment tightest;
    friend bool operator==(const Schedule&, const Schedule&) = default;
};

}  // namespace vacate
