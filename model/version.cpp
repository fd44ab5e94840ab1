// Version texts as xapi reads them, and the three eras of its comparison.
#include "model/version.hpp"

#include <charconv>
#include <optional>

namespace vacate {
namespace {

// OCaml's int_of_string without a minus, which never gets here: a plus, a base prefix, digits
// with underscores after the first; 62 bits, or 63 that wrap around behind a prefix.
std::optional<std::int64_t> parse_ocaml_integer(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    int base = 10;
    int bits = 62;
    if (text.size() > 2 && text[0] == '0') {
        const char mark = text[1];
        if (mark == 'x' || mark == 'X') base = 16;
        if (mark == 'o' || mark == 'O') base = 8;
        if (mark == 'b' || mark == 'B') base = 2;
        const bool unsigned_decimal = mark == 'u' || mark == 'U';
        if (base != 10 || unsigned_decimal) {
            text.remove_prefix(2);
            bits = 63;
        }
    }
    if (text.empty() || text.front() == '_') return std::nullopt;
    std::string digits;
    for (const char letter : text) {
        if (letter != '_') digits += letter;
    }
    std::uint64_t value = 0;
    const char* last = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), last, value, base);
    if (problem != std::errc{} || stopped != last || value >> bits != 0) return std::nullopt;
    return static_cast<std::int64_t>(value << 1) >> 1;
}

void keep_integer(std::string_view piece, Dotted& numbers) {
    if (const auto number = parse_ocaml_integer(piece)) numbers.push_back(*number);
}

void keep_integers_between_dots(std::string_view piece, Dotted& numbers) {
    while (true) {
        const std::size_t dot = piece.find('.');
        keep_integer(piece.substr(0, dot), numbers);
        if (dot == std::string_view::npos) return;
        piece.remove_prefix(dot + 1);
    }
}

bool three_keys_not_older(const Version& target, const Version& source) {
    return target.platform >= source.platform && target.manager_build >= source.manager_build &&
           target.hypervisor >= source.hypervisor;
}

}  // namespace

Dotted parse_dotted(std::string_view text, SecondPiece second) {
    Dotted numbers;
    const std::size_t dash = text.find('-');
    keep_integers_between_dots(text.substr(0, dash), numbers);
    if (dash == std::string_view::npos) return numbers;
    std::string_view rest = text.substr(dash + 1);
    rest = rest.substr(0, rest.find('-'));
    if (second == SecondPiece::whole) {
        keep_integer(rest, numbers);
    } else {
        keep_integers_between_dots(rest, numbers);
    }
    return numbers;
}

Dotted absent_dotted() { return {0, 0, 0}; }

VersionRule version_rule_of(const Version& version) {
    const Dotted& xapi = version.manager;
    if (xapi.empty() || xapi == absent_dotted()) return VersionRule::platform_and_xapi;
    // Not temporaries: g++ 12 takes them for uses after free.
    static const Dotted three_keys_begin{25, 31};
    static const Dotted xapi_begins{25, 33};
    if (xapi < three_keys_begin) return VersionRule::platform;
    if (xapi < xapi_begins) return VersionRule::three_keys;
    return VersionRule::platform_and_xapi;
}

bool not_older(VersionRule rule, const Version& target, const Version& source) {
    if (rule == VersionRule::platform) return target.platform >= source.platform;
    return three_keys_not_older(target, source);
}

bool makes_mixed(VersionRule rule, const Version& version, const Version& coordinator) {
    switch (rule) {
        case VersionRule::platform:
            return version.platform != coordinator.platform;
        case VersionRule::three_keys:
            return version.platform != coordinator.platform ||
                   version.manager_build != coordinator.manager_build ||
                   version.hypervisor != coordinator.hypervisor;
        case VersionRule::platform_and_xapi:
            return version.platform != coordinator.platform ||
                   version.manager != coordinator.manager;
    }
    return false;
}

bool same_version(const Version& a, const Version& b) {
    return a.platform == b.platform && a.manager == b.manager &&
           a.manager_build == b.manager_build && a.hypervisor == b.hypervisor;
}

std::string display(const Version& version) {
    if (!version.label.empty()) return version.label;
    std::string text;
    for (const std::int64_t number : version.platform) {
        if (!text.empty()) text += '.';
        text += std::to_string(number);
    }
    return text.empty() ? "unknown version" : text;
}

}  // namespace vacate
