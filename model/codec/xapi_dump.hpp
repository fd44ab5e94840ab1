// A XAPI pool database dump (xe pool-dump-database) to the text of a scenario.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/codec/xapi_notes.hpp"
#include "model/result.hpp"

namespace vacate {

/// The label of a target that a dump or a live pool does not name: one release newer in every key.
inline constexpr std::string_view assumed_target_label = "next release (assumed)";

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

/// Names by uuid: what has one there is called so, whatever it is labelled, and no other thing is.
using NameBook = std::map<std::string, std::string, std::less<>>;
struct NameBooks {
    NameBook hosts;
    NameBook storages;
    NameBook networks;
    NameBook vms;
    NameBook groups;
    friend bool operator==(const NameBooks&, const NameBooks&) = default;
};

/// A pool as the text of a scenario, and what its rows are called there.
struct XapiScenario {
    std::string text;
    codec::XapiNames names;
};

/// The same for rows however they came. Names are taken from the books, and new ones entered.
[[nodiscard]] Result<XapiScenario> scenario_from_xapi_database(const codec::Database& database,
                                                               const std::string& source,
                                                               NameBooks& books);

}  // namespace vacate
