// Adding to random worlds.
#include "tests/support/vary.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace vacate {
namespace {

void vary_version(Random& random, Version& version) {
    const std::int64_t other = random.between(1, 3);
    if (random.chance(1, 3)) version.platform = {other};
    if (random.chance(1, 3)) version.manager = {other};
    if (random.chance(1, 3)) version.manager_build = {other, 1};
    if (random.chance(1, 3)) version.hypervisor = {other};
}

void vary_hosts(Random& random, World& world) {
    Pool& pool = world.pool;
    const bool odd_versions = random.chance(1, 4);
    const bool domains = random.chance(1, 4);
    for (const Id<Host> id : pool.hosts.ids()) {
        Host& host = pool.hosts[id];
        HostState& now = world.state.hosts[id];
        if (odd_versions) vary_version(random, random.chance(1, 2) ? host.version : host.target);
        if (domains) host.domain = random.chance(1, 2) ? "rack1" : "rack2";
        if (random.chance(1, 6)) host.cpus = random.between(1, 4);
        if (random.chance(1, 6)) host.hvm_features = CpuFeatures{"intel", {7, 1}};
        if (random.chance(1, 6)) host.pv_features = CpuFeatures{"intel", {3}};
        if (random.chance(1, 8)) host.networks.clear();
        if (random.chance(1, 4)) host.link = megabits_per_second(random.between(500, 9000));
        if (random.chance(1, 4)) host.send_budget = megabits_per_second(random.between(500, 9000));
        if (random.chance(1, 8)) host.full_duplex = false;
        const bool fits = now.committed <= host.memory_after;
        if (fits && random.chance(1, 8)) now.upgraded = true;
        if (random.chance(1, 12)) now.phase = HostPhase::disabled;
        if (now.vms == 0 && random.chance(1, 16)) now.phase = HostPhase::lost;
        if (now.upgraded) ++world.state.hosts_upgraded;
        if (now.phase == HostPhase::disabled) ++world.state.hosts_out;
    }
}

// A storage of its own for a host, with the disks of some of its VMs.
void add_local_storage(Random& random, World& world, Id<Host> host) {
    Pool& pool = world.pool;
    const Id<Storage> local = pool.storages.push_back(
        {"local-" + pool.hosts[host].name, "lvm", false, gibibytes(random.between(0, 8))});
    pool.hosts[host].storages.push_back(local);
    for (const Id<Vm> id : pool.vms.ids()) {
        Vm& vm = pool.vms[id];
        if (world.state.vms[id].host != host || !random.chance(1, 2)) continue;
        vm.mobility = Mobility::storage;
        vm.storages = {local};
        vm.local_disk = gibibytes(random.between(1, 6));
    }
}

void vary_vms(Random& random, World& world) {
    static constexpr std::array<std::int64_t, 4> limits_us{1'000, 50'000, 300'000, 2'000'000};
    for (const Id<Vm> id : world.pool.vms.ids()) {
        Vm& vm = world.pool.vms[id];
        if (random.chance(1, 4)) vm.pause_limit = Duration{limits_us[random.below(4)]};
        if (random.chance(1, 6)) vm.admission = vm.memory + mebibytes(random.between(1, 2048));
        if (random.chance(1, 6)) vm.vcpus = random.between(1, 6);
        if (random.chance(1, 12)) vm.vcpu_unrestricted = true;
        if (random.chance(1, 8)) vm.domain = DomainType::pv;
        if (random.chance(1, 6)) vm.features = CpuFeatures{"intel", {3, 1, 0}};
        if (random.chance(1, 12)) vm.features = CpuFeatures{"amd", {1}};
    }
}

// Some VMs are suspended or stopped by us, or run nowhere at all, as when a run is resumed.
void vary_places(Random& random, World& world) {
    for (const Id<Vm> id : world.pool.vms.ids()) {
        VmState& now = world.state.vms[id];
        if (now.host.is_none() || !random.chance(1, 8)) continue;
        HostState& host = world.state.hosts[now.host];
        host.committed -= charge_in(world.pool, world.state, id);
        --host.vms;
        if (random.chance(2, 3)) now.parked = now.host;
        now.host = Id<Host>::none();
        now.power = random.chance(1, 2) ? Power::suspended : Power::halted;
    }
}

void vary_policy(Random& random, World& world) {
    Policy& policy = world.pool.policy;
    if (random.chance(1, 6)) policy.spare_hosts = random.between(1, 3);
    if (random.chance(1, 6)) policy.migrations_per_pair_max = random.between(1, 2);
    if (random.chance(1, 6)) policy.migrations_per_pool_max = random.between(1, 3);
    if (random.chance(1, 6)) policy.storage_motions_per_source_max = random.between(1, 2);
    if (random.chance(1, 5)) policy.one_way = false;
    if (random.chance(1, 3)) world.state.auto_power_on.on = true;
    if (random.chance(1, 6)) world.state.backed_up = true;
    static constexpr std::array rules{VersionRule::platform, VersionRule::three_keys,
                                      VersionRule::platform_and_xapi};
    world.pool.version_rule = rules[random.below(3)];
}

// A value that makes a difference and is no extreme.
std::int64_t drawn_value(Random& random, const CopyingParameter& parameter) {
    const auto ms = [&random](std::int64_t most) { return 1000 * random.between(0, most); };
    switch (parameter.measure) {
        case Measure::rate:
            return random.between(20'000'000, 2'000'000'000);
        case Measure::ratio:
            return random.between(300, 1000);
        case Measure::count:
            if (parameter.name == "post_copy_round") return random.chance(3, 4) ? 0 : 3;
            return random.between(1, 12);
        case Measure::flag:
            return random.between(0, 1);
        case Measure::stop_rule:
            return random.between(0, 2);
        case Measure::time:
            if (parameter.name.ends_with("_per_tebibyte")) return ms(20'000);
            if (parameter.name == "live_max") return random.chance(2, 3) ? 0 : ms(60'000);
            if (parameter.name == "post_copy_after") return random.chance(3, 4) ? 0 : ms(60'000);
            return ms(400);
        case Measure::bytes:
            break;
    }
    if (parameter.name == "queued") return random.between(0, 4'000'000);
    if (parameter.name == "dirty_log_chunk") return random.between(0, 2) * gibibytes(1).count;
    return random.between(0, 64);
}

CopyingChanges some_changes(Random& random) {
    const std::span<const CopyingParameter> all = copying_parameters();
    CopyingChanges changes;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        if (random.chance(1, 8)) changes.emplace_back(i, drawn_value(random, all[i]));
    }
    return changes;
}

void vary_writes(Random& random, Vm& vm) {
    if (random.chance(1, 4)) vm.sweeps = false;
    if (random.chance(1, 6)) vm.cold_rate = megabits_per_second(random.between(1, 100));
    if (random.chance(1, 6)) vm.zero_permille = random.between(1, 1000);
    if (random.chance(1, 6)) vm.disk_writes = megabits_per_second(random.between(1, 800));
    const std::int64_t classes = random.chance(1, 6) ? random.between(1, 3) : 0;
    for (std::int64_t i = 0; i < classes; ++i) {
        vm.dirty_classes.push_back({megabits_per_second(random.between(0, 1000)),
                                    mebibytes(random.between(0, 512)), random.chance(1, 2)});
    }
}

}  // namespace

void vary_copying(Random& random, World& world) {
    Timing& timing = world.pool.timing;
    static constexpr std::array rules{StopRule::xen, StopRule::xenserver, StopRule::qemu};
    timing.stop_rule = rules[random.below(3)];
    if (timing.stop_rule == StopRule::qemu) timing.rounds_max = random.between(5, 40);
    if (random.chance(1, 3)) timing.pause_overhead = std::chrono::milliseconds(50);
    if (random.chance(1, 3)) timing.link_efficiency_permille = 949;
    if (random.chance(1, 4)) change(timing, some_changes(random));
    if (random.chance(1, 6)) timing.reservation = std::chrono::milliseconds(300);
    if (random.chance(1, 6)) timing.opposing_permille = random.between(900, 1000);
    for (Host& host : world.pool.hosts) {
        if (random.chance(1, 8)) host.timing = some_changes(random);
        if (random.chance(1, 8)) host.streams_max = random.between(1, 2);
        if (random.chance(1, 8)) host.guest_traffic = megabits_per_second(random.between(1, 400));
    }
    for (Vm& vm : world.pool.vms) {
        vary_writes(random, vm);
        if (random.chance(1, 8)) vm.timing = some_changes(random);
    }
}

namespace {

void add_groups(Random& random, World& world) {
    for (const Group::Kind kind : {Group::Kind::apart, Group::Kind::together}) {
        if (!random.chance(1, 3)) continue;
        std::vector<std::string> members;
        for (const Vm& vm : world.pool.vms) {
            if (random.chance(1, 2)) members.push_back(vm.name);
        }
        if (members.size() >= 2) group(world, kind, members);
    }
}

}  // namespace

World varied_world(Random& random, const WorldLimits& limits) {
    World world = random_world(random, limits);
    vary_hosts(random, world);
    if (random.chance(1, 3)) add_local_storage(random, world, Id<Host>{0});
    vary_vms(random, world);
    vary_places(random, world);
    vary_policy(random, world);
    vary_copying(random, world);
    add_groups(random, world);
    return world;
}

}  // namespace vacate
