// tidy_check ROOT --compiled FILE [--expect FILE]: checks all sources under ROOT.
//
// Exit status: 0 nothing to say, 1 something broke a check, 2 bad usage.
// With --expect, 0 means exactly the violations of that file ("path:line: code", sorted) were
// found and every check there is was broken at least once: a check that cannot fail proves
// nothing.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "tests/tidy/checks.hpp"
#include "tests/tidy/scan.hpp"

namespace {

namespace fs = std::filesystem;
using vacate::tidy::Source;
using vacate::tidy::Violation;
using vacate::tidy::Violations;

std::optional<std::string> read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

bool is_skipped(const std::string& path) {
    return path.starts_with('.') || path == "build" || path == "tests/tidy/fixture";
}

std::vector<Source> sources_under(const fs::path& root) {
    std::vector<Source> sources;
    for (auto at = fs::recursive_directory_iterator(root); at != fs::end(at); ++at) {
        const std::string path = at->path().lexically_relative(root).generic_string();
        if (at->is_directory() && is_skipped(path)) at.disable_recursion_pending();
        const fs::path ending = at->path().extension();
        if (!at->is_regular_file() || (ending != ".cpp" && ending != ".hpp")) continue;
        if (const auto text = read(at->path())) {
            sources.push_back(vacate::tidy::scan(path, *text));
        }
    }
    std::sort(sources.begin(), sources.end(),
              [](const Source& a, const Source& b) { return a.path < b.path; });
    return sources;
}

std::string place_of(const Violation& one) {
    return one.path + ":" + std::to_string(one.line) + ": " + std::string(one.code);
}

int compare(const Violations& found, const std::string& expected) {
    std::vector<std::string> lines;
    for (const Violation& one : found) lines.push_back(place_of(one));
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    int status = 0;
    if (text != expected) {
        std::cerr << "expected:\n" << expected << "found:\n" << text;
        status = 1;
    }
    for (const std::string_view code : vacate::tidy::all_codes()) {
        if (text.find(": " + std::string(code) + "\n") != std::string::npos) continue;
        std::cerr << code << ": no violation in the fixture shows that this check can fail\n";
        status = 1;
    }
    return status;
}

/// The command line: a root and two named files.
struct Arguments {
    fs::path root;
    fs::path compiled;
    fs::path expect;
};

std::optional<Arguments> parse(const std::vector<std::string>& words) {
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool named = i + 1 < words.size();
        if (words[i] == "--compiled" && named) {
            arguments.compiled = words[++i];
        } else if (words[i] == "--expect" && named) {
            arguments.expect = words[++i];
        } else if (arguments.root.empty() && !words[i].starts_with('-')) {
            arguments.root = words[i];
        } else {
            return std::nullopt;
        }
    }
    if (arguments.root.empty() || arguments.compiled.empty()) return std::nullopt;
    return arguments;
}

}  // namespace

int main(int count, char** words) {
    const auto arguments = parse({words + 1, words + count});
    if (!arguments) {
        std::cerr << "usage: tidy_check ROOT --compiled FILE [--expect FILE]\n";
        return 2;
    }
    const auto compiled = read(arguments->compiled);
    if (!compiled) {
        std::cerr << "cannot read " << arguments->compiled << "\n";
        return 2;
    }
    const std::vector<Source> sources = sources_under(arguments->root);
    Violations found;
    for (const Source& source : sources) check_source(arguments->root, source, found);
    check_project(arguments->root, sources, *compiled, found);

    if (!arguments->expect.empty()) {
        const auto expected = read(arguments->expect);
        return expected ? compare(found, *expected) : 2;
    }
    for (const Violation& one : found) std::cerr << place_of(one) << ": " << one.sentence << "\n";
    std::cerr << sources.size() << " sources, " << found.size() << " violations\n";
    return found.empty() ? 0 : 1;
}
