// R2: a running VM never goes to an older version, and starts only on the newest ones.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("R2: a VM moves to the same or a newer version, never to an older one",
          "[transition][R2]") {
    World world = draw(R"(
        a  v2  16G : new 2G
        b  v1  16G : old 2G
        c  v1  16G :
        d  v2  16G :
    )");
    CHECK(refusal(world, migrate(world, "new", "b")) == "R2");  // 2 to 1
    CHECK(refusal(world, migrate(world, "new", "d")).empty());  // 2 to 2
    CHECK(refusal(world, migrate(world, "old", "a")).empty());  // 1 to 2
    CHECK(refusal(world, migrate(world, "old", "c")).empty());  // 1 to 1
    REQUIRE(act(world, migrate(world, "old", "a")));
    CHECK(refusal(world, migrate(world, "old", "b")) == "R2");  // no way back
}

TEST_CASE("R2: where the policy says so, VMs move to upgraded hosts only once versions are mixed",
          "[transition][R2]") {
    World world = draw(R"(
        a  v1  16G : one 2G
        b  v1  16G :
        c  v2  16G :
    )");
    CHECK(refusal(world, migrate(world, "one", "b")).empty());
    world.pool.policy.upgraded_targets_only = true;
    CHECK(refusal(world, migrate(world, "one", "b")) == "R2");  // c runs 2 already
    CHECK(refusal(world, migrate(world, "one", "c")).empty());
    world.state.hosts[host(world, "c")].upgraded = false;
    world.pool.hosts[host(world, "c")].version = world.pool.hosts[host(world, "a")].version;
    CHECK(refusal(world, migrate(world, "one", "b")).empty());  // nothing is mixed yet
}

TEST_CASE("R2: no key may be older, and two versions may each be older than the other",
          "[transition][R2]") {
    World world = draw(R"(
        a  v2  16G : one 2G
        b  v2  16G : two 2G
    )");
    world.pool.hosts[host(world, "a")].target.hypervisor = {4, 17};
    world.pool.hosts[host(world, "b")].target.hypervisor = {4, 13};
    world.pool.hosts[host(world, "b")].target.platform = {3};
    CHECK(refusal(world, migrate(world, "one", "b")) == "R2");  // xen 4.17 to 4.13
    CHECK(refusal(world, migrate(world, "two", "a")) == "R2");  // platform 3 to 2
    world.pool.version_rule = VersionRule::platform;            // up to xapi 25.30 only platform
    CHECK(refusal(world, migrate(world, "one", "b")).empty());  // 2 to 3
    CHECK(refusal(world, migrate(world, "two", "a")) == "R2");
}

TEST_CASE("R2: while versions are mixed a VM starts only where it is newest", "[transition][R2]") {
    World world = draw(R"(
        a  v1  16G : db 2G restart, web 2G suspend
        b  v1  16G : log 2G restart
    )");
    world.state.backed_up = true;
    for (const char* name : {"db", "log"}) REQUIRE(act(world, stop(world, name)));
    REQUIRE(act(world, suspend(world, "web")));
    CHECK(refusal(world, start(world, "log", "b")).empty());  // all hosts are old: not mixed
    for (const Step& step : {disable(world, "a"), upgrade(world, "a"), enable(world, "a")}) {
        REQUIRE(act(world, step));
    }
    CHECK(refusal(world, start(world, "log", "b")) == "R2");  // b runs 1, a runs 2
    CHECK(refusal(world, start(world, "db", "a")).empty());
    CHECK(refusal(world, resume(world, "web", "a")).empty());
}

}  // namespace
}  // namespace vacate
