// What tests ask of a document: is it XML, and what of its markdown is no command.
#pragma once

#include <string>

namespace vacate {

/// The first problem that an XML parser finds; empty for none.
[[nodiscard]] std::string xml_problem(const std::string& text);

/// Markdown without what stands between fences, which must be closed: else all of it goes.
[[nodiscard]] std::string outside_of_fences(const std::string& markdown);

}  // namespace vacate
