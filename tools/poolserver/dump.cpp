// Writes rows as XML attributes.
#include "tools/poolserver/dump.hpp"

#include <algorithm>

#include "tools/poolserver/markup.hpp"
#include "tools/xapi_wire/database_text.hpp"

namespace vacate::poolserver {
namespace {

/// Prefixes whose fields have a column "prefix__rest"; classes where names stay plain.
constexpr std::string_view namespaces[]{
    "name_", "memory_", "VCPUs_", "actions_after", "PV_", "HVM_", "API_version_", "qos_", "io_"};

std::string column_of(const Class& of, const std::string& field) {
    const bool plain = of.name == "pool" || of.name == "VM_guest_metrics";
    if (plain) return field;
    for (const std::string_view prefix : namespaces) {
        if (!field.starts_with(prefix)) continue;
        const std::size_t at = field.find('_') + (prefix == "API_version_" ? 8 : 0);
        return field.substr(0, at) + "_" + field.substr(at);
    }
    return field;
}

/// White space as XAPI protects it, and what XML needs.
std::string attribute(std::string_view words) {
    static constexpr std::pair<char, std::string_view> written[]{
        {' ', "%."}, {'\t', "%t"}, {'\n', "%n"}, {'\r', "%r"}, {'%', "%%"}};
    std::string kept;
    for (const char c : words) {
        const auto* const found =
            std::ranges::find_if(written, [&](const auto& each) { return each.first == c; });
        if (found == std::end(written)) {
            kept.push_back(c);
        } else {
            kept += found->second;
        }
    }
    std::string result;
    add_escaped(result, kept, "&<>\"");
    return result;
}

bool is_volatile(std::string_view name) {
    return name == "session" || name == "task" || name == "event" || name == "message";
}

void append_row(const Class& of, const Object& object, std::string& text) {
    text += "<row ref=\"" + object.ref + "\" __ctime=\"" + std::to_string(object.created) +
            "\" __mtime=\"" + std::to_string(object.modified) + "\" _ref=\"" + object.ref + "\"";
    for (std::size_t i = 0; i < of.fields.size(); ++i) {
        text += " " + column_of(of, of.fields[i].name) + "=\"" +
                attribute(wire::database_text(object.fields[i])) + "\"";
    }
    text += "/>";
}

std::string manifest(std::string_view minor, Generation generation) {
    const auto pair = [](std::string_view key, std::string_view value) {
        return "<pair key=\"" + std::string(key) + "\" value=\"" + std::string(value) + "\"/>";
    };
    return "<manifest>" + pair("schema_major_vsn", "5") + pair("schema_minor_vsn", minor) +
           pair("generation_count", std::to_string(generation)) + "</manifest>";
}

}  // namespace

std::string dump(const Database& database) {
    std::string text = "<database>" + manifest("775", database.generation());
    const Schema& schema = database.schema();
    for (std::size_t i = 0; i < schema.classes().size(); ++i) {
        text += "<table name=\"" + schema[i].name + "\">";
        if (!is_volatile(schema[i].name)) {
            for (const auto& [ref, object] : database.table(i)) append_row(schema[i], object, text);
        }
        text += "</table>";
    }
    return text + "</database>\n";
}

std::string empty_dump() { return "<database>" + manifest("35", 0) + "</database>\n"; }

}  // namespace vacate::poolserver
