// When a run will end, from how long its own migrations and restarts took.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "model/schedule.hpp"
#include "sim/live/run_state.hpp"
#include "sim/live/view.hpp"

namespace vacate::live {

/// What a plan in force promised when it was adopted; times count from its adoption.
struct Promised {
    std::uint64_t number = 0;  // of the adoption
    Duration makespan{};
    std::map<std::string, Duration> moves;   // by describe(order): how long each takes
    std::map<std::string, Duration> begins;  // by host: when it is disabled
    std::map<std::string, Duration> ends;    // by host: when its last step ends
};

/// When a host's turn was to begin and to end.
struct HostPlan {
    std::optional<Instant> begin;
    std::optional<Instant> end;
};

/// What `promised`, counted from `adopted`, says of a host.
[[nodiscard]] HostPlan plan_of(const Promised& promised, const std::string& host, Instant adopted);

/// Simulates the plan in force of `run` from where it was adopted.
[[nodiscard]] Promised promise_of(const RunState& run);

/// How much longer things take than promised, in permille: the median of all that ended, drawn
/// towards 1000 as if `prior` had been seen before that took what was promised.
class Pace {
  public:
    explicit Pace(std::int64_t prior) : prior_(prior) {}
    void add(Duration promised, Duration real);
    [[nodiscard]] std::int64_t permille() const;

  private:
    std::int64_t prior_;
    std::vector<std::int64_t> ratios_;  // sorted
};

/// What a run has learned. Migrations are many and differ; one host restarts much like another.
struct Paces {
    Pace moves{4};
    Pace restarts{1};
};

/// When what is left ends.
struct Forecast {
    Instant ends_at{};
    std::map<std::string, Instant> host_ends;  // by host: its last step
};

/// Simulates the rest of the plan at that pace. Nothing where it comes to a stop.
[[nodiscard]] std::optional<Forecast> forecast(const RunState& run, const View& view,
                                               const Paces& paces, Instant now);

}  // namespace vacate::live
