// Writing worlds, events and plans.
#include "tests/support/picture.hpp"

#include <array>

#include "model/rule.hpp"

namespace vacate {
namespace {

std::string size(Bytes amount) {
    const std::int64_t gibibyte = gibibytes(1).count;
    if (amount.count % gibibyte == 0) return std::to_string(amount.count / gibibyte) + "G";
    return std::to_string(amount.count) + "B";
}

std::string vm_text(const Pool& pool, const PoolState& state, Id<Vm> id) {
    static constexpr std::array<const char*, 5> mobilities{"", " suspend", " restart", " storage",
                                                           " pinned"};
    static constexpr std::array<const char*, 3> powers{"", " [suspended]", " [halted]"};
    const Vm& vm = pool.vms[id];
    const VmState& now = state.vms[id];
    std::string text = vm.name + " " + size(vm.memory);
    if (vm.admission != vm.memory) text += " admission=" + size(vm.admission);
    text += mobilities[static_cast<std::size_t>(vm.mobility)];
    if (vm.squeeze.count > 0) {
        text += (now.squeezed ? " squeezed=" : " squeeze=") + size(vm.squeeze);
    }
    if (vm.protect) text += " protect";
    if (vm.cd) text += now.cd_ejected ? " cd(out)" : " cd";
    if (vm.pause_limit) text += " pause<=" + display(*vm.pause_limit);
    if (vm.dirty_rate.count > 0) text += " dirty=" + display(vm.dirty_rate);
    if (!now.storage.is_none()) text += " disks-on=" + pool.storages[now.storage].name;
    text += powers[static_cast<std::size_t>(now.power)];
    if (!now.to.is_none()) text += " ->" + pool.hosts[now.to].name;
    if (!now.parked.is_none()) text += " parked=" + pool.hosts[now.parked].name;
    if (now.activity != Activity::none) {
        text += " activity=" + std::to_string(static_cast<int>(now.activity));
    }
    return text;
}

std::string host_text(const World& world, Id<Host> id) {
    static constexpr std::array<const char*, 4> phases{"", " disabled", " down", " lost"};
    const Host& host = world.pool.hosts[id];
    const HostState& now = world.state.hosts[id];
    std::string text = host.name + " " + display(now.upgraded ? host.target : host.version) + " " +
                       size(host.memory);
    if (host.memory_after != host.memory) text += " after=" + size(host.memory_after);
    text += phases[static_cast<std::size_t>(now.phase)];
    if (now.busy) text += " busy";
    if (id == world.pool.coordinator) text += " (coordinator)";
    if (!host.domain.empty()) text += " domain=" + host.domain;
    text += " sr={";
    for (const Id<Storage> storage : host.storages) text += world.pool.storages[storage].name + " ";
    text += "} :";
    for (const Id<Vm> vm : world.pool.vms.ids()) {
        if (world.state.vms[vm].host == id)
            text += " " + vm_text(world.pool, world.state, vm) + ",";
    }
    return text + "\n";
}

}  // namespace

std::string picture(const World& world) {
    std::string text;
    for (const Id<Host> id : world.pool.hosts.ids()) text += host_text(world, id);
    for (const Id<Vm> vm : world.pool.vms.ids()) {
        if (!world.state.vms[vm].host.is_none()) continue;
        text += "nowhere: " + vm_text(world.pool, world.state, vm) + "\n";
    }
    for (const Group& group : world.pool.groups) {
        text += group.kind == Group::Kind::apart ? "apart:" : "together:";
        for (const Id<Vm> member : group.members) text += " " + world.pool.vms[member].name;
        text += "\n";
    }
    const Policy& policy = world.pool.policy;
    text += "hosts_down_max " + std::to_string(policy.hosts_down_max) + ", spare_hosts " +
            std::to_string(policy.spare_hosts) + ", per host " +
            std::to_string(policy.migrations_per_host_max) + ", per pair " +
            std::to_string(policy.migrations_per_pair_max) + ", per pool " +
            std::to_string(policy.migrations_per_pool_max) +
            (policy.one_way ? ", one way" : ", both ways") + "\n";
    text += std::string("ha ") + (world.state.ha.on ? "on" : "off") + ", wlb " +
            (world.state.wlb.on ? "on" : "off") + ", auto power-on " +
            (world.state.auto_power_on.on ? "on" : "off") +
            (world.state.backed_up ? ", backed up\n" : "\n");
    return text;
}

std::string picture(const Pool& pool, const Event& event) {
    const auto host = [&pool](Id<Host> id) {
        return id.is_none() ? std::string("nowhere") : pool.hosts[id].name;
    };
    return std::visit(Overloaded{
                          [&](const Began& one) { return "began " + describe(pool, one.step); },
                          [&](const Ended& one) { return "ended " + describe(pool, one.step); },
                          [&](const Failed& one) { return "failed " + describe(pool, one.step); },
                          [&](const HostLost& one) { return "lost " + host(one.host); },
                          [&](const HostFound& one) { return "found " + host(one.host); },
                          [&](const VmSeen& one) {
                              return "saw " + pool.vms[one.vm].name + " at " + host(one.host);
                          },
                      },
                      event);
}

std::string picture(const Pool& pool, const Table<Step>& steps,
                    const Table<Step, std::vector<Id<Step>>>& after) {
    std::string text;
    for (const Id<Step> id : steps.ids()) {
        text += std::to_string(id.index) + " " + describe(pool, steps[id]) + " after";
        for (const Id<Step> before : after[id]) text += " " + std::to_string(before.index);
        text += "\n";
    }
    return text;
}

}  // namespace vacate
