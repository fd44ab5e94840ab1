// Real data that is not part of the project: tests read it where it is and skip where it is not.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

namespace vacate {

/// The text of a file of the shared data, or nothing, with a line that says so, when it is
/// absent. It is looked for in $VACATE_SHARED_DATA, else in ../shared/data beside the project.
[[nodiscard]] inline std::optional<std::string> read_shared(const std::string& relative) {
    const char* given = std::getenv("VACATE_SHARED_DATA");
    const std::string folder =
        given != nullptr ? std::string(given) : std::string(VACATE_SOURCE_DIR "/../shared/data");
    std::ifstream file(folder + "/" + relative, std::ios::binary);
    if (!file) {
        std::cout << "skipped: " << relative << " absent\n";
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace vacate
