// What vacate run and its words share: missions and runs as journals keep them.
#pragma once

#include <string>

#include "model/journal.hpp"
#include "sim/live/executor.hpp"
#include "tools/run/request.hpp"

namespace vacate {

/// What the operator asked for, as the executor takes it; the job apart.
/// Fails: bad input, with every option that cannot be read.
[[nodiscard]] Result<live::Mission> mission_of(const RunRequest& request,
                                               const std::string& source);

/// The first record of a journal, and what it asks for.
struct KeptRun {
    Opened opened;
    RunRequest request;
    live::Mission mission;
};
/// Fails: bad input, for a journal without a beginning.
[[nodiscard]] Result<KeptRun> kept_run(const Journal& history, const std::string& source);

/// Where the clock of a run stands now: what has passed since it began, by the wall clock, and
/// not before its last record.
[[nodiscard]] Instant moment_of_resuming(const Journal& history, std::int64_t speed);

/// What the operator is told to do at a host that is disabled and empty.
[[nodiscard]] std::string guidance(const std::string& host, const std::string& address,
                                   const std::string& version);

}  // namespace vacate
