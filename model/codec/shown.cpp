// Escaping for terminals, and edit distance.
#include "model/codec/shown.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <tuple>

namespace vacate::codec {
namespace {

constexpr std::size_t longest_suggested = 64;

constexpr char hex_digits[] = "0123456789abcdef";

unsigned byte_of(char letter) { return static_cast<unsigned char>(letter); }

/// One character of UTF-8: its length in bytes, 0 when broken, and its number.
struct CodePoint {
    std::size_t length = 0;
    std::uint32_t number = 0;
};

CodePoint decode_one(std::string_view text) {
    const unsigned lead = byte_of(text.front());
    if (lead < 0x80) return {1, lead};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (length == 0 || lead > 0xf4 || text.size() < length) return {};
    std::uint32_t number = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const unsigned next = byte_of(text[i]);
        if ((next & 0xc0u) != 0x80u) return {};
        number = number << 6 | (next & 0x3fu);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (number < smallest[length] || number > 0x10ffff) return {};
    if (number >= 0xd800 && number <= 0xdfff) return {};
    return {length, number};
}

/// True for what moves the cursor, hides text or turns its direction.
bool is_unsafe(std::uint32_t number) {
    if (number < 0x20 || (number >= 0x7f && number <= 0x9f)) return true;
    if (number >= 0x200b && number <= 0x200f) return true;
    if (number >= 0x2028 && number <= 0x202e) return true;
    return (number >= 0x2060 && number <= 0x206f) || number == 0xfeff;
}

void append_escape(std::string& safe, std::uint32_t number) {
    if (number == '\n') {
        safe += "\\n";
    } else if (number == '\t') {
        safe += "\\t";
    } else if (number == '\r') {
        safe += "\\r";
    } else {
        safe += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) safe += hex_digits[number >> shift & 0xfu];
    }
}

std::string escape(std::string_view text, std::size_t most, bool quoted) {
    std::string safe;
    while (!text.empty()) {
        if (safe.size() >= most) return safe + "...";
        const CodePoint point = decode_one(text);
        if (point.length == 0) {
            safe += "\\x";
            safe += hex_digits[byte_of(text.front()) >> 4];
            safe += hex_digits[byte_of(text.front()) & 0xfu];
            text.remove_prefix(1);
            continue;
        }
        if (is_unsafe(point.number)) {
            append_escape(safe, point.number);
        } else {
            if (quoted && (text.front() == '"' || text.front() == '\\')) safe += '\\';
            safe += text.substr(0, point.length);
        }
        text.remove_prefix(point.length);
    }
    return safe;
}

/// Letters put in, left out, changed or swapped with a neighbour. Requires: short texts.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, longest_suggested + 2>;
    Row before{};
    Row above{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
    }
    return above[b.size()];
}

/// Smaller is nearer: the distance, then how early and by how much they differ.
std::tuple<std::size_t, std::size_t, unsigned> nearness(std::string_view wanted,
                                                        std::string_view word) {
    const std::size_t distance = edit_distance(wanted, word);
    std::size_t same = 0;
    while (same < wanted.size() && same < word.size() && wanted[same] == word[same]) ++same;
    const unsigned left = same < wanted.size() ? byte_of(wanted[same]) : 0;
    const unsigned right = same < word.size() ? byte_of(word[same]) : 0;
    return {distance, longest_suggested - same, left > right ? left - right : right - left};
}

}  // namespace

std::string made_safe(std::string_view text, std::size_t most) { return escape(text, most, false); }

std::string shown(std::string_view text) { return '"' + escape(text, 80, true) + '"'; }

std::string_view nearest_word(std::string_view wanted, const std::vector<std::string_view>& known) {
    if (wanted.size() < 2 || wanted.size() > longest_suggested) return {};
    const std::size_t most = std::max<std::size_t>(1, wanted.size() / 3);
    std::string_view best;
    auto best_nearness = std::tuple{most + 1, std::size_t{0}, 0u};
    for (const std::string_view word : known) {
        if (word.size() > longest_suggested || word.size() > wanted.size() + most ||
            word.size() + most < wanted.size() || word == wanted) {
            continue;
        }
        const auto candidate = nearness(wanted, word);
        if (candidate < best_nearness) {
            best = word;
            best_nearness = candidate;
        }
    }
    return best;
}

}  // namespace vacate::codec
