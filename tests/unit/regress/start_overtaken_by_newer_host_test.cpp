// A VM was to be started again on a host that was the newest in the plan's order, and was not any
// more when another host with a newer target had been upgraded sooner than planned.
#include <algorithm>
#include <catch2/catch.hpp>

#include "model/precedence.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("regress: a newer host is upgraded after the VMs on older ones have started",
          "[precedence][R2]") {
    World world = draw(R"(
        a  v1  16G : db 2G restart
        b  v1  16G :
    )");
    world.state.backed_up = true;
    for (Dotted* key : {&world.pool.hosts[host(world, "b")].target.platform,
                        &world.pool.hosts[host(world, "b")].target.manager}) {
        *key = {3};
    }
    const std::vector<Step> steps{disable(world, "a"), stop(world, "db"),       upgrade(world, "a"),
                                  enable(world, "a"),  start(world, "db", "a"), disable(world, "b"),
                                  upgrade(world, "b"), enable(world, "b")};
    const auto after = precedence_of(world.pool, world.state, Table<Step>(steps));
    const std::vector<Id<Step>>& waits = after[Id<Step>{6}];
    CHECK(std::find(waits.begin(), waits.end(), Id<Step>{4}) != waits.end());
}

}  // namespace
}  // namespace vacate
