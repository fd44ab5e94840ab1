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

    /// "22:08", of another day "+1 00:08"; relative "+0:08". Rounded to the minute.
    [[nodiscard]] std::string at(Since since) const;
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

/// Everything a report of a plan rests on. Borrowed, so it must not outlive its parts.
///
/// What happened in a real run would be one more Course beside `course`.
struct TimelineReport {
    const PlanAnswer& answer;
    Course course;
    std::vector<ChainLink> chain;
    std::optional<PeerCourse> wizard;
    const TrialsAnswer* trials = nullptr;  // nothing: the plan was run once
    std::optional<Duration> window;        // from the first step on a host or VM
    ReportClock clock;
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

}  // namespace vacate
