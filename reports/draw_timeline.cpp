// The ruler beside the verdict, and the timeline: hosts as lanes, migrations as bars.
#include <algorithm>
#include <array>
#include <cmath>

#include "model/limits.hpp"
#include "model/rule.hpp"
#include "reports/draw.hpp"

namespace vacate {
namespace {

using std::chrono::minutes;

constexpr std::size_t lanes_max = limits::hosts;

Since times(Since time, std::int64_t permille) { return time / 1000 * permille; }

std::string plural(std::int64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

// ---- the ruler

struct Ruler {
    const TimelineReport& report;
    Drawing draw;
    Axis axis;
};

constexpr double ruler_height = 164;

void draw_window(Ruler& ruler) {
    const auto& window = ruler.report.window;
    if (!window) return;
    const ReportClock& clock = ruler.report.clock;
    const double right = ruler.axis.at(*window);
    ruler.draw.rect("win", 0, 0, right, ruler_height - 20);
    ruler.draw.line("win-end", right, 0, right, ruler_height - 20);
    ruler.draw.text("s ok b halo", 8, 15,
                    "maintenance window " + clock.at(Since{}) + "\xe2\x80\x93" + clock.at(*window));
}

void draw_histogram(Ruler& ruler, const std::vector<Duration>& ends, double base) {
    constexpr std::size_t bins = 96;
    std::array<std::int64_t, bins> counts{};
    const double bin = ruler.axis.width / bins;
    for (const Duration end : ends) {
        const auto index = static_cast<std::size_t>((ruler.axis.at(end) - ruler.axis.left) / bin);
        ++counts[std::min(bins - 1, index)];
    }
    const std::int64_t most = *std::max_element(counts.begin(), counts.end());
    for (std::size_t i = 0; i < bins; ++i) {
        if (counts[i] == 0) continue;
        const double height =
            std::max(1.0, 34 * static_cast<double>(counts[i]) / static_cast<double>(most));
        ruler.draw.rect("hist", ruler.axis.left + bin * static_cast<double>(i), base - height,
                        bin - 1, height);
    }
}

void draw_runs(Ruler& ruler) {
    constexpr double base = 100;
    const TrialsAnswer* trials = ruler.report.trials;
    ruler.draw.line("gl", 0, base, ruler.axis.left + ruler.axis.width, base);
    if (trials == nullptr) {
        ruler.draw.text("s m halo", 8, base - 6, "run once; --runs says how sure it is");
        return;
    }
    const auto ends = figures_of(trials->trials, &TrialRun::makespan);
    ruler.draw.text("s m halo", 8, base - 6,
                    plural(static_cast<std::int64_t>(trials->trials.runs.size()), "simulated run",
                           "simulated runs"));
    if (ends.empty()) return;
    draw_histogram(ruler, ends, base);
    const Duration p95 = percentile(ends, 95).value_or(Duration{});
    const double x = ruler.axis.at(p95);
    ruler.draw.line("ink", x, base - 38, x, base);
    const bool room = x < ruler.axis.width - 80;
    ruler.draw.text("s b halo", x + (room ? 4 : -4), base - 30, "P95 " + ruler.report.clock.at(p95),
                    room ? "start" : "end");
}

void draw_peer_bar(Ruler& ruler) {
    const auto& wizard = ruler.report.wizard;
    if (!wizard) return;
    const double width = ruler.axis.at(wizard->course.ends);
    ruler.draw.rect("ghost", 0.75, 108, width - 1.5, 26);
    ruler.draw.text("s halo", 9, 125,
                    "wizard " + display(wizard->course.ends) + ", one host after another");
}

// ---- the timeline

struct Lanes {
    const TimelineReport& report;
    const Course& course;
    const Pool& pool;
    LaneLayout layout;
    Axis axis;
    Drawing draw;
    Table<Host, double> top;  // below 0: not in this part
    Table<Step, char> critical;
    double bottom = 0;

    [[nodiscard]] bool shows(Id<Host> host) const { return top[host] >= 0; }
};

void draw_bands(Lanes& lanes) {
    const Course& course = lanes.course;
    const ReportClock& clock = lanes.report.clock;
    const double top = lanes.layout.top;
    if (course.mixed) {
        const double x = lanes.axis.at(course.mixed->begins);
        const double width = lanes.axis.at(course.mixed->ends) - x;
        lanes.draw.rect("mixed", x, top, width, lanes.bottom - top);
        lanes.draw.rect("mixed-edge", x, 22, width, 3);
        const std::string text =
            "mixed versions " + display(course.mixed->ends - course.mixed->begins) + ", " +
            clock.at(course.mixed->begins) + "\xe2\x80\x93" + clock.at(course.mixed->ends);
        lanes.draw.text("s mix b", x + 5, 36, text);
    }
    if (course.blackout) {
        const double x = lanes.axis.at(course.blackout->begins);
        const double width = lanes.axis.at(course.blackout->ends) - x;
        lanes.draw.rect("black", x, top, width, lanes.bottom - top);
        lanes.draw.rect("black-edge", x, 42, width, 3);
        const std::string text =
            "no coordinator " + display(course.blackout->ends - course.blackout->begins);
        lanes.draw.text("s", x + 5, 56, text);
    }
}

void draw_grid(Lanes& lanes) {
    for (const Tick& tick : ticks_of(lanes.axis, lanes.report.clock, 10)) {
        const double x = lanes.axis.at(tick.at);
        lanes.draw.line("gl", x, 18, x, lanes.bottom);
        lanes.draw.text("s m", x, 13, tick.label, x < lanes.axis.left + 10 ? "start" : "middle");
    }
}

// "waits" where a host that is being emptied sends nothing for two minutes or more.
void draw_waits(Lanes& lanes, const HostLane& lane, const Stretch& emptied) {
    Since quiet = emptied.begins;
    const auto say = [&](Since until) {
        if (until - quiet < minutes(2)) return;
        const double x = lanes.axis.at(quiet);
        const double width = lanes.axis.at(until) - x;
        if (width < 34 || lanes.layout.lane < 20) return;
        lanes.draw.text("xs", x + width / 2, lanes.top[lane.host] + lanes.layout.lane / 2 + 4,
                        "waits", "middle");
    };
    for (const MoveBar& move : lanes.course.moves) {
        if (move.from != lane.host || move.when.begins < emptied.begins) continue;
        if (move.when.begins > quiet) say(move.when.begins);
        quiet = std::max(quiet, move.when.ends);
    }
    say(emptied.ends);
}

void draw_down(Lanes& lanes, const HostLane& lane) {
    const double top = lanes.top[lane.host];
    const double x = lanes.axis.at(lane.down->begins);
    const double width = lanes.axis.at(lane.down->ends) - x;
    const Duration lasts = lane.down->ends - lane.down->begins;
    lanes.draw.rect("down", x, top, width, lanes.layout.lane - 1,
                    lanes.pool.hosts[lane.host].name + " down " +
                        lanes.report.clock.at(lane.down->begins) + "\xe2\x80\x93" +
                        lanes.report.clock.at(lane.down->ends));
    const std::string text = "down " + display(std::chrono::round<std::chrono::minutes>(lasts));
    if (width > 7.0 * static_cast<double>(text.size())) {
        lanes.draw.text("xs on-down", x + width / 2, top + lanes.layout.lane / 2 + 4, text,
                        "middle");
    } else if (width > 32) {
        lanes.draw.text("xs on-down", x + width / 2, top + lanes.layout.lane / 2 + 4, "down",
                        "middle");
    }
}

void draw_phases(Lanes& lanes, const HostLane& lane) {
    const double top = lanes.top[lane.host];
    const double left = lanes.axis.left;
    const double height = lanes.layout.lane - 1;
    const auto x = [&lanes](Since at) { return lanes.axis.at(at); };
    const Since gone = lane.down ? lane.down->begins : lanes.course.ends;
    const Since old_until = lane.disabled.value_or(gone);
    lanes.draw.line("old", left, top + 1, x(old_until), top + 1);
    if (lane.disabled && gone > *lane.disabled) {
        const double begin = x(*lane.disabled);
        const double width = x(gone) - begin;
        lanes.draw.rect("drain", begin, top, width, height);
        lanes.draw.rect("hatch-drain", begin, top, width, height);
        lanes.draw.rect("drain-edge", begin, top, width, 4);
        draw_waits(lanes, lane, {*lane.disabled, gone});
    }
    if (!lane.down) return;
    draw_down(lanes, lane);
    const Since back = lane.enabled.value_or(lane.down->ends);
    if (lanes.course.ends > back) {
        lanes.draw.rect("ready", x(back), top, x(lanes.course.ends) - x(back), 4);
    }
}

std::string bar_title(const Lanes& lanes, const MoveBar& move) {
    const ReportClock& clock = lanes.report.clock;
    return lanes.pool.vms[move.vm].name + ", " + display(lanes.pool.vms[move.vm].ram) + ", " +
           lanes.pool.hosts[move.from].name + " to " + lanes.pool.hosts[move.to].name + ", " +
           clock.at(move.when.begins) + ", " + display(move.when.ends - move.when.begins) +
           ", pause " + display(move.pause);
}

struct BarBox {
    double x = 0;
    double y = 0;
    double width = 0;
};

BarBox box_of(const Lanes& lanes, const MoveBar& move, bool leaves) {
    const Id<Host> host = leaves ? move.from : move.to;
    const std::int32_t row = leaves ? move.row_out : move.row_in;
    const double x = lanes.axis.at(move.when.begins);
    return {x, lanes.top[host] + lanes.layout.first_row + row * lanes.layout.row,
            std::max(1.0, lanes.axis.at(move.when.ends) - x - 0.6)};
}

// One element per bar, with its sentence.
void draw_bars_one_by_one(Lanes& lanes) {
    for (const MoveBar& move : lanes.course.moves) {
        for (const bool leaves : {false, true}) {
            if (!lanes.shows(leaves ? move.from : move.to)) continue;
            const BarBox box = box_of(lanes, move, leaves);
            const char* style = !leaves ? "in" : lanes.critical[move.step] != 0 ? "hot" : "out";
            lanes.draw.rect(style, box.x, box.y, box.width, lanes.layout.bar,
                            bar_title(lanes, move));
            if (move.nth > 1) lanes.draw.rect("again", box.x, box.y, 2.5, lanes.layout.bar);
            const std::string& name = lanes.pool.vms[move.vm].name;
            if (lanes.layout.has_names && box.width > 6.2 * static_cast<double>(name.size()) + 6) {
                lanes.draw.text(leaves ? "xs on-bar" : "xs", box.x + 4,
                                box.y + lanes.layout.bar / 2 + 3.5, name);
            }
        }
    }
}

// One path per kind of bar: thousands of elements would be slow to lay out.
void draw_bars_together(Lanes& lanes) {
    std::string out, in, hot, again;
    const auto box_path = [&lanes](const BarBox& box, double width) {
        return "M" + number(box.x) + " " + number(box.y) + "h" + number(width) + "v" +
               number(lanes.layout.bar) + "h-" + number(width) + "z";
    };
    for (const MoveBar& move : lanes.course.moves) {
        for (const bool leaves : {false, true}) {
            if (!lanes.shows(leaves ? move.from : move.to)) continue;
            const BarBox box = box_of(lanes, move, leaves);
            std::string& kind = !leaves ? in : lanes.critical[move.step] != 0 ? hot : out;
            kind += box_path(box, box.width);
            if (move.nth > 1) again += box_path(box, std::min(2.0, box.width));
        }
    }
    lanes.draw.path("in", in);
    lanes.draw.path("out", out);
    lanes.draw.path("again", again);
    lanes.draw.path("hot", hot);
}

void draw_label(Lanes& lanes, const HostLane& lane) {
    const double top = lanes.top[lane.host];
    const bool first = lane.host == lanes.pool.coordinator;
    const bool two_lines = lanes.layout.has_counts;
    lanes.draw.line("gl", 0, top - 0.5, lanes.layout.width, top - 0.5);
    lanes.draw.text("n b", 0, top + lanes.layout.lane / 2 + (two_lines ? -3 : 4),
                    (first ? "\xe2\x98\x85 " : "") +
                        shortened(lanes.pool.hosts[lane.host].name, first ? 13 : 15));
    if (!two_lines) return;
    lanes.draw.text("xs m", 0, top + lanes.layout.lane / 2 + 11,
                    "\xe2\x86\x91" + std::to_string(lane.out) + " out \xe2\x86\x93" +
                        std::to_string(lane.in) + " in");
}

void draw_chain(Lanes& lanes) {
    std::string shape;
    bool goes_on = false;
    for (const ChainLink& link : lanes.report.chain) {
        const StepSubject subject = subject_of(lanes.report.answer.plan.steps[link.step]);
        const Id<Host> host = subject.host.is_none() ? subject.from : subject.host;
        if (host.is_none() || !lanes.shows(host)) {
            goes_on = goes_on && host.is_none();
            continue;
        }
        const StepTimes& times_of = lanes.report.answer.schedule.times[link.step];
        const std::string y = number(lanes.top[host] + lanes.layout.lane - 2.5);
        shape += (goes_on ? "L" : "M") + lanes.axis.x(times_of.start - lanes.course.zero) + " " +
                 y + "L" + lanes.axis.x(times_of.end - lanes.course.zero) + " " + y;
        goes_on = true;
    }
    if (!shape.empty()) lanes.draw.path("chain", shape);
}

void draw_marks(Lanes& lanes) {
    const auto mark = [&lanes](const char* style, Since at, const std::string& text, double y) {
        const double x = lanes.axis.at(at);
        lanes.draw.line(style, x, 18, x, lanes.bottom);
        const bool room = x < lanes.layout.width - 130;
        lanes.draw.text(std::string(style) + "-text s b", x + (room ? 6 : -6), y, text,
                        room ? "start" : "end");
    };
    const ReportClock& clock = lanes.report.clock;
    mark("mark-plan", lanes.course.ends, "plan done " + clock.at(lanes.course.ends),
         lanes.layout.top + 14);
    const auto& window = lanes.report.window;
    if (window && *window <= lanes.axis.to) {
        mark("mark-window", *window, "window closes " + clock.at(*window), lanes.layout.top + 34);
    }
}

void draw_wizard(Lanes& lanes) {
    const auto& wizard = lanes.report.wizard;
    if (!wizard) return;
    const double top = lanes.bottom + 8;
    lanes.draw.text("n b", 0, top + 12, "wizard");
    lanes.draw.text("xs m", 0, top + 25, "for comparison");
    std::int32_t place = 0;
    for (const HostLane& lane : wizard->course.lanes) {
        if (!lane.down) continue;
        ++place;
        const double begin = lanes.axis.at(lane.disabled.value_or(lane.down->begins));
        const double down = lanes.axis.at(lane.down->begins);
        const double back = lanes.axis.at(lane.down->ends);
        if (begin >= lanes.layout.width - 1) continue;
        lanes.draw.rect("ghost-drain", begin, top, down - begin, 24);
        lanes.draw.rect("ghost-down", down, top, back - down, 24, lanes.pool.hosts[lane.host].name);
        if (back - down > 14) {
            lanes.draw.text("xs m", (down + back) / 2, top + 16, std::to_string(place), "middle");
        }
    }
    const Since ends = wizard->course.ends;
    if (ends > lanes.axis.to) {
        lanes.draw.text("xs b", lanes.layout.width, top + 37,
                        "goes on until " + lanes.report.clock.at(ends) + " \xe2\x86\x92", "end");
    } else {
        lanes.draw.text("xs b", lanes.axis.at(ends), top + 37,
                        "wizard done " + lanes.report.clock.at(ends), "end");
    }
}

std::string timeline_sentence(const TimelineReport& report) {
    const Course& course = report.course;
    return "Timeline of " +
           plural(static_cast<std::int64_t>(course.moves.size()), "migration", "migrations") +
           " on " + plural(static_cast<std::int64_t>(course.lanes.size()), "host", "hosts") +
           ", done " + report.clock.at(course.ends) + "; the table of all moves says the same";
}

}  // namespace

LaneLayout layout_of(const Course& course) {
    LaneLayout layout;
    const std::size_t hosts = course.lanes.size();
    const double rows = std::max(1, course.rows);
    layout.lane = hosts <= 12 ? 54 : hosts <= 24 ? 42 : 22;
    layout.has_counts = hosts <= 24;
    layout.first_row = hosts <= 24 ? 7 : 5;
    layout.row = std::min(14.0, (layout.lane - layout.first_row - 4) / rows);
    layout.bar = std::max(1.0, layout.row - (layout.row > 8 ? 2 : 0.6));
    layout.has_names = layout.bar >= 9;
    return layout;
}

Since shown_until(const TimelineReport& report) {
    const Since ends = std::max(Since{minutes(1)}, report.course.ends);
    const Since with_room = times(ends, 1120);
    const bool near = report.window && *report.window < times(ends, 1600);
    return near ? std::max(with_room, times(*report.window, 1100)) : with_room;
}

Since known_until(const TimelineReport& report) {
    Since all = shown_until(report);
    if (report.wizard) all = std::max(all, times(report.wizard->course.ends, 1050));
    if (report.window) all = std::max(all, times(*report.window, 1050));
    return all;
}

Picture draw_verdict(const TimelineReport& report) {
    Since last = known_until(report);
    if (report.trials != nullptr) {
        for (const Duration end : figures_of(report.trials->trials, &TrialRun::makespan)) {
            last = std::max(last, times(end, 1020));
        }
    }
    Ruler ruler{report, {}, {Since{}, last, 0, 640}};
    draw_window(ruler);
    const double plan = ruler.axis.at(report.course.ends);
    ruler.draw.rect("plan", 0, 26, plan, 26);
    const std::string text = "plan " + display(report.course.ends);
    const bool inside = plan > 8.0 * static_cast<double>(text.size());
    ruler.draw.text(inside ? "s on-bar b" : "s b halo", inside ? 9 : plan + 6, 43, text);
    draw_runs(ruler);
    draw_peer_bar(ruler);
    const Duration bound = report.answer.plan.promise.bound;
    if (bound.count() > 0) {
        const double x = ruler.axis.at(bound);
        ruler.draw.line("bound", x, 54, x, ruler_height - 20);
        const bool room = x > 110;
        ruler.draw.text("s m halo", x + (room ? -5 : 5), 66, "bound " + report.clock.at(bound),
                        room ? "end" : "start");
    }
    for (const Tick& tick : ticks_of(ruler.axis, report.clock, 6)) {
        const double x = ruler.axis.at(tick.at);
        const char* anchor = x < 12 ? "start" : x > 620 ? "end" : "middle";
        ruler.draw.text("s m", x, ruler_height - 5, tick.label, anchor);
    }
    return {640, ruler_height, ruler.draw.out,
            "The plan ends at " + report.clock.at(report.course.ends) +
                (report.wizard ? ", the wizard at " + report.clock.at(report.wizard->course.ends)
                               : "")};
}

Picture draw_timeline(const TimelineReport& report, std::size_t first, std::size_t count) {
    const Course& course = report.course;
    const std::size_t end = std::min(course.lanes.size(), first + std::min(count, lanes_max));
    Lanes lanes{report,
                course,
                report.answer.pool,
                layout_of(course),
                {},
                {},
                Table<Host, double>(report.answer.pool.hosts.size(), -1),
                Table<Step, char>(report.answer.plan.steps.size()),
                0};
    const LaneLayout& layout = lanes.layout;
    lanes.axis = {Since{}, shown_until(report), layout.label, layout.width - layout.label};
    lanes.bottom = layout.top;
    for (std::size_t i = first; i < end; ++i) {
        lanes.top[course.lanes[i].host] = lanes.bottom;
        lanes.bottom += layout.lane;
    }
    for (const ChainLink& link : report.chain) lanes.critical[link.step] = 1;
    draw_bands(lanes);
    draw_grid(lanes);
    for (std::size_t i = first; i < end; ++i) {
        draw_label(lanes, course.lanes[i]);
        draw_phases(lanes, course.lanes[i]);
    }
    if (course.moves.size() <= 400) {
        draw_bars_one_by_one(lanes);
    } else {
        draw_bars_together(lanes);
    }
    draw_chain(lanes);
    draw_marks(lanes);
    const bool last = end == course.lanes.size();
    if (last) draw_wizard(lanes);
    return {layout.width, lanes.bottom + (last && report.wizard ? 50 : 4), lanes.draw.out,
            timeline_sentence(report)};
}

}  // namespace vacate
