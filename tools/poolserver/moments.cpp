// Counts days in the Gregorian calendar.
#include "tools/poolserver/moments.hpp"

#include <chrono>

namespace vacate::poolserver {
namespace {

std::string padded(std::int64_t number, std::size_t digits) {
    std::string text = std::to_string(number);
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
    return text;
}

/// The number that the next `digits` characters of `text` are; they are taken off.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = 10 * number + (c - '0');
    }
    text.remove_prefix(digits);
    return number;
}

void skip(std::string_view& text, char mark) {
    if (!text.empty() && text.front() == mark) text.remove_prefix(1);
}

}  // namespace

std::string moment_text(DateTime moment) {
    using namespace std::chrono;
    constexpr std::int64_t day_length = 86'400;
    std::int64_t days = moment.seconds / day_length;
    std::int64_t rest = moment.seconds % day_length;
    if (rest < 0) {
        rest += day_length;
        --days;
    }
    const year_month_day date{sys_days{std::chrono::days{days}}};
    return padded(int{date.year()}, 4) + padded(unsigned{date.month()}, 2) +
           padded(unsigned{date.day()}, 2) + "T" + padded(rest / 3600, 2) + ":" +
           padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2) + "Z";
}

std::optional<DateTime> read_moment(std::string_view text) {
    using namespace std::chrono;
    static constexpr std::pair<std::size_t, char> parts[]{{4, '-'}, {2, '-'}, {2, 'T'},
                                                          {2, ':'}, {2, ':'}, {2, 'Z'}};
    int read[6]{};
    for (std::size_t i = 0; i < 6; ++i) {
        const std::optional<int> number = take_number(text, parts[i].first);
        if (!number) return std::nullopt;
        read[i] = *number;
        skip(text, parts[i].second);
    }
    const year_month_day date{year{read[0]}, month{static_cast<unsigned>(read[1])},
                              day{static_cast<unsigned>(read[2])}};
    if (!text.empty() || !date.ok() || read[3] > 23 || read[4] > 59 || read[5] > 60) {
        return std::nullopt;
    }
    const std::int64_t days = sys_days{date}.time_since_epoch().count();
    return DateTime{days * 86'400 + read[3] * 3600 + read[4] * 60 + read[5]};
}

}  // namespace vacate::poolserver
