// The choice of a search.
#include "sim/search/plan_job.hpp"

#include "sim/search/evacuation.hpp"
#include "sim/search/goal.hpp"

namespace vacate {

tl::expected<Planned, NoPlan> plan_job(const Pool& pool, const PoolState& state, const Job& job,
                                       PlanOptions options) {
    options.home = job.home;
    if (job.action == HostAction::place) return plan_goal(pool, state, job.goal, options);
    const Findings blockers = job_blockers(pool, state, job);
    if (!blockers.empty()) return tl::unexpected(NoPlan{true, blockers, 0});
    if (job.action == HostAction::evacuate) {
        return plan_evacuation(pool, state, job.hosts, options);
    }
    return plan_upgrade(pool, state, options);
}

}  // namespace vacate
