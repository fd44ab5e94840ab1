// Faults as a JSON text; tools/README.md has the fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/poolserver/faults.hpp"

namespace vacate::poolserver {

/// Reads faults for the pool of that scenario.
///
/// Fails: with every problem at once, each with its JSON pointer, the value and a remedy.
[[nodiscard]] Result<std::vector<Fault>> read_faults(std::string_view text,
                                                     const std::string& source,
                                                     const Scenario& scenario);

}  // namespace vacate::poolserver
