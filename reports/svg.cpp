// Pictures of a report by themselves, without script and with their own styles.
#include "model/rule.hpp"
#include "reports/headline.hpp"
#include "reports/sheet.hpp"

namespace vacate {
namespace {

void put_memory(Sheet& sheet, const TimelineReport& report) {
    sheet.heading("Memory");
    const double top = sheet.bottom();
    int place = 0;
    for (const HostLane* lane : memory_lanes(report.course)) {
        const Picture picture = draw_memory(report, *lane);
        const double x = (place % 4) * 316;
        const double y = top + 16 + (place / 4) * 112.0;
        sheet.caption(x, y - 4, report.answer.pool.hosts[lane->host].name,
                      "min " + display(lane->least.free) + " " + report.clock.at(lane->least.at),
                      picture.width);
        sheet.put(picture, x, y);
        ++place;
    }
    if (report.course.lanes.size() > curves_max) {
        sheet.put(draw_memory_strip(report), 0, sheet.bottom() + 16);
    }
}

void put_links(Sheet& sheet, const TimelineReport& report) {
    sheet.heading("Migration links");
    for (const HostLane* lane : link_lanes(report.course)) {
        sheet.caption(0, sheet.bottom() + 20, report.answer.pool.hosts[lane->host].name, "", 0);
        sheet.put(draw_link(report, *lane), 130, sheet.bottom());
    }
    if (report.course.lanes.size() > curves_max) {
        sheet.put(draw_link_strip(report), 0, sheet.bottom() + 16);
    }
}

}  // namespace

std::string report_svg(const TimelineReport& report, Panel panel) {
    const bool all = panel == Panel::all;
    Sheet sheet(report.answer.pool.name);
    if (all || panel == Panel::verdict) sheet.put(draw_verdict(report));
    if (all) sheet.heading("Timeline");
    if (all || panel == Panel::timeline) sheet.put(draw_timeline(report));
    if (all || panel == Panel::memory) put_memory(sheet, report);
    const bool has_links = report.run == nullptr;  // of a run nobody measured them
    if (has_links && (all || panel == Panel::links)) put_links(sheet, report);
    return sheet.document();
}

std::string report_svg(const NoPlanReport& report) {
    Sheet sheet(report.pool.name);
    sheet.heading(report.proven ? "No plan exists" : "No plan was found");
    for (const Finding& one : sorted_findings(report.findings)) {
        if (one.severity != Severity::blocks) continue;
        sheet.line("s", one.subject + ": " + one.sentence);
    }
    sheet.heading("Memory as it is now");
    sheet.put(draw_room(report.pool, report.state));
    return sheet.document();
}

}  // namespace vacate
