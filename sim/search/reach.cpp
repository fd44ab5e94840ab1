// Straight moves as long as there are any, then one step aside.
#include "sim/search/reach.hpp"

#include <algorithm>
#include <set>

#include "model/random.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

class Way {
  public:
    Way(Draft& draft, const Placement& goal, ReachOrder order, std::uint64_t salt)
        : draft_(draft), pool_(draft.pool()), goal_(goal), order_(order), random_(salt) {}

    std::vector<Id<Vm>> go() {
        std::vector<Id<Vm>> waiting = astray(draft_.state(), goal_);
        arrange(waiting);
        const std::size_t detours_max = 2 * waiting.size() + 16;
        for (std::size_t detours = 0; !waiting.empty();) {
            if (go_straight(waiting)) continue;
            if (++detours > detours_max || !step_aside(waiting)) break;
            waiting = astray(draft_.state(), goal_);
            arrange(waiting);
        }
        return waiting;
    }

  private:
    void arrange(std::vector<Id<Vm>>& vms) {
        const auto size = [this](Id<Vm> vm) { return pool_.vms[vm].admission; };
        std::stable_sort(vms.begin(), vms.end(), [&](Id<Vm> a, Id<Vm> b) {
            return order_ == ReachOrder::smallest_first ? size(a) < size(b) : size(a) > size(b);
        });
        if (order_ != ReachOrder::shuffled) return;
        for (std::size_t i = vms.size(); i > 1; --i) std::swap(vms[i - 1], vms[random_.below(i)]);
    }

    // Members of groups that stay together with `vm`, on the same host and with the same goal.
    [[nodiscard]] std::vector<Id<Vm>> companions(Id<Vm> vm, bool same_goal) const {
        std::vector<Id<Vm>> all{vm};
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (const Id<Group> group : pool_.groups_of[all[i]]) {
                if (pool_.groups[group].kind != Group::Kind::together) continue;
                for (const Id<Vm> member : pool_.groups[group].members) {
                    const bool here =
                        draft_.state().vms[member].host == draft_.state().vms[vm].host;
                    const bool fits = here && (!same_goal || goal_[member] == goal_[vm]);
                    if (!fits || std::find(all.begin(), all.end(), member) != all.end()) continue;
                    all.push_back(member);
                }
            }
        }
        return all;
    }

    [[nodiscard]] static bool has_disks_to_move(const Vm& vm, const VmState& state) {
        return vm.mobility == Mobility::storage && state.storage.is_none();
    }

    // Disks go to the target's own storage where that is shared, else to any that has room.
    bool move_with_disks(Id<Vm> vm, Id<Host> to) {
        for (const bool shared : {true, false}) {
            for (const Id<Storage> storage : pool_.hosts[to].storages) {
                if (pool_.storages[storage].shared != shared) continue;
                const Id<Host> from = draft_.state().vms[vm].host;
                if (draft_.take(MigrateStorage{vm, from, to, storage})) return true;
            }
        }
        return false;
    }

    bool move(Id<Vm> vm, Id<Host> to) {
        if (has_disks_to_move(pool_.vms[vm], draft_.state().vms[vm])) {
            return move_with_disks(vm, to);
        }
        return draft_.take(Migrate{vm, draft_.state().vms[vm].host, to});
    }

    // All or none.
    bool move_together(const std::vector<Id<Vm>>& vms, Id<Host> to) {
        if (vms.size() == 1) return move(vms.front(), to);
        const Draft before = draft_;
        for (const Id<Vm> vm : vms) {
            if (move(vm, to)) continue;
            draft_ = before;
            return false;
        }
        return true;
    }

    bool go_straight(std::vector<Id<Vm>>& waiting) {
        bool moved = false;
        for (const Id<Vm> vm : waiting) {
            if (draft_.state().vms[vm].host == goal_[vm]) continue;  // came along
            moved = move_together(companions(vm, true), goal_[vm]) || moved;
        }
        std::erase_if(waiting,
                      [this](Id<Vm> vm) { return draft_.state().vms[vm].host == goal_[vm]; });
        return moved;
    }

    // ---- detours

    struct Detour {
        std::vector<Id<Vm>> vms;
        Id<Host> to;
        Bytes size;
        bool helps = false;  // a straight move is possible behind it
        bool is_astray = false;
    };

    [[nodiscard]] bool better(const Detour& a, const Detour& b) const {
        if (a.helps != b.helps) return a.helps;
        if (a.is_astray != b.is_astray) return a.is_astray;
        return a.size < b.size;
    }

    [[nodiscard]] Bytes size_of(const std::vector<Id<Vm>>& vms) const {
        Bytes size;
        for (const Id<Vm> vm : vms) size += pool_.vms[vm].admission;
        return size;
    }

    // A host on which room is wanted: a VM that is astray would go there.
    [[nodiscard]] std::vector<char> wanted_hosts(const std::vector<Id<Vm>>& waiting) const {
        std::vector<char> wanted(pool_.hosts.size(), 0);
        for (const Id<Vm> vm : waiting) wanted[goal_[vm].index] = 1;
        return wanted;
    }

    // Whether, with so much more room on `on`, some VM that waits goes straight there.
    [[nodiscard]] bool lets_in(Id<Host> on, Bytes more, const std::vector<Id<Vm>>& leaving,
                               const std::vector<Id<Vm>>& waiting) const {
        const Bytes room = free_in(pool_, draft_.state(), on) + more;
        return std::any_of(waiting.begin(), waiting.end(), [&](Id<Vm> vm) {
            const bool leaves = std::find(leaving.begin(), leaving.end(), vm) != leaving.end();
            return !leaves && goal_[vm] == on && pool_.vms[vm].admission <= room;
        });
    }

    // Where the fewest are kept from their goal: not where room is wanted, the tightest that fits.
    [[nodiscard]] Id<Host> third_host(Id<Vm> vm, Bytes size, const std::vector<char>& wanted) {
        const PoolState& state = draft_.state();
        Id<Host> best = Id<Host>::none();
        for (const Id<Host> host : pool_.hosts.ids()) {
            const bool open = host != state.vms[vm].host && host != goal_[vm] &&
                              state.hosts[host].phase == HostPhase::enabled &&
                              free_in(pool_, state, host) >= size;
            if (!open || visited_.count({vm, host}) > 0) continue;
            if (forbids(pool_, state, Migrate{vm, state.vms[vm].host, host})) continue;
            const auto rank = [&](Id<Host> one) {
                return std::pair{wanted[one.index], free_in(pool_, state, one)};
            };
            if (best.is_none() || rank(host) < rank(best)) best = host;
        }
        return best;
    }

    bool step_aside(const std::vector<Id<Vm>>& waiting) {
        const std::vector<char> wanted = wanted_hosts(waiting);
        Detour best;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const Id<Host> from = draft_.state().vms[vm].host;
            if (from.is_none() || wanted[from.index] == 0) continue;
            const bool waits = goal_[vm] != from && !goal_[vm].is_none();
            Detour detour{companions(vm, false), Id<Host>::none(), {}, false, waits};
            detour.size = size_of(detour.vms);
            detour.helps = lets_in(from, freed_by(detour.vms), detour.vms, waiting);
            if (!best.vms.empty() && !better(detour, best)) continue;
            detour.to = third_host(vm, detour.size, wanted);
            if (!detour.to.is_none()) best = std::move(detour);
        }
        if (best.vms.empty()) return false;
        for (const Id<Vm> vm : best.vms) visited_.insert({vm, best.to});
        return move_together(best.vms, best.to);
    }

    [[nodiscard]] Bytes freed_by(const std::vector<Id<Vm>>& vms) const {
        Bytes freed;
        for (const Id<Vm> vm : vms) freed += pool_.vms[vm].memory;
        return freed;
    }

    Draft& draft_;
    const Pool& pool_;
    const Placement& goal_;
    ReachOrder order_;
    Random random_;
    std::set<std::pair<Id<Vm>, Id<Host>>> visited_;  // detours once made are not made again
};

}  // namespace

Placement placement_of(const PoolState& state) {
    Placement placement(state.vms.size(), Id<Host>::none());
    for (const Id<Vm> vm : state.vms.ids()) placement[vm] = state.vms[vm].host;
    return placement;
}

std::vector<Id<Vm>> astray(const PoolState& state, const Placement& goal) {
    std::vector<Id<Vm>> vms;
    for (const Id<Vm> vm : state.vms.ids()) {
        const Id<Host> host = state.vms[vm].host;
        if (!host.is_none() && !goal[vm].is_none() && host != goal[vm]) vms.push_back(vm);
    }
    return vms;
}

std::vector<Id<Vm>> reach(Draft& draft, const Placement& goal, ReachOrder order,
                          std::uint64_t salt) {
    return Way(draft, goal, order, salt).go();
}

}  // namespace vacate
