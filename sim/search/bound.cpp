// Path, batch, area and packing bounds, and what must be moved at least.
#include "sim/search/bound.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "model/limits.hpp"
#include "model/precopy.hpp"
#include "model/rule.hpp"
#include "sim/search/packing_bound.hpp"

namespace vacate {
namespace {

bool must_move(const Vm& vm) {
    return vm.mobility == Mobility::live || vm.mobility == Mobility::storage;
}

// What the host can send in a second, over all streams.
std::int64_t sending_rate(const Pool& pool, Id<Host> host) {
    return std::min(payload_rate(pool, host).count, pool.hosts[host].send_budget.count);
}

// Hosts that stand for all in how a VM is copied: the coordinator, and any that has its own way.
std::vector<Id<Host>> ways_to_copy(const Pool& pool) {
    std::vector<Id<Host>> hosts{pool.coordinator};
    for (const Id<Host> host : pool.hosts.ids()) {
        if (!pool.hosts[host].timing.empty()) hosts.push_back(host);
    }
    // One without, should the coordinator be among those.
    for (const Id<Host> host : pool.hosts.ids()) {
        if (!pool.hosts[host].timing.empty()) continue;
        hosts.push_back(host);
        break;
    }
    return hosts;
}

// No migration of the VM over a stream that the link lets through takes less, from anywhere.
Duration shortest_move(const Pool& pool, const std::vector<Id<Host>>& ways, const Vm& vm,
                       std::int64_t link) {
    Duration shortest = Duration::max();
    for (const Id<Host> from : ways) {
        shortest = std::min(shortest, shortest_migration(pool, vm, from, Bandwidth{link}));
    }
    return shortest;
}

Duration least_pause(const Pool& pool, const std::vector<Id<Host>>& ways, const Vm& vm) {
    Duration shortest = Duration::max();
    for (const Id<Host> from : ways) {
        shortest = std::min(shortest, copying_of(pool, vm, from).pause_overhead);
    }
    return shortest;
}

// No schedule of these jobs, one by one on each lane, is shorter.
Duration least_on_lanes(std::vector<Duration> jobs, std::size_t lanes) {
    std::sort(jobs.begin(), jobs.end(), std::greater<>());
    Duration all{}, least{};
    for (const Duration job : jobs) all += job;
    for (std::size_t last = 0; last < jobs.size(); last += lanes) {
        Duration shared{};
        for (std::size_t i = 0; i <= last / lanes; ++i) shared += jobs[last - i];
        least = std::max(least, shared);
    }
    return std::max(least, all / static_cast<std::int64_t>(lanes));
}

// At least this long does it take until `host` is empty.
Duration least_drain(const Pool& pool, const PoolState& state, Id<Host> host) {
    const std::int64_t link = sending_rate(pool, host);
    if (link <= 0) return Duration{};
    Bytes content;
    std::vector<Duration> times;  // a stream has a cap of its own
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (state.vms[vm].host != host || pool.vms[vm].mobility != Mobility::live) continue;
        times.push_back(shortest_migration(pool, pool.vms[vm], host, Bandwidth{link}));
        content += least_carried(pool.vms[vm], copying_of(pool, pool.vms[vm], host));
    }
    const auto window =
        static_cast<std::size_t>(std::max<std::int64_t>(1, pool.policy.migrations_per_host_max));
    // Rounded down by a microsecond per VM: a stream's end is rounded up to one.
    const Duration together =
        std::max(transfer_time(content, Bandwidth{link}), least_on_lanes(times, window));
    const Duration slack{static_cast<std::int64_t>(state.hosts[host].vms) + 1};
    return together > slack ? together - slack : Duration{};
}

Bytes largest_memory(const Host& host) { return std::max(host.memory, host.memory_after); }

// The largest sum of VMs that fits into a capacity: one bit for every sum, in MiB.
class Sums {
  public:
    Sums(const Pool& pool, Bytes largest) {
        bits_ = largest.count / mebibytes(1).count;
        if (bits_ > sane) return;
        reached_.assign(static_cast<std::size_t>(bits_ / 64 + 1), 0);
        reached_[0] = 1;
        std::size_t tried = 0;
        for (const Vm& vm : pool.vms) {
            // Amounts in between, or more VMs than are worth it: every sum is taken to be there.
            if (vm.memory.count % mebibytes(1).count != 0 || ++tried > vms_max) {
                reached_.clear();
                return;
            }
            add(static_cast<std::size_t>(vm.memory.count / mebibytes(1).count));
        }
    }

    [[nodiscard]] Bytes within(Bytes capacity) const {
        if (reached_.empty()) return capacity;
        for (std::int64_t at = std::min(bits_, capacity.count / mebibytes(1).count); at > 0; --at) {
            const auto word = static_cast<std::size_t>(at / 64);
            if ((reached_[word] >> (at % 64)) & 1) return mebibytes(at);
        }
        return Bytes{};
    }

  private:
    static constexpr std::int64_t sane = std::int64_t{1} << 24;
    static constexpr std::size_t vms_max = 2'000;

    void add(std::size_t size) {
        const std::size_t words = size / 64;
        const std::size_t rest = size % 64;
        for (std::size_t at = reached_.size(); at-- > words;) {
            std::uint64_t moved = reached_[at - words] << rest;
            if (rest > 0 && at > words) moved |= reached_[at - words - 1] >> (64 - rest);
            reached_[at] |= moved;
        }
    }

    std::int64_t bits_ = 0;
    std::vector<std::uint64_t> reached_;  // empty: all
};

// The memory of a VM that leaves a host, and what of it goes over the link at least.
struct Load {
    Bytes memory;
    Bytes sent;
};

// What the bounds rest on, counted once.
struct Grounds {
    std::vector<Id<Host>> members;  // to be upgraded, but the coordinator
    Table<Host, Bytes> memory;      // of each host that VMs can fill, at its largest
    Bytes free;                     // of all that, what no VM ever fills
    std::int64_t by_window = 0;     // bytes a second that a host can lose or gain; 0: no bound
    std::int64_t together = 1;      // members that can be empty at once
    std::optional<Load> lightest;   // most memory for each byte that is sent
    Effort effort = Effort::thorough;
};

// The load that frees the most memory for each byte that is sent of it; nothing when some VM need
// not be sent at all.
std::optional<Load> lightest_to_send(const Pool& pool, const std::vector<Id<Host>>& ways) {
    std::optional<Load> lightest;
    for (const Vm& vm : pool.vms) {
        if (vm.mobility != Mobility::live) return std::nullopt;
        Bytes sent{limits::memory_bytes};
        for (const Id<Host> from : ways) {
            sent = std::min(sent, least_carried(vm, copying_of(pool, vm, from)));
        }
        if (sent.count <= 0) return std::nullopt;
        const bool lighter =
            !lightest || static_cast<Wide>(vm.memory.count) * lightest->sent.count >
                             static_cast<Wide>(lightest->memory.count) * sent.count;
        if (lighter) lightest = Load{vm.memory, sent};
    }
    return lightest;
}

constexpr Wide sane_rate = static_cast<Wide>(1) << 50;

// Bytes of VM memory that can leave or reach the host in a second at most; 0 without a bound.
std::int64_t fastest_release(std::int64_t link, const std::optional<Load>& lightest) {
    if (!lightest) return 0;
    const Wide fastest = std::max<Wide>(
        link, static_cast<Wide>(link) * lightest->memory.count / lightest->sent.count + 1);
    return fastest < sane_rate ? static_cast<std::int64_t>(fastest) : 0;
}

// The same by the window: so many VMs at once, each of the kind that gives up most in its time.
std::int64_t fastest_by_window(const Pool& pool, const std::vector<Id<Host>>& ways) {
    std::int64_t link = 1;
    for (const Id<Host> host : pool.hosts.ids()) link = std::max(link, sending_rate(pool, host));
    Wide fastest = 1;
    for (const Vm& vm : pool.vms) {
        if (parks(vm)) continue;
        const Duration time = shortest_move(pool, ways, vm, link);
        if (time.count() <= 1) return 0;
        fastest = std::max(fastest,
                           static_cast<Wide>(vm.memory.count) * 1'000'000 / (time.count() - 1) + 1);
    }
    fastest *= std::max<std::int64_t>(1, pool.policy.migrations_per_host_max);
    return fastest < sane_rate ? static_cast<std::int64_t>(fastest) : 0;
}

// Hosts besides the coordinator that can be empty at the same time.
std::int64_t hosts_empty_together(const Pool& pool, const Grounds& grounds) {
    Bytes free = grounds.free;
    std::vector<Bytes> sizes;
    for (const Id<Host> host : grounds.members) sizes.push_back(grounds.memory[host]);
    std::sort(sizes.begin(), sizes.end());
    std::int64_t count = 0;
    for (const Bytes size : sizes) {
        free -= size;
        if (free.count < 0) break;
        ++count;
    }
    return std::max<std::int64_t>(1, std::min(count, pool.policy.hosts_down_max));
}

Grounds grounds_of(const Pool& pool, const PoolState& state) {
    Grounds grounds;
    grounds.memory = Table<Host, Bytes>(pool.hosts.size());
    Bytes largest;
    for (const Host& host : pool.hosts) largest = std::max(largest, largest_memory(host));
    const Sums sums(pool, largest);
    for (const Id<Host> host : pool.hosts.ids()) {
        const Bytes memory = largest_memory(pool.hosts[host]);
        const auto before = host.index > 0 ? Id<Host>{host.index - 1} : Id<Host>::none();
        const bool same = !before.is_none() && largest_memory(pool.hosts[before]) == memory;
        grounds.memory[host] = same ? grounds.memory[before] : sums.within(memory);
        grounds.free += grounds.memory[host];
        const bool waits = host != pool.coordinator && !state.hosts[host].upgraded;
        if (waits) grounds.members.push_back(host);
    }
    for (const Id<Vm> vm : pool.vms.ids()) {
        const bool stays = !state.vms[vm].host.is_none() && !parks(pool.vms[vm]);
        if (stays) grounds.free -= pool.vms[vm].memory;
    }
    const std::vector<Id<Host>> ways = ways_to_copy(pool);
    grounds.lightest = lightest_to_send(pool, ways);
    grounds.by_window = fastest_by_window(pool, ways);
    grounds.together = hosts_empty_together(pool, grounds);
    return grounds;
}

// From going down until a VM may come: R6 counts it as out for so long, too.
Duration out_of_use(const Pool& pool, Id<Host> host) {
    return pool.hosts[host].upgrade_time + pool.timing.host_step;
}

// Area: what of the free memory, over time from the moment the coordinator is back, the hosts
// that are down and those that are being emptied use up at least; `by_window` says which of the
// two bounds of emptying is taken.
Duration least_area_time(const Pool& pool, const PoolState& state, const Grounds& grounds,
                         bool by_window) {
    if (grounds.free.count <= 0) return Duration{};
    Wide area = 0;      // byte times microseconds
    Wide steepest = 0;  // largest C / 2B of a member, in microseconds
    Wide drains = 0;
    bool drain_counts = !state.hosts[pool.coordinator].upgraded;
    for (const Id<Host> host : grounds.members) {
        area +=
            static_cast<Wide>(grounds.memory[host].count) * pool.hosts[host].upgrade_time.count();
        const std::int64_t release =
            by_window ? grounds.by_window
                      : fastest_release(sending_rate(pool, host), grounds.lightest);
        drain_counts = drain_counts && release > 0;
        if (!drain_counts) continue;
        const Wide memory = std::min(pool.hosts[host].memory, grounds.memory[host]).count;
        const Wide half = memory * 1'000'000 / release / 2;
        drains += memory * half;
        steepest = std::max(steepest, half + 1);
    }
    const Wide early = std::max<Wide>(0, (grounds.free - grounds.memory[pool.coordinator]).count);
    if (drain_counts) area += std::max<Wide>(0, drains - steepest * early);
    constexpr Wide longest = static_cast<Wide>(1) << 60;
    return Duration{static_cast<std::int64_t>(std::min(area / grounds.free.count, longest))};
}

// Packing: the members as equal trapezoids, as small as the smallest of them; then as they are.
Duration packing_time(const Pool& pool, const PoolState& state, const Grounds& grounds,
                      Duration at_least) {
    Trapezoids shapes;
    shapes.count = static_cast<std::int64_t>(grounds.members.size());
    shapes.together = std::min(grounds.together, shapes.count);
    shapes.ceiling = grounds.free;
    shapes.height = grounds.memory[grounds.members.front()];
    shapes.plateau = Duration::max();
    for (const Id<Host> host : grounds.members) {
        shapes.height = std::min(shapes.height, grounds.memory[host]);
        shapes.plateau = std::min(shapes.plateau, out_of_use(pool, host));
    }
    std::int64_t out = 1, in = 1;  // by links
    for (const Id<Host> host : pool.hosts.ids()) {
        out = std::max(out, sending_rate(pool, host));
        in = std::max(in, payload_rate(pool, host).count);
    }
    // By links where they are the narrower for what leaves; one of the two for both ways.
    const std::int64_t link_out = fastest_release(out, grounds.lightest);
    const bool by_window = grounds.by_window > 0 && (link_out <= 0 || grounds.by_window < link_out);
    const std::int64_t rate_out = by_window ? grounds.by_window : link_out;
    const std::int64_t rate_in =
        by_window ? grounds.by_window : fastest_release(in, grounds.lightest);
    const auto ramp = [](Bytes memory, std::int64_t rate) {
        if (rate <= 0) return Duration{};
        return Duration{
            static_cast<std::int64_t>(std::min(static_cast<Wide>(memory.count) * 1'000'000 / rate,
                                               static_cast<Wide>(longest_transfer.count())))};
    };
    shapes.ramp_out = ramp(shapes.height, rate_out);
    shapes.ramp_in = ramp(shapes.height, rate_in);
    if (!state.hosts[pool.coordinator].upgraded) {
        shapes.first = grounds.memory[pool.coordinator];
        shapes.first_ramp = ramp(shapes.first, rate_in);
    }
    for (const Id<Host> host : grounds.members) {
        const Bytes memory = grounds.memory[host];
        shapes.each.push_back(
            {memory, out_of_use(pool, host), ramp(memory, rate_out), ramp(memory, rate_in)});
    }
    const bool alike = grounds.effort == Effort::quick ||
                       std::all_of(shapes.each.begin(), shapes.each.end(),
                                   [&](const auto& one) { return one == shapes.each.front(); });
    if (alike) shapes.each.clear();
    // One after the other, each emptied into the last, is as long as it can get.
    const Duration longest = (shapes.plateau + shapes.ramp_out + shapes.ramp_in) *
                             std::min<std::int64_t>(shapes.count, 100'000);
    return least_packing_time(shapes, at_least, longest);
}

// The time from the coordinator's return to the last member's, both enabled.
Bound after_coordinator(const Pool& pool, const PoolState& state, const Grounds& grounds) {
    Duration shortest = Duration::max();
    Id<Host> slowest = grounds.members.front();
    for (const Id<Host> host : grounds.members) {
        shortest = std::min(shortest, out_of_use(pool, host));
        if (pool.hosts[host].upgrade_time > pool.hosts[slowest].upgrade_time) slowest = host;
    }
    Bound bound{out_of_use(pool, slowest),
                "then " + pool.hosts[slowest].name + " still has its upgrade"};
    const std::int64_t together = grounds.together;
    const auto count = static_cast<std::int64_t>(grounds.members.size());
    const std::int64_t batches = (count + together - 1) / together;
    const std::string at_once =
        "then at most " + std::to_string(together) +
        (together == 1 ? " host can be down at a time: " : " hosts can be down together: ") +
        std::to_string(batches) + (batches == 1 ? " round" : " rounds") + " of upgrades";
    if (shortest * batches > bound.makespan) bound = {shortest * batches, at_once};
    const Duration area = std::max(least_area_time(pool, state, grounds, true),
                                   least_area_time(pool, state, grounds, false));
    if (area > bound.makespan) {
        bound = {area, "then the free memory of " + display(grounds.free) +
                           " must hold every host once, while it is emptied and down"};
    }
    const Duration packed = packing_time(pool, state, grounds, bound.makespan);
    if (packed > bound.makespan) {
        bound = {packed, at_once + ", and between them the free memory of " +
                             display(grounds.free) + " must hold what is emptied and filled again"};
    }
    return bound;
}

// The coordinator's part: emptied, upgraded and enabled before any other goes down.
Bound coordinator_first(const Pool& pool, const PoolState& state) {
    if (state.hosts[pool.coordinator].upgraded) return {Duration{}, "the coordinator is done"};
    return {least_drain(pool, state, pool.coordinator) + pool.hosts[pool.coordinator].upgrade_time +
                pool.timing.host_step,
            pool.hosts[pool.coordinator].name +
                " (coordinator) must be emptied over its link and upgraded first"};
}

Bound makespan_bound(const Pool& pool, const PoolState& state, const Grounds& grounds,
                     const Bound& rest) {
    const bool with_coordinator = !state.hosts[pool.coordinator].upgraded;
    if (grounds.members.empty() && !with_coordinator) {
        return {Duration{}, "nothing is to be upgraded"};
    }
    const Duration step = pool.timing.host_step;
    const Bound first = coordinator_first(pool, state);
    Bound bound = first;
    for (const Id<Host> host : grounds.members) {
        const Duration path = least_drain(pool, state, host) + pool.hosts[host].upgrade_time + step;
        if (path <= bound.makespan) continue;
        bound = {path, pool.hosts[host].name + " must be emptied over its link and upgraded"};
    }
    if (grounds.members.empty()) return bound;
    const Duration whole = first.makespan + rest.makespan;
    if (whole > bound.makespan) bound = {whole, first.reason + ", " + rest.reason};
    return bound;
}

// Versions differ from the moment the coordinator is upgraded to that when the last member is.
Bound window_bound(const Pool& pool, const PoolState& state, const Grounds& grounds,
                   const Bound& rest) {
    if (grounds.members.empty()) return {Duration{}, "one host is upgraded at most"};
    const Host& coordinator = pool.hosts[pool.coordinator];
    for (const Id<Host> host : pool.hosts.ids()) {
        const Host& one = pool.hosts[host];
        const bool same_target = same_version(one.target, coordinator.target);
        const bool waits = !state.hosts[host].upgraded;
        const bool differs = makes_mixed(pool.version_rule, one.version, coordinator.target) &&
                             makes_mixed(pool.version_rule, coordinator.target, one.version);
        if (!same_target || (waits && !differs)) {
            return {Duration{}, "hosts have different targets, or none that makes the pool mixed"};
        }
    }
    const bool done = state.hosts[pool.coordinator].upgraded;
    // The last enable is not in it, the coordinator's is.
    return {rest.makespan - (done ? pool.timing.host_step : Duration{}),
            (done ? std::string("the coordinator is done")
                  : "from the upgrade of " + coordinator.name + " (coordinator) on") +
                ", " + rest.reason};
}

MoveBound move_bound(const Pool& pool, const PoolState& state) {
    const bool first = !state.hosts[pool.coordinator].upgraded && state.hosts_upgraded == 0 &&
                       pool.hosts.size() > 1;
    std::int64_t once = 0, twice = 0;
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = state.vms[vm].host;
        if (host.is_none() || state.hosts[host].upgraded || !must_move(pool.vms[vm])) continue;
        ++once;
        if (first && host == pool.coordinator) ++twice;
    }
    MoveBound bound{once + twice,
                    std::to_string(once) + (once == 1 ? " VM must leave its host once"
                                                      : " VMs must leave their hosts once")};
    if (twice > 0) {
        bound.reason += "; the " + std::to_string(twice) + " of " +
                        pool.hosts[pool.coordinator].name +
                        " (coordinator) find no upgraded host yet and move twice";
    }
    return bound;
}

Bound pause_bound(const Pool& pool, const PoolState& state, std::int64_t moves) {
    const std::vector<Id<Host>> ways = ways_to_copy(pool);
    Duration least = Duration::max();
    for (const Id<Vm> vm : pool.vms.ids()) {
        const bool moves_once = !state.vms[vm].host.is_none() && must_move(pool.vms[vm]);
        if (moves_once) least = std::min(least, least_pause(pool, ways, pool.vms[vm]));
    }
    if (moves == 0 || least == Duration::max()) least = Duration{};
    return {least * moves, "each of " + std::to_string(moves) +
                               " moves pauses its guest for at least " + display(least)};
}

MoveBound spread_bound(const Pool& pool, const PoolState& state) {
    std::int64_t away = 0;
    for (const Id<Host> host : pool.hosts.ids()) {
        std::vector<Bytes> sizes;
        for (const Id<Vm> vm : pool.vms.ids()) {
            if (state.vms[vm].host == host) sizes.push_back(pool.vms[vm].memory);
        }
        std::sort(sizes.begin(), sizes.end());
        Bytes room = largest_memory(pool.hosts[host]);
        if (!state.hosts[host].upgraded) room = pool.hosts[host].memory_after;
        for (const Bytes size : sizes) {
            room -= size;
            if (room.count < 0) ++away;
        }
    }
    if (away == 0) return {0, "every VM fits on its own host at the end"};
    return {away,
            std::to_string(away) + (away == 1 ? " VM does not fit on its own host at the end"
                                              : " VMs do not fit on their own hosts at the end")};
}

}  // namespace

Bound lower_bound(const Pool& pool, const PoolState& state) {
    return lower_bounds(pool, state).makespan;
}

LowerBounds lower_bounds(const Pool& pool, const PoolState& state, Effort effort) {
    Grounds grounds = grounds_of(pool, state);
    grounds.effort = effort;
    Bound rest;
    if (!grounds.members.empty()) rest = after_coordinator(pool, state, grounds);
    LowerBounds bounds;
    bounds.makespan = makespan_bound(pool, state, grounds, rest);
    bounds.window = window_bound(pool, state, grounds, rest);
    bounds.moves = move_bound(pool, state);
    bounds.pause = pause_bound(pool, state, bounds.moves.moves);
    bounds.spread = spread_bound(pool, state);
    return bounds;
}

}  // namespace vacate
