// A study as a page: the answer, heat maps, curves, matrices and sortable tables.
#include <algorithm>
#include <cmath>

#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/page.hpp"
#include "reports/study_draw.hpp"

namespace vacate {
namespace {

// ---- the answer

std::string study_verdict_html(const StudyFile& file) {
    const std::vector<std::string> answers = study_answers(file);
    std::string out =
        "<section class=\"card verdict study\" aria-labelledby=\"v\"><div><p "
        "class=\"state\">\xe2\x97\x86 " +
        escaped(study_state(file)) + "</p><h1 id=\"v\">" +
        escaped(answers.empty() ? "No answer yet" : answers.front()) + "</h1>";
    for (std::size_t i = 1; i < answers.size(); ++i) out += paragraph(answers[i] + ".");
    if (!file.head.about.empty()) out += paragraph(file.head.about);
    return out + "</div></section>";
}

// ---- tables

bool is_shown(const Rows& rows, std::string_view figure) {
    return std::any_of(rows.begin(), rows.end(), [figure](const StudyRow* row) {
        const std::string shown = shown_figure(*row, figure);
        return shown != "-" && !(figure == "vms_down" && shown == "0");
    });
}

// "−12 min" or "+3": what a figure differs by from the first row's.
std::string difference(const StudyRow& row, const StudyRow& first, std::string_view figure) {
    const auto value = figure_number(row, figure);
    const auto base = figure_number(first, figure);
    if (&row == &first || !value || !base || *value == *base) return {};
    if (*value == Duration::max().count() || *base == Duration::max().count()) return {};
    const std::int64_t off = *value - *base;
    const std::int64_t size = std::abs(off);
    const std::string text = figure.ends_with("_us")      ? short_display(Duration{size})
                             : figure.ends_with("_bytes") ? display(Bytes{size})
                             : figure.ends_with("_ppm")
                                 ? number(static_cast<double>(size) / 10'000) + " points"
                                 : std::to_string(size);
    return (off < 0 ? "\xe2\x88\x92" : "+") + text;
}

std::string row_html(const StudyRow& row, const StudyRow& first,
                     const std::vector<StudyColumn>& columns) {
    std::string out = "<tr id=\"row-" + std::to_string(row.number) + "\"><td>" +
                      (has_no_plan(row)     ? "\xe2\x96\xa0 "
                       : misses_window(row) ? "\xe2\x96\xb2 "
                                            : "") +
                      name_html(case_name(row)) + "</td>";
    for (const StudyColumn& column : columns) {
        const std::string off = difference(row, first, column.figure);
        const std::string text = escaped(shown_figure(row, column.figure)) +
                                 (off.empty() ? "" : " <small>" + escaped(off) + "</small>");
        const auto value = figure_number(row, column.figure);
        out += column.right ? cell_html(text, value.value_or(INT64_MAX)) : "<td>" + text + "</td>";
    }
    return out + "</tr>";
}

std::string answers_html(const StudyFile& file, const std::string& ask) {
    const Rows rows = rows_that(file, ask);
    std::vector<StudyColumn> columns;
    for (const StudyColumn& column : study_columns(ask)) {
        if (is_shown(rows, column.figure)) columns.push_back(column);
    }
    std::string head = "<th scope=\"col\">case</th>";
    for (const StudyColumn& column : columns) {
        head += "<th scope=\"col\"" + std::string(column.right ? " class=\"r\"" : "") + ">" +
                escaped(column.heading) + "</th>";
    }
    std::string body;
    for (const StudyRow* row : rows) body += row_html(*row, *rows.front(), columns);
    return paragraph("Small: the difference to the first row. Headings sort.", "sub") +
           table_html("Answers of " + ask, head, body, "t-" + ask);
}

// ---- maps

std::string heat_cell(const Heat& heat, const StudyRow* row) {
    if (row == nullptr) return "<td class=\"heat\"></td>";
    const bool has = has_value(*row, heat.figure.name);
    const std::string style =
        has ? "h" + std::to_string(heat.shade(*figure_number(*row, heat.figure.name))) : "none";
    return "<td class=\"heat " + style + "\"><a href=\"#row-" + std::to_string(row->number) +
           "\">" + escaped(heat_text(*row, heat.figure.name)) + "</a></td>";
}

std::string heat_html(const Heat& heat, const HeatMap& map) {
    const auto& axes = map.rows.front()->point;
    std::string head = "<th scope=\"col\">" + escaped(axes[0].first) + " \xe2\x86\x93 " +
                       escaped(axes[1].first) + " \xe2\x86\x92</th>";
    for (const std::string& value : map.across) {
        head += "<th scope=\"col\" class=\"c\">" + escaped(value) + "</th>";
    }
    std::string body;
    for (const std::string& down : map.down) {
        body += "<tr><th scope=\"row\">" + escaped(down) + "</th>";
        for (const std::string& value : map.across) {
            body += heat_cell(heat, row_at(map, down, value));
        }
        body += "</tr>";
    }
    return "<figure class=\"map\"><figcaption>" + name_html(map.variant) + "</figcaption>" +
           table_html("Heat map of " + map.variant, head, body) + "</figure>";
}

// Where a sweep has two axes: a map for each variant, all with one scale.
std::string heat_maps_html(const StudyFile& file, const std::string& ask) {
    const Heat heat = heat_of(file, ask);
    if (heat.maps.empty()) return {};
    std::string out = "<h3>" + escaped(heat.figure.heading) + "</h3><div class=\"maps\">";
    for (const HeatMap& map : heat.maps) out += heat_html(heat, map);
    return out +
           "</div><div class=\"legend\"><span><i class=\"h0\"></i>best quarter of the "
           "range</span><span><i class=\"h3\"></i>worst quarter</span><span>\xe2\x96\xb2 most runs "
           "miss the window</span><span>\xe2\x96\xa0 no plan</span></div>";
}

// ---- curves and bars

// On a phone it scrolls sideways.
std::string wide_html(const std::string& label, const Picture& picture) {
    return "<div class=\"frontier\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(label) +
           "\">" + svg_of(picture) + "</div>";
}

std::string curves_html(const std::string& heading, const std::vector<StudyPicture>& curves) {
    if (curves.empty()) return {};
    std::string out = heading + "<div class=\"maps wide\">";
    std::size_t place = 0;  // a case may have several: of growing VMs, and of more of them
    for (const StudyPicture& one : curves) {
        out += "<figure class=\"curve\"><figcaption>" + name_html(one.caption) + "</figcaption>" +
               wide_html("Curve " + std::to_string(++place) + ": " + one.caption, one.picture) +
               "</figure>";
    }
    return out + "</div>";
}

std::string headroom_html(const StudyFile& file) {
    return "<h3>How far each case goes</h3><p class=\"sub\">Solid: it can still be upgraded. "
           "Outlined: it also survives the loss of a host.</p>" +
           wide_html("How far each case goes", draw_frontier(file)) +
           curves_html("<h3>Makespan as the VMs grow</h3>", draw_headroom(file));
}

std::string risk_html(const StudyFile& file) {
    return "<p class=\"sub\">How many runs end when, each case by itself. Below: outlined to the "
           "median, solid to the 95th percentile, red to the 99th.</p>" +
           wide_html("Makespans of many runs", draw_risk(file));
}

// ---- losses

std::string losses_table(const StudyRow& row) {
    const auto [hosts, stages, losses] = losses_of(row);
    std::string head = "<th scope=\"col\">lost \xe2\x86\x93 stage \xe2\x86\x92</th>";
    for (const auto& [stage, when] : stages) {
        head += "<th scope=\"col\" class=\"c\" title=\"" + escaped(when) + "\">" +
                std::to_string(stage) + "</th>";
    }
    std::string body, bad;
    for (const std::string& host : hosts) {
        body += "<tr><th scope=\"row\">" + name_html(host) + "</th>";
        for (const auto& [stage, when] : stages) {
            const auto found = losses.find({host, stage});
            if (found == losses.end()) {
                body += "<td></td>";
                continue;
            }
            const Loss& loss = found->second;
            const char* mark = mark_of(loss.survival);
            const std::string title = escaped(when + ", " + host + " lost: " + loss.survival +
                                              (loss.vms.empty() ? "" : ": " + loss.vms));
            if (loss.survival == "survivable") {
                body += "<td class=\"heat h0\" title=\"" + title + "\">" + mark + "</td>";
                continue;
            }
            const std::string id = "loss-" + std::to_string(row.number) + "-" +
                                   std::to_string(stage) + "-" +
                                   std::to_string(&host - hosts.data());
            body += "<td class=\"heat h2\" title=\"" + title + "\"><a href=\"#" + id + "\">" +
                    mark + "</a></td>";
            bad += "<tr id=\"" + id + "\"><td class=\"r\" data-v=\"" + std::to_string(stage) +
                   "\">" + std::to_string(stage) + "</td><td>" + escaped(when) + "</td><td>" +
                   name_html(host) + "</td><td>" +
                   escaped(std::string(mark) + " " + loss.survival) + "</td><td>" +
                   escaped(loss.vms) + "</td></tr>";
        }
        body += "</tr>";
    }
    std::string out = "<h3>" + name_html(case_name(row)) + "</h3>" +
                      table_html("Losses of " + case_name(row), head, body);
    if (bad.empty()) return out;
    const std::string list_head =
        "<th scope=\"col\" class=\"r\">stage</th><th scope=\"col\">when</th><th "
        "scope=\"col\">lost</th><th scope=\"col\">then</th><th scope=\"col\">VMs without a "
        "place</th>";
    return out + "<details class=\"losses\"><summary><b>What cannot be survived</b><span>" +
           escaped(shown_figure(row, "first_break")) + "</span></summary>" +
           table_html("Losses of " + case_name(row) + " in words", list_head, bad,
                      "l-" + std::to_string(row.number)) +
           "</details>";
}

std::string matrices_html(const StudyFile& file) {
    std::string out;
    for (const StudyRow* row : rows_that(file, "n-k")) {
        if (table_called(*row, "losses") != nullptr) out += losses_table(*row);
    }
    if (out.empty()) return out;
    return out +
           "<div class=\"legend\"><span>\xe2\x9c\x93 survivable</span><span>\xe2\x96\xb2 no way "
           "was "
           "found</span><span>\xe2\x96\xa0 not survivable</span></div>";
}

// ---- what fits

std::string when_html(const StudyFile& file) {
    std::string out;
    for (const StudyRow* row : rows_that(file, "when")) {
        const RowTable* left = table_called(*row, "left");
        if (left == nullptr) continue;
        std::string body;
        for (const auto& line : left->rows) {
            const Bytes free{number_in(*left, line, "free_bytes")};
            const std::string loss = text_in(*left, line, "loss");
            body += "<tr><td>" + name_html(text_in(*left, line, "host")) + "</td><td>" +
                    (text_in(*left, line, "upgraded") == "yes" ? "\xe2\x9c\x93 tonight" : "later") +
                    "</td>" + cell_html(escaped(display(free)), free.count) +
                    cell_html(escaped(text_in(*left, line, "vms")), number_in(*left, line, "vms")) +
                    "<td>" + mark_of(loss) + " " + escaped(loss) + "</td></tr>";
        }
        out += "<details><summary><b>" + name_html(case_name(*row)) + "</b><span>" +
               escaped("tonight: " + text_figure(*row, "hosts")) + "</span></summary>" +
               table_html("Hosts after tonight, " + case_name(*row),
                          "<th scope=\"col\">host</th><th scope=\"col\">upgraded</th><th "
                          "scope=\"col\" class=\"r\">free</th><th scope=\"col\" "
                          "class=\"r\">VMs</th><th scope=\"col\">its loss then</th>",
                          body, "w-" + std::to_string(row->number)) +
               "</details>";
    }
    return out;
}

std::string pictures_of(const StudyFile& file, const std::string& ask) {
    std::string out = heat_maps_html(file, ask);
    if (ask == "headroom") out += headroom_html(file);
    if (ask == "n-k") out += matrices_html(file);
    if (ask == "risk") out += risk_html(file);
    if (ask == "when") out += when_html(file);
    return out + curves_html({}, draw_sweep(file, ask));
}

}  // namespace

std::string study_html(const StudyFile& file) {
    Page page;
    page.title = file.head.pool.empty() ? "pool" : file.head.pool;
    page.versions = "study";
    page.main = study_verdict_html(file);
    std::vector<std::pair<std::string, std::string>> sections;
    for (const std::string& ask : asks_in(file)) {
        const std::string title(ask_title(ask));
        const std::string id = "q-" + std::to_string(sections.size());
        page.main += section(id, title, pictures_of(file, ask) + answers_html(file, ask));
        sections.emplace_back(id, title);
    }
    StudyTables tables(file.head);
    for (const StudyRow& row : file.rows) tables.add(row);
    page.main += findings_html(tables.report().findings, "In words");
    sections.emplace_back("s-find", "In words");
    page.main += "<footer>" +
                 escaped("Made of " + file.head.base + ", " + std::to_string(file.rows.size()) +
                         " rows. Times are of plans that were found.") +
                 "</footer>";
    link_sections(page, sections);
    page.data = "{}";
    return page_html(page);
}

}  // namespace vacate
