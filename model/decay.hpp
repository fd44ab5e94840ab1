// The exponential, in integers: the same on every machine.
#pragma once

#include <cstdint>

namespace vacate {

/// One, as a share in 2^-32.
inline constexpr std::int64_t whole_share = std::int64_t{1} << 32;

/// e^(-dividend / divisor) in units of 2^-32, less than 2 units too small; it never grows with
/// the dividend.
/// Requires: dividend >= 0, divisor > 0.
[[nodiscard]] std::int64_t decay(std::int64_t dividend, std::int64_t divisor);

}  // namespace vacate
