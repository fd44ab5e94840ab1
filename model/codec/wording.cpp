// Lists names and quotes them.
#include "model/codec/wording.hpp"

#include <algorithm>
#include <cstddef>

#include "model/codec/shown.hpp"

namespace vacate::codec {

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i) {
        const bool last = i + 1 == names.size();
        if (i > 0) text += last ? " and " : ", ";
        text += shown(names[i]);
    }
    if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
    return text;
}

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

}  // namespace vacate::codec
