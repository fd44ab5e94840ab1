// R13: so many migrations at once per host, pair and pool, and so many storage motions.
#include <catch2/catch.hpp>

#include "model/throttle.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

World five_guests() {
    World world = draw(R"(
        a  v1  64G : vm1 2G, vm2 2G, vm3 2G, vm4 2G
        b  v1  64G :
        c  v1  64G : vm5 2G
        d  v1  64G :
    )");
    world.pool.policy.one_way = false;
    return world;
}

// Which window `step` waits for; wrong_state when it need not wait.
Cause window_of(const World& world, const Step& step) {
    const auto violation = throttled(world.pool, world.state, step);
    if (!violation) return Cause::wrong_state;
    CHECK(violation->rule == Rule::r13_window);
    CHECK(violation->needed == violation->available + 1);
    return violation->cause;
}

TEST_CASE("R13: three at once per host, sent and received together", "[throttle][R13]") {
    World world = five_guests();
    REQUIRE(begin(world, migrate(world, "vm1", "b")));
    REQUIRE(begin(world, migrate(world, "vm2", "b")));
    CHECK(window_of(world, migrate(world, "vm3", "b")) == Cause::wrong_state);  // the third
    REQUIRE(begin(world, migrate(world, "vm5", "a")));                          // a: 2 out, 1 in
    CHECK(window_of(world, migrate(world, "vm3", "b")) == Cause::host_window);  // a is full
    CHECK(window_of(world, migrate(world, "vm3", "d")) == Cause::host_window);
    world.pool.policy.migrations_per_host_max = 4;
    CHECK(window_of(world, migrate(world, "vm3", "b")) == Cause::wrong_state);
}

TEST_CASE("R13: one at once per pair, counted both ways", "[throttle][R13]") {
    World world = five_guests();
    world.pool.policy.migrations_per_pair_max = 1;
    REQUIRE(begin(world, migrate(world, "vm1", "c")));
    CHECK(window_of(world, migrate(world, "vm2", "c")) == Cause::pair_window);
    CHECK(window_of(world, migrate(world, "vm5", "a")) == Cause::pair_window);
    CHECK(window_of(world, migrate(world, "vm2", "b")) == Cause::wrong_state);
}

TEST_CASE("R13: two at once in the pool", "[throttle][R13]") {
    World world = five_guests();
    world.pool.policy.migrations_per_pool_max = 2;
    REQUIRE(begin(world, migrate(world, "vm1", "b")));
    CHECK(window_of(world, migrate(world, "vm5", "d")) == Cause::wrong_state);
    REQUIRE(begin(world, migrate(world, "vm5", "d")));
    CHECK(window_of(world, migrate(world, "vm2", "b")) == Cause::pool_window);
}

TEST_CASE("R13: one storage motion at once per source", "[throttle][R13]") {
    World world = five_guests();
    world.pool.policy.storage_motions_per_source_max = 1;
    for (const char* name : {"vm1", "vm2", "vm5"}) {
        world.pool.vms[vm(world, name)].mobility = Mobility::storage;
    }
    const auto motion = [&world](const char* name, const char* to) {
        const Id<Vm> guest = vm(world, name);
        return MigrateStorage{guest, world.state.vms[guest].host, host(world, to), Id<Storage>{1}};
    };
    REQUIRE(begin(world, motion("vm1", "b")));
    CHECK(window_of(world, motion("vm2", "d")) == Cause::storage_window);
    CHECK(window_of(world, motion("vm5", "b")) == Cause::wrong_state);          // from c
    CHECK(window_of(world, migrate(world, "vm3", "b")) == Cause::wrong_state);  // no disks
    REQUIRE(end(world, motion("vm1", "b")));
    CHECK(window_of(world, motion("vm2", "d")) == Cause::wrong_state);
}

}  // namespace
}  // namespace vacate
