// What there is to say of a run, under way or over: for people and for programs.
#pragma once

#include <string>

#include "reports/report.hpp"
#include "sim/live/executor.hpp"

namespace vacate {

/// Where a run stands, and where its words are kept.
struct RunSummary {
    std::string pool;
    std::string run;
    std::string journal;
    bool is_held = false;  // a process carries it out now
    live::Status status;
    Instant now{};
};

/// Per host planned and real times and VMs moved, what is under way, what is still to be put
/// back, findings, and what to do next.
[[nodiscard]] Report report_run(const RunSummary& summary);

/// The same as JSON, see tools/README.md.
[[nodiscard]] std::string run_json(const RunSummary& summary);

}  // namespace vacate
