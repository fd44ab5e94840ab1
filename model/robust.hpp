// Proof that a plan is legal under every timing its precedence allows.
#pragma once

#include <vector>

#include "model/plan.hpp"

namespace vacate {

/// The worst that any timing can do to one host.
struct WorstLoad {
    Id<Host> host = Id<Host>::none();
    bool upgraded = false;  // before or after its upgrade
    Bytes load;             // the most that can be committed at once
    Bytes capacity;
    friend bool operator==(const WorstLoad&, const WorstLoad&) = default;
};

/// A rule that some timing of the plan breaks.
struct Weakness {
    Violation violation;
    Id<Step> step = Id<Step>::none();   // the step that can come at the wrong time
    Id<Step> other = Id<Step>::none();  // what should have ended before, where it is one step
    friend bool operator==(const Weakness&, const Weakness&) = default;
};

struct Proof {
    std::vector<Weakness> weaknesses;  // empty: no timing breaks a rule
    std::vector<WorstLoad> loads;      // every host before and after its upgrade, in id order
    friend bool operator==(const Proof&, const Proof&) = default;
};

/// Examines a plan under every timing, with no regard to durations.
///
/// A moment of some timing is a set of begins and ends that is closed under "must have happened
/// before". The most memory that a host can have committed is therefore a closure of maximum
/// weight, +memory for each begin of an arrival and -memory for each end of a departure: one
/// minimum cut per host, exact. The number of hosts out of use (R6) is one more. Everything
/// about order is reachability: a host is empty before its upgrade (R4), VMs come only while it
/// is enabled (R5), the coordinator goes first and alone (R3, R11), switches are turned on the
/// right side of upgrades (R14), the steps on a VM follow one another, members of a group that
/// stays apart never meet (R7). A VM that is admitted with more than it keeps (Vm::admission)
/// has a cut of its own, over the moments right behind its begin. Of R9 and of groups that stay
/// together only plans that keep those steps in one order are accepted; R12 and R13 only delay.
///
/// Requires: the plan is legal read top to bottom (replay()), at most limits::steps_proved steps.
/// Costs:    steps^2 / 8 bytes and a minimum cut on the moves of every host.
/// Source:   J.-C. Picard, "Maximal closure of a graph and applications to combinatorial
///           problems", Management Science 22 (1976).
[[nodiscard]] Proof prove(const Pool& pool, const PoolState& state, const Plan& plan);

}  // namespace vacate
