// What the tests of this folder share: running vacate, and comparing with tests/golden/expected.
#pragma once

#include <string>
#include <vector>

#include "tests/support/run_program.hpp"

namespace vacate {

/// Runs vacate in the folder of the project.
[[nodiscard]] ProgramRun vacate_run(const std::vector<std::string>& arguments);

/// The files of a folder under scenarios/, by name: "scenarios/tiny/memory.json".
[[nodiscard]] std::vector<std::string> scenarios_in(const std::string& folder);

/// "tiny/memory" of "scenarios/tiny/memory.json".
[[nodiscard]] std::string name_of(const std::string& scenario);

/// Fails the test, with the first line that differs, unless `text` is what stands in
/// tests/golden/expected/`name`. With VACATE_GOLDEN_UPDATE=1 it writes that file instead.
void check_golden(const std::string& name, const std::string& text);

}  // namespace vacate
