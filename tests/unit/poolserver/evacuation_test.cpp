// host.evacuate and the questions about it, against the greedy worked out by hand.
#include <algorithm>

#include "tests/unit/poolserver/vm_bench.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

/// Three hosts of 16 GiB; a holds five VMs. Overheads come from the formula and are some MiB.
std::string five_vms(const std::string& b_vms, const std::string& c_vms) {
    return R"json({
        "about": "five",
        "pool": {"name": "five", "coordinator": "a",
                 "target": {"platform": "3.4.0", "xapi": "25.33"}},
        "networks": [{"name": "lan"}],
        "storages": [{"name": "san", "type": "nfs"}],
        "hosts": [
          {"name": "a", "memory": "32 GiB", "version": {"platform": "3.3.0", "xapi": "25.6"},
           "networks": ["lan"], "storages": ["san"]},
          {"name": "b", "memory": "16 GiB", "version": {"platform": "3.3.0", "xapi": "25.6"},
           "networks": ["lan"], "storages": ["san"]},
          {"name": "c", "memory": "16 GiB", "version": {"platform": "3.3.0", "xapi": "25.6"},
           "networks": ["lan"], "storages": ["san"]}
        ],
        "vms": [
          {"name": "v6", "host": "a", "memory": "6 GiB", "storages": ["san"]},
          {"name": "v5", "host": "a", "memory": "5 GiB", "storages": ["san"]},
          {"name": "v4", "host": "a", "memory": "4 GiB", "storages": ["san"]},
          {"name": "v3", "host": "a", "memory": "3 GiB", "storages": ["san"]},
          {"name": "v2", "host": "a", "memory": "2 GiB", "storages": ["san"]})json" +
           (b_vms.empty() ? "" : ", " + b_vms) + (c_vms.empty() ? "" : ", " + c_vms) + "]}";
}

std::string guest(const std::string& name, const std::string& host, int size) {
    return R"({"name": ")" + name + R"(", "host": ")" + host + R"(", "memory": ")" +
           std::to_string(size) + R"( GiB", "storages": ["san"]})";
}

std::shared_ptr<Outcome> evacuate(VmBench& bench, const std::string& host, std::int64_t batch = 0) {
    return bench.client.begin_here("host.evacuate",
                                   {text(bench.host(host)), text(null_ref), {batch}});
}

Struct blockers(VmBench& bench, const std::string& host) {
    const Value found =
        bench.client.value("host.get_vms_which_prevent_evacuation", {text(bench.host(host))});
    return std::get<Struct>(found.of);
}

}  // namespace

TEST_CASE("each VM, largest first, goes to the host with most memory left",
          "[poolserver][evacuation]") {
    // 16 GiB free on b and c. v6 to b (10 left), v5 to c (11), v4 to c (7), v3 to b (7 less two
    // overheads), v2: b holds v6 and v3, c holds v5 and v4, 9 GiB each; overheads grow with
    // memory alike, so both have as much left but for rounding: see below.
    VmBench bench(scenario_in(five_vms("", "")));
    bench.succeed(evacuate(bench, "a"));
    CHECK(bench.where("v6") == "b");
    CHECK(bench.where("v5") == "c");
    CHECK(bench.where("v4") == "c");
    CHECK(bench.where("v3") == "b");
    // Overheads of 1 vCPU: 2 MiB + ceil((256 + 2 x MiB) / 256) MiB, that is 51 for v6, 43, 35
    // and 27: b has 16384 - 9216 - 78 MiB left, c the same. The tie goes to the first host.
    CHECK(bench.where("v2") == "b");
}

TEST_CASE("what does not fit where most is left is not placed elsewhere",
          "[poolserver][evacuation]") {
    // 7 and 5 GiB are left. v6 to b leaves 1 there, v5 does not fit into c's 5 with overhead,
    // v4 to c leaves 1, v3 and v2 fit nowhere.
    VmBench bench(scenario_in(five_vms(guest("w9", "b", 9), guest("w11", "c", 11))));
    std::map<std::string, Words> expected;
    for (const char* name : {"v5", "v3", "v2"}) {
        expected[bench.vm(name)] = {"HOST_NOT_ENOUGH_FREE_MEMORY", bench.vm(name)};
    }
    const Struct members = blockers(bench, "a");
    REQUIRE(members.size() == expected.size());
    std::string joined;
    for (const Member& each : members) {
        REQUIRE(expected.contains(each.name));
        CHECK(each.value == Value{classes(expected[each.name])});
        joined += (joined.empty() ? "" : "|") + expected[each.name][0] + "," + each.name;
    }
    CHECK(bench.client.error("host.assert_can_evacuate", {text(bench.host("a"))}) ==
          Words{"CANNOT_EVACUATE_HOST", joined});
    CHECK(bench.error_of(evacuate(bench, "a")) ==
          Words{"HOST_NOT_ENOUGH_FREE_MEMORY", members[0].name});
    CHECK(bench.where("v6") == "a");  // nothing moved
}

TEST_CASE("one target that cannot take a VM spoils it, and its own state comes first",
          "[poolserver][evacuation]") {
    VmBench bench(scenario_in(three_hosts()));
    const Struct found = blockers(bench, "a");
    // web and db fit; lone's disk is on a; mute has no drivers.
    Struct expected{
        {bench.vm("lone"),
         {Array{text("VM_REQUIRES_SR"), text(bench.vm("lone")), text(bench.storage("local-a"))}}},
        {bench.vm("mute"), {Array{text("VM_LACKS_FEATURE"), text(bench.vm("mute"))}}}};
    std::ranges::sort(expected, {}, &Member::name);
    CHECK(found == expected);
    // b still would take web: but c has no dmz, and one is enough.
    Database& database = bench.service.database();
    const std::string dmz = database.find_by_name("network", "dmz").at(0);
    database.set(database.set_of(bench.vm("web"), "VIFs").at(0), "network", text(dmz));
    expected.push_back(
        {bench.vm("web"), {Array{text("VM_REQUIRES_NETWORK"), text(bench.vm("web")), text(dmz)}}});
    std::ranges::sort(expected, {}, &Member::name);
    CHECK(blockers(bench, "a") == expected);
    database.set(bench.host("c"), "enabled", {false});
    database.set(bench.host("b"), "enabled", {false});
    for (const Member& each : blockers(bench, "a")) {
        CHECK(each.value == Value{Array{text("NO_HOSTS_AVAILABLE"), text(each.name)}});
    }
    CHECK(blockers(bench, "a").size() == 4);
}

TEST_CASE("older hosts are no targets, whatever the pool's mark says", "[poolserver][evacuation]") {
    VmBench bench(scenario_in(five_vms("", "")));
    Database& database = bench.service.database();
    database.put_entry(bench.host("b"), "software_version", "platform_version", text("3.2.9"));
    const EvacuationPlan plan = bench.behaviour.vms().placement.plan_evacuation(bench.host("a"));
    for (const auto& [vm, target] : plan.targets) CHECK(target == bench.host("c"));
    // v6, v5 and v4 take 15 GiB and their overheads; v3 and v2 no longer fit.
    CHECK(plan.targets.size() == 3);
    database.put_entry(bench.host("c"), "software_version", "platform_version", text("3.2.9"));
    for (const auto& [vm, error] :
         bench.behaviour.vms().placement.plan_evacuation(bench.host("a")).errors) {
        CHECK(error.description == Words{"NO_HOSTS_AVAILABLE", vm});
    }
}

TEST_CASE("to upgraded hosts only, where xapi plans so", "[poolserver][evacuation]") {
    Placement::Options options;
    options.evacuates_to_upgraded_only = true;
    VmBench bench(scenario_in(five_vms("", "")), options);
    Database& database = bench.service.database();
    database.set(bench.service.pool(), "master", text(bench.host("b")));
    const auto targets = [&] {
        std::vector<std::string> hosts;
        for (const auto& [vm, target] :
             bench.behaviour.vms().placement.plan_evacuation(bench.host("a")).targets) {
            hosts.push_back(target);
        }
        return hosts;
    };
    database.put_entry(bench.host("b"), "software_version", "platform_version", text("3.4.0"));
    CHECK(std::ranges::count(targets(), bench.host("c")) == 2);  // not marked as mixed yet
    bench.behaviour.rolling_flag().start();
    CHECK(std::ranges::count(targets(), bench.host("c")) == 0);
}

TEST_CASE("never more migrations than the window are under way", "[poolserver][evacuation]") {
    for (const std::int64_t batch : {1, 2, 0}) {
        VmBench bench(scenario_in(five_vms("", "")));
        const auto call = evacuate(bench, "a", batch);
        std::size_t most = 0;
        while (!call->replied) {
            std::size_t moving = 0;
            for (const char* name : {"v6", "v5", "v4", "v3", "v2"}) {
                moving +=
                    bench.field(bench.vm(name), "scheduled_to_be_resident_on") == null_ref ? 0 : 1;
            }
            most = std::max(most, moving);
            bench.service.advance(*bench.service.next_at());
        }
        CHECK(call->answer->has_value());
        CHECK(most == (batch == 0 ? 5 : static_cast<std::size_t>(batch)));
        CHECK(bench.client.value("task.get_all") == Value{Array{}});  // it tidied up
    }
}

TEST_CASE("an evacuation that fails midway has moved some VMs, and the others go on",
          "[poolserver][evacuation]") {
    VmBench bench(scenario_in(five_vms("", "")));
    bench.behaviour.vms().migrations.set_faults(
        [](const MigrationOrder&, std::uint64_t ordinal) -> std::optional<MigrationFault> {
            if (ordinal != 2) return std::nullopt;
            return MigrationFault{300, false, 1000};
        });
    const auto call = evacuate(bench, "a", 2);
    CHECK(bench.error_of(call)[0] == "VM_MIGRATE_FAILED");
    const auto moved = [&] {
        std::size_t count = 0;
        for (const char* name : {"v6", "v5", "v4", "v3", "v2"}) {
            count += bench.where(name) == "a" ? 0 : 1;
        }
        return count;
    };
    const std::size_t at_failure = moved();
    CHECK(at_failure >= 1);
    bench.run();
    CHECK(moved() == at_failure + 1);  // the one that was under way beside it
    CHECK(std::get<Struct>(bench.service.database().get(bench.host("a"), "current_operations").of)
              .empty());
}

TEST_CASE("hosts do not evacuate into each other", "[poolserver][evacuation]") {
    VmBench bench(scenario_in(five_vms(guest("w1", "b", 1), "")));
    const std::string task = bench.client.words(
        "Async.host.evacuate", {text(bench.host("a")), text(null_ref), {std::int64_t{1}}});
    const Words busy = bench.error_of(evacuate(bench, "a"));
    CHECK(busy == Words{"OTHER_OPERATION_IN_PROGRESS", "host", bench.host("a"), "evacuate", task});
    CHECK(bench.client.error("VM.start_on",
                             {text(bench.vm("v6")), text(bench.host("a")), {false}, {false}}) ==
          Words{"HOST_EVACUATE_IN_PROGRESS", bench.host("a")});
    const Words into = bench.error_of(bench.migrate("w1", "a"));
    CHECK(into == Words{"OTHER_OPERATION_IN_PROGRESS", "host", bench.host("a"), "evacuate", task});
    bench.client.value("task.cancel", {text(task)});
    CHECK(bench.client.words("task.get_status", {text(task)}) == "cancelled");
    bench.run();
    bench.succeed(bench.migrate("w1", "a"));
    CHECK(bench.where("w1") == "a");
}

TEST_CASE("with HA on, unprotected VMs stand in the way, under one name or the other",
          "[poolserver][evacuation]") {
    VmBench bench(scenario_in(five_vms("", "")));
    Database& database = bench.service.database();
    database.set(bench.service.pool(), "ha_enabled", {true});
    for (const char* name : {"v6", "v5", "v4", "v3"}) {
        database.set(bench.vm(name), "ha_restart_priority", text("restart"));
    }
    const auto error = [&] {
        const Struct found = blockers(bench, "a");
        REQUIRE(found.size() == 1);
        return found[0].value;
    };
    CHECK(error() == Value{Array{text("HOST_NOT_ENOUGH_FREE_MEMORY"), text(bench.vm("v2"))}});
    database.put_entry(bench.host("a"), "software_version", "xapi", text("26.17"));
    CHECK(error() == Value{Array{text("HOST_EVACUATE_VM_NOT_HA_PROTECTED"), text(bench.vm("v2"))}});
}

TEST_CASE("what stands in the way of emptying the coordinators of the typical pools",
          "[poolserver][evacuation]") {
    SECTION("eight hosts: the VM whose disk is on the host's own storage, as its about says") {
        VmBench bench(scenario_of("scenarios/typical/8-hosts.json"));
        bench.service.database().set(bench.host("srv-01"), "enabled", {false});
        const Struct found = blockers(bench, "srv-01");
        REQUIRE(found.size() == 1);
        CHECK(found[0].name == bench.vm("app-0023"));
        const std::string storage = std::get<std::string>(std::get<Array>(found[0].value.of)[2].of);
        CHECK(found[0].value == Value{classes({"VM_REQUIRES_SR", bench.vm("app-0023"), storage})});
        CHECK_FALSE(bench.service.database().flag_of(storage, "shared"));
    }
    SECTION("sixteen hosts: HA, which protects few; without it and its CD all move") {
        VmBench bench(scenario_of("scenarios/typical/16-hosts.json"));
        Database& database = bench.service.database();
        database.set(bench.host("srv-01"), "enabled", {false});
        for (const Member& each : blockers(bench, "srv-01")) {
            CHECK(each.value == Value{classes({"HOST_NOT_ENOUGH_FREE_MEMORY", each.name})});
            CHECK(bench.field(each.name, "ha_restart_priority").empty());
        }
        database.set(bench.service.pool(), "ha_enabled", {false});
        CHECK(blockers(bench, "srv-01").empty());
        bench.succeed(evacuate(bench, "srv-01"));
    }
}

TEST_CASE("an evacuation keeps VMs of a group on different hosts where memory allows",
          "[poolserver][evacuation]") {
    // 16 GiB free on b and c. By size alone v6 goes to b, v5 to c, v4 to c, v3 to b; the group
    // of v6 and v3 goes first: v3 to b, and v6 to c.
    std::string with = five_vms("", "");
    with.insert(with.rfind('}'),
                R"(, "groups": [{"name": "g", "kind": "apart", "vms": ["v6", "v3"]}])");
    Scenario scenario = scenario_in(with);
    VmBench bench(scenario);
    bench.succeed(evacuate(bench, "a"));
    CHECK(bench.where("v3") == "b");
    CHECK(bench.where("v6") == "c");
}

}  // namespace vacate::poolserver
