// How the pool's time follows the time on the wall.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/result.hpp"
#include "model/units.hpp"

namespace vacate::poolserver {

/// How fast the pool's time runs.
struct Speed {
    double factor = 1;   // pool seconds per second; of no meaning when it jumps
    bool jumps = false;  // from event to event, whenever no call is being handled
    friend bool operator==(const Speed&, const Speed&) = default;
};

/// Reads "60", "0.5" or "max". Fails: with the range that is allowed.
[[nodiscard]] Result<Speed> read_speed(std::string_view text);

/// Turns µs on the wall since the start into the pool's time; never goes back.
class Clock {
  public:
    explicit Clock(Speed speed) : speed_(speed) {}

    /// The pool's time at `wall_us`, at least what was reached before. A clock that jumps stands
    /// still by itself.
    [[nodiscard]] Instant at(std::int64_t wall_us);

    /// The first µs on the wall at which the pool's time is `instant` or later.
    /// Requires: the clock does not jump.
    [[nodiscard]] std::int64_t wall_us_of(Instant instant) const;

    /// Makes it at least `instant`. Returns: the time it is then.
    Instant reach(Instant instant);

    [[nodiscard]] bool jumps() const { return speed_.jumps; }

  private:
    Speed speed_;
    Instant reached_{};
};

}  // namespace vacate::poolserver
