// The least of a range that will do.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vacate {

/// The least of 1..most that works, by doubling and then by halves; 0: not even `most` does.
///
/// What it returns was tried and works, and the one below it, if any, was tried and does not. Where
/// more may hurt there can be others, which are not looked for.
template <class Works>
std::int64_t least(std::int64_t most, Works works) {
    std::int64_t reach = 1;
    std::int64_t fails = 0;
    while (reach < most && !works(reach)) {
        fails = reach;
        reach = std::min(most, reach * 2);
    }
    if (reach == most && !works(most)) return 0;
    while (reach - fails > 1) {
        const std::int64_t middle = fails + (reach - fails) / 2;
        (works(middle) ? reach : fails) = middle;
    }
    return reach;
}

}  // namespace vacate
