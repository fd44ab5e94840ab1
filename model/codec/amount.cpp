// Amounts in exact integer arithmetic: decimal digits times a unit, nothing rounded.
#include "model/codec/amount.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate {
namespace {

using codec::made_safe;
using codec::shown;

/// A unit is `numerator / denominator` of the count that is kept.
struct Unit {
    std::string_view name;
    std::int64_t numerator;
    std::int64_t denominator = 1;
};

/// What one kind of amount is measured in, in the order that it is printed in.
struct Scale {
    std::span<const Unit> units;
    std::string_view listed;   // the units as an error lists them
    std::string_view counted;  // what must be whole
    std::int64_t limit;
    std::string_view limit_text;
    std::string_view first_unit;  // what to write where the unit is missing
    std::string_view second_unit;
};

constexpr std::int64_t kibi = 1024;
constexpr std::int64_t kilo = 1000;

constexpr std::array<Unit, 9> byte_units{{
    {"TiB", kibi* kibi* kibi* kibi},
    {"TB", kilo* kilo* kilo* kilo},
    {"GiB", kibi* kibi* kibi},
    {"GB", kilo* kilo* kilo},
    {"MiB", kibi* kibi},
    {"MB", kilo* kilo},
    {"KiB", kibi},
    {"kB", kilo},
    {"B", 1},
}};

// Gbps stands before GB/s, although it is smaller: links are sold in it.
constexpr std::array<Unit, 12> bandwidth_units{{
    {"Tbps", 125 * kilo* kilo* kilo},
    {"Gbps", 125 * kilo* kilo},
    {"GiB/s", kibi* kibi* kibi},
    {"GB/s", kilo* kilo* kilo},
    {"MiB/s", kibi* kibi},
    {"MB/s", kilo* kilo},
    {"Mbps", 125 * kilo},
    {"KiB/s", kibi},
    {"kB/s", kilo},
    {"kbps", 125},
    {"B/s", 1},
    {"bps", 1, 8},
}};

constexpr std::array<Unit, 5> duration_units{{
    {"h", 3600 * kilo* kilo},
    {"min", 60 * kilo* kilo},
    {"s", kilo* kilo},
    {"ms", kilo},
    {"us", 1},
}};

constexpr Scale byte_scale{byte_units,
                           "B, KiB, MiB, GiB, TiB, kB, MB, GB and TB",
                           "bytes",
                           limits::memory_bytes,
                           "1 PiB (1 024 TiB)",
                           "GiB",
                           "GB"};
constexpr Scale bandwidth_scale{
    bandwidth_units,
    "bps, kbps, Mbps, Gbps, Tbps, B/s, KiB/s, MiB/s, GiB/s, kB/s, MB/s and GB/s",
    "bytes per second",
    limits::bandwidth_bytes_per_second,
    "10 Tbps",
    "Gbps",
    "MiB/s"};
constexpr Scale duration_scale{duration_units,
                               "us, ms, s, min and h",
                               "microseconds",
                               limits::duration_us,
                               "366 days (8 784 h)",
                               "s",
                               "min"};

constexpr std::size_t most_digits = 18;  // before and behind the point, so that 128 bits hold it

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_space(char letter) { return letter == ' ' || letter == '\t'; }

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

/// The digits before and behind the point, zeros that say nothing taken off.
struct Decimal {
    std::string_view whole;
    std::string_view fraction;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
    Decimal number;
    number.whole = take_digits(text);
    if (number.whole.empty()) return std::nullopt;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        number.fraction = take_digits(text);
        if (number.fraction.empty()) return std::nullopt;
    }
    while (!number.whole.empty() && number.whole.front() == '0') number.whole.remove_prefix(1);
    while (!number.fraction.empty() && number.fraction.back() == '0') {
        number.fraction.remove_suffix(1);
    }
    return number;
}

/// Requires: at most 18 digits.
std::int64_t value_of(std::string_view digits) {
    std::int64_t value = 0;
    for (const char digit : digits) value = value * 10 + (digit - '0');
    return value;
}

using Count = tl::expected<std::int64_t, AmountError>;

tl::unexpected<AmountError> refuse(std::string sentence, std::string remedy) {
    return tl::unexpected<AmountError>(AmountError{std::move(sentence), std::move(remedy)});
}

tl::unexpected<AmountError> no_amount(std::string_view text, const Scale& scale) {
    std::string remedy = "write a number and a unit, such as \"64 ";
    remedy += scale.first_unit;
    return refuse(shown(text) + " is no amount", remedy + '"');
}

tl::unexpected<AmountError> too_much(std::string_view text, const Scale& scale) {
    return refuse(
        shown(text) + " is more than " + std::string(scale.limit_text) + ", the most that is taken",
        "check the unit");
}

tl::unexpected<AmountError> no_unit(std::string_view text, std::string_view number,
                                    const Scale& scale) {
    const std::string value = made_safe(number, 40);
    return refuse(shown(text) + " has no unit",
                  "write \"" + value + ' ' + std::string(scale.first_unit) + "\" or \"" + value +
                      ' ' + std::string(scale.second_unit) + '"');
}

tl::unexpected<AmountError> unknown_unit(std::string_view text, std::string_view number,
                                         std::string_view name, const Scale& scale) {
    const std::string sentence = shown(text) + " has the unknown unit " + shown(name);
    for (const Unit& unit : scale.units) {
        if (std::equal(unit.name.begin(), unit.name.end(), name.begin(), name.end(),
                       [](char a, char b) { return lower(a) == lower(b); })) {
            return refuse(sentence, "did you mean \"" + made_safe(number, 40) + ' ' +
                                        std::string(unit.name) + "\"?");
        }
    }
    return refuse(sentence, "units are " + std::string(scale.listed));
}

/// The exact count of `number` times `unit`; `text` is for the error.
Count multiply(std::string_view text, Decimal number, const Unit& unit, const Scale& scale) {
    if (number.whole.size() > most_digits) return too_much(text, scale);
    if (number.fraction.size() > most_digits) {
        return refuse(shown(text) + " has more than 18 digits behind the point",
                      "use a smaller unit");
    }
    const Wide whole = static_cast<Wide>(value_of(number.whole)) * unit.numerator;
    if (whole > static_cast<Wide>(scale.limit) * unit.denominator) return too_much(text, scale);
    Wide parts = 1;  // how many parts the fraction divides one unit into
    for (std::size_t i = 0; i < number.fraction.size(); ++i) parts *= 10;
    const Wide fraction = static_cast<Wide>(value_of(number.fraction)) * unit.numerator;
    const Wide divisor = parts * unit.denominator;
    const Wide sum = whole * parts + fraction;
    if (sum % divisor != 0) {
        return refuse(shown(text) + " is not a whole number of " + std::string(scale.counted),
                      "write fewer digits, or a smaller unit");
    }
    const Wide count = sum / divisor;
    if (count > scale.limit) return too_much(text, scale);
    return static_cast<std::int64_t>(count);
}

/// Takes one number with its unit off the front of `rest`, which is a part of `text`.
Count take_part(std::string_view text, std::string_view& rest, const Scale& scale) {
    if (!rest.empty() && rest.front() == '-') {
        return refuse(shown(text) + " is negative", "write an amount of 0 or more");
    }
    const std::string_view start = rest;
    const std::optional<Decimal> number = take_decimal(rest);
    if (!number) return no_amount(text, scale);
    const std::string_view digits = start.substr(0, start.size() - rest.size());
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    if (!rest.empty() && (rest.front() == '.' || rest.front() == ',')) {
        return no_amount(text, scale);
    }
    std::size_t length = 0;
    while (length < rest.size() && !is_space(rest[length]) && !is_digit(rest[length])) ++length;
    const std::string_view name = rest.substr(0, length);
    if (name.empty()) return no_unit(text, digits, scale);
    rest.remove_prefix(length);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    for (const Unit& unit : scale.units) {
        if (unit.name == name) return multiply(text, *number, unit, scale);
    }
    return unknown_unit(text, digits, name, scale);
}

Count parse_single(std::string_view text, const Scale& scale) {
    std::string_view rest = trim(text);
    Count count = take_part(text, rest, scale);
    if (count && !rest.empty()) {
        return refuse(shown(text) + " goes on behind its unit", "write one number and one unit");
    }
    return count;
}

std::string print_in(std::int64_t count, const Scale& scale) {
    const auto fits = [count](const Unit& unit) {
        return unit.denominator == 1 && count % unit.numerator == 0;
    };
    const auto smallest =
        std::find_if(scale.units.begin(), scale.units.end(),
                     [](const Unit& unit) { return unit.denominator == 1 && unit.numerator == 1; });
    const auto largest = std::find_if(scale.units.begin(), scale.units.end(), fits);
    const Unit& unit = count == 0 ? *smallest : *largest;
    return std::to_string(count / unit.numerator) + ' ' + std::string(unit.name);
}

}  // namespace

tl::expected<Bytes, AmountError> parse_bytes(std::string_view text) {
    return parse_single(text, byte_scale).map([](std::int64_t count) { return Bytes{count}; });
}

tl::expected<Bandwidth, AmountError> parse_bandwidth(std::string_view text) {
    return parse_single(text, bandwidth_scale).map([](std::int64_t count) {
        return Bandwidth{count};
    });
}

tl::expected<Duration, AmountError> parse_duration(std::string_view text) {
    std::string_view rest = trim(text);
    std::int64_t sum = 0;
    do {
        const Count part = take_part(text, rest, duration_scale);
        if (!part) return tl::unexpected<AmountError>(part.error());
        sum += *part;
        if (sum > duration_scale.limit) return too_much(text, duration_scale);
    } while (!rest.empty());
    return Duration{sum};
}

tl::expected<std::int64_t, AmountError> parse_thousandths(std::string_view text) {
    std::string_view rest = trim(text);
    if (!rest.empty() && rest.front() == '-') {
        return refuse(shown(text) + " is negative", "write a ratio of 0 or more");
    }
    const std::optional<Decimal> number = take_decimal(rest);
    if (!number || !rest.empty()) {
        return refuse(shown(text) + " is no ratio", "write a decimal number, such as \"1.25\"");
    }
    if (number->whole.size() > 6) {
        return refuse(shown(text) + " is more than 999999, the most that is taken",
                      "write a smaller ratio");
    }
    std::string digits(number->fraction.substr(0, 3));
    digits.resize(3, '0');
    const bool up = number->fraction.size() > 3 && number->fraction[3] >= '5';
    return value_of(number->whole) * 1000 + value_of(digits) + (up ? 1 : 0);
}

tl::expected<std::int64_t, AmountError> parse_chance(std::string_view text) {
    constexpr std::size_t digits_kept = 6;
    constexpr std::int64_t one = 1'000'000;
    std::string_view rest = trim(text);
    if (!rest.empty() && rest.front() == '-') {
        return refuse(shown(text) + " is negative", "write a chance from 0 to 1");
    }
    const std::optional<Decimal> number = take_decimal(rest);
    if (number && trim(rest) == "%") {
        return refuse(shown(text) + " is a percentage",
                      "write a chance from 0 to 1: \"0.05\" for 5 %");
    }
    if (!number || !rest.empty()) {
        return refuse(shown(text) + " is no chance",
                      "write a number from 0 to 1, such as \"0.05\"");
    }
    if (number->fraction.size() > digits_kept) {
        return refuse(shown(text) + " has more than 6 digits behind the point",
                      "round it to millionths");
    }
    std::string digits(number->fraction);
    digits.resize(digits_kept, '0');
    const bool is_large = number->whole.size() > 1;
    const std::int64_t value =
        is_large ? 2 * one : value_of(number->whole) * one + value_of(digits);
    if (value <= one) return value;
    return refuse(shown(text) + " is more than 1", "write a chance from 0 to 1: \"0.05\" for 5 %");
}

std::string print_exact(Bytes amount) { return print_in(amount.count, byte_scale); }

std::string print_exact(Bandwidth amount) { return print_in(amount.count, bandwidth_scale); }

std::string print_exact(Duration amount) { return print_in(amount.count(), duration_scale); }

std::string print_thousandths(std::int64_t thousandths) {
    const std::int64_t rest = thousandths % 1000;
    std::string fraction = std::to_string(1000 + (rest < 0 ? -rest : rest)).substr(1);
    while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
    const std::string sign = thousandths < 0 && thousandths > -1000 ? "-" : "";
    return sign + std::to_string(thousandths / 1000) + '.' + fraction;
}

std::string print_chance(std::int64_t millionths) {
    std::string fraction = std::to_string(1'000'000 + millionths % 1'000'000).substr(1);
    while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
    return std::to_string(millionths / 1'000'000) + '.' + fraction;
}

}  // namespace vacate
