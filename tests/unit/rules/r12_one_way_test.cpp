// R12: no host sends and receives at the same time; a throttle, so it only delays.
#include <catch2/catch.hpp>

#include "model/throttle.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

bool waits(const World& world, const Step& step) {
    const auto violation = throttled(world.pool, world.state, step);
    if (violation) CHECK(violation->rule == Rule::r12_one_way);
    return violation.has_value();
}

TEST_CASE("R12: a host that receives sends nothing, and the other way round", "[throttle][R12]") {
    World world = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G : web 2G
        c  v1  16G : log 2G
        d  v1  16G :
    )");
    const Step move = migrate(world, "db", "b");
    CHECK_FALSE(waits(world, move));
    REQUIRE(begin(world, move));                                // a sends, b receives
    CHECK(waits(world, migrate(world, "web", "a")));            // each other
    CHECK(waits(world, migrate(world, "web", "d")));            // b would send
    CHECK(waits(world, migrate(world, "log", "a")));            // a would receive
    CHECK_FALSE(waits(world, migrate(world, "log", "b")));      // b receives two
    CHECK_FALSE(waits(world, migrate(world, "log", "d")));      // other hosts
    CHECK(refusal(world, migrate(world, "web", "a")).empty());  // no rule forbids it
    REQUIRE(end(world, move));
    CHECK_FALSE(waits(world, migrate(world, "web", "a")));
}

TEST_CASE("R12: the operator may allow both ways", "[throttle][R12]") {
    World world = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G : web 2G
    )");
    REQUIRE(begin(world, migrate(world, "db", "b")));
    CHECK(waits(world, migrate(world, "web", "a")));
    world.pool.policy.one_way = false;
    CHECK_FALSE(waits(world, migrate(world, "web", "a")));
}

TEST_CASE("R12: steps that move nothing never wait", "[throttle][R12]") {
    World world = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G : web 2G suspend
    )");
    REQUIRE(begin(world, migrate(world, "db", "b")));
    CHECK_FALSE(waits(world, suspend(world, "web")));
    CHECK_FALSE(waits(world, disable(world, "a")));
}

}  // namespace
}  // namespace vacate
