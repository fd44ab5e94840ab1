// The text of the schema's table, before it is read.
#pragma once

#include <span>
#include <string_view>

namespace vacate::poolserver {

/// One class. Both lists are tokens between white space; a message may break after a comma.
///
///     field    [?][+|*]name:type[=initial]      + given at creation, * writable, else neither
///     message  [~]name(parameter:type[=default],...)[result]            ~ takes no session
///     type     string int float bool datetime @Class #Record %enum type[] {key>value}
///
/// What "?" marks exists only in releases that have VM groups.
struct ClassText {
    std::string_view name;
    std::string_view fields;
    std::string_view messages;
};

struct EnumText {
    std::string_view name;
    std::string_view values;  // between blanks
};

[[nodiscard]] std::span<const ClassText> schema_classes();
[[nodiscard]] std::span<const EnumText> schema_enums();
/// Names, in lower case, of the classes that exist in XAPI and not here.
[[nodiscard]] std::string_view schema_other_classes();

}  // namespace vacate::poolserver
