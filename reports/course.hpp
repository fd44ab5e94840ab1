// How one run of a plan went, as a report draws it: hosts, moves, memory and links over time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/event.hpp"
#include "model/plan.hpp"
#include "model/schedule.hpp"

namespace vacate {

/// Time since the first step on a host or VM; what prepares the pool is before zero.
using Since = Duration;

/// A stretch of time.
struct Stretch {
    Since begins{};
    Since ends{};
    friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// What kept a step from beginning earlier.
struct StepHold {
    Id<Step> by = Id<Step>::none();  // its end let the step begin; none: nothing did
    bool is_throttle = false;        // it had a place among the migrations (R12, R13)
    friend bool operator==(const StepHold&, const StepHold&) = default;
};

/// How a step went, of a run that really happened.
enum class StepOutcome {
    done,
    failed,   // it is over and changed nothing
    running,  // still at the report's moment
};

/// One migration.
struct MoveBar {
    Id<Step> step;
    Id<Vm> vm;
    Id<Host> from;
    Id<Host> to;
    Stretch when;
    Duration pause{};
    Bytes sent;
    Bandwidth rate;        // `sent` over the whole of `when`
    std::int32_t nth = 1;  // how many times the VM has moved then, this one included
    StepOutcome fate = StepOutcome::done;
    std::int32_t row_out = 0;  // of its bars in the lanes of both hosts
    std::int32_t row_in = 0;
    StepHold hold;
    friend bool operator==(const MoveBar&, const MoveBar&) = default;
};

/// A host's memory from `at` on.
struct MemoryPoint {
    Since at{};
    Bytes committed;
    Bytes capacity;
    friend bool operator==(const MemoryPoint&, const MemoryPoint&) = default;
};

/// What a host's link carries from `at` on.
struct LinkPoint {
    Since at{};
    Bandwidth sends;
    Bandwidth receives;
    friend bool operator==(const LinkPoint&, const LinkPoint&) = default;
};

/// The least that a host had free while it was not down.
struct LeastFree {
    Since at{};
    Bytes free;
    Id<Step> arrival = Id<Step>::none();  // that began then and brings a VM; none: something else
    friend bool operator==(const LeastFree&, const LeastFree&) = default;
};

/// One host. What does not happen to it is absent.
struct HostLane {
    Id<Host> host;
    std::optional<Since> disabled;  // its disabling begins
    std::optional<Stretch> down;    // its upgrade
    std::optional<Since> enabled;   // it takes VMs again
    std::vector<MemoryPoint> memory;
    LeastFree least;
    std::vector<LinkPoint> link;
    Duration busy{};  // how long its link carries anything
    std::int32_t out = 0;
    std::int32_t in = 0;
    friend bool operator==(const HostLane&, const HostLane&) = default;
};

/// A run of a plan, everything counted from its first step on a host or VM.
struct Course {
    std::vector<HostLane> lanes;      // coordinator, then as they are disabled, then the others
    std::vector<MoveBar> moves;       // as they begin
    Since begins{};                   // at most 0: preparations
    Since ends{};                     // of the last step on a host or VM
    std::optional<Stretch> blackout;  // the coordinator is down
    std::optional<Stretch> mixed;     // versions are mixed
    Instant zero{};                   // of the schedule
    std::int32_t rows = 1;            // of bars in a lane
    friend bool operator==(const Course&, const Course&) = default;
};

/// What happened in a run, from its schedule and its events.
///
/// A rate is the mean of a whole move: rounds, waiting for others on the link and the pause
/// included, since a schedule knows no more.
/// Requires: `timeline` holds the events of `schedule`, and apply() accepts them from `state`;
///           `holds` and `fates` are empty or have an entry per step.
/// Costs:    a fold of the events; the moves times the hosts at worst.
[[nodiscard]] Course course_of(const Pool& pool, const PoolState& state, const Plan& plan,
                               const Schedule& schedule, const Timeline& timeline,
                               const Table<Step, StepHold>& holds,
                               const Table<Step, StepOutcome>& fates = {});

/// The lane of a host; of every pool's host there is one.
[[nodiscard]] const HostLane& lane_of(const Course& course, Id<Host> host);

/// The latest point at or before `at`, or the first. Requires: points in order of time, not none.
template <class Point>
[[nodiscard]] const Point& point_at(const std::vector<Point>& points, Since at) {
    std::size_t low = 0;
    std::size_t high = points.size();
    while (high - low > 1) {
        const std::size_t middle = (low + high) / 2;
        (points[middle].at <= at ? low : high) = middle;
    }
    return points[low];
}

}  // namespace vacate
