// R4: only a host that is disabled, empty and not upgraded yet goes down.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

World two_hosts() {
    World world = draw(R"(
        a  v1  16G : db 2G, web 2G suspend
        b  v1  16G :
    )");
    world.state.backed_up = true;
    return world;
}

TEST_CASE("R4: a host is upgraded only when it is disabled", "[transition][R4]") {
    World world = draw("a v1 16G :");
    world.state.backed_up = true;
    CHECK(refusal(world, upgrade(world, "a")) == "R4");
    REQUIRE(act(world, disable(world, "a")));
    CHECK(refusal(world, upgrade(world, "a")).empty());
}

TEST_CASE("R4: a host is upgraded only when no VM is on it", "[transition][R4]") {
    World world = two_hosts();
    REQUIRE(act(world, disable(world, "a")));
    const auto no = forbids(world.pool, world.state, upgrade(world, "a"));
    REQUIRE(no.has_value());
    CHECK(no->rule == Rule::r4_empty);
    CHECK(no->cause == Cause::not_empty);
    CHECK(no->needed == 2);  // db and web
    REQUIRE(act(world, suspend(world, "web")));
    CHECK(refusal(world, upgrade(world, "a")) == "R4");  // db
    REQUIRE(act(world, migrate(world, "db", "b")));
    CHECK(refusal(world, upgrade(world, "a")).empty());
}

TEST_CASE("R4: a VM on its way counts, at both ends", "[transition][R4]") {
    World world = draw(R"(
        a  v2  16G :
        b  v1  16G : db 2G
        c  v1  16G :
    )");
    const Step move = migrate(world, "db", "c");
    REQUIRE(begin(world, move));
    REQUIRE(act(world, disable(world, "b")));
    REQUIRE(act(world, disable(world, "c")));
    CHECK(refusal(world, upgrade(world, "b")) == "R4");  // leaving, not gone
    CHECK(refusal(world, upgrade(world, "c")) == "R4");  // not there, but reserved
    REQUIRE(fail(world, move));
    CHECK(refusal(world, upgrade(world, "b")) == "R4");
    CHECK(refusal(world, upgrade(world, "c")).empty());
}

TEST_CASE("R4: no host is upgraded twice, and none that is lost", "[transition][R4]") {
    World world = draw(R"(
        a  v2  16G disabled :
        b  v1  16G :
    )");
    CHECK(refusal(world, upgrade(world, "a")) == "R4");
    REQUIRE(act(world, enable(world, "a")));
    REQUIRE(take(world, HostLost{host(world, "b")}));
    CHECK(refusal(world, upgrade(world, "b")) == "R4");
    REQUIRE(take(world, HostFound{host(world, "b"), false}));  // back, disabled
    CHECK(refusal(world, upgrade(world, "b")).empty());
}

}  // namespace
}  // namespace vacate
