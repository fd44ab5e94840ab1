// Memory and links over time: curves of some hosts, rows of cells of all.
#include <algorithm>
#include <array>
#include <cmath>

#include "model/rule.hpp"
#include "reports/draw.hpp"

namespace vacate {
namespace {

constexpr double curve_width = 290;
constexpr double curve_height = 84;
constexpr double link_height = 36;

double share(std::int64_t part, std::int64_t whole) {
    if (whole <= 0) return 0;
    return std::clamp(static_cast<double>(part) / static_cast<double>(whole), 0.0, 1.0);
}

// A step curve over an axis: `value` gives the height at a point.
template <class Point, class Value>
std::string steps(const TimeAxis& axis, const std::vector<Point>& points, const Value& value) {
    std::string shape;
    for (const Point& point : points) {
        const std::string y = number(value(point));
        shape +=
            shape.empty() ? "M" + axis.x(point.at) + " " + y : "H" + axis.x(point.at) + "V" + y;
    }
    return shape.empty() ? shape : shape + "H" + number(axis.left + axis.width);
}

std::string closed(const std::string& shape, const TimeAxis& axis, double base) {
    return shape + "V" + number(base) + "H" + number(axis.left) + "z";
}

void draw_down_time(Drawing& draw, const TimeAxis& axis, const HostLane& lane, double height) {
    if (!lane.down) return;
    const double x = axis.at(lane.down->begins);
    draw.rect("down-time", x, 0, axis.at(lane.down->ends) - x, height);
}

TimeAxis whole(const TimelineReport& report, double left, double width) {
    return {std::min(Since{}, report.course.begins), std::max(Since{1}, report.course.ends), left,
            width};
}

Bandwidth peak_of(const HostLane& lane) {
    Bandwidth peak;
    for (const LinkPoint& point : lane.link) {
        peak = std::max({peak, point.sends, point.receives});
    }
    return peak;
}

// ---- rows of cells

constexpr int cells = 120;

struct Strip {
    const TimelineReport& report;
    TimeAxis axis;
    Drawing draw;
    double y = 0;
};

Since cell_begin(const TimeAxis& axis, int cell) {
    return axis.from + (axis.to - axis.from) / cells * cell;
}

// Cells of one level that follow each other are one rectangle.
void draw_cells(Strip& strip, const std::vector<int>& levels, double height) {
    const double width = strip.axis.width / cells;
    for (int begin = 0; begin < cells;) {
        int end = begin + 1;
        const auto level = [&levels](int cell) { return levels[static_cast<std::size_t>(cell)]; };
        while (end < cells && level(end) == level(begin)) ++end;
        const std::string style = level(begin) < 0 ? "down" : "q" + std::to_string(level(begin));
        strip.draw.rect(style, strip.axis.left + width * begin, strip.y, width * (end - begin),
                        height);
        begin = end;
    }
}

// The worst level of each cell: `level_of` a point, from 0 for calm to 4 for tight.
template <class Point, class Level>
std::vector<int> levels_of(const Strip& strip, const HostLane& lane,
                           const std::vector<Point>& points, const Level& level_of) {
    std::vector<int> levels(cells, 0);
    std::size_t next = 0;
    int current = points.empty() ? 0 : level_of(points.front());
    for (int cell = 0; cell < cells; ++cell) {
        const Since until = cell_begin(strip.axis, cell + 1);
        int worst = current;
        for (; next < points.size() && points[next].at < until; ++next) {
            current = level_of(points[next]);
            worst = std::max(worst, current);
        }
        const Since from = cell_begin(strip.axis, cell);
        const bool down = lane.down && from >= lane.down->begins && until <= lane.down->ends;
        levels[static_cast<std::size_t>(cell)] = down ? -1 : worst;
    }
    return levels;
}

int memory_level(const MemoryPoint& point) {
    const std::int64_t free = (point.capacity - point.committed).count;
    constexpr std::array<std::int64_t, 4> permilles{400, 150, 50, 20};
    int level = 0;
    for (const std::int64_t permille : permilles) {
        if (static_cast<Wide>(free) * 1000 < static_cast<Wide>(point.capacity.count) * permille) {
            ++level;
        }
    }
    return level;
}

int link_level(const LinkPoint& point, Bandwidth link) {
    const std::int64_t most = std::max(point.sends, point.receives).count;
    if (most <= 0 || link.count <= 0) return 0;
    const Wide permille = static_cast<Wide>(most) * 1000 / link.count;
    return permille >= 900 ? 4 : permille >= 600 ? 3 : permille >= 300 ? 2 : 1;
}

constexpr double strip_row = 14;

template <class Row>
Picture draw_strip(const TimelineReport& report, std::size_t first, std::size_t count,
                   const std::string& last_column, const Row& row) {
    Strip strip{report, whole(report, 118, 992), {}, 0};
    for (const Tick& tick : ticks_of(strip.axis, report.clock, 10)) {
        const double x = strip.axis.at(tick.at);
        strip.draw.text("s m", x, 12, tick.label, x < 130 ? "start" : "middle");
    }
    strip.draw.text("s m", 1120, 12, last_column);
    strip.y = 18;
    const auto& lanes = report.course.lanes;
    const std::size_t end = first + std::min(count, lanes.size() - first);
    for (std::size_t i = first; i < end; ++i) {
        const HostLane& lane = lanes[i];
        const std::string& name = report.answer.pool.hosts[lane.host].name;
        strip.draw.text("xs n", 0, strip.y + 10, shortened(name, 18));
        row(strip, lane);
        strip.y += strip_row;
    }
    return {1240, strip.y + 4, strip.draw.out, ""};
}

}  // namespace

std::vector<const HostLane*> tightest_lanes(const Course& course) {
    std::vector<const HostLane*> lanes;
    for (const HostLane& lane : course.lanes) {
        if (!lane.least.arrival.is_none()) lanes.push_back(&lane);
    }
    std::stable_sort(lanes.begin(), lanes.end(), [](const HostLane* a, const HostLane* b) {
        return a->least.free < b->least.free;
    });
    return lanes;
}

const HostLane* tightest_lane(const Course& course) {
    const auto lanes = tightest_lanes(course);
    return lanes.empty() ? nullptr : lanes.front();
}

std::vector<const HostLane*> memory_lanes(const Course& course) {
    std::vector<const HostLane*> lanes;
    for (const HostLane& lane : course.lanes) lanes.push_back(&lane);
    if (lanes.size() <= curves_max) return lanes;
    std::stable_sort(lanes.begin(), lanes.end(), [](const HostLane* a, const HostLane* b) {
        return a->least.free < b->least.free;
    });
    lanes.resize(curves_of_many);
    return lanes;
}

std::vector<const HostLane*> link_lanes(const Course& course) {
    std::vector<const HostLane*> lanes;
    for (const HostLane& lane : course.lanes) lanes.push_back(&lane);
    if (lanes.size() <= curves_max) return lanes;
    std::stable_sort(lanes.begin(), lanes.end(),
                     [](const HostLane* a, const HostLane* b) { return a->busy > b->busy; });
    lanes.resize(curves_of_many);
    return lanes;
}

std::string least_text(const TimelineReport& report, const HostLane& lane) {
    const Pool& pool = report.answer.pool;
    std::string text = display(lane.least.free) + " left";
    if (!lane.least.arrival.is_none()) {
        const Id<Vm> vm = subject_of(report.answer.plan.steps[lane.least.arrival]).vm;
        text += " while " + pool.vms[vm].name + " (" + display(pool.vms[vm].memory) + ") arrives";
    }
    return text;
}

Picture draw_memory(const TimelineReport& report, const HostLane& lane) {
    const TimeAxis axis = whole(report, 0, curve_width);
    Bytes most{1};
    for (const MemoryPoint& point : lane.memory) {
        most = std::max({most, point.capacity, point.committed});
    }
    const auto height = [most](Bytes amount) {
        return curve_height - (curve_height - 14) * share(amount.count, most.count);
    };
    Drawing draw;
    draw_down_time(draw, axis, lane, curve_height);
    const std::string used = steps(
        axis, lane.memory, [&height](const MemoryPoint& point) { return height(point.committed); });
    draw.path("mem", closed(used, axis, curve_height));
    draw.path("mem-line", used);
    draw.path("cap", steps(axis, lane.memory,
                           [&height](const MemoryPoint& point) { return height(point.capacity); }));
    draw.text("xs", 2, 10, display(most));
    draw.line("base", 0, curve_height - 0.5, curve_width, curve_height - 0.5);
    const MemoryPoint& point = point_at(lane.memory, lane.least.at);
    const bool worst = &lane == tightest_lane(report.course);
    draw.out += "<circle class=\"" + std::string(worst ? "dot-hot" : "dot") + "\" cx=\"" +
                axis.x(lane.least.at) + "\" cy=\"" + number(height(point.committed)) + "\" r=\"" +
                (worst ? "5" : "3.5") + "\"/>";
    const std::string& name = report.answer.pool.hosts[lane.host].name;
    return {curve_width, curve_height, draw.out,
            "Memory of " + name + ": " + least_text(report, lane) + " at " +
                report.clock.at(lane.least.at)};
}

Picture draw_link(const TimelineReport& report, const HostLane& lane) {
    const TimeAxis axis = whole(report, 0, 1110);
    const Host& host = report.answer.pool.hosts[lane.host];
    const std::int64_t most = std::max({host.link, peak_of(lane), Bandwidth{1}}).count;
    constexpr double middle = link_height / 2;
    const auto up = [most](Bandwidth rate) {
        return middle - (middle - 2) * share(rate.count, most);
    };
    const auto below = [most](Bandwidth rate) {
        return middle + (middle - 2) * share(rate.count, most);
    };
    Drawing draw;
    draw_down_time(draw, axis, lane, link_height);
    draw.path("sends", closed(steps(axis, lane.link,
                                    [&up](const LinkPoint& point) { return up(point.sends); }),
                              axis, middle));
    draw.path("receives",
              closed(steps(axis, lane.link,
                           [&below](const LinkPoint& point) { return below(point.receives); }),
                     axis, middle));
    draw.line("limit", 0, up(host.link), axis.width, up(host.link));
    draw.line("limit", 0, below(host.link), axis.width, below(host.link));
    draw.line("gl", 0, middle, axis.width, middle);
    return {axis.width, link_height, draw.out,
            "Link of " + host.name + ": at most " + display(peak_of(lane)) + " of " +
                display(host.link)};
}

Picture draw_memory_strip(const TimelineReport& report, std::size_t first, std::size_t count) {
    Picture picture =
        draw_strip(report, first, count, "least free", [&](Strip& strip, const HostLane& lane) {
            draw_cells(strip, levels_of(strip, lane, lane.memory, memory_level), strip_row - 2);
            const double x = strip.axis.at(lane.least.at);
            strip.draw.line("ink", x, strip.y, x, strip.y + strip_row - 2);
            strip.draw.text("xs", 1120, strip.y + 10,
                            display(lane.least.free) + " " + report.clock.at(lane.least.at));
        });
    picture.sentence = "Free memory of every host over time; the column least free says the same";
    return picture;
}

Picture draw_link_strip(const TimelineReport& report, std::size_t first, std::size_t count) {
    Picture picture =
        draw_strip(report, first, count, "busy, peak", [&](Strip& strip, const HostLane& lane) {
            const Bandwidth link = report.answer.pool.hosts[lane.host].link;
            draw_cells(
                strip,
                levels_of(strip, lane, lane.link,
                          [link](const LinkPoint& point) { return link_level(point, link); }),
                strip_row - 2);
            const Duration all = std::max(Duration{1}, report.course.ends);
            strip.draw.text("xs", 1120, strip.y + 10,
                            std::to_string(lane.busy.count() * 100 / all.count()) + " %, " +
                                display(peak_of(lane)));
        });
    picture.sentence = "Use of every host's link over time; the last column says how busy it is";
    return picture;
}

Picture draw_room(const Pool& pool, const PoolState& state) {
    Drawing draw;
    Bytes most{1};
    for (const Id<Host> host : pool.hosts.ids()) {
        most = std::max({most, capacity_in(pool, state, host), state.hosts[host].committed});
    }
    double y = 0;
    for (const Id<Host> host : pool.hosts.ids()) {
        const auto width = [most](Bytes amount) { return 780 * share(amount.count, most.count); };
        const Bytes capacity = capacity_in(pool, state, host);
        const Bytes used = state.hosts[host].committed;
        draw.text("n b", 0, y + 14, shortened(pool.hosts[host].name, 17));
        draw.rect("mem", 130, y + 2, width(used), 16);
        draw.path("cap", "M" + number(130 + width(capacity)) + " " + number(y) + "v20");
        draw.text("xs m", 920, y + 14,
                  display(used) + " used of " + display(capacity) + ", " +
                      display(capacity - used) + " free");
        y += 24;
    }
    return {1240, y, draw.out, "Memory used on every host against what it can give"};
}

}  // namespace vacate
