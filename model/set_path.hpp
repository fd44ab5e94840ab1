// How names stand in the paths of --set, wherever a remedy tells the operator to give one.
#pragma once

#include <string>

namespace vacate {

/// The name as a path of --set wants it: in double quotes where a dot, a space or the like asks
/// for them.
[[nodiscard]] std::string name_in_set_path(const std::string& name);

/// The same for a remedy that writes --set '...': safe between the single quotes of a shell.
[[nodiscard]] std::string name_in_set_option(const std::string& name);

}  // namespace vacate
