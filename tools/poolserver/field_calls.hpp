// The calls that every class has: lists, records, and reading and writing of fields.
#pragma once

#include <cstddef>

#include "tools/poolserver/database.hpp"
#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

/// Carries out a message that is not `own`. The arguments are converted and their references
/// checked.
///
/// Fails: UUID_INVALID, MAP_DUPLICATE_KEY, and INTERNAL_ERROR for a query that is not of the
///        simple kind: true, field "name" = "value", joined by "and".
[[nodiscard]] Answer call_on_field(Database& database, std::size_t class_index,
                                   const Message& message, const Array& arguments);

/// The names of all methods, as system.listMethods gives them.
[[nodiscard]] Value method_names(const Schema& schema);

}  // namespace vacate::poolserver
