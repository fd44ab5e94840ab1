// What there is to say of a recording that was carried out again: predicted beside measured.
#pragma once

#include <string>
#include <vector>

#include "model/fidelity.hpp"
#include "reports/report.hpp"

namespace vacate {

/// Everything an answer about a replay rests on. Borrowed, so it must not outlive its parts.
struct ReplayAnswer {
    const Recording& recording;
    const std::vector<ReplayedRun>& runs;
    Findings findings;
    bool with_moves = false;  // in the report: list every migration
};

/// A table per case, medians of its runs, and the errors of the whole.
[[nodiscard]] Report report_replay(const ReplayAnswer& answer);

/// The same as JSON, in the form that tools/README.md documents.
[[nodiscard]] std::string replay_json(const ReplayAnswer& answer);

}  // namespace vacate
