// Rows of a study as JSON lines and CSV, and back.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "reports/study_answer.hpp"

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
    if (const auto* flag = std::get_if<bool>(&cell)) return *flag;
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return nullptr;
}

std::string dumped(const Json& json) {
    // What is no UTF-8 is written as U+FFFD.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Cell> cell_of(const Json& json) {
    if (json.is_null()) return Cell{};
    if (json.is_number_integer()) return Cell{json.get<std::int64_t>()};
    if (json.is_boolean()) return Cell{json.get<bool>()};
    if (json.is_string()) return Cell{json.get<std::string>()};
    return std::nullopt;
}

std::optional<RowTable> table_of(const std::string& name, const Json& json) {
    RowTable table{name, {}, {}};
    const auto columns = json.find("columns");
    const auto rows = json.find("rows");
    if (columns == json.end() || rows == json.end()) return std::nullopt;
    for (const Json& column : *columns) {
        if (!column.is_string()) return std::nullopt;
        table.columns.push_back(column.get<std::string>());
    }
    for (const Json& line : *rows) {
        std::vector<Cell> cells;
        for (const Json& one : line) {
            auto cell = cell_of(one);
            if (!cell) return std::nullopt;
            cells.push_back(std::move(*cell));
        }
        if (cells.size() != table.columns.size()) return std::nullopt;
        table.rows.push_back(std::move(cells));
    }
    return table;
}

bool read_figures(const Json& json, StudyRow& row) {
    for (const auto& [name, value] : json.items()) {
        auto cell = cell_of(value);
        if (!cell) return false;
        row.figures.push_back({name, std::move(*cell)});
    }
    return true;
}

bool has(const Json& json, const char* name, Json::value_t kind) {
    const auto found = json.find(name);
    return found != json.end() && found->type() == kind;
}

std::optional<StudyHead> head_of(const Json& json) {
    const bool fits = json.is_object() && json.value("format", Json()) == "vacate-study-rows-1" &&
                      has(json, "pool", Json::value_t::string) &&
                      has(json, "fingerprint", Json::value_t::string) && json.contains("rows") &&
                      json["rows"].is_number_integer();
    if (!fits) return std::nullopt;
    StudyHead head;
    head.pool = json["pool"].get<std::string>();
    if (has(json, "base", Json::value_t::string)) head.base = json["base"].get<std::string>();
    if (has(json, "about", Json::value_t::string)) head.about = json["about"].get<std::string>();
    const std::string digits = json["fingerprint"].get<std::string>();
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, head.fingerprint, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    head.rows = json["rows"].get<std::int64_t>();
    return head;
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char letter : text)
        quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return quoted + "\"";
}

std::string csv_cell(const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "true" : "false";
    if (const auto* text = std::get_if<std::string>(&cell)) return csv_cell(*text);
    return {};
}

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

std::string head_json(const StudyHead& head) {
    std::array<char, 20> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx",
                  static_cast<unsigned long long>(head.fingerprint));
    Json json;
    json["format"] = "vacate-study-rows-1";
    json["fingerprint"] = digits.data();
    json["rows"] = head.rows;
    json["pool"] = head.pool;
    json["base"] = head.base;
    if (!head.about.empty()) json["about"] = head.about;
    return dumped(json);
}

std::string row_json(const StudyRow& row) {
    Json json;
    json["row"] = row.number;
    json["ask"] = row.ask;
    json["variant"] = row.variant;
    if (!row.point.empty()) {
        Json point = Json::array();
        for (const auto& [axis, value] : row.point) point.push_back({axis, value});
        json["point"] = std::move(point);
    }
    Json figures = Json::object();
    for (const Figure& one : row.figures) figures[one.name] = json_of(one.value);
    json["figures"] = std::move(figures);
    for (const RowTable& table : row.tables) {
        Json lines = Json::array();
        for (const auto& line : table.rows) {
            Json cells = Json::array();
            for (const Cell& cell : line) cells.push_back(json_of(cell));
            lines.push_back(std::move(cells));
        }
        json["tables"][table.name] = {{"columns", table.columns}, {"rows", std::move(lines)}};
    }
    return dumped(json);
}

std::optional<StudyRow> read_row(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    const bool fits = json.is_object() && json.contains("row") && json["row"].is_number_integer() &&
                      has(json, "ask", Json::value_t::string) &&
                      has(json, "variant", Json::value_t::string) &&
                      has(json, "figures", Json::value_t::object);
    if (!fits) return std::nullopt;
    StudyRow row;
    row.number = json["row"].get<std::int64_t>();
    row.ask = json["ask"].get<std::string>();
    row.variant = json["variant"].get<std::string>();
    if (const auto point = json.find("point"); point != json.end()) {
        for (const Json& one : *point) {
            if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !one[1].is_string()) {
                return std::nullopt;
            }
            row.point.emplace_back(one[0].get<std::string>(), one[1].get<std::string>());
        }
    }
    if (!read_figures(json["figures"], row)) return std::nullopt;
    if (const auto tables = json.find("tables"); tables != json.end()) {
        for (const auto& [name, table] : tables->items()) {
            auto read = table_of(name, table);
            if (!read) return std::nullopt;
            row.tables.push_back(std::move(*read));
        }
    }
    return row;
}

std::optional<StudyFile> read_study_file(std::string_view text) {
    StudyFile file;
    const auto add_row = [&file](std::string_view line) {
        auto row = read_row(line);
        if (row) file.rows.push_back(std::move(*row));
        return row.has_value();
    };
    // One document, or a head and a row a line.
    const Json whole = Json::parse(text, nullptr, false);
    const bool is_one =
        whole.is_object() && whole.contains("study") && has(whole, "rows", Json::value_t::array);
    const std::size_t first = std::min(text.find('\n'), text.size());
    const auto head =
        head_of(is_one ? whole["study"] : Json::parse(text.substr(0, first), nullptr, false));
    if (!head) return std::nullopt;
    file.head = *head;
    if (is_one) {
        for (const Json& row : whole["rows"]) {
            if (!add_row(dumped(row))) return std::nullopt;
        }
        return file;
    }
    for (std::size_t at = first + 1; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string_view::npos) break;  // it was being written
        if (!add_row(text.substr(at, end - at))) return std::nullopt;
        at = end + 1;
    }
    return file;
}

std::string study_json(const StudyFile& file) {
    std::string out = "{\"study\": " + head_json(file.head) + ",\n\"rows\": [";
    const char* before = "\n";
    for (const StudyRow& row : file.rows) {
        out += before + row_json(row);
        before = ",\n";
    }
    const auto next = static_cast<std::int64_t>(file.rows.size());
    return out + (next < file.head.rows ? "\n],\n\"next\": " + std::to_string(next) + "}\n"
                                        : std::string("\n]}\n"));
}

StudyCsv::StudyCsv(const Study& study) {
    for (const Sweep& sweep : study.sweeps) {
        for (const Axis& axis : sweep.axes) add_once(axes_, axis.name);
    }
    for (const Question& question : study.questions) {
        for (const std::string& name : figure_names(question.ask)) add_once(figures_, name);
    }
}

std::string StudyCsv::head() const {
    std::string text = "row,ask,variant";
    for (const std::string& axis : axes_) text += ',' + csv_cell(axis);
    for (const std::string& figure : figures_) text += ',' + figure;
    return text;
}

std::string StudyCsv::line(const StudyRow& row) const {
    std::string text = std::to_string(row.number) + ',' + row.ask + ',' + csv_cell(row.variant);
    for (const std::string& axis : axes_) {
        const auto found = std::find_if(row.point.begin(), row.point.end(),
                                        [&axis](const auto& value) { return value.first == axis; });
        text += ',' + (found == row.point.end() ? std::string() : csv_cell(found->second));
    }
    for (const std::string& name : figures_) text += ',' + csv_cell(figure_of(row, name));
    return text;
}

}  // namespace vacate
