// Calendar days to seconds and back.
#include "tools/xapi_wire/date_time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vacate::wire {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds first = sys_days{std::chrono::year{0} / 1 / 1};
constexpr sys_seconds last = sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::seconds{1};

void add_digits(std::string& text, std::int64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    text.append(width - std::min(width, digits.size()), '0');
    text += digits;
}

/// Takes `width` digits off `rest`. Nothing: there are other characters.
std::optional<int> take_digits(std::string_view& rest, std::size_t width) {
    int number = 0;
    const std::string_view digits = rest.substr(0, width);
    if (digits.size() < width || digits.find_first_not_of("0123456789") != digits.npos) return {};
    std::from_chars(digits.data(), digits.data() + width, number);
    rest.remove_prefix(width);
    return number;
}

bool take(std::string_view& rest, char wanted) {
    if (!rest.starts_with(wanted)) return false;
    rest.remove_prefix(1);
    return true;
}

}  // namespace

std::string print_date_time(DateTime moment) {
    const std::int64_t seconds = std::clamp<std::int64_t>(
        moment.seconds, first.time_since_epoch().count(), last.time_since_epoch().count());
    const sys_seconds point{std::chrono::seconds{seconds}};
    const sys_days day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date{day};
    const std::int64_t second = (point - day).count();
    std::string text;
    add_digits(text, static_cast<int>(date.year()), 4);
    add_digits(text, static_cast<unsigned>(date.month()), 2);
    add_digits(text, static_cast<unsigned>(date.day()), 2);
    text += 'T';
    add_digits(text, second / 3600, 2);
    text += ':';
    add_digits(text, second / 60 % 60, 2);
    text += ':';
    add_digits(text, second % 60, 2);
    return moment.is_local ? text : text + 'Z';
}

std::optional<DateTime> read_date_time(std::string_view text) {
    std::array<int, 6> parts{};  // year, month, day, hour, minute, second
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i == 1 || i == 2) take(text, '-');
        if (i == 3 && !take(text, 'T')) return std::nullopt;
        if (i > 3 && !take(text, ':')) return std::nullopt;
        const std::optional<int> number = take_digits(text, i == 0 ? 4 : 2);
        if (!number) return std::nullopt;
        parts[i] = *number;
    }
    if (text != "Z" && !text.empty()) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{parts[0]},
                                           std::chrono::month{static_cast<unsigned>(parts[1])},
                                           std::chrono::day{static_cast<unsigned>(parts[2])}};
    if (!date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return std::nullopt;
    const std::int64_t midnight = sys_seconds{sys_days{date}}.time_since_epoch().count();
    return DateTime{midnight + parts[3] * 3600 + parts[4] * 60 + parts[5]};
}

}  // namespace vacate::wire
