// Comparing line by line, so that a failure says where.
#include "tests/golden/golden.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string_view>

namespace vacate {
namespace {

namespace fs = std::filesystem;

const std::string root = VACATE_SOURCE_DIR;

bool is_update() {
    const char* value = std::getenv("VACATE_GOLDEN_UPDATE");
    return value != nullptr && std::string_view(value) == "1";
}

std::string first_difference(const std::string& expected, const std::string& found) {
    std::istringstream left(expected);
    std::istringstream right(found);
    std::string left_line;
    std::string right_line;
    for (int line = 1;; ++line) {
        const bool has_left = static_cast<bool>(std::getline(left, left_line));
        const bool has_right = static_cast<bool>(std::getline(right, right_line));
        if (!has_left && !has_right) return "only the ends of lines differ";
        if (has_left && has_right && left_line == right_line) continue;
        return "line " + std::to_string(line) +
               "\n  expected: " + (has_left ? left_line : "(nothing more)") +
               "\n  found:    " + (has_right ? right_line : "(nothing more)");
    }
}

}  // namespace

ProgramRun vacate_run(const std::vector<std::string>& arguments) {
    return run_program(VACATE_PROGRAM, arguments, root);
}

std::vector<std::string> scenarios_in(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(root + "/scenarios/" + folder)) {
        files.push_back("scenarios/" + folder + "/" + entry.path().filename().string());
    }
    std::sort(files.begin(), files.end());
    REQUIRE_FALSE(files.empty());
    return files;
}

std::string name_of(const std::string& scenario) {
    const fs::path path = scenario;
    return path.parent_path().filename().string() + "/" + path.stem().string();
}

void check_golden(const std::string& name, const std::string& text) {
    const std::string path = root + "/tests/golden/expected/" + name;
    if (is_update()) {
        write_text(path, text);
        return;
    }
    if (!fs::exists(path)) {
        FAIL_CHECK(name << " is not there; VACATE_GOLDEN_UPDATE=1 golden_tests writes it");
        return;
    }
    const std::string expected = text_of_file(path);
    if (expected == text) {
        SUCCEED();
        return;
    }
    FAIL_CHECK(name << " differs at " << first_difference(expected, text)
                    << "\nVACATE_GOLDEN_UPDATE=1 golden_tests takes what was found");
}

}  // namespace vacate
