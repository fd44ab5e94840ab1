// R15: what was changed for the upgrade is put back, or named.
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "model/plan.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

using Owed = std::vector<Violation>;

TEST_CASE("R15: switches that were turned off are owed until they are on again", "[audit][R15]") {
    World world = draw("a v1 16G :");
    world.state.ha.on = world.state.wlb.on = world.state.auto_power_on.on = true;
    const PoolState before = world.state;
    const std::vector<std::pair<Step, Step>> pairs{{DisableHa{}, EnableHa{}},
                                                   {DisableWlb{}, EnableWlb{}},
                                                   {DisableAutoPowerOn{}, EnableAutoPowerOn{}}};
    for (const auto& pair : pairs) {
        REQUIRE(act(world, pair.first));
        const Owed owed = not_restored(world.pool, before, world.state);
        REQUIRE(owed.size() == 1);
        CHECK(owed[0].rule == Rule::r15_restore);
        REQUIRE(act(world, pair.second));
        CHECK(not_restored(world.pool, before, world.state).empty());
    }
}

TEST_CASE("R15: a host that was enabled is owed; one that was not is not", "[audit][R15]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G disabled :
    )");
    const PoolState before = world.state;
    CHECK(not_restored(world.pool, before, world.state).empty());
    REQUIRE(act(world, disable(world, "a")));
    const Owed owed = not_restored(world.pool, before, world.state);
    REQUIRE(owed.size() == 1);
    CHECK(owed[0].host == host(world, "a"));
    REQUIRE(act(world, enable(world, "a")));
    CHECK(not_restored(world.pool, before, world.state).empty());
}

TEST_CASE("R15: CDs, and VMs that ran, are owed", "[audit][R15]") {
    World world = draw(R"(
        a  v1  16G : db 2G restart, web 2G suspend, disc 2G cd
    )");
    const PoolState before = world.state;
    REQUIRE(act(world, stop(world, "db")));
    REQUIRE(act(world, suspend(world, "web")));
    REQUIRE(act(world, EjectCd{vm(world, "disc")}));
    const Owed owed = not_restored(world.pool, before, world.state);
    REQUIRE(owed.size() == 3);  // in order of name: db, disc, web
    CHECK(owed[0].vm == vm(world, "db"));
    CHECK(owed[1].vm == vm(world, "disc"));
    CHECK(owed[2].vm == vm(world, "web"));
    REQUIRE(act(world, start(world, "db", "a")));
    REQUIRE(act(world, resume(world, "web", "a")));
    REQUIRE(act(world, InsertCd{vm(world, "disc")}));
    CHECK(not_restored(world.pool, before, world.state).empty());
}

TEST_CASE("R15: nothing is done while something is owed", "[audit][R15]") {
    World world = draw("a v2 16G : db 2G restart");
    const PoolState before = world.state;
    CHECK(is_done(world.pool, before, world.state));
    REQUIRE(act(world, stop(world, "db")));
    CHECK_FALSE(is_done(world.pool, before, world.state));
    REQUIRE(act(world, start(world, "db", "a")));
    CHECK(is_done(world.pool, before, world.state));
}

}  // namespace
}  // namespace vacate
