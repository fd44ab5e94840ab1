// Drawing worlds, and drawing lots for them.
#include "tests/support/world.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace vacate {
namespace {

[[noreturn]] void no_drawing(const std::string& what) {
    std::fprintf(stderr, "the test draws no world: %s\n", what.c_str());
    std::abort();
}

Version version(std::int64_t number) {
    return Version{"v" + std::to_string(number), {number}, {number}, {number}, {number}};
}

Bytes gigabytes(const std::string& text) {
    if (text.size() < 2 || text.back() != 'G') no_drawing("a size without G: " + text);
    return gibibytes(std::atoll(text.c_str()));
}

Host plain_host(const std::string& name) {
    Host host;
    host.name = name;
    host.link = 10_Gbps;
    host.send_budget = 21_Gbps;
    host.version = version(1);
    host.target = version(2);
    host.upgrade_time = std::chrono::minutes(15);
    return host;
}

Vm plain_vm(const std::string& name, Bytes size) {
    Vm vm;
    vm.name = name;
    vm.memory = vm.admission = vm.ram = size;
    return vm;
}

struct DrawnVm {
    Vm vm;
    std::string host;
    bool cd = false;
};

void read_flags(DrawnVm& drawn, std::istringstream& words) {
    for (std::string flag; words >> flag;) {
        if (flag == "pinned") {
            drawn.vm.mobility = Mobility::pinned;
        } else if (flag == "suspend") {
            drawn.vm.mobility = Mobility::suspend;
        } else if (flag == "restart") {
            drawn.vm.mobility = Mobility::restart;
        } else if (flag == "storage") {
            drawn.vm.mobility = Mobility::storage;
        } else if (flag == "protect") {
            drawn.vm.protect = true;
        } else if (flag == "cd") {
            drawn.cd = true;
        } else {
            no_drawing("unknown VM flag " + flag);
        }
    }
}

struct DrawnHost {
    Host host;
    HostPhase phase = HostPhase::enabled;
};

DrawnHost read_host(const std::string& text) {
    std::istringstream words(text);
    std::string name, version_word, memory;
    words >> name >> version_word >> memory;
    DrawnHost drawn{plain_host(name), HostPhase::enabled};
    if (version_word.size() < 2 || version_word[0] != 'v') no_drawing(text);
    drawn.host.version = version(std::atoll(version_word.c_str() + 1));
    drawn.host.memory = drawn.host.memory_after = gigabytes(memory);
    for (std::string flag; words >> flag;) {
        if (flag == "disabled") {
            drawn.phase = HostPhase::disabled;
        } else if (flag == "lost") {
            drawn.phase = HostPhase::lost;
        } else if (flag.starts_with("after=")) {
            drawn.host.memory_after = gigabytes(flag.substr(6));
        } else {
            no_drawing("unknown host flag " + flag);
        }
    }
    return drawn;
}

void read_vms(const std::string& text, const std::string& host, std::vector<DrawnVm>& vms) {
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
        std::istringstream words(part);
        std::string name, size;
        if (!(words >> name)) continue;
        words >> size;
        DrawnVm drawn{plain_vm(name, gigabytes(size)), host, false};
        read_flags(drawn, words);
        vms.push_back(std::move(drawn));
    }
}

World assemble(std::vector<DrawnHost> hosts, std::vector<DrawnVm> vms) {
    if (hosts.empty()) no_drawing("no host");
    World world;
    const std::string coordinator = hosts.front().host.name;
    std::sort(hosts.begin(), hosts.end(),
              [](const DrawnHost& a, const DrawnHost& b) { return a.host.name < b.host.name; });
    std::sort(vms.begin(), vms.end(),
              [](const DrawnVm& a, const DrawnVm& b) { return a.vm.name < b.vm.name; });
    const Id<Network> network = world.pool.networks.push_back({"net"});
    const Id<Storage> cds = world.pool.storages.push_back({"cds", "iso", true, Bytes{}});
    const Id<Storage> storage = world.pool.storages.push_back({"shared", "nfs", true, 1000_GiB});
    for (DrawnHost& drawn : hosts) {
        drawn.host.networks = {network};
        drawn.host.storages = {cds, storage};
        world.pool.hosts.push_back(drawn.host);
    }
    for (const DrawnVm& drawn : vms) {
        Vm one = drawn.vm;
        one.networks = {network};
        one.storages = {storage};
        if (drawn.cd) one.cd = cds;
        world.pool.vms.push_back(std::move(one));
    }
    world.pool.groups_of = Table<Vm, std::vector<Id<Group>>>(world.pool.vms.size());
    world.pool.coordinator = host(world, coordinator);
    world.pool.policy.hosts_down_max = static_cast<std::int64_t>(hosts.size());
    world.pool.timing = plain_timing();
    world.state = empty_state(world.pool);
    for (const DrawnHost& drawn : hosts) {
        const Id<Host> id = host(world, drawn.host.name);
        world.state.hosts[id].phase = drawn.phase;
        if (drawn.phase == HostPhase::disabled) ++world.state.hosts_out;
    }
    for (const DrawnVm& drawn : vms) {
        place(world.pool, world.state, vm(world, drawn.vm.name), host(world, drawn.host));
    }
    return world;
}

}  // namespace

World draw(std::string_view text) {
    std::vector<DrawnHost> hosts;
    std::vector<DrawnVm> vms;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) {
            if (line.find_first_not_of(" \t") != std::string::npos) no_drawing(line);
            continue;
        }
        hosts.push_back(read_host(line.substr(0, colon)));
        read_vms(line.substr(colon + 1), hosts.back().host.name, vms);
    }
    return assemble(std::move(hosts), std::move(vms));
}

Id<Host> host(const World& world, std::string_view name) {
    for (const Id<Host> id : world.pool.hosts.ids()) {
        if (world.pool.hosts[id].name == name) return id;
    }
    no_drawing("no host " + std::string(name));
}

Id<Vm> vm(const World& world, std::string_view name) {
    for (const Id<Vm> id : world.pool.vms.ids()) {
        if (world.pool.vms[id].name == name) return id;
    }
    no_drawing("no VM " + std::string(name));
}

Bytes committed(const World& world, std::string_view name) {
    return world.state.hosts[host(world, name)].committed;
}

void group(World& world, Group::Kind kind, const std::vector<std::string>& members) {
    Group one;
    one.kind = kind;
    one.name = "group-" + std::to_string(world.pool.groups.size());
    for (const std::string& member : members) one.members.push_back(vm(world, member));
    std::sort(one.members.begin(), one.members.end());
    const std::vector<Id<Vm>> ids = one.members;
    const Id<Group> id = world.pool.groups.push_back(std::move(one));
    for (const Id<Vm> member : ids) world.pool.groups_of[member].push_back(id);
}

void let_squeeze(Vm& vm, Bytes by) {
    for (Bytes* amount : {&vm.memory, &vm.admission, &vm.ram}) *amount -= by;
    vm.working_set = std::min(vm.working_set, vm.ram);
    vm.squeeze = by;
    vm.squeeze_to = vm.ram;
}

void let_squeeze(World& world, std::string_view name, Bytes by) {
    let_squeeze(world.pool.vms[vm(world, name)], by);
}

void let_some_squeeze(Random& random, World& world) {
    const std::uint64_t share = random.below(3);  // of VMs, in thirds: none to most
    for (Vm& one : world.pool.vms) {
        if (!random.chance(share, 3) || one.ram <= 1_GiB) continue;
        let_squeeze(one, gibibytes(random.between(1, (one.ram.count >> 30) - 1)));
    }
}

Timing plain_timing() {
    Timing timing;
    timing.stream_cap = 10_Gbps;
    timing.storage_stream_cap = 10_Gbps;
    timing.link_efficiency_permille = 1000;
    timing.downtime_limit = std::chrono::milliseconds(300);
    timing.suspend_rate = 1_Gbps;
    return timing;
}

namespace {

void random_features(Random& random, World& world) {
    for (const Id<Vm> id : world.pool.vms.ids()) {
        Vm& one = world.pool.vms[id];
        if (random.chance(1, 8)) one.mobility = Mobility::suspend;
        if (random.chance(1, 10)) one.mobility = Mobility::restart;
        if (random.chance(1, 30)) one.mobility = Mobility::pinned;
        if (random.chance(1, 6)) one.cd = Id<Storage>{0};
        one.protect = random.chance(1, 2);
        one.dirty_rate = megabits_per_second(random.between(0, 4000));
        one.working_set = mebibytes(random.between(0, 1024));
    }
    for (Host& one : world.pool.hosts) {
        if (random.chance(1, 6)) {
            one.memory_after = one.memory - gibibytes(random.between(0, 2));
        }
        if (random.chance(1, 8)) one.storages = {Id<Storage>{1}};
        one.upgrade_time = std::chrono::minutes(random.between(5, 20));
    }
    if (random.chance(1, 4)) world.pool.policy.hosts_down_max = random.between(1, 2);
    if (random.chance(1, 6)) world.pool.policy.spare_hosts = 1;
    if (random.chance(1, 4)) world.pool.policy.migrations_per_host_max = random.between(1, 4);
    if (random.chance(1, 3)) world.state.ha.on = true;
    if (random.chance(1, 4)) world.state.wlb.on = true;
}

void random_group(Random& random, World& world) {
    if (world.pool.vms.size() < 2) return;
    const Group::Kind kind = random.chance(1, 2) ? Group::Kind::apart : Group::Kind::together;
    std::vector<std::string> members;
    std::vector<Id<Host>> places;
    for (const Id<Vm> id : world.pool.vms.ids()) {
        const Id<Host> place = world.state.vms[id].host;
        const bool known = std::find(places.begin(), places.end(), place) != places.end();
        const bool fits = kind == Group::Kind::apart ? !known : places.empty() || known;
        if (!fits || !random.chance(1, 2)) continue;
        members.push_back(world.pool.vms[id].name);
        places.push_back(place);
    }
    if (members.size() >= 2) group(world, kind, members);
}

}  // namespace

World random_world(Random& random, const WorldLimits& limits) {
    std::vector<DrawnHost> hosts;
    const std::int64_t host_count = random.between(limits.hosts_min, limits.hosts_max);
    std::vector<std::int64_t> free;
    const std::int64_t usual = random.between(6, 16);
    for (std::int64_t i = 0; i < host_count; ++i) {
        DrawnHost drawn{plain_host("h" + std::to_string(i)), HostPhase::enabled};
        const bool unequal = limits.features && random.chance(1, 3);
        free.push_back(unequal ? random.between(4, 20) : usual);
        drawn.host.memory = drawn.host.memory_after = gibibytes(free.back());
        hosts.push_back(std::move(drawn));
    }
    std::vector<DrawnVm> vms;
    const std::int64_t vm_count = random.between(0, limits.vms_max);
    for (std::int64_t i = 0; i < vm_count; ++i) {
        const auto place = static_cast<std::size_t>(random.below(hosts.size()));
        const std::int64_t size = random.between(1, 10);
        if (size > free[place]) continue;
        free[place] -= size;
        vms.push_back(
            {plain_vm("vm" + std::to_string(i), gibibytes(size)), hosts[place].host.name, false});
    }
    World world = assemble(std::move(hosts), std::move(vms));
    if (!limits.features) return world;
    random_features(random, world);
    if (random.chance(1, 3)) random_group(random, world);
    if (limits.squeezes) let_some_squeeze(random, world);
    return world;
}

}  // namespace vacate
