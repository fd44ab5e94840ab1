// Machines in the pool's own time: disabled, rebooted, upgraded, crashed, and what the others see.
#include "tools/poolserver/hosts.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/poolserver/pool_bench.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using Agent = Hosts::Agent;

constexpr std::int64_t gibibyte = 1'073'741'824;

}  // namespace

TEST_CASE("a host must be disabled before it reboots, and enables itself after",
          "[poolserver][hosts]") {
    PoolBench bench;
    const Value b = text(bench.host(1));
    CHECK(bench.error("host.reboot", {b}) == Words{"HOST_NOT_DISABLED"});
    bench.empty(1, 2);
    CHECK_FALSE(bench.enabled(1));
    const std::string booted = bench.other(1, "boot_time");
    const Instant called = bench.service.agenda().now();
    bench.value("host.reboot", {b});
    // The record says so at once; the machine goes down 10 s later.
    CHECK(bench.service.agenda().now() == called);
    CHECK_FALSE(bench.live(1));
    CHECK(bench.pool.listens(1));
    CHECK(bench.error("host.disable", {b}) == Words{"HOST_OFFLINE", bench.host(1)});
    bench.pass(10s);
    CHECK_FALSE(bench.pool.listens(1));
    CHECK(bench.version(1) == "25.33");
    // 15 min from the call to being enabled; the last 40 s of them are seen from outside.
    bench.pass(15min - 10s - 40s - 1us);
    CHECK_FALSE(bench.pool.listens(1));
    bench.pass(1us);
    CHECK(bench.pool.listens(1));
    CHECK(bench.login_at(1) == Words{"HTTP 500"});
    bench.pass(5s);
    CHECK(bench.login_at(1) == Words{"HOST_STILL_BOOTING"});
    bench.pass(10s);
    CHECK(bench.login_at(1)[0] == "HOST_IS_SLAVE");
    CHECK(bench.live(1));
    CHECK(bench.version(1) == "25.38");
    CHECK_FALSE(bench.enabled(1));
    CHECK(bench.error("host.enable", {b}) == Words{"HOST_STILL_BOOTING"});
    bench.pass(25s);
    CHECK(bench.enabled(1));
    CHECK(std::stod(bench.other(1, "boot_time")) > std::stod(booted));
    CHECK(bench.other(1, "agent_start_time") == bench.other(1, "boot_time"));
}

TEST_CASE("networks come before storage, and both before a host enables itself",
          "[poolserver][hosts]") {
    PoolBench bench;
    bench.empty(1, 2);
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass(15min - 40s + 15s);  // back in the pool
    const Database& database = bench.service.database();
    const std::string pif = database.set_of(bench.host(1), "PIFs").at(0);
    const std::string pbd = database.set_of(bench.host(1), "PBDs").at(0);
    const auto attached = [&](const std::string& ref) {
        return database.flag_of(ref, "currently_attached");
    };
    CHECK_FALSE(attached(pif));
    CHECK_FALSE(attached(pbd));
    bench.pass(5s);
    CHECK(attached(pif));
    CHECK_FALSE(attached(pbd));
    bench.pass(5s);
    CHECK(attached(pbd));
    CHECK_FALSE(bench.enabled(1));
}

TEST_CASE("an upgraded host has the memory of its scenario, and so says compute_free_memory",
          "[poolserver][hosts]") {
    PoolBench bench;
    bench.empty(1, 2);
    CHECK(bench.value("host.compute_free_memory", {text(bench.host(1))}) == Value{16 * gibibyte});
    const std::string metrics = bench.service.database().text_of(bench.host(1), "metrics");
    const std::int64_t total = bench.service.database().number_of(metrics, "memory_total");
    const std::string dom0 = bench.service.database().text_of(bench.host(1), "control_domain");
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass(15min);
    CHECK(bench.value("host.compute_free_memory", {text(bench.host(1))}) == Value{15 * gibibyte});
    CHECK(bench.service.database().number_of(metrics, "memory_total") == total);
    // It grew from 4 GiB by the one that guests lost.
    CHECK(bench.service.database().number_of(dom0, "memory_target") == 5 * gibibyte);
}

TEST_CASE("a host reboots as it was when it is told to, or still has VMs", "[poolserver][hosts]") {
    SECTION("by its other_config") {
        PoolBench bench;
        bench.empty(1, 2);
        bench.value("host.add_to_other_config",
                    {text(bench.host(1)), text("vacate_reboot"), text("plain")});
        bench.value("host.reboot", {text(bench.host(1))});
        bench.pass(10s + 5min);  // HostTimes::plain_reboot
        CHECK(bench.enabled(1));
        CHECK(bench.version(1) == "25.33");
    }
    SECTION("by the option, until the plugin prepares it") {
        SimulatedPool::Options options;
        options.hosts.reboot_plainly = true;
        PoolBench bench(upgrade_scenario(), options);
        bench.empty(1, 2);
        bench.value("host.reboot", {text(bench.host(1))});
        bench.pass(10s + 5min);
        CHECK(bench.version(1) == "25.33");
        const Array prepare{text(bench.host(1)),
                            text("prepare_host_upgrade.py"),
                            text("main"),
                            {Struct{{"url", text("http://media.example/")}}}};
        CHECK(bench.value("host.call_plugin", prepare) == text("true"));
        bench.value("host.disable", {text(bench.host(1))});
        bench.value("host.reboot", {text(bench.host(1))});
        bench.pass(15min);
        CHECK(bench.version(1) == "25.38");
    }
    SECTION("with a VM on it, which is evacuated first") {
        PoolBench bench;
        bench.value("host.disable", {text(bench.host(1))});
        bench.value("host.reboot", {text(bench.host(1))});
        CHECK(bench.live(1));
        bench.pass(30min);
        CHECK(bench.where("web") != "b");
        CHECK(bench.where("web") != "");
        CHECK(bench.version(1) == "25.33");
        CHECK(bench.enabled(1));
    }
}

TEST_CASE("VMs that cannot be evacuated are shut down when the machine is", "[poolserver][hosts]") {
    PoolBench bench;
    // No host would take web: all others are disabled.
    for (const std::size_t other : {std::size_t{0}, std::size_t{2}}) {
        bench.value("host.disable", {text(bench.host(other))});
    }
    bench.value("host.disable", {text(bench.host(1))});
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass(30min);
    CHECK(bench.service.database().text_of(bench.vm("web"), "power_state") == "Halted");
    CHECK(bench.enabled(1));
}

TEST_CASE("auto_enable=false keeps a host disabled over boots", "[poolserver][hosts]") {
    PoolBench bench;
    bench.empty(1, 2);
    bench.value("host.disable", {text(bench.host(1)), {false}});
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass(16min);
    CHECK(bench.live(1));
    CHECK_FALSE(bench.enabled(1));
    bench.value("host.enable", {text(bench.host(1))});
    CHECK(bench.enabled(1));
}

TEST_CASE("a restarted toolstack enables a host that was disabled", "[poolserver][hosts]") {
    PoolBench bench;
    bench.value("host.disable", {text(bench.host(2))});
    bench.value("host.restart_agent", {text(bench.host(2))});
    bench.pass(1s);
    CHECK_FALSE(bench.pool.listens(2));
    bench.pass(20s);  // HostTimes::agent_restart
    CHECK(bench.enabled(2));
    CHECK(bench.where("web") == "b");
}

TEST_CASE("a member newer than its coordinator is not let in", "[poolserver][hosts]") {
    PoolBench bench(upgrade_scenario(Upgrade::ahead));
    bench.empty(1, 2);
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass(15min);
    CHECK(bench.login_at(1) == Words{"HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR", "25.38"});
    CHECK_FALSE(bench.live(1));
    CHECK(bench.version(1) == "25.33");  // it could not tell
    CHECK_FALSE(bench.mixed());
    // It tries again every one to three minutes, in vain.
    bench.pass(10min);
    CHECK(bench.pool.hosts().agent(1) != Agent::ready);
}

TEST_CASE("the mark of a rolling upgrade goes at the first round that sees equal versions",
          "[poolserver][hosts]") {
    PoolBench bench;
    CHECK(bench.mixed());
    bench.empty(1, 2);
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass(16min);
    CHECK(bench.mixed());  // c is still old
    bench.empty(2, 1);
    const Instant called = bench.service.agenda().now();
    bench.value("host.reboot", {text(bench.host(2))});
    bench.pass(15min - 25s);
    CHECK(bench.version(2) == "25.38");
    CHECK(bench.mixed());
    const Duration since_start = called.time_since_epoch() + 15min - 25s;
    bench.pass(30s - since_start % 30s);  // rounds began with the pool, 30 s apart
    CHECK_FALSE(bench.mixed());
}

TEST_CASE("a host that crashes is believed alive for ten minutes and up to 30 s more",
          "[poolserver][hosts]") {
    PoolBench bench;
    bench.pass_until(7s);
    bench.pool.hosts().crash(1, false);
    CHECK_FALSE(bench.pool.listens(1));
    CHECK(bench.live(1));
    bench.pass_until(7s + 10min);
    CHECK(bench.live(1));
    bench.pass_until(10min + 30s - 1us);
    CHECK(bench.live(1));
    bench.pass_until(10min + 30s);  // the first test after 10 min of silence
    CHECK_FALSE(bench.live(1));
    // Nobody told its VM; declare_dead does.
    CHECK(bench.where("web") == "b");
    bench.value("host.declare_dead", {text(bench.host(1))});
    CHECK(bench.service.database().text_of(bench.vm("web"), "power_state") == "Halted");
}

TEST_CASE("a host that crashes and boots is never missed, but its VMs are", "[poolserver][hosts]") {
    PoolBench bench;
    bench.pool.hosts().crash(1);
    bench.pass(5min - 20s);
    CHECK(bench.live(1));
    CHECK(bench.service.database().text_of(bench.vm("web"), "power_state") == "Halted");
    CHECK(bench.version(1) == "25.33");
    CHECK_FALSE(bench.enabled(1));
    bench.pass(20s);
    CHECK(bench.enabled(1));
    bench.pass(10min);
    CHECK(bench.live(1));
}

TEST_CASE("a host that is off is powered on where it can be", "[poolserver][hosts]") {
    PoolBench bench;
    const Value c = text(bench.host(2));
    CHECK(bench.error("host.power_on", {c}) == Words{"HOST_IS_LIVE", bench.host(2)});
    bench.value("host.disable", {c});
    bench.value("host.shutdown", {c});
    bench.pass(1h);
    CHECK_FALSE(bench.live(2));
    CHECK(bench.error("host.power_on", {c}) == Words{"HOST_POWER_ON_MODE_DISABLED"});
    bench.value("host.set_power_on_mode", {c, text("wake-on-lan"), {Struct{}}});
    bench.value("host.power_on", {c});
    bench.pass(5min);
    CHECK(bench.enabled(2));
}

TEST_CASE("fates: late, never, and with the wrong version", "[poolserver][hosts]") {
    PoolBench bench;
    Fate fate;
    SECTION("late") {
        fate.late = 7min;
        bench.pool.hosts().set_fates([&](std::size_t, std::uint64_t) { return fate; });
        bench.empty(1, 2);
        bench.value("host.reboot", {text(bench.host(1))});
        bench.pass(22min - 1us);
        CHECK_FALSE(bench.enabled(1));
        bench.pass(1us);
        CHECK(bench.enabled(1));
        CHECK(bench.version(1) == "25.38");
    }
    SECTION("never") {
        fate.never_returns = true;
        bench.pool.hosts().set_fates([&](std::size_t, std::uint64_t) { return fate; });
        bench.empty(1, 2);
        bench.value("host.reboot", {text(bench.host(1))});
        bench.pass(24h);
        CHECK_FALSE(bench.pool.listens(1));
        CHECK_FALSE(bench.live(1));
    }
    SECTION("the old version") {
        fate.old_version = true;
        bench.pool.hosts().set_fates([&](std::size_t, std::uint64_t) { return fate; });
        bench.empty(1, 2);
        bench.value("host.reboot", {text(bench.host(1))});
        bench.pass(15min);
        CHECK(bench.enabled(1));
        CHECK(bench.version(1) == "25.33");
    }
}

}  // namespace vacate::poolserver
