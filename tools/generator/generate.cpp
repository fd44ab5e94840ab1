// The pool around its VMs: hosts, networks, storage, versions, policy.
#include "tools/generator/generate.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "model/check.hpp"
#include "tools/generator/filling.hpp"
#include "tools/generator/specials.hpp"

namespace vacate {
namespace generator {
namespace {

// Read rather than built, so that whatever a scenario leaves out is here what it is there.
constexpr std::string_view pattern = R"({
  "about": "the pattern of generated pools",
  "pool": {
    "coordinator": "host",
    "target": {"label": "8.3.0", "platform": "3.4.0", "xapi": "25.33",
               "xapi_build": "25.33.1-2.1", "xen": "4.17.5-13"}
  },
  "networks": [{"name": "dmz"}, {"name": "lan"}],
  "hosts": [{
    "name": "host", "memory": "1 GiB", "link": "10 Gbps", "upgrade_time": "15 min", "cpus": 64,
    "version": {"label": "8.2.1", "platform": "3.2.1", "xapi": "1.20",
                "xapi_build": "1.249.36-1.xcpng8.2", "xen": "4.13.4-9.28.1"}
  }]
})";

// What two generations of CPUs offer; the pool's level is that of the older one.
constexpr std::uint32_t older_words[] = {0x17cbfbffu, 0xf7fa3223u, 0x2d93fbffu, 0x00000023u};
constexpr std::uint32_t newer_words[] = {0x17cbfbffu, 0xfffa3223u, 0x2d93fbffu, 0x000001a3u};

CpuFeatures cpu_of(bool newer) {
    CpuFeatures features{"GenuineIntel", {}};
    for (const std::uint32_t word : newer ? newer_words : older_words) {
        features.words.push_back(word);
    }
    return features;
}

// dom0 by XenServer's formula, Xen's table of 32 bytes for each page of 4 KiB.
Bytes memory_for_vms(Bytes machine) {
    const Bytes dom0 = std::min(gibibytes(8), gibibytes(1) + Bytes{machine.count / 20});
    const Bytes page_table{machine.count / 128};
    return host_memory_for_vms(machine, round_up_to_mebibyte(page_table),
                               round_up_to_mebibyte(dom0), mebibytes(1));
}

class Generation {
  public:
    explicit Generation(const GeneratorOptions& options) : options_(options) {
        Result<Scenario> read = read_scenario(pattern, "pattern");
        VACATE_CHECK(read.has_value(), "the pattern of generated pools is a scenario");
        scenario_ = std::move(*read);
        // One draw each: what is drawn for one part does not depend on another.
        Random root(options.seed);
        host_random_ = root.split();
        vm_random_ = root.split();
        special_random_ = root.split();
    }

    Scenario run() {
        scenario_.about = options_.about;
        pool().name = options_.name;
        make_policy();
        make_storages();
        make_hosts();
        make_vms();
        generator::add_specials(options_, special_random_, scenario_.state, pool());
        return std::move(scenario_);
    }

  private:
    Pool& pool() { return scenario_.pool; }

    void make_policy() {
        Policy& policy = pool().policy;
        policy.hosts_down_max =
            options_.hosts_down_max > 0 ? options_.hosts_down_max : options_.hosts;
        policy.spare_hosts = options_.spare_hosts;
    }

    [[nodiscard]] std::string host_name(std::int64_t index) const {
        return numbered("srv-", index + 1, options_.hosts);
    }

    void make_storages() {
        std::vector<Storage> storages{{"san-1", "lvmoiscsi", true, gibibytes(4096)},
                                      {"san-2", "lvmoiscsi", true, gibibytes(4096)}};
        if (options_.cds > 0) storages.push_back({"iso-library", "iso", true, Bytes{}});
        for (std::int64_t host = 0; host < options_.hosts; ++host) {
            if (options_.local_disks > 0) {
                storages.push_back({"local-" + host_name(host), "lvm", false, gibibytes(2048)});
            }
            if (options_.cds > 1) {
                storages.push_back({"dvd-" + host_name(host), "udev", false, Bytes{}});
            }
        }
        std::sort(storages.begin(), storages.end(),
                  [](const Storage& a, const Storage& b) { return a.name < b.name; });
        pool().storages = Table<Storage>(std::move(storages));
    }

    [[nodiscard]] std::vector<Id<Storage>> storages_of(const std::string& host) {
        std::vector<Id<Storage>> attached;
        for (const char* shared : {"san-1", "san-2"}) {
            attached.push_back(storage_named(pool(), shared));
        }
        if (options_.cds > 0) attached.push_back(storage_named(pool(), "iso-library"));
        if (options_.cds > 1) attached.push_back(storage_named(pool(), "dvd-" + host));
        if (options_.local_disks > 0) attached.push_back(storage_named(pool(), "local-" + host));
        std::sort(attached.begin(), attached.end());
        return attached;
    }

    // As many hosts as asked for are not like the others, by turns smaller and larger.
    std::vector<Bytes> draw_machines() {
        std::vector<Bytes> machines(static_cast<std::size_t>(options_.hosts), options_.host_memory);
        const std::int64_t unequal = (options_.hosts * options_.unequal_percent + 50) / 100;
        std::vector<std::size_t> order(machines.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        for (std::size_t i = order.size(); i > 1; --i) {
            std::swap(order[i - 1], order[host_random_.below(i)]);
        }
        for (std::int64_t i = 0; i < unequal; ++i) {
            Bytes& machine = machines[order[static_cast<std::size_t>(i)]];
            machine = Bytes{machine.count / 2 * (i % 2 == 0 ? 1 : 3)};
        }
        return machines;
    }

    Duration draw_upgrade_time() {
        const std::int64_t spread = options_.upgrade_spread_percent;
        const std::int64_t percent = 100 + host_random_.between(-spread, spread);
        const Duration time{options_.upgrade_time.count() / 100 * percent};
        return std::max<Duration>(std::chrono::seconds(1),
                                  std::chrono::duration_cast<std::chrono::seconds>(time));
    }

    void make_hosts() {
        const std::vector<Bytes> machines = draw_machines();
        const Host like = pool().hosts[Id<Host>{0}];
        pool().hosts = Table<Host>();
        for (std::int64_t i = 0; i < options_.hosts; ++i) {
            Host host = like;
            host.name = host_name(i);
            host.memory = memory_for_vms(machines[static_cast<std::size_t>(i)]);
            host.memory_after = std::max(Bytes{0}, host.memory - options_.dom0_growth);
            host.link = options_.link;
            host.upgrade_time = draw_upgrade_time();
            host.storages = storages_of(host.name);
            if (options_.cpu_mix) {
                host.hvm_features = cpu_of(is_newer(i));
                host.pv_features = cpu_of(is_newer(i));
            }
            pool().hosts.push_back(std::move(host));
        }
        pool().coordinator = Id<Host>{0};
    }

    static bool is_newer(std::int64_t host) { return host % 2 == 1; }

    Vm vm_of(const Guest& guest) {
        const GuestMemory memory = memory_of(guest);
        const Bytes overhead = memory_overhead(memory, OverheadEra::since_26_3);
        Vm vm;
        vm.memory = memory_charged(memory, overhead);
        vm.admission = std::max(vm.memory, memory_for_admission(memory, overhead));
        vm.ram = memory.dynamic_min;
        vm.domain = guest.domain;
        vm.vcpus = guest.vcpus;
        vm.dirty_rate = guest.dirty_rate;
        vm.working_set = guest.working_set;
        vm.networks = {Id<Network>{guest.role == "web" || guest.role == "dns" ? 0u : 1u}};
        const bool first_san = guest.chance % 2 == 0;
        vm.storages = {storage_named(pool(), first_san ? "san-1" : "san-2")};
        vm.protect = guest.chance / 2 % 100 < static_cast<std::uint64_t>(options_.protect_percent);
        if (options_.cpu_mix) {
            // A few were last started while the pool had newer hosts only.
            vm.features = cpu_of(is_newer(guest.host) && guest.chance / 200 % 30 == 0);
        }
        return vm;
    }

    void make_vms() {
        std::vector<Bytes> memories;
        for (const Host& host : pool().hosts) memories.push_back(host.memory);
        const std::vector<Guest> guests = fill(options_, memories, vm_random_);
        std::map<std::string, std::int64_t> highest;
        std::vector<std::pair<std::string, const Guest*>> named;
        for (const Guest& guest : guests) {
            const std::int64_t number = ++highest[guest.role];
            named.emplace_back(numbered(guest.role + "-", number, 9'999), &guest);
        }
        // By name, as the tables of a pool are; that is not by number beyond 9999.
        std::sort(named.begin(), named.end());
        for (const auto& [name, guest] : named) {
            Vm vm = vm_of(*guest);
            vm.name = name;
            pool().vms.push_back(std::move(vm));
        }
        scenario_.state = empty_state(pool());
        for (std::uint32_t i = 0; i < named.size(); ++i) {
            place(pool(), scenario_.state, Id<Vm>{i}, Id<Host>{named[i].second->host});
        }
        scenario_.state.ha.on = options_.ha_enabled;
    }

    const GeneratorOptions& options_;
    Scenario scenario_;
    Random host_random_{0};
    Random vm_random_{0};
    Random special_random_{0};
};

}  // namespace
}  // namespace generator

Scenario generate(const GeneratorOptions& options) { return generator::Generation(options).run(); }

std::vector<std::string> unmet(const GeneratorOptions& options, const Scenario& scenario) {
    const Pool& pool = scenario.pool;
    const auto vms_with = [&pool](const auto& property) {
        return static_cast<std::int64_t>(std::count_if(pool.vms.begin(), pool.vms.end(), property));
    };
    const auto groups_of = [&pool](Group::Kind kind) {
        return static_cast<std::int64_t>(
            std::count_if(pool.groups.begin(), pool.groups.end(),
                          [kind](const Group& group) { return group.kind == kind; }));
    };
    std::vector<std::string> sentences;
    const auto expect = [&sentences](std::int64_t wanted, std::int64_t found, const char* what) {
        if (found >= wanted) return;
        sentences.push_back(std::string(what) + ": " + std::to_string(wanted) + " asked for, " +
                            std::to_string(found) + " fit");
    };
    expect(options.vms, static_cast<std::int64_t>(pool.vms.size()), "VMs");
    if (options.vms == 0) expect(1, static_cast<std::int64_t>(pool.vms.size()), "VMs");
    expect(options.pinned, vms_with([](const Vm& vm) { return !vm.notes.empty(); }),
           "VMs with a PCI device");
    expect(options.local_disks, vms_with([](const Vm& vm) { return vm.local_disk.count > 0; }),
           "VMs on local disks");
    expect(options.cds, vms_with([](const Vm& vm) { return vm.cd.has_value(); }), "VMs with a CD");
    expect(options.apart, groups_of(Group::Kind::apart), "groups of VMs that stay apart");
    expect(options.together, groups_of(Group::Kind::together), "groups of VMs that stay together");
    return sentences;
}

}  // namespace vacate
