// What a report of a run says first: where it stands, against the plan in force.
#include <algorithm>
#include <set>

#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/headline.hpp"

namespace vacate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string against_plan(const std::optional<Duration>& behind) {
    if (!behind) return "nothing of the plan has ended yet";
    const Duration off = behind->count() < 0 ? -*behind : *behind;
    if (off < minutes(1)) return "as planned";
    return short_display(off) + (behind->count() < 0 ? " ahead" : " behind");
}

Headline standing_words(const TimelineReport& report) {
    const RunStory& run = *report.run;
    const std::string off = against_plan(run.behind);
    Headline words;
    switch (run.standing) {
        case RunStanding::running:
            words.mark = "\xe2\x96\xb6";
            words.state = "running, " + off;
            break;
        case RunStanding::paused:
            words.mark = "\xe2\x9d\x9a\xe2\x9d\x9a";
            words.state = "paused, " + off;
            break;
        case RunStanding::done:
            words.mark = "\xe2\x9c\x93";
            words.state = "done, " + off;
            break;
        case RunStanding::stopped:
            words.mark = "\xe2\x96\xa0";
            words.state = "stopped";
            break;
    }
    return words;
}

// To the window, from when it ends.
std::string slack_text(const TimelineReport& report, Since ends) {
    if (!report.window) return {};
    const Duration slack = *report.window - ends;
    return slack.count() < 0 ? ", " + short_display(-slack) + " after the window closes"
                             : ", " + short_display(slack) + " before the window closes";
}

// "01:23", with its date where that is known.
std::string dated(const ReportClock& clock, Since at) {
    const std::string date = clock.date_of(at);
    const std::string text = clock.at(at);
    return date.empty() ? text : text.substr(0, text.find(' ')) + " on " + date;
}

std::string sentence_of(std::string words) {
    if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') {
        words[0] = static_cast<char>(words[0] - 'a' + 'A');
    }
    return words + ".";
}

std::string end_sentence(const TimelineReport& report) {
    const RunStory& run = *report.run;
    const ReportClock& clock = report.clock;
    if (run.standing == RunStanding::done) {
        return "Done at " + dated(clock, report.course.ends) + ", in " +
               short_display(report.course.ends) + slack_text(report, report.course.ends);
    }
    if (run.standing == RunStanding::stopped) {
        return "Stopped at " + dated(clock, run.now) + (run.words.empty() ? "" : ": " + run.words);
    }
    const Since ends = expected_end(run);
    if (run.standing == RunStanding::paused) {
        return "Paused since " + clock.at(run.pauses.back().begins) + "; begun again now it ends " +
               "about " + dated(clock, ends) + slack_text(report, ends);
    }
    return "Ends about " + dated(clock, ends) + slack_text(report, ends);
}

std::int64_t moves_that(const Course& course, StepOutcome fate) {
    return std::count_if(course.moves.begin(), course.moves.end(),
                         [fate](const MoveBar& move) { return move.fate == fate; });
}

std::int64_t hosts_back(const RunStory& run) {
    return std::count_if(run.turns.begin(), run.turns.end(), [](const HostTurn& turn) {
        return turn.begun && turn.ended && !turn.is_undone;
    });
}

std::string hosts_detail(const RunStory& run) {
    const auto undone = std::count_if(run.turns.begin(), run.turns.end(),
                                      [](const HostTurn& turn) { return turn.is_undone; });
    return undone == 0 ? "in use again"
                       : "done; " + std::to_string(undone) + " put back as they were";
}

// Of a run that stopped it says little how late the plan would be.
KeyFigure plan_figure(const RunStory& run) {
    const AdoptedPlan& force = run.plans.back();
    const char* of = run.plans.size() > 1 ? "the one in force" : "";
    if (run.standing == RunStanding::stopped) {
        return {"Of the plan", std::to_string(force.done) + " of " + std::to_string(force.steps),
                run.plans.size() > 1 ? "steps of the one in force" : "steps", false};
    }
    return {"Against the plan", against_plan(run.behind), of, false};
}

std::int64_t hosts_planned(const RunStory& run) {
    std::set<Id<Host>> hosts;
    for (const AdoptedPlan& plan : run.plans) {
        for (const HostLane& lane : plan.lanes) {
            if (lane.disabled || lane.down) hosts.insert(lane.host);
        }
    }
    return static_cast<std::int64_t>(hosts.size());
}

KeyFigure lasts_figure(const TimelineReport& report) {
    const AdoptedPlan& first = report.run->plans.front();
    const bool over = report.run->standing == RunStanding::done;
    return {over ? "Makespan" : "So far",
            short_display(over ? report.course.ends : report.run->now),
            "first plan: " + short_display(first.ends - first.begins), false};
}

// Late is what is in use again a minute or more after the plan wanted it, whatever the reason.
KeyFigure late_figure(const TimelineReport& report) {
    const HostTurn* most = nullptr;
    std::int64_t late = 0;
    std::int64_t slow = 0;
    for (const HostTurn& turn : report.run->turns) {
        slow += turn.is_slow;
        if (!turn.late) continue;
        ++late;
        if (most == nullptr || *turn.late > *most->late) most = &turn;
    }
    std::string detail;
    if (most != nullptr) {
        detail = "most " + report.answer.pool.hosts[most->host].name + ", by " +
                 short_display(*most->late) + "; ";
    }
    detail += slow == 0 ? "no restart too long" : std::to_string(slow) + " down too long";
    return {"Hosts late", std::to_string(late), detail, slow > 0};
}

KeyFigure band_figure(const TimelineReport& report, const std::string& label,
                      const std::optional<Stretch>& stretch) {
    if (!stretch) return {label, "never", "", false};
    return {label, short_display(stretch->ends - stretch->begins),
            report.clock.at(stretch->begins) + "\xe2\x80\x93" + report.clock.at(stretch->ends),
            false};
}

// Some hosts are upgraded and some are not: it goes on.
KeyFigure mixed_figure(const TimelineReport& report) {
    const RunStory& run = *report.run;
    const auto& mixed = report.course.mixed;
    const auto back = hosts_back(run);
    const bool goes_on =
        run.standing != RunStanding::done && mixed && back > 0 && back < hosts_planned(run);
    if (!goes_on) return band_figure(report, "Mixed versions", mixed);
    return {"Mixed versions", short_display(run.now - mixed->begins),
            "since " + report.clock.at(mixed->begins), false};
}

}  // namespace

Since expected_end(const RunStory& run) {
    return std::max(run.now, run.plans.back().ends + run.behind.value_or(Duration{}));
}

Headline run_headline(const TimelineReport& report) {
    const RunStory& run = *report.run;
    Headline words = standing_words(report);
    const bool over = run.standing == RunStanding::done;
    const Since ends = over ? report.course.ends : expected_end(run);
    words.good = run.standing != RunStanding::stopped && (!report.window || ends <= *report.window);
    words.sentence = end_sentence(report);
    if (over || run.standing == RunStanding::stopped) {
        if (over && !run.words.empty()) words.details.push_back(sentence_of(run.words));
    } else {
        if (!run.words.empty()) words.details.push_back(sentence_of(run.words));
        std::string next = run.next.empty() ? "Nothing is left to begin" : "Next: " + run.next;
        if (run.next_at) next += ", planned for " + report.clock.at(*run.next_at);
        if (run.begin_by) {
            next += "; begun by " + report.clock.at(*run.begin_by) +
                    " the rest of the plan still ends in the window";
        }
        words.details.push_back(next + ".");
    }
    if (run.plans.size() > 1) {
        words.details.push_back(
            counted(static_cast<std::int64_t>(run.plans.size()) - 1, "new plan", "new plans") +
            " on the way, the last at " + report.clock.at(run.plans.back().at) + ": " +
            run.plans.back().reason + ".");
    }
    if (!run.gaps.empty()) {
        Duration all{};
        for (const Stretch& gap : run.gaps) all += gap.ends - gap.begins;
        words.details.push_back("Nobody carried it out for " + short_display(all) + ", " +
                                counted(static_cast<std::int64_t>(run.gaps.size()), "gap", "gaps") +
                                ": it was killed or had stopped, and went on.");
    }
    if (!run.owed.empty()) {
        words.details.push_back(
            counted(static_cast<std::int64_t>(run.owed.size()), "change is", "changes are") +
            (over ? " not put back; do it by hand." : " still to be put back."));
    }
    words.details.push_back("From the first to the last record " +
                            short_display(run.lasts.ends - run.lasts.begins) +
                            ", preparing the pool and putting it back included.");
    const Since last = std::max({ends, run.now, run.plans.front().ends});
    if (const std::string how = report.clock.words(last); !how.empty()) {
        words.details.push_back(how);
    }
    return words;
}

std::vector<KeyFigure> run_figures(const TimelineReport& report) {
    const RunStory& run = *report.run;
    const auto failed = moves_that(report.course, StepOutcome::failed);
    const auto running = moves_that(report.course, StepOutcome::running);
    const auto done = moves_that(report.course, StepOutcome::done);
    return {lasts_figure(report),
            plan_figure(run),
            {"Hosts", std::to_string(hosts_back(run)) + " of " + std::to_string(hosts_planned(run)),
             hosts_detail(run), false},
            {"Moves", std::to_string(done),
             running > 0 ? std::to_string(running) + " under way" : "done", false},
            {"Moves failed", std::to_string(failed),
             failed == 0 ? "" : "\xe2\x9c\x95 in the timeline", failed > 0},
            late_figure(report),
            mixed_figure(report),
            band_figure(report, "Without coordinator", report.course.blackout)};
}

}  // namespace vacate
