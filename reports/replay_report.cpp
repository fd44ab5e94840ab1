// The report of a replay: cases, single migrations, errors.
#include <array>
#include <cstdio>

#include "reports/replay_answer.hpp"

namespace vacate {
namespace {

std::string number(double value, const char* format) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

std::string seconds_text(Duration time) {
    return number(static_cast<double>(time.count()) / 1e6, "%.2f");
}

std::string milliseconds_text(Duration time) {
    return number(static_cast<double>(time.count()) / 1e3, "%.0f");
}

double error_of(const FigurePair& pair) {
    if (pair.measured.count() <= 0) return 0;
    return static_cast<double>((pair.predicted - pair.measured).count()) /
           static_cast<double>(pair.measured.count());
}

std::string error_text(double error) { return number(100 * error, "%+.1f %%"); }

std::string never(std::size_t count, std::size_t all) {
    if (count == 0) return "";
    return count == all ? "never ends" : std::to_string(count) + " never end";
}

// Makespans tell more than single migrations where there are several; else they say the same.
std::vector<std::string> row_of(const ReplayAnswer& answer, const CaseFigures& figures) {
    const std::string& name = answer.recording.cases[figures.of_case].name;
    std::vector<std::string> row{name, std::to_string(figures.moves)};
    const auto add = [&row](const std::optional<FigurePair>& pair) {
        row.push_back(pair ? seconds_text(pair->predicted) : "-");
        row.push_back(pair ? seconds_text(pair->measured) : "-");
        row.push_back(pair ? error_text(error_of(*pair)) : "-");
    };
    if (figures.incomplete + figures.predicted_incomplete > 0) {
        const std::string predicted = never(figures.predicted_incomplete, figures.moves);
        const std::string measured = never(figures.incomplete, figures.moves);
        row.push_back(predicted.empty() ? "ends" : predicted);
        row.push_back(measured.empty() ? "ends" : measured);
        row.push_back("-");
    } else {
        add(figures.total);
    }
    add(figures.makespan);
    row.push_back(figures.gap ? milliseconds_text(figures.gap->predicted) : "-");
    row.push_back(figures.gap ? milliseconds_text(figures.gap->measured) : "-");
    return row;
}

ReportTable case_table(const ReplayAnswer& answer) {
    ReportTable table;
    table.title = "medians: s of a migration, s of a whole run, ms of silence";
    table.columns = {{"case", false}, {"moves", true},   {"predicted", true}, {"measured", true},
                     {"error", true}, {"run", true},     {"measured", true},  {"error", true},
                     {"gap", true},   {"measured", true}};
    for (const CaseFigures& figures : figures_of(answer.recording, answer.runs)) {
        table.rows.push_back(row_of(answer, figures));
    }
    return table;
}

ReportTable move_table(const ReplayAnswer& answer) {
    ReportTable table;
    table.title = "every migration: s, ms, MB; real: as it was measured";
    table.columns = {{"case", false}, {"run", false},  {"VM", false},  {"total", true},
                     {"real", true},  {"pause", true}, {"real", true}, {"gap", true},
                     {"real", true},  {"MB", true},    {"real", true}};
    const auto megabytes = [](Bytes amount) {
        return number(static_cast<double>(amount.count) / 1e6, "%.0f");
    };
    for (const ReplayedRun& replayed : answer.runs) {
        const RecordedCase& one = answer.recording.cases[replayed.of_case];
        const RecordedRun& run = one.runs[replayed.of_run];
        for (std::size_t i = 0; i < run.moves.size(); ++i) {
            const RecordedMove& move = run.moves[i];
            const MoveForecast& forecast = replayed.forecast.moves[i];
            const auto measured_ms = [](const std::optional<Duration>& time) {
                return time ? milliseconds_text(*time) : "-";
            };
            const std::string total = move.total ? seconds_text(*move.total) : "-";
            table.rows.push_back(
                {one.name, run.name,
                 one.pool.vms[move.vm].name + ", " + one.pool.hosts[move.from].name + " to " +
                     one.pool.hosts[move.to].name,
                 forecast.completed ? seconds_text(forecast.total) : "never ends",
                 move.completed ? total : "not in " + total, milliseconds_text(forecast.pause),
                 measured_ms(move.pause), milliseconds_text(forecast.gap), measured_ms(move.gap),
                 megabytes(forecast.sent), move.sent ? megabytes(*move.sent) : "-"});
        }
    }
    return table;
}

std::string spread_text(const ErrorSpread& spread) {
    if (spread.count == 0) return "not measured";
    return "mean " + number(100 * spread.mean, "%.1f") + ", median " +
           number(100 * spread.median, "%.1f") + ", 90th " + number(100 * spread.p90, "%.1f") +
           ", 95th " + number(100 * spread.p95, "%.1f") + ", bias " +
           number(100 * spread.bias, "%+.1f") + " % of " + std::to_string(spread.count);
}

std::vector<ReportLine> totals_of(const Fidelity& fidelity) {
    std::vector<ReportLine> totals{{"error of migrations", spread_text(fidelity.total)},
                                   {"error of whole runs", spread_text(fidelity.makespan)},
                                   {"error of pauses", spread_text(fidelity.pause)},
                                   {"error of silence", spread_text(fidelity.gap)},
                                   {"error of bytes sent", spread_text(fidelity.sent)}};
    if (fidelity.gap.count > 0) {
        totals.push_back(
            {"silence within 60 ms or 20 %",
             std::to_string(fidelity.gaps_close) + " of " + std::to_string(fidelity.gap.count)});
    }
    if (fidelity.agreed + fidelity.disagreed > 0) {
        totals.push_back({"that never end", std::to_string(fidelity.agreed) + " predicted so, " +
                                                std::to_string(fidelity.disagreed) +
                                                " told apart wrongly"});
    }
    return totals;
}

}  // namespace

Report report_replay(const ReplayAnswer& answer) {
    const Fidelity fidelity = judge(answer.recording, answer.runs);
    Report report;
    const std::size_t moves = fidelity.total.count + fidelity.agreed + fidelity.disagreed;
    report.verdict = std::to_string(answer.runs.size()) + " runs of " +
                     std::to_string(answer.recording.cases.size()) + " cases were replayed, " +
                     std::to_string(moves) + " migrations with a duration";
    report.tables.push_back(case_table(answer));
    if (answer.with_moves) report.tables.push_back(move_table(answer));
    report.totals = totals_of(fidelity);
    report.findings = answer.findings;
    return report;
}

}  // namespace vacate
