// A C++ source as the checks see it: its lines, its code without comments, its functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vacate::tidy {

/// A source file; all three tables have one entry per line.
struct Source {
    std::string path;               // from the root, with slashes
    std::vector<std::string> raw;   // as written
    std::vector<std::string> code;  // comments and the insides of literals blanked out
};

/// A function with a body: where it begins, counting its signature, and how long it is.
struct Function {
    std::string name;  // its signature up to the first parenthesis, for people
    std::size_t first_line = 0;
    std::size_t lines = 0;
};

/// Splits `text` into lines and blanks out what is not code. Raw strings keep their lines.
[[nodiscard]] Source scan(std::string path, std::string_view text);

/// Every function body of `source`, those of classes included; a lambda counts to its owner.
///
/// A heuristic: it follows braces outside of functions and calls a function what has
/// parentheses before its brace and is no type, namespace or initialiser.
[[nodiscard]] std::vector<Function> functions_of(const Source& source);

}  // namespace vacate::tidy
