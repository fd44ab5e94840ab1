// How foreign names are put into sentences.
#pragma once

#include <string>
#include <vector>

namespace vacate::codec {

/// `"a", "b" and 12 more`: at most ten names, each in quotes and safe for a terminal.
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

}  // namespace vacate::codec
