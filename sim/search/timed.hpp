// Every schedule of a tiny pool: the shortest one, or that there is none shorter.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/plan.hpp"
#include "model/state.hpp"
#include "sim/search/objective.hpp"

namespace vacate {

/// A step of a schedule; times count from its start, or from the coordinator's return.
struct ScheduledStep {
    Step step;
    Duration start{};
    Duration end{};
};

struct TimedAnswer {
    bool found = false;                // a schedule that takes less than was asked
    bool exhausted = false;            // and none is shorter, or than what was asked
    std::vector<ScheduledStep> steps;  // where found, in the order in which they begin
    std::int64_t effort = 0;           // transitions judged
};

/// Pools that search_schedules() is for: few hosts and VMs, all hosts enabled, VMs that run and
/// migrate live or do not run, none that belong together, no spare hosts asked for.
[[nodiscard]] bool has_few_schedules(const Pool& pool, const PoolState& state);

/// Looks at schedules in which every step begins at the start or when another one ends: any VM to
/// any host, any empty host down or kept, as many at once as rules and throttles allow, by the
/// kernel's own copying. Best first, by how soon the rest could end at all.
///
/// Two ways to the same placement with nothing under way but upgrades: the one that is there no
/// later, its hosts back no later, stands for both.
///
/// Of the objectives it knows makespan and window. For the window every placement that can be
/// reached before the coordinator goes down is a start. Times of disable and enable steps are
/// counted as part of the upgrade.
///
/// Lower bound of a moment: over all orders in which the waiting members go down, no sooner than
/// they can be empty; and where no packing of all VMs leaves this one and those before it empty at
/// once, or the policy does not let them be down at once, no sooner than one of those is back and,
/// of a single one, what every packing without it leaves on this one has been sent.
///
/// Requires: has_few_schedules(); `state` is prepared. `stops` is asked now and then.
/// Costs:    at most moments_max moments, each with as many ways on as steps can begin then.
[[nodiscard]] TimedAnswer search_schedules(const Pool& pool, const PoolState& state,
                                           Objective objective, Duration below,
                                           std::int64_t moments_max,
                                           const std::function<bool()>& stops = {});

/// The same steps with each host disabled before the first VM that leaves it for good, where that
/// is legal; the very first before everything. Requires: they are legal as a list from `state`.
[[nodiscard]] std::vector<ScheduledStep> disabled_first(const Pool& pool, const PoolState& state,
                                                        std::vector<ScheduledStep> steps);

/// The order that makes `steps`, legal as a list from `state`, run as scheduled: precedence_of()
/// with arrivals behind the departures that end first, and each migration behind a step that ends
/// when it begins. `times` belong to the steps from number `first` on, in the same order.
[[nodiscard]] Table<Step, std::vector<Id<Step>>> order_of_schedule(
    const Pool& pool, const PoolState& state, const Table<Step>& steps, std::size_t first,
    const std::vector<ScheduledStep>& times);

}  // namespace vacate
