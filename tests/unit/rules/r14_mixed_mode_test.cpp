// R14: what mixed versions block is done before the first upgrade, or not at all.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("R14: no upgrade without a backup, and none behind the first one", "[transition][R14]") {
    World world = draw(R"(
        a  v1  16G disabled :
        b  v1  16G disabled :
    )");
    const auto no = forbids(world.pool, world.state, upgrade(world, "a"));
    REQUIRE(no.has_value());
    CHECK(no->rule == Rule::r14_mixed_mode);
    CHECK(no->cause == Cause::not_backed_up);
    World backed_up = world;
    REQUIRE(act(backed_up, BackUpDatabase{}));
    CHECK(refusal(backed_up, upgrade(backed_up, "a")).empty());
    // A pool that is mixed already cannot be backed up any more, and goes on without.
    World mixed = draw(R"(
        a  v2  16G :
        b  v1  16G disabled :
    )");
    CHECK(refusal(mixed, BackUpDatabase{}) == "R14");
    CHECK(refusal(mixed, upgrade(mixed, "b")).empty());
}

TEST_CASE("R14: HA, WLB and auto power-on are off when a host is upgraded", "[transition][R14]") {
    World world = draw("a v1 16G disabled :");
    world.state.backed_up = true;
    CHECK(refusal(world, upgrade(world, "a")).empty());
    PoolState& state = world.state;
    for (PoolSwitch* one : {&state.ha, &state.wlb, &state.auto_power_on}) {
        one->on = true;
        CHECK(refusal(world, upgrade(world, "a")) == "R14");
        one->on = false;
    }
    CHECK(refusal(world, upgrade(world, "a")).empty());
}

TEST_CASE("R14: HA is off before a host is taken out of use", "[transition][R14]") {
    World world = draw("a v1 16G :");
    world.state.ha.on = true;
    CHECK(refusal(world, disable(world, "a")) == "R14");
    REQUIRE(begin(world, DisableHa{}));
    CHECK(refusal(world, disable(world, "a")) == "R14");  // not off yet
    REQUIRE(end(world, DisableHa{}));
    CHECK(refusal(world, disable(world, "a")).empty());
    world.state.wlb.on = true;  // WLB may stay on for that
    CHECK(refusal(world, disable(world, "a")).empty());
}

TEST_CASE("R14: HA comes back only when all versions are one", "[transition][R14]") {
    World world = draw(R"(
        a  v2  16G :
        b  v1  16G disabled :
    )");
    world.state.ha.turned_off = true;
    world.state.wlb.turned_off = true;
    CHECK(refusal(world, EnableHa{}) == "R14");
    CHECK(refusal(world, EnableWlb{}).empty());
    REQUIRE(act(world, upgrade(world, "b")));
    CHECK(refusal(world, EnableHa{}).empty());
}

}  // namespace
}  // namespace vacate
