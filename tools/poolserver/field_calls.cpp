// One small function per derived message.
#include "tools/poolserver/field_calls.hpp"

#include <algorithm>
#include <utility>

namespace vacate::poolserver {
namespace {

tl::unexpected<Failure> failed(std::vector<std::string> description) {
    return tl::unexpected(Failure{std::move(description)});
}

/// `field "name" = "value"`: both texts, with "__" in the name as xapi's clients write it.
struct Condition {
    std::string field;
    std::string value;
};

void skip_blanks(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '(' || text.front() == ')')) {
        text.remove_prefix(1);
    }
}

bool take_word(std::string_view& text, std::string_view word) {
    skip_blanks(text);
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

std::optional<std::string> take_quoted(std::string_view& text) {
    if (!take_word(text, "\"")) return std::nullopt;
    const std::size_t end = text.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    std::string quoted(text.substr(0, end));
    text.remove_prefix(end + 1);
    return quoted;
}

std::optional<std::vector<Condition>> read_query(std::string_view text) {
    std::vector<Condition> conditions;
    do {
        if (take_word(text, "true")) continue;
        if (!take_word(text, "field")) return std::nullopt;
        auto field = take_quoted(text);
        if (!field || !take_word(text, "=")) return std::nullopt;
        auto value = take_quoted(text);
        if (!value) return std::nullopt;
        if (const auto two = field->find("__"); two != std::string::npos) field->erase(two, 1);
        conditions.push_back({std::move(*field), std::move(*value)});
    } while (take_word(text, "and"));
    skip_blanks(text);
    if (!text.empty()) return std::nullopt;
    return conditions;
}

/// Compares as xapi's queries do: with the text that the database keeps.
bool equals(const Value& value, const std::string& wanted) {
    if (const auto* words = std::get_if<std::string>(&value.of)) return *words == wanted;
    if (const auto* flag = std::get_if<bool>(&value.of))
        return (*flag ? "true" : "false") == wanted;
    if (const auto* number = std::get_if<std::int64_t>(&value.of)) {
        return std::to_string(*number) == wanted;
    }
    return false;
}

Answer records_where(const Database& database, std::size_t class_index, const std::string& query) {
    const auto conditions = read_query(query);
    if (!conditions) return failed({"INTERNAL_ERROR", "cannot read the query: " + query});
    const Class& of = database.schema()[class_index];
    Struct records;
    for (const auto& [ref, object] : database.table(class_index)) {
        const bool holds = std::ranges::all_of(
            *conditions, [&, &fields = object.fields](const Condition& condition) {
                const auto field = of.find_field(condition.field);
                return field && equals(fields[*field], condition.value);
            });
        if (holds) records.push_back({ref, *database.snapshot(object)});
    }
    return Value{std::move(records)};
}

Answer by_uuid(const Database& database, std::size_t class_index, const std::string& uuid) {
    const Object* object = database.find_by_uuid(class_index, uuid);
    if (object == nullptr) {
        return failed({"UUID_INVALID", database.schema()[class_index].name, uuid});
    }
    return text(object->ref);
}

Array array_of(const std::vector<std::string>& texts) {
    Array array;
    for (const std::string& each : texts) array.push_back(text(each));
    return array;
}

Answer lists(const Database& database, std::size_t class_index, const Message& message,
             const Array& arguments) {
    if (message.derived == Derived::get_all_records_where) {
        return records_where(database, class_index, std::get<std::string>(arguments[0].of));
    }
    if (message.derived == Derived::get_by_name_label) {
        const auto& label = std::get<std::string>(arguments[0].of);
        return Value{array_of(database.find_by_name(database.schema()[class_index].name, label))};
    }
    if (message.derived == Derived::get_all) {
        Array refs;
        for (const auto& [ref, object] : database.table(class_index)) refs.push_back(text(ref));
        return Value{std::move(refs)};
    }
    Struct records;
    for (const auto& [ref, object] : database.table(class_index)) {
        records.push_back({ref, *database.snapshot(object)});
    }
    return Value{std::move(records)};
}

Answer change_map(Database& database, const Message& message, const Object& object,
                  const Array& arguments) {
    const Class& of = database.schema()[object.class_index];
    const std::string ref = object.ref;
    const auto& key = std::get<std::string>(arguments[1].of);
    Struct members = std::get<Struct>(object.fields[message.field].of);
    const auto found = std::ranges::find(members, key, &Member::name);
    if (message.derived == Derived::add_to_map) {
        const std::string& field = of.fields[message.field].name;
        if (found != members.end()) return failed({"MAP_DUPLICATE_KEY", of.name, field, ref, key});
        members.push_back({key, arguments[2]});
    } else if (found != members.end()) {
        members.erase(found);
    }
    database.set(ref, message.field, {std::move(members)});
    return Value{};
}

Answer change_set(Database& database, const Message& message, const Object& object,
                  const Array& arguments) {
    Array members = std::get<Array>(object.fields[message.field].of);
    const auto found = std::ranges::find(members, arguments[1]);
    const bool adds = message.derived == Derived::add_to_set;
    if (adds && found == members.end()) {
        members.push_back(arguments[1]);
    } else if (!adds && found != members.end()) {
        members.erase(found);
    }
    database.set(object.ref, message.field, {std::move(members)});
    return Value{};
}

}  // namespace

Answer call_on_field(Database& database, std::size_t class_index, const Message& message,
                     const Array& arguments) {
    switch (message.derived) {
        case Derived::get_all:
        case Derived::get_all_records:
        case Derived::get_all_records_where:
        case Derived::get_by_name_label:
            return lists(database, class_index, message, arguments);
        case Derived::get_by_uuid:
            return by_uuid(database, class_index, std::get<std::string>(arguments[0].of));
        default:
            break;
    }
    const Object& object = *database.find(std::get<std::string>(arguments[0].of));
    switch (message.derived) {
        case Derived::get_record:
            return *database.snapshot(object);
        case Derived::get_field:
            return object.fields[message.field];
        case Derived::add_to_map:
        case Derived::remove_from_map:
            return change_map(database, message, object, arguments);
        case Derived::add_to_set:
        case Derived::remove_from_set:
            return change_set(database, message, object, arguments);
        default:
            break;
    }
    database.set(object.ref, message.field, arguments[1]);
    return Value{};
}

Value method_names(const Schema& schema) {
    Array names;
    for (const Class& of : schema.classes()) {
        for (const Message& message : of.messages) {
            names.push_back(text(of.name + "." + message.name));
        }
    }
    return {std::move(names)};
}

}  // namespace vacate::poolserver
