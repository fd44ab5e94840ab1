// What the sources must keep to, beyond what a compiler or clang-format checks.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/scan.hpp"

namespace vacate::tidy {

/// One place that breaks a check. `line` counts from 1; 0 means the file as a whole.
struct Violation {
    std::string path;
    std::size_t line = 0;
    std::string_view code;  // of all_codes()
    std::string sentence;
};
using Violations = std::vector<Violation>;

/// The code of every check there is.
[[nodiscard]] const std::vector<std::string_view>& all_codes();

/// Checks one source: layers, banned calls, lengths, how it begins.
void check_source(const std::filesystem::path& root, const Source& source, Violations& found);

/// Checks what no single source shows: every .cpp is compiled, every folder under the root has
/// its README.md, every rule R1 to R15 has its line in model/README.md.
///
/// Requires: `compiled` is the text of a compile_commands.json.
void check_project(const std::filesystem::path& root, const std::vector<Source>& sources,
                   std::string_view compiled, Violations& found);

}  // namespace vacate::tidy
