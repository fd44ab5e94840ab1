// The five entities that XML has from the start.
#include "tools/xapi_wire/markup.hpp"

#include <algorithm>
#include <utility>

namespace vacate::wire {

void add_escaped(std::string& out, std::string_view text, std::string_view which) {
    static constexpr std::pair<char, std::string_view> entities[]{
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
    for (const char c : text) {
        const auto* const found =
            std::ranges::find(entities, c, &std::pair<char, std::string_view>::first);
        if (found == std::end(entities) || which.find(c) == std::string_view::npos) {
            out.push_back(c);
        } else {
            out += found->second;
        }
    }
}

}  // namespace vacate::wire
