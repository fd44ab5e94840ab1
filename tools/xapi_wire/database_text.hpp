// Values as XAPI writes them into its database.
#pragma once

#include <string>

#include "tools/xapi_wire/value.hpp"

namespace vacate::wire {

/// The text of a column, before white space is protected.
///
/// Source: xapi, ocaml/libs/sexpr/sExpr.ml.
[[nodiscard]] std::string database_text(const Value& value);

}  // namespace vacate::wire
