// Streams a XAPI database dump through expat and keeps the columns that the scenario needs.
#include "model/codec/xapi_database.hpp"

#include <expat.h>

#include <charconv>
#include <cstring>
#include <memory>

#include "model/codec/sexpr.hpp"
#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

using Columns = std::vector<std::string_view>;

/// "memory__static_max" is memory_static_max in the API.
std::string api_name(std::string_view column) {
    std::string name;
    for (std::size_t i = 0; i < column.size(); ++i) {
        name.push_back(column[i]);
        if (column[i] == '_' && i + 1 < column.size() && column[i + 1] == '_') ++i;
    }
    return name;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// What the expat callbacks share.
struct Reading {
    XML_Parser parser = nullptr;
    std::string source;
    Database database;
    std::optional<Error> error;
    std::size_t depth = 0;
    bool in_manifest = false;
    const std::pair<const std::string_view, Columns>* table = nullptr;  // the one we are in

    [[nodiscard]] std::string line() const {
        return "line " + std::to_string(XML_GetCurrentLineNumber(parser));
    }
    void fail(std::string sentence, std::string remedy) {
        if (error) return;
        error = bad_input(source, line(), std::move(sentence), std::move(remedy));
        XML_StopParser(parser, XML_FALSE);
    }
};

constexpr const char* take_again = "take the dump again: xe pool-dump-database file-name=FILE";

void read_pair(Reading& reading, const XML_Char** attributes) {
    std::string_view key;
    std::string_view value;
    for (; *attributes != nullptr; attributes += 2) {
        if (std::strcmp(attributes[0], "key") == 0) key = attributes[1];
        if (std::strcmp(attributes[0], "value") == 0) value = attributes[1];
    }
    // The other pairs are not kept: old manifests hold the pool token.
    if (key == "schema_major_vsn") reading.database.schema_major = whole_number(value);
    if (key == "schema_minor_vsn") reading.database.schema_minor = whole_number(value);
}

void enter_table(Reading& reading, const XML_Char** attributes) {
    for (; *attributes != nullptr; attributes += 2) {
        if (std::strcmp(attributes[0], "name") != 0) continue;
        const auto found = database_columns().find(attributes[1]);
        if (found != database_columns().end()) reading.table = &*found;
    }
}

void read_row(Reading& reading, const XML_Char** attributes) {
    DatabaseRow row;
    row.table = reading.table->first;
    std::string second_ref;
    for (; *attributes != nullptr; attributes += 2) {
        const std::string_view column = attributes[0];
        if (column == "ref") row.ref = unprotect_spaces(attributes[1]);
        if (column == "_ref") second_ref = unprotect_spaces(attributes[1]);
        if (column.empty() || column.front() == '_') continue;
        const std::string name = api_name(column);
        for (const std::string_view candidate : reading.table->second) {
            if (name != candidate) continue;
            row.columns.emplace_back(candidate, unprotect_spaces(attributes[1]));
            break;
        }
    }
    if (row.ref.empty()) row.ref = std::move(second_ref);
    if (row.ref.empty()) {
        reading.fail("a row of table " + std::string(row.table) + " has no ref", take_again);
        return;
    }
    std::string ref = row.ref;
    DatabaseTable& rows = reading.database.tables[std::string(row.table)];
    rows.insert_or_assign(std::move(ref), std::move(row));
}

void XMLCALL on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
    Reading& reading = *static_cast<Reading*>(user);
    if (reading.error) return;
    for (const XML_Char** each = attributes; *each != nullptr; each += 2) {
        if (std::strlen(each[1]) > limits::attribute_bytes) {
            const std::string most = std::to_string(limits::attribute_bytes);
            reading.fail("attribute " + made_safe(each[0]) + " is longer than " + most + " bytes",
                         take_again);
            return;
        }
    }
    const std::string_view element = name;
    ++reading.depth;
    if (reading.depth > limits::nesting) {
        reading.fail("elements are nested too deep for a database dump", take_again);
    } else if (reading.depth == 1 && element != "database") {
        reading.fail("the root element is <" + made_safe(element) +
                         ">, not <database>: this is no XAPI database dump",
                     "write one with xe pool-dump-database file-name=FILE");
    } else if (reading.depth == 2 && element == "manifest") {
        reading.in_manifest = reading.database.has_manifest = true;
    } else if (reading.depth == 2 && element == "table") {
        enter_table(reading, attributes);
    } else if (reading.depth == 3 && element == "pair" && reading.in_manifest) {
        read_pair(reading, attributes);
    } else if (reading.depth == 3 && element == "row" && reading.table != nullptr) {
        read_row(reading, attributes);
    }
}

void XMLCALL on_end(void* user, const XML_Char* /*name*/) {
    Reading& reading = *static_cast<Reading*>(user);
    if (reading.depth > 0) --reading.depth;
    if (reading.depth == 1) {
        reading.in_manifest = false;
        reading.table = nullptr;
    }
}

void XMLCALL on_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                        const XML_Char* /*public_id*/, int /*has_internal_subset*/) {
    static_cast<Reading*>(user)->fail(
        "a document type declaration is refused: it could hide entities that explode",
        "XAPI writes none; take the dump again: xe pool-dump-database file-name=FILE");
}

/// What expat has against the text, in our words.
Error syntax_error(const Reading& reading, XML_Error code) {
    const bool cut = code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
                     code == XML_ERROR_PARTIAL_CHAR;
    std::string sentence = "the XML is broken: ";
    if (cut) sentence = "the XML ends too early, the file was cut: ";
    sentence += XML_ErrorString(code);
    return bad_input(reading.source, reading.line(), std::move(sentence), take_again);
}

}  // namespace

const std::map<std::string_view, Columns>& database_columns() {
    static const std::map<std::string_view, Columns> tables{
        {"Bond", {"master"}},
        {"Cluster", {"cluster_stack"}},
        {"PBD", {"host", "SR", "currently_attached"}},
        {"PCI", {"pci_id", "device_name"}},
        {"PGPU", {"compatibility_metadata"}},
        {"PIF",
         {"host", "network", "management", "bond_slave_of", "metrics", "sriov_logical_PIF_of"}},
        {"PIF_metrics", {"speed"}},
        {"SR",
         {"uuid", "name_label", "type", "shared", "physical_size", "physical_utilisation",
          "is_tools_sr", "other_config"}},
        {"VBD", {"VM", "VDI", "type", "empty"}},
        {"VDI", {"SR", "virtual_size", "on_boot", "allow_caching", "cbt_enabled"}},
        {"VGPU", {"VM", "type", "resident_on", "PCI"}},
        {"VGPU_type", {"implementation"}},
        {"VIF", {"VM", "network"}},
        {"VLAN", {"tagged_PIF", "untagged_PIF"}},
        {"VM",
         {"uuid",
          "name_label",
          "power_state",
          "is_a_template",
          "is_a_snapshot",
          "is_control_domain",
          "resident_on",
          "scheduled_to_be_resident_on",
          "memory_static_max",
          "memory_dynamic_min",
          "memory_static_min",
          "memory_overhead",
          "VCPUs_max",
          "HVM_shadow_multiplier",
          "HVM_boot_policy",
          "domain_type",
          "platform",
          "other_config",
          "last_boot_CPU_flags",
          "blocked_operations",
          "attached_PCIs",
          "suspend_VDI",
          "ha_restart_priority",
          "ha_always_run",
          "metrics",
          "guest_metrics",
          "groups",
          "pending_guidances"}},
        {"VM_group", {"uuid", "name_label", "placement", "VMs"}},
        {"VM_guest_metrics", {"PV_drivers_version", "PV_drivers_detected", "other"}},
        {"VM_metrics", {"nomigrate", "nested_virt", "current_domain_type"}},
        {"VUSB", {"VM"}},
        {"host",
         {"uuid", "name_label", "enabled", "metrics", "memory_overhead", "boot_free_mem",
          "software_version", "cpu_info", "resident_VMs", "power_on_mode", "license_params",
          "pending_guidances", "ssl_legacy"}},
        {"host_cpu", {"host"}},
        {"host_metrics", {"memory_total", "live"}},
        {"network", {"uuid", "name_label", "other_config"}},
        {"pool",
         {"name_label", "master", "other_config", "ha_enabled", "wlb_enabled", "restrictions",
          "vswitch_controller", "health_check_config", "is_psr_pending"}},
    };
    return tables;
}

const std::string* DatabaseRow::find(std::string_view column) const {
    for (const auto& [name, value] : columns) {
        if (name == column) return &value;
    }
    return nullptr;
}

const DatabaseTable& Database::table(std::string_view name) const {
    static const DatabaseTable none;
    const auto found = tables.find(name);
    return found == tables.end() ? none : found->second;
}

const DatabaseRow* Database::row(std::string_view table_name, std::string_view ref) const {
    const DatabaseTable& rows = table(table_name);
    const auto found = rows.find(ref);
    return found == rows.end() ? nullptr : &found->second;
}

std::size_t Database::rows() const {
    std::size_t count = 0;
    for (const auto& [name, rows] : tables) count += rows.size();
    return count;
}

Result<Database> read_xapi_database(std::string_view text, const std::string& source) {
    if (text.size() > limits::input_bytes) {
        return tl::unexpected(bad_input(source, "",
                                        "the dump has " + std::to_string(text.size()) +
                                            " bytes, more than " +
                                            std::to_string(limits::input_bytes)));
    }
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
        XML_ParserCreate(nullptr), &XML_ParserFree);
    Reading reading;
    if (!parser) {
        return tl::unexpected(bad_input(source, "", "no memory for the XML parser"));
    }
    reading.parser = parser.get();
    reading.source = source;
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
    // In one piece: expat would start every token that spans two pieces again.
    const XML_Status status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (reading.error) return tl::unexpected(std::move(*reading.error));
    if (status != XML_STATUS_OK) {
        return tl::unexpected(syntax_error(reading, XML_GetErrorCode(parser.get())));
    }
    return std::move(reading.database);
}

}  // namespace vacate::codec
