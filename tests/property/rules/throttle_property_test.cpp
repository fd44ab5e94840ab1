// R12 and R13: a walk that keeps the throttles keeps every window; a throttle always ends.
#include <algorithm>

#include "model/throttle.hpp"
#include "tests/property/rules/on_walks.hpp"

namespace vacate {
namespace {

struct Traffic {
    std::int64_t sent = 0, received = 0, motions = 0;
};

Traffic traffic_of(const PoolState& state, Id<Host> host) {
    Traffic traffic;
    for (const VmState& vm : state.vms) {
        if (vm.to.is_none()) continue;
        traffic.sent += vm.host == host;
        traffic.received += vm.to == host;
        traffic.motions += vm.host == host && vm.activity == Activity::migrating_storage;
    }
    return traffic;
}

// Large hosts and VMs that may all move: many migrations at once.
void make_busy(Random& random, World& world) {
    for (Host& host : world.pool.hosts) {
        host.memory = host.memory_after = 100_GiB;
        host.networks = {Id<Network>{0}};
        host.storages = {Id<Storage>{0}, Id<Storage>{1}};
    }
    for (Vm& vm : world.pool.vms) {
        vm.mobility = random.chance(1, 3) ? Mobility::storage : Mobility::live;
        vm.storages = {Id<Storage>{1}};
        vm.pause_limit.reset();
        vm.features.reset();
    }
    world.pool.groups = Table<Group>();
    world.pool.groups_of = Table<Vm, std::vector<Id<Group>>>(world.pool.vms.size());
    Policy& policy = world.pool.policy;
    policy.spare_hosts = 0;
    policy.migrations_per_host_max = random.between(1, 3);
    policy.migrations_per_pair_max = random.between(1, 3);
    policy.storage_motions_per_source_max = random.between(1, 2);
}

TEST_CASE("R12: no host sends and receives at once", "[throttle][R12][law]") {
    on_walks("one way at a time", {}, make_busy, [](const Moment& at) -> std::string {
        if (!at.pool().policy.one_way) return "";
        for (const Id<Host> host : at.pool().hosts.ids()) {
            const Traffic traffic = traffic_of(at.after(), host);
            if (traffic.sent > 0 && traffic.received > 0) {
                return at.pool().hosts[host].name + " sends and receives";
            }
        }
        return "";
    });
}

TEST_CASE("R13: every window is kept", "[throttle][R13][law]") {
    on_walks("host, pair, pool and storage windows", {}, make_busy,
             [](const Moment& at) -> std::string {
                 const Policy& policy = at.pool().policy;
                 std::int64_t all = 0;
                 for (const VmState& vm : at.after().vms) {
                     if (vm.to.is_none()) continue;
                     ++all;
                     std::int64_t pair = 0;
                     for (const VmState& other : at.after().vms) {
                         const bool same = other.host == vm.host && other.to == vm.to;
                         const bool back = other.host == vm.to && other.to == vm.host;
                         if (same || back) ++pair;
                     }
                     if (pair > policy.migrations_per_pair_max) return "too many in a pair";
                 }
                 if (all > policy.migrations_per_pool_max) return "too many in the pool";
                 for (const Id<Host> host : at.pool().hosts.ids()) {
                     const Traffic traffic = traffic_of(at.after(), host);
                     const std::int64_t both = traffic.sent + traffic.received;
                     if (both > policy.migrations_per_host_max) return "too many at a host";
                     if (traffic.motions > policy.storage_motions_per_source_max) {
                         return "too many storage motions";
                     }
                 }
                 return "";
             });
}

TEST_CASE("R12, R13: when nothing is under way nothing waits", "[throttle][law]") {
    on_walks("waiting ends", {}, make_busy, [](const Moment& at) -> std::string {
        if (at.after().migrations > 0) return "";
        for (const Step& step : every_step(at.pool(), at.after())) {
            if (throttled(at.pool(), at.after(), step)) return describe(at.pool(), step) + " waits";
        }
        return "";
    });
}

}  // namespace
}  // namespace vacate
