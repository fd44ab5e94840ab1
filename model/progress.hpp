// How far a plan is carried out on a pool as it is now, and what of the rest is still possible.
#pragma once

#include <optional>
#include <vector>

#include "model/plan.hpp"

namespace vacate {

/// What has become of a step.
enum class StepFate {
    done,
    possible,
    blocked,  // a rule forbids it, or it comes after one that is blocked
};

struct PlanProgress {
    Table<Step, StepFate> fates;
    std::vector<BrokenStep> broken;  // the steps that a rule itself forbids, in plan order
    std::vector<Id<Step>> by_hand;   // CDs to insert of which the pool no longer knows the storage
    PoolState now;                   // the state, with what done steps owe: switches, CDs, places
    PoolState end;                   // behind every step that is possible
    Plan rest;                       // the steps that are possible, and what they come after
    Table<Step, Id<Step>> rest_ids;  // for each step of `rest`, its id in the plan
};

/// What whoever carries a plan out knows of its steps; both sorted.
struct KnownSteps {
    std::vector<Id<Step>> done;
    std::vector<Id<Step>> open;  // not done, whatever those after them look like
};

/// Reads from a pool how far `plan` has come, and whether the rest of it is legal.
///
/// A host that runs its target, is enabled or not, and a VM that is where a step puts it show
/// which steps on them are done; what these come after is done too. Where a state fits to
/// several positions, as for a VM that left and came home, the earliest is taken that the other
/// steps allow. A reboot leaves no such trace: a host that is enabled counts as not rebooted.
///
/// The rest is read top to bottom as whole steps; a step that a rule forbids blocks those that
/// come after it, the others go on. Steps in `unknown` name what does not exist: they are blocked.
///
/// What is known to be done is, and the pool may show more.
///
/// Requires: plan.after names earlier steps only; `unknown` is sorted.
/// Costs:    a few passes over the steps and what they come after.
[[nodiscard]] PlanProgress progress_of(const Pool& pool, const PoolState& state, const Plan& plan,
                                       const std::vector<Id<Step>>& unknown = {},
                                       const KnownSteps& known = {});

}  // namespace vacate
