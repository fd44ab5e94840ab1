// Sorting by name, and what that does to every id of a scenario.
#include "model/edit.hpp"

#include <algorithm>
#include <numeric>

namespace vacate {
namespace {

// Which place each row gets in name order; none for what is gone.
template <class Of>
Table<Of, Id<Of>> order_of(const Table<Of>& rows, const std::vector<bool>& gone) {
    std::vector<std::uint32_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&rows](std::uint32_t a, std::uint32_t b) {
        return rows[Id<Of>{a}].name < rows[Id<Of>{b}].name;
    });
    Table<Of, Id<Of>> places(rows.size(), Id<Of>::none());
    std::uint32_t next = 0;
    for (const std::uint32_t index : order) {
        if (!gone[index]) places[Id<Of>{index}] = Id<Of>{next++};
    }
    return places;
}

template <class Of, class T>
void reorder(Table<Of, T>& rows, const Table<Of, Id<Of>>& places, std::size_t count) {
    Table<Of, T> ordered(count);
    for (const Id<Of> id : rows.ids()) {
        if (!places[id].is_none()) ordered[places[id]] = std::move(rows[id]);
    }
    rows = std::move(ordered);
}

template <class Of>
void follow(Id<Of>& id, const Table<Of, Id<Of>>& places) {
    if (!id.is_none()) id = places[id];
}

template <class Of>
void follow(std::vector<Id<Of>>& ids, const Table<Of, Id<Of>>& places) {
    for (Id<Of>& id : ids) follow(id, places);
    std::erase_if(ids, [](Id<Of> id) { return id.is_none(); });
    std::sort(ids.begin(), ids.end());
}

template <class Of, class Part>
void follow(std::vector<std::pair<Id<Of>, Part>>& parts, const Table<Of, Id<Of>>& places) {
    for (auto& part : parts) follow(part.first, places);
    std::erase_if(parts, [](const auto& part) { return part.first.is_none(); });
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
}

template <class Of, class Part>
void copy_part(std::vector<std::pair<Id<Of>, Part>>& parts, Id<Of> like, Id<Of> fresh) {
    const auto own = std::find_if(parts.begin(), parts.end(),
                                  [like](const auto& part) { return part.first == like; });
    if (own == parts.end()) return;
    const Part part = own->second;
    parts.emplace_back(fresh, part);
}

template <class Of>
Id<Of> called(const Table<Of>& rows, const std::string& name) {
    const auto found = std::lower_bound(
        rows.begin(), rows.end(), name,
        [](const Of& row, const std::string& wanted) { return row.name < wanted; });
    if (found == rows.end() || found->name != name) return Id<Of>::none();
    return Id<Of>{static_cast<std::uint32_t>(found - rows.begin())};
}

}  // namespace

Id<Host> host_called(const Pool& pool, const std::string& name) { return called(pool.hosts, name); }
Id<Vm> vm_called(const Pool& pool, const std::string& name) { return called(pool.vms, name); }

Edit::Edit(Scenario& scenario) : scenario_(scenario), removed_(scenario.pool.hosts.size(), false) {}

Id<Host> Edit::add_host(Id<Host> like, const std::string& name) {
    Host fresh = scenario_.pool.hosts[like];
    fresh.name = name;
    fresh.domain.clear();
    // Local storage stays where it is.
    std::erase_if(fresh.storages,
                  [this](Id<Storage> storage) { return !scenario_.pool.storages[storage].shared; });
    const Id<Host> id = scenario_.pool.hosts.push_back(std::move(fresh));
    HostState state;
    state.upgraded = scenario_.state.hosts[like].upgraded;
    if (state.upgraded) ++scenario_.state.hosts_upgraded;
    scenario_.state.hosts.push_back(state);
    removed_.push_back(false);
    copy_part(scenario_.chance.of_host, like, id);
    return id;
}

Id<Vm> Edit::add_vm(Id<Vm> like, const std::string& name) {
    Vm fresh = scenario_.pool.vms[like];
    fresh.name = name;
    const Id<Vm> id = scenario_.pool.vms.push_back(std::move(fresh));
    VmState state;
    state.power = Power::halted;
    scenario_.state.vms.push_back(state);
    scenario_.pool.groups_of.push_back({});
    copy_part(scenario_.chance.of_vm, like, id);
    return id;
}

void Edit::remove_host(Id<Host> host) {
    removed_[host.index] = true;
    PoolState& state = scenario_.state;
    if (state.hosts[host].upgraded) --state.hosts_upgraded;
    const HostPhase phase = state.hosts[host].phase;
    if (phase == HostPhase::disabled || phase == HostPhase::down) --state.hosts_out;
}

void Edit::settle() {
    Pool& pool = scenario_.pool;
    PoolState& state = scenario_.state;
    const auto hosts = order_of(pool.hosts, removed_);
    const auto vms = order_of(pool.vms, std::vector<bool>(pool.vms.size(), false));
    const auto gone = static_cast<std::size_t>(std::count(removed_.begin(), removed_.end(), true));
    const std::size_t hosts_left = pool.hosts.size() - gone;
    reorder(pool.hosts, hosts, hosts_left);
    reorder(state.hosts, hosts, hosts_left);
    reorder(pool.vms, vms, pool.vms.size());
    reorder(pool.groups_of, vms, pool.vms.size());
    reorder(state.vms, vms, pool.vms.size());
    follow(pool.coordinator, hosts);
    for (Group& group : pool.groups) follow(group.members, vms);
    for (VmState& vm : state.vms) {
        follow(vm.host, hosts);
        follow(vm.to, hosts);
        follow(vm.parked, hosts);
    }
    Chance& chance = scenario_.chance;
    follow(chance.of_host, hosts);
    follow(chance.of_vm, vms);
    for (LinkFault& fault : chance.links) {
        const bool was_all = fault.hosts.empty();
        follow(fault.hosts, hosts);
        if (fault.hosts.empty() && !was_all) fault.chance = 0;
    }
    removed_.assign(hosts_left, false);
}

void halt(Scenario& scenario, Id<Vm> vm) {
    VmState& now = scenario.state.vms[vm];
    if (!now.host.is_none()) {
        HostState& host = scenario.state.hosts[now.host];
        host.committed -= charge_in(scenario.pool, scenario.state, vm);
        --host.vms;
    }
    now = VmState{};
    now.power = Power::halted;
}

void put_on(Scenario& scenario, Id<Vm> vm, Id<Host> host) {
    halt(scenario, vm);
    place(scenario.pool, scenario.state, vm, host);
}

}  // namespace vacate
