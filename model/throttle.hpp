// R12 and R13: what only delays a step, and is kept by whoever dispatches.
#pragma once

#include <optional>

#include "model/rule.hpp"
#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

/// The throttle that asks `step` to wait, or nothing.
///
/// R12: no host sends and receives at the same time. R13: at most so many migrations at once per
/// host, pair and pool, and so many storage motions per source. When nothing is under way,
/// nothing is throttled, so waiting always ends.
///
/// Source: xapi issue 6470 (dead-lock of two hosts that migrate into each other),
///         xapi_vm_migrate.ml:137-147 (three storage motions).
[[nodiscard]] std::optional<Violation> throttled(const Pool& pool, const PoolState& state,
                                                 const Step& step);

}  // namespace vacate
