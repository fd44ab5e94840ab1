// Generated pools are legal, as full as asked for, and the same for the same seed.
#include "tools/generator/generate.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "model/audit.hpp"
#include "model/random.hpp"

namespace vacate {
namespace {

std::int64_t vms_with(const Scenario& scenario, const auto& property) {
    const Table<Vm>& vms = scenario.pool.vms;
    return std::count_if(vms.begin(), vms.end(), property);
}

std::int64_t fill_percent(const Scenario& scenario) {
    Bytes used;
    Bytes memory;
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        used += scenario.state.hosts[host].committed;
        memory += scenario.pool.hosts[host].memory;
    }
    return used.count / (memory.count / 100);
}

// What every generated pool must be.
void check_sound(const Scenario& scenario) {
    CHECK(audit(scenario.pool, scenario.state).empty());
    const std::string text = print_scenario(scenario);
    const Result<Scenario> again = read_scenario(text, "generated.json");
    if (!again) {
        for (const Error::Item& item : again.error().items) {
            UNSCOPED_INFO(item.place << "   " << item.sentence);
        }
    }
    REQUIRE(again);
    CHECK(*again == scenario);
    CHECK(print_scenario(*again) == text);
}

GeneratorOptions random_options(Random& random) {
    GeneratorOptions options;
    options.seed = random.next();
    options.hosts = random.between(1, 24);
    options.host_memory = gibibytes(random.between(16, 512));
    options.unequal_percent = random.between(0, 100);
    options.upgrade_spread_percent = random.between(0, 99);
    options.dom0_growth = mebibytes(random.between(0, 4096));
    options.cpu_mix = random.chance(1, 2);
    options.vms = random.chance(1, 3) ? random.between(1, 300) : 0;
    options.fill_percent = random.between(10, 98);
    options.sizes = static_cast<SizeMix>(random.between(0, 3));
    options.protect_percent = random.between(0, 100);
    options.apart = random.between(0, 6);
    options.together = random.between(0, 6);
    options.pinned = random.between(0, 4);
    options.local_disks = random.between(0, 4);
    options.cds = random.between(0, 4);
    options.hosts_down_max = random.between(0, 4);
    options.spare_hosts = random.between(0, 2);
    options.ha_enabled = random.chance(1, 2);
    return options;
}

TEST_CASE("generated pools are legal and survive being printed", "[generator]") {
    Random random(20260101);
    for (int i = 0; i < 120; ++i) {
        const GeneratorOptions options = random_options(random);
        INFO("number " << i << ": " << options.hosts << " hosts, seed " << options.seed);
        Scenario scenario = generate(options);
        // R9 is a promise for the plan; a full pool breaks it from the start.
        scenario.pool.policy.spare_hosts = 0;
        check_sound(scenario);
        CHECK(static_cast<std::int64_t>(scenario.pool.hosts.size()) == options.hosts);
        CHECK(scenario.pool.coordinator == Id<Host>{0});
    }
}

TEST_CASE("a seed gives one pool, another seed another", "[generator]") {
    GeneratorOptions options;
    options.hosts = 6;
    options.apart = 3;
    options.pinned = 2;
    const Scenario first = generate(options);
    CHECK(generate(options) == first);
    options.seed = 2;
    CHECK_FALSE(generate(options).pool.vms == first.pool.vms);
}

TEST_CASE("groups and devices change no VM's size or place", "[generator]") {
    GeneratorOptions options;
    const Scenario plain = generate(options);
    options.apart = 2;
    options.together = 2;
    options.pinned = 1;
    const Scenario special = generate(options);
    CHECK(special.state == plain.state);
    REQUIRE(special.pool.vms.size() == plain.pool.vms.size());
    for (const Id<Vm> vm : plain.pool.vms.ids()) {
        CHECK(special.pool.vms[vm].memory == plain.pool.vms[vm].memory);
        CHECK(special.pool.vms[vm].name == plain.pool.vms[vm].name);
    }
}

TEST_CASE("the fill level is met within three percent", "[generator]") {
    for (const SizeMix sizes : {SizeMix::mixed, SizeMix::uniform, SizeMix::heavy, SizeMix::big}) {
        for (const std::int64_t fill : {10, 40, 70, 85, 98}) {
            GeneratorOptions options;
            options.hosts = 8;
            options.sizes = sizes;
            options.fill_percent = fill;
            INFO("mix " << static_cast<int>(sizes) << ", fill " << fill);
            const Scenario scenario = generate(options);
            CHECK(std::abs(fill_percent(scenario) - fill) <= 3);
            for (const Id<Host> host : scenario.pool.hosts.ids()) {
                const Bytes memory = scenario.pool.hosts[host].memory;
                const Bytes used = scenario.state.hosts[host].committed;
                CHECK(std::abs(used.count / (memory.count / 100) - fill) <= 6);
            }
        }
    }
}

TEST_CASE("a number of VMs is met together with the fill level", "[generator]") {
    for (const std::int64_t vms : {40, 120, 400}) {
        for (const std::int64_t fill : {30, 80}) {
            GeneratorOptions options;
            options.hosts = 10;
            options.vms = vms;
            options.fill_percent = fill;
            INFO(vms << " VMs, fill " << fill);
            const Scenario scenario = generate(options);
            CHECK(static_cast<std::int64_t>(scenario.pool.vms.size()) == vms);
            CHECK(std::abs(fill_percent(scenario) - fill) <= 3);
            CHECK(unmet(options, scenario).empty());
            check_sound(scenario);
        }
    }
}

TEST_CASE("what does not fit is said", "[generator]") {
    GeneratorOptions options;
    options.hosts = 2;
    options.vms = 2000;
    options.apart = 1;  // with one of two hosts empty, its members must share the other
    const std::vector<std::string> sentences = unmet(options, generate(options));
    REQUIRE(sentences.size() == 2);
    CHECK(sentences[0].starts_with("VMs: 2000 asked for, "));
    CHECK(sentences[1] == "groups of VMs that stay apart: 1 asked for, 0 fit");
}

TEST_CASE("memory is that of XCP-ng 8.2.1 machines", "[generator]") {
    GeneratorOptions options;
    options.dom0_growth = gibibytes(1);
    const Scenario scenario = generate(options);
    for (const Host& host : scenario.pool.hosts) {
        // 256 GiB - 2 GiB of page table - 8 GiB of dom0 with 1 MiB overhead
        CHECK(host.memory == gibibytes(246) - mebibytes(1));
        CHECK(host.memory_after == host.memory - gibibytes(1));
        CHECK(needs_upgrade(host));
        CHECK(display(host.version) == "8.2.1");
        CHECK(display(host.target) == "8.3.0");
    }
}

TEST_CASE("unequal hosts, CPUs and upgrade times are as asked for", "[generator]") {
    GeneratorOptions options;
    options.hosts = 20;
    options.unequal_percent = 30;
    options.cpu_mix = true;
    options.upgrade_spread_percent = 20;
    const Scenario scenario = generate(options);
    const Table<Host>& hosts = scenario.pool.hosts;
    std::map<std::int64_t, int> sizes;
    for (const Host& host : hosts) {
        ++sizes[host.memory.count];
        CHECK(host.upgrade_time >= std::chrono::minutes(12));
        CHECK(host.upgrade_time <= std::chrono::minutes(18));
    }
    REQUIRE(sizes.size() == 3);
    CHECK(sizes.begin()->second == 3);
    CHECK(sizes.rbegin()->second == 3);
    CHECK_FALSE(*hosts[Id<Host>{0}].hvm_features == *hosts[Id<Host>{1}].hvm_features);
    const std::int64_t tied = vms_with(scenario, [&hosts](const Vm& vm) {
        return !runs_on(*vm.features, *hosts[Id<Host>{0}].hvm_features);
    });
    CHECK(tied > 0);
    CHECK(tied < static_cast<std::int64_t>(scenario.pool.vms.size()) / 10);
    check_sound(scenario);
}

TEST_CASE("special VMs are as many as asked for", "[generator]") {
    GeneratorOptions options;
    options.hosts = 12;
    options.apart = 9;
    options.together = 5;
    options.pinned = 4;
    options.when_pinned = Mobility::restart;
    options.local_disks = 3;
    options.when_local = Mobility::suspend;
    options.cds = 6;
    options.protect_percent = 50;
    options.spare_hosts = 1;
    options.ha_enabled = true;
    const Scenario scenario = generate(options);
    const Pool& pool = scenario.pool;
    CHECK(unmet(options, scenario).empty());
    CHECK(pool.groups.size() == 14);
    CHECK(vms_with(scenario, [](const Vm& vm) { return vm.mobility == Mobility::restart; }) == 4);
    CHECK(vms_with(scenario, [](const Vm& vm) { return vm.mobility == Mobility::suspend; }) == 3);
    CHECK(vms_with(scenario, [](const Vm& vm) { return vm.cd.has_value(); }) == 6);
    const std::int64_t local_cds = vms_with(
        scenario, [&pool](const Vm& vm) { return vm.cd && !pool.storages[*vm.cd].shared; });
    CHECK(local_cds == 3);
    const std::int64_t protect = vms_with(scenario, [](const Vm& vm) { return vm.protect; });
    const auto half = static_cast<std::int64_t>(pool.vms.size()) / 2;
    CHECK(std::abs(protect - half) < half / 4);
    CHECK(pool.policy.spare_hosts == 1);
    CHECK(pool.policy.hosts_down_max == 12);
    CHECK(scenario.state.ha.on);
    check_sound(scenario);
}

TEST_CASE("the VMs are not all alike", "[generator]") {
    GeneratorOptions options;
    options.hosts = 16;
    const Scenario scenario = generate(options);
    const auto of_domain = [&scenario](DomainType domain) {
        return vms_with(scenario, [domain](const Vm& vm) { return vm.domain == domain; });
    };
    CHECK(of_domain(DomainType::hvm) > 8 * of_domain(DomainType::pvh));
    CHECK(of_domain(DomainType::pvh) > 0);
    CHECK(of_domain(DomainType::pv) > 0);
    const auto count = static_cast<std::int64_t>(scenario.pool.vms.size());
    CHECK(count >= 300);
    CHECK(count <= 450);
    const auto up_to = [&scenario](std::int64_t gib) {
        return vms_with(scenario, [gib](const Vm& vm) { return vm.ram <= gibibytes(gib); });
    };
    CHECK(up_to(8) * 10 >= count * 7);  // many small ones
    CHECK(up_to(16) < count);           // and some large
    for (const Vm& vm : scenario.pool.vms) {
        CHECK(vm.ram.count % gibibytes(1).count == 0);
        CHECK(vm.working_set <= vm.ram);
        CHECK(vm.dirty_rate.count > 0);
    }
}

TEST_CASE("a pool of 8192 hosts is generated", "[generator]") {
    GeneratorOptions options;
    options.hosts = 8192;
    options.sizes = SizeMix::big;
    const Scenario scenario = generate(options);
    CHECK(scenario.pool.hosts.size() == 8192);
    CHECK(scenario.pool.hosts[Id<Host>{8191}].name == "srv-8192");
    CHECK(std::abs(fill_percent(scenario) - 70) <= 3);
    CHECK(audit(scenario.pool, scenario.state).empty());
}

}  // namespace
}  // namespace vacate
