// The report as markdown and as text for a terminal.
#include <algorithm>

#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/run_tables.hpp"
#include "reports/runbook.hpp"

namespace vacate {
namespace {

// A name or sentence in markdown: nothing in it marks anything up.
std::string marked(const std::string& text) {
    std::string out;
    for (const char letter : printable(well_formed(text))) {
        const bool marks = std::string_view("\\`*_[]|#~!").find(letter) != std::string_view::npos;
        if (marks) out += '\\';
        if (letter == '<') {
            out += "&lt;";
        } else if (letter == '>') {
            out += "&gt;";
        } else if (letter == '&') {
            out += "&amp;";
        } else {
            out += letter;
        }
    }
    return out;
}

std::string row(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += " " + marked(cell) + " |";
    return line + "\n";
}

std::string table_markdown(const ReportTable& table) {
    std::vector<std::string> headings;
    std::string rule = "|";
    for (const ReportTable::Column& column : table.columns) {
        headings.push_back(column.heading);
        rule += column.right ? "--:|" : "---|";
    }
    std::string out = row(headings) + rule + "\n";
    for (const auto& cells : table.rows) out += row(cells);
    return out;
}

std::string findings_markdown(const Findings& findings) {
    std::string out;
    for (const Finding& one : sorted_findings(findings)) {
        const char* mark = one.severity == Severity::blocks ? "**blocks**"
                           : one.severity == Severity::act  ? "**act**"
                                                            : "know";
        out += "- " + std::string(mark) + " " + marked(one.subject) + ": " + marked(one.sentence);
        if (!one.remedy.empty()) out += "; " + marked(one.remedy);
        out += " (" + marked(one.code) + ")\n";
    }
    return out;
}

// A fence longer than any run of backticks inside.
std::string fenced(const std::string& command) {
    std::size_t longest = 2;
    std::size_t run = 0;
    for (const char letter : command) {
        run = letter == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    return fence + "sh\n" + well_formed(command) + "\n" + fence + "\n";
}

std::string runbook_markdown(const TimelineReport& report) {
    std::string out;
    for (const RunbookPart& part : runbook_of(report)) {
        out += "\n### " + marked(part.title) + "\n\n" + marked(part.when);
        if (!part.begin_by.empty()) out += ", begin by " + part.begin_by;
        out += "\n\n";
        for (const RunbookItem& item : part.items) {
            out += "- [ ] " + marked(item.sentence) + "\n";
            if (!item.command.empty()) out += "\n" + fenced(item.command) + "\n";
        }
    }
    return out;
}

std::string hosts_markdown(const TimelineReport& report) {
    std::string out = row({"host", "disabled", "down", "back", "out", "in", "least free"}) +
                      "|---|--:|--:|--:|--:|--:|---|\n";
    for (const HostLane& lane : report.course.lanes) {
        const auto at = [&report](const std::optional<Since>& since) {
            return since ? report.clock.at(*since) : std::string();
        };
        const std::optional<Since> down =
            lane.down ? std::optional(lane.down->begins) : std::nullopt;
        const std::optional<Since> back = lane.down ? std::optional(lane.down->ends) : std::nullopt;
        const bool first = lane.host == report.answer.pool.coordinator;
        out += row({report.answer.pool.hosts[lane.host].name + (first ? " (coordinator)" : ""),
                    at(lane.disabled), at(down), at(back), std::to_string(lane.out),
                    std::to_string(lane.in),
                    least_text(report, lane) + " at " + report.clock.at(lane.least.at)});
    }
    return out;
}

std::string chain_markdown(const TimelineReport& report) {
    std::string out = row({"begins", "lasts", "host", "is", "could not begin earlier"}) +
                      "|--:|--:|---|---|---|\n";
    for (const ChainStretch& one : stretches_of(report)) {
        out +=
            row({report.clock.at(one.when.begins), short_display(one.when.ends - one.when.begins),
                 one.host, one.what, one.because});
    }
    return out;
}

std::string pool_name(const Pool& pool) { return pool.name.empty() ? "pool" : pool.name; }

std::string findings_text(const Findings& findings) {
    std::string out;
    for (const Finding& one : sorted_findings(findings)) {
        const char* mark = one.severity == Severity::blocks ? "blocks"
                           : one.severity == Severity::act  ? "act   "
                                                            : "know  ";
        out += "  " + std::string(mark) + "  " + printable(one.subject) + "  [" + one.code + "]\n";
        out += wrapped(printable(one.sentence), "          ");
        if (!one.remedy.empty())
            out += wrapped(printable(one.remedy), "          -> ", "             ");
    }
    return out;
}

std::string hosts_text(const TimelineReport& report) {
    ReportTable table;
    table.columns = {{"host", false}, {"disabled", true}, {"down", true},       {"back", true},
                     {"out", true},   {"in", true},       {"least free", true}, {"at", true}};
    for (const HostLane& lane : report.course.lanes) {
        const bool first = lane.host == report.answer.pool.coordinator;
        const auto at = [&](const std::optional<Since>& since) {
            return since ? report.clock.at(*since) : std::string();
        };
        table.rows.push_back(
            {shortened(report.answer.pool.hosts[lane.host].name, 20) + (first ? " *" : ""),
             at(lane.disabled), lane.down ? report.clock.at(lane.down->begins) : "",
             lane.down ? report.clock.at(lane.down->ends) : "", std::to_string(lane.out),
             std::to_string(lane.in), display(lane.least.free), report.clock.at(lane.least.at)});
    }
    return render_text({"Hosts (* coordinator)", {table}, {}, {}});
}

std::string findings_title(const TimelineReport& report) {
    return report.run != nullptr ? "What was noted" : "Before you start";
}

}  // namespace

std::string render_markdown(const Report& report) {
    std::string out = "# " + marked(report.verdict) + "\n";
    if (!report.totals.empty()) {
        ReportTable totals{"", {{"", false}, {"", false}}, {}};
        for (const ReportLine& line : report.totals) {
            totals.rows.push_back({line.label, line.value});
        }
        out += "\n" + table_markdown(totals);
    }
    for (const ReportTable& table : report.tables) {
        out += table.title.empty() ? "\n" : "\n## " + marked(table.title) + "\n\n";
        out += table_markdown(table);
    }
    if (report.findings.empty()) return out;
    return out + "\n## Findings\n\n" + findings_markdown(report.findings);
}

std::string report_markdown(const TimelineReport& report) {
    const Headline headline = headline_of(report);
    std::string out = "# " + marked(pool_name(report.answer.pool)) + "\n\n";
    if (is_nothing_to_do(report)) return out + "Nothing to do.\n";
    out += "**" + marked(headline.sentence) + ".** " + marked(headline.state) + ".\n\n";
    for (const std::string& detail : headline.details) out += marked(detail) + "\n";
    out += "\n" + row({"", "", ""}) + "|---|---|---|\n";
    for (const KeyFigure& one : figures_of(report)) out += row({one.label, one.value, one.detail});
    if (!report.answer.findings.empty()) {
        out +=
            "\n## " + findings_title(report) + "\n\n" + findings_markdown(report.answer.findings);
    }
    if (report.run != nullptr) {
        for (const ReportTable& table : run_tables(report)) {
            out += "\n## " + marked(table.title) + "\n\n" + table_markdown(table);
        }
        return out;
    }
    out += "\n## Hosts\n\n" + hosts_markdown(report);
    if (!report.chain.empty()) {
        out += "\n## Why is it this long?\n\n" + marked(chain_sentence(report)) + "\n\n" +
               chain_markdown(report);
    }
    return out + "\n## Runbook\n" + runbook_markdown(report);
}

std::string report_markdown(const NoPlanReport& report) {
    std::string out = "# " + marked(pool_name(report.pool)) + "\n\n**" +
                      (report.proven ? "No plan exists" : "No plan was found") + ".**\n\n" +
                      findings_markdown(report.findings);
    if (report.repairs.empty()) return out;
    out +=
        "\n## What would help\n\n" + row({"change", "plan found", "to try it"}) + "|---|--:|---|\n";
    for (const RepairRow& one : report.repairs) {
        std::string sets;
        for (const std::string& set : one.sets) sets += "--set " + shell_quoted(set) + " ";
        out += row({one.sentence, short_display(one.makespan), sets});
    }
    return out;
}

std::string report_text(const TimelineReport& report) {
    const Headline headline = headline_of(report);
    std::string out = printable(pool_name(report.answer.pool)) + ": ";
    if (is_nothing_to_do(report)) return out + "nothing to do\n";
    out = wrapped(out + printable(headline.sentence), "");
    out += printable(headline.state) + "\n\n";
    for (const std::string& detail : headline.details) {
        out += wrapped(printable(detail), "  ");
    }
    out += "\n";
    for (const KeyFigure& one : figures_of(report)) {
        std::string label = "  " + one.label;
        label.resize(24, ' ');
        const std::string detail = one.detail.empty() ? "" : " (" + one.detail + ")";
        std::string lines = wrapped(printable(one.value + detail), std::string(24, ' '));
        out += lines.replace(0, 24, label);
    }
    if (report.run == nullptr) out += "\n" + hosts_text(report);
    if (!report.answer.findings.empty()) {
        out += "\n" + findings_title(report) + "\n" + findings_text(report.answer.findings);
    }
    if (report.run != nullptr) {
        for (const ReportTable& table : run_tables(report)) out += "\n" + render_table(table);
        return out;
    }
    out += "\nRunbook\n";
    for (const RunbookPart& part : runbook_of(report)) {
        out += "\n" + printable(part.title) + "  " + part.when +
               (part.begin_by.empty() ? "" : ", begin by " + part.begin_by) + "\n";
        for (const RunbookItem& item : part.items) {
            out += wrapped(printable(item.sentence), "  [ ] ", "      ");
            std::string line = "        ";
            for (const char letter : item.command) {
                line += letter;
                if (letter == '\n') line += "        ";
            }
            if (!item.command.empty()) out += line + "\n";
        }
    }
    return out;
}

}  // namespace vacate
