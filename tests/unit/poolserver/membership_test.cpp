// Hosts that are given up, forgotten and ejected, and what is left of them.
#include "tests/unit/poolserver/pool_bench.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

std::size_t count(const PoolBench& bench, std::string_view of) {
    return bench.service.database().table(of).size();
}

}  // namespace

TEST_CASE("a host that lives is neither declared dead nor forgotten, nor are its VMs reset",
          "[poolserver][membership]") {
    PoolBench bench;
    for (const std::size_t host : {std::size_t{0}, std::size_t{1}}) {
        const Words live{"HOST_IS_LIVE", bench.host(host)};
        CHECK(bench.error("host.declare_dead", {text(bench.host(host))}) == live);
        CHECK(bench.error("host.destroy", {text(bench.host(host))}) == live);
    }
    CHECK(bench.error("VM.power_state_reset", {text(bench.vm("web"))}) ==
          Words{"HOST_IS_LIVE", bench.host(1)});
    // On the coordinator its own hypervisor is asked.
    const auto domain = bench.service.database().number_of(bench.vm("db"), "domid");
    CHECK(bench.error("VM.power_state_reset", {text(bench.vm("db"))}) ==
          Words{"DOMAIN_EXISTS", bench.vm("db"), std::to_string(domain)});
    const std::string dom0 = bench.service.database().text_of(bench.host(1), "control_domain");
    CHECK(bench.error("VM.power_state_reset", {text(dom0)}) ==
          Words{"CANNOT_RESET_CONTROL_DOMAIN", dom0});
}

TEST_CASE("a dead member is forgotten once its VMs are reset, and they start elsewhere",
          "[poolserver][membership]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    bench.pool.hosts().crash(1, false);
    // Still believed alive, but it does not answer.
    CHECK(bench.live(1));
    CHECK(bench.error("host.destroy", {text(bench.host(1))}) ==
          Words{"HOST_HAS_RESIDENT_VMS", bench.host(1)});
    SECTION("one by one") { bench.value("VM.power_state_reset", {text(bench.vm("web"))}); }
    SECTION("with the host") {
        bench.value("host.declare_dead", {text(bench.host(1))});
        CHECK_FALSE(bench.enabled(1));
    }
    CHECK(bench.where("web").empty());
    const std::size_t metrics = count(bench, "VM_metrics");
    bench.value("host.destroy", {text(bench.host(1))});
    CHECK(count(bench, "host") == 2);
    CHECK(count(bench, "host_metrics") == 2);
    CHECK(count(bench, "PIF") == 2);
    CHECK(count(bench, "PBD") == 2);
    CHECK(count(bench, "VM_metrics") == metrics - 1);  // the control domain's
    CHECK(bench.error("host.get_record", {text(bench.host(1))}) ==
          Words{"HANDLE_INVALID", "host", bench.host(1)});
    bench.value("VM.start", {text(bench.vm("web")), {false}, {false}});
    CHECK_FALSE(bench.where("web").empty());
    // The pool goes on without it: all its hosts are asked here.
    bench.value("VM.get_possible_hosts", {text(bench.vm("db"))});
    bench.value("pool.check_update_readiness", {text(bench.service.pool()), {true}});
    bench.value("pool.enable_ha", {{Array{}}, {Struct{}}});
    bench.pass(1h);
}

TEST_CASE("with HA on no host leaves the pool", "[poolserver][membership]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    bench.value("pool.enable_ha", {{Array{}}, {Struct{}}});
    CHECK(bench.error("pool.eject", {text(bench.host(2))}) == Words{"HA_IS_ENABLED"});
    bench.pool.hosts().crash(2, false);
    CHECK(bench.error("host.destroy", {text(bench.host(2))}) == Words{"HA_IS_ENABLED"});
}

TEST_CASE("a forgotten host that boots is unknown, and stays so", "[poolserver][membership]") {
    PoolBench bench;
    const std::string uuid = bench.service.database().text_of(bench.host(2), "uuid");
    bench.pool.hosts().crash(2);  // and boots, in 5 min
    bench.value("host.destroy", {text(bench.host(2))});
    bench.pass(5min);
    CHECK(bench.login_at(2) == Words{"HOST_UNKNOWN_TO_MASTER", uuid});
    CHECK(std::get<Array>(bench.value("pool.recover_slaves").of).empty());
    bench.pass(1h);  // of retries
    Client local(bench.pool, 2);
    const auto login =
        local.begin("session.slave_local_login_with_password", {text("root"), text("root")});
    REQUIRE(login->answer->has_value());
    local.use(std::get<std::string>((**login->answer).of));
    CHECK(local.value("host.is_in_emergency_mode") == Value{true});
    CHECK(local.error("pool.emergency_transition_to_master") ==
          Words{"HOST_UNKNOWN_TO_MASTER", uuid});
}

TEST_CASE("a host that shuts down may be forgotten before it is off", "[poolserver][membership]") {
    PoolBench bench;
    bench.value("host.disable", {text(bench.host(2))});
    bench.value("host.shutdown", {text(bench.host(2))});
    CHECK_FALSE(bench.live(2));
    bench.value("host.destroy", {text(bench.host(2))});
    bench.pass(30min);
    CHECK_FALSE(bench.pool.listens(2));
}

TEST_CASE("an empty member is ejected, with its own storage", "[poolserver][membership]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    CHECK(bench.error("pool.eject", {text(bench.host(0))}) ==
          Words{"INTERNAL_ERROR", "Xapi_pool.Cannot_eject_master"});
    CHECK(bench.error("pool.eject", {text(bench.host(1))}) ==
          Words{"OPERATION_NOT_ALLOWED", "VM resident on host"});
    Database& database = bench.service.database();
    const std::string storage = database.create("SR", "own", {{"name_label", text("own")}});
    const std::string disk = database.create("VDI", "own", {{"SR", text(storage)}});
    const std::string drive =
        database.create("VBD", "own", {{"VM", text(bench.vm("db"))}, {"VDI", text(disk)}});
    database.create("PBD", "own", {{"host", text(bench.host(2))}, {"SR", text(storage)}});
    bench.value("pool.eject", {text(bench.host(2))});
    CHECK(count(bench, "host") == 2);
    CHECK(database.find(storage) == nullptr);
    CHECK(database.find(disk) == nullptr);
    CHECK(database.flag_of(drive, "empty"));
    bench.pass(1h);
    CHECK_FALSE(bench.pool.listens(2));
}

TEST_CASE("a pool of several hosts joins no other", "[poolserver][membership]") {
    PoolBench bench;
    const Array where{text("192.0.2.1"), text("root"), text("x")};
    CHECK(bench.error("pool.join", where) ==
          Words{"POOL_JOINING_HOST_CANNOT_BE_MASTER_OF_OTHER_HOSTS"});
}

TEST_CASE("members say that they are members", "[poolserver][membership]") {
    PoolBench bench;
    CHECK(bench.value("pool.is_slave", {text(bench.host(0))}) == Value{false});
    CHECK(bench.value("pool.is_slave", {text(bench.host(1))}) == Value{true});
    CHECK(bench.value("host.is_in_emergency_mode") == Value{false});
    bench.pool.hosts().crash(1, false);
    CHECK(bench.error("pool.is_slave", {text(bench.host(1))}) ==
          Words{"HOST_OFFLINE", bench.host(1)});
}

}  // namespace vacate::poolserver
