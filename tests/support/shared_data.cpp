// Finding and reading shared data.
#include "tests/support/shared_data.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

namespace vacate {

std::optional<std::string> read_shared(const std::string& relative) {
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
