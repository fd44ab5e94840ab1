// What many runs of one plan came to, each with a future of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/step.hpp"

namespace vacate {

/// How a run ended. All but the first say why the plan came to a stop.
enum class RunEnd : std::uint8_t {
    finished,
    lost_host,  // a host did not come back from its upgrade
    gave_up,    // a migration failed too often
    forbidden,  // a rule forbids the next step
};

/// One run in figures; the times of a run that did not finish are 0.
struct TrialRun {
    RunEnd end = RunEnd::finished;
    Id<Step> step = Id<Step>::none();  // that ended last; of a run that came to a stop: where
    Duration makespan{};               // as in Schedule
    Duration mixed_window{};
    Duration pause_total{};
    std::int64_t vms_down = 0;  // of a run that came to a stop: parked by the plan, and still so
    friend bool operator==(const TrialRun&, const TrialRun&) = default;
};

/// How long a run goes on once it has begun with a host.
struct HostTrials {
    Id<Host> host;
    Id<Step> begun_by;             // its first disabling, or its upgrade where there is none
    std::vector<Duration> to_end;  // by run: from there to the end; never: it did not finish
    std::int64_t ends_last = 0;    // runs that finished with a step on this host
    friend bool operator==(const HostTrials&, const HostTrials&) = default;
};

struct Trials {
    std::vector<TrialRun> runs;     // in the order of their numbers
    std::vector<HostTrials> hosts;  // that the plan works on, in its order
    friend bool operator==(const Trials&, const Trials&) = default;
};

/// Longer than every run.
inline constexpr Duration never = Duration::max();

/// The nearest rank: the smallest of the values that at least `percent` in a hundred of them do
/// not exceed. Nothing when there are none. Requires: 1 <= percent <= 100.
[[nodiscard]] std::optional<Duration> percentile(std::vector<Duration> values, int percent);

/// A figure of the runs that finished.
[[nodiscard]] std::vector<Duration> figures_of(const Trials& trials, Duration TrialRun::*figure);

[[nodiscard]] std::int64_t finished(const Trials& trials);
/// Runs that finish, in a makespan of at most `window`.
[[nodiscard]] std::int64_t finished_within(const Trials& trials, Duration window);

/// The last moment, since the makespan began, at which a host may be begun so that the run ends
/// within `window` with `percent` confidence: the window less that percentile of the time from
/// the begin of the host's first step to the end, over all runs. A run that does not finish
/// takes forever, so there is no such moment when too few finish; nor is there one when it would
/// lie before the makespan's begin.
[[nodiscard]] std::optional<Duration> last_moment(const HostTrials& host, Duration window,
                                                  int percent);

}  // namespace vacate
