// A study as a page: the answer, heat maps, curves, matrices and sortable tables.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/page.hpp"
#include "reports/study_answer.hpp"

namespace vacate {
namespace {

using Rows = std::vector<const StudyRow*>;

Rows rows_that(const StudyFile& file, std::string_view ask) {
    Rows rows;
    for (const StudyRow& row : file.rows) {
        if (row.ask == ask) rows.push_back(&row);
    }
    return rows;
}

std::string text_figure(const StudyRow& row, std::string_view name) {
    const auto* text = std::get_if<std::string>(&figure_of(row, name));
    return text == nullptr ? std::string() : *text;
}

const RowTable* table_called(const StudyRow& row, std::string_view name) {
    const auto found = std::find_if(row.tables.begin(), row.tables.end(),
                                    [name](const RowTable& one) { return one.name == name; });
    return found == row.tables.end() ? nullptr : &*found;
}

// The cell of a line in a named column; nothing (a monostate) where there is none.
const Cell& cell_in(const RowTable& table, const std::vector<Cell>& line, std::string_view column) {
    static const Cell none;
    const auto found = std::find(table.columns.begin(), table.columns.end(), column);
    const auto index = static_cast<std::size_t>(found - table.columns.begin());
    return index < line.size() ? line[index] : none;
}
std::string text_in(const RowTable& table, const std::vector<Cell>& line, std::string_view column) {
    const Cell& cell = cell_in(table, line, column);
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* value = std::get_if<std::int64_t>(&cell)) return std::to_string(*value);
    if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "yes" : "no";
    return {};
}
std::int64_t number_in(const RowTable& table, const std::vector<Cell>& line,
                       std::string_view column) {
    const auto* value = std::get_if<std::int64_t>(&cell_in(table, line, column));
    return value == nullptr ? 0 : *value;
}

// What a question is mostly about, and whether less of it is better.
struct MainFigure {
    std::string_view name;
    std::string_view heading;
    bool less_is_better = true;
};
MainFigure main_figure(std::string_view ask) {
    if (ask == "headroom") return {"upgrade_steps", "steps of growth", false};
    if (ask == "n-k") return {"vms_at_risk", "VMs at risk", true};
    if (ask == "smallest") return {"least_value", "least", true};
    if (ask == "risk") return {"p95_us", "P95", true};
    if (ask == "when") return {"hosts_tonight", "hosts", false};
    return {"p50_us", "makespan, P50", true};
}

bool has_no_plan(const StudyRow& row) {
    const std::string feasible = text_figure(row, "feasible");
    return !feasible.empty() && feasible != "yes";
}

// Fewer than half of the runs end in the window.
bool misses_window(const StudyRow& row) {
    const auto within = figure_number(row, "within_window_ppm");
    return within && *within < 500'000;
}

// ---- the answer

std::string sentence_of(const StudyRow& row) {
    if (row.ask == "headroom") {
        const std::string upgrade = text_figure(row, "upgrade_headroom");
        const std::string loss = text_figure(row, "loss_headroom");
        return (upgrade.empty() ? "cannot be upgraded as it is" : "up to " + upgrade + " more") +
               (loss.empty() ? "" : ", up to " + loss + " if it must survive a loss");
    }
    if (row.ask == "n-k") {
        return shown_figure(row, "survivable") + " of " + shown_figure(row, "cases") +
               " losses can be survived";
    }
    if (row.ask == "smallest") {
        const std::string least = text_figure(row, "least");
        return least.empty() ? "nothing that was tried is enough" : "at least " + least;
    }
    if (row.ask == "when") {
        return shown_figure(row, "hosts_tonight") + " hosts fit, " +
               shown_figure(row, "hosts_left") + " are left";
    }
    if (has_no_plan(row)) return "no plan";
    if (row.ask == "risk") {
        const bool window = figure_number(row, "within_window_ppm").has_value();
        return shown_figure(row, "finish_ppm") + " of the runs finish" +
               (window ? ", " + shown_figure(row, "within_window_ppm") + " in the window" : "");
    }
    return "ends after " + shown_figure(row, "p50_us");
}

// The shortest of the cases, against the first one.
std::string best_of(const Rows& rows) {
    const StudyRow* best = nullptr;
    std::size_t none = 0;
    for (const StudyRow* row : rows) {
        const auto value = figure_number(*row, "p50_us");
        if (has_no_plan(*row) || !value) {
            ++none;
        } else if (best == nullptr || *value < *figure_number(*best, "p50_us")) {
            best = row;
        }
    }
    if (best == nullptr) return "No case has a plan";
    std::string text = "Shortest is " + case_name(*best) + ": " + shown_figure(*best, "p50_us");
    if (best != rows.front() && !has_no_plan(*rows.front())) {
        text += ", against " + shown_figure(*rows.front(), "p50_us") + " of " +
                case_name(*rows.front());
    }
    if (none > 0) text += "; " + std::to_string(none) + " of the cases have no plan";
    return text;
}

std::vector<std::string> asks_in(const StudyFile& file) {
    std::vector<std::string> asks;
    for (const StudyRow& row : file.rows) {
        if (std::find(asks.begin(), asks.end(), row.ask) == asks.end()) asks.push_back(row.ask);
    }
    return asks;
}

std::string study_verdict_html(const StudyFile& file) {
    std::vector<std::string> answers;
    for (const std::string& ask : asks_in(file)) {
        const Rows rows = rows_that(file, ask);
        if (ask == "compare") {
            answers.push_back(best_of(rows));
            continue;
        }
        for (std::size_t i = 0; i < std::min<std::size_t>(3, rows.size()); ++i) {
            answers.push_back(case_name(*rows[i]) + ": " + sentence_of(*rows[i]));
        }
    }
    const auto count = static_cast<std::int64_t>(file.rows.size());
    std::string state = std::to_string(count) + " answers";
    if (count < file.head.rows) {
        state = std::to_string(count) + " of " + std::to_string(file.head.rows) +
                " answers; the study was stopped";
    }
    std::string out =
        "<section class=\"card verdict study\" aria-labelledby=\"v\"><div><p "
        "class=\"state\">\xe2\x97\x86 " +
        escaped(state) + "</p><h1 id=\"v\">" +
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

// ---- heat maps

struct Heat {
    std::int64_t least = INT64_MAX;
    std::int64_t most = INT64_MIN;
    bool less_is_better = true;
};

// Four shades from good to bad.
std::string shade(const Heat& heat, std::int64_t value) {
    if (heat.most <= heat.least) return "h0";
    const double part =
        static_cast<double>(value - heat.least) / static_cast<double>(heat.most - heat.least);
    const double bad = heat.less_is_better ? part : 1 - part;
    return "h" + std::to_string(std::min(3, static_cast<int>(bad * 4)));
}

// Of a time hours and minutes: cells are narrow.
std::string heat_text(const StudyRow& row, std::string_view figure) {
    const auto value = figure_number(row, figure);
    if (!value || !figure.ends_with("_us")) return shown_figure(row, figure);
    if (*value == Duration::max().count()) return "never";
    return short_display(Duration{*value});
}

std::string heat_cell(const Rows& rows, const MainFigure& figure, const Heat& heat,
                      const std::string& across, const std::string& down) {
    for (const StudyRow* row : rows) {
        if (row->point[0].second != down || row->point[1].second != across) continue;
        const std::string link = "<a href=\"#row-" + std::to_string(row->number) + "\">";
        const auto value = figure_number(*row, figure.name);
        if (has_no_plan(*row) || !value) {
            return "<td class=\"heat none\">" + link + "\xe2\x96\xa0</a></td>";
        }
        return "<td class=\"heat " + shade(heat, *value) + "\">" + link +
               (misses_window(*row) ? "\xe2\x96\xb2 " : "") +
               escaped(heat_text(*row, figure.name)) + "</a></td>";
    }
    return "<td class=\"heat\"></td>";
}

std::vector<std::string> values_of(const Rows& rows, std::size_t axis) {
    std::vector<std::string> values;
    for (const StudyRow* row : rows) {
        const std::string& value = row->point[axis].second;
        if (std::find(values.begin(), values.end(), value) == values.end()) {
            values.push_back(value);
        }
    }
    return values;
}

std::string heat_html(const Rows& rows, const std::string& variant, const MainFigure& figure,
                      const Heat& heat) {
    const std::vector<std::string> across = values_of(rows, 1);
    std::string head = "<th scope=\"col\">" + escaped(rows.front()->point[0].first) +
                       " \xe2\x86\x93 " + escaped(rows.front()->point[1].first) +
                       " \xe2\x86\x92</th>";
    for (const std::string& value : across) {
        head += "<th scope=\"col\" class=\"c\">" + escaped(value) + "</th>";
    }
    std::string body;
    for (const std::string& down : values_of(rows, 0)) {
        body += "<tr><th scope=\"row\">" + escaped(down) + "</th>";
        for (const std::string& value : across) {
            body += heat_cell(rows, figure, heat, value, down);
        }
        body += "</tr>";
    }
    return "<figure class=\"map\"><figcaption>" + name_html(variant) + "</figcaption>" +
           table_html("Heat map of " + variant, head, body) + "</figure>";
}

// Where a sweep has two axes: a map for each variant, all with one scale.
std::string heat_maps_html(const StudyFile& file, const std::string& ask) {
    const MainFigure figure = main_figure(ask);
    std::vector<std::pair<std::string, Rows>> maps;
    Heat heat;
    heat.less_is_better = figure.less_is_better;
    for (const StudyRow* row : rows_that(file, ask)) {
        if (row->point.size() != 2) continue;
        auto found = std::find_if(maps.begin(), maps.end(),
                                  [row](const auto& map) { return map.first == row->variant; });
        if (found == maps.end()) found = maps.insert(found, {row->variant, {}});
        found->second.push_back(row);
        const auto value = figure_number(*row, figure.name);
        if (has_no_plan(*row) || !value) continue;
        heat.least = std::min(heat.least, *value);
        heat.most = std::max(heat.most, *value);
    }
    if (maps.empty()) return {};
    std::string out = "<h3>" + escaped(figure.heading) + "</h3><div class=\"maps\">";
    for (const auto& [variant, rows] : maps) out += heat_html(rows, variant, figure, heat);
    return out +
           "</div><div class=\"legend\"><span><i class=\"h0\"></i>best quarter of the "
           "range</span><span><i class=\"h3\"></i>worst quarter</span><span>\xe2\x96\xb2 most runs "
           "miss the window</span><span>\xe2\x96\xa0 no plan</span></div>";
}

// ---- curves

struct Dot {
    double at = 0;
    double value = 0;
    bool is_there = true;  // false: no plan there
    std::string title;
};

struct Curve {
    std::string name;
    std::string x_name;
    std::string y_name;
    std::vector<Dot> dots;  // by `at`
    std::vector<std::pair<double, std::string>> x_labels;
};

std::string minutes_label(double minutes) {
    if (minutes < 1) return "0";
    return short_display(std::chrono::minutes(static_cast<std::int64_t>(minutes)));
}

Picture draw_curve(const Curve& curve, bool is_time) {
    constexpr double left = 76, right = 610, top = 16, bottom = 170;
    double last = 1, most = 1;
    for (const Dot& dot : curve.dots) {
        last = std::max(last, dot.at);
        if (dot.is_there) most = std::max(most, dot.value);
    }
    const auto x = [&](double at) { return left + (right - left) * at / (last * 1.04); };
    const auto y = [&](double value) { return bottom - (bottom - top) * value / (most * 1.1); };
    Drawing draw;
    for (int i = 0; i <= 4; ++i) {
        const double value = most * i / 4;
        draw.line("gl", left, y(value), right, y(value));
        draw.text("xs m", left - 6, y(value) + 4, is_time ? minutes_label(value) : number(value),
                  "end");
    }
    std::string shape;
    for (const Dot& dot : curve.dots) {
        if (!dot.is_there) continue;
        shape += (shape.empty() ? "M" : "L") + number(x(dot.at)) + " " + number(y(dot.value));
    }
    if (!shape.empty()) draw.path("mem-line", shape);
    double labelled = -100;
    for (const Dot& dot : curve.dots) {
        if (dot.is_there) {
            draw.rect("out", x(dot.at) - 3.5, y(dot.value) - 3.5, 7, 7, dot.title);
        } else {
            draw.text("s b cross", x(dot.at), bottom - 4, "\xe2\x96\xa0", "middle");
        }
    }
    for (const auto& [at, label] : curve.x_labels) {
        if (x(at) - labelled < 44) continue;
        labelled = x(at);
        draw.text("xs m", x(at), bottom + 16, label, "middle");
    }
    draw.text("xs m", right, bottom + 32, curve.x_name, "end");
    draw.text("xs m", 0, top - 5, curve.y_name);
    return {
        620, bottom + 38, draw.out,
        curve.name + ": " + curve.y_name + " over " + curve.x_name + "; the tables say the same"};
}

// On a phone it scrolls sideways.
std::string wide_html(const std::string& label, const Picture& picture) {
    return "<div class=\"frontier\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(label) +
           "\">" + svg_of(picture) + "</div>";
}

std::string figure_html(const std::string& caption, const Picture& picture) {
    return "<figure class=\"curve\"><figcaption>" + name_html(caption) + "</figcaption>" +
           wide_html("Curve of " + caption, picture) + "</figure>";
}

// Makespan over growth, as far as there is a plan.
std::string headroom_html(const StudyFile& file) {
    std::string out;
    for (const StudyRow* row : rows_that(file, "headroom")) {
        const RowTable* probes = table_called(*row, "upgrade_probes");
        if (probes == nullptr) continue;
        Curve curve{case_name(*row), "growth; \xe2\x96\xa0 no plan found", "makespan", {}, {}};
        for (const auto& line : probes->rows) {
            const auto steps = static_cast<double>(number_in(*probes, line, "steps"));
            const std::string growth = text_in(*probes, line, "growth");
            const Duration lasts{number_in(*probes, line, "makespan_us")};
            const double minutes = static_cast<double>(lasts.count()) / 60e6;
            const bool holds = text_in(*probes, line, "holds") == "yes";
            curve.dots.push_back({steps, minutes, holds, growth + ": " + short_display(lasts)});
            curve.x_labels.emplace_back(steps, growth);
        }
        out += figure_html(curve.name, draw_curve(curve, true));
    }
    return out.empty()
               ? out
               : "<h3>Makespan as the VMs grow</h3><div class=\"maps wide\">" + out + "</div>";
}

// A bar per case: how far it goes, for the upgrade and for a loss.
std::string frontier_html(const StudyFile& file) {
    const Rows rows = rows_that(file, "headroom");
    const auto more = [](const StudyRow& row, std::string_view name) {
        return static_cast<double>(figure_number(row, name).value_or(0));
    };
    double most = 1;
    for (const StudyRow* row : rows) {
        most = std::max({most, more(*row, "upgrade_more_bytes"), more(*row, "loss_more_bytes")});
    }
    Drawing draw;
    double top = 4;
    for (const StudyRow* row : rows) {
        draw.text("s b", 0, top + 12, shortened(case_name(*row), 60));
        const auto bar = [&](const char* style, std::string_view figure, std::string_view words,
                             double y) {
            const double width = 400 * more(*row, figure) / most;
            draw.rect(style, 0, y, std::max(1.0, width), 13);
            draw.text("xs halo", width + 6, y + 11,
                      shown_figure(*row, words) + ", " + shown_figure(*row, figure));
        };
        bar("out", "upgrade_more_bytes", "upgrade_headroom", top + 18);
        bar("in", "loss_more_bytes", "loss_headroom", top + 34);
        top += 60;
    }
    const Picture picture{620, top, draw.out, "How far each case goes; the table says the same"};
    return "<h3>How far each case goes</h3><p class=\"sub\">Solid: it can still be upgraded. "
           "Outlined: it also survives the loss of a host.</p>" +
           wide_html("How far each case goes", picture);
}

// Where a sweep has one axis: the main figure along it, a curve per variant.
std::string sweep_html(const StudyFile& file, const std::string& ask) {
    const MainFigure figure = main_figure(ask);
    std::vector<Curve> curves;
    for (const StudyRow* row : rows_that(file, ask)) {
        if (row->point.size() != 1) continue;
        auto found = std::find_if(curves.begin(), curves.end(),
                                  [row](const Curve& one) { return one.name == row->variant; });
        if (found == curves.end()) {
            found = curves.insert(
                found, {row->variant, row->point[0].first, std::string(figure.heading), {}, {}});
        }
        const auto value = figure_number(*row, figure.name);
        const double scale = figure.name.ends_with("_us") ? 60e6 : 1;
        const auto at = static_cast<double>(found->dots.size());
        found->dots.push_back({at, static_cast<double>(value.value_or(0)) / scale,
                               value.has_value() && !has_no_plan(*row), case_name(*row)});
        found->x_labels.emplace_back(at, row->point[0].second);
    }
    if (curves.empty()) return {};
    std::string out = "<div class=\"maps wide\">";
    for (const Curve& curve : curves) {
        out += figure_html(curve.name, draw_curve(curve, figure.name.ends_with("_us")));
    }
    return out + "</div>";
}

// ---- losses

const char* mark_of(const std::string& survival) {
    if (survival == "survivable") return "\xe2\x9c\x93";
    return survival == "not found" ? "\xe2\x96\xb2" : "\xe2\x96\xa0";
}

struct Loss {
    std::string survival;
    std::string when;
    std::string vms;
};

std::string losses_table(const StudyRow& row, const RowTable& table) {
    std::vector<std::string> hosts;
    std::map<std::int64_t, std::string> stages;  // when each begins, in words
    std::map<std::pair<std::string, std::int64_t>, Loss> losses;
    for (const auto& line : table.rows) {
        const std::string host = text_in(table, line, "lost");
        const std::int64_t stage = number_in(table, line, "stage");
        if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
        const Loss loss{text_in(table, line, "survival"), text_in(table, line, "when"),
                        text_in(table, line, "vms")};
        stages.emplace(stage, loss.when);
        losses[{host, stage}] = loss;
    }
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
        const RowTable* losses = table_called(*row, "losses");
        if (losses != nullptr) out += losses_table(*row, *losses);
    }
    if (out.empty()) return out;
    return out +
           "<div class=\"legend\"><span>\xe2\x9c\x93 survivable</span><span>\xe2\x96\xb2 no way "
           "was "
           "found</span><span>\xe2\x96\xa0 not survivable</span></div>";
}

// ---- risk, when

// P50 to P99 of every case on one clock.
std::string risk_html(const StudyFile& file) {
    const Rows rows = rows_that(file, "risk");
    double most = 1;
    const auto minutes = [](const StudyRow& row, std::string_view name) {
        const auto value = figure_number(row, name);
        const bool ends = value && *value != Duration::max().count();
        return ends ? static_cast<double>(*value) / 60e6 : -1.0;
    };
    for (const StudyRow* row : rows) most = std::max(most, minutes(*row, "p99_us"));
    Drawing draw;
    double top = 4;
    for (const StudyRow* row : rows) {
        const auto x = [&](std::string_view name) { return 560 * minutes(*row, name) / most; };
        draw.text("s b", 0, top + 12, shortened(case_name(*row), 40));
        draw.text("s m", 620, top + 12, sentence_of(*row), "end");
        if (x("p50_us") >= 0) {
            draw.rect("in", 0.5, top + 19, x("p50_us"), 16);
            const double end = std::max(x("p95_us"), x("p50_us"));
            draw.rect("out", x("p50_us"), top + 19, end - x("p50_us"), 16);
            draw.rect("hot", end, top + 19, std::max(0.0, x("p99_us") - end), 16);
            draw.text("xs m", 0, top + 49,
                      "P50 " + shown_figure(*row, "p50_us") + ", P95 " +
                          shown_figure(*row, "p95_us") + ", P99 " + shown_figure(*row, "p99_us"));
        }
        top += 64;
    }
    const Picture picture{620, top, draw.out, "Makespans of many runs; the table says the same"};
    return "<p class=\"sub\">Outlined to the median, solid to the 95th percentile, red to the "
           "99th.</p>" +
           wide_html("Makespans of many runs", picture);
}

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
    if (ask == "headroom") out += frontier_html(file) + headroom_html(file);
    if (ask == "n-k") out += matrices_html(file);
    if (ask == "risk") out += risk_html(file);
    if (ask == "when") out += when_html(file);
    return out + sweep_html(file, ask);
}

}  // namespace

std::string study_html(const StudyFile& file) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, ask_names.size()> titles{
        {{"compare", "Comparison"},
         {"headroom", "Headroom"},
         {"smallest", "The smallest that does"},
         {"n-k", "Losing a host on the way"},
         {"risk", "Risk"},
         {"when", "What fits into the window"}}};
    Page page;
    page.title = file.head.pool.empty() ? "pool" : file.head.pool;
    page.versions = "study";
    page.main = study_verdict_html(file);
    std::vector<std::pair<std::string, std::string>> sections;
    for (const std::string& ask : asks_in(file)) {
        const auto* const found = std::find_if(
            titles.begin(), titles.end(), [&ask](const auto& one) { return one.first == ask; });
        const std::string title(found == titles.end() ? "Answers" : found->second);
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
