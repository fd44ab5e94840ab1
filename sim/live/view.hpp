// The pool of a look as a run sees it: its job, what it did and owes, what is under way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "model/progress.hpp"
#include "sim/live/driver.hpp"
#include "sim/live/run_state.hpp"

namespace vacate::live {

/// Makes of a pool what the plans of a run are made for.
///
/// Hosts without a part in the job, and those left out, run their target; hosts that are not
/// reachable are not there, but for those that restart by our order: these are disabled. VMs set
/// aside are pinned. What we did and no look shows is put in: switches that we turned off, CDs,
/// parked VMs, the backup, reboots.
///
/// Requires: the coordinator is reachable, or restarts by our order.
[[nodiscard]] Scenario seen_by(const RunState& run, const Scenario& scenario);

/// A plan, with a look's state and how far it has come there.
struct View {
    Scenario scenario;              // seen_by(), and what ended since the look was asked for
    Plan plan;                      // the plan in force, in ids of scenario.pool
    std::vector<Id<Step>> unknown;  // its steps about what is not there
    std::vector<bool> done;         // by answers and looks at single commands, and not undone since
    PlanProgress progress;
    PoolState state;                 // with what is under way, reservations included
    std::set<std::uint64_t> held;    // keys of our commands that are under way in it
    std::set<std::string> busy_vms;  // by operations that are not ours
    std::set<std::string> busy_hosts;
};

/// `ended`: orders of ours that were carried out after the look was asked for.
[[nodiscard]] View view_of(const RunState& run, const Snapshot& look,
                           const std::vector<Order>& ended);

/// True when nothing of the job is left to do in `state`.
[[nodiscard]] bool fulfils(const RunState& run, const Pool& pool, const PoolState& state);

/// The job in ids of `pool`; hosts that are left out or not there are not in it.
[[nodiscard]] Job job_in(const RunState& run, const Pool& pool);

/// Where VMs were when the run began, in ids of `pool`.
[[nodiscard]] Placement places_at_start(const RunState& run, const Pool& pool);

/// Row of a thing by name in a table in name order; none where there is none.
template <class Of>
[[nodiscard]] Id<Of> id_of(const Table<Of>& table, const std::string& name) {
    const auto found = std::lower_bound(
        table.begin(), table.end(), name,
        [](const Of& one, const std::string& wanted) { return one.name < wanted; });
    if (found == table.end() || found->name != name) return Id<Of>::none();
    return Id<Of>{static_cast<std::uint32_t>(found - table.begin())};
}

}  // namespace vacate::live
