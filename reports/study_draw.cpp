// Curves, bars, histograms, cells.
#include "reports/study_draw.hpp"

#include <algorithm>

#include "reports/headline.hpp"

namespace vacate {
namespace {

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

// ---- risk

constexpr double risk_width = 560;
constexpr double risk_height = 44;

double minutes_of(std::int64_t microseconds) { return static_cast<double>(microseconds) / 60e6; }

// Nothing where it never ends, or nobody knows.
std::optional<double> minutes_in(const StudyRow& row, std::string_view figure) {
    const auto value = figure_number(row, figure);
    if (!value || *value == Duration::max().count()) return std::nullopt;
    return minutes_of(*value);
}

// The end of the clock that all rows share.
double longest_of(const Rows& rows) {
    double most = 1;
    for (const StudyRow* row : rows) {
        for (const char* figure : {"p50_us", "p95_us", "p99_us", "window_us"}) {
            most = std::max(most, minutes_in(*row, figure).value_or(0));
        }
        const RowTable* table = table_called(*row, "makespans");
        if (table == nullptr || table->rows.empty()) continue;
        most = std::max(most, minutes_of(number_in(*table, table->rows.back(), "to_us")));
    }
    return most;
}

void draw_histogram(Drawing& draw, const StudyRow& row, double base, double scale) {
    const RowTable* table = table_called(row, "makespans");
    if (table == nullptr) return;
    std::int64_t most = 1;
    for (const auto& line : table->rows) most = std::max(most, number_in(*table, line, "runs"));
    for (const auto& line : table->rows) {
        const std::int64_t runs = number_in(*table, line, "runs");
        if (runs == 0) continue;
        const std::int64_t from = number_in(*table, line, "from_us");
        const std::int64_t to = number_in(*table, line, "to_us");
        const double x = scale * minutes_of(from);
        const double height =
            std::max(1.0, risk_height * static_cast<double>(runs) / static_cast<double>(most));
        draw.rect("hist", x, base - height, std::max(1.0, scale * minutes_of(to) - x - 1), height,
                  short_display(Duration{from}) + " to " + short_display(Duration{to}) + ": " +
                      std::to_string(runs) + (runs == 1 ? " run" : " runs"));
    }
}

void draw_percentiles(Drawing& draw, const StudyRow& row, double top, double scale) {
    const auto p50 = minutes_in(row, "p50_us");
    if (!p50) return;
    const double median = scale * *p50;
    const double p95 = scale * minutes_in(row, "p95_us").value_or(*p50);
    const double p99 = scale * minutes_in(row, "p99_us").value_or(*p50);
    draw.rect("in", 0.5, top, median, 16);
    draw.rect("out", median, top, p95 - median, 16);
    draw.rect("hot", p95, top, p99 - p95, 16);
    draw.text("xs m", 0, top + 30,
              "P50 " + shown_figure(row, "p50_us") + ", P95 " + shown_figure(row, "p95_us") +
                  ", P99 " + shown_figure(row, "p99_us"));
}

// ---- cells

constexpr double cell_height = 26;

double text_width(const std::string& text) {
    const auto letters = std::count_if(text.begin(), text.end(), [](char letter) {
        return (static_cast<unsigned char>(letter) & 0xc0U) != 0x80;
    });
    return 7.2 * static_cast<double>(letters);
}

constexpr std::size_t label_letters = 30;

// Where the cells begin, right of the names of their rows.
double label_width(const std::vector<std::string>& names) {
    double width = 40;
    for (const std::string& name : names) {
        width = std::max(width, text_width(shortened(name, label_letters)));
    }
    return width + 14;
}

void draw_cell(Drawing& draw, double x, double y, double width, const std::string& shade,
               const std::string& text, const std::string& title = {}) {
    draw.rect("heat" + shade, x + 1, y + 1, width - 2, cell_height - 2, title);
    draw.text("s on-heat" + shade, x + width / 2, y + 17, text, "middle");
}

}  // namespace

std::vector<StudyPicture> draw_headroom(const StudyFile& file) {
    std::vector<StudyPicture> pictures;
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
        pictures.push_back({curve.name, draw_curve(curve, true)});
    }
    return pictures;
}

Picture draw_frontier(const StudyFile& file) {
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
    return {620, top, draw.out, "How far each case goes; the table says the same"};
}

std::vector<StudyPicture> draw_sweep(const StudyFile& file, std::string_view ask) {
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
    std::vector<StudyPicture> pictures;
    for (const Curve& curve : curves) {
        pictures.push_back({curve.name, draw_curve(curve, figure.name.ends_with("_us"))});
    }
    return pictures;
}

Picture draw_risk(const StudyFile& file) {
    const Rows rows = rows_that(file, "risk");
    const double scale = risk_width / longest_of(rows);
    Drawing draw;
    double top = 4;
    for (const StudyRow* row : rows) {
        draw.text("s b", 0, top + 12, shortened(case_name(*row), 40));
        draw.text("s m", 620, top + 12, sentence_of(*row), "end");
        const double base = top + 24 + risk_height;
        draw_histogram(draw, *row, base, scale);
        draw_percentiles(draw, *row, base + 3, scale);
        if (const auto window = minutes_in(*row, "window_us")) {
            const double x = scale * *window;
            draw.line("win-end", x, top + 18, x, base + 22);
            draw.text("xs ok halo", x + 4, top + 28, "window");
        }
        top = base + 50;
    }
    return {620, top, draw.out, "When the runs of each case end; the table says the same"};
}

Picture draw_heat_map(const Heat& heat, const HeatMap& map) {
    const double left = label_width(map.down);
    double width = 60;
    for (const StudyRow* row : map.rows) {
        width = std::max(width, text_width(heat_text(*row, heat.figure.name)) + 12);
    }
    for (const std::string& across : map.across) {
        width = std::max(width, text_width(shortened(across, label_letters)) + 12);
    }
    Drawing draw;
    const double middle = width / 2;
    for (std::size_t i = 0; i < map.across.size(); ++i) {
        draw.text("s m", left + width * static_cast<double>(i) + middle, 14,
                  shortened(map.across[i], label_letters), "middle");
    }
    double y = 20;
    for (const std::string& down : map.down) {
        draw.text("s", 0, y + 17, shortened(down, label_letters));
        for (std::size_t i = 0; i < map.across.size(); ++i) {
            const StudyRow* row = row_at(map, down, map.across[i]);
            if (row == nullptr) continue;
            const auto value = figure_number(*row, heat.figure.name);
            const bool has = has_value(*row, heat.figure.name);
            draw_cell(draw, left + width * static_cast<double>(i), y, width,
                      has ? std::to_string(heat.shade(*value)) : "-none",
                      heat_text(*row, heat.figure.name), case_name(*row));
        }
        y += cell_height;
    }
    return {left + width * static_cast<double>(map.across.size()), y, draw.out,
            "Heat map of " + map.variant + "; the table says the same"};
}

Picture draw_losses(const LossMatrix& matrix) {
    constexpr double width = 30;
    const double left = label_width(matrix.hosts);
    Drawing draw;
    double x = left;
    for (const auto& [stage, when] : matrix.stages) {
        draw.text("xs m", x + width / 2, 14, std::to_string(stage), "middle");
        x += width;
    }
    double y = 20;
    for (const std::string& host : matrix.hosts) {
        draw.text("s", 0, y + 17, shortened(host, label_letters));
        double at = left;
        for (const auto& [stage, when] : matrix.stages) {
            const auto found = matrix.losses.find({host, stage});
            if (found != matrix.losses.end()) {
                const Loss& loss = found->second;
                draw_cell(draw, at, y, width, loss.survival == "survivable" ? "0" : "2",
                          mark_of(loss.survival), when + ", " + host + " lost: " + loss.survival);
            }
            at += width;
        }
        y += cell_height;
    }
    return {x, y, draw.out, "Losses by host and stage"};
}

Picture draw_table(const ReportTable& table) {
    constexpr std::size_t letters = 60;
    std::vector<double> widths;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        double width = text_width(table.columns[i].heading);
        for (const auto& row : table.rows) {
            width = std::max(width, text_width(shortened(row[i], letters)));
        }
        widths.push_back(width);
    }
    Drawing draw;
    double y = 14;
    double all = 0;
    const auto put = [&](const char* style, const auto& cell) {
        double x = 0;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const bool right = table.columns[i].right;
            draw.text(style, right ? x + widths[i] : x, y, shortened(cell(i), letters),
                      right ? "end" : "start");
            x += widths[i] + 18;
        }
        all = std::max(all, x);
        y += 20;
    };
    put("s m", [&](std::size_t i) { return table.columns[i].heading; });
    for (const auto& row : table.rows) {
        put("s", [&](std::size_t i) { return row[i]; });
    }
    return {all, y - 6, draw.out, "A table"};
}

}  // namespace vacate
