// Lists names.
#include "model/codec/wording.hpp"

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

}  // namespace vacate::codec
