// R7: VMs stay apart, or together, the moment of a move included.
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("R7: VMs kept apart never share a host", "[transition][R7]") {
    World world = draw(R"(
        a  v1  16G : db1 2G
        b  v1  16G : db2 2G
        c  v1  16G :
    )");
    CHECK(refusal(world, migrate(world, "db1", "b")).empty());
    group(world, Group::Kind::apart, {"db1", "db2"});
    const auto no = forbids(world.pool, world.state, migrate(world, "db1", "b"));
    REQUIRE(no.has_value());
    CHECK(no->rule == Rule::r7_groups);
    CHECK(no->other == vm(world, "db2"));
    CHECK(refusal(world, migrate(world, "db1", "c")).empty());
}

TEST_CASE("R7: a VM on its way is at both ends", "[transition][R7]") {
    World world = draw(R"(
        a  v1  16G : db1 2G
        b  v1  16G : db2 2G
        c  v1  16G :
    )");
    group(world, Group::Kind::apart, {"db1", "db2"});
    const Step move = migrate(world, "db2", "c");
    REQUIRE(begin(world, move));
    CHECK(refusal(world, migrate(world, "db1", "b")) == "R7");  // db2 has not left
    CHECK(refusal(world, migrate(world, "db1", "c")) == "R7");  // and is expected there
    REQUIRE(end(world, move));
    CHECK(refusal(world, migrate(world, "db1", "b")).empty());
    CHECK(refusal(world, migrate(world, "db1", "c")) == "R7");
}

TEST_CASE("R7: VMs kept together go from one host to one other", "[transition][R7]") {
    World world = draw(R"(
        a  v1  16G : app 2G, cache 2G
        b  v1  16G :
        c  v1  16G :
    )");
    group(world, Group::Kind::together, {"app", "cache"});
    const Step first = migrate(world, "app", "b");
    REQUIRE(begin(world, first));
    CHECK(refusal(world, migrate(world, "cache", "c")) == "R7");
    CHECK(refusal(world, migrate(world, "cache", "b")).empty());
    REQUIRE(end(world, first));
    CHECK(refusal(world, migrate(world, "app", "c")) == "R7");  // cache is still on a
    CHECK(refusal(world, migrate(world, "app", "a")).empty());  // back to cache
    REQUIRE(act(world, migrate(world, "cache", "b")));
    CHECK(refusal(world, migrate(world, "app", "c")).empty());
}

TEST_CASE("R7: a VM that is just being started has a place already", "[transition][R7]") {
    World world = draw(R"(
        a  v1  16G : app 2G restart
        b  v1  16G : cache 2G restart
    )");
    for (const char* name : {"app", "cache"}) REQUIRE(act(world, stop(world, name)));
    group(world, Group::Kind::together, {"app", "cache"});
    CHECK(refusal(world, start(world, "cache", "b")).empty());  // nobody to be with
    REQUIRE(begin(world, start(world, "app", "a")));
    CHECK(refusal(world, start(world, "cache", "b")) == "R7");  // app will be on a
    REQUIRE(fail(world, start(world, "app", "a")));
    CHECK(refusal(world, start(world, "cache", "b")).empty());
}

TEST_CASE("R7: audit() names the two VMs", "[transition][R7]") {
    World world = draw(R"(
        a  v1  16G : db1 2G, app 2G
        b  v1  16G : db2 2G, cache 2G
    )");
    CHECK(audit(world.pool, world.state).empty());
    group(world, Group::Kind::apart, {"db1", "db2"});
    CHECK(audit(world.pool, world.state).empty());
    group(world, Group::Kind::together, {"app", "cache"});
    REQUIRE(audit(world.pool, world.state).size() == 1);  // app and cache
    REQUIRE(take(world, VmSeen{vm(world, "db2"), Power::running, host(world, "a")}));
    const auto found = audit(world.pool, world.state);
    REQUIRE(found.size() == 2);
    CHECK(found[0].cause == Cause::kept_apart);
    CHECK(found[0].vm == vm(world, "db1"));
    CHECK(found[0].other == vm(world, "db2"));
    CHECK(found[1].cause == Cause::kept_together);
}

}  // namespace
}  // namespace vacate
