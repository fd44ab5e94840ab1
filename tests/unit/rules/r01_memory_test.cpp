// R1: memory is held at both ends of a move, and no host is promised more than it has.
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "tests/support/acts.hpp"
#include "tests/support/recount.hpp"

namespace vacate {
namespace {

TEST_CASE("R1: a migration holds memory on both hosts until it ends", "[transition][R1]") {
    World world = draw(R"(
        a  v1  16G : db 12G
        b  v1  16G :
    )");
    const Step move = migrate(world, "db", "b");
    REQUIRE(begin(world, move));
    CHECK(committed(world, "a") == 12_GiB);
    CHECK(committed(world, "b") == 12_GiB);
    REQUIRE(end(world, move));
    CHECK(committed(world, "a") == 0_GiB);
    CHECK(committed(world, "b") == 12_GiB);
}

TEST_CASE("R1: two moves that overlap do not overfill their target", "[transition][R1]") {
    World world = draw(R"(
        a  v1  32G : db 12G, web 12G, log 4G
        b  v1  16G :
    )");
    REQUIRE(begin(world, migrate(world, "db", "b")));  // 16 - 12 leaves 4
    const auto no = forbids(world.pool, world.state, migrate(world, "web", "b"));
    REQUIRE(no.has_value());
    CHECK(no->rule == Rule::r1_memory);
    CHECK(Bytes{no->needed} == 12_GiB);
    CHECK(Bytes{no->available} == 4_GiB);
    CHECK(begin(world, migrate(world, "log", "b")));  // 4 of 4
    CHECK(overcommitted(world.pool, world.state).empty());
}

TEST_CASE("R1: what leaves a host makes room only when it has left", "[transition][R1]") {
    World world = draw(R"(
        a  v1  16G : db 12G
        b  v1  16G : web 12G
        c  v1  16G :
    )");
    const Step away = migrate(world, "web", "c");
    REQUIRE(begin(world, away));
    CHECK(refusal(world, migrate(world, "db", "b")) == "R1");  // b: 16 - 12 = 4, 12 needed
    REQUIRE(end(world, away));
    CHECK(refusal(world, migrate(world, "db", "b")).empty());  // b: 16 - 0
}

TEST_CASE("R1: admission may ask for more than is charged then", "[transition][R1]") {
    World world = draw(R"(
        a  v1  16G : db 4G, web 4G
        b  v1  10G :
    )");
    world.pool.vms[vm(world, "web")].admission = 6_GiB;
    REQUIRE(act(world, migrate(world, "db", "b")));             // 10 - 4 = 6
    CHECK(refusal(world, migrate(world, "web", "b")).empty());  // 6 of 6
    world.pool.vms[vm(world, "web")].admission = 6_GiB + 1_B;
    CHECK(refusal(world, migrate(world, "web", "b")) == "R1");
    world.pool.vms[vm(world, "web")].admission = 6_GiB;
    REQUIRE(act(world, migrate(world, "web", "b")));
    CHECK(committed(world, "b") == 8_GiB);  // 4 + 4
}

TEST_CASE("R1: an upgraded host has what is left beside its new dom0", "[transition][R1]") {
    World world = draw(R"(
        a  v1  16G after=12G :
        b  v1  16G : db 13G, web 12G
    )");
    world.state.backed_up = true;
    CHECK(refusal(world, migrate(world, "db", "a")).empty());  // 13 of 16
    for (const Step& step : {disable(world, "a"), upgrade(world, "a"), enable(world, "a")}) {
        REQUIRE(act(world, step));
    }
    CHECK(refusal(world, migrate(world, "db", "a")) == "R1");   // 13 of 12
    CHECK(refusal(world, migrate(world, "web", "a")).empty());  // 12 of 12
}

TEST_CASE("R1: a VM that is started again needs its memory again", "[transition][R1]") {
    World world = draw(R"(
        a  v1  16G : db 10G restart, web 10G suspend
    )");
    REQUIRE(act(world, stop(world, "db")));
    REQUIRE(act(world, suspend(world, "web")));
    CHECK(committed(world, "a") == 0_GiB);
    REQUIRE(begin(world, start(world, "db", "a")));
    CHECK(committed(world, "a") == 10_GiB);
    CHECK(refusal(world, resume(world, "web", "a")) == "R1");  // 16 - 10 = 6, 10 needed
}

TEST_CASE("R1: audit() names a host that holds too much", "[transition][R1]") {
    World world = draw(R"(
        a  v1  8G : db 6G
        b  v1  16G : web 6G
    )");
    CHECK(audit(world.pool, world.state).empty());
    // A person moved web by hand: 6 + 6 = 12 on a host of 8.
    REQUIRE(take(world, VmSeen{vm(world, "web"), Power::running, host(world, "a")}));
    const auto found = audit(world.pool, world.state);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == Rule::r1_memory);
    CHECK(found[0].host == host(world, "a"));
    CHECK(Bytes{found[0].needed} == 12_GiB);
    CHECK(Bytes{found[0].available} == 8_GiB);
}

}  // namespace
}  // namespace vacate
