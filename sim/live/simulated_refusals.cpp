// What the simulated pool refuses, and with which of XAPI's error codes.
#include <algorithm>

#include "sim/live/act_kinds.hpp"
#include "sim/live/simulated_pool.hpp"
#include "sim/live/view.hpp"

namespace vacate::live {

// Disks on storage of one host only keep a VM there, unless they were moved or move along.
bool SimulatedPool::sees_disks(const Subjects& at, std::size_t target, Id<Storage> disks) const {
    const VmTruth& vm = vms_[at.vm];
    const Vm& like = start_.pool.vms[Id<Vm>{static_cast<std::uint32_t>(vm.likeness)}];
    const Host& there = start_.pool.hosts[Id<Host>{static_cast<std::uint32_t>(target)}];
    bool seen = hosts_[target].attached && (disks.is_none() || sees(there, disks));
    for (const Id<Storage> storage : like.storages) {
        const bool stays = disks.is_none() || start_.pool.storages[storage].shared;
        if (stays) seen = seen && sees(there, storage);
    }
    if (!vm.disc.empty() && like.cd) seen = seen && sees(there, *like.cd);
    return seen;
}

SimulatedPool::Verdict SimulatedPool::judge_arrival(const Subjects& at, std::size_t target,
                                                    Id<Storage> disks) const {
    using enum Answered::Advice;
    const HostTruth& host = hosts_[target];
    if (!host.heard) return Refusal{"HOST_NOT_LIVE", retry};
    if (!host.enabled) return Refusal{"HOST_DISABLED", replan};
    const VmTruth& vm = vms_[at.vm];
    if (!sees_disks(at, target, disks)) return Refusal{"VM_REQUIRES_SR", replan};
    if (temper_.enforces_memory && used(target) + vm.memory > host.memory) {
        return Refusal{"HOST_NOT_ENOUGH_FREE_MEMORY", replan};
    }
    for (const Operation& one : operations_) {
        const bool shuts_down = one.act == Act::restart_host && one.host == target;
        if (shuts_down) return Refusal{"OTHER_OPERATION_IN_PROGRESS", retry};
    }
    return std::nullopt;
}

SimulatedPool::Verdict SimulatedPool::judge_departure(const Subjects& at) const {
    using enum Answered::Advice;
    const VmTruth& vm = vms_[at.vm];
    if (vm.believed_on != nowhere) return Refusal{"HOST_OFFLINE", replan};
    if (vm.power != Power::running) return Refusal{"VM_BAD_POWER_STATE", replan};
    return std::nullopt;
}

// Whether the disks of a VM move, may move, and fit.
SimulatedPool::Verdict SimulatedPool::judge_motion(const Subjects& at, Id<Storage> storage) const {
    using enum Answered::Advice;
    const VmTruth& vm = vms_[at.vm];
    const auto like = [this](const VmTruth& one) -> const Vm& {
        return start_.pool.vms[Id<Vm>{static_cast<std::uint32_t>(one.likeness)}];
    };
    if (like(vm).mobility != Mobility::storage || !vm.disks.is_none()) {
        return Refusal{"VM_LACKS_FEATURE", stop};
    }
    if (storage.is_none()) return Refusal{"HANDLE_INVALID", replan};
    Bytes free = free_on(storage);
    for (const Operation& one : operations_) {
        if (one.storage == storage) free -= like(vms_[one.vm]).local_disk;
    }
    if (like(vm).local_disk <= free) return std::nullopt;
    return Refusal{"SR_FULL", replan};
}

Bytes SimulatedPool::free_on(Id<Storage> storage) const {
    Bytes free = start_.pool.storages[storage].free;
    for (const VmTruth& vm : vms_) {
        const Id<Vm> like{static_cast<std::uint32_t>(vm.likeness)};
        if (vm.disks == storage && !vm.deleted) free -= start_.pool.vms[like].local_disk;
    }
    return free;
}

SimulatedPool::Verdict SimulatedPool::judge_migration(const Order& order, const Subjects& at) {
    using enum Answered::Advice;
    if (const Verdict refusal = judge_departure(at)) return refusal;
    const VmTruth& vm = vms_[at.vm];
    const Vm& like = start_.pool.vms[Id<Vm>{static_cast<std::uint32_t>(vm.likeness)}];
    if (vm.stays && !is_calm()) return Refusal{"OPERATION_BLOCKED", stop};
    const Id<Storage> storage = id_of(start_.pool.storages, order.storage);
    const bool takes_disks = order.act == Act::migrate_storage;
    if (takes_disks) {
        if (const Verdict refusal = judge_motion(at, storage)) return refusal;
    } else if (like.mobility != Mobility::live && vm.disks.is_none()) {
        return Refusal{"VM_LACKS_FEATURE", stop};
    }
    if (vm.host == at.to) return Refusal{"VM_ALREADY_THERE", replan};
    const bool older = hosts_[at.to].version < hosts_[vm.host].version;
    if (older && temper_.enforces_versions) {
        return Refusal{"NOT_SUPPORTED_DURING_UPGRADE", replan};
    }
    return judge_arrival(at, at.to, takes_disks ? storage : vm.disks);
}

// In mixed mode VMs start and resume on the newest hosts alone (1.6).
SimulatedPool::Verdict SimulatedPool::judge_return(const Order& order, const Subjects& at) const {
    using enum Answered::Advice;
    const Power before = order.act == Act::start ? Power::halted : Power::suspended;
    const VmTruth& vm = vms_[at.vm];
    const bool fits = vm.power == before && vm.believed_on == nowhere;
    if (!fits) return Refusal{"VM_BAD_POWER_STATE", replan};
    for (const HostTruth& host : hosts_) {
        const bool newer = host.version > hosts_[at.host].version;
        if (newer) return Refusal{"NOT_SUPPORTED_DURING_UPGRADE", replan};
    }
    return judge_arrival(at, at.host, vm.disks);
}

SimulatedPool::Verdict SimulatedPool::judge_host(const Order& order, const Subjects& at) const {
    using enum Answered::Advice;
    const HostTruth& host = hosts_[at.host];
    if (has_work(at.host)) return Refusal{"OTHER_OPERATION_IN_PROGRESS", retry};
    const bool booting = order.act == Act::enable_host && (!host.runs || !host.heard);
    if (booting) return Refusal{"HOST_STILL_BOOTING", retry};
    if (!host.heard) return Refusal{"HOST_NOT_LIVE", retry};
    const bool guarded = ha_.on && order.act != Act::enable_host;
    if (guarded) return Refusal{"HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN", replan};
    if (order.act != Act::restart_host) return std::nullopt;
    if (host.enabled) return Refusal{"HOST_NOT_DISABLED", replan};
    if (!host.runs) return Refusal{"HOST_OFFLINE", replan};
    return std::nullopt;
}

SimulatedPool::Verdict SimulatedPool::judge_switch(Act act) const {
    using enum Answered::Advice;
    const bool is_ha = act == Act::enable_ha || act == Act::disable_ha;
    if (is_ha && switches_ha()) return Refusal{"OTHER_OPERATION_IN_PROGRESS", retry};
    if (act == Act::enable_ha && is_mixed()) {
        return Refusal{"NOT_SUPPORTED_DURING_UPGRADE", replan};
    }
    const bool all_heard =
        std::all_of(hosts_.begin(), hosts_.end(), [](const HostTruth& host) { return host.heard; });
    if (act == Act::enable_ha && !all_heard) return Refusal{"HOST_OFFLINE", replan};
    return std::nullopt;
}

SimulatedPool::Verdict SimulatedPool::judge_range(const Order& order, const Subjects& at) const {
    using enum Answered::Advice;
    const VmTruth& vm = vms_[at.vm];
    if (is_mixed()) return Refusal{"NOT_SUPPORTED_DURING_UPGRADE", replan};
    if (vm.power == Power::suspended) return Refusal{"VM_BAD_POWER_STATE", replan};
    const Bytes more = least_of(wanted_range(order)) - least_of(vm.range);
    const bool fits =
        vm.host == nowhere || more.count <= 0 || used(vm.host) + more <= hosts_[vm.host].memory;
    if (fits || !temper_.enforces_memory) return std::nullopt;
    return Refusal{"HOST_NOT_ENOUGH_FREE_MEMORY", replan};
}

SimulatedPool::Verdict SimulatedPool::judge(const Order& order, const Subjects& at,
                                            const std::string& run) {
    using enum Answered::Advice;
    const bool known = (at.vm != nowhere || !is_about_vm(order.act)) &&
                       (at.host != nowhere || !is_about_host(order.act)) &&
                       (at.to != nowhere || !is_migration(order.act));
    if (!known) return Refusal{"HANDLE_INVALID", replan};
    if (order.act == Act::lock_pool || order.act == Act::unlock_pool) {
        const bool others = !lock_.empty() && lock_ != run;
        return others ? Verdict(Refusal{"POOL_LOCKED_BY_ANOTHER_RUN", stop}) : std::nullopt;
    }
    if (happens(temper_.refuses_for_now)) return Refusal{"OTHER_OPERATION_IN_PROGRESS", retry};
    if (is_about_host(order.act)) return judge_host(order, at);
    if (!is_about_vm(order.act)) return judge_switch(order.act);
    if (is_busy(at.vm)) return Refusal{"OTHER_OPERATION_IN_PROGRESS", retry};
    if (is_migration(order.act)) return judge_migration(order, at);
    if (order.act == Act::start || order.act == Act::resume) {
        if (at.host == nowhere) return Refusal{"HANDLE_INVALID", replan};
        return judge_return(order, at);
    }
    if (order.act == Act::suspend || order.act == Act::stop) return judge_departure(at);
    if (changes_range(order.act)) return judge_range(order, at);
    const bool empty = vms_[at.vm].disc.empty();
    if (order.act == Act::eject_cd && empty) return Refusal{"VBD_IS_EMPTY", replan};
    if (order.act == Act::insert_cd && !empty) return Refusal{"VBD_NOT_EMPTY", replan};
    return std::nullopt;
}

}  // namespace vacate::live
