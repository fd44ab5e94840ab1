// A run as its journal tells it: what happened, beside the plans it adopted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/codec/scenario.hpp"
#include "model/job.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"
#include "reports/timeline_report.hpp"

namespace vacate {

/// True when `text` begins as a journal does: a checksum and a record.
[[nodiscard]] bool is_journal(std::string_view text);

/// A run, as far as its journal goes. Everything is of the pool of the first plan.
struct RunRead {
    Scenario scenario;  // as the job sees it
    Job job;
    Plan plan;          // what was begun, in order
    Schedule schedule;  // when; what a move sent and how long its VM stood still nobody measured
    Course course;
    Findings findings;  // those that hold
    RunStory story;     // `window` is of RunOptions
};

struct RunOptions {
    std::optional<Duration> window;  // from the first step on a host or VM
    std::uint64_t seed = 1;          // of the restarts that a late host is held against
};

/// Reads a run. What the journal believes and the rules forbid is shown as a fact of the world.
///
/// Fails: as read_journal() does; records that do not fit together; no plan adopted yet.
[[nodiscard]] Result<RunRead> read_run(std::string_view text, const std::string& source,
                                       const RunOptions& options);

}  // namespace vacate
