// R11: while the coordinator is down nothing begins, and it goes down while nothing runs.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

World four_hosts() {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G : db 2G, web 2G suspend, cd 2G cd
        c  v1  16G :
        d  v1  16G disabled :
    )");
    world.state.backed_up = true;
    return world;
}

TEST_CASE("R11: the coordinator goes down only when nothing is under way", "[transition][R11]") {
    World world = four_hosts();
    REQUIRE(act(world, disable(world, "a")));
    for (const Step& step : {migrate(world, "db", "c"), suspend(world, "web"), disable(world, "c"),
                             enable(world, "d")}) {
        CAPTURE(describe(world.pool, step));
        World other = world;
        REQUIRE(begin(other, step));
        CHECK(refusal(other, upgrade(other, "a")) == "R11");
        REQUIRE(end(other, step));
        CHECK(refusal(other, upgrade(other, "a")).empty());
    }
}

TEST_CASE("R11: nothing begins while the coordinator is down", "[transition][R11]") {
    World world = four_hosts();
    REQUIRE(act(world, disable(world, "a")));
    const std::vector<Step> steps{migrate(world, "db", "c"), suspend(world, "web"),
                                  disable(world, "c"), enable(world, "d"),
                                  EjectCd{vm(world, "cd")}};
    for (const Step& step : steps) CHECK(refusal(world, step).empty());
    REQUIRE(begin(world, upgrade(world, "a")));
    for (const Step& step : steps) {
        CAPTURE(describe(world.pool, step));
        CHECK(refusal(world, step) == "R11");
    }
    REQUIRE(end(world, upgrade(world, "a")));
    CHECK(refusal(world, migrate(world, "db", "c")).empty());
}

TEST_CASE("R11: a coordinator that is lost commands nothing either", "[transition][R11]") {
    World world = four_hosts();
    REQUIRE(take(world, HostLost{host(world, "a")}));
    CHECK(refusal(world, migrate(world, "db", "c")) == "R11");
    REQUIRE(take(world, HostFound{host(world, "a"), false}));
    CHECK(refusal(world, migrate(world, "db", "c")).empty());
}

TEST_CASE("R11: a member may go down while others are busy", "[transition][R11]") {
    World world = draw(R"(
        a  v2  16G :
        b  v1  16G : db 2G
        c  v1  16G disabled :
    )");
    REQUIRE(begin(world, migrate(world, "db", "a")));
    CHECK(refusal(world, upgrade(world, "c")).empty());
}

}  // namespace
}  // namespace vacate
