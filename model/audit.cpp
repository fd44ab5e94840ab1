// Invariants of a state: memory, reach, groups, spare hosts, and what was not put back.
#include "model/audit.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "model/limits.hpp"

namespace vacate {
namespace {

using Violations = std::vector<Violation>;

void audit_memory(const Pool& pool, const PoolState& state, Violations& found) {
    for (const Id<Host> host : pool.hosts.ids()) {
        if (free_in(pool, state, host).count >= 0) continue;
        Violation violation{Rule::r1_memory, Cause::memory};
        violation.host = host;
        violation.needed = state.hosts[host].committed.count;
        violation.available = capacity_in(pool, state, host).count;
        found.push_back(violation);
    }
}

void audit_reach(const Pool& pool, const PoolState& state, Violations& found) {
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = state.vms[vm].host;
        if (host.is_none()) continue;
        if (const auto violation = lacks(pool, state, vm, host)) found.push_back(*violation);
    }
}

bool share_a_host(const VmState& a, const VmState& b) {
    for (const Id<Host> host : {a.host, a.to}) {
        if (!host.is_none() && (host == b.host || host == b.to)) return true;
    }
    return false;
}

// Together: the hosts of all members are one, or two with every move going the same way.
bool is_together(const VmState& a, const VmState& b) {
    if (a.host.is_none() || b.host.is_none()) return true;
    if (a.to.is_none() && b.to.is_none()) return a.host == b.host;
    if (!a.to.is_none() && !b.to.is_none()) return a.host == b.host && a.to == b.to;
    const VmState& moving = a.to.is_none() ? b : a;
    const VmState& resting = a.to.is_none() ? a : b;
    return resting.host == moving.host || resting.host == moving.to;
}

void audit_groups(const Pool& pool, const PoolState& state, Violations& found) {
    for (const Group& group : pool.groups) {
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            for (std::size_t k = i + 1; k < group.members.size(); ++k) {
                const VmState& a = state.vms[group.members[i]];
                const VmState& b = state.vms[group.members[k]];
                const bool apart = group.kind == Group::Kind::apart;
                if (apart ? !share_a_host(a, b) : is_together(a, b)) continue;
                Violation violation{Rule::r7_groups,
                                    apart ? Cause::kept_apart : Cause::kept_together};
                violation.vm = group.members[i];
                violation.other = group.members[k];
                violation.host = a.host;
                found.push_back(violation);
            }
        }
    }
}

// ---- R9

// Hosts that fail together: those of one domain, or a host alone.
std::vector<std::vector<Id<Host>>> failure_units(const Pool& pool) {
    std::map<std::string, std::vector<Id<Host>>> domains;
    std::vector<std::vector<Id<Host>>> units;
    for (const Id<Host> host : pool.hosts.ids()) {
        const std::string& domain = pool.hosts[host].domain;
        if (domain.empty()) {
            units.push_back({host});
        } else {
            domains[domain].push_back(host);
        }
    }
    for (auto& domain : domains) units.push_back(std::move(domain.second));
    return units;
}

// The protected VM that finds no room when the `lost` hosts are gone; none when all do.
Id<Vm> without_refuge(const Pool& pool, const PoolState& state, const std::vector<bool>& is_lost) {
    std::vector<Id<Vm>> homeless;
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = state.vms[vm].host;
        if (pool.vms[vm].protect && !host.is_none() && is_lost[host.index]) homeless.push_back(vm);
    }
    std::stable_sort(homeless.begin(), homeless.end(), [&pool, &state](Id<Vm> a, Id<Vm> b) {
        return admission_in(pool, state, a) > admission_in(pool, state, b);
    });
    std::vector<Bytes> room(pool.hosts.size());
    for (const Id<Host> host : pool.hosts.ids()) room[host.index] = free_in(pool, state, host);
    for (const Id<Vm> vm : homeless) {
        Id<Host> best = Id<Host>::none();
        for (const Id<Host> host : pool.hosts.ids()) {
            const bool takes = state.hosts[host].phase == HostPhase::enabled &&
                               !is_lost[host.index] &&
                               admission_in(pool, state, vm) <= room[host.index];
            if (!takes || lacks(pool, state, vm, host)) continue;
            if (best.is_none() || room[host.index] < room[best.index]) best = host;
        }
        if (best.is_none()) return vm;
        room[best.index] -= charge_in(pool, state, vm);
    }
    return Id<Vm>::none();
}

struct LossSearch {
    const Pool& pool;
    const PoolState& state;
    const std::vector<std::vector<Id<Host>>>& units;
    std::int64_t tried = 0;

    // Tries every way to lose `more` further units from `first` on.
    std::optional<Violation> lose(std::size_t first, std::int64_t more,
                                  std::vector<bool>& is_lost) {
        if (more == 0) return judge(is_lost);
        for (std::size_t unit = first; unit < units.size(); ++unit) {
            for (const Id<Host> host : units[unit]) is_lost[host.index] = true;
            const auto violation = lose(unit + 1, more - 1, is_lost);
            for (const Id<Host> host : units[unit]) is_lost[host.index] = false;
            if (violation) return violation;
        }
        return std::nullopt;
    }

    std::optional<Violation> judge(const std::vector<bool>& is_lost) {
        const Id<Vm> homeless = without_refuge(pool, state, is_lost);
        ++tried;
        // Beyond the bound a loss is taken as not survivable: too strict, never too lax.
        const bool too_many = tried > limits::spare_host_subsets;
        if (homeless.is_none() && !too_many) return std::nullopt;
        Violation violation{Rule::r9_spare, Cause::no_refuge};
        violation.vm = homeless;
        if (!homeless.is_none()) violation.host = state.vms[homeless].host;
        return violation;
    }
};

}  // namespace

std::optional<Violation> loss_without_refuge(const Pool& pool, const PoolState& state) {
    if (!is_armed(Rule::r9_spare) || !promises_refuge(pool)) return std::nullopt;
    const auto units = failure_units(pool);
    const auto losses = std::min(pool.policy.spare_hosts, static_cast<std::int64_t>(units.size()));
    std::vector<bool> is_lost(pool.hosts.size(), false);
    LossSearch search{pool, state, units};
    return search.lose(0, losses, is_lost);
}

std::optional<Violation> lacks(const Pool& pool, const PoolState& state, Id<Vm> id, Id<Host> to) {
    const Vm& vm = pool.vms[id];
    const VmState& vm_state = state.vms[id];
    const Host& host = pool.hosts[to];
    Violation violation{Rule::r5_reach, Cause::storage_unseen};
    violation.vm = id;
    violation.host = to;
    const bool disks_moved = !vm_state.storage.is_none();
    for (const Id<Storage> storage : vm.storages) {
        const bool needed = !disks_moved || pool.storages[storage].shared;
        violation.storage = storage;
        if (needed && !sees(host, storage)) return violation;
    }
    violation.storage = vm_state.storage;
    if (disks_moved && !sees(host, vm_state.storage)) return violation;
    violation.storage = vm.cd.value_or(Id<Storage>::none());
    violation.cause = Cause::cd_unseen;
    if (vm.cd && !vm_state.cd_ejected && !sees(host, *vm.cd)) return violation;
    violation.storage = Id<Storage>::none();
    violation.cause = Cause::network_unseen;
    for (const Id<Network> network : vm.networks) {
        violation.network = network;
        if (!reaches(host, network)) return violation;
    }
    violation.network = Id<Network>::none();
    violation.cause = Cause::cpu_features;
    const auto& offered = vm.domain == DomainType::pv ? host.pv_features : host.hvm_features;
    if (vm.features && offered && !runs_on(*vm.features, *offered)) return violation;
    violation.cause = Cause::cpu_count;
    violation.needed = vm.vcpus;
    violation.available = host.cpus;
    if (host.cpus > 0 && vm.vcpus > host.cpus && !vm.vcpu_unrestricted) return violation;
    return std::nullopt;
}

std::vector<Violation> audit(const Pool& pool, const PoolState& state) {
    Violations found;
    if (is_armed(Rule::r1_memory)) audit_memory(pool, state, found);
    if (is_armed(Rule::r5_reach)) audit_reach(pool, state, found);
    if (is_armed(Rule::r7_groups)) audit_groups(pool, state, found);
    if (const auto violation = loss_without_refuge(pool, state)) found.push_back(*violation);
    return found;
}

namespace {

Violation still_squeezed(const Pool& pool, const PoolState& state, Id<Vm> vm) {
    Violation violation{Rule::r15_restore, Cause::still_squeezed};
    violation.vm = vm;
    violation.host = state.vms[vm].host;
    if (violation.host.is_none()) return violation;
    violation.needed = pool.vms[vm].squeeze.count;
    violation.available = free_in(pool, state, violation.host).count;
    return violation;
}

}  // namespace

std::vector<Violation> not_restored(const Pool& pool, const PoolState& before,
                                    const PoolState& state) {
    Violations found;
    if (!is_armed(Rule::r15_restore)) return found;
    const auto add = [&found](Id<Host> host, Id<Vm> vm, Id<Storage> cd = Id<Storage>::none()) {
        Violation violation{Rule::r15_restore, Cause::not_restored};
        violation.host = host;
        violation.vm = vm;
        violation.storage = cd;
        found.push_back(violation);
    };
    for (const PoolSwitch* one : {&state.ha, &state.wlb, &state.auto_power_on}) {
        if (one->turned_off) add(Id<Host>::none(), Id<Vm>::none());
    }
    for (const Id<Host> host : pool.hosts.ids()) {
        const bool was_enabled = before.hosts[host].phase == HostPhase::enabled;
        const bool is_enabled = state.hosts[host].phase == HostPhase::enabled;
        if (was_enabled && !is_enabled) add(host, Id<Vm>::none());
    }
    for (const Id<Vm> vm : pool.vms.ids()) {
        const VmState& one = state.vms[vm];
        if (one.squeezed) found.push_back(still_squeezed(pool, state, vm));
        const bool was_running = before.vms[vm].power == Power::running;
        const bool cd_is_out = one.cd_ejected && !before.vms[vm].cd_ejected;
        if (was_running && one.power != Power::running) {
            add(Id<Host>::none(), vm);
        } else if (cd_is_out) {
            add(one.host, vm, pool.vms[vm].cd.value_or(Id<Storage>::none()));
        }
    }
    return found;
}

}  // namespace vacate
