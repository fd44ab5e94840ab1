// Amounts with their units, text to value and back: "64 GiB", "10 Gbps", "1 h 30 min", "1.25".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "model/units.hpp"

namespace vacate {

/// Why a text is no amount: a sentence with the value, and a remedy.
struct AmountError {
    std::string sentence;
    std::string remedy;
};

/// Each reads one amount as scenarios/README.md says: decimal, exact, with its unit.
///
/// Fails: no unit, an unknown unit, a negative amount, not a whole number of bytes, B/s or
///        microseconds, or more than limits.hpp allows.
[[nodiscard]] tl::expected<Bytes, AmountError> parse_bytes(std::string_view text);
[[nodiscard]] tl::expected<Bandwidth, AmountError> parse_bandwidth(std::string_view text);
[[nodiscard]] tl::expected<Duration, AmountError> parse_duration(std::string_view text);
/// A ratio in thousandths, rounded to the nearest: "1.25" is 1250.
[[nodiscard]] tl::expected<std::int64_t, AmountError> parse_thousandths(std::string_view text);
/// A chance from 0 to 1 in millionths, exact: "0.025" is 25 000.
[[nodiscard]] tl::expected<std::int64_t, AmountError> parse_chance(std::string_view text);

/// Each writes an amount exactly, in the largest unit that needs no fraction; a rate in Gbps
/// rather than GB/s, since links are sold in it.
[[nodiscard]] std::string print_exact(Bytes amount);
[[nodiscard]] std::string print_exact(Bandwidth amount);
[[nodiscard]] std::string print_exact(Duration amount);
[[nodiscard]] std::string print_thousandths(std::int64_t thousandths);
[[nodiscard]] std::string print_chance(std::int64_t millionths);

}  // namespace vacate
