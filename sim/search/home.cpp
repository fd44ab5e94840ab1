// The way home.
#include "sim/search/home.hpp"

#include <algorithm>

#include "model/transition.hpp"
#include "sim/search/reach.hpp"

namespace vacate {
namespace {

void go_to_original(Draft& draft, const Placement& goal) {
    Draft other = draft;
    const std::size_t left = reach(draft, goal, ReachOrder::largest_first).size();
    if (left == 0) return;
    if (reach(other, goal, ReachOrder::smallest_first).size() < left) draft = std::move(other);
}

// How full a host is, in millionths of its memory.
std::int64_t fill_of(const Pool& pool, const PoolState& state, Id<Host> host, Bytes more) {
    const Wide capacity = std::max<std::int64_t>(1, capacity_in(pool, state, host).count);
    const Wide used = state.hosts[host].committed.count + more.count;
    return static_cast<std::int64_t>(used * 1'000'000 / capacity);
}

// One move that leaves the fuller of its two hosts less full than the fuller was before.
bool level_once(Draft& draft) {
    const Pool& pool = draft.pool();
    std::vector<Id<Host>> hosts;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (draft.state().hosts[host].phase == HostPhase::enabled) hosts.push_back(host);
    }
    const PoolState& state = draft.state();
    std::stable_sort(hosts.begin(), hosts.end(), [&](Id<Host> a, Id<Host> b) {
        return fill_of(pool, state, a, Bytes{}) < fill_of(pool, state, b, Bytes{});
    });
    constexpr std::int64_t close_enough = 10'000;  // a hundredth of a host
    constexpr std::size_t hosts_tried = 4;         // at either end
    for (std::size_t i = 0; i < std::min(hosts.size(), hosts_tried); ++i) {
        const Id<Host> full = hosts[hosts.size() - 1 - i];
        const std::int64_t before = fill_of(pool, state, full, Bytes{});
        const std::vector<Id<Vm>> vms = draft.vms_on(full);  // largest first
        for (std::size_t k = 0; k < std::min(hosts.size(), hosts_tried); ++k) {
            const Id<Host> empty = hosts[k];
            if (before - fill_of(pool, state, empty, Bytes{}) < close_enough) break;
            for (const Id<Vm> vm : vms) {
                if (pool.vms[vm].mobility != Mobility::live) continue;
                const std::int64_t after = fill_of(pool, state, empty, pool.vms[vm].memory);
                if (after >= before) continue;
                if (draft.take(Migrate{vm, full, empty})) return true;
            }
        }
    }
    return false;
}

}  // namespace

void go_home(Draft& draft, const HomeWish& home) {
    if (home.kind == Home::original) go_to_original(draft, home.places);
    if (home.kind != Home::balanced) return;
    const std::size_t moves_max = 2 * draft.pool().vms.size();
    for (std::size_t moves = 0; moves < moves_max && level_once(draft); ++moves) {
    }
}

std::vector<LeftAway> left_away(const Pool& pool, const PoolState& before, const PoolState& after) {
    std::vector<LeftAway> all;
    for (const Id<Vm> vm : astray(after, placement_of(before))) {
        const Step home = Migrate{vm, after.vms[vm].host, before.vms[vm].host};
        const auto violation = forbids(pool, after, home);
        all.push_back({vm, violation
                               ? explain(pool, *violation) + " (" + rule_name(violation->rule) + ")"
                               : std::string()});
    }
    return all;
}

}  // namespace vacate
