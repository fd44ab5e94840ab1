// What the hosts of a live pool are upgraded to, where nobody says it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/result.hpp"

namespace vacate::xapi {

/// The target in the text of a captured pool, as --set takes it; empty where there is none.
[[nodiscard]] std::vector<std::string> target_in(const std::string& scenario);

/// What the coordinator in the text runs, as JSON; empty where it does not say.
[[nodiscard]] std::string coordinator_version_in(const std::string& scenario);

/// Once the coordinator came back newer than `before`, the target is what it runs now; nothing as
/// long as it did not. "Newer": in some key, and older in none.
[[nodiscard]] std::optional<std::string> learned_target(const std::string& scenario,
                                                        const std::string& before);

}  // namespace vacate::xapi
