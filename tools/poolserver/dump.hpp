// The database as a dump (xe pool-dump-database), in the form that scenario_from_xapi_dump reads.
#pragma once

#include <string>

#include "tools/poolserver/database.hpp"

namespace vacate::poolserver {

/// Every table, rows in the order of their references; volatile classes (session, task, event,
/// message) have none. Secrets there are none.
///
/// Source: xapi, ocaml/database/db_xml.ml, xml_spaces.ml, ocaml/libs/sexpr/sExpr.ml.
[[nodiscard]] std::string dump(const Database& database);

/// What a pool in mixed mode answers instead: schema 5.35 without rows.
///
/// Source: xapi, ocaml/xapi/pool_db_backup.ml:28-52.
[[nodiscard]] std::string empty_dump();

}  // namespace vacate::poolserver
