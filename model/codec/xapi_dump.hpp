// A XAPI pool database dump (xe pool-dump-database) to the text of a scenario.
#pragma once

#include <string>
#include <string_view>

#include "model/result.hpp"

namespace vacate {

/// Turns a dump into a scenario text for read_scenario(), which then judges amounts and names.
///
/// Reads schema 5.40 to current: single and double quoted s-expressions and bare symbols, the
/// old and the new space protection, foreign keys instead of the stored reverse sets. Secrets
/// (pool_token, wlb_password, secret values, external authentication) are never copied.
///
/// Fails: broken XML, a bomb (document type declarations are refused), an attribute over
///        limits::attribute_bytes, no manifest, another schema, no host, not exactly one pool,
///        a dangling master or resident_on, the empty dump of a pool in mixed mode.
/// Costs: one pass over the text, memory proportional to the rows that matter.
/// Source: xapi, ocaml/database/db_xml.ml, xml_spaces.ml, ocaml/libs/sexpr/sExpr.ml.
[[nodiscard]] Result<std::string> scenario_from_xapi_dump(std::string_view text,
                                                          const std::string& source);

}  // namespace vacate
