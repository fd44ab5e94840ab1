// How foreign names are put into sentences and into paths of --set.
#pragma once

#include <string>
#include <vector>

namespace vacate::codec {

/// `"a", "b" and 12 more`: at most ten names, each in quotes and safe for a terminal.
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

/// The name as a path of --set wants it: in double quotes where a dot, a space or the like asks
/// for them.
[[nodiscard]] std::string name_in_set_path(const std::string& name);

}  // namespace vacate::codec
