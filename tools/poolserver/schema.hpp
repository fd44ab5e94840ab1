// What the XenAPI publishes: classes with their fields and messages, types and enumerators.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tools/poolserver/value.hpp"

namespace vacate::poolserver {

inline constexpr std::string_view null_ref = "OpaqueRef:NULL";

/// The type of a field, a parameter or a result.
struct Type {
    enum class Kind {
        nothing,
        text,
        number,
        real,
        flag,
        moment,
        reference,
        enumerator,
        set,
        map,
        record
    };
    Kind kind = Kind::nothing;
    std::string name;         // of the class or of the enum
    std::vector<Type> parts;  // of a set its elements, of a map its keys and values
    friend bool operator==(const Type&, const Type&) = default;
};

enum class Access { runtime, constructor, writable };  // RO/runtime, RO/constructor, RW

struct Field {
    std::string name;
    Type type;
    Access access = Access::runtime;
    Value initial;  // what an object has when nobody sets the field
    friend bool operator==(const Field&, const Field&) = default;
};

struct Parameter {
    std::string name;
    Type type;
    std::optional<Value> otherwise;  // a trailing parameter that may be left out
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// What a message does by itself; `own` ones need a handler.
enum class Derived {
    own,
    get_all,
    get_all_records,
    get_all_records_where,
    get_record,
    get_by_uuid,
    get_by_name_label,
    get_field,
    set_field,
    add_to_map,
    remove_from_map,
    add_to_set,
    remove_from_set,
};

struct Message {
    std::string name;  // without the class
    bool needs_session = true;
    std::vector<Parameter> parameters;  // the session apart
    Type result;
    Derived derived = Derived::own;
    std::size_t field = 0;  // of those that are about one
    friend bool operator==(const Message&, const Message&) = default;
};

struct Class {
    std::string name;
    std::vector<Field> fields;      // in the order of a record
    std::vector<Message> messages;  // derived ones too, by name
    std::map<std::string, std::size_t, std::less<>> field_index;

    [[nodiscard]] std::optional<std::size_t> find_field(std::string_view field) const;
    [[nodiscard]] const Message* find_message(std::string_view message) const;
};

/// What depends on the release of the pool's coordinator.
struct Release {
    bool vm_groups = true;  // VM_group and VM.groups, since 24.19.1
    friend bool operator==(const Release&, const Release&) = default;
};

/// The classes of one release, by name.
class Schema {
  public:
    /// Source: see schema_table.cpp.
    explicit Schema(const Release& release);

    [[nodiscard]] const std::vector<Class>& classes() const { return classes_; }
    /// The index of a class by its name, upper and lower case told apart.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
    /// The same, upper and lower case alike, as event.from takes it.
    [[nodiscard]] std::optional<std::size_t> find_any_case(std::string_view name) const;
    [[nodiscard]] const Class& operator[](std::size_t index) const { return classes_[index]; }
    /// The enumerators of an enum; nothing when there is none of that name.
    [[nodiscard]] const std::vector<std::string>* enumerators(std::string_view name) const;
    /// Names in lower case: of every class of XAPI that no object here has.
    [[nodiscard]] const std::vector<std::string>& other_classes() const { return others_; }

    /// What a value of that type is when nobody gave one: "", 0, false, a null reference, the
    /// first enumerator, an empty set, 1970.
    [[nodiscard]] Value initial_of(const Type& type) const;

    /// Reads what came over a wire as a value of `type`: whole numbers may come as text, a real
    /// number as a whole one, a moment as text.
    ///
    /// Fails: with the words of xapi's INTERNAL_ERROR about the first part that does not fit.
    [[nodiscard]] tl::expected<Value, std::string> convert(const Type& type,
                                                           const Value& value) const;

  private:
    std::vector<Class> classes_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::map<std::string, std::size_t, std::less<>> by_lower_name_;
    std::map<std::string, std::vector<std::string>, std::less<>> enums_;
    std::vector<std::string> others_;
};

/// The text in lower case, ASCII only.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace vacate::poolserver
