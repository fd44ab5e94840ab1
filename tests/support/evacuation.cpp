// Pools for nothing but copying.
#include "tests/support/evacuation.hpp"

namespace vacate {
namespace {

Timing bare_timing(double cap) {
    Timing timing;
    timing.stream_cap = Bandwidth{static_cast<std::int64_t>(cap)};
    timing.storage_stream_cap = timing.stream_cap;
    timing.link_efficiency_permille = 1000;
    timing.stop_rule = StopRule::qemu;
    timing.downtime_limit = std::chrono::milliseconds(30);
    timing.rounds_max = 100'000;
    return timing;
}

Vm vm_of(const Mover& mover) {
    Vm vm;
    vm.ram = vm.memory = vm.admission = Bytes{static_cast<std::int64_t>(mover.ram)};
    vm.dirty_rate = Bandwidth{static_cast<std::int64_t>(mover.dirty_rate)};
    vm.working_set = Bytes{static_cast<std::int64_t>(mover.working_set)};
    return vm;
}

}  // namespace

Evacuation evacuation_of(const std::vector<StarHost>& hosts, const std::vector<Mover>& movers,
                         double cap) {
    Evacuation result;
    Pool& pool = result.pool;
    pool.coordinator = Id<Host>{0};
    pool.timing = bare_timing(cap);
    pool.policy.one_way = false;
    pool.policy.migrations_per_host_max = static_cast<std::int64_t>(movers.size());
    pool.policy.migrations_per_pair_max = pool.policy.migrations_per_host_max;
    for (const StarHost& one : hosts) {
        Host host;
        host.memory = host.memory_after = gibibytes(1 << 20);
        host.link = Bandwidth{static_cast<std::int64_t>(one.rate)};
        host.send_budget = host.link;
        host.full_duplex = one.full_duplex;
        pool.hosts.push_back(host);
    }
    for (const Mover& mover : movers) pool.vms.push_back(vm_of(mover));
    pool.groups_of = Table<Vm, std::vector<Id<Group>>>(movers.size());
    result.state = empty_state(pool);
    result.plan.after = Table<Step, std::vector<Id<Step>>>(movers.size());
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Mover& mover = movers[vm.index];
        place(pool, result.state, vm, Id<Host>{mover.from});
        result.plan.steps.push_back(Migrate{vm, Id<Host>{mover.from}, Id<Host>{mover.to}});
    }
    return result;
}

}  // namespace vacate
