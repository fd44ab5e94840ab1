// The ruler beside the verdict, and the timeline: hosts as lanes, migrations as bars.
#include <algorithm>
#include <array>
#include <cmath>

#include "model/limits.hpp"
#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/headline.hpp"

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
    TimeAxis axis;
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
        ruler.draw.text("s m halo", 8, base - 6, "run once, without chance");
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

void draw_hours(Ruler& ruler) {
    for (const Tick& tick : ticks_of(ruler.axis, ruler.report.clock, 6)) {
        const double x = ruler.axis.at(tick.at);
        const char* anchor = x < 12 ? "start" : x > 620 ? "end" : "middle";
        ruler.draw.text("s m", x, ruler_height - 5, tick.label, anchor);
    }
}

// A run: what was promised first, and what happened, on one clock.
void draw_run_bars(Ruler& ruler) {
    const RunStory& run = *ruler.report.run;
    const ReportClock& clock = ruler.report.clock;
    const bool over = run.standing == RunStanding::done;
    const Since until = over ? ruler.report.course.ends : run.now;
    const double width = ruler.axis.at(until);
    ruler.draw.rect("plan", 0, 26, width, 26);
    const char* word = over                                   ? "done "
                       : run.standing == RunStanding::stopped ? "stopped "
                                                              : "until now, ";
    const std::string text = word + clock.at(until);
    const bool inside = width > 8.0 * static_cast<double>(text.size());
    ruler.draw.text(inside ? "s on-bar b" : "s b halo", inside ? 9 : width + 6, 43, text);
    if (!over && run.standing != RunStanding::stopped) {
        const double end = ruler.axis.at(expected_end(run));
        ruler.draw.rect("ghost", width + 0.75, 26.75, std::max(0.0, end - width - 1.5), 24.5);
    }
    const auto promise = [&](const AdoptedPlan& plan, const std::string& name, double y) {
        const double from = ruler.axis.at(plan.at);
        const double to = ruler.axis.at(plan.ends);
        ruler.draw.rect("ghost", from + 0.75, y, std::max(0.0, to - from - 1.5), 22);
        ruler.draw.text("s halo", from < 380 ? from + 9 : from - 6, y + 16,
                        name + " " + clock.at(plan.ends), from < 380 ? "start" : "end");
    };
    promise(run.plans.front(), "first plan, end", 66);
    if (run.plans.size() > 1) promise(run.plans.back(), "plan in force, end", 98);
}

// ---- the timeline

struct Lanes {
    const TimelineReport& report;
    const Course& course;
    const Pool& pool;
    LaneLayout layout;
    TimeAxis axis;
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
    if (lanes.report.run != nullptr) {
        for (const Stretch& pause : lanes.report.run->pauses) {
            const double x = lanes.axis.at(pause.begins);
            lanes.draw.rect("paused", x, top, lanes.axis.at(pause.ends) - x, lanes.bottom - top);
        }
        for (const Stretch& gap : lanes.report.run->gaps) {
            const double x = lanes.axis.at(gap.begins);
            lanes.draw.rect("gap", x, top, lanes.axis.at(gap.ends) - x, lanes.bottom - top);
        }
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
        const char* anchor = x < lanes.axis.left + 10      ? "start"
                             : x > lanes.layout.width - 24 ? "end"
                                                           : "middle";
        lanes.draw.text("s m", x, 13, tick.label, anchor);
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
        lanes.draw.text("xs", x + width / 2, lanes.top[lane.host] + lanes.layout.room() / 2 + 4,
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
    lanes.draw.rect("down", x, top, width, lanes.layout.room(),
                    lanes.pool.hosts[lane.host].name + " down " +
                        lanes.report.clock.at(lane.down->begins) + "\xe2\x80\x93" +
                        lanes.report.clock.at(lane.down->ends));
    const std::string text = "down " + display(std::chrono::round<std::chrono::minutes>(lasts));
    if (width > 7.0 * static_cast<double>(text.size())) {
        lanes.draw.text("xs on-down", x + width / 2, top + lanes.layout.room() / 2 + 4, text,
                        "middle");
    } else if (width > 32) {
        lanes.draw.text("xs on-down", x + width / 2, top + lanes.layout.room() / 2 + 4, "down",
                        "middle");
    }
}

void draw_phases(Lanes& lanes, const HostLane& lane) {
    const double top = lanes.top[lane.host];
    const double left = lanes.axis.left;
    const double height = lanes.layout.room();
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

// What a plan wanted of a host, thin below what happened.
void draw_planned(Lanes& lanes, const AdoptedPlan& plan, double y, double height) {
    for (const HostLane& lane : plan.lanes) {
        if (!lanes.shows(lane.host) || !lane.down) continue;
        const double top = lanes.top[lane.host] + y;
        const double begin = lanes.axis.at(lane.disabled.value_or(lane.down->begins));
        const double down = lanes.axis.at(lane.down->begins);
        const double back = lanes.axis.at(lane.down->ends);
        const ReportClock& clock = lanes.report.clock;
        lanes.draw.rect("plan-drain", begin, top, down - begin, height);
        lanes.draw.rect("plan-down", down, top, back - down, height,
                        "planned: " + lanes.pool.hosts[lane.host].name + " down " +
                            clock.at(lane.down->begins) + "\xe2\x80\x93" +
                            clock.at(lane.down->ends));
    }
}

void draw_plans(Lanes& lanes) {
    const RunStory& run = *lanes.report.run;
    const double foot = lanes.layout.lane - lanes.layout.plan;
    const bool two = run.plans.size() > 1;
    const double all = lanes.layout.plan - 2;
    draw_planned(lanes, run.plans.back(), foot, two ? all * 0.55 : all);
    if (two) draw_planned(lanes, run.plans.front(), foot + all * 0.65, all * 0.35);
}

std::string bar_title(const Lanes& lanes, const MoveBar& move) {
    const ReportClock& clock = lanes.report.clock;
    return lanes.pool.vms[move.vm].name + ", " + display(lanes.pool.vms[move.vm].ram) + ", " +
           lanes.pool.hosts[move.from].name + " to " + lanes.pool.hosts[move.to].name + ", " +
           clock.at(move.when.begins) + ", " + display(move.when.ends - move.when.begins) +
           (lanes.report.run == nullptr         ? ", pause " + display(move.pause)
            : move.fate == StepOutcome::failed  ? ", failed"
            : move.fate == StepOutcome::running ? ", runs"
                                                : "");
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

void draw_cross(Lanes& lanes, const BarBox& box) {
    lanes.draw.text("xs b cross", box.x + box.width / 2, box.y + lanes.layout.bar / 2 + 4,
                    "\xe2\x9c\x95", "middle");
}

// One element per bar, with its sentence.
void draw_bars_one_by_one(Lanes& lanes) {
    for (const MoveBar& move : lanes.course.moves) {
        for (const bool leaves : {false, true}) {
            if (!lanes.shows(leaves ? move.from : move.to)) continue;
            const BarBox box = box_of(lanes, move, leaves);
            const bool failed = move.fate == StepOutcome::failed;
            const char* style = failed                           ? "failed"
                                : !leaves                        ? "in"
                                : lanes.critical[move.step] != 0 ? "hot"
                                                                 : "out";
            lanes.draw.rect(style, box.x, box.y, box.width, lanes.layout.bar,
                            bar_title(lanes, move));
            if (move.nth > 1) lanes.draw.rect("again", box.x, box.y, 2.5, lanes.layout.bar);
            const std::string& name = lanes.pool.vms[move.vm].name;
            if (failed && leaves) draw_cross(lanes, box);
            if (failed) continue;
            if (lanes.layout.has_names && box.width > 6.2 * static_cast<double>(name.size()) + 6) {
                lanes.draw.text(leaves ? "xs on-bar" : "xs", box.x + 4,
                                box.y + lanes.layout.bar / 2 + 3.5, name);
            }
        }
    }
}

// One path per kind of bar: thousands of elements would be slow to lay out.
void draw_bars_together(Lanes& lanes) {
    std::string out, in, hot, again, failed;
    const auto box_path = [&lanes](const BarBox& box, double width) {
        return "M" + number(box.x) + " " + number(box.y) + "h" + number(width) + "v" +
               number(lanes.layout.bar) + "h-" + number(width) + "z";
    };
    for (const MoveBar& move : lanes.course.moves) {
        for (const bool leaves : {false, true}) {
            if (!lanes.shows(leaves ? move.from : move.to)) continue;
            const BarBox box = box_of(lanes, move, leaves);
            const bool fails = move.fate == StepOutcome::failed;
            std::string& kind = fails                            ? failed
                                : !leaves                        ? in
                                : lanes.critical[move.step] != 0 ? hot
                                                                 : out;
            kind += box_path(box, box.width);
            if (fails && leaves) draw_cross(lanes, box);
            if (move.nth > 1) again += box_path(box, std::min(2.0, box.width));
        }
    }
    lanes.draw.path("in", in);
    lanes.draw.path("out", out);
    lanes.draw.path("again", again);
    lanes.draw.path("hot", hot);
    lanes.draw.path("failed", failed);
}

bool is_slow(const TimelineReport& report, Id<Host> host) {
    if (report.run == nullptr) return false;
    const auto& turns = report.run->turns;
    return std::any_of(turns.begin(), turns.end(),
                       [host](const HostTurn& turn) { return turn.host == host && turn.is_slow; });
}

void draw_label(Lanes& lanes, const HostLane& lane) {
    const double top = lanes.top[lane.host];
    const bool first = lane.host == lanes.pool.coordinator;
    const bool slow = is_slow(lanes.report, lane.host);
    const bool two_lines = lanes.layout.has_counts;
    lanes.draw.line("gl", 0, top - 0.5, lanes.layout.width, top - 0.5);
    lanes.draw.text("n b", 0, top + lanes.layout.lane / 2 + (two_lines ? -3 : 4),
                    std::string(slow ? "\xe2\x96\xb2 " : "") + (first ? "\xe2\x98\x85 " : "") +
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
    if (const RunStory* run = lanes.report.run) {
        const bool over = run->standing == RunStanding::done;
        mark("mark-plan", run->plans.back().ends, "plan ends " + clock.at(run->plans.back().ends),
             lanes.layout.top + 14);
        mark("mark-now", over ? lanes.course.ends : run->now,
             over                                    ? "done " + clock.at(lanes.course.ends)
             : run->standing == RunStanding::stopped ? "stopped " + clock.at(run->now)
                                                     : "now " + clock.at(run->now),
             lanes.layout.top + 54);
        for (std::size_t i = 1; i < run->plans.size(); ++i) {
            mark("mark-wizard", run->plans[i].at, "new plan " + clock.at(run->plans[i].at),
                 lanes.layout.top + 74);
        }
    } else {
        mark("mark-plan", lanes.course.ends, "plan done " + clock.at(lanes.course.ends),
             lanes.layout.top + 14);
    }
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

LaneLayout layout_of(const TimelineReport& report) {
    const Course& course = report.course;
    LaneLayout layout;
    const std::size_t hosts = course.lanes.size();
    const double rows = std::max(1, course.rows);
    layout.lane = hosts <= 12 ? 54 : hosts <= 24 ? 42 : 22;
    layout.has_counts = hosts <= 24;
    layout.first_row = hosts <= 24 ? 7 : 5;
    if (report.run != nullptr) {
        layout.plan = hosts <= 24 ? 11 : 8;
        layout.lane += layout.plan;
    }
    layout.row = std::min(14.0, (layout.lane - layout.plan - layout.first_row - 4) / rows);
    layout.bar = std::max(1.0, layout.row - (layout.row > 8 ? 2 : 0.6));
    layout.has_names = layout.bar >= 9;
    return layout;
}

std::size_t lanes_per_page(const LaneLayout& layout, std::size_t lanes) {
    // In the drawing's own lengths: what A4 has below a heading, when it is as wide as the paper,
    // and what is below the lanes.
    constexpr double height = 790;
    constexpr double rest = 54;
    const auto most = static_cast<std::size_t>((height - layout.top - rest) / layout.lane);
    const std::size_t pages = (lanes + most - 1) / most;
    return (lanes + pages - 1) / std::max<std::size_t>(1, pages);
}

Since shown_until(const TimelineReport& report) {
    Since ends = std::max(Since{minutes(1)}, report.course.ends);
    if (const RunStory* run = report.run) {
        const bool over = run->standing == RunStanding::done;
        ends = std::max(
            {ends, run->plans.front().ends, run->plans.back().ends, over ? ends : run->now});
    }
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
    if (report.run != nullptr) {
        draw_run_bars(ruler);
        draw_hours(ruler);
        return {640, ruler_height, ruler.draw.out,
                "The first plan was to end at " + report.clock.at(report.run->plans.front().ends) +
                    ", the plan in force at " + report.clock.at(report.run->plans.back().ends) +
                    "; now it is " + report.clock.at(report.run->now)};
    }
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
        ruler.draw.line("bound", x, 54, x, 72);
        const bool room = x > 110;
        ruler.draw.text("s m halo", x + (room ? -5 : 5), 66, "bound " + report.clock.at(bound),
                        room ? "end" : "start");
    }
    draw_hours(ruler);
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
                layout_of(report),
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
    if (report.run != nullptr) draw_plans(lanes);
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
