// Evacuations: packing, stepping stones, and VMs that cannot move.
#include "sim/search/draft.hpp"

#include <algorithm>

#include "model/transition.hpp"

namespace vacate {

// VMs on one host that must move together; most have one member.
struct Draft::Cluster {
    Id<Host> from;
    std::vector<Id<Vm>> vms;  // largest first
    Bytes admission;          // of all
};

Draft::Draft(const Pool& pool, const PoolState& state)
    : pool_(&pool), state_(state), turns_(pool.hosts.size()), available_(pool.hosts.size()) {
    // Whether every host may be lost (R9) is asked of each host.
    if (promises_refuge(pool)) cost_ += static_cast<std::int64_t>(pool.hosts.size()) * 2;
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (!state.vms[vm].parked.is_none()) parked_.push_back(vm);  // in the middle of a run
    }
}

void Draft::set_turns(const std::vector<Id<Host>>& members) {
    for (std::size_t i = 0; i < members.size(); ++i) turns_[members[i]] = i + 1;
}

bool Draft::judge(const Step& step) {
    effort_ += cost_;
    return !forbids(*pool_, state_, step);
}

bool Draft::take(const Step& step) {
    effort_ += cost_;
    if (!perform(*pool_, state_, step)) return false;
    steps_.push_back(step);
    return true;
}

void Draft::prepare() {
    if (!state_.backed_up && !is_mixed(*pool_, state_)) take(BackUpDatabase{});
    if (state_.ha.on) take(DisableHa{});
    if (state_.wlb.on) take(DisableWlb{});
    if (state_.auto_power_on.on) take(DisableAutoPowerOn{});
    for (const Id<Vm> vm : pool_->vms.ids()) {
        const bool has_cd = pool_->vms[vm].cd.has_value() && !state_.vms[vm].cd_ejected;
        if (has_cd && state_.vms[vm].power == Power::running) take(EjectCd{vm});
    }
    squeeze();
}

void Draft::squeeze() {
    for (const Id<Vm> vm : pool_->vms.ids()) {
        if (pool_->vms[vm].squeeze.count > 0) take(SqueezeMemory{vm});
    }
}

std::size_t Draft::keep_cds_of_idle_vms() {
    if (promises_refuge(*pool_)) return 0;  // a CD keeps VMs from hosts that are their refuge
    Table<Vm, char> busy(pool_->vms.size());
    for (const Step& step : steps_) {
        const Id<Vm> vm = subject_of(step).vm;
        if (!vm.is_none() && !std::holds_alternative<EjectCd>(step)) busy[vm] = 1;
    }
    return std::erase_if(steps_, [&](const Step& step) {
        const auto* eject = std::get_if<EjectCd>(&step);
        if (eject == nullptr || busy[eject->vm]) return false;
        state_.vms[eject->vm].cd_ejected = false;
        return true;
    });
}

void Draft::restore() {
    make_room_for_ranges();
    restore_ranges();
    keep_cds_of_idle_vms();
    for (const Step& step : std::vector<Step>(steps_)) {
        if (const auto* eject = std::get_if<EjectCd>(&step)) take(InsertCd{eject->vm});
    }
    if (state_.auto_power_on.turned_off) take(EnableAutoPowerOn{});
    if (state_.wlb.turned_off) take(EnableWlb{});
    if (state_.ha.turned_off) take(EnableHa{});
}

// The smallest first, so that most are restored where not all can be.
void Draft::restore_ranges() {
    std::vector<Id<Vm>> left;
    for (const Id<Vm> vm : pool_->vms.ids()) {
        if (state_.vms[vm].squeezed) left.push_back(vm);
    }
    std::stable_sort(left.begin(), left.end(), [this](Id<Vm> a, Id<Vm> b) {
        return pool_->vms[a].squeeze < pool_->vms[b].squeeze;
    });
    for (const Id<Vm> vm : left) take(RestoreMemory{vm});
}

// What a host has left once every VM on it has its full range; negative where they do not fit.
Bytes Draft::room_with_ranges(Id<Host> host) const {
    Bytes room = free_in(*pool_, state_, host);
    for (const Id<Vm> vm : pool_->vms.ids()) {
        const bool here = state_.vms[vm].host == host && state_.vms[vm].squeezed;
        if (here) room -= pool_->vms[vm].squeeze;
    }
    return room;
}

Bytes Draft::full_need(Id<Vm> vm) const {
    return state_.vms[vm].squeezed ? full_admission(pool_->vms[vm]) : pool_->vms[vm].admission;
}

void Draft::make_room_for_ranges() {
    const auto is_squeezed = [](const VmState& vm) { return vm.squeezed; };
    if (std::none_of(state_.vms.begin(), state_.vms.end(), is_squeezed)) return;
    if (is_mixed(*pool_, state_)) return;  // no range changes now (R14)
    for (const Id<Host> host : pool_->hosts.ids()) {
        const std::uint32_t moves_max = state_.hosts[host].vms;
        for (std::uint32_t i = 0; i < moves_max && room_with_ranges(host).count < 0; ++i) {
            if (!relieve(host)) break;
        }
    }
}

// Moves one VM to where its full range fits: the smallest that is enough, else the largest.
bool Draft::relieve(Id<Host> host) {
    const Bytes missing = Bytes{} - room_with_ranges(host);
    std::vector<Id<Vm>> vms = vms_on(host);
    std::erase_if(vms, [this](Id<Vm> vm) {
        const auto& groups = pool_->groups_of[vm];
        const bool stays = std::any_of(groups.begin(), groups.end(), [this](Id<Group> group) {
            return pool_->groups[group].kind == Group::Kind::together;
        });
        return stays || pool_->vms[vm].mobility != Mobility::live;
    });
    std::stable_sort(vms.begin(), vms.end(), [this, missing](Id<Vm> a, Id<Vm> b) {
        const bool enough = full_need(a) >= missing;
        if (enough != (full_need(b) >= missing)) return enough;
        return enough ? full_need(a) < full_need(b) : full_need(a) > full_need(b);
    });
    Table<Host, Bytes> room;
    for (const Id<Host> one : pool_->hosts.ids()) room.push_back(room_with_ranges(one));
    for (const Id<Vm> vm : vms) {
        Id<Host> best = Id<Host>::none();
        for (const Id<Host> to : pool_->hosts.ids()) {
            const bool fits = to != host && full_need(vm) <= room[to];
            if (!fits || (!best.is_none() && room[to] <= room[best])) continue;
            if (judge(Migrate{vm, host, to})) best = to;
        }
        if (!best.is_none()) return take(Migrate{vm, host, best});
    }
    return false;
}

std::vector<Id<Vm>> Draft::vms_on(Id<Host> host) const {
    std::vector<Id<Vm>> vms;
    for (const Id<Vm> vm : pool_->vms.ids()) {
        if (state_.vms[vm].host == host) vms.push_back(vm);
    }
    std::stable_sort(vms.begin(), vms.end(), [this](Id<Vm> a, Id<Vm> b) {
        return pool_->vms[a].admission > pool_->vms[b].admission;
    });
    return vms;
}

std::vector<Draft::Cluster> Draft::clusters_on(Id<Host> host) const {
    std::vector<Cluster> clusters;
    std::vector<Id<Vm>> assigned;
    for (const Id<Vm> vm : vms_on(host)) {
        if (std::find(assigned.begin(), assigned.end(), vm) != assigned.end()) continue;
        Cluster cluster{host, {vm}, pool_->vms[vm].admission};
        for (std::size_t i = 0; i < cluster.vms.size(); ++i) {
            for (const Id<Group> group : pool_->groups_of[cluster.vms[i]]) {
                if (pool_->groups[group].kind != Group::Kind::together) continue;
                for (const Id<Vm> member : pool_->groups[group].members) {
                    const bool known = std::find(cluster.vms.begin(), cluster.vms.end(), member) !=
                                       cluster.vms.end();
                    if (known || state_.vms[member].host != host) continue;
                    cluster.vms.push_back(member);
                    cluster.admission += pool_->vms[member].admission;
                }
            }
        }
        if (cluster.vms.size() > 1) {
            assigned.insert(assigned.end(), cluster.vms.begin(), cluster.vms.end());
        }
        clusters.push_back(std::move(cluster));
    }
    std::stable_sort(clusters.begin(), clusters.end(),
                     [](const Cluster& a, const Cluster& b) { return a.admission > b.admission; });
    return clusters;
}

bool Draft::takes(Id<Host> host, const Cluster& cluster) {
    if (host == cluster.from || state_.hosts[host].phase != HostPhase::enabled) return false;
    if (free_in(*pool_, state_, host) < cluster.admission) return false;
    return judge(Migrate{cluster.vms.front(), cluster.from, host});
}

Id<Host> Draft::choose_target(const Cluster& cluster, const EvacuationStyle& style,
                              const std::vector<char>& avoid) {
    Id<Host> best = Id<Host>::none();
    const auto better = [&](Id<Host> a, Id<Host> b) {
        const bool a_upgraded = state_.hosts[a].upgraded;
        if (style.prefer_upgraded && a_upgraded != state_.hosts[b].upgraded) return a_upgraded;
        const bool by_turn = style.packing == Packing::latest && turns_[a] != turns_[b];
        if (by_turn) return turns_[a] > turns_[b];
        const Bytes a_free = free_in(*pool_, state_, a);
        const Bytes b_free = free_in(*pool_, state_, b);
        return style.packing == Packing::worst_fit ? a_free > b_free : a_free < b_free;
    };
    for (const Id<Host> host : pool_->hosts.ids()) {
        if (avoid[host.index] || !(best.is_none() || better(host, best))) continue;
        if (takes(host, cluster)) best = host;
    }
    return best;
}

// The upgraded host that takes everything at once, the one that will be ready first.
Id<Host> Draft::choose_for_all(Id<Host> host, const std::vector<char>& avoid) {
    const Bytes content = state_.hosts[host].committed;
    Id<Host> best = Id<Host>::none();
    for (const Id<Host> target : pool_->hosts.ids()) {
        const HostState& one = state_.hosts[target];
        if (avoid[target.index] || target == host || !one.upgraded) continue;
        if (one.phase != HostPhase::enabled || free_in(*pool_, state_, target) < content) continue;
        if (best.is_none() || available_[target] < available_[best]) best = target;
    }
    return best;
}

bool Draft::move(const Cluster& cluster, Id<Host> target) {
    evacuation_began_ = std::max(evacuation_began_, available_[target]);
    if (cluster.vms.size() == 1) {
        return take(Migrate{cluster.vms.front(), cluster.from, target});
    }
    Draft before = *this;
    for (const Id<Vm> vm : cluster.vms) {
        if (take(Migrate{vm, cluster.from, target})) continue;
        const std::int64_t effort = effort_;
        *this = std::move(before);
        effort_ = effort;
        return false;
    }
    return true;
}

// The smallest that alone suffices and those above it, then the rest, largest first.
std::vector<Draft::Cluster> Draft::most_helpful_first(std::vector<Cluster> clusters,
                                                      Bytes missing) {
    std::reverse(clusters.begin(), clusters.end());  // now smallest first
    const auto enough =
        std::partition_point(clusters.begin(), clusters.end(),
                             [missing](const Cluster& one) { return one.admission < missing; });
    std::vector<Cluster> ordered(enough, clusters.end());
    ordered.insert(ordered.end(), std::make_reverse_iterator(enough), clusters.rend());
    return ordered;
}

// Frees room on `target` by moving single VMs from it to third hosts, the smallest that helps.
bool Draft::make_room(Id<Host> target, const Cluster& cluster, const EvacuationStyle& style,
                      const std::vector<char>& avoid) {
    std::vector<char> elsewhere = avoid;
    elsewhere[target.index] = 1;
    constexpr int ejections_max = 8;
    for (int ejected = 0; ejected < ejections_max; ++ejected) {
        const Bytes missing = cluster.admission - free_in(*pool_, state_, target);
        if (missing.count <= 0) return true;
        const std::vector<Cluster> movable = most_helpful_first(clusters_on(target), missing);
        bool moved = false;
        for (const Cluster& one : movable) {
            const Id<Host> third = choose_target(one, style, elsewhere);
            if (third.is_none() || !move(one, third)) continue;
            moved = true;
            break;
        }
        if (!moved) return false;
    }
    return cluster.admission <= free_in(*pool_, state_, target);
}

bool Draft::move_with_room(const Cluster& cluster, const EvacuationStyle& style,
                           const std::vector<char>& avoid) {
    std::vector<Id<Host>> targets;
    for (const Id<Host> host : pool_->hosts.ids()) {
        const bool open = !avoid[host.index] && host != cluster.from &&
                          state_.hosts[host].phase == HostPhase::enabled &&
                          cluster.admission <= capacity_in(*pool_, state_, host);
        if (open) targets.push_back(host);
    }
    std::stable_sort(targets.begin(), targets.end(), [this](Id<Host> a, Id<Host> b) {
        return free_in(*pool_, state_, a) > free_in(*pool_, state_, b);
    });
    std::vector<char> avoid_source = avoid;
    avoid_source[cluster.from.index] = 1;
    for (const Id<Host> target : targets) {
        Draft before = *this;
        if (make_room(target, cluster, style, avoid_source) && move(cluster, target)) return true;
        const std::int64_t effort = effort_;
        *this = std::move(before);
        effort_ = effort;
    }
    return false;
}

bool Draft::move_with_disks(Id<Vm> vm, const std::vector<char>& avoid) {
    const Id<Host> from = state_.vms[vm].host;
    for (const bool to_shared : {true, false}) {
        for (const Id<Host> to : pool_->hosts.ids()) {
            if (avoid[to.index] || to == from) continue;
            for (const Id<Storage> storage : pool_->hosts[to].storages) {
                const Storage& one = pool_->storages[storage];
                if (one.shared != to_shared || one.free < pool_->vms[vm].local_disk) continue;
                if (take(MigrateStorage{vm, from, to, storage})) return true;
            }
        }
    }
    return false;
}

bool Draft::park(Id<Vm> vm) {
    const Id<Host> host = state_.vms[vm].host;
    const bool suspend = pool_->vms[vm].mobility == Mobility::suspend;
    const bool done = suspend ? take(Suspend{vm, host}) : take(Stop{vm, host});
    if (done) parked_.push_back(vm);
    return done;
}

std::optional<Stuck> Draft::evacuate(Id<Host> host, const EvacuationStyle& style,
                                     const std::vector<char>& avoid) {
    evacuation_began_ = Duration{};
    drain_ = transfer_time(state_.hosts[host].committed, pool_->hosts[host].link);
    const Id<Host> common = style.whole_host_first ? choose_for_all(host, avoid) : Id<Host>::none();
    std::vector<Cluster> clusters = clusters_on(host);
    // Disks take the longest, so they begin first.
    std::stable_partition(clusters.begin(), clusters.end(), [this](const Cluster& cluster) {
        return pool_->vms[cluster.vms.front()].mobility == Mobility::storage;
    });
    for (const Cluster& cluster : clusters) {
        const Id<Vm> first = cluster.vms.front();
        const Mobility mobility = pool_->vms[first].mobility;
        const bool disks_moved = !state_.vms[first].storage.is_none();
        if (parks(pool_->vms[first])) continue;
        if (mobility == Mobility::pinned) return Stuck{host, first};
        if (mobility == Mobility::storage && !disks_moved) {
            if (!move_with_disks(first, avoid)) return Stuck{host, first};
            continue;
        }
        if (!common.is_none() && move(cluster, common)) continue;
        const Id<Host> target = choose_target(cluster, style, avoid);
        if (!target.is_none() && move(cluster, target)) continue;
        if (style.make_room && move_with_room(cluster, style, avoid)) continue;
        return Stuck{host, first};
    }
    return std::nullopt;
}

std::optional<Stuck> Draft::park_rest(Id<Host> host) {
    for (const Id<Vm> vm : vms_on(host)) {
        if (!parks(pool_->vms[vm]) || !park(vm)) return Stuck{host, vm};
    }
    return std::nullopt;
}

std::optional<Stuck> Draft::empty_out(Id<Host> host, const EvacuationStyle& style,
                                      const std::vector<char>& avoid) {
    const bool enabled = state_.hosts[host].phase == HostPhase::enabled;
    if (enabled && !take(DisableHost{host})) return Stuck{host, Id<Vm>::none()};
    return evacuate(host, style, avoid);
}

std::optional<Stuck> Draft::finish_upgrade(Id<Host> host) {
    if (const auto stuck = go_down(host)) return stuck;
    return come_up(host);
}

std::optional<Stuck> Draft::go_down(Id<Host> host) {
    if (const auto stuck = park_rest(host)) return stuck;
    if (!take(Upgrade{host})) return Stuck{host, Id<Vm>::none()};
    available_[host] = evacuation_began_ + drain_ + pool_->hosts[host].upgrade_time;
    return std::nullopt;
}

std::optional<Stuck> Draft::come_up(Id<Host> host) {
    if (!take(EnableHost{host})) return Stuck{host, Id<Vm>::none()};
    for (const Id<Vm> vm : std::vector<Id<Vm>>(parked_)) {
        if (state_.vms[vm].parked != host) continue;
        const bool suspended = state_.vms[vm].power == Power::suspended;
        const bool back = suspended ? take(Resume{vm, host}) : take(Start{vm, host});
        if (!back) return Stuck{host, vm};
    }
    return std::nullopt;
}

std::optional<Stuck> Draft::upgrade(Id<Host> host, const EvacuationStyle& style,
                                    const std::vector<char>& avoid) {
    if (const auto stuck = empty_out(host, style, avoid)) return stuck;
    return finish_upgrade(host);
}

PoolState squeezed(const Pool& pool, const PoolState& state) {
    Draft draft(pool, state);
    draft.squeeze();
    return draft.state();
}

}  // namespace vacate
