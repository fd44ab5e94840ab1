// vacate check --pool: what is in the way on a pool that is really there.
#pragma once

#include "tools/vacate/connection.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {

/// The answer of a check: what the scenario shows, `asked` of a live pool, and what was assumed.
[[nodiscard]] Outcome check_answer(const Scenario& scenario, const Findings& asked, bool json);

/// Checks a live pool, with what only it can tell. `backup_file`: where its database would be
/// written; empty: that is not asked.
[[nodiscard]] Outcome check_live(const ConnectionOptions& connection, const InputOptions& options,
                                 const std::string& backup_file);

/// Holds a plan against a live pool as it is now, read as the plan was made, and asks the pool
/// about the steps that are left.
[[nodiscard]] Outcome check_plan_live(const ConnectionOptions& connection,
                                      const InputOptions& options, const PlanInput& input,
                                      const std::string& backup_file, bool with_steps);

}  // namespace vacate
