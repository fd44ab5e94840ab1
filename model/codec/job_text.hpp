// What is to be done, as part of a plan's text.
#pragma once

#include "model/codec/document.hpp"
#include "model/codec/problems.hpp"
#include "model/job.hpp"

namespace vacate::codec {

/// Reads {"action": "reboot", "hosts": ["srv-3"], "home": "original", "goal": {"db-1": "srv-3"}};
/// every member but the first may be absent.
///
/// Names that the pool does not know are problems, or, where `lenient`, left out.
[[nodiscard]] Job read_job(const Place& place, const Pool& pool, bool lenient, Problems& problems);

/// The same of a job. Requires: it is of `pool`.
[[nodiscard]] Node job_node(const Pool& pool, const Job& job);

/// Reads the rows of {"db-1": "srv-3"} into `goal`, a row for each VM.
void read_goal(const Place& place, const Pool& pool, bool lenient, Placement& goal,
               Problems& problems);

}  // namespace vacate::codec
