// Orders of plans.
#include "sim/search/objective.hpp"

#include <tuple>

#include "model/audit.hpp"

namespace vacate {

Figures figures_of(const Pool& pool, const PoolState& before, const PoolState& after,
                   const Schedule& schedule) {
    const auto owed = static_cast<std::int64_t>(not_restored(pool, before, after).size());
    Figures figures{owed,
                    schedule.makespan,
                    schedule.mixed_window,
                    schedule.moves,
                    schedule.bytes_moved,
                    schedule.pause_total,
                    0,
                    Bytes{}};
    for (const Id<Vm> vm : before.vms.ids()) {
        if (before.vms[vm].host != after.vms[vm].host) ++figures.away;
        if (after.vms[vm].squeezed) figures.squeezed += pool.vms[vm].squeeze;
    }
    return figures;
}

std::strong_ordering compare(Objective objective, const Figures& a, const Figures& b) {
    const auto wanted = [objective](const Figures& one) -> std::tuple<std::int64_t, std::int64_t> {
        switch (objective) {
            case Objective::makespan:
                return {one.makespan.count(), 0};
            case Objective::window:
                return {one.window.count(), 0};
            case Objective::moves:
                return {one.moves, one.bytes_moved.count};
            case Objective::pause:
                return {one.pause.count(), 0};
            case Objective::spread:
                return {one.away, 0};
        }
        return {0, 0};
    };
    const auto all = [&wanted](const Figures& one) {
        return std::tuple{one.squeezed.count, wanted(one), one.makespan.count(),
                          one.window.count(), one.moves,   one.bytes_moved.count,
                          one.pause.count(),  one.away,    one.owed};
    };
    return all(a) <=> all(b);
}

bool dominates(const Figures& a, const Figures& b) {
    const bool no_worse = a.makespan <= b.makespan && a.moves <= b.moves && a.window <= b.window;
    return no_worse && (a.makespan < b.makespan || a.moves < b.moves || a.window < b.window);
}

}  // namespace vacate
