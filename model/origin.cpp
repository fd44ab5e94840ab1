// Origins and what became of them.
#include "model/origin.hpp"

#include <array>
#include <string_view>

#include "model/digest.hpp"
#include "model/rule.hpp"

namespace vacate {
namespace {

// Names, because ids shift when something is added.
template <class Of>
void add_names(Digest& digest, const Table<Of>& table, const std::vector<Id<Of>>& ids) {
    digest.add(static_cast<std::uint64_t>(ids.size()));
    for (const Id<Of> id : ids) digest.add(std::string_view{table[id].name});
}

std::uint64_t rest_of(const Pool& pool, const Host& host) {
    Digest digest;
    digest.add(host.link);
    digest.add(host.full_duplex);
    digest.add(host.send_budget);
    digest.add(host.guest_traffic);
    digest.add(host.streams_max);
    digest.add(host.timing);
    digest.add(host.hvm_features);
    digest.add(host.pv_features);
    add_names(digest, pool.networks, host.networks);
    add_names(digest, pool.storages, host.storages);
    digest.add(std::string_view{host.domain});
    digest.add(host.cpus);
    digest.add(host.upgrade_time);
    return digest.value();
}

// CDs are left out: a plan ejects them.
std::uint64_t rest_of(const Pool& pool, const Vm& vm) {
    Digest digest;
    digest.add(vm.admission - vm.memory);
    digest.add(vm.memory - vm.ram);
    digest.add(static_cast<std::int64_t>(vm.domain));
    digest.add(vm.vcpus);
    digest.add(vm.features);
    digest.add(vm.dirty_rate);
    digest.add(vm.working_set);
    digest.add(vm.sweeps);
    digest.add(vm.cold_rate);
    digest.add(vm.zero_permille);
    digest.add(vm.disk_writes);
    digest.add(vm.timing);
    for (const DirtyClass& one : vm.dirty_classes) digest.add(one);
    digest.add(vm.pause_limit);
    add_names(digest, pool.networks, vm.networks);
    add_names(digest, pool.storages, vm.storages);
    digest.add(vm.local_disk);
    digest.add(static_cast<std::int64_t>(vm.mobility));
    digest.add(vm.protect);
    return digest.value();
}

OriginHost origin_of_host(const Pool& pool, const PoolState& state, Id<Host> id) {
    const Host& host = pool.hosts[id];
    return {host.name,
            capacity_in(pool, state, id),
            host.memory_after,
            display(version_in(pool, state, id)),
            display(host.target),
            state.hosts[id].upgraded,
            state.hosts[id].phase == HostPhase::enabled,
            rest_of(pool, host)};
}

OriginVm origin_of_vm(const Pool& pool, const PoolState& state, Id<Vm> id) {
    const Vm& vm = pool.vms[id];
    const Id<Host> host = state.vms[id].host;
    return {vm.name, vm.memory, host.is_none() ? std::string() : pool.hosts[host].name,
            rest_of(pool, vm)};
}

class Comparison {
  public:
    void host(const OriginHost& was, const OriginHost& now) {
        using enum Drift::Kind;
        const bool upgraded = now.upgraded && !was.upgraded;
        if (upgraded) note(host_upgraded, was.name, was.version, now.version);
        const bool other_version = was.version != now.version || was.target != now.target;
        if (!upgraded && other_version) {
            note(host_version, was.name, was.version + ", target " + was.target,
                 now.version + ", target " + now.target);
        }
        const Bytes expected = upgraded ? was.memory_after : was.memory;
        if (now.memory != expected || now.memory_after != was.memory_after) {
            const Bytes shown = now.memory != expected ? expected : was.memory_after;
            note(host_memory, was.name, display(shown),
                 display(now.memory != expected ? now.memory : now.memory_after));
        }
        if (was.rest != now.rest) note(host_changed, was.name, "", "");
        if (was.enabled && !now.enabled) note(host_disabled, was.name, "enabled", "not enabled");
        if (!was.enabled && now.enabled) note(host_enabled, was.name, "not enabled", "enabled");
    }

    void vm(const OriginVm& was, const OriginVm& now) {
        using enum Drift::Kind;
        const std::string old_place = was.host.empty() ? "nowhere" : was.host;
        const std::string place = now.host.empty() ? "nowhere" : now.host;
        if (was.host != now.host) {
            note(now.host.empty()   ? vm_stopped
                 : was.host.empty() ? vm_started
                                    : vm_elsewhere,
                 was.name, old_place, place);
        }
        if (was.memory != now.memory) {
            note(now.memory > was.memory ? vm_bigger : vm_smaller, was.name, display(was.memory),
                 display(now.memory));
        }
        if (was.rest != now.rest) note(vm_changed, was.name, "", "");
    }

    void note(Drift::Kind kind, std::string subject, std::string was, std::string now) {
        all_.push_back({kind, std::move(subject), std::move(was), std::move(now)});
    }

    std::vector<Drift> take() { return std::move(all_); }

  private:
    std::vector<Drift> all_;
};

// Walks two lists in name order side by side.
template <class One, class Gone, class New, class Both>
void side_by_side(const std::vector<One>& before, const std::vector<One>& after, Gone gone,
                  New is_new, Both both) {
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < before.size() || k < after.size()) {
        if (k == after.size() || (i < before.size() && before[i].name < after[k].name)) {
            gone(before[i++]);
        } else if (i == before.size() || after[k].name < before[i].name) {
            is_new(after[k++]);
        } else {
            both(before[i++], after[k++]);
        }
    }
}

}  // namespace

Origin origin_of(const Pool& pool, const PoolState& state) {
    Origin origin;
    for (const Id<Host> id : pool.hosts.ids()) {
        origin.hosts.push_back(origin_of_host(pool, state, id));
    }
    for (const Id<Vm> id : pool.vms.ids()) origin.vms.push_back(origin_of_vm(pool, state, id));
    return origin;
}

std::string drift_name(Drift::Kind kind) {
    constexpr std::array<std::string_view, 16> names{
        "host_gone",   "host_new",     "host_upgraded", "host_version",
        "host_memory", "host_changed", "host_enabled",  "host_disabled",
        "vm_gone",     "vm_new",       "vm_elsewhere",  "vm_stopped",
        "vm_started",  "vm_bigger",    "vm_smaller",    "vm_changed"};
    return std::string(names[static_cast<std::size_t>(kind)]);
}

bool is_progress(Drift::Kind kind) {
    using enum Drift::Kind;
    return kind == host_upgraded || kind == host_enabled || kind == host_disabled ||
           kind == vm_elsewhere || kind == vm_stopped || kind == vm_started;
}

std::vector<Drift> drift_since(const Origin& origin, const Pool& pool, const PoolState& state) {
    using enum Drift::Kind;
    const Origin now = origin_of(pool, state);
    Comparison comparison;
    side_by_side(
        origin.hosts, now.hosts,
        [&](const OriginHost& was) { comparison.note(host_gone, was.name, was.version, "gone"); },
        [&](const OriginHost& is) { comparison.note(host_new, is.name, "", is.version); },
        [&](const OriginHost& was, const OriginHost& is) { comparison.host(was, is); });
    side_by_side(
        origin.vms, now.vms,
        [&](const OriginVm& was) {
            comparison.note(vm_gone, was.name, display(was.memory), "gone");
        },
        [&](const OriginVm& is) {
            comparison.note(
                vm_new, is.name, "",
                display(is.memory) + (is.host.empty() ? std::string() : " on " + is.host));
        },
        [&](const OriginVm& was, const OriginVm& is) { comparison.vm(was, is); });
    return comparison.take();
}

}  // namespace vacate
