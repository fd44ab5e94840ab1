// R3: the coordinator is upgraded, back and enabled before any other host goes down.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("R3: no member is upgraded before the coordinator is back and enabled",
          "[transition][R3]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G :
    )");
    world.state.backed_up = true;
    REQUIRE(act(world, disable(world, "b")));
    CHECK(refusal(world, upgrade(world, "b")) == "R3");  // a is old
    REQUIRE(act(world, disable(world, "a")));
    CHECK(refusal(world, upgrade(world, "a")).empty());  // the coordinator itself may
    REQUIRE(begin(world, upgrade(world, "a")));
    CHECK(refusal(world, upgrade(world, "b")) == "R3");  // a is down
    REQUIRE(end(world, upgrade(world, "a")));
    CHECK(refusal(world, upgrade(world, "b")) == "R3");  // a is new, but still disabled
    REQUIRE(begin(world, enable(world, "a")));
    CHECK(refusal(world, upgrade(world, "b")) == "R3");  // not enabled yet
    REQUIRE(end(world, enable(world, "a")));
    CHECK(refusal(world, upgrade(world, "b")).empty());
}

TEST_CASE("R3: the coordinator is whoever the pool says, not the first by name",
          "[transition][R3]") {
    World world = draw(R"(
        z  v1  16G disabled :
        b  v1  16G disabled :
    )");
    world.state.backed_up = true;
    CHECK(world.pool.coordinator == host(world, "z"));
    CHECK(refusal(world, upgrade(world, "b")) == "R3");
    CHECK(refusal(world, upgrade(world, "z")).empty());
}

}  // namespace
}  // namespace vacate
