// Why a run takes as long as it does: the chain of steps that leaves no slack.
#pragma once

#include <vector>

#include "model/plan.hpp"
#include "model/schedule.hpp"

namespace vacate {

/// What kept a step of the chain from beginning earlier.
enum class Hold {
    nothing,   // it began when the plan did
    order,     // a step that it must come after
    throttle,  // R12 or R13: a migration on one of its hosts had to end first
};

struct CriticalStep {
    Id<Step> step;
    Hold hold = Hold::nothing;
    Id<Step> held_by = Id<Step>::none();  // the step before it in the chain
    friend bool operator==(const CriticalStep&, const CriticalStep&) = default;
};

/// The step whose end let `id` begin; of several, one that the plan's order names.
///
/// Requires: `schedule` is a run of `plan`.
/// Costs:    the steps of the plan at worst.
[[nodiscard]] CriticalStep hold_of(const Plan& plan, const Schedule& schedule, Id<Step> id);

/// The chain that ends with the last step on a host or VM, in order of time. Each step begins
/// when the one before it ends, so that a shorter chain is what a shorter run needs.
///
/// Requires: `schedule` is a run of `plan`.
/// Costs:    the chain times the steps of the plan at worst.
[[nodiscard]] std::vector<CriticalStep> critical_path(const Plan& plan, const Schedule& schedule);

}  // namespace vacate
