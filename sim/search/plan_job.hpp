// One door to every search: the one that fits a job.
#pragma once

#include "model/job.hpp"
#include "sim/search/planner.hpp"

namespace vacate {

/// Plans an upgrade, reboots, an evacuation or the way to a placement, see plan_upgrade(),
/// plan_evacuation() and plan_goal(); the way home is the job's.
///
/// Requires: pool and state are narrow()ed to the job, where nothing blocks it.
/// Fails:    as they do; with what blocks the job, which is proof.
[[nodiscard]] tl::expected<Planned, NoPlan> plan_job(const Pool& pool, const PoolState& state,
                                                     const Job& job, PlanOptions options);

}  // namespace vacate
