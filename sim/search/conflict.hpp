// The smallest set of hosts, VMs and rules that cannot hold together.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/result.hpp"
#include "model/rule.hpp"
#include "model/state.hpp"

namespace vacate {

/// Why there is no plan, with nothing in it that could be left out.
struct Conflict {
    std::vector<Id<Host>> hosts;    // that cannot all be upgraded
    std::vector<Id<Vm>> vms;        // while these run
    std::vector<Id<Group>> groups;  // and these are kept (R7)
    std::vector<Rule> rules;        // without any one of which it could be done
    bool minimal = true;            // false: it may hold more than is needed
    friend bool operator==(const Conflict&, const Conflict&) = default;
};

/// Leaves out hosts to upgrade, VMs and groups, as long as what is left is still proved to be
/// impossible: first in halves, then in smaller parts, then one by one. A rule belongs to it
/// when what is left becomes possible, or is no longer proved impossible, without it.
///
/// Minimal means: each single part that is left was tried, and without it there is no proof.
/// There may be other such sets, also smaller ones.
///
/// Requires: the pool was proved impossible, by blockers() or by search_exhaustively().
/// Returns:  the conflict; not minimal when `stops` said so or too many proofs were asked for.
/// Costs:    some proofs for each part, each of at most some thousand placements.
/// Source:   deletion filtering; J. Chinneck, "Feasibility and Infeasibility in Optimization",
///           2008.
[[nodiscard]] Conflict smallest_conflict(const Pool& pool, const PoolState& state,
                                         const std::function<bool()>& stops = {});

/// The conflict in one sentence with names, as what blocks an upgrade.
[[nodiscard]] Finding finding_of(const Pool& pool, const Conflict& conflict);

}  // namespace vacate
