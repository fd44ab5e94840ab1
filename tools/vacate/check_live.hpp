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

}  // namespace vacate
