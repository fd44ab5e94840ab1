// A populated pool has whole records, memory to the byte, and gives its scenario back.
#include "tools/poolserver/population.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "model/codec/xapi_dump.hpp"
#include "tests/unit/poolserver/client.hpp"
#include "tools/poolserver/dump.hpp"
#include "tools/poolserver/reads.hpp"

namespace vacate::poolserver {
namespace {

/// True when every reference in `value` is null or of an object of its class; of classes that
/// are not held, any reference.
bool resolves(const Database& database, const Type& type, const Value& value) {
    if (type.kind == Type::Kind::reference) {
        const auto& ref = std::get<std::string>(value.of);
        return ref == null_ref || !database.schema().find(type.name) ||
               database.find(type.name, ref) != nullptr;
    }
    if (type.kind == Type::Kind::set) {
        for (const Value& each : std::get<Array>(value.of)) {
            if (!resolves(database, type.parts[0], each)) return false;
        }
    }
    return true;
}

void check_records(const std::string& file) {
    PoolService service(scenario_of(file), {});
    Client client(service);
    client.log_in();
    const Schema& schema = service.database().schema();
    for (const Class& of : schema.classes()) {
        if (of.name == "event" || of.name == "session") continue;
        const Value all = client.value(of.name + ".get_all_records");
        for (const Member& each : std::get<Struct>(all.of)) {
            const auto& record = std::get<Struct>(each.value.of);
            REQUIRE(record.size() == of.fields.size());
            for (std::size_t i = 0; i < record.size(); ++i) {
                INFO(of.name << "." << record[i].name << " of " << each.name);
                REQUIRE(record[i].name == of.fields[i].name);
                const auto converted = schema.convert(of.fields[i].type, record[i].value);
                REQUIRE(converted);
                REQUIRE(*converted == record[i].value);
                REQUIRE(resolves(service.database(), of.fields[i].type, record[i].value));
            }
        }
    }
}

Scenario captured(const Scenario& scenario) {
    Database database(release_of(scenario), {});
    populate(database, scenario, DateTime{1'767'225'600});
    const Result<std::string> text = scenario_from_xapi_dump(dump(database), "dump");
    if (!text) {
        for (const auto& item : text.error().items) UNSCOPED_INFO(item.place << item.sentence);
    }
    REQUIRE(text);
    const Result<Scenario> again = read_scenario(*text, "captured");
    if (!again) {
        for (const auto& item : again.error().items) UNSCOPED_INFO(item.place << item.sentence);
    }
    REQUIRE(again);
    return *again;
}

/// Guests and hosts with something to be said about each of them.
Scenario odd_scenario() {
    const Result<Scenario> scenario = read_scenario(R"json({
        "about": "odd",
        "pool": {"name": "odd", "coordinator": "b", "auto_power_on": true, "wlb_enabled": true,
                 "target": {"platform": "3.4.0", "xapi": "25.33", "xapi_build": "25.33.1",
                            "xen": "4.17.5"},
                 "notes": [{"code": "VSWITCH_CONTROLLER", "detail": "10.1.1.1"},
                           {"code": "HEALTH_CHECK"}]},
        "networks": [{"name": "lan"}, {"name": "store"}],
        "storages": [{"name": "san", "type": "lvmoiscsi", "free": "3 TiB"},
                     {"name": "disk-a", "type": "ext", "shared": false, "free": "17 B"},
                     {"name": "iso", "type": "iso"}],
        "hosts": [
          {"name": "a", "memory": "34359738367 B", "link": "25 Gbps", "cpus": 12,
           "version": {"label": "8.2.1", "platform": "3.2.1", "xapi": "1.20",
                       "xapi_build": "1.249.36-1.xcpng8.2", "xen": "(unknown)"},
           "cpu": {"vendor": "GenuineIntel", "hvm": "17cbfbff-f7fa3223", "pv": "17c9cbf5"},
           "networks": ["lan", "store"], "storages": ["san", "disk-a", "iso"],
           "notes": [{"code": "POWER_ON_ILO"}]},
          {"name": "b", "memory": "16 GiB", "version": {"platform": "3.2.1", "xapi": "1.20"},
           "networks": ["lan"], "storages": ["san", "iso"], "enabled": false}
        ],
        "vms": [
          {"name": "blocked", "host": "a", "memory": "4000000000 B", "storages": ["san"],
           "notes": [{"code": "OPERATION_BLOCKED", "detail": "by hand (really)"}]},
          {"name": "local", "host": "a", "memory": "3 GiB", "dynamic_min": "2 GiB", "vcpus": 6,
           "storages": ["disk-a", "san"], "disk": "123456789 B", "when_pinned": "storage"},
          {"name": "old", "host": "a", "memory": "1 GiB", "domain_type": "pv_in_pvh",
           "cpu": {"vendor": "GenuineIntel", "features": "17c9cbf5"}, "networks": ["store"],
           "notes": [{"code": "VM_NON_SUSPENDABLE", "detail": "a 'license' 100%"},
                     {"code": "AUTO_POWERON"}]},
          {"name": "para", "host": "b", "memory": "1 GiB", "domain_type": "pv",
           "notes": [{"code": "PV_GUEST"}]},
          {"name": "silent", "host": "b", "memory": "1 GiB", "cd": "iso", "storages": ["san"],
           "notes": [{"code": "VM_LACKS_FEATURE"}, {"code": "VM_IS_IMMOBILE",
                      "detail": "nested virtualisation"}, {"code": "CD_INSERTED",
                      "detail": "iso"}]},
          {"name": "sleeping", "power": "suspended", "memory": "1 GiB", "storages": ["san"],
           "notes": [{"code": "VM_SUSPENDED", "detail": "san"}]},
          {"name": "wide", "host": "a", "memory": "2 GiB", "vcpus": 16, "protect": true,
           "vcpu_unrestricted": true, "shadow_multiplier": "4.0",
           "notes": [{"code": "VCPU_TOPOLOGY", "detail": "16 vCPUs, 3 cores per socket"}]}
        ]})json",
                                                    "odd");
    if (!scenario) {
        for (const auto& item : scenario.error().items) UNSCOPED_INFO(item.place << item.sentence);
    }
    REQUIRE(scenario);
    return *scenario;
}

/// What a pool knows of itself must come back; policies, timings and targets are the planner's.
void check_round_trip(const Scenario& scenario) {
    const Scenario again = captured(scenario);
    CHECK(again.pool.name == scenario.pool.name);
    CHECK(again.pool.coordinator == scenario.pool.coordinator);
    CHECK(again.pool.networks == scenario.pool.networks);
    CHECK(again.pool.storages == scenario.pool.storages);
    REQUIRE(again.pool.hosts.size() == scenario.pool.hosts.size());
    for (const Id<Host> id : scenario.pool.hosts.ids()) {
        const Host& a = scenario.pool.hosts[id];
        const Host& b = again.pool.hosts[id];
        INFO(a.name);
        CHECK(a.name == b.name);
        CHECK(a.memory == b.memory);
        CHECK(a.link == b.link);
        CHECK(a.version == b.version);
        CHECK(a.hvm_features == b.hvm_features);
        CHECK(a.pv_features == b.pv_features);
        CHECK(a.networks == b.networks);
        CHECK(a.storages == b.storages);
        CHECK(a.cpus == b.cpus);
        CHECK(a.notes == b.notes);
    }
    REQUIRE(again.pool.vms.size() == scenario.pool.vms.size());
    for (const Id<Vm> id : scenario.pool.vms.ids()) {
        const Vm& a = scenario.pool.vms[id];
        const Vm& b = again.pool.vms[id];
        INFO(a.name);
        CHECK(a.name == b.name);
        CHECK(a.memory == b.memory);
        CHECK(a.admission == b.admission);
        CHECK(a.ram == b.ram);
        CHECK(a.domain == b.domain);
        CHECK(a.vcpus == b.vcpus);
        CHECK(a.vcpu_unrestricted == b.vcpu_unrestricted);
        CHECK(a.features == b.features);
        CHECK(a.networks == b.networks);
        CHECK(a.storages == b.storages);
        CHECK(a.cd == b.cd);
        CHECK(a.local_disk == b.local_disk);
        CHECK(a.protect == b.protect);
        for (const Note& note : a.notes) {
            INFO(note.code);
            CHECK(std::ranges::find(b.notes, note) != b.notes.end());
        }
        CHECK(again.state.vms[id].power == scenario.state.vms[id].power);
        CHECK(again.state.vms[id].host == scenario.state.vms[id].host);
    }
    CHECK(again.state.hosts == scenario.state.hosts);
    CHECK(again.state.ha == scenario.state.ha);
    CHECK(again.state.wlb == scenario.state.wlb);
    CHECK(again.state.auto_power_on == scenario.state.auto_power_on);
}

}  // namespace

TEST_CASE("every record has exactly the fields of its class, with values of their types",
          "[poolserver][population]") {
    check_records("scenarios/typical/4-hosts.json");
    check_records("scenarios/typical/16-hosts.json");
}

TEST_CASE("capturing a populated pool gives its scenario back", "[poolserver][population]") {
    for (const char* file : {"scenarios/typical/4-hosts.json", "scenarios/typical/8-hosts.json",
                             "scenarios/typical/16-hosts.json", "scenarios/large/64-hosts.json"}) {
        INFO(file);
        check_round_trip(scenario_of(file));
    }
    check_round_trip(small_scenario());
    check_round_trip(odd_scenario());
}

TEST_CASE("a host without networks still has an interface for migrations",
          "[poolserver][population]") {
    const Scenario scenario = scenario_of("scenarios/tiny/storage-motion.json");
    const Scenario again = captured(scenario);
    for (const Id<Host> id : scenario.pool.hosts.ids()) {
        CHECK(again.pool.hosts[id].link == scenario.pool.hosts[id].link);
    }
}

TEST_CASE("VMs that stay apart are a VM group where the release has them",
          "[poolserver][population]") {
    const std::string text = R"({
        "about": "apart",
        "pool": {"coordinator": "a", "target": {"platform": "3.4.0", "xapi": "25.33"}},
        "hosts": [{"name": "a", "memory": "8 GiB", "version": {"xapi": "XAPI"}},
                  {"name": "b", "memory": "8 GiB", "version": {"xapi": "XAPI"}}],
        "vms": [{"name": "x", "host": "a", "memory": "1 GiB"},
                {"name": "y", "host": "b", "memory": "1 GiB"}],
        "groups": [{"name": "g", "kind": "apart", "vms": ["x", "y"]}]})";
    for (const auto& [xapi, groups] : {std::pair{"24.18", false}, std::pair{"24.19", true}}) {
        std::string with = text;
        for (std::size_t at = with.find("XAPI"); at != std::string::npos; at = with.find("XAPI")) {
            with.replace(at, 4, xapi);
        }
        const Result<Scenario> scenario = read_scenario(with, "apart");
        REQUIRE(scenario);
        PoolService service(*scenario, {});
        INFO(xapi);
        REQUIRE(service.database().schema().find("VM_group").has_value() == groups);
        if (!groups) continue;
        const auto group = service.database().find_by_name("VM_group", "g");
        REQUIRE(group.size() == 1);
        CHECK(service.database().set_of(group[0], "VMs").size() == 2);
        CHECK(captured(*scenario).pool.groups == scenario->pool.groups);
    }
}

TEST_CASE("memory is the scenario's to the byte", "[poolserver][population][memory]") {
    const Scenario scenario = scenario_of("scenarios/typical/16-hosts.json");
    PoolService service(scenario, {});
    Client client(service);
    client.log_in();
    const Database& database = service.database();
    for (const Id<Host> id : scenario.pool.hosts.ids()) {
        const std::string& ref = service.hosts()[id.index];
        INFO(scenario.pool.hosts[id].name);
        // The model's own arithmetic: capacity less what is committed.
        const Bytes free = free_in(scenario.pool, scenario.state, id);
        CHECK(client.value("host.compute_free_memory", {text(ref)}) == Value{free.count});
        const std::string dom0 = database.text_of(ref, "control_domain");
        const Bytes total{database.number_of(database.text_of(ref, "metrics"), "memory_total")};
        CHECK(host_memory_for_vms(total, Bytes{database.number_of(ref, "memory_overhead")},
                                  Bytes{database.number_of(dom0, "memory_dynamic_min")},
                                  Bytes{database.number_of(dom0, "memory_overhead")}) ==
              scenario.pool.hosts[id].memory);
        CHECK(total.count % gibibytes(1).count == 0);
    }
    for (const Id<Vm> id : scenario.pool.vms.ids()) {
        const Vm& vm = scenario.pool.vms[id];
        const auto found = database.find_by_name("VM", vm.name);
        REQUIRE(found.size() == 1);
        const GuestMemory guest = guest_memory_of(database, found[0]);
        const Bytes overhead{database.number_of(found[0], "memory_overhead")};
        INFO(vm.name);
        CHECK(memory_charged(guest, overhead) == vm.memory);
        CHECK(memory_for_admission(guest, overhead) == vm.admission);
        // The formula agrees with what is recorded, so nobody sees two overheads.
        CHECK(client.value("VM.compute_memory_overhead", {text(found[0])}) ==
              Value{overhead.count});
    }
}

TEST_CASE("figures of a guest give its overhead in either era", "[poolserver][population]") {
    for (const OverheadEra era : {OverheadEra::before_26_3, OverheadEra::since_26_3}) {
        for (const DomainType domain :
             {DomainType::hvm, DomainType::pv, DomainType::pvh, DomainType::pv_in_pvh}) {
            const GuestMemory original{domain, mebibytes(6000), mebibytes(4000), 4, 1000};
            Vm vm;
            vm.domain = domain;
            vm.vcpus = original.vcpus;
            vm.ram = original.dynamic_min;
            const Bytes overhead = memory_overhead(original, era);
            vm.memory = memory_charged(original, overhead);
            vm.admission = memory_for_admission(original, overhead);
            const GuestFigures figures = guest_figures(vm, era);
            CHECK(figures.overhead == overhead);
            CHECK(memory_overhead(figures.guest, era) == overhead);
            CHECK(memory_for_admission(figures.guest, overhead) == vm.admission);
        }
    }
}

TEST_CASE("two pools of one scenario are alike, another seed makes other references",
          "[poolserver][population]") {
    const Scenario scenario = small_scenario();
    Database one(Release{}, {});
    Database two(Release{}, {});
    Database other(Release{}, {2, 1'000});
    populate(one, scenario, {});
    populate(two, scenario, {});
    populate(other, scenario, {});
    CHECK(dump(one) == dump(two));
    CHECK(dump(one) != dump(other));
}

TEST_CASE("what VMs refer to is there: USB devices, and HA's state file",
          "[poolserver][population]") {
    const auto scenario = read_scenario(R"({
        "about": "usb",
        "pool": {"coordinator": "a", "target": {"platform": "3.4.0", "xapi": "25.33"},
                 "ha_enabled": true},
        "storages": [{"name": "san", "type": "nfs"}],
        "hosts": [{"name": "a", "memory": "8 GiB", "storages": ["san"],
                   "version": {"xapi": "25.6"}},
                  {"name": "b", "memory": "8 GiB", "storages": ["san"],
                   "version": {"xapi": "25.6"}}],
        "vms": [{"name": "x", "host": "a", "memory": "1 GiB", "storages": ["san"],
                 "notes": [{"code": "VM_HAS_VUSBS"}], "when_pinned": "restart"},
                {"name": "y", "host": "b", "memory": "1 GiB"}],
        "groups": [{"name": "t", "kind": "together", "vms": ["x", "y"]}]})",
                                        "usb");
    REQUIRE(scenario);
    PoolService service(*scenario, {});
    const Database& database = service.database();
    const std::string vm = database.find_by_name("VM", "x").at(0);
    const auto devices = database.set_of(vm, "VUSBs");
    REQUIRE(devices.size() == 1);
    REQUIRE(database.find("VUSB", devices[0]) != nullptr);
    CHECK(database.flag_of(devices[0], "currently_attached"));
    const auto files = database.set_of(service.pool(), "ha_statefiles");
    REQUIRE(files.size() == 1);
    CHECK(database.text_of(files[0], "type") == "ha_statefile");
    const std::string group = database.find_by_name("VM_group", "t").at(0);
    CHECK(database.text_of(group, "placement") == "normal");
    const Scenario again = captured(*scenario);
    CHECK(again.pool.vms[Id<Vm>{0}].notes == scenario->pool.vms[Id<Vm>{0}].notes);
}

}  // namespace vacate::poolserver
