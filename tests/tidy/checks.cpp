// The checks themselves; tests/tidy/fixture breaks each of them once.
#include "tests/tidy/checks.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>

namespace vacate::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t columns_max = 100;
constexpr std::size_t function_lines_max = 70;
constexpr int rules = 15;

/// Which folders of ours a folder may include.
struct Layer {
    std::string_view folder;
    std::vector<std::string_view> may_include;
};
const std::array<Layer, 5> layers{{
    {"model/", {"model/"}},
    {"sim/", {"model/", "sim/"}},
    {"reports/", {"model/", "reports/"}},
    {"tools/", {"model/", "sim/", "reports/", "tools/"}},
    {"tests/", {"model/", "sim/", "reports/", "tools/", "tests/"}},
}};

/// Where headers that are not the language's own may be included.
struct Permission {
    std::string_view header;  // how its name begins
    std::string_view path;    // how the path of the including file begins
};
constexpr std::array<Permission, 11> permissions{{
    {"tl/expected.hpp", ""},
    {"nlohmann/", "model/codec/"},
    {"expat.h", "model/codec/"},
    {"boost/", "model/plan.cpp"},
    {"boost/", "model/robust.cpp"},
    {"Eigen/", "sim/kernel/"},
    {"Eigen/", "sim/whatif/"},
    {"boost/", "sim/search/"},
    {"nlohmann/", "reports/"},
    {"", "tools/"},
    {"", "tests/"},
}};

// Packages that may be named in .cpp files only, tests apart.
constexpr std::array<std::string_view, 10> packages{"nlohmann/", "expat.h", "boost/",   "Eigen/",
                                                    "CLI/",      "curl/",   "openssl/", "libvirt/",
                                                    "pugixml",   "sqlite3"};

/// What model and sim must not do, and why.
struct Ban {
    std::regex pattern;
    std::string_view sentence;
};
const std::vector<Ban>& bans() {
    static const std::vector<Ban> all{
        {std::regex(R"(\bunordered_(multi)?(map|set)\b)"), "its order differs between machines"},
        {std::regex(R"(\b(std::|::)s?rand\s*\(|\brandom_device\b|\bmt19937)"),
         "chance comes from model/random.hpp, as a parameter"},
        {std::regex(R"(\b(std)?::time\s*\(|\btime\s*\(\s*(nullptr|NULL|0|&))"),
         "time is an argument"},
        {std::regex(R"(\b(system|steady|high_resolution)_clock\b)"), "time is an argument"},
        {std::regex(R"(\b(setlocale|imbue)\b|\bstd::locale\b|<c?locale>)"),
         "the same bytes come out in every locale"},
        {std::regex(R"(\b(secure_)?getenv\b)"), "the environment decides nothing here"},
        {std::regex(R"(\bthrow\b)"), "our code throws nothing; see model/result.hpp"},
        {std::regex(R"(\bstd::(cout|cerr|clog|cin)\b)"), "only tools meets the outside"},
    };
    return all;
}

bool begins_with_any(std::string_view text, const auto& prefixes) {
    return std::any_of(std::begin(prefixes), std::end(prefixes),
                       [&](std::string_view prefix) { return text.starts_with(prefix); });
}

/// An #include directive.
struct Include {
    std::string header;
    bool quoted = false;
};

std::optional<Include> include_of(const std::string& line) {
    static const std::regex pattern(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
    std::smatch match;
    if (!std::regex_search(line, match, pattern)) return std::nullopt;
    return Include{match[2].str(), match[1].str() == "\""};
}

// The headers of the language have neither folder nor ending: <vector>, not <unistd.h>.
bool is_standard(std::string_view header) { return header.find_first_of("/.") == header.npos; }

bool is_permitted(std::string_view header, std::string_view path) {
    return std::any_of(permissions.begin(), permissions.end(), [&](const Permission& one) {
        return header.starts_with(one.header) && path.starts_with(one.path);
    });
}

void check_quoted(const fs::path& root, const Source& source, std::size_t line,
                  const std::string& header, Violations& found) {
    if (header.find('/') == std::string::npos || header.find("..") != std::string::npos ||
        !fs::exists(root / header)) {
        found.push_back({source.path, line, "include-root",
                         "\"" + header + "\" is no file seen from the root"});
        return;
    }
    for (const Layer& layer : layers) {
        if (source.path.starts_with(layer.folder) && !begins_with_any(header, layer.may_include)) {
            found.push_back({source.path, line, "layer",
                             std::string(layer.folder) + " must not include " + header});
        }
    }
}

void check_angled(const Source& source, std::size_t line, const std::string& header,
                  Violations& found) {
    if (is_standard(header)) return;
    if (!is_permitted(header, source.path)) {
        found.push_back({source.path, line, "layer", "<" + header + "> has no place here"});
    } else if (source.path.ends_with(".hpp") && !source.path.starts_with("tests/") &&
               begins_with_any(header, packages)) {
        found.push_back(
            {source.path, line, "package-in-header", "<" + header + "> belongs into a .cpp file"});
    }
}

void check_includes(const fs::path& root, const Source& source, Violations& found) {
    for (std::size_t i = 0; i < source.raw.size(); ++i) {
        const std::optional<Include> include = include_of(source.raw[i]);
        if (!include || include_of(source.code[i]) == std::nullopt) continue;
        if (include->quoted) {
            check_quoted(root, source, i + 1, include->header, found);
        } else {
            check_angled(source, i + 1, include->header, found);
        }
    }
}

void check_bans(const Source& source, Violations& found) {
    if (!source.path.starts_with("model/") && !source.path.starts_with("sim/")) return;
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        for (const Ban& ban : bans()) {
            std::smatch match;
            if (!std::regex_search(source.code[i], match, ban.pattern)) continue;
            found.push_back(
                {source.path, i + 1, "banned", match[0].str() + ": " + std::string(ban.sentence)});
        }
    }
}

std::size_t columns_of(std::string_view line) {
    const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) >> 6) == 2; };
    return line.size() -
           static_cast<std::size_t>(std::count_if(line.begin(), line.end(), continues));
}

void check_shape(const Source& source, Violations& found) {
    if (source.raw.empty() || !source.raw.front().starts_with("// ")) {
        found.push_back({source.path, 1, "no-opening-sentence",
                         "a file begins with a // sentence on what it is for"});
    }
    const bool is_header = source.path.ends_with(".hpp");
    if (is_header && std::count(source.code.begin(), source.code.end(), "#pragma once") != 1) {
        found.push_back({source.path, 0, "no-pragma-once", "a header needs #pragma once"});
    }
    for (std::size_t i = 0; i < source.raw.size(); ++i) {
        const std::size_t columns = columns_of(source.raw[i]);
        if (columns <= columns_max) continue;
        found.push_back(
            {source.path, i + 1, "long-line", std::to_string(columns) + " columns, at most 100"});
    }
    for (const Function& function : functions_of(source)) {
        if (function.lines <= function_lines_max) continue;
        found.push_back(
            {source.path, function.first_line, "long-function",
             function.name + " has " + std::to_string(function.lines) + " lines, at most 70"});
    }
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void check_rule_lines(const fs::path& root, Violations& found) {
    if (!fs::exists(root / "model")) return;
    const std::string text = text_of(root / "model/README.md");
    for (int rule = 1; rule <= rules; ++rule) {
        const std::string id = "R" + std::to_string(rule);
        // A table row, a list item or a heading that begins with the rule's id.
        const std::regex line("(^|\n)[|*#\\s-]*" + id + "\\b");
        if (std::regex_search(text, line)) continue;
        found.push_back({"model/README.md", 0, "rule-not-listed", id + " has no line"});
    }
}

}  // namespace

const std::vector<std::string_view>& all_codes() {
    static const std::vector<std::string_view> codes{
        "banned",    "include-root",        "layer",          "long-function",
        "long-line", "no-opening-sentence", "no-pragma-once", "no-readme",
        "not-built", "package-in-header",   "rule-not-listed"};
    return codes;
}

void check_source(const fs::path& root, const Source& source, Violations& found) {
    check_includes(root, source, found);
    check_bans(source, found);
    check_shape(source, found);
}

void check_project(const fs::path& root, const std::vector<Source>& sources,
                   std::string_view compiled, Violations& found) {
    for (const Source& source : sources) {
        if (!source.path.ends_with(".cpp")) continue;
        // "file": "/somewhere/model/plan.cpp"
        if (compiled.find("/" + source.path + "\"") != std::string_view::npos) continue;
        found.push_back({source.path, 0, "not-built", "no target compiles it"});
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        if (!entry.is_directory() || name.starts_with('.') || name == "build") continue;
        if (fs::exists(entry.path() / "README.md")) continue;
        found.push_back({name, 0, "no-readme", "a folder under the root explains itself"});
    }
    check_rule_lines(root, found);
}

}  // namespace vacate::tidy
