// The files that a scenario includes, read from beside it.
#pragma once

#include <string>
#include <vector>

#include "model/codec/scenario.hpp"

namespace vacate {

/// Reads what the text of a scenario includes; names are relative to the folder of `path`, or to
/// the present one for "-".
/// Fails: bad input, with every file that cannot be read.
[[nodiscard]] Result<std::vector<IncludedFile>> read_included(const std::string& text,
                                                              const std::string& path);

}  // namespace vacate
