// Reads the table of the schema and derives the messages that every class has.
#include "tools/poolserver/schema.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "model/check.hpp"
#include "tools/poolserver/date_time.hpp"
#include "tools/poolserver/schema_table.hpp"

namespace vacate::poolserver {
namespace {

using Kind = Type::Kind;

/// The tokens of a list; one that was broken after a comma is one token.
std::vector<std::string> tokens_of(std::string_view text) {
    std::vector<std::string> tokens;
    bool open = false;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ' || text[at] == '\n') {
            ++at;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
        const std::string_view piece = text.substr(at, end - at);
        if (open) {
            tokens.back() += piece;
        } else {
            tokens.emplace_back(piece);
        }
        open = piece.ends_with(',');
        at = end;
    }
    return tokens;
}

bool take(std::string_view& text, char mark) {
    if (text.empty() || text.front() != mark) return false;
    text.remove_prefix(1);
    return true;
}

/// Reads a type from the front of `text` up to what cannot belong to it.
Type take_type(std::string_view& text) {
    Type type;
    if (take(text, '{')) {
        type.kind = Kind::map;
        type.parts.push_back(take_type(text));
        VACATE_CHECK(take(text, '>'), "a map of the schema has a key and a value");
        type.parts.push_back(take_type(text));
        VACATE_CHECK(take(text, '}'), "a map of the schema is closed");
    } else {
        if (take(text, '@')) type.kind = Kind::reference;
        if (take(text, '%')) type.kind = Kind::enumerator;
        if (take(text, '#')) type.kind = Kind::record;
        std::size_t end = text.find_first_of("[]{},=)");
        // The type of a map's key ends at ">", but "<class>" is a name.
        if (!text.starts_with('<')) end = std::min(end, text.find('>'));
        type.name = std::string(text.substr(0, end));
        text.remove_prefix(std::min(end, text.size()));
    }
    if (type.kind == Kind::nothing) {
        static constexpr std::pair<std::string_view, Kind> plain[]{
            {"string", Kind::text}, {"int", Kind::number},      {"float", Kind::real},
            {"bool", Kind::flag},   {"datetime", Kind::moment}, {"", Kind::nothing}};
        const auto* const found = std::ranges::find(
            plain, type.name, [](const auto& entry) { return std::string(entry.first); });
        VACATE_CHECK(found != std::end(plain), "the schema knows this plain type");
        type = {found->second, "", {}};
    }
    while (text.starts_with("[]")) {
        text.remove_prefix(2);
        type = Type{Kind::set, "", {std::move(type)}};
    }
    return type;
}

/// The value that stands behind "=".
Value written(const Schema& schema, const Type& type, std::string_view words) {
    if (type.kind == Kind::flag) return {words == "true"};
    if (type.kind == Kind::map || type.kind == Kind::set) return schema.initial_of(type);
    if (type.kind == Kind::real) {
        double real = 0;
        std::from_chars(words.data(), words.data() + words.size(), real);
        return {real};
    }
    const auto value = schema.convert(type, text(words));
    VACATE_CHECK(value.has_value(), "an initial value of the schema fits its type");
    return *value;
}

std::string take_name(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    VACATE_CHECK(at != std::string_view::npos, "a name of the schema ends with its mark");
    std::string name(text.substr(0, at));
    text.remove_prefix(at + 1);
    return name;
}

Field read_field(const Schema& schema, std::string_view token) {
    Field field;
    if (take(token, '+')) field.access = Access::constructor;
    if (take(token, '*')) field.access = Access::writable;
    field.name = take_name(token, ':');
    field.type = take_type(token);
    field.initial =
        take(token, '=') ? written(schema, field.type, token) : schema.initial_of(field.type);
    return field;
}

Message read_message(const Schema& schema, std::string_view token) {
    Message message;
    if (take(token, '~')) message.needs_session = false;
    message.name = take_name(token, '(');
    while (!take(token, ')')) {
        Parameter parameter;
        parameter.name = take_name(token, ':');
        parameter.type = take_type(token);
        if (take(token, '=')) {
            const std::size_t end = token.find_first_of(",)");
            parameter.otherwise = written(schema, parameter.type, token.substr(0, end));
            token.remove_prefix(end);
        }
        take(token, ',');
        message.parameters.push_back(std::move(parameter));
    }
    message.result = take_type(token);
    return message;
}

Message derive(std::string name, Derived derived, std::size_t field,
               std::vector<Parameter> parameters, Type result) {
    Message message;
    message.name = std::move(name);
    message.parameters = std::move(parameters);
    message.result = std::move(result);
    message.derived = derived;
    message.field = field;
    return message;
}

Type reference_to(const std::string& name) { return {Kind::reference, name, {}}; }
const Type& text_type() {
    static const Type type{Kind::text, "", {}};
    return type;
}

/// The messages that read one object or all of them.
void derive_readers(const Class& of, std::vector<Message>& messages) {
    const Type ref = reference_to(of.name);
    const Type record{Kind::record, of.name, {}};
    const Type records{Kind::map, "", {ref, record}};
    const Type refs{Kind::set, "", {ref}};
    // Sessions are secrets: no list of them is published.
    if (of.name != "session") {
        messages.push_back(derive("get_all", Derived::get_all, 0, {}, refs));
        messages.push_back(derive("get_all_records", Derived::get_all_records, 0, {}, records));
        messages.push_back(derive("get_all_records_where", Derived::get_all_records_where, 0,
                                  {{"expr", text_type(), {}}}, records));
    }
    messages.push_back(derive("get_record", Derived::get_record, 0, {{"self", ref, {}}}, record));
    messages.push_back(
        derive("get_by_uuid", Derived::get_by_uuid, 0, {{"uuid", text_type(), {}}}, ref));
    if (of.find_field("name_label") && of.name != "pool") {
        messages.push_back(derive("get_by_name_label", Derived::get_by_name_label, 0,
                                  {{"label", text_type(), {}}}, refs));
    }
}

/// The messages about one field.
void derive_accessors(const Class& of, std::size_t index, std::vector<Message>& messages) {
    const Field& field = of.fields[index];
    const Parameter self{"self", reference_to(of.name), {}};
    messages.push_back(derive("get_" + field.name, Derived::get_field, index, {self}, field.type));
    if (field.access != Access::writable) return;
    messages.push_back(derive("set_" + field.name, Derived::set_field, index,
                              {self, {"value", field.type, {}}}, {}));
    if (field.type.kind == Kind::map) {
        const Parameter key{"key", field.type.parts[0], {}};
        messages.push_back(derive("add_to_" + field.name, Derived::add_to_map, index,
                                  {self, key, {"value", field.type.parts[1], {}}}, {}));
        messages.push_back(
            derive("remove_from_" + field.name, Derived::remove_from_map, index, {self, key}, {}));
    }
    if (field.type.kind == Kind::set) {
        const Parameter value{"value", field.type.parts[0], {}};
        messages.push_back(
            derive("add_" + field.name, Derived::add_to_set, index, {self, value}, {}));
        messages.push_back(
            derive("remove_" + field.name, Derived::remove_from_set, index, {self, value}, {}));
    }
}

/// A message of its own that only sets, adds to or removes from a field that is there.
void recognise(const Class& of, Message& message) {
    static constexpr std::pair<std::string_view, Derived> prefixes[]{
        {"set_", Derived::set_field},
        {"add_to_", Derived::add_to_map},
        {"remove_from_", Derived::remove_from_map},
        {"add_", Derived::add_to_set},
        {"remove_", Derived::remove_from_set}};
    if (message.parameters.size() < 2 || message.parameters[0].type != reference_to(of.name)) {
        return;
    }
    for (const auto& [prefix, derived] : prefixes) {
        if (!message.name.starts_with(prefix)) continue;
        const auto field = of.find_field(std::string_view(message.name).substr(prefix.size()));
        if (!field) continue;
        const Type& type = of.fields[*field].type;
        const bool whole = derived == Derived::set_field;
        const Kind wanted = derived == Derived::add_to_map || derived == Derived::remove_from_map
                                ? Kind::map
                                : Kind::set;
        if (!whole && type.kind != wanted) continue;
        const std::size_t count = derived == Derived::add_to_map ? 3 : 2;
        if (message.parameters.size() != count) continue;
        if (message.parameters[1].type != (whole ? type : type.parts[0])) continue;
        message.derived = derived;
        message.field = *field;
        return;
    }
}

Class read_class(const Schema& schema, std::string name, const ClassText& source,
                 const Release& release) {
    Class of;
    of.name = std::move(name);
    for (std::string_view token : tokens_of(source.fields)) {
        if (token.front() == '?') {
            if (!release.vm_groups) continue;
            token.remove_prefix(1);
        }
        of.fields.push_back(read_field(schema, token));
        of.field_index.emplace(of.fields.back().name, of.fields.size() - 1);
    }
    // An event is no object, and a message has no accessors.
    if (of.name != "event") derive_readers(of, of.messages);
    if (of.name != "event" && of.name != "message") {
        for (std::size_t i = 0; i < of.fields.size(); ++i) derive_accessors(of, i, of.messages);
    }
    std::vector<Message> own;
    for (const std::string& token : tokens_of(source.messages)) {
        own.push_back(read_message(schema, token));
        recognise(of, own.back());
    }
    // What the table spells out stands instead of what was derived.
    std::erase_if(of.messages, [&](const Message& derived) {
        return std::ranges::any_of(own, [&](const Message& m) { return m.name == derived.name; });
    });
    of.messages.insert(of.messages.end(), own.begin(), own.end());
    std::ranges::sort(of.messages, {}, &Message::name);
    return of;
}

// Conversions.

/// How OCaml's RPC library shows a value in its complaints.
std::string shown(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value.of)) {
        return std::string("Bool(") + (*flag ? "true)" : "false)");
    }
    if (const auto* number = std::get_if<std::int64_t>(&value.of)) {
        return "I(" + std::to_string(*number) + ")";
    }
    if (const auto* words = std::get_if<std::string>(&value.of)) return "S(" + *words + ")";
    if (const auto* real = std::get_if<double>(&value.of)) {
        return "F(" + std::to_string(*real) + ")";
    }
    if (const auto* moment = std::get_if<DateTime>(&value.of)) {
        return "D(" + print_date_time(*moment) + ")";
    }
    if (std::holds_alternative<Array>(value.of)) return "[...]";
    if (std::holds_alternative<Struct>(value.of)) return "{...}";
    return "N";
}

tl::unexpected<std::string> expecting(std::string_view what, const Value& value) {
    return tl::unexpected("Failure(\"Expecting Rpc." + std::string(what) + ", but found '" +
                          shown(value) + "'\")");
}

tl::expected<Value, std::string> to_number(const Value& value) {
    if (std::holds_alternative<std::int64_t>(value.of)) return value;
    if (const auto* words = std::get_if<std::string>(&value.of)) {
        std::int64_t number = 0;
        const char* end = words->data() + words->size();
        const auto [stop, problem] = std::from_chars(words->data(), end, number);
        if (problem == std::errc{} && stop == end && !words->empty()) return Value{number};
        return tl::unexpected(std::string("Failure(\"Int64.of_string\")"));
    }
    return expecting("Int", value);
}

tl::expected<Value, std::string> to_real(const Value& value) {
    if (std::holds_alternative<double>(value.of)) return value;
    if (const auto* number = std::get_if<std::int64_t>(&value.of)) {
        return Value{static_cast<double>(*number)};
    }
    if (const auto* words = std::get_if<std::string>(&value.of)) {
        double real = 0;
        const char* end = words->data() + words->size();
        const auto [stop, problem] = std::from_chars(words->data(), end, real);
        const bool whole = problem == std::errc{} && stop == end && !words->empty();
        if (whole && std::isfinite(real)) return Value{real};
        return tl::unexpected(std::string("Failure(\"float_of_string\")"));
    }
    return expecting("Float", value);
}

tl::expected<Value, std::string> to_moment(const Value& value) {
    if (std::holds_alternative<DateTime>(value.of)) return value;
    if (const auto* words = std::get_if<std::string>(&value.of)) {
        if (const auto moment = read_date_time(*words)) return Value{*moment};
    }
    return expecting("DateTime", value);
}

}  // namespace

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

std::optional<std::size_t> Class::find_field(std::string_view field) const {
    const auto found = field_index.find(field);
    if (found == field_index.end()) return std::nullopt;
    return found->second;
}

const Message* Class::find_message(std::string_view message) const {
    const auto found = std::ranges::lower_bound(
        messages, message, {}, [](const Message& m) { return std::string_view(m.name); });
    return found != messages.end() && found->name == message ? &*found : nullptr;
}

Schema::Schema(const Release& release) {
    for (const EnumText& each : schema_enums()) {
        enums_.emplace(std::string(each.name), tokens_of(each.values));
    }
    for (const ClassText& each : schema_classes()) {
        std::string_view name = each.name;
        if (take(name, '?') && !release.vm_groups) continue;
        by_name_.emplace(std::string(name), classes_.size());
        by_lower_name_.emplace(lower_case(name), classes_.size());
        classes_.push_back(read_class(*this, std::string(name), each, release));
    }
    others_ = tokens_of(schema_other_classes());
}

std::optional<std::size_t> Schema::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    return found->second;
}

std::optional<std::size_t> Schema::find_any_case(std::string_view name) const {
    const auto found = by_lower_name_.find(lower_case(name));
    if (found == by_lower_name_.end()) return std::nullopt;
    return found->second;
}

const std::vector<std::string>* Schema::enumerators(std::string_view name) const {
    const auto found = enums_.find(name);
    return found == enums_.end() ? nullptr : &found->second;
}

Value Schema::initial_of(const Type& type) const {
    switch (type.kind) {
        case Kind::text:
            return text("");
        case Kind::number:
            return {std::int64_t{0}};
        case Kind::real:
            return {0.0};
        case Kind::flag:
            return {false};
        case Kind::moment:
            return {DateTime{}};
        case Kind::reference:
            return text(null_ref);
        case Kind::enumerator: {
            const auto* values = enumerators(type.name);
            VACATE_CHECK(values != nullptr && !values->empty(), "the schema has this enum");
            return text(values->front());
        }
        case Kind::set:
            return {Array{}};
        case Kind::map:
        case Kind::record:
            return {Struct{}};
        case Kind::nothing:
            break;
    }
    return {};
}

tl::expected<Value, std::string> Schema::convert(const Type& type, const Value& value) const {
    switch (type.kind) {
        case Kind::number:
            return to_number(value);
        case Kind::real:
            return to_real(value);
        case Kind::moment:
            return to_moment(value);
        case Kind::flag:
            if (!std::holds_alternative<bool>(value.of)) return expecting("Bool", value);
            return value;
        case Kind::text:
        case Kind::reference:
        case Kind::enumerator: {
            const auto* words = std::get_if<std::string>(&value.of);
            if (words == nullptr) return expecting("String", value);
            const auto* values = type.kind == Kind::enumerator ? enumerators(type.name) : nullptr;
            if (values != nullptr && std::ranges::find(*values, *words) == values->end()) {
                return tl::unexpected("Failure(\"" + type.name + ": " + *words + "\")");
            }
            return value;
        }
        case Kind::set: {
            const auto* array = std::get_if<Array>(&value.of);
            if (array == nullptr) return expecting("Enum", value);
            Array converted;
            for (const Value& each : *array) {
                auto part = convert(type.parts[0], each);
                if (!part) return part;
                converted.push_back(std::move(*part));
            }
            return Value{std::move(converted)};
        }
        case Kind::map: {
            const auto* members = std::get_if<Struct>(&value.of);
            if (members == nullptr) return expecting("Dict", value);
            Struct converted;
            for (const Member& each : *members) {
                auto key = convert(type.parts[0], text(each.name));
                if (!key) return key;
                auto part = convert(type.parts[1], each.value);
                if (!part) return part;
                converted.push_back({each.name, std::move(*part)});
            }
            return Value{std::move(converted)};
        }
        case Kind::record:
            if (!std::holds_alternative<Struct>(value.of)) return expecting("Dict", value);
            return value;
        case Kind::nothing:
            break;
    }
    return value;
}

}  // namespace vacate::poolserver
