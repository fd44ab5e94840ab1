// Counting VMs and hosts one by one.
#include "tests/support/recount.hpp"

namespace vacate {
namespace {

struct Complaints {
    std::string text;
    void compare(const std::string& what, std::int64_t counter, std::int64_t counted) {
        if (counter == counted) return;
        text +=
            what + " is " + std::to_string(counter) + ", counted " + std::to_string(counted) + "\n";
    }
};

void compare_host(const Pool& pool, const PoolState& state, Id<Host> id, Complaints& complaints) {
    std::int64_t vms = 0, sending = 0, receiving = 0, motions = 0;
    for (const VmState& vm : state.vms) {
        if (vm.host == id || vm.to == id) ++vms;
        if (vm.to == id) ++receiving;
        if (vm.host != id || vm.to.is_none()) continue;
        ++sending;
        if (vm.activity == Activity::migrating_storage) ++motions;
    }
    const HostState& host = state.hosts[id];
    const std::string& name = pool.hosts[id].name;
    complaints.compare(name + ": committed", host.committed.count, held_by(pool, state, id).count);
    complaints.compare(name + ": vms", host.vms, vms);
    complaints.compare(name + ": sending", host.sending, sending);
    complaints.compare(name + ": receiving", host.receiving, receiving);
    complaints.compare(name + ": storage_motions", host.storage_motions, motions);
}

}  // namespace

Bytes held_by(const Pool& pool, const PoolState& state, Id<Host> host) {
    Bytes sum;
    for (const Id<Vm> vm : pool.vms.ids()) {
        Bytes charge = pool.vms[vm].memory;
        if (!state.vms[vm].squeezed) charge += pool.vms[vm].squeeze;
        if (state.vms[vm].host == host) sum += charge;
        if (state.vms[vm].to == host) sum += charge;
    }
    return sum;
}

std::string overcommitted(const Pool& pool, const PoolState& state) {
    std::string names;
    for (const Id<Host> host : pool.hosts.ids()) {
        const Host& one = pool.hosts[host];
        const Bytes capacity = state.hosts[host].upgraded ? one.memory_after : one.memory;
        if (held_by(pool, state, host) > capacity) names += one.name + " ";
    }
    return names;
}

std::string miscounted(const Pool& pool, const PoolState& state,
                       const std::vector<Step>& under_way) {
    Complaints complaints;
    std::int64_t out = 0, upgraded = 0, migrations = 0;
    for (const Id<Host> host : pool.hosts.ids()) {
        compare_host(pool, state, host, complaints);
        const HostPhase phase = state.hosts[host].phase;
        if (phase == HostPhase::disabled || phase == HostPhase::down) ++out;
        if (state.hosts[host].upgraded) ++upgraded;
    }
    for (const VmState& vm : state.vms) {
        if (!vm.to.is_none()) ++migrations;
    }
    complaints.compare("hosts_out", state.hosts_out, out);
    complaints.compare("hosts_upgraded", state.hosts_upgraded, upgraded);
    complaints.compare("migrations", state.migrations, migrations);
    complaints.compare("in_flight", state.in_flight, static_cast<std::int64_t>(under_way.size()));
    return complaints.text;
}

}  // namespace vacate
