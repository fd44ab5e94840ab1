// A JSON text as a tree that keeps order, duplicates and the digits of numbers, and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "model/result.hpp"

namespace vacate::codec {

/// One JSON value, with its name where it stands in an object.
struct Node {
    enum class Kind : std::uint8_t { null, boolean, number, text, array, object };
    enum class Source : std::uint8_t { input, defaults, set };

    std::string key;             // its name in the object around it
    std::string text;            // of a scalar: digits as written, true, false, or the text
    std::vector<Node> children;  // of an array or object, in the order of the text
    std::uint32_t ordinal = 0;   // grows along the text: errors are listed in this order
    std::uint32_t origin = 0;    // which override it came from, see Problems; 0: the input
    Kind kind = Kind::null;
    Source source = Source::input;

    [[nodiscard]] bool is_object() const { return kind == Kind::object; }
    [[nodiscard]] bool is_array() const { return kind == Kind::array; }
    [[nodiscard]] bool is_text() const { return kind == Kind::text; }
};

/// The first member called `key`, or nullptr when there is none or `object` is no object.
[[nodiscard]] const Node* find_member(const Node& object, std::string_view key);
[[nodiscard]] Node* find_member(Node& object, std::string_view key);

/// Reads one JSON text, a byte order mark in front allowed.
///
/// Fails: with line and column or JSON pointer, and what was expected there; also beyond
///        limits::input_bytes, limits::nesting or a sixteenth of input_bytes in values.
/// Costs: linear in the text; the nesting never becomes recursion before it was checked.
[[nodiscard]] tl::expected<Node, Error::Item> parse_document(std::string_view text);

/// The text of `document`: two spaces of indentation, what fits into 100 columns on one line.
[[nodiscard]] std::string print_document(const Node& document);

/// Values to print.
[[nodiscard]] Node make_text(std::string text);
[[nodiscard]] Node make_integer(std::int64_t number);
[[nodiscard]] Node make_boolean(bool value);
[[nodiscard]] Node make_object();
[[nodiscard]] Node make_list();

/// Appends a member to an object.
void put(Node& object, std::string_view key, Node value);

}  // namespace vacate::codec
