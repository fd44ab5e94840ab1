// R8: a VM that cannot move gets what the operator chose for it, and nothing else.
#include <catch2/catch.hpp>

#include "tests/support/acts.hpp"

namespace vacate {
namespace {

World one_of_each() {
    return draw(R"(
        a  v1  32G : live 2G, asleep 2G suspend, off 2G restart, fixed 2G pinned, disks 2G storage
        b  v1  32G :
    )");
}

TEST_CASE("R8: only what may move is migrated", "[transition][R8]") {
    const World world = one_of_each();
    CHECK(refusal(world, migrate(world, "live", "b")).empty());
    for (const char* name : {"asleep", "off", "fixed", "disks"}) {
        CAPTURE(name);
        CHECK(refusal(world, migrate(world, name, "b")) == "R8");
    }
}

TEST_CASE("R8: only what may be suspended is suspended, what may be stopped is stopped",
          "[transition][R8]") {
    const World world = one_of_each();
    CHECK(refusal(world, suspend(world, "asleep")).empty());
    CHECK(refusal(world, stop(world, "off")).empty());
    for (const char* name : {"live", "off", "fixed", "disks"}) {
        CAPTURE(name);
        CHECK(refusal(world, suspend(world, name)) == "R8");
    }
    for (const char* name : {"live", "asleep", "fixed", "disks"}) {
        CAPTURE(name);
        CHECK(refusal(world, stop(world, name)) == "R8");
    }
}

TEST_CASE("R8: disks on local storage move along once, then the VM is free", "[transition][R8]") {
    World world = one_of_each();
    const Id<Storage> shared{1};
    const auto motion = [&world](const char* name) {
        return MigrateStorage{vm(world, name), host(world, "a"), host(world, "b"), Id<Storage>{1}};
    };
    CHECK(refusal(world, motion("live")) == "R8");
    CHECK(refusal(world, motion("fixed")) == "R8");
    REQUIRE(begin(world, motion("disks")));
    REQUIRE(fail(world, motion("disks")));
    CHECK(refusal(world, migrate(world, "disks", "b")) == "R8");  // they did not move
    REQUIRE(act(world, motion("disks")));
    CHECK(world.state.vms[vm(world, "disks")].storage == shared);
    CHECK(refusal(world, migrate(world, "disks", "a")).empty());
    const Step again =
        MigrateStorage{vm(world, "disks"), host(world, "b"), host(world, "a"), shared};
    CHECK(refusal(world, again) == "R8");
}

TEST_CASE("R8: a VM comes back where it was suspended or stopped", "[transition][R8]") {
    World world = one_of_each();
    REQUIRE(act(world, suspend(world, "asleep")));
    REQUIRE(act(world, stop(world, "off")));
    CHECK(refusal(world, resume(world, "asleep", "b")) == "R8");
    CHECK(refusal(world, start(world, "off", "b")) == "R8");
    CHECK(refusal(world, resume(world, "asleep", "a")).empty());
    CHECK(refusal(world, start(world, "off", "a")).empty());
    REQUIRE(begin(world, start(world, "off", "a")));
    REQUIRE(fail(world, start(world, "off", "a")));
    CHECK(refusal(world, start(world, "off", "a")).empty());  // may be tried again
}

TEST_CASE("R8: a VM that somebody else stopped is not ours to start", "[transition][R8]") {
    World world = one_of_each();
    REQUIRE(take(world, VmSeen{vm(world, "off"), Power::halted, Id<Host>::none()}));
    CHECK(refusal(world, start(world, "off", "a")) == "R8");
}

}  // namespace
}  // namespace vacate
