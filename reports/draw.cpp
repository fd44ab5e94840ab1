// Text, numbers and axes of drawings.
#include "reports/draw.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace vacate {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// The length of the well-formed UTF-8 sequence that begins at `at`; 0 where there is none.
std::size_t sequence_at(std::string_view text, std::size_t at) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (length == 0 || lead > 0xf4 || at + length > text.size()) return 0;
    std::uint32_t point = lead & (0x7fU >> length);
    for (std::size_t i = at + 1; i < at + length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return 0;
        point = (point << 6) | (byte(i) & 0x3fU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    const bool nothing = point > 0x10ffff || (point & 0xfffe) == 0xfffe;
    return overlong || surrogate || nothing ? 0 : length;
}

std::string_view markup(char letter) {
    switch (letter) {
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '&':
            return "&amp;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

}  // namespace

std::string well_formed(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_at(text, i);
        out += length == 0 ? replacement : text.substr(i, length);
        i += std::max<std::size_t>(1, length);
    }
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char letter : printable(well_formed(text))) {
        const std::string_view code = markup(letter);
        if (code.empty()) {
            out += letter;
        } else {
            out += code;
        }
    }
    return out;
}

std::string shortened(const std::string& text, std::size_t letters) {
    const std::string whole = well_formed(text);
    std::size_t count = 0;
    std::size_t cut = 0;
    for (std::size_t i = 0; i < whole.size(); i += sequence_at(whole, i)) {
        if (++count == letters) cut = i;
    }
    return count <= letters ? whole : whole.substr(0, cut) + "\xe2\x80\xa6";
}

std::string number(double value) {
    std::array<char, 32> text{};
    const double tenths = std::round(value * 10);
    const auto whole = static_cast<long long>(tenths);
    const bool even = whole % 10 == 0;
    std::snprintf(text.data(), text.size(), even ? "%.0f" : "%.1f",
                  static_cast<double>(whole) / 10);
    return text[0] == '-' && whole == 0 ? "0" : text.data();
}

double TimeAxis::at(Since since) const {
    const double all = std::max(1.0, static_cast<double>((to - from).count()));
    const double part = static_cast<double>((since - from).count()) / all;
    return left + width * std::clamp(part, 0.0, 1.0);
}

std::string ReportClock::at(Since since) const {
    std::int64_t minutes =
        (since.count() + (since.count() < 0 ? -30'000'000 : 30'000'000)) / 60'000'000;
    std::array<char, 48> text{};
    if (!start_minutes) {
        const char* sign = minutes < 0 ? "\xe2\x88\x92" : "+";
        minutes = std::abs(minutes);
        std::snprintf(text.data(), text.size(), "%s%lld:%02lld", sign,
                      static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60));
        return text.data();
    }
    minutes += *start_minutes;
    const std::int64_t day = minutes >= 0 ? minutes / 1440 : -((1439 - minutes) / 1440);
    minutes -= day * 1440;
    std::snprintf(text.data(), text.size(), day == 0 ? "%02lld:%02lld" : "%02lld:%02lld %+lld",
                  static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60),
                  static_cast<long long>(day));
    return text.data();
}

std::string ReportClock::date_of(Since since) const {
    using Days = std::chrono::duration<int, std::ratio<86'400>>;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    const bool known = std::sscanf(date.c_str(), "%d-%u-%u", &year, &month, &day) == 3;
    if (!start_minutes || !known) return {};
    const std::chrono::year_month_day first{std::chrono::year(year), std::chrono::month(month),
                                            std::chrono::day(day)};
    const auto clock =
        std::chrono::round<std::chrono::minutes>(since) + std::chrono::minutes(*start_minutes);
    const std::chrono::year_month_day then =
        std::chrono::sys_days(first) + std::chrono::floor<Days>(clock);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(then.year()),
                  static_cast<unsigned>(then.month()), static_cast<unsigned>(then.day()));
    return text.data();
}

std::string ReportClock::words(Since last) const {
    if (!start_minutes) return {};
    const bool next = at(last).find('+') != std::string::npos;
    const std::string later = next ? "+1 is the day after" : "";
    if (zone.empty()) return next ? later + " the first step's." : later;
    return "Clock times are " + zone + ", of " + date + (next ? "; " + later : "") + ".";
}

std::vector<Tick> ticks_of(const TimeAxis& axis, const ReportClock& clock, int most) {
    constexpr std::array<std::int64_t, 13> steps{1,   2,   5,   10,  15,   30,  60,
                                                 120, 240, 480, 720, 1440, 2880};
    const std::int64_t minutes = (axis.to - axis.from).count() / 60'000'000;
    std::int64_t step = steps.back();
    for (const std::int64_t one : steps) {
        if (minutes / one > most) continue;
        step = one;
        break;
    }
    while (minutes / step > most) step *= 2;
    const std::int64_t offset = clock.start_minutes.value_or(0);
    const std::int64_t first = axis.from.count() / 60'000'000 + offset;
    std::vector<Tick> ticks;
    std::string day;  // of another day than the first step's only the first tick says so
    for (std::int64_t at = divide_up(first, step) * step; at - offset <= minutes + first - offset;
         at += step) {
        const Since since{(at - offset) * 60'000'000};
        const std::string text = clock.at(since);
        const std::size_t end = std::min(text.find(' '), text.size());
        const bool same = text.substr(end) == day;
        day = text.substr(end);
        ticks.push_back({since, same ? text.substr(0, end) : text});
    }
    return ticks;
}

void Drawing::rect(std::string_view style, double x, double y, double width, double height,
                   const std::string& title) {
    out += "<rect class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
           "\" width=\"" + number(std::max(0.0, width)) + "\" height=\"" + number(height) + "\"";
    out += title.empty() ? "/>" : "><title>" + escaped(title) + "</title></rect>";
}

void Drawing::line(std::string_view style, double x1, double y1, double x2, double y2) {
    path(style, "M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " + number(y2));
}

void Drawing::path(std::string_view style, const std::string& shape) {
    out += "<path class=\"" + std::string(style) + "\" d=\"" + shape + "\"/>";
}

void Drawing::text(std::string_view style, double x, double y, const std::string& text,
                   std::string_view anchor) {
    out += "<text class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
           "\"";
    if (anchor != "start") out += " text-anchor=\"" + std::string(anchor) + "\"";
    out += ">" + escaped(text) + "</text>";
}

std::string hatches() {
    const auto hatch = [](const char* id, const char* style, int size, int stroke) {
        const std::string side = std::to_string(size);
        return "<pattern id=\"" + std::string(id) + "\" width=\"" + side + "\" height=\"" + side +
               "\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"" +
               style + "\" width=\"" + std::to_string(stroke) + "\" height=\"" + side +
               "\"/></pattern>";
    };
    return "<defs>" + hatch("v-drain", "h-drain", 7, 2) + hatch("v-black", "h-black", 8, 2) +
           hatch("v-ghost", "h-ghost", 10, 5) + "</defs>";
}

std::string svg_of(const Picture& picture, std::string_view style) {
    return "<svg class=\"v " + std::string(style) + "\" viewBox=\"0 0 " + number(picture.width) +
           " " + number(picture.height) + "\" role=\"img\" aria-label=\"" +
           escaped(picture.sentence) + "\">" + picture.body + "</svg>";
}

}  // namespace vacate
