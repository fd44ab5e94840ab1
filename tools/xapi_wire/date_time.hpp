// Moments as XAPI writes them, in XML and in JSON: 20240101T00:00:00Z.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/xapi_wire/value.hpp"

namespace vacate::wire {

/// Returns: the moment in UTC; years before 0 and after 9999 become the nearest there is.
[[nodiscard]] std::string print_date_time(DateTime moment);

/// Reads 20240101T00:00:00Z, also with dashes in the date. Nothing: it is no such text.
[[nodiscard]] std::optional<DateTime> read_date_time(std::string_view text);

}  // namespace vacate::wire
