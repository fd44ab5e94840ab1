// What every search ends with: the best plan run once more, promised and proved, or a no.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/search/planner.hpp"

namespace vacate {

/// A plan with its run, promise, fingerprint and, up to limits::steps_proved, its proof.
///
/// Requires: the plan runs to its end from `state`, and no timing of it breaks a rule.
[[nodiscard]] Planned finished(const Pool& pool, const PoolState& state, Plan plan,
                               const Bound& bound);

/// The answer where the best plan found takes longer than the window; proven when the bound does.
[[nodiscard]] NoPlan too_long(Duration found, Duration window, const Bound& bound,
                              std::string_view what_else_helps);

}  // namespace vacate
