// The rules, written down once more from PROBLEM.md: lists, loops, and no cleverness.
#include "tests/oracle/naive_judge.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/support/naive_pause.hpp"

namespace vacate::oracle {
namespace {

int number(Id<Host> id) { return id.is_none() ? -1 : static_cast<int>(id.index); }
int number(Id<Vm> id) { return id.is_none() ? -1 : static_cast<int>(id.index); }
int number(Id<Storage> id) { return id.is_none() ? -1 : static_cast<int>(id.index); }
Id<Host> host_id(int host) { return Id<Host>{static_cast<std::uint32_t>(host)}; }
Id<Vm> vm_id(int vm) { return Id<Vm>{static_cast<std::uint32_t>(vm)}; }
std::size_t at(int index) { return static_cast<std::size_t>(index); }

template <class Kind>
bool is(const Step& step) {
    return std::holds_alternative<Kind>(step);
}

template <class T>
bool contains(const std::vector<T>& list, const T& one) {
    for (const T& each : list) {
        if (each == one) return true;
    }
    return false;
}

// Numbers compared left to right; a proper prefix is less.
bool less(const Dotted& a, const Dotted& b) {
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        if (a[i] != b[i]) return a[i] < b[i];
    }
    return a.size() < b.size();
}

}  // namespace

std::string text_of(const Rules& rules) {
    std::string text;
    for (const int rule : rules) {
        if (!text.empty()) text += ' ';
        text += rule == 0 ? "sense" : "R" + std::to_string(rule);
    }
    return text.empty() ? "nothing" : text;
}

NaiveJudge::NaiveJudge(const Pool& pool, const PoolState& start) : pool_(&pool) {
    for (const HostState& host : start.hosts) {
        OneHost one;
        one.present = host.phase != HostPhase::lost;
        one.enabled = host.phase == HostPhase::enabled;
        one.is_down = host.phase == HostPhase::down;
        one.switching = host.busy;
        one.is_new = host.upgraded;
        hosts_.push_back(one);
    }
    for (const VmState& vm : start.vms) {
        vms_.push_back({vm.power, vm.activity, number(vm.host), number(vm.to), number(vm.parked),
                        number(vm.storage), vm.cd_ejected, vm.squeezed});
    }
    ha_ = {start.ha.on, start.ha.turned_off};
    wlb_ = {start.wlb.on, start.wlb.turned_off};
    power_on_ = {start.auto_power_on.on, start.auto_power_on.turned_off};
    backed_up_ = start.backed_up;
}

NaiveJudge::Move NaiveJudge::move_of(const Step& step) {
    Move move;
    if (const auto* one = std::get_if<Migrate>(&step)) {
        move = {number(one->vm), number(one->from), number(one->to), true};
    } else if (const auto* motion = std::get_if<MigrateStorage>(&step)) {
        move = {number(motion->vm), number(motion->from), number(motion->to), true};
    } else if (const auto* resume = std::get_if<Resume>(&step)) {
        move = {number(resume->vm), -1, number(resume->host), false};
    } else if (const auto* start = std::get_if<Start>(&step)) {
        move = {number(start->vm), -1, number(start->host), false};
    }
    return move;
}

// ---- sums and comparisons

std::int64_t NaiveJudge::capacity(int host) const {
    const Host& one = pool_->hosts[host_id(host)];
    return hosts_[at(host)].is_new ? one.memory_after.count : one.memory.count;
}

// Squeezed it has what is left; else that and what it may give up.
std::int64_t NaiveJudge::charge(std::size_t vm) const {
    const Vm& guest = pool_->vms[vm_id(static_cast<int>(vm))];
    return vms_[vm].squeezed ? guest.memory.count : guest.memory.count + guest.squeeze.count;
}

// What must be free where it comes to: a guest that gives up something counts in whole MiB.
std::int64_t NaiveJudge::need(std::size_t vm) const {
    const Vm& guest = pool_->vms[vm_id(static_cast<int>(vm))];
    if (vms_[vm].squeezed || guest.squeeze.count == 0) return guest.admission.count;
    constexpr std::int64_t mebibyte = 1024 * 1024;
    std::int64_t whole = 0;
    while (whole < guest.ram.count + guest.squeeze.count) whole += mebibyte;
    whole += guest.memory.count - guest.ram.count;
    return whole > guest.admission.count ? whole : guest.admission.count;
}

std::int64_t NaiveJudge::held(int host) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        if (vms_[i].at == host) sum += charge(i);
        if (vms_[i].to == host) sum += charge(i);
    }
    return sum;
}

int NaiveJudge::vms_at(int host) const {
    int count = 0;
    for (const OneVm& vm : vms_) {
        if (vm.at == host) ++count;
        if (vm.to == host) ++count;
    }
    return count;
}

const Version& NaiveJudge::version(int host) const {
    const Host& one = pool_->hosts[host_id(host)];
    return hosts_[at(host)].is_new ? one.target : one.version;
}

// Some key of `a` is older than the same key of `b`.
bool NaiveJudge::older(const Version& a, const Version& b) const {
    if (less(a.platform, b.platform)) return true;
    if (pool_->version_rule == VersionRule::platform) return false;
    return less(a.manager_build, b.manager_build) || less(a.hypervisor, b.hypervisor);
}

bool NaiveJudge::mixed() const {
    const Version& first = version(number(pool_->coordinator));
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const Version& one = version(static_cast<int>(i));
        if (one.platform != first.platform) return true;
        const bool builds =
            one.manager_build != first.manager_build || one.hypervisor != first.hypervisor;
        if (pool_->version_rule == VersionRule::three_keys && builds) return true;
        const bool managers = one.manager != first.manager;
        if (pool_->version_rule == VersionRule::platform_and_xapi && managers) return true;
    }
    return false;
}

int NaiveJudge::hosts_out() const {
    int count = 0;
    for (const OneHost& host : hosts_) {
        if (host.present && !host.enabled) ++count;
    }
    return count;
}

// ---- sense

bool NaiveJudge::makes_sense(const Step& step) const {
    const auto idle = [this](Id<Host> id) {
        const OneHost& host = hosts_[id.index];
        return !host.switching && !host.is_down;
    };
    const auto runs_at = [this](Id<Vm> id, Id<Host> host) {
        const OneVm& vm = vms_[id.index];
        return vm.power == Power::running && vm.doing == Activity::none && vm.at == number(host);
    };
    const auto rests = [this](Id<Vm> id, Power power) {
        return vms_[id.index].power == power && vms_[id.index].doing == Activity::none;
    };
    const auto has_cd = [this](Id<Vm> id, bool out) {
        const bool idle_vm = vms_[id.index].doing == Activity::none;
        return pool_->vms[id].cd.has_value() && vms_[id.index].cd_out == out && idle_vm;
    };
    if (const auto* one = std::get_if<DisableHost>(&step)) {
        return idle(one->host) && hosts_[one->host.index].enabled;
    }
    if (const auto* one = std::get_if<EnableHost>(&step)) {
        const OneHost& host = hosts_[one->host.index];
        return idle(one->host) && host.present && !host.enabled;
    }
    if (const auto* one = std::get_if<Upgrade>(&step)) return idle(one->host);
    if (const auto* one = std::get_if<Migrate>(&step)) return runs_at(one->vm, one->from);
    if (const auto* one = std::get_if<MigrateStorage>(&step)) return runs_at(one->vm, one->from);
    if (const auto* one = std::get_if<Suspend>(&step)) return runs_at(one->vm, one->host);
    if (const auto* one = std::get_if<Stop>(&step)) return runs_at(one->vm, one->host);
    if (const auto* one = std::get_if<Resume>(&step)) return rests(one->vm, Power::suspended);
    if (const auto* one = std::get_if<Start>(&step)) return rests(one->vm, Power::halted);
    if (is<BackUpDatabase>(step)) return !backed_up_;
    if (is<DisableHa>(step)) return ha_.on;
    if (is<EnableHa>(step)) return !ha_.on;
    if (is<DisableWlb>(step)) return wlb_.on;
    if (is<EnableWlb>(step)) return !wlb_.on;
    if (is<DisableAutoPowerOn>(step)) return power_on_.on;
    if (is<EnableAutoPowerOn>(step)) return !power_on_.on;
    if (const auto* one = std::get_if<EjectCd>(&step)) return has_cd(one->vm, false);
    if (const auto* one = std::get_if<InsertCd>(&step)) return has_cd(one->vm, true);
    if (const auto* one = std::get_if<SqueezeMemory>(&step)) {
        const OneVm& vm = vms_[one->vm.index];
        return pool_->vms[one->vm].squeeze.count != 0 && !vm.squeezed &&
               rests(one->vm, Power::running);
    }
    const Id<Vm> restored = std::get<RestoreMemory>(step).vm;
    const bool awake = rests(restored, Power::running) || rests(restored, Power::halted);
    return vms_[restored.index].squeezed && awake;
}

// ---- rules about VMs

bool NaiveJudge::breaks_memory(const Move& move) const {
    return held(move.target) + need(at(move.vm)) > capacity(move.target);
}

bool NaiveJudge::breaks_version(const Move& move) const {
    if (move.migrates) {
        const bool waits =
            pool_->policy.upgraded_targets_only && mixed() && !hosts_[at(move.target)].is_new;
        return waits || older(version(move.target), version(move.from));
    }
    if (!mixed()) return false;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        if (older(version(move.target), version(static_cast<int>(i)))) return true;
    }
    return false;
}

// The VM, with its disks where they are now, cannot run on this host, however empty it is.
bool NaiveJudge::lacks(int vm, int host) const {
    const Vm& guest = pool_->vms[vm_id(vm)];
    const OneVm& now = vms_[at(vm)];
    const Host& target = pool_->hosts[host_id(host)];
    for (const Id<Storage>& storage : guest.storages) {
        const bool moved_away = now.disks >= 0 && !pool_->storages[storage].shared;
        if (!moved_away && !contains(target.storages, storage)) return true;
    }
    const Id<Storage> disks{static_cast<std::uint32_t>(now.disks)};
    if (now.disks >= 0 && !contains(target.storages, disks)) return true;
    if (guest.cd.has_value() && !now.cd_out && !contains(target.storages, *guest.cd)) return true;
    for (const Id<Network>& network : guest.networks) {
        if (!contains(target.networks, network)) return true;
    }
    const bool pv = guest.domain == DomainType::pv;
    const std::optional<CpuFeatures>& offered = pv ? target.pv_features : target.hvm_features;
    if (guest.features.has_value() && offered.has_value()) {
        if (guest.features->vendor != offered->vendor) return true;
        for (std::size_t word = 0; word < guest.features->words.size(); ++word) {
            for (int bit = 0; bit < 32; ++bit) {
                const bool wanted = ((guest.features->words[word] >> bit) & 1u) != 0;
                const bool there =
                    word < offered->words.size() && ((offered->words[word] >> bit) & 1u) != 0;
                if (wanted && !there) return true;
            }
        }
    }
    return target.cpus > 0 && guest.vcpus > target.cpus && !guest.vcpu_unrestricted;
}

bool NaiveJudge::breaks_reach(const Step& step, const Move& move) const {
    const OneHost& target = hosts_[at(move.target)];
    if (move.migrates && move.from == move.target) return true;
    if (!target.present || !target.enabled || target.switching) return true;
    const auto* motion = std::get_if<MigrateStorage>(&step);
    if (motion == nullptr) return lacks(move.vm, move.target);
    if (!contains(pool_->hosts[motion->to].storages, motion->storage)) return true;
    std::int64_t needed = pool_->vms[motion->vm].local_disk.count;
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        const bool other = static_cast<int>(i) != move.vm;
        const Vm& guest = pool_->vms[vm_id(static_cast<int>(i))];
        if (other && vms_[i].disks == number(motion->storage)) needed += guest.local_disk.count;
    }
    if (needed > pool_->storages[motion->storage].free.count) return true;
    NaiveJudge moved = *this;
    moved.vms_[at(move.vm)].disks = number(motion->storage);
    return moved.lacks(move.vm, move.target);
}

bool NaiveJudge::breaks_groups(const Move& move) const {
    for (const Group& group : pool_->groups) {
        if (!contains(group.members, vm_id(move.vm))) continue;
        for (const Id<Vm>& member : group.members) {
            const OneVm& other = vms_[member.index];
            if (number(member) == move.vm || other.at < 0) continue;
            const bool is_there = other.at == move.target || other.to == move.target;
            if (group.kind == Group::Kind::apart) {
                if (is_there) return true;
                continue;
            }
            // Together: the other is at an end of this very way, and goes no other one.
            const bool stands = other.to < 0;
            const bool same_way = other.at == move.from && other.to == move.target;
            const bool at_an_end =
                other.at == move.target || (move.migrates && other.at == move.from);
            if (!(stands ? at_an_end : move.migrates && same_way)) return true;
        }
    }
    return false;
}

bool NaiveJudge::breaks_mobility(const Step& step, const Move& move) const {
    if (const auto* one = std::get_if<Suspend>(&step)) {
        return pool_->vms[one->vm].mobility != Mobility::suspend;
    }
    if (const auto* one = std::get_if<Stop>(&step)) {
        return pool_->vms[one->vm].mobility != Mobility::restart;
    }
    const Mobility mobility = pool_->vms[vm_id(move.vm)].mobility;
    const bool disks_moved = vms_[at(move.vm)].disks >= 0;
    if (is<MigrateStorage>(step)) return mobility != Mobility::storage || disks_moved;
    if (is<Migrate>(step)) {
        return mobility != Mobility::live && !(mobility == Mobility::storage && disks_moved);
    }
    return vms_[at(move.vm)].parked != move.target;
}

// ---- R9

// Largest first, into the fullest host that takes it: as audit.hpp says it is judged.
bool NaiveJudge::survives(const std::vector<bool>& lost) const {
    std::vector<int> homeless;
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        const bool hit = vms_[i].at >= 0 && lost[at(vms_[i].at)];
        if (hit && pool_->vms[vm_id(static_cast<int>(i))].protect) {
            homeless.push_back(static_cast<int>(i));
        }
    }
    std::vector<std::int64_t> room;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const int host = static_cast<int>(i);
        room.push_back(capacity(host) - held(host));
    }
    while (!homeless.empty()) {
        std::size_t largest = 0;
        for (std::size_t i = 1; i < homeless.size(); ++i) {
            if (need(at(homeless[i])) > need(at(homeless[largest]))) largest = i;
        }
        const int vm = homeless[largest];
        homeless.erase(homeless.begin() + static_cast<std::ptrdiff_t>(largest));
        int best = -1;
        for (std::size_t i = 0; i < hosts_.size(); ++i) {
            const int host = static_cast<int>(i);
            const bool open = hosts_[i].present && hosts_[i].enabled && !lost[i];
            if (!open || room[i] < need(at(vm)) || lacks(vm, host)) continue;
            if (best < 0 || room[i] < room[at(best)]) best = host;
        }
        if (best < 0) return false;
        room[at(best)] -= charge(at(vm));
    }
    return true;
}

// Every set of hosts or domains that may be lost together, counted through as a binary number.
bool NaiveJudge::survives_all() const {
    std::vector<std::vector<std::size_t>> units;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const std::string& domain = pool_->hosts[host_id(static_cast<int>(i))].domain;
        std::size_t unit = names.size();
        for (std::size_t k = 0; k < names.size(); ++k) {
            if (!domain.empty() && names[k] == domain) unit = k;
        }
        if (unit == names.size()) {
            names.push_back(domain);
            units.emplace_back();
        }
        units[unit].push_back(i);
    }
    const auto all = static_cast<std::int64_t>(units.size());
    const std::int64_t losses = std::min(pool_->policy.spare_hosts, all);
    for (unsigned chosen = 0; chosen < (1u << units.size()); ++chosen) {
        if (__builtin_popcount(chosen) != losses) continue;
        std::vector<bool> lost(hosts_.size(), false);
        for (std::size_t unit = 0; unit < units.size(); ++unit) {
            if (((chosen >> unit) & 1u) == 0) continue;
            for (const std::size_t host : units[unit]) lost[host] = true;
        }
        if (!survives(lost)) return false;
    }
    return true;
}

bool NaiveJudge::breaks_spare(const Step& step) const {
    if (pool_->policy.spare_hosts == 0) return false;
    NaiveJudge next = *this;
    next.begin(step);
    if (!next.survives_all()) return true;
    next.end(step);
    return !next.survives_all();
}

// ---- R10

bool NaiveJudge::breaks_pause(const Move& move) const {
    const Vm& guest = pool_->vms[vm_id(move.vm)];
    if (!guest.pause_limit.has_value()) return false;
    const NaivePause pause = naive_pause(*pool_, guest, pool_->hosts[host_id(move.from)],
                                         pool_->hosts[host_id(move.target)]);
    return pause.microseconds > guest.pause_limit->count();
}

bool NaiveJudge::is_close_call(const Step& step) const {
    const Move move = move_of(step);
    if (move.vm < 0 || !move.migrates) return false;
    const Vm& guest = pool_->vms[vm_id(move.vm)];
    if (!guest.pause_limit.has_value()) return false;
    const NaivePause pause = naive_pause(*pool_, guest, pool_->hosts[host_id(move.from)],
                                         pool_->hosts[host_id(move.target)]);
    const std::int64_t limit = guest.pause_limit->count();
    const std::int64_t apart = std::abs(pause.microseconds - limit);
    return !pause.is_exact && (pause.is_close || apart <= 2 + limit / 1'000'000);
}

// ---- the verdict

void NaiveJudge::add_vm_rules(const Step& step, Rules& rules) const {
    const bool leaves = is<Suspend>(step) || is<Stop>(step);
    const Move move = move_of(step);
    if (leaves && breaks_mobility(step, move)) rules.insert(8);
    if (move.vm < 0) return;
    if (breaks_memory(move)) rules.insert(1);
    if (breaks_version(move)) rules.insert(2);
    if (breaks_reach(step, move)) rules.insert(5);
    if (breaks_groups(move)) rules.insert(7);
    if (breaks_mobility(step, move)) rules.insert(8);
    if (breaks_spare(step)) rules.insert(9);
    if (move.migrates && breaks_pause(move)) rules.insert(10);
}

// No range changes while versions are mixed, and no VM moves that could still give up memory.
void NaiveJudge::add_range_rules(const Step& step, Rules& rules) const {
    const Move move = move_of(step);
    if (move.migrates) {
        const bool gives = pool_->vms[vm_id(move.vm)].squeeze.count != 0;
        if (gives && !vms_[at(move.vm)].squeezed) rules.insert(14);
        return;
    }
    const auto* restore = std::get_if<RestoreMemory>(&step);
    if (restore == nullptr && !is<SqueezeMemory>(step)) return;
    if (mixed()) rules.insert(14);
    if (restore == nullptr) return;
    const int host = vms_[restore->vm.index].at;
    const std::int64_t more = pool_->vms[restore->vm].squeeze.count;
    if (host >= 0 && held(host) + more > capacity(host)) rules.insert(1);
    if (breaks_spare(step)) rules.insert(9);
}

void NaiveJudge::add_host_rules(const Step& step, Rules& rules) const {
    if (is<DisableHost>(step)) {
        if (hosts_out() + 1 > pool_->policy.hosts_down_max) rules.insert(6);
        if (breaks_spare(step)) rules.insert(9);
        if (ha_.on) rules.insert(14);
    }
    if (const auto* one = std::get_if<Upgrade>(&step)) {
        const OneHost& first = hosts_[pool_->coordinator.index];
        const bool ready = first.is_new && first.present && first.enabled;
        if (one->host != pool_->coordinator && !ready) rules.insert(3);
        const OneHost& host = hosts_[one->host.index];
        const bool empty = vms_at(number(one->host)) == 0;
        if (!host.present || host.is_new || host.enabled || !empty) rules.insert(4);
        if (one->host == pool_->coordinator && !under_way_.empty()) rules.insert(11);
        if (ha_.on || wlb_.on || power_on_.on) rules.insert(14);
        const bool first_upgrade = std::none_of(hosts_.begin(), hosts_.end(),
                                                [](const OneHost& any) { return any.is_new; });
        if (!backed_up_ && first_upgrade) rules.insert(14);
    }
    if (const auto* insert = std::get_if<InsertCd>(&step)) {
        // The storage of the CD must be seen where the VM is, if it is anywhere.
        const int at = vms_[insert->vm.index].at;
        const auto& cd = pool_->vms[insert->vm].cd;
        if (at >= 0 && cd) {
            const std::vector<Id<Storage>>& seen = pool_->hosts[host_id(at)].storages;
            if (std::find(seen.begin(), seen.end(), *cd) == seen.end()) rules.insert(5);
        }
    }
    if ((is<BackUpDatabase>(step) || is<EnableHa>(step)) && mixed()) rules.insert(14);
}

Rules NaiveJudge::against(const Step& step) const {
    if (!makes_sense(step)) return {0};
    Rules rules;
    add_vm_rules(step, rules);
    add_host_rules(step, rules);
    add_range_rules(step, rules);
    const OneHost& coordinator = hosts_[pool_->coordinator.index];
    if (!coordinator.present || coordinator.is_down) rules.insert(11);
    return rules;
}

Rules NaiveJudge::delaying(const Step& step) const {
    const Move move = move_of(step);
    if (!move.migrates) return {};
    Rules rules;
    std::int64_t all = 0, pair = 0, motions = 0, at_source = 0, at_target = 0;
    for (const OneVm& vm : vms_) {
        if (vm.to < 0) continue;
        ++all;
        const bool same = vm.at == move.from && vm.to == move.target;
        const bool back = vm.at == move.target && vm.to == move.from;
        if (same || back) ++pair;
        if (vm.at == move.from || vm.to == move.from) ++at_source;
        if (vm.at == move.target || vm.to == move.target) ++at_target;
        if (vm.at == move.from && vm.doing == Activity::migrating_storage) ++motions;
        const bool against = vm.to == move.from || vm.at == move.target;
        if (pool_->policy.one_way && against) rules.insert(12);
    }
    const Policy& policy = pool_->policy;
    const std::int64_t busier = at_source > at_target ? at_source : at_target;
    if (busier + 1 > policy.migrations_per_host_max) rules.insert(13);
    if (all + 1 > policy.migrations_per_pool_max) rules.insert(13);
    if (pair + 1 > policy.migrations_per_pair_max) rules.insert(13);
    const bool disks = is<MigrateStorage>(step);
    if (disks && motions + 1 > policy.storage_motions_per_source_max) rules.insert(13);
    return rules;
}

// ---- what happens

bool NaiveJudge::is_under_way(const Step& step) const { return contains(under_way_, step); }

void NaiveJudge::forget(const Step& step) {
    for (std::size_t i = 0; i < under_way_.size(); ++i) {
        if (!(under_way_[i] == step)) continue;
        under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
}

void NaiveJudge::begin(const Step& step) {
    under_way_.push_back(step);
    if (const auto* one = std::get_if<DisableHost>(&step)) {
        hosts_[one->host.index].enabled = false;
        hosts_[one->host.index].switching = true;
    } else if (const auto* enable = std::get_if<EnableHost>(&step)) {
        hosts_[enable->host.index].switching = true;
    } else if (const auto* upgrade = std::get_if<Upgrade>(&step)) {
        hosts_[upgrade->host.index].is_down = true;
    } else if (const auto* suspend = std::get_if<Suspend>(&step)) {
        vms_[suspend->vm.index].doing = Activity::suspending;
    } else if (const auto* stop = std::get_if<Stop>(&step)) {
        vms_[stop->vm.index].doing = Activity::stopping;
    } else if (const auto* squeeze = std::get_if<SqueezeMemory>(&step)) {
        vms_[squeeze->vm.index].doing = Activity::squeezing;
    } else if (const auto* restore = std::get_if<RestoreMemory>(&step)) {
        // Its host keeps the room free from now on.
        vms_[restore->vm.index].doing = Activity::restoring;
        vms_[restore->vm.index].squeezed = false;
    }
    const Move move = move_of(step);
    if (move.vm < 0) return;
    OneVm& vm = vms_[at(move.vm)];
    if (move.migrates) {
        vm.to = move.target;
        vm.doing = Activity::migrating;
    } else {
        vm.at = move.target;
        vm.doing = is<Start>(step) ? Activity::starting : Activity::resuming;
    }
    if (const auto* motion = std::get_if<MigrateStorage>(&step)) {
        vm.doing = Activity::migrating_storage;
        vm.disks = number(motion->storage);
    }
}

void NaiveJudge::end(const Step& step) {
    forget(step);
    if (const auto* one = std::get_if<DisableHost>(&step)) {
        hosts_[one->host.index].switching = false;
    } else if (const auto* enable = std::get_if<EnableHost>(&step)) {
        hosts_[enable->host.index].switching = false;
        hosts_[enable->host.index].enabled = true;
    } else if (const auto* upgrade = std::get_if<Upgrade>(&step)) {
        hosts_[upgrade->host.index].is_down = false;
        hosts_[upgrade->host.index].is_new = true;
    } else if (is<Suspend>(step) || is<Stop>(step)) {
        const bool sleeps = is<Suspend>(step);
        const Id<Vm> id = sleeps ? std::get<Suspend>(step).vm : std::get<Stop>(step).vm;
        OneVm& vm = vms_[id.index];
        vm.parked = vm.at;
        vm.at = -1;
        vm.doing = Activity::none;
        vm.power = sleeps ? Power::suspended : Power::halted;
    } else if (is<DisableHa>(step) || is<EnableHa>(step)) {
        ha_ = {is<EnableHa>(step), is<DisableHa>(step)};
    } else if (is<DisableWlb>(step) || is<EnableWlb>(step)) {
        wlb_ = {is<EnableWlb>(step), is<DisableWlb>(step)};
    } else if (is<DisableAutoPowerOn>(step) || is<EnableAutoPowerOn>(step)) {
        power_on_ = {is<EnableAutoPowerOn>(step), is<DisableAutoPowerOn>(step)};
    } else if (const auto* eject = std::get_if<EjectCd>(&step)) {
        vms_[eject->vm.index].cd_out = true;
    } else if (const auto* insert = std::get_if<InsertCd>(&step)) {
        vms_[insert->vm.index].cd_out = false;
    } else if (is<BackUpDatabase>(step)) {
        backed_up_ = true;
    }
    end_range(step);
    const Move move = move_of(step);
    if (move.vm < 0) return;
    OneVm& vm = vms_[at(move.vm)];
    vm.doing = Activity::none;
    vm.at = move.target;
    vm.to = -1;
    if (move.migrates) return;
    vm.power = Power::running;
    vm.parked = -1;
}

void NaiveJudge::end_range(const Step& step) {
    if (const auto* squeeze = std::get_if<SqueezeMemory>(&step)) {
        vms_[squeeze->vm.index].doing = Activity::none;
        vms_[squeeze->vm.index].squeezed = true;
    } else if (const auto* restore = std::get_if<RestoreMemory>(&step)) {
        vms_[restore->vm.index].doing = Activity::none;
    }
}

void NaiveJudge::fail(const Step& step) {
    forget(step);
    if (is<SqueezeMemory>(step) || is<RestoreMemory>(step)) {
        OneVm& one = vms_[subject_of(step).vm.index];
        one.squeezed = is<RestoreMemory>(step);
        one.doing = Activity::none;
    }
    if (const auto* one = std::get_if<DisableHost>(&step)) {
        hosts_[one->host.index].switching = false;
        hosts_[one->host.index].enabled = true;
    } else if (const auto* enable = std::get_if<EnableHost>(&step)) {
        hosts_[enable->host.index].switching = false;
    } else if (const auto* upgrade = std::get_if<Upgrade>(&step)) {
        hosts_[upgrade->host.index].is_down = false;
    } else if (const auto* suspend = std::get_if<Suspend>(&step)) {
        vms_[suspend->vm.index].doing = Activity::none;
    } else if (const auto* stop = std::get_if<Stop>(&step)) {
        vms_[stop->vm.index].doing = Activity::none;
    }
    const Move move = move_of(step);
    if (move.vm < 0) return;
    OneVm& vm = vms_[at(move.vm)];
    if (vm.doing == Activity::migrating_storage) vm.disks = -1;
    vm.doing = Activity::none;
    vm.to = -1;
    if (!move.migrates) vm.at = -1;
}

void NaiveJudge::perform(const Step& step) {
    begin(step);
    end(step);
}

// The VM's own step, if one is under way, has come to nothing.
void NaiveJudge::interrupt(int vm) {
    for (const Step& step : std::vector<Step>(under_way_)) {
        const bool about_cd = is<EjectCd>(step) || is<InsertCd>(step);
        if (!about_cd && number(subject_of(step).vm) == vm) fail(step);
    }
}

void NaiveJudge::lose(Id<Host> id) {
    OneHost& host = hosts_[id.index];
    if (!host.present) return;
    const int lost = number(id);
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        OneVm& vm = vms_[i];
        if (vm.at != lost && vm.to != lost) continue;
        interrupt(static_cast<int>(i));
        if (vm.at != lost) continue;
        vm.at = -1;
        vm.parked = lost;
        vm.power = Power::halted;
    }
    for (const Step& step : std::vector<Step>(under_way_)) {
        if (subject_of(step).vm.is_none() && subject_of(step).host == id) forget(step);
    }
    host.present = host.enabled = host.is_down = host.switching = false;
}

void NaiveJudge::find(Id<Host> id, bool upgraded) {
    for (const Step& step : std::vector<Step>(under_way_)) {
        if (subject_of(step).vm.is_none() && subject_of(step).host == id) forget(step);
    }
    hosts_[id.index] = {true, false, false, false, upgraded};
}

void NaiveJudge::see(Id<Vm> id, Power power, Id<Host> host) {
    interrupt(number(id));
    OneVm& vm = vms_[id.index];
    vm.power = power;
    vm.at = number(host);
    if (vm.at >= 0) vm.parked = -1;
}

// ---- comparing and telling

std::string NaiveJudge::overcommitted() const {
    std::string names;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const int host = static_cast<int>(i);
        if (held(host) > capacity(host)) names += pool_->hosts[host_id(host)].name + " ";
    }
    return names;
}

std::string NaiveJudge::host_differences(const PoolState& state) const {
    std::string text;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const int host = static_cast<int>(i);
        const HostState& other = state.hosts[host_id(host)];
        const OneHost& mine = hosts_[i];
        const HostPhase phase = !mine.present  ? HostPhase::lost
                                : mine.is_down ? HostPhase::down
                                : mine.enabled ? HostPhase::enabled
                                               : HostPhase::disabled;
        int sending = 0, receiving = 0, motions = 0;
        for (const OneVm& vm : vms_) {
            if (vm.to == host) ++receiving;
            if (vm.at != host || vm.to < 0) continue;
            ++sending;
            if (vm.doing == Activity::migrating_storage) ++motions;
        }
        const bool same = other.phase == phase && other.upgraded == mine.is_new &&
                          other.busy == mine.switching && other.committed.count == held(host) &&
                          static_cast<int>(other.vms) == vms_at(host) && other.sending == sending &&
                          other.receiving == receiving && other.storage_motions == motions;
        if (!same) text += pool_->hosts[host_id(host)].name + " ";
    }
    return text;
}

std::string NaiveJudge::vm_differences(const PoolState& state) const {
    std::string text;
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        const Id<Vm> id = vm_id(static_cast<int>(i));
        const VmState& other = state.vms[id];
        const OneVm& mine = vms_[i];
        const bool same = other.power == mine.power && other.activity == mine.doing &&
                          number(other.host) == mine.at && number(other.to) == mine.to &&
                          number(other.parked) == mine.parked &&
                          number(other.storage) == mine.disks && other.cd_ejected == mine.cd_out &&
                          other.squeezed == mine.squeezed;
        if (!same) text += pool_->vms[id].name + " ";
    }
    return text;
}

std::string NaiveJudge::differences(const PoolState& state) const {
    std::string text = host_differences(state) + vm_differences(state);
    const auto same = [](const PoolSwitch& a, const Switch& b) {
        return a.on == b.on && a.turned_off == b.owed;
    };
    if (!same(state.ha, ha_) || !same(state.wlb, wlb_)) text += "HA or WLB ";
    if (!same(state.auto_power_on, power_on_)) text += "auto power-on ";
    if (state.backed_up != backed_up_) text += "backup ";
    unsigned migrations = 0, upgraded = 0;
    for (const OneVm& vm : vms_) migrations += vm.to >= 0;
    for (const OneHost& host : hosts_) upgraded += host.is_new;
    if (state.migrations != migrations) text += "migrations ";
    if (state.hosts_upgraded != upgraded) text += "hosts_upgraded ";
    if (state.hosts_out != static_cast<unsigned>(hosts_out())) text += "hosts_out ";
    if (state.in_flight != under_way_.size()) text += "in_flight ";
    return text;
}

std::string NaiveJudge::left_undone(const NaiveJudge& start) const {
    std::string text;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const std::string& name = pool_->hosts[host_id(static_cast<int>(i))].name;
        if (!hosts_[i].is_new) text += name + " is not upgraded; ";
        if (start.hosts_[i].enabled && !hosts_[i].enabled) text += name + " is not enabled; ";
    }
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        const std::string& name = pool_->vms[vm_id(static_cast<int>(i))].name;
        const bool ran = start.vms_[i].power == Power::running;
        if (ran && vms_[i].power != Power::running) text += name + " does not run; ";
        // Where there is no room for it, or a promise forbids it, the operator is told.
        const Step restore = RestoreMemory{vm_id(static_cast<int>(i))};
        if (vms_[i].squeezed && against(restore).empty()) text += name + " is squeezed; ";
        // Where the CD's storage is not seen it cannot be put back; the operator is told.
        const auto& cd = pool_->vms[vm_id(static_cast<int>(i))].cd;
        bool seen = true;
        if (cd && vms_[i].at >= 0) {
            const auto& storages = pool_->hosts[host_id(vms_[i].at)].storages;
            seen = std::find(storages.begin(), storages.end(), *cd) != storages.end();
        }
        if (seen && vms_[i].cd_out && !start.vms_[i].cd_out)
            text += "the CD of " + name + " is out; ";
    }
    if (start.ha_.on && !ha_.on) text += "HA is off; ";
    if (start.wlb_.on && !wlb_.on) text += "WLB is off; ";
    if (start.power_on_.on && !power_on_.on) text += "auto power-on is off; ";
    if (!under_way_.empty()) text += "steps are under way; ";
    return text;
}

std::string NaiveJudge::broken_groups() const {
    std::string text;
    for (const Group& group : pool_->groups) {
        for (const Id<Vm>& a : group.members) {
            for (const Id<Vm>& b : group.members) {
                const OneVm& one = vms_[a.index];
                const OneVm& other = vms_[b.index];
                if (b <= a || one.at < 0 || other.at < 0) continue;
                const bool apart = group.kind == Group::Kind::apart;
                if ((one.at == other.at) != apart) continue;
                text += pool_->vms[a].name + " and " + pool_->vms[b].name + " ";
            }
        }
    }
    return text;
}

std::string NaiveJudge::key() const {
    std::string key;
    const auto put = [&key](int value) { key += static_cast<char>('A' + value); };
    for (const OneHost& host : hosts_) {
        put(host.present + 2 * host.enabled + 4 * host.is_down + 8 * host.switching +
            16 * host.is_new);
    }
    for (const OneVm& vm : vms_) {
        put(static_cast<int>(vm.power) * 4 + vm.squeezed * 2 + vm.cd_out);
        put(static_cast<int>(vm.doing));
        for (const int place : {vm.at, vm.to, vm.parked, vm.disks}) put(place);
    }
    for (const Switch& one : {ha_, wlb_, power_on_}) put(one.on + 2 * one.owed);
    put(backed_up_);
    return key;
}

}  // namespace vacate::oracle
