// Rows by question, answers in words, maps and matrices.
#include "reports/study_parts.hpp"

#include <algorithm>
#include <array>

#include "reports/headline.hpp"

namespace vacate {
namespace {

// The cell of a line in a named column; nothing (a monostate) where there is none.
const Cell& cell_in(const RowTable& table, const std::vector<Cell>& line, std::string_view column) {
    static const Cell none;
    const auto found = std::find(table.columns.begin(), table.columns.end(), column);
    const auto index = static_cast<std::size_t>(found - table.columns.begin());
    return index < line.size() ? line[index] : none;
}

// The shortest of the cases, against the first one.
std::string best_of(const Rows& rows) {
    const StudyRow* best = nullptr;
    std::size_t none = 0;
    for (const StudyRow* row : rows) {
        const auto value = figure_number(*row, "p50_us");
        if (has_no_plan(*row) || !value) {
            ++none;
        } else if (best == nullptr || *value < *figure_number(*best, "p50_us")) {
            best = row;
        }
    }
    if (best == nullptr) return "No case has a plan";
    std::string text = "Shortest is " + case_name(*best) + ": " + shown_figure(*best, "p50_us");
    if (best != rows.front() && !has_no_plan(*rows.front())) {
        text += ", against " + shown_figure(*rows.front(), "p50_us") + " of " +
                case_name(*rows.front());
    }
    if (none > 0) text += "; " + std::to_string(none) + " of the cases have no plan";
    return text;
}

std::vector<std::string> values_of(const Rows& rows, std::size_t axis) {
    std::vector<std::string> values;
    for (const StudyRow* row : rows) {
        const std::string& value = row->point[axis].second;
        if (std::find(values.begin(), values.end(), value) == values.end()) {
            values.push_back(value);
        }
    }
    return values;
}

}  // namespace

Rows rows_that(const StudyFile& file, std::string_view ask) {
    Rows rows;
    for (const StudyRow& row : file.rows) {
        if (row.ask == ask) rows.push_back(&row);
    }
    return rows;
}

std::string text_figure(const StudyRow& row, std::string_view name) {
    const auto* text = std::get_if<std::string>(&figure_of(row, name));
    return text == nullptr ? std::string() : *text;
}

const RowTable* table_called(const StudyRow& row, std::string_view name) {
    const auto found = std::find_if(row.tables.begin(), row.tables.end(),
                                    [name](const RowTable& one) { return one.name == name; });
    return found == row.tables.end() ? nullptr : &*found;
}

std::string text_in(const RowTable& table, const std::vector<Cell>& line, std::string_view column) {
    const Cell& cell = cell_in(table, line, column);
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* value = std::get_if<std::int64_t>(&cell)) return std::to_string(*value);
    if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "yes" : "no";
    return {};
}
std::int64_t number_in(const RowTable& table, const std::vector<Cell>& line,
                       std::string_view column) {
    const auto* value = std::get_if<std::int64_t>(&cell_in(table, line, column));
    return value == nullptr ? 0 : *value;
}

MainFigure main_figure(std::string_view ask) {
    if (ask == "headroom") return {"upgrade_steps", "steps of growth", false};
    if (ask == "n-k") return {"vms_at_risk", "VMs at risk", true};
    if (ask == "smallest") return {"least_value", "least", true};
    if (ask == "risk") return {"p95_us", "P95", true};
    if (ask == "when") return {"hosts_tonight", "hosts", false};
    return {"p50_us", "makespan, P50", true};
}

bool has_no_plan(const StudyRow& row) {
    const std::string feasible = text_figure(row, "feasible");
    return !feasible.empty() && feasible != "yes";
}

bool misses_window(const StudyRow& row) {
    const auto within = figure_number(row, "within_window_ppm");
    return within && *within < 500'000;
}

std::string_view ask_title(std::string_view ask) {
    constexpr std::array<std::string_view, ask_names.size()> titles{"Comparison",
                                                                    "Headroom",
                                                                    "The smallest that does",
                                                                    "Losing a host on the way",
                                                                    "Risk",
                                                                    "What fits into the window"};
    const auto found = std::find(ask_names.begin(), ask_names.end(), ask);
    return found == ask_names.end() ? "Answers"
                                    : titles[static_cast<std::size_t>(found - ask_names.begin())];
}

std::string sentence_of(const StudyRow& row) {
    if (row.ask == "headroom") {
        const std::string upgrade = text_figure(row, "upgrade_headroom");
        const std::string loss = text_figure(row, "loss_headroom");
        return (upgrade.empty() ? "cannot be upgraded as it is" : "up to " + upgrade + " more") +
               (loss.empty() ? "" : ", up to " + loss + " if it must survive a loss");
    }
    if (row.ask == "n-k") {
        return shown_figure(row, "survivable") + " of " + shown_figure(row, "cases") +
               " losses can be survived";
    }
    if (row.ask == "smallest") {
        const std::string least = text_figure(row, "least");
        return least.empty() ? "nothing that was tried is enough" : "at least " + least;
    }
    if (row.ask == "when") {
        return shown_figure(row, "hosts_tonight") + " hosts fit, " +
               shown_figure(row, "hosts_left") + " are left";
    }
    if (has_no_plan(row)) return "no plan";
    if (row.ask == "risk") {
        const bool window = figure_number(row, "within_window_ppm").has_value();
        return shown_figure(row, "finish_ppm") + " of the runs finish" +
               (window ? ", " + shown_figure(row, "within_window_ppm") + " in the window" : "");
    }
    return "ends after " + shown_figure(row, "p50_us");
}

std::vector<std::string> asks_in(const StudyFile& file) {
    std::vector<std::string> asks;
    for (const StudyRow& row : file.rows) {
        if (std::find(asks.begin(), asks.end(), row.ask) == asks.end()) asks.push_back(row.ask);
    }
    return asks;
}

std::string study_state(const StudyFile& file) {
    const auto count = static_cast<std::int64_t>(file.rows.size());
    if (count == file.head.rows) return std::to_string(count) + " answers";
    return std::to_string(count) + " of " + std::to_string(file.head.rows) +
           " answers; the study was stopped";
}

std::vector<std::string> study_answers(const StudyFile& file) {
    std::vector<std::string> answers;
    for (const std::string& ask : asks_in(file)) {
        const Rows rows = rows_that(file, ask);
        if (ask == "compare") {
            answers.push_back(best_of(rows));
            continue;
        }
        for (std::size_t i = 0; i < std::min<std::size_t>(3, rows.size()); ++i) {
            answers.push_back(case_name(*rows[i]) + ": " + sentence_of(*rows[i]));
        }
    }
    return answers;
}

int Heat::shade(std::int64_t value) const {
    if (most <= least) return 0;
    const double part = static_cast<double>(value - least) / static_cast<double>(most - least);
    const double bad = figure.less_is_better ? part : 1 - part;
    return std::min(3, static_cast<int>(bad * 4));
}

Heat heat_of(const StudyFile& file, std::string_view ask) {
    Heat heat;
    heat.figure = main_figure(ask);
    for (const StudyRow* row : rows_that(file, ask)) {
        if (row->point.size() != 2) continue;
        auto found = std::find_if(heat.maps.begin(), heat.maps.end(), [row](const HeatMap& map) {
            return map.variant == row->variant;
        });
        if (found == heat.maps.end()) found = heat.maps.insert(found, {row->variant, {}, {}, {}});
        found->rows.push_back(row);
        if (!has_value(*row, heat.figure.name)) continue;
        const std::int64_t value = figure_number(*row, heat.figure.name).value_or(0);
        heat.least = std::min(heat.least, value);
        heat.most = std::max(heat.most, value);
    }
    for (HeatMap& map : heat.maps) {
        map.down = values_of(map.rows, 0);
        map.across = values_of(map.rows, 1);
    }
    return heat;
}

const StudyRow* row_at(const HeatMap& map, const std::string& down, const std::string& across) {
    const auto found = std::find_if(map.rows.begin(), map.rows.end(), [&](const StudyRow* row) {
        return row->point[0].second == down && row->point[1].second == across;
    });
    return found == map.rows.end() ? nullptr : *found;
}

bool has_value(const StudyRow& row, std::string_view figure) {
    return !has_no_plan(row) && figure_number(row, figure).has_value();
}

std::string heat_text(const StudyRow& row, std::string_view figure) {
    if (!has_value(row, figure)) return "\xe2\x96\xa0";
    const std::string mark = misses_window(row) ? "\xe2\x96\xb2 " : "";
    const std::int64_t value = figure_number(row, figure).value_or(0);
    if (!figure.ends_with("_us")) return mark + shown_figure(row, figure);
    if (value == Duration::max().count()) return mark + "never";
    // Cells are narrow.
    return mark + short_display(Duration{value});
}

LossMatrix losses_of(const StudyRow& row) {
    LossMatrix matrix;
    const RowTable* table = table_called(row, "losses");
    if (table == nullptr) return matrix;
    for (const auto& line : table->rows) {
        const std::string host = text_in(*table, line, "lost");
        const std::int64_t stage = number_in(*table, line, "stage");
        if (std::find(matrix.hosts.begin(), matrix.hosts.end(), host) == matrix.hosts.end()) {
            matrix.hosts.push_back(host);
        }
        const Loss loss{text_in(*table, line, "survival"), text_in(*table, line, "when"),
                        text_in(*table, line, "vms")};
        matrix.stages.emplace(stage, loss.when);
        matrix.losses[{host, stage}] = loss;
    }
    return matrix;
}

const char* mark_of(const std::string& survival) {
    if (survival == "survivable") return "\xe2\x9c\x93";
    return survival == "not found" ? "\xe2\x96\xb2" : "\xe2\x96\xa0";
}

}  // namespace vacate
