// What a report with timelines rests on: a plan's answer, its course, and what is beside it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/trials.hpp"
#include "reports/course.hpp"
#include "reports/plan_answer.hpp"
#include "reports/trials_answer.hpp"

namespace vacate {

/// The operator's clock: what it shows at the first step on a host or VM.
struct ReportClock {
    std::optional<std::int32_t> start_minutes;  // since midnight; nothing: times are relative
    std::string date = {};                      // of that step, "2026-03-01"; empty: not known
    std::string zone = {};                      // "UTC"; empty: the operator's own

    /// "22:08", of the next day "00:08 +1"; relative "+0:08". Rounded to the minute.
    [[nodiscard]] std::string at(Since since) const;
    /// "2026-03-02"; empty where no date is known.
    [[nodiscard]] std::string date_of(Since since) const;
    /// What must be known to read at() of times up to `last`; empty: nothing.
    [[nodiscard]] std::string words(Since last) const;
};

/// A step of the chain that decides the end.
struct ChainLink {
    Id<Step> step;
    StepHold hold;
    friend bool operator==(const ChainLink&, const ChainLink&) = default;
};

/// The wizard's run.
struct PeerCourse {
    Plan plan;
    Course course;
};

/// Where a run that is carried out stands.
enum class RunStanding { running, paused, done, stopped };

/// A plan that a run adopted, simulated from there.
struct AdoptedPlan {
    Since at{};
    std::string reason;           // "the run begins"
    std::vector<HostLane> lanes;  // of the hosts that are in the report's pool
    Since begins{};               // its first step on a host or VM
    Since ends{};
    std::int64_t steps = 0;
    std::int64_t done = 0;
    friend bool operator==(const AdoptedPlan&, const AdoptedPlan&) = default;
};

/// A step of the plan in force, or one that was carried out beside it.
struct RunStep {
    enum class State { waits, running, done, failed, repeated };  // failed, and was tried again
    State state = State::waits;
    std::string what;                // "migrate db-1 from srv-3 to srv-1"
    std::optional<Stretch> planned;  // nothing: the plan in force does not have it
    std::optional<Stretch> happened;
    std::int64_t attempt = 1;
    std::string said;  // the pool's words where it failed
    friend bool operator==(const RunStep&, const RunStep&) = default;
};

/// A host's time out of use, promised and real.
struct HostTurn {
    Id<Host> host;
    std::optional<Stretch>
        planned;  // from its disabling to its enabling, by the plan then in force
    std::optional<Since> begun;
    std::optional<Since> ended;    // it took VMs again
    std::int64_t failed = 0;       // moves from it that failed
    std::optional<Duration> late;  // in use again, or not yet, so much after its planned end
    bool is_undone = false;        // put back before it was down, though a plan wanted that
    bool is_slow = false;  // down for longer than 95 in 100 of such restarts, or than allowed
    friend bool operator==(const HostTurn&, const HostTurn&) = default;
};

/// A line of a run's journal.
struct JournalLine {
    std::uint64_t number = 0;
    Since at{};
    std::string kind;  // "commanded"
    std::string text;
    friend bool operator==(const JournalLine&, const JournalLine&) = default;
};

/// What a run that was carried out has beside its course.
struct RunStory {
    RunStanding standing = RunStanding::running;
    std::string name;
    std::string began_at;            // UTC
    std::string words;               // its last ones; empty: it is not closed
    Stretch lasts{};                 // from the journal's first record to its last
    Since now{};                     // of the journal's last record
    std::optional<Duration> behind;  // the plan in force; below zero: ahead of it
    std::string next;                // what the plan begins next; empty: nothing
    std::optional<Since> next_at;    // when the plan does
    std::optional<Since> begin_by;   // latest begin of that with which the window is met
    std::vector<AdoptedPlan> plans;  // as adopted; not empty
    std::vector<HostTurn> turns;     // in the order of the lanes
    std::vector<RunStep> steps;      // as they began, then as planned
    std::vector<Stretch> pauses;
    std::vector<Stretch> gaps;      // nobody carried it out: it was killed or had stopped
    std::vector<std::string> owed;  // what is still to be put back
    std::vector<JournalLine> journal;
};

/// Everything a report of a plan, or of a run, rests on. Borrowed, so it must not outlive its
/// parts.
///
/// Of a run, `answer` and `course` are of what happened.
struct TimelineReport {
    const PlanAnswer& answer;
    Course course;
    std::vector<ChainLink> chain;
    std::optional<PeerCourse> wizard;
    const TrialsAnswer* trials = nullptr;  // nothing: the plan was run once
    std::optional<Duration> window;        // from the first step on a host or VM
    ReportClock clock;
    const RunStory* run = nullptr;  // nothing: it is a plan
};

/// One panel or another, as a picture of its own.
enum class Panel { all, verdict, timeline, memory, links };
inline constexpr std::array<std::string_view, 5> panel_names{"all", "verdict", "timeline", "memory",
                                                             "links"};

/// The whole report as one HTML file that asks the network for nothing.
[[nodiscard]] std::string report_html(const TimelineReport& report);
/// A picture without script, light or dark as the reader's system is.
[[nodiscard]] std::string report_svg(const TimelineReport& report, Panel panel);
[[nodiscard]] std::string report_markdown(const TimelineReport& report);
/// For a terminal, lines of at most 80 columns but for commands and names.
[[nodiscard]] std::string report_text(const TimelineReport& report);
/// What the HTML file carries as data, in the form that tools/README.md documents.
[[nodiscard]] std::string report_json(const TimelineReport& report);

/// There is no plan: why, what would help, and how full every host is.
struct NoPlanReport {
    const Pool& pool;
    const PoolState& state;
    bool proven = false;
    Findings findings;
    std::vector<RepairRow> repairs;
};
[[nodiscard]] std::string report_html(const NoPlanReport& report);
[[nodiscard]] std::string report_markdown(const NoPlanReport& report);
[[nodiscard]] std::string report_svg(const NoPlanReport& report);

}  // namespace vacate
