// Hosts, plans, steps and the journal of a run as tables.
#include "reports/run_html.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/page.hpp"
#include "reports/run_tables.hpp"

namespace vacate {
namespace {

std::string plain_cell(const std::string& markup) { return "<td>" + markup + "</td>"; }

std::string heading(const std::string& text, bool right = false) {
    return "<th scope=\"col\"" + std::string(right ? " class=\"r\"" : "") + ">" + text + "</th>";
}

std::string time_cell(const TimelineReport& report, const std::optional<Since>& at) {
    if (!at) return cell_html("\xe2\x80\x93", INT64_MAX);
    return cell_html(escaped(report.clock.at(*at)), at->count());
}

std::string off_cell(const std::optional<Since>& planned, const std::optional<Since>& real) {
    if (!planned || !real) return cell_html("\xe2\x80\x93", INT64_MAX);
    return cell_html(escaped(off_text(*real - *planned)), (*real - *planned).count());
}

// A sign for each state in its order, for those who do not see colours.
std::string state_chip(RunStep::State state) {
    constexpr std::array<std::string_view, 5> signs{"\xe2\x97\x8b", "\xe2\x96\xb6", "\xe2\x9c\x93",
                                                    "\xe2\x9c\x95", "\xe2\x86\xbb"};
    return std::string(signs[static_cast<std::size_t>(state)]) + " " + state_text(state);
}

std::string folded(const std::string& title, const std::string& words, const std::string& body,
                   const std::string& style = {}) {
    return "<details" + (style.empty() ? "" : " class=\"" + style + "\"") + "><summary><b>" +
           escaped(title) + "</b><span>" + escaped(words) + "</span></summary>" + body +
           "</details>";
}

}  // namespace

std::string turns_html(const TimelineReport& report) {
    const RunStory& run = *report.run;
    std::string rows;
    for (const HostTurn& turn : run.turns) {
        if (!turn.planned && !turn.begun) continue;
        const HostLane& lane = lane_of(report.course, turn.host);
        const auto begins =
            turn.planned ? std::optional<Since>(turn.planned->begins) : std::nullopt;
        const auto ends = turn.planned ? std::optional<Since>(turn.planned->ends) : std::nullopt;
        const bool first = turn.host == report.answer.pool.coordinator;
        rows += "<tr>" +
                plain_cell((turn.is_slow ? "<b class=\"late\">\xe2\x96\xb2 slow</b> " : "") +
                           std::string(first ? "\xe2\x98\x85 " : "") + "<b>" +
                           name_html(report.answer.pool.hosts[turn.host].name) + "</b>" +
                           (turn.is_undone ? " put back" : "")) +
                time_cell(report, begins) + time_cell(report, turn.begun) +
                off_cell(begins, turn.begun) + time_cell(report, ends) +
                time_cell(report, turn.ended) +
                off_cell(ends, turn.is_undone ? std::nullopt : turn.ended);
        const Duration down = lane.down ? lane.down->ends - lane.down->begins : Duration{};
        rows += cell_html(lane.down ? escaped(short_display(down)) : "\xe2\x80\x93", down.count()) +
                cell_html(std::to_string(lane.out), lane.out) +
                cell_html(std::to_string(turn.failed), turn.failed) + "</tr>";
    }
    if (rows.empty()) return {};
    std::string head = heading("host");
    for (const char* one : {"planned begin", "begun", "off", "planned end", "in use again", "off",
                            "down", "moves out", "failed"}) {
        head += heading(one, true);
    }
    return section(
        "s-host", "Hosts, planned and real",
        paragraph("By the plan that was in force when the host's turn began. \xe2\x96\xb2 slow: "
                  "down for longer than 95 in 100 of such restarts, where the input says how they "
                  "vary, or for longer than the run was told to wait.",
                  "sub") +
            table_html("Table of hosts", head, rows, "turns"));
}

std::string plans_html(const TimelineReport& report) {
    const RunStory& run = *report.run;
    if (run.plans.size() < 2) return {};
    std::string rows;
    std::size_t place = 0;
    for (const AdoptedPlan& plan : run.plans) {
        rows += "<tr><td class=\"r\">" + std::to_string(++place) + "</td>" +
                time_cell(report, plan.at) + plain_cell(escaped(plan.reason)) +
                cell_html(std::to_string(plan.steps), plan.steps) +
                cell_html(std::to_string(plan.done), plan.done) + time_cell(report, plan.ends) +
                "</tr>";
    }
    return section("s-plans", "Plans on the way",
                   table_html("Table of plans",
                              heading("#", true) + heading("adopted", true) + heading("why") +
                                  heading("steps", true) + heading("done", true) +
                                  heading("promised end", true),
                              rows));
}

std::string gaps_html(const TimelineReport& report) {
    std::string rows;
    for (const Stretch& gap : report.run->gaps) {
        const Duration lasted = gap.ends - gap.begins;
        rows += "<tr>" + time_cell(report, gap.begins) + time_cell(report, gap.ends) +
                cell_html(escaped(short_display(lasted)), lasted.count()) + "</tr>";
    }
    if (rows.empty()) return {};
    return section("s-gaps", gaps_title,
                   paragraph(gaps_words, "sub") +
                       table_html("Table of gaps",
                                  heading("last record", true) + heading("goes on", true) +
                                      heading("lasted", true),
                                  rows));
}

std::string owed_html(const TimelineReport& report) {
    if (report.run->owed.empty()) return {};
    std::string list;
    const bool by_hand = report.run->standing == RunStanding::done;
    const char* words = by_hand ? "The run is over and could not do it: do it by hand."
                                : "The run does this itself when it goes on or ends.";
    for (const std::string& one : report.run->owed) list += "<li>" + escaped(one) + "</li>";
    return section("s-owed", "Still to be put back",
                   paragraph(words, "sub") + "<ul class=\"plain\">" + list + "</ul>");
}

std::string steps_html(const TimelineReport& report) {
    std::string rows;
    std::int64_t done = 0;
    for (const RunStep& step : report.run->steps) {
        done += step.state == RunStep::State::done;
        const auto planned =
            step.planned ? std::optional<Since>(step.planned->begins) : std::nullopt;
        const auto begun =
            step.happened ? std::optional<Since>(step.happened->begins) : std::nullopt;
        const auto ended =
            is_over(step.state) ? std::optional<Since>(step.happened->ends) : std::nullopt;
        rows +=
            "<tr>" + plain_cell(state_chip(step.state)) +
            plain_cell((step.attempt > 1 ? "\xe2\x86\xbb " + std::to_string(step.attempt) + " "
                                         : std::string()) +
                       "<bdi>" + escaped(step.what) + "</bdi>" +
                       (step.said.empty() ? "" : "<small> " + escaped(step.said) + "</small>")) +
            time_cell(report, planned) + time_cell(report, begun) + time_cell(report, ended) +
            "</tr>";
    }
    const std::string words = std::to_string(done) + " done; \xe2\x86\xbb is tried again";
    return section("s-run", "Runbook",
                   folded(std::to_string(report.run->steps.size()) + " steps", words,
                          table_html("Table of steps",
                                     heading("state") + heading("step") + heading("planned", true) +
                                         heading("begun", true) + heading("ended", true),
                                     rows)),
                   "long");
}

std::string run_moves_html(const TimelineReport& report) {
    if (report.course.moves.empty()) return {};
    const Pool& pool = report.answer.pool;
    std::string rows;
    for (const MoveBar& move : report.course.moves) {
        const Bytes memory = pool.vms[move.vm].ram;
        const Duration lasts = move.when.ends - move.when.begins;
        const char* fate = move.fate == StepOutcome::done     ? "done"
                           : move.fate == StepOutcome::failed ? "\xe2\x9c\x95 failed"
                                                              : "\xe2\x96\xb6 runs";
        rows += "<tr>" +
                plain_cell(std::string(move.nth > 1 ? "\xe2\x86\xbb " : "") +
                           name_html(pool.vms[move.vm].name)) +
                plain_cell(name_html(pool.hosts[move.from].name)) +
                plain_cell(name_html(pool.hosts[move.to].name)) +
                cell_html(escaped(display(memory)), memory.count) +
                time_cell(report, move.when.begins) +
                cell_html(escaped(short_display(lasts)), lasts.count()) + plain_cell(fate) +
                "</tr>";
    }
    return section(
        "s-all", "All moves",
        "<details id=\"moves\"><summary><b>" + std::to_string(report.course.moves.size()) +
            "</b><span>\xe2\x86\xbb moves again; headings sort</span></summary>" +
            table_html("Table of moves",
                       heading("VM") + heading("from") + heading("to") + heading("memory", true) +
                           heading("begins", true) + heading("lasts", true) + heading("went"),
                       rows, "all") +
            "</details>",
        "long");
}

std::string journal_html(const TimelineReport& report) {
    std::string rows;
    for (const JournalLine& line : report.run->journal) {
        rows += "<tr><td class=\"r\">" + std::to_string(line.number) + "</td>" +
                time_cell(report, line.at) + plain_cell(escaped(line.kind)) +
                plain_cell("<bdi>" + escaped(line.text) + "</bdi>") + "</tr>";
    }
    return section("s-log", "Journal",
                   folded(std::to_string(report.run->journal.size()) + " records",
                          report.run->name + ", begun " + report.run->began_at + " UTC",
                          table_html("Records of the journal",
                                     heading("#", true) + heading("at", true) + heading("kind") +
                                         heading("what"),
                                     rows),
                          "log"),
                   "long");
}

}  // namespace vacate
