// Pictures of a report by themselves, without script and with their own styles.
#include <utility>

#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/web_assets.hpp"

namespace vacate {
namespace {

struct Sheet {
    std::string body;
    double width = 0;
    double y = 0;
};

void put(Sheet& sheet, const Picture& picture, double x, double y) {
    sheet.body +=
        "<g transform=\"translate(" + number(x) + " " + number(y) + ")\">" + picture.body + "</g>";
    sheet.width = std::max(sheet.width, x + picture.width);
    sheet.y = std::max(sheet.y, y + picture.height);
}

void heading(Sheet& sheet, const std::string& text) {
    Drawing draw;
    draw.text("head b", 0, sheet.y + 30, text);
    sheet.body += draw.out;
    sheet.y += 44;
}

void caption(Sheet& sheet, double x, double y, const std::string& left, const std::string& right,
             double width) {
    Drawing draw;
    draw.text("n b", x, y, shortened(left, 18));
    draw.text("xs m", x + width, y, right, "end");
    sheet.body += draw.out;
}

void put_memory(Sheet& sheet, const TimelineReport& report) {
    heading(sheet, "Memory");
    const double top = sheet.y;
    int place = 0;
    for (const HostLane* lane : memory_lanes(report.course)) {
        const Picture picture = draw_memory(report, *lane);
        const double x = (place % 4) * 316;
        const double y = top + 16 + (place / 4) * 112.0;
        caption(sheet, x, y - 4, report.answer.pool.hosts[lane->host].name,
                "min " + display(lane->least.free) + " " + report.clock.at(lane->least.at),
                picture.width);
        put(sheet, picture, x, y);
        ++place;
    }
    if (report.course.lanes.size() > curves_max) {
        put(sheet, draw_memory_strip(report), 0, sheet.y + 16);
    }
}

void put_links(Sheet& sheet, const TimelineReport& report) {
    heading(sheet, "Migration links");
    for (const HostLane* lane : link_lanes(report.course)) {
        caption(sheet, 0, sheet.y + 20, report.answer.pool.hosts[lane->host].name, "", 0);
        put(sheet, draw_link(report, *lane), 130, sheet.y);
    }
    if (report.course.lanes.size() > curves_max) {
        put(sheet, draw_link_strip(report), 0, sheet.y + 16);
    }
}

}  // namespace

std::string report_svg(const TimelineReport& report, Panel panel) {
    const bool all = panel == Panel::all;
    Sheet sheet;
    if (all || panel == Panel::verdict) put(sheet, draw_verdict(report), 0, 0);
    if (all) heading(sheet, "Timeline");
    if (all || panel == Panel::timeline) put(sheet, draw_timeline(report), 0, sheet.y);
    if (all || panel == Panel::memory) put_memory(sheet, report);
    const bool has_links = report.run == nullptr;  // of a run nobody measured them
    if (has_links && (all || panel == Panel::links)) put_links(sheet, report);
    constexpr double margin = 12;
    const std::string width = number(sheet.width + 2 * margin);
    const std::string height = number(sheet.y + 2 * margin);
    const std::string& pool = report.answer.pool.name;
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"v\" width=\"" + width +
           "\" height=\"" + height + "\" viewBox=\"0 0 " + width + " " + height +
           "\" role=\"img\"><title>" + escaped(pool.empty() ? "pool" : pool) + "</title><style>" +
           std::string(web_svg_style()) + "</style>" + hatches() +
           "<rect class=\"page\" width=\"100%\" height=\"100%\"/><g transform=\"translate(" +
           number(margin) + " " + number(margin) + ")\">" + sheet.body + "</g></svg>\n";
}

}  // namespace vacate
