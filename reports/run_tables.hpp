// What only a run has, as tables for markdown and for a terminal.
#pragma once

#include <vector>

#include "reports/report.hpp"
#include "reports/timeline_report.hpp"

namespace vacate {

inline constexpr const char* gaps_title = "Without the program";
inline constexpr const char* gaps_words =
    "Nobody carried the run out then: it was killed or had stopped. What was under way went on.";

/// Each host's turn, planned and real; what is still to be put back; the plans it adopted; when
/// nobody carried it out; every step. A table without rows is left out. Requires: report.run.
[[nodiscard]] std::vector<ReportTable> run_tables(const TimelineReport& report);

/// "waits", "runs", "done", "failed", "repeated".
[[nodiscard]] std::string state_text(RunStep::State state);
/// True when it has an end.
[[nodiscard]] bool is_over(RunStep::State state);

/// "+4 min", "−30 s"; "0" of less than a second.
[[nodiscard]] std::string off_text(Duration off);

}  // namespace vacate
