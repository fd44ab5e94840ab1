// Path and batch bounds.
#include "sim/search/bound.hpp"

#include <algorithm>
#include <vector>

#include "model/precopy.hpp"

namespace vacate {
namespace {

// At least this long does it take until `host` is empty.
Duration least_drain(const Pool& pool, const PoolState& state, Id<Host> host) {
    Bytes content;
    Duration longest{};  // of one VM: a stream has a cap of its own
    const Host& one = pool.hosts[host];
    const std::int64_t link =
        std::min(payload_rate(pool.timing, one.link).count, one.send_budget.count);
    if (link <= 0) return Duration{};
    const Bandwidth stream{std::min(link, pool.timing.stream_cap.count)};
    const Duration fixed = pool.timing.before + pool.timing.pause_overhead + pool.timing.after;
    for (const Id<Vm> vm : pool.vms.ids()) {
        const bool leaves = state.vms[vm].host == host && pool.vms[vm].mobility == Mobility::live;
        if (!leaves) continue;
        content += pool.vms[vm].ram;
        longest = std::max(longest, transfer_time(pool.vms[vm].ram, stream) + fixed);
    }
    // Rounded down by a microsecond per VM: a stream's end is rounded up to one.
    const Duration together = transfer_time(content, Bandwidth{link});
    const Duration slack{static_cast<std::int64_t>(state.hosts[host].vms) + 1};
    return std::max(longest, together > slack ? together - slack : Duration{});
}

// Hosts besides the coordinator that can be empty at the same time.
std::int64_t hosts_empty_together(const Pool& pool, const PoolState& state,
                                  const std::vector<Id<Host>>& members) {
    Bytes free;
    for (const Id<Host> host : pool.hosts.ids()) {
        const Bytes capacity = std::max(pool.hosts[host].memory, pool.hosts[host].memory_after);
        free += capacity;
    }
    for (const Id<Vm> vm : pool.vms.ids()) {
        // A VM that is parked meanwhile needs no memory.
        const bool stays = !state.vms[vm].host.is_none() &&
                           pool.vms[vm].mobility != Mobility::suspend &&
                           pool.vms[vm].mobility != Mobility::restart;
        if (stays) free -= pool.vms[vm].memory;
    }
    std::vector<Bytes> sizes;
    for (const Id<Host> host : members) {
        sizes.push_back(std::max(pool.hosts[host].memory, pool.hosts[host].memory_after));
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
                             " hosts can be down together: " + std::to_string(batches) +
                             " rounds of upgrades"};
    }
    return bound;
}

}  // namespace vacate
