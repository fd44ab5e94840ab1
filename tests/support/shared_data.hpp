// Real data that is not part of the project: tests read it where it is and skip where it is not.
#pragma once

#include <optional>
#include <string>

namespace vacate {

/// The text of a file of the shared data, or nothing, with a line that says so, when it is
/// absent. It is looked for in $VACATE_SHARED_DATA, else in ../shared/data beside the project.
[[nodiscard]] std::optional<std::string> read_shared(const std::string& relative);

}  // namespace vacate
