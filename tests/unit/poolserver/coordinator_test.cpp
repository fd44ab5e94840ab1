// The coordinator goes down, comes back, or is another; what members and clients see of it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/poolserver/pool_bench.hpp"
#include "tools/poolserver/faults_text.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using Agent = Hosts::Agent;

/// The coordinator reboots to be upgraded; its VM is on b.
struct Rebooting : PoolBench {
    Rebooting() : PoolBench(upgrade_scenario(Upgrade::ahead)) {
        empty(0, 1);
        value("host.reboot", {text(host(0))});
    }
    /// A session of a member that needs no coordinator.
    Client local(std::size_t index) {
        Client there(pool, index);
        const auto login =
            there.begin("session.slave_local_login_with_password", {text("root"), text("root")});
        REQUIRE(login->replied);
        REQUIRE(login->answer->has_value());
        there.use(std::get<std::string>((**login->answer).of));
        return there;
    }
};

/// A coordinator and five members, each with a VM whose memory takes 17 s over its link.
Scenario six_hosts() {
    std::string hosts = R"({"name": "host-0")";
    std::string vms;
    constexpr const char* of_hosts =
        R"(, "memory": "16 GiB", "link": "1 Gbps", "networks": ["lan"], "storages": ["san"],
            "version": {"platform": "3.4.1", "xapi": "25.38"}})";
    for (int i = 1; i <= 5; ++i) {
        const std::string name = "host-" + std::to_string(i);
        hosts += of_hosts + (R"(, {"name": ")" + name) + "\"";
        vms += (i > 1 ? ", " : "") + (R"({"name": "vm-)" + std::to_string(i)) + R"(", "host": ")" +
               name + R"(", "memory": "2 GiB", "storages": ["san"]})";
    }
    const Result<Scenario> scenario = read_scenario(
        R"({"about": "six", "pool": {"name": "six", "coordinator": "host-0",
            "target": {"platform": "3.4.1", "xapi": "25.38"}}, "networks": [{"name": "lan"}],
            "storages": [{"name": "san", "type": "nfs"}], "hosts": [)" +
            hosts + of_hosts + R"(], "vms": [)" + vms + "]}",
        "six");
    if (!scenario) FAIL(scenario.error().items[0].place + " " + scenario.error().items[0].sentence);
    return *scenario;
}

std::vector<Value> free_memory(PoolBench& bench) {
    std::vector<Value> free;
    for (std::size_t i = 1; i <= 5; ++i) {
        free.push_back(bench.value("host.compute_free_memory", {text(bench.host(i))}));
    }
    return free;
}

}  // namespace

TEST_CASE("a coordinator that restarts while five hosts migrate leaves each VM on one host",
          "[poolserver][coordinator]") {
    const bool dies = GENERATE(false, true);
    const Scenario scenario = six_hosts();
    SimulatedPool::Options options;
    if (dies) {
        const auto faults = read_faults(
            R"({"faults": [{"what": "coordinator_dies", "at": "5 s"}]})", "faults", scenario);
        REQUIRE(faults);
        options.faults = *faults;
    }
    PoolBench bench(scenario, options);
    const std::vector<Value> free = free_memory(bench);
    const auto order = [&](std::size_t vm, std::size_t to) {
        return Array{text(bench.vm("vm-" + std::to_string(vm))), text(bench.host(to)), {Struct{}}};
    };
    std::vector<std::string> tasks;
    for (std::size_t i = 1; i <= 5; ++i) {
        tasks.push_back(bench.client.words("Async.VM.pool_migrate", order(i, i % 5 + 1)));
    }
    bench.pass_until(4s);
    for (const std::string& task : tasks) {
        CHECK(bench.service.database().text_of(task, "status") == "pending");
    }
    if (!dies) bench.client.begin_here("host.restart_agent", {text(bench.host(0))});
    bench.pass_until(6s);
    CHECK_FALSE(bench.pool.listens(0));
    for (const std::string& task : tasks) CHECK(bench.service.database().find(task) == nullptr);

    bench.pass_until(1h);
    bench.client.log_in();
    for (std::size_t i = 1; i <= 5; ++i) {
        const Value record =
            bench.value("VM.get_record", {text(bench.vm("vm-" + std::to_string(i)))});
        CHECK(member(record, "power_state") == text("Running"));
        CHECK(member(record, "current_operations") == Value{Struct{}});
        CHECK(member(record, "scheduled_to_be_resident_on") == text(null_ref));
        std::size_t homes = 0;
        for (std::size_t host = 0; host <= 5; ++host) {
            const auto guests = bench.service.database().set_of(bench.host(host), "resident_VMs");
            homes += static_cast<std::size_t>(
                std::ranges::count(guests, bench.vm("vm-" + std::to_string(i))));
        }
        CHECK(homes == 1);
        if (bench.where("vm-" + std::to_string(i)) == "host-" + std::to_string(i)) continue;
        bench.value("VM.pool_migrate", order(i, i));
    }
    CHECK(free_memory(bench) == free);  // whatever the migrations held
}

TEST_CASE("a coordinator that goes down takes sessions, tasks and calls with it",
          "[poolserver][coordinator]") {
    Rebooting bench;
    const std::string task = bench.client.words("task.create", {text("mine"), text("description")});
    const auto waiting = bench.client.begin_here(
        "event.from",
        {{classes({"vm"})},
         text(bench.client.words("event.inject", {text("pool"), text(bench.service.pool())})),
         {600.5}});
    CHECK_FALSE(waiting->replied);
    bench.pass(10s);
    CHECK(waiting->replied);
    CHECK_FALSE(waiting->answer);  // its connection was closed
    CHECK_FALSE(bench.pool.listens(0));
    CHECK(bench.service.sessions().size() == 0);
    CHECK(bench.service.database().find(task) == nullptr);
    // Members refuse logins as ever for a while, and can do nothing else.
    CHECK(bench.login_at(1)[0] == "HOST_IS_SLAVE");
}

TEST_CASE("members go into emergency mode, and out of it by themselves",
          "[poolserver][coordinator]") {
    Rebooting bench;
    bench.pass(10s + 60s);  // HostTimes::patience
    CHECK_FALSE(bench.pool.listens(1));
    bench.pass(20s);
    CHECK(bench.login_at(1) == Words{"HOST_STILL_BOOTING"});
    Client local = bench.local(1);
    CHECK(local.error("VM.get_all") == Words{"HOST_STILL_BOOTING"});
    bench.pass_until(bench.service.agenda().now().time_since_epoch() + 15min);
    CHECK(bench.login_at(0).empty());
    CHECK(bench.version(0) == "25.38");
    // A try takes 20 s at most and the next begins after 60 to 180 s more.
    bench.pass(180s + 20s);
    CHECK(bench.login_at(1)[0] == "HOST_IS_SLAVE");
    CHECK(bench.login_at(2)[0] == "HOST_IS_SLAVE");
    CHECK(bench.live(1));
    CHECK(bench.live(2));
    CHECK(bench.mixed());
    CHECK(bench.where("db") == "b");
}

TEST_CASE("the coordinator comes back step by step", "[poolserver][coordinator]") {
    Rebooting bench;
    bench.pass(15min - 40s);
    CHECK(bench.login_at(0) == Words{"HTTP 500"});
    CHECK(page_of(bench.pool, {"/pool/xmldbdump", {}, 0}).status == 500);
    bench.pass(5s);
    CHECK(bench.login_at(0) == Words{"HOST_STILL_BOOTING"});
    bench.pass(10s);
    CHECK(bench.login_at(0).empty());
    CHECK(bench.client.error("VM.get_all")[0] == "SESSION_INVALID");
    // The members have not been heard of yet; what they are is written down.
    CHECK_FALSE(bench.live(1));
    CHECK(bench.service.coordinator() == 0);
    CHECK(bench.mixed());  // it looks when it starts
}

TEST_CASE("recover_slaves ends emergency mode at once", "[poolserver][coordinator]") {
    Rebooting bench;
    bench.pass(15min - 25s);
    bench.client.log_in();
    const bool in_emergency = bench.pool.hosts().agent(1) == Agent::emergency ||
                              bench.pool.hosts().agent(2) == Agent::emergency;
    REQUIRE(in_emergency);
    const Value recovered = bench.value("pool.recover_slaves");
    CHECK_FALSE(std::get<Array>(recovered.of).empty());
    bench.pass(20s);  // a toolstack's restart
    for (const Value& each : std::get<Array>(recovered.of)) {
        const auto index = bench.pool.hosts().index_of(std::get<std::string>(each.of));
        REQUIRE(index);
        CHECK(bench.live(*index));
    }
}

TEST_CASE("a toolstack that only restarts does not alarm the members",
          "[poolserver][coordinator]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    bench.value("host.restart_agent", {text(bench.host(0))});
    bench.pass(1s);
    CHECK_FALSE(bench.pool.listens(0));
    CHECK(bench.pool.listens(1));
    bench.pass(20s);
    CHECK(bench.login_at(0).empty());
    CHECK(bench.live(1));
    CHECK(bench.enabled(1));
    bench.pass(10min);
    CHECK(bench.pool.hosts().agent(1) == Agent::ready);
}

TEST_CASE("designate_new_master hands the pool over", "[poolserver][coordinator]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    bench.value("pool.designate_new_master", {text(bench.host(2))});
    bench.pass(2min);
    CHECK(bench.service.coordinator() == 2);
    CHECK(bench.login_at(2).empty());
    const std::string address = bench.service.database().text_of(bench.host(2), "address");
    CHECK(bench.login_at(0) == Words{"HOST_IS_SLAVE", address});
    CHECK(bench.login_at(1) == Words{"HOST_IS_SLAVE", address});
    for (const std::size_t host : {std::size_t{0}, std::size_t{1}}) CHECK(bench.live(host));
}

TEST_CASE("a member takes over when the coordinator does not return, and is told to others",
          "[poolserver][coordinator]") {
    Rebooting bench;
    bench.pool.hosts().set_fates([](std::size_t, std::uint64_t) {
        Fate fate;
        fate.never_returns = true;
        return fate;
    });
    bench.pass(10s + 60s + 20s);
    Client local = bench.local(1);
    local.value("pool.emergency_transition_to_master");
    bench.pass(1min);
    CHECK(bench.service.coordinator() == 1);
    CHECK(bench.login_at(1).empty());
    bench.pass(10min);
    CHECK(bench.login_at(2) == Words{"HOST_STILL_BOOTING"});  // it waits for the old one
    const std::string address = bench.service.database().text_of(bench.host(1), "address");
    Client other = bench.local(2);
    CHECK(other.error("pool.emergency_reset_master", {text("192.0.2.1")})[0] ==
          "CANNOT_CONTACT_HOST");
    other.value("pool.emergency_reset_master", {text(address)});
    bench.pass(1min);
    CHECK(bench.login_at(2) == Words{"HOST_IS_SLAVE", address});
    CHECK(bench.live(2));
    CHECK_FALSE(bench.live(0));
}

TEST_CASE("emergency calls need a local session, which is good for nothing else",
          "[poolserver][coordinator]") {
    PoolBench bench;
    Client there(bench.pool, 1);
    const auto login =
        there.begin("session.slave_local_login_with_password", {text("root"), text("root")});
    there.use(std::get<std::string>((**login->answer).of));
    CHECK(there.error("VM.get_all")[0] == "SESSION_INVALID");
    there.value("session.local_logout");
    CHECK(there.error("pool.emergency_transition_to_master")[0] == "SESSION_INVALID");
}

}  // namespace vacate::poolserver
