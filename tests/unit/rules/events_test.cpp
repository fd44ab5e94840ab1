// What every event changes: facts are believed, failures undone, refusals without effect.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"
#include "tests/support/recount.hpp"

namespace vacate {
namespace {

TEST_CASE("a host that is lost takes its VMs and their steps with it", "[transition][fact]") {
    World world = draw(R"(
        a  v1  16G : db 2G, web 2G
        b  v1  16G : log 2G
        c  v1  16G :
    )");
    REQUIRE(begin(world, migrate(world, "db", "b")));
    REQUIRE(begin(world, migrate(world, "log", "a")));
    REQUIRE(take(world, HostLost{host(world, "a")}));
    // db and web ran on a: gone. log was on its way to a: it stays on b.
    for (const char* name : {"db", "web"}) {
        const VmState& one = world.state.vms[vm(world, name)];
        CHECK(one.power == Power::halted);
        CHECK(one.host.is_none());
        CHECK(one.parked == host(world, "a"));
    }
    CHECK(world.state.vms[vm(world, "log")].host == host(world, "b"));
    CHECK(world.state.vms[vm(world, "log")].to.is_none());
    CHECK(committed(world, "a") == 0_GiB);
    CHECK(committed(world, "b") == 2_GiB);
    CHECK(miscounted(world.pool, world.state, {}).empty());
    const PoolState once = world.state;
    REQUIRE(take(world, HostLost{host(world, "a")}));  // told twice: no change
    CHECK(world.state == once);
}

TEST_CASE("a host that dies while it is upgraded or disabled is out no more, but lost",
          "[transition][fact]") {
    World world = draw(R"(
        a  v2  16G :
        b  v1  16G disabled :
        c  v1  16G :
    )");
    REQUIRE(begin(world, upgrade(world, "b")));
    REQUIRE(begin(world, disable(world, "c")));
    CHECK(world.state.hosts_out == 2);
    REQUIRE(take(world, HostLost{host(world, "b")}));
    REQUIRE(take(world, HostLost{host(world, "c")}));
    CHECK(world.state.hosts_out == 0);
    CHECK(world.state.in_flight == 0);
    CHECK_FALSE(end(world, upgrade(world, "b")));  // it is over
}

TEST_CASE("a host that is found is disabled, and says itself what it runs", "[transition][fact]") {
    World world = draw(R"(
        a  v2  16G :
        b  v1  16G disabled :
    )");
    REQUIRE(begin(world, upgrade(world, "b")));
    REQUIRE(take(world, HostLost{host(world, "b")}));
    REQUIRE(take(world, HostFound{host(world, "b"), true}));
    CHECK(world.state.hosts[host(world, "b")].phase == HostPhase::disabled);
    CHECK(world.state.hosts[host(world, "b")].upgraded);
    CHECK(world.state.hosts_upgraded == 2);
    CHECK(world.state.hosts_out == 1);
    REQUIRE(take(world, HostFound{host(world, "b"), false}));  // somebody went back
    CHECK(world.state.hosts_upgraded == 1);
    CHECK(miscounted(world.pool, world.state, {}).empty());
}

TEST_CASE("a VM is where it was seen, whatever we thought", "[transition][fact]") {
    World world = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G :
        c  v1   1G :
    )");
    const Step move = migrate(world, "db", "b");
    REQUIRE(begin(world, move));
    REQUIRE(take(world, VmSeen{vm(world, "db"), Power::running, host(world, "c")}));
    CHECK(committed(world, "a") == 0_GiB);
    CHECK(committed(world, "b") == 0_GiB);
    CHECK(committed(world, "c") == 2_GiB);  // more than it has: believed all the same
    CHECK_FALSE(end(world, move));          // our step is over
    REQUIRE(take(world, VmSeen{vm(world, "db"), Power::halted, Id<Host>::none()}));
    CHECK(committed(world, "c") == 0_GiB);
    CHECK(miscounted(world.pool, world.state, {}).empty());
}

TEST_CASE("a step that fails leaves the state that it began from", "[transition][failed]") {
    World world = draw(R"(
        a  v1  32G : db 2G, web 2G suspend, log 2G restart, disks 2G storage, disc 2G cd
        b  v1  32G :
        c  v1  32G disabled :
        d  v1  32G : old 2G suspend, off 2G restart
    )");
    world.state.ha.on = true;
    REQUIRE(act(world, suspend(world, "old")));
    REQUIRE(act(world, stop(world, "off")));
    const std::vector<Step> steps{
        migrate(world, "db", "b"),
        MigrateStorage{vm(world, "disks"), host(world, "a"), host(world, "b"), Id<Storage>{1}},
        suspend(world, "web"),
        stop(world, "log"),
        resume(world, "old", "d"),
        start(world, "off", "d"),
        enable(world, "c"),
        EjectCd{vm(world, "disc")},
        DisableHa{},
        BackUpDatabase{}};
    for (const Step& step : steps) {
        CAPTURE(describe(world.pool, step));
        const PoolState before = world.state;
        REQUIRE(begin(world, step));
        CHECK_FALSE(world.state == before);
        REQUIRE(fail(world, step));
        CHECK(world.state == before);
    }
}

TEST_CASE("an upgrade that fails leaves an old host behind, disabled", "[transition][failed]") {
    World world = draw("a v1 16G disabled :");
    world.state.backed_up = true;
    const PoolState before = world.state;
    REQUIRE(begin(world, upgrade(world, "a")));
    REQUIRE(fail(world, upgrade(world, "a")));
    CHECK(world.state == before);
    CHECK(refusal(world, upgrade(world, "a")).empty());
}

TEST_CASE("only what began can end or fail", "[transition][sense]") {
    World world = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G :
        c  v1  16G :
    )");
    const Step move = migrate(world, "db", "b");
    CHECK_FALSE(end(world, move));
    CHECK_FALSE(fail(world, move));
    CHECK_FALSE(end(world, BackUpDatabase{}));
    REQUIRE(begin(world, move));
    CHECK_FALSE(end(world, migrate(world, "db", "c")));  // it goes to b
    CHECK_FALSE(end(world, disable(world, "a")));
    REQUIRE(end(world, move));
    CHECK_FALSE(end(world, move));  // once
}

TEST_CASE("a step begins only from the state that it names", "[transition][sense]") {
    World world = draw(R"(
        a  v1  16G : db 2G, web 2G suspend
        b  v1  16G disabled :
        c  v1  16G :
    )");
    const Id<Vm> db = vm(world, "db");
    CHECK(refusal(world, Migrate{db, host(world, "c"), host(world, "a")}) == "sense");
    CHECK(refusal(world, resume(world, "web", "a")) == "sense");  // it runs
    CHECK(refusal(world, start(world, "db", "a")) == "sense");
    CHECK(refusal(world, disable(world, "b")) == "sense");
    CHECK(refusal(world, enable(world, "c")) == "sense");
    CHECK(refusal(world, DisableHa{}) == "sense");  // it is off
    CHECK(refusal(world, EjectCd{db}) == "sense");  // no CD
    REQUIRE(begin(world, migrate(world, "db", "c")));
    CHECK(refusal(world, migrate(world, "db", "c")) == "sense");  // on its way
    REQUIRE(act(world, suspend(world, "web")));
    CHECK(refusal(world, start(world, "web", "a")) == "sense");  // suspended, not halted
}

TEST_CASE("a refused event changes nothing, and says the first rule in order",
          "[transition][law]") {
    World world = draw(R"(
        a  v2  16G : db 12G pinned
        b  v1   8G disabled :
    )");
    const PoolState before = world.state;
    const auto no = apply(world.pool, world.state, Began{migrate(world, "db", "b")});
    REQUIRE_FALSE(no.has_value());
    CHECK(no.error().rule == Rule::r1_memory);  // 12 of 8
    CHECK(world.state == before);
    std::vector<std::string> names;
    for (const Violation& one :
         all_violations(world.pool, world.state, migrate(world, "db", "b"))) {
        names.push_back(rule_name(one.rule));
    }
    // Too little memory, an older version, a disabled target, a VM that cannot move.
    CHECK(names == std::vector<std::string>{"R1", "R2", "R5", "R8"});
}

TEST_CASE("the counters follow every step of a small upgrade", "[transition][counters]") {
    World world = draw(R"(
        a  v1  16G : db 2G, web 2G
        b  v1  16G :
    )");
    world.state.backed_up = true;
    const Id<Host> a = host(world, "a");
    const Id<Host> b = host(world, "b");
    REQUIRE(act(world, disable(world, "a")));
    CHECK(world.state.hosts_out == 1);
    REQUIRE(begin(world, migrate(world, "db", "b")));
    REQUIRE(begin(world, migrate(world, "web", "b")));
    CHECK(world.state.in_flight == 2);
    CHECK(world.state.migrations == 2);
    CHECK(world.state.hosts[a].sending == 2);
    CHECK(world.state.hosts[a].receiving == 0);
    CHECK(world.state.hosts[b].receiving == 2);
    CHECK(world.state.hosts[a].vms == 2);
    CHECK(world.state.hosts[b].vms == 2);
    REQUIRE(end(world, Migrate{vm(world, "db"), a, b}));
    CHECK(world.state.hosts[a].sending == 1);
    CHECK(world.state.hosts[a].vms == 1);
    REQUIRE(fail(world, Migrate{vm(world, "web"), a, b}));
    CHECK(world.state.hosts[b].receiving == 0);
    CHECK(world.state.hosts[b].vms == 1);
    REQUIRE(act(world, migrate(world, "web", "b")));
    REQUIRE(act(world, upgrade(world, "a")));
    CHECK(world.state.hosts_upgraded == 1);
    CHECK(world.state.hosts_out == 1);
    REQUIRE(act(world, enable(world, "a")));
    CHECK(world.state.hosts_out == 0);
    CHECK(miscounted(world.pool, world.state, {}).empty());
}

}  // namespace
}  // namespace vacate
