// Words and figures that all forms of a report share.
#include "reports/headline.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "model/rule.hpp"
#include "reports/draw.hpp"

namespace vacate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string percent(std::int64_t part, std::int64_t whole) {
    if (whole <= 0) return "0 %";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0f %%",
                  100.0 * static_cast<double>(part) / static_cast<double>(whole));
    return text.data();
}

std::int64_t upgrades_in(const Plan& plan) {
    return std::count_if(plan.steps.begin(), plan.steps.end(),
                         [](const Step& step) { return std::holds_alternative<Upgrade>(step); });
}

std::string done_sentence(const TimelineReport& report) {
    const Since ends = report.course.ends;
    const std::string at = report.clock.at(ends);
    if (report.window) {
        const Duration slack = *report.window - ends;
        if (slack.count() >= 0) {
            return "Done by " + at + ", " + short_display(slack) + " before the window closes";
        }
        return "Ends at " + at + ", " + short_display(-slack) + " after the window closes";
    }
    if (report.clock.start_minutes) return "Done by " + at + ", in " + short_display(ends);
    const std::int64_t upgrades = upgrades_in(report.answer.plan);
    if (upgrades == 0) return "Done in " + short_display(ends);
    const bool reboot = report.answer.job.action == HostAction::reboot;
    return counted(upgrades, "host", "hosts") + (reboot ? " rebooted in " : " upgraded in ") +
           short_display(ends);
}

std::string confidence_sentence(const TrialsAnswer& trials, const ReportClock& clock) {
    const auto ends = figures_of(trials.trials, &TrialRun::makespan);
    const auto runs = static_cast<std::int64_t>(trials.trials.runs.size());
    if (ends.empty()) return "None of " + std::to_string(runs) + " simulated runs finishes.";
    const Duration p95 = percentile(ends, 95).value_or(Duration{});
    const Duration slowest = *std::max_element(ends.begin(), ends.end());
    std::string text = "95 % of " + counted(runs, "simulated run", "simulated runs") + " end by " +
                       clock.at(p95) + ", the slowest at " + clock.at(slowest) + ".";
    const auto lost = runs - static_cast<std::int64_t>(ends.size());
    if (lost > 0) text += " " + counted(lost, "run comes", "runs come") + " to a stop.";
    if (trials.window) {
        text += " " + percent(finished_within(trials.trials, *trials.window), runs) +
                " end in the window.";
    }
    return text;
}

std::string wizard_sentence(const TimelineReport& report) {
    const Duration wizard = report.wizard->course.ends;
    std::string text = "The wizard, one host after another, takes " + short_display(wizard);
    if (report.window && wizard > *report.window) {
        text += " and overruns the window by " + short_display(wizard - *report.window);
    }
    return text + ".";
}

KeyFigure makespan_figure(const TimelineReport& report) {
    KeyFigure figure{"Makespan", short_display(report.course.ends), "run once", false};
    if (report.trials == nullptr) return figure;
    const auto ends = figures_of(report.trials->trials, &TrialRun::makespan);
    if (ends.empty()) return {figure.label, figure.value, "no run finishes", true};
    figure.detail = "P50 " + short_display(*percentile(ends, 50)) + ", P95 " +
                    short_display(*percentile(ends, 95));
    return figure;
}

KeyFigure wizard_figure(const TimelineReport& report) {
    KeyFigure figure{"Against the wizard", "not asked for", "--baseline wizard", false};
    for (const ComparedPlan& other : report.answer.compared) {
        if (!other.stuck_at.empty()) return {figure.label, "it is stuck", other.stuck_at, false};
    }
    if (!report.wizard) return figure;
    const Duration saved = report.wizard->course.ends - report.course.ends;
    figure.value = (saved.count() < 0 ? "+" : "\xe2\x88\x92") +
                   short_display(saved.count() < 0 ? -saved : saved);
    figure.detail = "it takes " + short_display(report.wizard->course.ends);
    if (report.window && report.wizard->course.ends > *report.window) {
        figure.detail += ", misses the window";
    }
    return figure;
}

KeyFigure stretch_figure(const TimelineReport& report, const std::string& label,
                         const std::optional<Stretch>& stretch) {
    if (!stretch) return {label, "never", "", false};
    return {label, short_display(stretch->ends - stretch->begins),
            report.clock.at(stretch->begins) + "\xe2\x80\x93" + report.clock.at(stretch->ends),
            false};
}

KeyFigure moves_figure(const TimelineReport& report) {
    std::set<Id<Vm>> moved, twice;
    for (const MoveBar& move : report.course.moves) {
        moved.insert(move.vm);
        if (move.nth > 1) twice.insert(move.vm);
    }
    std::string detail = counted(static_cast<std::int64_t>(moved.size()), "VM", "VMs");
    if (!twice.empty()) detail += ", " + std::to_string(twice.size()) + " of them twice or more";
    detail += ", " + display(report.answer.schedule.bytes_moved) + " sent";
    return {"Moves", std::to_string(report.answer.schedule.moves), std::move(detail), false};
}

KeyFigure pause_figure(const TimelineReport& report) {
    const Schedule& schedule = report.answer.schedule;
    if (schedule.pause_worst_step.is_none()) return {"Worst pause", "none", "", false};
    const Pool& pool = report.answer.pool;
    const Id<Vm> vm = subject_of(report.answer.plan.steps[schedule.pause_worst_step]).vm;
    const auto& limit = pool.vms[vm].pause_limit;
    return {"Worst pause", display(schedule.pause_worst),
            pool.vms[vm].name + (limit ? ", limit " + display(*limit) : ""), false};
}

KeyFigure memory_figure(const TimelineReport& report) {
    const HostLane* lane = tightest_lane(report.course);
    if (lane == nullptr) return {"Tightest memory", "no arrivals", "", false};
    return {"Tightest memory", display(lane->least.free),
            report.answer.pool.hosts[lane->host].name + " at " + report.clock.at(lane->least.at),
            true};
}

KeyFigure bound_figure(const TimelineReport& report) {
    const Duration bound = report.answer.plan.promise.bound;
    if (bound.count() <= 0) return {"Gap to the bound", "no bound", "", false};
    return {"Gap to the bound",
            percent((report.answer.schedule.makespan - bound).count(), bound.count()),
            "no plan below " + short_display(bound), false};
}

ChainStretch stretch_of(const TimelineReport& report, const ChainLink& link) {
    const PlanAnswer& answer = report.answer;
    const Step& step = answer.plan.steps[link.step];
    const StepSubject subject = subject_of(step);
    const StepTimes& times = answer.schedule.times[link.step];
    const Id<Host> host = subject.host.is_none() ? subject.from : subject.host;
    ChainStretch stretch;
    stretch.when = {times.start - report.course.zero, times.end - report.course.zero};
    if (!host.is_none()) stretch.host = answer.pool.hosts[host].name;
    stretch.because = hold_text(report, link.hold);
    if (std::holds_alternative<Upgrade>(step)) {
        stretch.kind = ChainStretch::Kind::down;
        stretch.what = "down";
    } else if (is_migration(step) || std::holds_alternative<DisableHost>(step)) {
        stretch.kind = ChainStretch::Kind::emptying;
        stretch.what = "emptied";
    } else {
        stretch.what = describe(answer.pool, step);
    }
    return stretch;
}

}  // namespace

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string short_display(Duration time) {
    if (time >= minutes(3)) return display(std::chrono::round<minutes>(time));
    if (time >= seconds(10)) return display(std::chrono::round<seconds>(time));
    return display(time);
}

Findings sorted_findings(const Findings& findings) {
    Findings sorted = findings;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    return sorted;
}

bool is_nothing_to_do(const TimelineReport& report) {
    if (report.run != nullptr) return false;
    const auto& steps = report.answer.plan.steps;
    return std::none_of(steps.begin(), steps.end(), counts_in_makespan);
}

std::string versions_text(const TimelineReport& report) {
    std::set<std::string> from, to;
    const PlanAnswer& answer = report.answer;
    for (const Id<Host> host : answer.pool.hosts.ids()) {
        if (answer.state.hosts[host].upgraded) continue;
        from.insert(display(version_in(answer.pool, answer.state, host)));
        to.insert(display(answer.pool.hosts[host].target));
    }
    if (from == to) return {};
    const auto joined = [](const std::set<std::string>& names) {
        std::string text;
        for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
        return text;
    };
    return joined(from) + " \xe2\x86\x92 " + joined(to);
}

std::string hold_text(const TimelineReport& report, const StepHold& hold) {
    if (hold.by.is_none()) return {};
    const Pool& pool = report.answer.pool;
    const Step& step = report.answer.plan.steps[hold.by];
    const StepSubject subject = subject_of(step);
    if (is_migration(step)) {
        const std::string vm = pool.vms[subject.vm].name;
        const std::string arrived = "when " + vm + " was on " + pool.hosts[subject.to].name;
        return hold.is_throttle ? arrived + ", whose place on the link it took" : arrived;
    }
    if (std::holds_alternative<EnableHost>(step)) {
        return "when " + pool.hosts[subject.host].name + " was enabled again";
    }
    if (std::holds_alternative<Upgrade>(step)) {
        return "when " + pool.hosts[subject.host].name + " was back";
    }
    return "after: " + describe(pool, step);
}

Headline headline_of(const TimelineReport& report) {
    if (report.run != nullptr) return run_headline(report);
    Headline headline;
    const auto& proof = report.answer.proof;
    const bool proven = proof && proof->weaknesses.empty();
    headline.state = proven  ? "Plan found, legal whatever the timing"
                     : proof ? "Plan found, but some timing would break a rule"
                             : "Plan found, legal in the order given";
    const bool late = report.window && report.course.ends > *report.window;
    headline.good = (proven || !proof) && !late;
    headline.sentence = done_sentence(report);
    const Pool& pool = report.answer.pool;
    headline.details.push_back(
        short_display(report.course.ends) + " for " +
        counted(static_cast<std::int64_t>(pool.hosts.size()), "host", "hosts") + " and " +
        counted(static_cast<std::int64_t>(pool.vms.size()), "VM", "VMs") + ".");
    if (report.trials != nullptr) {
        headline.details.push_back(confidence_sentence(*report.trials, report.clock));
    }
    if (report.wizard) headline.details.push_back(wizard_sentence(report));
    if (const HostLane* lane = tightest_lane(report.course)) {
        headline.details.push_back("Watch " + pool.hosts[lane->host].name + " at " +
                                   report.clock.at(lane->least.at) + ": " +
                                   least_text(report, *lane) + ".");
    }
    const auto to_act =
        std::count_if(report.answer.findings.begin(), report.answer.findings.end(),
                      [](const Finding& one) { return one.severity != Severity::know; });
    const Since last = std::max({report.course.ends, report.window.value_or(Since{}),
                                 report.wizard ? report.wizard->course.ends : Since{}});
    if (const std::string how = report.clock.words(last); !how.empty()) {
        headline.details.push_back(how);
    }
    if (to_act > 0) {
        headline.details.push_back("Act on " + counted(to_act, "finding", "findings") +
                                   " before you start.");
    }
    return headline;
}

std::vector<KeyFigure> figures_of(const TimelineReport& report) {
    if (report.run != nullptr) return run_figures(report);
    return {makespan_figure(report),
            wizard_figure(report),
            stretch_figure(report, "Mixed versions", report.course.mixed),
            stretch_figure(report, "Without coordinator", report.course.blackout),
            moves_figure(report),
            pause_figure(report),
            memory_figure(report),
            bound_figure(report)};
}

std::vector<ChainStretch> stretches_of(const TimelineReport& report) {
    std::vector<ChainStretch> stretches;
    for (const ChainLink& link : report.chain) {
        ChainStretch one = stretch_of(report, link);
        const bool same = !stretches.empty() && stretches.back().kind == one.kind &&
                          stretches.back().host == one.host && stretches.back().what == one.what;
        if (same) {
            stretches.back().when.ends = one.when.ends;
        } else {
            stretches.push_back(std::move(one));
        }
    }
    return stretches;
}

std::string chain_sentence(const TimelineReport& report) {
    Duration down{};
    Duration copying{};
    for (const ChainStretch& one : stretches_of(report)) {
        const Duration lasts = one.when.ends - one.when.begins;
        if (one.kind == ChainStretch::Kind::down) down += lasts;
        if (one.kind == ChainStretch::Kind::emptying) copying += lasts;
    }
    const Duration all = report.course.ends;
    if (all.count() <= 0 || report.chain.empty()) return {};
    std::string text = "The chain that decides the end: " + short_display(down) + " of " +
                       short_display(all) + " (" + percent(down.count(), all.count()) +
                       ") is hosts being down, " + short_display(copying) + " (" +
                       percent(copying.count(), all.count()) + ") is emptying them.";
    const Promise& promise = report.answer.plan.promise;
    if (promise.bound.count() > 0) {
        text += " No plan can be shorter than " + short_display(promise.bound) + ": " +
                promise.bound_reason + ".";
    }
    return text;
}

}  // namespace vacate
