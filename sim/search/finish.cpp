// Promise and proof of a plan; the window that is too short.
#include "sim/search/finish.hpp"

#include <string>

#include "model/check.hpp"
#include "model/limits.hpp"

namespace vacate {

Planned finished(const Pool& pool, const PoolState& state, Plan plan, const Bound& bound) {
    Planned planned;
    planned.plan = std::move(plan);
    auto run = simulate(pool, state, planned.plan);
    VACATE_CHECK(run.has_value(), "the best plan came to a stop");
    planned.simulation = std::move(*run);
    planned.plan.fingerprint = fingerprint(pool, state);
    const Simulation& times = planned.simulation;
    planned.plan.promise = {times.makespan,    times.mixed_window, times.moves, times.bytes_moved,
                            times.pause_total, bound.makespan,     bound.reason};
    if (planned.plan.steps.size() <= limits::steps_proved) {
        planned.proof = prove(pool, state, planned.plan);
        VACATE_CHECK(planned.proof->weaknesses.empty(), "a timing of our plan breaks a rule");
    }
    return planned;
}

NoPlan too_long(Duration found, Duration window, const Bound& bound,
                std::string_view what_else_helps) {
    NoPlan answer;
    answer.proven = bound.makespan > window;
    answer.findings.push_back(
        {Severity::blocks, "WINDOW_TOO_SHORT", "pool",
         "the shortest plan found takes " + display(found) + ", the window is " + display(window) +
             "; no plan takes less than " + display(bound.makespan) + " (" + bound.reason + ")",
         "a window of " + display(found) + std::string(what_else_helps)});
    return answer;
}

}  // namespace vacate
