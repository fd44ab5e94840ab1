// R6: at most hosts_down_max hosts are out of use at once.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("R6: a host more than allowed waits until one is enabled again", "[transition][R6]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G :
        c  v1  16G :
    )");
    world.pool.policy.hosts_down_max = 2;
    world.state.backed_up = true;
    REQUIRE(act(world, disable(world, "a")));
    REQUIRE(begin(world, disable(world, "b")));  // 2 of 2, from when it begins
    const auto no = forbids(world.pool, world.state, disable(world, "c"));
    REQUIRE(no.has_value());
    CHECK(no->rule == Rule::r6_width);
    CHECK(no->needed == 3);
    CHECK(no->available == 2);
    REQUIRE(end(world, disable(world, "b")));
    REQUIRE(act(world, upgrade(world, "a")));
    REQUIRE(begin(world, enable(world, "a")));
    CHECK(refusal(world, disable(world, "c")) == "R6");  // not enabled until it has ended
    REQUIRE(end(world, enable(world, "a")));
    CHECK(refusal(world, disable(world, "c")).empty());  // b and c
}

TEST_CASE("R6: a disable that failed gives its place back", "[transition][R6]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G :
    )");
    world.pool.policy.hosts_down_max = 1;
    REQUIRE(begin(world, disable(world, "a")));
    CHECK(refusal(world, disable(world, "b")) == "R6");
    REQUIRE(fail(world, disable(world, "a")));
    CHECK(refusal(world, disable(world, "b")).empty());
}

TEST_CASE("R6: hosts that were out before count", "[transition][R6]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G disabled :
    )");
    world.pool.policy.hosts_down_max = 1;
    CHECK(refusal(world, disable(world, "a")) == "R6");
    world.pool.policy.hosts_down_max = 2;
    CHECK(refusal(world, disable(world, "a")).empty());
}

}  // namespace
}  // namespace vacate
