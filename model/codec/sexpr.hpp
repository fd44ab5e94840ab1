// How XAPI writes values into a database dump: protected white space, sets and maps.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace vacate::codec {

/// A map of XAPI, in key order.
using TextMap = std::map<std::string, std::string, std::less<>>;

/// Undoes the protection of white space in an attribute: "%." is a space, "%_" two, "%t", "%n"
/// and "%r" tab, line feed and carriage return, "%%" a percent sign; any other "%x" is x.
///
/// To be called on the whole value, before it is parsed.
/// Source: xapi, ocaml/database/xml_spaces.ml:73-98.
[[nodiscard]] std::string unprotect_spaces(std::string_view text);

/// Reads a set: `('a' "b" c)`, or `()`. Strings stand in single quotes, in double quotes (dumps
/// up to 6.0) or bare; a backslash takes the next character as it is.
///
/// Returns: the strings in the order of the text; none for an empty text.
/// Fails:   with a sentence that says what is wrong and at which byte.
/// Source:  xapi, ocaml/libs/sexpr/sExpr.ml.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> parse_set(std::string_view text);

/// Reads a map: `(('k' 'v') ('k2' 'v2'))`, or `()`. Of two equal keys the first counts.
///
/// Fails: as parse_set(), and for an entry that is not a pair.
[[nodiscard]] tl::expected<TextMap, std::string> parse_map(std::string_view text);

}  // namespace vacate::codec
