// Walking back from the last step.
#include "sim/search/critical_path.hpp"

#include <algorithm>

namespace vacate {
namespace {

bool share_a_host(const Step& a, const Step& b) {
    const StepSubject one = subject_of(a);
    const StepSubject other = subject_of(b);
    return one.from == other.from || one.from == other.to || one.to == other.from ||
           one.to == other.to;
}

}  // namespace

CriticalStep hold_of(const Plan& plan, const Schedule& schedule, Id<Step> id) {
    const Instant start = schedule.times[id].start;
    for (const Id<Step> before : plan.after[id]) {
        const bool binds =
            counts_in_makespan(plan.steps[before]) && schedule.times[before].end == start;
        if (binds) return {id, Hold::order, before};
    }
    if (!is_migration(plan.steps[id])) return {id, Hold::nothing, Id<Step>::none()};
    for (const Id<Step> other : plan.steps.ids()) {
        const bool binds = other != id && is_migration(plan.steps[other]) &&
                           schedule.times[other].end == start &&
                           share_a_host(plan.steps[id], plan.steps[other]);
        if (binds) return {id, Hold::throttle, other};
    }
    return {id, Hold::nothing, Id<Step>::none()};
}

std::vector<CriticalStep> critical_path(const Plan& plan, const Schedule& schedule) {
    Id<Step> last = Id<Step>::none();
    for (const Id<Step> id : plan.steps.ids()) {
        if (!counts_in_makespan(plan.steps[id])) continue;
        if (last.is_none() || schedule.times[id].end > schedule.times[last].end) last = id;
    }
    std::vector<CriticalStep> chain;
    // Ends strictly decrease along the chain but for steps that take no time, which order bounds.
    while (!last.is_none() && chain.size() < plan.steps.size()) {
        chain.push_back(hold_of(plan, schedule, last));
        last = chain.back().held_by;
    }
    std::reverse(chain.begin(), chain.end());
    return chain;
}

}  // namespace vacate
