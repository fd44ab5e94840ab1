// Where VMs are to be, as text: by name, or the end of a plan.
#pragma once

#include <string>
#include <string_view>

#include "model/job.hpp"
#include "model/result.hpp"

namespace vacate {

/// Reads {"format": "vacate-placement-1", "vms": {"db-1": "srv-3"}}, or a plan, whose end is meant.
///
/// Returns: for each VM its host; none for one that is not named.
/// Fails:   with all problems at once: syntax, another format, names that the pool does not know,
///          VMs that do not run.
[[nodiscard]] Result<Placement> read_placement(std::string_view text, const std::string& source,
                                               const Pool& pool, const PoolState& state);

}  // namespace vacate
