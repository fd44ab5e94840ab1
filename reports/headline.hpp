// What a report says first, in words: the verdict, eight figures, why it takes so long.
#pragma once

#include <string>
#include <vector>

#include "reports/timeline_report.hpp"

namespace vacate {

struct Headline {
    bool good = true;      // legal whatever the timing, and in the window where there is one
    std::string state;     // "Plan found, legal whatever the timing"
    std::string sentence;  // "Done by 00:23, 37 min before the window closes"
    std::vector<std::string> details;  // what else the first look must tell
    std::string mark = {};             // before the state; empty: as `good` says
};
[[nodiscard]] Headline headline_of(const TimelineReport& report);

/// The same of a run. Requires: report.run.
[[nodiscard]] Headline run_headline(const TimelineReport& report);
/// When a run ends if it loses no more time.
[[nodiscard]] Since expected_end(const RunStory& run);

/// A figure with its label and what to know of it.
struct KeyFigure {
    std::string label;
    std::string value;
    std::string detail;
    bool is_hot = false;  // needs watching
};
[[nodiscard]] std::vector<KeyFigure> figures_of(const TimelineReport& report);
/// Requires: report.run.
[[nodiscard]] std::vector<KeyFigure> run_figures(const TimelineReport& report);

/// Steps of the deciding chain that follow each other on one host, taken together.
struct ChainStretch {
    enum class Kind { emptying, down, other };
    Kind kind = Kind::other;
    Stretch when;
    std::string host;
    std::string what;
    std::string because;  // empty: it began the run
};
[[nodiscard]] std::vector<ChainStretch> stretches_of(const TimelineReport& report);

/// "1 h 10 min of 1 h 40 min is hosts being down, ..."; empty without a chain.
[[nodiscard]] std::string chain_sentence(const TimelineReport& report);

/// What kept a move from beginning earlier: "when db-1 was on srv-2"; empty: nothing did.
[[nodiscard]] std::string hold_text(const TimelineReport& report, const StepHold& hold);

/// The findings in the order of their severity, those that peers add included.
[[nodiscard]] Findings sorted_findings(const Findings& findings);

/// True when no host and no VM is worked on.
[[nodiscard]] bool is_nothing_to_do(const TimelineReport& report);

/// The versions that hosts run and will run: "8.2.1 → 8.3.0"; empty where nothing changes.
[[nodiscard]] std::string versions_text(const TimelineReport& report);

/// "1 host", "4 hosts".
[[nodiscard]] std::string counted(std::int64_t count, const std::string& one,
                                  const std::string& many);

/// Rounded to the minute above three of them, to the second above ten seconds.
[[nodiscard]] std::string short_display(Duration time);

}  // namespace vacate
