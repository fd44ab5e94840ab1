// The report of many runs: percentiles, what went wrong, and when each host is begun at the latest.
#include <algorithm>
#include <cstdio>
#include <map>

#include "model/rule.hpp"
#include "reports/plan_answer.hpp"
#include "reports/trials_answer.hpp"

namespace vacate {
namespace {

std::int64_t count_of(const Trials& trials) {
    return static_cast<std::int64_t>(trials.runs.size());
}

// "97.1 %", never 0 or 100 where it is not.
std::string share_text(std::int64_t part, std::int64_t whole) {
    if (whole <= 0) return "-";
    std::int64_t tenths = (part * 1000 + whole / 2) / whole;
    if (part > 0 && tenths == 0) return "under 0.1 %";
    if (part < whole && tenths == 1000) return "over 99.9 %";
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %";
}

std::string runs_text(std::int64_t part, std::int64_t whole) {
    return std::to_string(part) + " of " + std::to_string(whole) + " runs, " +
           share_text(part, whole);
}

// As a clock reads it, in few columns; what is short by unit.
std::string brief(Duration time) {
    return time < std::chrono::minutes(1) ? display(time) : clock_text(time);
}

std::vector<std::string> percentile_row(const std::string& label,
                                        const std::vector<Duration>& figures) {
    std::vector<std::string> row{label};
    for (const int percent : shown_percentiles) {
        row.push_back(brief(percentile(figures, percent).value_or(Duration{})));
    }
    row.push_back(brief(*std::min_element(figures.begin(), figures.end())));
    row.push_back(brief(*std::max_element(figures.begin(), figures.end())));
    return row;
}

ReportTable percentile_table(const Trials& trials) {
    ReportTable table;
    table.title = "Of the runs that finish (P95: 95 in 100 of them need no more)";
    table.columns = {{"", false}};
    for (const int percent : shown_percentiles) {
        table.columns.push_back({"P" + std::to_string(percent), true});
    }
    table.columns.push_back({"least", true});
    table.columns.push_back({"most", true});
    table.rows = {percentile_row("makespan", figures_of(trials, &TrialRun::makespan)),
                  percentile_row("mixed versions", figures_of(trials, &TrialRun::mixed_window)),
                  percentile_row("pauses of all VMs", figures_of(trials, &TrialRun::pause_total))};
    return table;
}

std::string reason_text(RunEnd end) {
    switch (end) {
        case RunEnd::finished:
            return "finished";
        case RunEnd::lost_host:
            return "a host does not come back";
        case RunEnd::gave_up:
            return "a migration fails too often";
        case RunEnd::forbidden:
            return "a step is never allowed";
    }
    return "";
}

ReportTable stopped_table(const TrialsAnswer& answer) {
    constexpr std::size_t shown_max = 10;
    ReportTable table;
    table.title = "Runs that come to a stop";
    table.columns = {{"why", false}, {"runs", true}, {"share", true}, {"where first", false}};
    const std::vector<StoppedRuns> all = stopped_runs(answer.trials);
    const std::int64_t runs = count_of(answer.trials);
    for (std::size_t i = 0; i < std::min(shown_max, all.size()); ++i) {
        table.rows.push_back({reason_text(all[i].end), std::to_string(all[i].runs),
                              share_text(all[i].runs, runs),
                              describe(answer.pool, answer.plan.steps[all[i].step])});
    }
    if (all.size() > shown_max) {
        std::int64_t rest = 0;
        for (std::size_t i = shown_max; i < all.size(); ++i) rest += all[i].runs;
        table.rows.push_back({"at other steps", std::to_string(rest), share_text(rest, runs),
                              std::to_string(all.size() - shown_max) + " more"});
    }
    return table;
}

ReportTable host_table(const TrialsAnswer& answer) {
    const std::string rank = "P" + std::to_string(answer.confidence);
    ReportTable table;
    table.title = "Hosts, in the order of the plan (h:mm:ss since the first step)";
    table.columns = {{"host", false}, {rank + " to the end", true}, {"ends last", true}};
    if (answer.window) table.columns.push_back({"begin it at the latest", true});
    const std::int64_t ended = finished(answer.trials);
    for (const HostTrials& host : answer.trials.hosts) {
        const bool first = host.host == answer.pool.coordinator;
        const Duration to_end = percentile(host.to_end, answer.confidence).value_or(never);
        std::vector<std::string> row{answer.pool.hosts[host.host].name + (first ? " *" : ""),
                                     to_end == never ? "never" : clock_text(to_end),
                                     share_text(host.ends_last, ended)};
        if (answer.window) {
            const auto last = last_moment(host, *answer.window, answer.confidence);
            row.push_back(last ? clock_text(*last) : "too late");
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::vector<ReportLine> totals_of(const TrialsAnswer& answer) {
    const Trials& trials = answer.trials;
    const std::int64_t runs = count_of(trials);
    std::vector<ReportLine> totals{{"finish", runs_text(finished(trials), runs)}};
    if (answer.window) {
        totals.push_back({"finish within " + display(*answer.window),
                          runs_text(finished_within(trials, *answer.window), runs)});
        totals.push_back({"begin it at the latest",
                          "the window less the time that " + std::to_string(answer.confidence) +
                              " in 100 of all runs need at most from there to the end"});
    }
    totals.push_back({"seed", std::to_string(answer.seed)});
    return totals;
}

}  // namespace

std::vector<StoppedRuns> stopped_runs(const Trials& trials) {
    std::map<std::pair<Id<Step>, RunEnd>, std::int64_t> counts;
    for (const TrialRun& run : trials.runs) {
        if (run.end != RunEnd::finished) ++counts[{run.step, run.end}];
    }
    std::vector<StoppedRuns> all;
    for (const auto& [where, count] : counts) all.push_back({where.second, where.first, count});
    std::stable_sort(all.begin(), all.end(),
                     [](const StoppedRuns& a, const StoppedRuns& b) { return a.runs > b.runs; });
    return all;
}

Report report_trials(const TrialsAnswer& answer) {
    const std::int64_t runs = count_of(answer.trials);
    const std::int64_t ended = finished(answer.trials);
    const std::string name = answer.pool.name.empty() ? "pool" : answer.pool.name;
    Report report;
    report.verdict = name + ": ";
    if (!answer.varies) {
        report.verdict += "nothing is left to chance, so every run is the same";
    } else {
        report.verdict += std::to_string(ended) + " of " + std::to_string(runs) + " runs finish";
        if (answer.window) {
            report.verdict += ", " +
                              std::to_string(finished_within(answer.trials, *answer.window)) +
                              " of them within " + display(*answer.window);
        }
    }
    if (ended > 0) report.tables.push_back(percentile_table(answer.trials));
    if (ended < runs) report.tables.push_back(stopped_table(answer));
    if (!answer.trials.hosts.empty()) report.tables.push_back(host_table(answer));
    report.totals = totals_of(answer);
    report.findings = answer.findings;
    return report;
}

}  // namespace vacate
