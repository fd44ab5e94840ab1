// A plan in JSON to a Plan for a pool: the steps and what they come after.
#pragma once

#include <string>
#include <string_view>

#include "model/plan.hpp"
#include "model/result.hpp"

namespace vacate {

/// Reads the steps of a plan as `vacate plan --json` writes them, names resolved in `pool`.
///
/// Only `format`, `fingerprint` and of each step `id`, `kind`, `vm`, `host`, `from`, `to`,
/// `storage` and `after` are read; times and figures are not, since they are computed again.
///
/// Returns: a plan whose ids are 0, 1, 2 ... and whose `after` names earlier steps only.
/// Fails:   with all problems at once: syntax, another format, unknown kinds or names, ids out
///          of order, an `after` that is no earlier step. Whether the steps are legal is not
///          asked here.
[[nodiscard]] Result<Plan> read_plan(std::string_view text, const std::string& source,
                                     const Pool& pool);

}  // namespace vacate
