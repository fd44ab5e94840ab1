// A VM that runs on a host that is not there could be moved from nowhere, and that read past the
// table of hosts.
#include <catch2/catch.hpp>

#include "model/transition.hpp"
#include "tests/support/world.hpp"

namespace vacate {

TEST_CASE("a VM that runs on none of the hosts does not migrate, suspend or stop",
          "[transition][regress]") {
    World world = draw("a v1 16G :\nb v1 16G : db 4G");
    const Id<Vm> db = vm(world, "db");
    const Id<Host> a = host(world, "a");
    const Id<Host> nowhere = Id<Host>::none();
    world.state.vms[db].host = nowhere;
    for (const Step& step :
         {Step{Migrate{db, nowhere, a}}, Step{Suspend{db, nowhere}}, Step{Stop{db, nowhere}}}) {
        const auto violation = forbids(world.pool, world.state, step);
        REQUIRE(violation);
        CHECK(violation->rule == Rule::sense);
    }
}

}  // namespace vacate
