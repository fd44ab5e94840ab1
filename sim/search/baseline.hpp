// What the peers do: coordinator first, then host by host, each emptied greedily.
#pragma once

#include <optional>

#include "model/plan.hpp"
#include "sim/search/draft.hpp"

namespace vacate {

enum class Baseline {
    wizard,  // brings the VMs of each host back as soon as it is done
    rpu,     // brings all VMs back at the very end, one by one
};

/// The plan of a peer, or where it gets stuck.
struct BaselinePlan {
    Plan plan;
    std::optional<Stuck> stuck;
    Violation reason;               // why the VM it got stuck on fits on no host; where stuck
    std::vector<Id<Vm>> left_away;  // VMs that could not be brought back
};

/// Plans as the peers do: the coordinator, then members in name order, one at a time; the
/// largest VM first to the host with the most free memory; no stepping stones, no look-ahead.
/// Stages are strict: a host's evacuation, its upgrade, the way back.
///
/// Where it gets stuck, the plan holds what came before.
/// Source: xapi, ocaml/xapi/binpack.ml, xapi_host.ml:285-424; XenCenter,
///         RollingUpgradeUpgradePage.cs; Xen Orchestra, mixins/pool.mjs.
[[nodiscard]] BaselinePlan plan_baseline(const Pool& pool, const PoolState& state,
                                         Baseline baseline);

}  // namespace vacate
