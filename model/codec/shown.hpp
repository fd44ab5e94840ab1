// Foreign text made safe for a terminal, and the known word nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vacate::codec {

/// `text` with control characters, direction marks and broken UTF-8 escaped, cut to about
/// `most` bytes with "..." behind.
[[nodiscard]] std::string made_safe(std::string_view text, std::size_t most = 80);

/// The same in double quotes, quotes and backslashes inside escaped.
[[nodiscard]] std::string shown(std::string_view text);

/// The known word that `wanted` is most likely a slip of; empty when none is near.
///
/// Nearness is the number of letters put in, left out, changed or swapped: at most a third of
/// the word. Of equally near ones the one wins that differs latest and least, so that "srv-9"
/// becomes "srv-8" rather than "srv-1".
/// Costs: linear in the total length of `known`.
[[nodiscard]] std::string_view nearest_word(std::string_view wanted,
                                            const std::vector<std::string_view>& known);

}  // namespace vacate::codec
