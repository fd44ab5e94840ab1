// What a look at the simulated pool shows: its truth as far as the pool knows it.
#include <algorithm>
#include <utility>

#include "model/check.hpp"
#include "sim/live/simulated_pool.hpp"

namespace vacate::live {
namespace {

Version version_of(int number) {
    Dotted dotted{number / 10};
    if (number % 10 != 0) dotted.push_back(number % 10);
    const std::string tail = number % 10 != 0 ? "." + std::to_string(number % 10) : "";
    return {"v" + std::to_string(number / 10) + tail, dotted, dotted, dotted, dotted};
}

// Groups without the VMs that are gone, `ids` by likeness; a group of fewer than two is none.
void keep_groups(Pool& pool, const Pool& before, const std::vector<Id<Vm>>& ids) {
    pool.groups = Table<Group>();
    pool.groups_of = Table<Vm, std::vector<Id<Group>>>(pool.vms.size());
    for (const Group& group : before.groups) {
        Group left{group.name, group.kind, {}};
        for (const Id<Vm> member : group.members) {
            if (!ids[member.index].is_none()) left.members.push_back(ids[member.index]);
        }
        if (left.members.size() < 2) continue;
        std::sort(left.members.begin(), left.members.end());
        const Id<Group> id = pool.groups.push_back(left);
        for (const Id<Vm> member : left.members) pool.groups_of[member].push_back(id);
    }
}

}  // namespace

void SimulatedPool::describe_hosts(Snapshot& seen) const {
    Pool& pool = seen.scenario.pool;
    for (const Id<Host> id : pool.hosts.ids()) {
        Host& host = pool.hosts[id];
        const HostTruth& truth = hosts_[id.index];
        if (truth.version != version_number(host.version)) host.version = version_of(truth.version);
        host.memory = truth.memory;
        HostLook look;
        look.live = truth.heard;
        look.enabled = truth.enabled;
        look.attached = truth.attached;
        look.busy = has_work(id.index);
        look.started = truth.started;
        look.guests = guests_seen(id.index);
        seen.hosts.push_back(look);
    }
}

// As if they had always been there.
void SimulatedPool::describe_disks(const VmTruth& truth, Vm& vm) const {
    const auto& storages = start_.pool.storages;
    std::erase_if(vm.storages, [&storages](Id<Storage> one) { return !storages[one].shared; });
    vm.storages.push_back(truth.disks);
    std::sort(vm.storages.begin(), vm.storages.end());
    vm.storages.erase(std::unique(vm.storages.begin(), vm.storages.end()), vm.storages.end());
    if (!storages[truth.disks].shared) return;
    vm.mobility = Mobility::live;
    vm.local_disk = Bytes{};
}

void SimulatedPool::describe_vms(Snapshot& seen) const {
    Pool& pool = seen.scenario.pool;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < vms_.size(); ++i) {
        if (!vms_[i].deleted) order.push_back(i);
    }
    std::sort(order.begin(), order.end(),
              [this](std::size_t a, std::size_t b) { return vms_[a].name < vms_[b].name; });
    pool.vms = Table<Vm>();
    std::vector<Id<Vm>> ids(start_.pool.vms.size(), Id<Vm>::none());
    for (const std::size_t i : order) {
        const VmTruth& truth = vms_[i];
        Vm vm = start_.pool.vms[Id<Vm>{static_cast<std::uint32_t>(truth.likeness)}];
        const bool from_the_start = vm.name == truth.name;
        if (!from_the_start) {
            vm.name = truth.name;
            vm.memory = vm.admission = vm.ram = truth.memory;
            vm.squeeze = Bytes{};
            vm.squeeze_to.reset();
            vm.mobility = Mobility::live;
            vm.cd.reset();
        }
        if (truth.disc.empty()) vm.cd.reset();
        if (!truth.disks.is_none()) describe_disks(truth, vm);
        if (from_the_start) vm.squeeze = least_of(truth.range) - vm.ram;
        if (truth.host == nowhere && truth.believed_on == nowhere) keep_range(vm);
        const Id<Vm> id = pool.vms.push_back(std::move(vm));
        if (from_the_start) ids[truth.likeness] = id;
        seen.vms.push_back({is_seen_busy(i), truth.disc, truth.range});
    }
    keep_groups(pool, start_.pool, ids);
    seen.scenario.state = empty_state(pool);
    for (const Id<Vm> id : pool.vms.ids()) {
        const VmTruth& truth = vms_[order[id.index]];
        const std::size_t host = truth.believed_on != nowhere ? truth.believed_on : truth.host;
        if (host != nowhere) {
            place(pool, seen.scenario.state, id, Id<Host>{static_cast<std::uint32_t>(host)});
        } else {
            seen.scenario.state.vms[id].power = truth.power;
        }
    }
}

Snapshot SimulatedPool::look() const {
    VACATE_CHECK(answers(), "a look at a pool that does not answer");
    Snapshot seen;
    seen.scenario = start_;
    describe_hosts(seen);
    describe_vms(seen);
    PoolState& state = seen.scenario.state;
    for (const Id<Host> id : seen.scenario.pool.hosts.ids()) {
        if (!hosts_[id.index].heard) {
            state.hosts[id].phase = HostPhase::lost;
        } else if (!hosts_[id.index].enabled) {
            state.hosts[id].phase = HostPhase::disabled;
            ++state.hosts_out;
        }
    }
    for (const Id<Storage> id : seen.scenario.pool.storages.ids()) {
        seen.scenario.pool.storages[id].free = free_on(id);
    }
    state.ha.on = ha_.on;
    state.wlb.on = wlb_.on;
    state.auto_power_on.on = auto_power_on_.on;
    seen.lock = lock_;
    seen.busy = switches_ha();
    if (ha_.on) seen.ha = ha_memo_;
    return seen;
}

}  // namespace vacate::live
