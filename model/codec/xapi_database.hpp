// The rows of a XAPI database dump that matter to us, as text: XML in, tables out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.hpp"

namespace vacate::codec {

/// One object of the database with those of its columns that we read.
struct DatabaseRow {
    std::string_view table;  // VM, host, ...; lives as long as the program
    std::string ref;         // OpaqueRef:...
    // API name and value; white space as it was before XAPI protected it.
    std::vector<std::pair<std::string_view, std::string>> columns;

    /// The value of a column, or nullptr when the dump does not have it.
    [[nodiscard]] const std::string* find(std::string_view column) const;
};

/// One table, in the order of the references: the order of the dump decides nothing.
using DatabaseTable = std::map<std::string, DatabaseRow, std::less<>>;

/// What was read of a dump, or of a pool over its API.
struct Database {
    bool captured = false;  // over the API: there is no manifest then
    bool has_manifest = false;
    std::optional<std::int64_t> schema_major;
    std::optional<std::int64_t> schema_minor;
    std::map<std::string, DatabaseTable, std::less<>> tables;

    /// The table called `name`; an empty one when the dump has none.
    [[nodiscard]] const DatabaseTable& table(std::string_view name) const;
    /// The row that `ref` names in a table, or nullptr.
    [[nodiscard]] const DatabaseRow* row(std::string_view table, std::string_view ref) const;
    /// The number of rows in all tables that we read.
    [[nodiscard]] std::size_t rows() const;
};

/// Every table that is read, with its columns by their API names; nothing else is ever copied.
[[nodiscard]] const std::map<std::string_view, std::vector<std::string_view>>& database_columns();

/// Reads a dump in one pass. Only the columns of database_columns() are ever copied, so
/// passwords and tokens never leave the input. A reference that comes twice: the last row wins.
///
/// Fails: broken or cut XML, document type declarations, attributes over
///        limits::attribute_bytes, elements nested deeper than limits::nesting, another root
///        than "database", a row without a reference; each with its line.
/// Costs: linear in the text, at most limits::input_bytes.
/// Source: xapi, ocaml/database/db_xml.ml.
[[nodiscard]] Result<Database> read_xapi_database(std::string_view text, const std::string& source);

}  // namespace vacate::codec
