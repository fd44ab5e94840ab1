// Hosts, debts, plans and steps of a run, in letters.
#include "reports/run_tables.hpp"

#include <utility>

#include "reports/headline.hpp"

namespace vacate {
namespace {

constexpr const char* nothing = "-";

std::string at_text(const TimelineReport& report, const std::optional<Since>& at) {
    return at ? report.clock.at(*at) : nothing;
}

std::optional<Since> begin_of(const std::optional<Stretch>& stretch) {
    return stretch ? std::optional<Since>(stretch->begins) : std::nullopt;
}

std::optional<Since> end_of(const std::optional<Stretch>& stretch) {
    return stretch ? std::optional<Since>(stretch->ends) : std::nullopt;
}

ReportTable turns_table(const TimelineReport& report) {
    ReportTable table;
    table.title = "Hosts, planned and real (* coordinator)";
    table.columns = {{"host", false},       {"planned", true},      {"begun", true},
                     {"planned end", true}, {"in use again", true}, {"off", true},
                     {"down", true},        {"out", true},          {"failed", true}};
    for (const HostTurn& turn : report.run->turns) {
        if (!turn.planned && !turn.begun) continue;
        const HostLane& lane = lane_of(report.course, turn.host);
        const std::optional<Since> ends = end_of(turn.planned);
        const bool first = turn.host == report.answer.pool.coordinator;
        table.rows.push_back(
            {report.answer.pool.hosts[turn.host].name + (first ? " *" : "") +
                 (turn.is_slow ? " (slow)" : ""),
             at_text(report, begin_of(turn.planned)), at_text(report, turn.begun),
             at_text(report, ends), at_text(report, turn.ended),
             turn.is_undone       ? "put back"
             : ends && turn.ended ? off_text(*turn.ended - *ends)
                                  : nothing,
             lane.down ? short_display(lane.down->ends - lane.down->begins) : nothing,
             std::to_string(lane.out), std::to_string(turn.failed)});
    }
    return table;
}

ReportTable owed_table(const TimelineReport& report) {
    ReportTable table{"Still to be put back", {{"what", false}}, {}};
    for (const std::string& one : report.run->owed) table.rows.push_back({one});
    return table;
}

ReportTable plans_table(const TimelineReport& report) {
    ReportTable table;
    table.title = "Plans on the way";
    table.columns = {{"#", true},     {"adopted", true}, {"why", false},
                     {"steps", true}, {"done", true},    {"promised end", true}};
    for (const AdoptedPlan& plan : report.run->plans) {
        table.rows.push_back({std::to_string(table.rows.size() + 1), report.clock.at(plan.at),
                              plan.reason, std::to_string(plan.steps), std::to_string(plan.done),
                              report.clock.at(plan.ends)});
    }
    if (table.rows.size() < 2) table.rows.clear();
    return table;
}

ReportTable gaps_table(const TimelineReport& report) {
    ReportTable table;
    table.title = gaps_title;
    table.columns = {{"last record", true}, {"goes on", true}, {"lasted", true}};
    for (const Stretch& gap : report.run->gaps) {
        table.rows.push_back({report.clock.at(gap.begins), report.clock.at(gap.ends),
                              short_display(gap.ends - gap.begins)});
    }
    return table;
}

ReportTable steps_table(const TimelineReport& report) {
    ReportTable table;
    table.title = "Steps";
    table.columns = {
        {"", false}, {"planned", true}, {"begun", true}, {"ended", true}, {"step", false}};
    for (const RunStep& step : report.run->steps) {
        const bool over = is_over(step.state);
        std::string what = step.what;
        if (step.attempt > 1) what += ", attempt " + std::to_string(step.attempt);
        if (!step.said.empty()) what += ": " + step.said;
        table.rows.push_back({state_text(step.state), at_text(report, begin_of(step.planned)),
                              at_text(report, begin_of(step.happened)),
                              over ? at_text(report, end_of(step.happened)) : nothing,
                              std::move(what)});
    }
    return table;
}

}  // namespace

std::string state_text(RunStep::State state) {
    switch (state) {
        case RunStep::State::waits:
            return "waits";
        case RunStep::State::running:
            return "runs";
        case RunStep::State::done:
            return "done";
        case RunStep::State::failed:
            return "failed";
        case RunStep::State::repeated:
            return "repeated";
    }
    return {};
}

bool is_over(RunStep::State state) {
    return state != RunStep::State::waits && state != RunStep::State::running;
}

std::string off_text(Duration off) {
    const Duration size = off.count() < 0 ? -off : off;
    if (size < std::chrono::seconds(1)) return "0";
    return (off.count() < 0 ? "\xe2\x88\x92" : "+") + short_display(size);
}

std::vector<ReportTable> run_tables(const TimelineReport& report) {
    std::vector<ReportTable> tables{turns_table(report), owed_table(report), plans_table(report),
                                    gaps_table(report), steps_table(report)};
    std::erase_if(tables, [](const ReportTable& one) { return one.rows.empty(); });
    return tables;
}

}  // namespace vacate
