// Quotes names for --set.
#include "model/set_path.hpp"

#include <algorithm>

namespace vacate {

std::string name_in_set_path(const std::string& name) {
    const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
    if (plain) return name;
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string name_in_set_option(const std::string& name) {
    std::string safe;
    for (const char c : name_in_set_path(name)) {
        if (c == '\'') {
            safe += R"('\'')";  // a shell has no escape between single quotes
        } else {
            safe += c;
        }
    }
    return safe;
}

}  // namespace vacate
