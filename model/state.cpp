// Questions about a state.
#include "model/state.hpp"

namespace vacate {

const Version& version_in(const Pool& pool, const PoolState& state, Id<Host> host) {
    return state.hosts[host].upgraded ? pool.hosts[host].target : pool.hosts[host].version;
}

bool is_mixed(const Pool& pool, const PoolState& state) {
    const Version& coordinator = version_in(pool, state, pool.coordinator);
    for (const Id<Host> host : pool.hosts.ids()) {
        if (makes_mixed(pool.version_rule, version_in(pool, state, host), coordinator)) {
            return true;
        }
    }
    return false;
}

PoolState empty_state(const Pool& pool) {
    PoolState state;
    state.hosts = Table<Host, HostState>(pool.hosts.size());
    state.vms = Table<Vm, VmState>(pool.vms.size());
    for (const Id<Host> host : pool.hosts.ids()) {
        state.hosts[host].upgraded = !needs_upgrade(pool.hosts[host]);
        if (state.hosts[host].upgraded) ++state.hosts_upgraded;
    }
    for (VmState& vm : state.vms) vm.power = Power::halted;
    return state;
}

void place(const Pool& pool, PoolState& state, Id<Vm> vm, Id<Host> host) {
    state.vms[vm].power = Power::running;
    state.vms[vm].host = host;
    state.hosts[host].committed += charge_in(pool, state, vm);
    ++state.hosts[host].vms;
}

}  // namespace vacate
