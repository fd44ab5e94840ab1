// Path and batch bounds.
#include "sim/search/bound.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "model/precopy.hpp"
#include "model/rule.hpp"

namespace vacate {
namespace {

// At least this long does it take until `host` is empty.
Duration least_drain(const Pool& pool, const PoolState& state, Id<Host> host) {
    Bytes content;
    Duration longest{};  // of one VM: a stream has a cap of its own
    const Host& one = pool.hosts[host];
    const std::int64_t link = std::min(payload_rate(pool, host).count, one.send_budget.count);
    if (link <= 0) return Duration{};
    for (const Id<Vm> vm : pool.vms.ids()) {
        const bool leaves = state.vms[vm].host == host && pool.vms[vm].mobility == Mobility::live;
        if (!leaves) continue;
        content += least_carried(pool.vms[vm], copying_of(pool, pool.vms[vm], host));
        longest = std::max(longest, shortest_migration(pool, pool.vms[vm], host, Bandwidth{link}));
    }
    // Rounded down by a microsecond per VM: a stream's end is rounded up to one.
    const Duration together = transfer_time(content, Bandwidth{link});
    const Duration slack{static_cast<std::int64_t>(state.hosts[host].vms) + 1};
    return std::max(longest, together > slack ? together - slack : Duration{});
}

Bytes largest_memory(const Host& host) { return std::max(host.memory, host.memory_after); }

// Memory that no VM ever fills: all hosts at their largest, less the VMs that cannot be parked.
Bytes free_of_pool(const Pool& pool, const PoolState& state) {
    Bytes free;
    for (const Host& host : pool.hosts) free += largest_memory(host);
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (!state.vms[vm].host.is_none() && !parks(pool.vms[vm])) free -= pool.vms[vm].memory;
    }
    return free;
}

// The memory of a VM that leaves a host, and what of it goes over the link at least.
struct Load {
    Bytes memory;
    Bytes sent;
};

Bytes least_carried_from_anywhere(const Pool& pool, const Vm& vm) {
    Bytes least = least_carried(vm, copying_of(pool, vm, pool.coordinator));
    for (const Id<Host> host : pool.hosts.ids()) {
        if (pool.hosts[host].timing.empty()) continue;
        least = std::min(least, least_carried(vm, copying_of(pool, vm, host)));
    }
    Copying plain = pool.timing;
    change(plain, vm.timing);
    return std::min(least, least_carried(vm, plain));
}

// The load that frees the most memory for each byte that is sent of it; nothing when some VM need
// not be sent at all.
std::optional<Load> lightest_to_send(const Pool& pool) {
    std::optional<Load> lightest;
    for (const Vm& vm : pool.vms) {
        if (vm.mobility != Mobility::live) return std::nullopt;
        const Bytes sent = least_carried_from_anywhere(pool, vm);
        if (sent.count <= 0) return std::nullopt;
        const bool lighter =
            !lightest || static_cast<Wide>(vm.memory.count) * lightest->sent.count >
                             static_cast<Wide>(lightest->memory.count) * sent.count;
        if (lighter) lightest = Load{vm.memory, sent};
    }
    return lightest;
}

// Bytes of VM memory that can leave the host in a second at most; 0 when that has no bound.
std::int64_t fastest_release(const Pool& pool, Id<Host> host, const std::optional<Load>& lightest) {
    if (!lightest) return 0;
    const std::int64_t link =
        std::min(payload_rate(pool, host).count, pool.hosts[host].send_budget.count);
    const Wide fastest = std::max<Wide>(
        link, static_cast<Wide>(link) * lightest->memory.count / lightest->sent.count + 1);
    constexpr Wide sane = static_cast<Wide>(1) << 50;
    return fastest < sane ? static_cast<std::int64_t>(fastest) : 0;
}

// Area: what of the free memory, over time from the moment the coordinator is back, the hosts
// that are down and those that are being emptied use up at least.
Duration least_area_time(const Pool& pool, const PoolState& state,
                         const std::vector<Id<Host>>& members) {
    const Bytes free = free_of_pool(pool, state);
    if (free.count <= 0) return Duration{};
    const std::optional<Load> lightest = lightest_to_send(pool);
    Wide area = 0;      // byte times microseconds
    Wide steepest = 0;  // largest C / 2B of a member, in microseconds
    bool drains = !state.hosts[pool.coordinator].upgraded;
    for (const Id<Host> host : members) {
        const Wide memory = pool.hosts[host].memory.count;
        area += static_cast<Wide>(largest_memory(pool.hosts[host]).count) *
                pool.hosts[host].upgrade_time.count();
        const std::int64_t release = fastest_release(pool, host, lightest);
        drains = drains && release > 0;
        if (!drains) continue;
        const Wide half = memory * 1'000'000 / release / 2;
        area += memory * half;
        steepest = std::max(steepest, half + 1);
    }
    if (!drains) {  // without links: the upgrades alone
        area = 0;
        for (const Id<Host> host : members) {
            area += static_cast<Wide>(largest_memory(pool.hosts[host]).count) *
                    pool.hosts[host].upgrade_time.count();
        }
        steepest = 0;
    }
    const Host& coordinator = pool.hosts[pool.coordinator];
    const Wide early = std::max<Wide>(0, free.count - coordinator.memory_after.count);
    area -= steepest * early;
    if (area <= 0) return Duration{};
    constexpr Wide longest = static_cast<Wide>(1) << 60;
    return Duration{static_cast<std::int64_t>(std::min(area / free.count, longest))};
}

// Hosts besides the coordinator that can be empty at the same time.
std::int64_t hosts_empty_together(const Pool& pool, const PoolState& state,
                                  const std::vector<Id<Host>>& members) {
    Bytes free = free_of_pool(pool, state);
    std::vector<Bytes> sizes;
    for (const Id<Host> host : members) {
        sizes.push_back(largest_memory(pool.hosts[host]));
    }
    std::sort(sizes.begin(), sizes.end());
    std::int64_t count = 0;
    for (const Bytes size : sizes) {
        free -= size;
        if (free.count < 0) break;
        ++count;
    }
    return std::max<std::int64_t>(1, std::min(count, pool.policy.hosts_down_max));
}

}  // namespace

Bound lower_bound(const Pool& pool, const PoolState& state) {
    std::vector<Id<Host>> members;
    Duration shortest = Duration::max();
    Id<Host> slowest = Id<Host>::none();
    for (const Id<Host> host : pool.hosts.ids()) {
        if (host == pool.coordinator || state.hosts[host].upgraded) continue;
        members.push_back(host);
        shortest = std::min(shortest, pool.hosts[host].upgrade_time);
        const bool slower =
            slowest.is_none() || pool.hosts[host].upgrade_time > pool.hosts[slowest].upgrade_time;
        if (slower) slowest = host;
    }
    const bool with_coordinator = !state.hosts[pool.coordinator].upgraded;
    if (members.empty() && !with_coordinator) return {Duration{}, "nothing is to be upgraded"};
    const Duration step = pool.timing.host_step;
    const std::string& coordinator = pool.hosts[pool.coordinator].name;
    Duration first{};
    std::string start = "the coordinator is done";
    if (with_coordinator) {
        first = least_drain(pool, state, pool.coordinator) +
                pool.hosts[pool.coordinator].upgrade_time + step;
        start = coordinator + " (coordinator) must be emptied over its link and upgraded first";
    }
    Bound bound{first, start};
    for (const Id<Host> host : members) {
        const Duration path = least_drain(pool, state, host) + pool.hosts[host].upgrade_time + step;
        if (path <= bound.makespan) continue;
        bound = {path, pool.hosts[host].name + " must be emptied over its link and upgraded"};
    }
    if (members.empty()) return bound;
    const Duration path = first + pool.hosts[slowest].upgrade_time + step;
    if (path > bound.makespan) {
        bound = {path, start + ", then " + pool.hosts[slowest].name + " still has its upgrade"};
    }
    const std::int64_t together = hosts_empty_together(pool, state, members);
    const auto count = static_cast<std::int64_t>(members.size());
    const std::int64_t batches = (count + together - 1) / together;
    const Duration rounds = first + shortest * batches + step;
    if (rounds > bound.makespan) {
        bound = {rounds, start + ", then at most " + std::to_string(together) +
                             (together == 1 ? " host can be down at a time: "
                                            : " hosts can be down together: ") +
                             std::to_string(batches) + " rounds of upgrades"};
    }
    const Duration area = first + least_area_time(pool, state, members) + step;
    if (area > bound.makespan) {
        bound = {area, start + ", then the free memory of " + display(free_of_pool(pool, state)) +
                           " must hold every host once, while it is emptied and down"};
    }
    return bound;
}

}  // namespace vacate
