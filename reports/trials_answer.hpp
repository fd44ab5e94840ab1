// What there is to say of many runs of a plan: as a report for people, and as JSON for programs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/plan.hpp"
#include "model/result.hpp"
#include "model/trials.hpp"
#include "reports/report.hpp"

namespace vacate {

/// Everything an answer about many runs rests on. Borrowed, so it must not outlive its parts.
struct TrialsAnswer {
    const Pool& pool;
    const Plan& plan;
    const Trials& trials;
    std::uint64_t seed = 1;
    bool varies = true;  // false: the runs are all the same, and only one was made
    std::optional<Duration> window;
    int confidence = 95;  // per cent, for the last moments
    Findings findings;
};

/// The percentiles that are shown.
inline constexpr std::array<int, 4> shown_percentiles{50, 90, 95, 99};

/// Tables of percentiles, of runs that came to a stop, and of the hosts; shares as totals.
[[nodiscard]] Report report_trials(const TrialsAnswer& answer);

/// The answer as JSON, in the form that tools/README.md documents.
[[nodiscard]] std::string trials_json(const TrialsAnswer& answer);
/// Its figures alone, as a report has them.
[[nodiscard]] std::string trials_summary_json(const TrialsAnswer& answer);

/// Runs that came to a stop for one reason at one step.
struct StoppedRuns {
    RunEnd end;
    Id<Step> step;
    std::int64_t runs = 0;
};
/// Most frequent first, then in the order of the plan.
[[nodiscard]] std::vector<StoppedRuns> stopped_runs(const Trials& trials);

}  // namespace vacate
