// The clock's arithmetic, clamped so that no speed overflows.
#include "tools/poolserver/clock.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

#include "tools/poolserver/limits.hpp"

namespace vacate::poolserver {
namespace {

// About 146 years; doubles are exact to the µs up to here.
constexpr double furthest_us = 4.6e15;

}  // namespace

Result<Speed> read_speed(std::string_view text) {
    if (text == "max") return Speed{1, true};
    double factor = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, factor);
    if (problem == std::errc{} && stop == end && factor >= limits::slowest &&
        factor <= limits::fastest) {
        return Speed{factor, false};
    }
    return tl::unexpected(bad_input("command line", "--speed",
                                    "\"" + std::string(text.substr(0, 40)) + "\" is no speed",
                                    "give a number from 0.001 to 1000000, or max"));
}

Instant Clock::at(std::int64_t wall_us) {
    if (speed_.jumps) return reached_;
    const double pool_us = std::floor(static_cast<double>(wall_us) * speed_.factor);
    const double clamped = std::clamp(pool_us, 0.0, furthest_us);
    return reach(Instant{Duration{static_cast<std::int64_t>(clamped)}});
}

std::int64_t Clock::wall_us_of(Instant instant) const {
    const auto pool_us = static_cast<double>(instant.time_since_epoch().count());
    const double wall_us = std::ceil(pool_us / speed_.factor);
    auto found = static_cast<std::int64_t>(std::clamp(wall_us, 0.0, furthest_us));
    // Rounding may leave it one µs short, and a timer would then wake up for nothing.
    if (std::floor(static_cast<double>(found) * speed_.factor) < pool_us) ++found;
    return found;
}

Instant Clock::reach(Instant instant) {
    reached_ = std::max(reached_, instant);
    return reached_;
}

}  // namespace vacate::poolserver
