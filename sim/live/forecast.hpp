// When a run will end, from how long its own migrations took.
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
    std::uint64_t number = 0;                // of the adoption
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

/// How much longer migrations take than promised, in permille: the median of all that ended,
/// drawn towards 1000 while they are few.
class Pace {
  public:
    void add(Duration promised, Duration real);
    [[nodiscard]] std::int64_t permille() const;

  private:
    std::vector<std::int64_t> ratios_;  // sorted
};

/// When what is left ends.
struct Forecast {
    Instant ends_at{};
    std::map<std::string, Instant> host_ends;  // by host: its last step
};

/// Simulates the rest of the plan at `pace`. Nothing where it comes to a stop.
[[nodiscard]] std::optional<Forecast> forecast(const RunState& run, const View& view,
                                               std::int64_t pace, Instant now);

}  // namespace vacate::live
