// HA, WLB, readiness and backups.
#include <catch2/catch.hpp>

#include "tests/unit/poolserver/pool_bench.hpp"
#include "tools/poolserver/ha.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("HA goes on with equal versions only, and off again", "[poolserver][pool_calls]") {
    PoolBench mixed;
    CHECK(mixed.error("pool.enable_ha", {{Array{}}, {Struct{}}}) ==
          Words{"NOT_SUPPORTED_DURING_UPGRADE"});
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    const Database& database = bench.service.database();
    const auto on = [&] { return database.flag_of(bench.service.pool(), "ha_enabled"); };
    CHECK(bench.error("pool.disable_ha") == Words{"HA_NOT_ENABLED"});
    bench.value("pool.enable_ha", {{Array{}}, {Struct{}}});
    CHECK(on());
    const Words files = database.set_of(bench.service.pool(), "ha_statefiles");
    REQUIRE(files.size() == 1);
    CHECK(database.text_of(files[0], "type") == "ha_statefile");
    CHECK(bench.error("pool.enable_ha", {{Array{}}, {Struct{}}}) == Words{"HA_IS_ENABLED"});
    bench.value("pool.disable_ha");
    CHECK_FALSE(on());
    CHECK(database.find(files[0]) == nullptr);
}

TEST_CASE("HA needs storage that every host has attached", "[poolserver][pool_calls]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    const std::string san = bench.service.database().find_by_name("SR", "san").at(0);
    bench.pool.hosts().detach_storage(2, san);
    CHECK(bench.error("pool.enable_ha", {{Array{}}, {Struct{}}}) ==
          Words{"CANNOT_CREATE_STATE_FILE"});
    CHECK(bench.error("pool.enable_ha", {{Array{text(san)}}, {Struct{}}}) ==
          Words{"HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", san});
}

TEST_CASE("failures to tolerate are those a plan exists for", "[poolserver][pool_calls]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    Database& database = bench.service.database();
    for (const std::string name : {"db", "web"}) {
        database.set(bench.vm(name), "ha_restart_priority", text("restart"));
        database.set(bench.vm(name), "ha_always_run", {true});
    }
    const Value pool = text(bench.service.pool());
    CHECK(bench.error("pool.set_ha_host_failures_to_tolerate", {pool, {std::int64_t{-1}}})[0] ==
          "INVALID_VALUE");
    // 4 and 2 GiB fit on any one of the hosts of 16.
    CHECK(bench.value("pool.ha_compute_max_host_failures_to_tolerate") == Value{std::int64_t{2}});
    bench.value("pool.set_ha_host_failures_to_tolerate", {pool, {std::int64_t{2}}});
    bench.value("pool.enable_ha", {{Array{}}, {Struct{}}});
    CHECK(bench.error("pool.set_ha_host_failures_to_tolerate", {pool, {std::int64_t{3}}}) ==
          Words{"HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN"});
    // Two of the two that would be left cannot be lost.
    CHECK(bench.error("host.disable", {text(bench.host(2))}) ==
          Words{"HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN"});
    bench.value("pool.set_ha_host_failures_to_tolerate", {pool, {std::int64_t{1}}});
    bench.value("host.disable", {text(bench.host(2))});
}

TEST_CASE("HA restarts the protected VMs of a host that fell silent", "[poolserver][pool_calls]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    Database& database = bench.service.database();
    database.set(bench.vm("web"), "ha_restart_priority", text("restart"));
    database.set(bench.vm("web"), "ha_always_run", {true});
    bench.value("pool.enable_ha", {{Array{}}, {Struct{}}});
    SECTION("a member") {
        bench.pool.hosts().crash(1, false);
        bench.pass(5min);
        CHECK_FALSE(bench.live(1));
        CHECK(bench.service.coordinator() == 0);
    }
    SECTION("the coordinator, which another replaces") {
        bench.pool.behaviour().interventions().move_vm(bench.vm("web"), bench.host(0));
        bench.pool.hosts().crash(0, false);
        bench.pass(5min);
        CHECK(bench.service.coordinator() == 1);
        CHECK(bench.login_at(1).empty());
    }
    const std::string where = bench.where("web");
    REQUIRE(where != "");
    CHECK(
        bench.live(*bench.pool.hosts().index_of(database.text_of(bench.vm("web"), "resident_on"))));
}

TEST_CASE("WLB goes on only where there is one", "[poolserver][pool_calls]") {
    PoolBench bench;
    const Value pool = text(bench.service.pool());
    CHECK(bench.error("pool.set_wlb_enabled", {pool, {true}}) == Words{"WLB_NOT_INITIALIZED"});
    bench.service.database().set(bench.service.pool(), "wlb_url", text("wlb.example:8012"));
    bench.value("pool.set_wlb_enabled", {pool, {true}});
    CHECK(bench.service.database().flag_of(bench.service.pool(), "wlb_enabled"));
    bench.value("pool.set_wlb_enabled", {pool, {false}});
    CHECK_FALSE(bench.service.database().flag_of(bench.service.pool(), "wlb_enabled"));
}

TEST_CASE("check_update_readiness names hosts that are away and VMs that are bound",
          "[poolserver][pool_calls]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    const Value pool = text(bench.service.pool());
    CHECK(bench.value("pool.check_update_readiness", {pool, {true}}) == Value{Array{}});
    bench.pool.hosts().crash(2, false);
    bench.pass(11min);
    const Value offline{Array{text("HOST_OFFLINE"), text(bench.host(2))}};
    CHECK(bench.value("pool.check_update_readiness", {pool, {false}}) == Value{Array{offline}});
    // c is still enabled, so that it spoils the evacuation of every VM: db and web.
    const Value all = bench.value("pool.check_update_readiness", {pool, {true}});
    CHECK(std::get<Array>(all.of).size() == 3);
}

TEST_CASE("the dump is a false one in mixed mode; host_backup is a tar archive",
          "[poolserver][pool_calls]") {
    PoolBench mixed;
    PoolBench plain(upgrade_scenario(Upgrade::ahead));
    const auto page = [](PoolBench& bench, const std::string& path, std::size_t host) {
        return page_of(bench.pool, {path, {{"session_id", bench.client.session()}}, host});
    };
    CHECK(page(mixed, "/pool/xmldbdump", 0).body.find("<row") == std::string::npos);
    CHECK(page(plain, "/pool/xmldbdump", 0).body.find("<row") != std::string::npos);
    plain.service.set_addresses({"127.0.0.1", "127.0.0.2", "127.0.0.3"}, 4430);
    const Page elsewhere = page(plain, "/pool/xmldbdump", 1);
    CHECK(elsewhere.status == 302);
    CHECK(elsewhere.location.starts_with("https://127.0.0.1:4430/pool/xmldbdump?session_id="));
    const Page backup = page(plain, "/host_backup", 1);
    CHECK(backup.status == 200);
    CHECK(backup.body.size() % 512 == 0);
    CHECK(backup.body.substr(257, 5) == "ustar");
    // The checksum counts its own field as blanks.
    std::size_t sum = 8 * ' ';
    for (std::size_t i = 0; i < 512; ++i) {
        if (i < 148 || i >= 156) sum += static_cast<unsigned char>(backup.body[i]);
    }
    CHECK(std::stoul(backup.body.substr(148, 6), nullptr, 8) == sum);
}

}  // namespace vacate::poolserver
