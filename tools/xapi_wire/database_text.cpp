// Sets and maps as s-expressions, numbers as OCaml prints them.
#include "tools/xapi_wire/database_text.hpp"

#include <charconv>

#include "tools/xapi_wire/date_time.hpp"

namespace vacate::wire {
namespace {

std::string quoted(std::string_view words) {
    std::string result = "'";
    for (const char c : words) {
        if (c == '\'' || c == '\\') result.push_back('\\');
        result.push_back(c);
    }
    return result + "'";
}

std::string real_text(double real) {
    char digits[64];
    const auto [end, problem] = std::to_chars(digits, digits + sizeof digits, real);
    std::string result(digits, end);
    if (result.find_first_of(".en") == std::string::npos) result += ".";
    return result;
}

}  // namespace

std::string database_text(const Value& value) {
    if (const auto* words = std::get_if<std::string>(&value.of)) return *words;
    if (const auto* on = std::get_if<bool>(&value.of)) return *on ? "true" : "false";
    if (const auto* count = std::get_if<std::int64_t>(&value.of)) return std::to_string(*count);
    if (const auto* real = std::get_if<double>(&value.of)) return real_text(*real);
    if (const auto* moment = std::get_if<DateTime>(&value.of)) return print_date_time(*moment);
    std::string result = "(";
    if (const auto* array = std::get_if<Array>(&value.of)) {
        for (const Value& each : *array) {
            if (result.size() > 1) result.push_back(' ');
            result += quoted(database_text(each));
        }
    }
    if (const auto* members = std::get_if<Struct>(&value.of)) {
        for (const Member& each : *members) {
            if (result.size() > 1) result.push_back(' ');
            result += "(" + quoted(each.name) + " " + quoted(database_text(each.value)) + ")";
        }
    }
    return result + ")";
}

}  // namespace vacate::wire
