// Matrix, curve and grids.
#include "reports/study_charts.hpp"

#include <algorithm>
#include <utility>

#include "reports/plan_answer.hpp"

namespace vacate {
namespace {

const RowTable* table_called(const StudyRow& row, std::string_view name) {
    const auto found = std::find_if(row.tables.begin(), row.tables.end(),
                                    [name](const RowTable& table) { return table.name == name; });
    return found == row.tables.end() ? nullptr : &*found;
}

// Hosts downwards, stages from left to right, of one row of n-k.
std::optional<ReportTable> matrix_of(const StudyRow& row) {
    constexpr std::size_t stages_max = 40;
    const RowTable* losses = table_called(row, "losses");
    if (losses == nullptr || number(figure_of(row, "losses")) != 1) return std::nullopt;
    ReportTable table;
    table.title = "n-k of " + case_name(row) +
                  ": stages from left to right (+ survivable, X not survivable, ? not found)";
    const std::int64_t stages = number(figure_of(row, "stages"));
    if (stages > static_cast<std::int64_t>(stages_max)) {
        table.title +=
            "; the first " + std::to_string(stages_max) + " of " + std::to_string(stages);
    }
    table.columns = {{"host lost", false}, {"stages", false}};
    for (const auto& line : losses->rows) {
        const std::string host = std::get<std::string>(line[3]);
        const std::string& survival = std::get<std::string>(line[4]);
        auto at = std::find_if(table.rows.begin(), table.rows.end(),
                               [&host](const auto& one) { return one.front() == host; });
        if (at == table.rows.end()) at = table.rows.insert(at, {host, ""});
        std::string& marks = (*at)[1];
        if (marks.size() >= stages_max) continue;
        marks += survival == "survivable" ? '+' : survival == "not found" ? '?' : 'X';
    }
    return table;
}

// A bar for each growth that was tried and has a plan.
std::optional<ReportTable> curve_of(const StudyRow& row) {
    constexpr std::int64_t bar_max = 40;
    const RowTable* probes = table_called(row, "upgrade_probes");
    if (probes == nullptr) return std::nullopt;
    std::int64_t longest = 0;
    for (const auto& line : probes->rows) longest = std::max(longest, number(line[3]));
    if (longest == 0) return std::nullopt;
    ReportTable table;
    table.title = "headroom of " + case_name(row) + ": how long the upgrade takes";
    table.columns = {{"growth", true}, {"makespan", true}, {"", false}};
    for (const auto& line : probes->rows) {
        const std::int64_t makespan = number(line[3]);
        const bool holds = std::get<bool>(line[2]);
        const auto length = static_cast<std::size_t>(makespan * bar_max / longest);
        table.rows.push_back({std::get<std::string>(line[1]),
                              holds ? clock_text(Duration{makespan}) : "none found",
                              std::string(holds ? length : 0, '#')});
    }
    return table;
}

std::string median_of(const StudyRow& row) {
    std::int64_t time = number(figure_of(row, "p50_us"));
    if (time == 0) time = number(figure_of(row, "makespan_us"));
    if (time == Duration::max().count()) return "never";
    return time == 0 ? "-" : clock_text(Duration{time});
}

std::string title_of_grid(const StudyRow& row) {
    return "P50 of " + row.variant + ": " + row.point[0].first + " downwards, " +
           row.point[1].first + " across";
}

void put_in_grid(const StudyRow& row, ReportTable& grid) {
    const std::string& down = row.point[0].second;
    const std::string& across = row.point[1].second;
    auto column = std::find_if(grid.columns.begin() + 1, grid.columns.end(),
                               [&across](const auto& one) { return one.heading == across; });
    if (column == grid.columns.end()) {
        column = grid.columns.insert(column, {across, true});
        for (auto& line : grid.rows) line.emplace_back("-");
    }
    auto line = std::find_if(grid.rows.begin(), grid.rows.end(),
                             [&down](const auto& one) { return one.front() == down; });
    if (line == grid.rows.end()) {
        line = grid.rows.insert(line, std::vector<std::string>(grid.columns.size(), "-"));
        line->front() = down;
    }
    (*line)[static_cast<std::size_t>(column - grid.columns.begin())] = median_of(row);
}

}  // namespace

std::string case_name(const StudyRow& row) {
    std::string text = row.variant;
    for (const auto& value : row.point) text += ", " + value.second;
    return text;
}

std::int64_t number(const Cell& cell) {
    const auto* found = std::get_if<std::int64_t>(&cell);
    return found == nullptr ? 0 : *found;
}

std::optional<ReportTable> chart_of(const StudyRow& row) {
    return row.ask == "n-k" ? matrix_of(row) : curve_of(row);
}

std::vector<ReportTable> grids_of(const std::vector<StudyRow>& rows) {
    constexpr std::size_t columns_max = 10;
    std::vector<ReportTable> grids;
    for (const StudyRow& row : rows) {
        if (row.ask != "compare" || row.point.size() != 2) continue;
        const std::string title = title_of_grid(row);
        auto grid = std::find_if(grids.begin(), grids.end(),
                                 [&title](const auto& one) { return one.title == title; });
        if (grid == grids.end()) grid = grids.insert(grid, {title, {{"", false}}, {}});
        put_in_grid(row, *grid);
    }
    std::erase_if(grids, [](const ReportTable& grid) {
        const bool is_line = grid.rows.size() < 2 || grid.columns.size() < 3;
        return is_line || grid.columns.size() > columns_max + 1;
    });
    return grids;
}

}  // namespace vacate
