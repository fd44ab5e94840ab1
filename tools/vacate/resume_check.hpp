// What the pool is asked before a run goes on.
#pragma once

#include "model/journal.hpp"
#include "tools/run/request.hpp"
#include "tools/xapi/client.hpp"

namespace vacate {

/// Asks the pool about what is left to be done, and changes nothing: locks, tasks, operations,
/// clocks, the backup where it is not made yet, and the moves to come.
///
/// What blocks is found only where nothing that the run changed is to be put back, for that a run
/// may always reach a safe state; else only another run's lock does, and the rest is to act on.
///
/// Returns: findings; one that says so where nobody answers, as when the coordinator restarts.
/// Fails:   outside, when the pool refuses the user, or shows a certificate that is not trusted:
///          waiting would not help.
[[nodiscard]] Result<Findings> ask_before_resuming(const xapi::Access& access,
                                                   const RunRequest& request,
                                                   const Journal& history);

}  // namespace vacate
