// Reads values leniently: XML-RPC carries whole numbers as text, JSON-RPC moments.
#include "tools/xapi/record.hpp"

#include <charconv>

#include "tools/xapi_wire/database_text.hpp"
#include "tools/xapi_wire/date_time.hpp"

namespace vacate::xapi {
namespace {

template <class Number>
Number spelt(std::string_view text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// What `read` makes of a member; what it makes of nothing where there is none.
template <class Read>
auto in_record(const Struct& record, std::string_view name, Read read) {
    const Value* const value = find(record, name);
    return read(value == nullptr ? Value{} : *value);
}

}  // namespace

const Value* find(const Struct& record, std::string_view name) {
    for (const Member& member : record) {
        if (member.name == name) return &member.value;
    }
    return nullptr;
}

std::string text_of(const Value& value) {
    if (std::holds_alternative<std::monostate>(value.of)) return {};
    if (const auto* count = std::get_if<wire::Int32>(&value.of)) {
        return std::to_string(count->count);
    }
    return wire::database_text(value);
}

std::int64_t number_of(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value.of)) return *number;
    if (const auto* count = std::get_if<wire::Int32>(&value.of)) return count->count;
    if (const auto* words = std::get_if<std::string>(&value.of)) {
        return spelt<std::int64_t>(*words);
    }
    return 0;
}

double real_of(const Value& value) {
    if (const auto* real = std::get_if<double>(&value.of)) return *real;
    if (const auto* words = std::get_if<std::string>(&value.of)) return spelt<double>(*words);
    return static_cast<double>(number_of(value));
}

bool flag_of(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value.of)) return *flag;
    return text_of(value) == "true";
}

std::vector<std::string> texts_of(const Value& value) {
    std::vector<std::string> texts;
    if (const auto* values = std::get_if<Array>(&value.of)) {
        for (const Value& each : *values) texts.push_back(text_of(each));
    }
    return texts;
}

Texts map_of(const Value& value) {
    Texts map;
    if (const auto* members = std::get_if<Struct>(&value.of)) {
        for (const Member& each : *members) map.emplace(each.name, text_of(each.value));
    }
    return map;
}

std::string text_in(const Struct& record, std::string_view name) {
    return in_record(record, name, text_of);
}

std::string ref_in(const Struct& record, std::string_view name) {
    std::string ref = text_in(record, name);
    return ref == null_ref ? std::string() : ref;
}

std::int64_t number_in(const Struct& record, std::string_view name) {
    return in_record(record, name, number_of);
}

double real_in(const Struct& record, std::string_view name) {
    return in_record(record, name, real_of);
}

bool flag_in(const Struct& record, std::string_view name) {
    return in_record(record, name, flag_of);
}

std::vector<std::string> texts_in(const Struct& record, std::string_view name) {
    return in_record(record, name, texts_of);
}

Texts map_in(const Struct& record, std::string_view name) {
    return in_record(record, name, map_of);
}

const Records::Class& Records::of(std::string_view name) const {
    static const Class none;
    const auto found = classes_.find(name);
    return found == classes_.end() ? none : found->second;
}

const Struct* Records::find(std::string_view name, std::string_view ref) const {
    const Class& objects = of(name);
    const auto found = objects.find(ref);
    return found == objects.end() ? nullptr : &found->second;
}

void Records::put(std::string_view name, Class objects) {
    classes_.insert_or_assign(std::string(name), std::move(objects));
}

}  // namespace vacate::xapi
