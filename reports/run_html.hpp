// The panels of a page that only a run has.
#pragma once

#include <string>

#include "reports/timeline_report.hpp"

namespace vacate {

/// Each host's turn, planned and real. All of these require report.run.
[[nodiscard]] std::string turns_html(const TimelineReport& report);
/// The plans it adopted, when and why; empty where there was one.
[[nodiscard]] std::string plans_html(const TimelineReport& report);
/// When nobody carried it out; empty where somebody always did.
[[nodiscard]] std::string gaps_html(const TimelineReport& report);
/// What is still to be put back; empty where nothing is.
[[nodiscard]] std::string owed_html(const TimelineReport& report);
/// Every step with the time at which it was done.
[[nodiscard]] std::string steps_html(const TimelineReport& report);
[[nodiscard]] std::string run_moves_html(const TimelineReport& report);
[[nodiscard]] std::string journal_html(const TimelineReport& report);

}  // namespace vacate
