// Dates as XAPI writes them, without any calendar of the system's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/poolserver/value.hpp"

namespace vacate::poolserver {

/// "20240131T23:59:59Z". Requires: a year of 0 .. 9999.
[[nodiscard]] std::string moment_text(DateTime moment);

/// Reads "20240131T23:59:59Z" and "2024-01-31T23:59:59Z", with or without the Z.
[[nodiscard]] std::optional<DateTime> read_moment(std::string_view text);

}  // namespace vacate::poolserver
