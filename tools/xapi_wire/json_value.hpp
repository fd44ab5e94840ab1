// Values as JSON: what JSON-RPC carries in either direction.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tools/xapi_wire/value.hpp"

namespace vacate::wire {

inline constexpr std::size_t json_depth = 32;  // of arrays and objects

/// Reads a document; texts stay texts, members keep their order.
/// Fails: with a sentence, beyond json_depth and 64 bits too.
[[nodiscard]] tl::expected<Value, std::string> read_json(std::string_view text);

/// Adds a value, without blanks; "void" is an empty text, a moment is a text.
void add_json(std::string& out, const Value& value);

}  // namespace vacate::wire
