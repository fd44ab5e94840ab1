// Tables of a study: one for each question, a line for each case.
#include <algorithm>
#include <array>
#include <utility>

#include "model/rule.hpp"
#include "reports/plan_answer.hpp"
#include "reports/study_answer.hpp"

namespace vacate {
namespace {

using Columns = std::vector<StudyColumn>;

// A case that was run once has no P50 but its makespan.
const Cell& told_figure(const StudyRow& row, std::string_view name) {
    const bool has_no_runs =
        name == "p50_us" && std::holds_alternative<std::monostate>(figure_of(row, name));
    return figure_of(row, has_no_runs ? "makespan_us" : name);
}

bool none_down(const std::vector<StudyRow>& rows) {
    return std::all_of(rows.begin(), rows.end(),
                       [](const StudyRow& row) { return number(figure_of(row, "vms_down")) == 0; });
}

ReportTable table_of(const std::vector<StudyRow>& rows, const std::string& ask) {
    ReportTable table;
    table.title = study_title(ask);
    table.columns.push_back({"case", false});
    Columns columns = study_columns(ask);
    std::erase_if(columns, [&](const StudyColumn& column) {
        return column.figure == "vms_down" && none_down(rows);
    });
    for (const StudyColumn& column : columns) {
        table.columns.push_back({std::string(column.heading), column.right});
    }
    for (const StudyRow& row : rows) {
        if (row.ask != ask) continue;
        std::vector<std::string> line{case_name(row)};
        for (const StudyColumn& column : columns) line.push_back(shown_figure(row, column.figure));
        table.rows.push_back(std::move(line));
    }
    return table;
}

// The hosts by name, where the row has them.
void add_words(const StudyRow& row, Findings& findings) {
    const std::string subject = row.ask + " of " + case_name(row);
    const auto say = [&](std::string_view figure, const std::string& before) {
        const auto* text = std::get_if<std::string>(&figure_of(row, figure));
        if (text == nullptr || text->empty()) return;
        const std::string sentence = before + *text;
        const bool is_said =
            std::any_of(findings.begin(), findings.end(),
                        [&sentence](const Finding& one) { return one.sentence == sentence; });
        if (!is_said) findings.push_back({Severity::know, "WHATIF", subject, sentence, ""});
    };
    say("hosts", "tonight: ");
    say("upgrade_reason", "beyond it the upgrade: ");
    say("loss_reason", "beyond it a loss: ");
    say("first_break", "breaks first: ");
    say("reason", "");
}

}  // namespace

std::string shown_figure(const StudyRow& row, std::string_view name) {
    const Cell& cell = told_figure(row, name);
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "yes" : "no";
    if (std::holds_alternative<std::monostate>(cell)) return "-";
    const std::int64_t value = number(cell);
    if (name.ends_with("_us")) {
        return value == Duration::max().count() ? "never" : clock_text(Duration{value});
    }
    if (name.ends_with("_bytes")) return display(Bytes{value});
    if (name.ends_with("_ppm")) {
        const std::int64_t hundredths = value / 100;
        const std::string rest = std::to_string(hundredths % 100);
        return std::to_string(hundredths / 100) + '.' + (rest.size() < 2 ? "0" : "") + rest + " %";
    }
    return std::to_string(value);
}

const std::vector<StudyColumn>& study_columns(std::string_view ask) {
    static const std::array<Columns, ask_names.size()> all{
        Columns{{"feasible", "plan", false},
                {"p50_us", "P50"},
                {"p95_us", "P95"},
                {"mixed_window_us", "mixed"},
                {"moves", "moves"},
                {"tightest_host", "tightest", false},
                {"spare_hosts", "spare"},
                {"vms_down", "down"}},
        Columns{{"upgrade_headroom", "upgradable up to", false},
                {"upgrade_more_bytes", "memory"},
                {"upgrade_rules", "breaks", false},
                {"loss_headroom", "one loss up to", false},
                {"loss_more_bytes", "memory"}},
        Columns{{"least", "least", false}, {"needed_us", "needed"}, {"limit", "one less", false}},
        Columns{{"stages", "stages"},
                {"cases", "losses"},
                {"survivable", "survivable"},
                {"not_survivable", "not survivable"},
                {"not_found", "not found"},
                {"vms_at_risk", "VMs at risk"}},
        Columns{{"feasible", "plan", false},
                {"finish_ppm", "finish"},
                {"within_window_ppm", "in window"},
                {"p50_us", "P50"},
                {"p95_us", "P95"},
                {"p99_us", "P99"},
                {"vms_stopped", "stopped"},
                {"vms_left_down_ppm", "left down"}},
        Columns{{"hosts_tonight", "tonight"},
                {"needed_us", "needed"},
                {"hosts_left", "left"},
                {"mixed", "mixed", false},
                {"fullest_host", "fullest", false},
                {"fullest_free_bytes", "free"},
                {"losses_survived", "losses survived"}}};
    const auto found = std::find(ask_names.begin(), ask_names.end(), ask);
    return all[static_cast<std::size_t>(found - ask_names.begin()) % all.size()];
}

std::string study_title(std::string_view ask) {
    if (ask == "compare") {
        return "compare (h:mm:ss; spare: losses the pool survives as it stands; down: VMs lost)";
    }
    if (ask == "headroom") return "headroom (VMs grow where they are)";
    if (ask == "n-k") return "n-k (hosts lost at every stage of the plan)";
    if (ask == "when") return "when (hosts of this window, coordinator first)";
    return std::string(ask);
}

std::optional<std::int64_t> figure_number(const StudyRow& row, std::string_view name) {
    const Cell& cell = told_figure(row, name);
    if (const auto* found = std::get_if<std::int64_t>(&cell)) return *found;
    return std::nullopt;
}

void StudyTables::add(const StudyRow& row) {
    ++count_;
    const auto* feasible = std::get_if<std::string>(&figure_of(row, "feasible"));
    const bool asks_feasible =
        std::any_of(row.figures.begin(), row.figures.end(),
                    [](const Figure& one) { return one.name == "feasible"; });
    const bool has_frontier =
        !std::holds_alternative<std::monostate>(figure_of(row, "upgrade_steps")) ||
        !std::holds_alternative<std::monostate>(figure_of(row, "least_value"));
    if (asks_feasible ? feasible != nullptr && *feasible == "yes" : has_frontier) any_yes_ = true;
    if (rows_.size() < rows_shown) rows_.push_back(row);
}

Report StudyTables::report() const {
    Report report;
    const std::string pool = head_.pool.empty() ? "pool" : head_.pool;
    report.verdict = pool + ": " + std::to_string(count_) + (count_ == 1 ? " row" : " rows");
    if (count_ < head_.rows) report.verdict += " of " + std::to_string(head_.rows);
    if (!head_.about.empty()) report.verdict += ". " + head_.about;
    std::vector<std::string> asked;
    for (const StudyRow& row : rows_) {
        if (std::find(asked.begin(), asked.end(), row.ask) != asked.end()) continue;
        asked.push_back(row.ask);
        report.tables.push_back(table_of(rows_, row.ask));
    }
    constexpr std::size_t told = 12;
    for (ReportTable& grid : grids_of(rows_)) {
        if (report.tables.size() < told) report.tables.push_back(std::move(grid));
    }
    for (const StudyRow& row : rows_) {
        if (report.tables.size() < told) {
            if (auto chart = chart_of(row)) report.tables.push_back(std::move(*chart));
        }
        if (report.findings.size() < told) add_words(row, report.findings);
    }
    if (count_ > static_cast<std::int64_t>(rows_.size())) {
        report.totals.push_back(
            {"not shown", std::to_string(count_ - static_cast<std::int64_t>(rows_.size())) +
                              " more rows; --json has them all"});
    }
    return report;
}

}  // namespace vacate
