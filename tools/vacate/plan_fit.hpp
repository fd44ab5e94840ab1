// Whether a plan can be carried out on a live pool, in a few lines.
#pragma once

#include <string>

#include "tools/vacate/verbs.hpp"

namespace vacate {

/// Fails: bad input, in one item, when steps of the plan name hosts or VMs that the pool does not
///        have: it was made for another one, or they are gone.
[[nodiscard]] Result<void> names_fit(const PlannedPool& loaded, const std::string& plan,
                                     const std::string& pool);

/// What keeps the plan from being carried out from its first step on, and what drifted since it
/// was made; empty where nothing does. Requires: names_fit(). `pool`: the address, for the remedy.
[[nodiscard]] Findings steps_fit(const PlannedPool& loaded, const std::string& plan,
                                 const std::string& pool);

/// False when no step of the plan in that text restarts a host: an evacuation, a placement. What is
/// no plan counts as one that does; whoever reads it says so.
[[nodiscard]] bool restarts_hosts(const std::string& plan);

}  // namespace vacate
