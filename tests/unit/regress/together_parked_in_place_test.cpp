// VMs that must stay together, parked at one host and back there: the proof took the order in
// which they leave and come for a separation, and the search gave up on its own plan.
#include <catch2/catch.hpp>

#include "model/precedence.hpp"
#include "model/robust.hpp"
#include "tests/support/world.hpp"

namespace vacate {

TEST_CASE("regress: members of a group parked at one host are together there", "[robust][R7]") {
    World world = draw("a v1 16G : x 1G suspend, y 1G restart\nb v1 16G :");
    group(world, Group::Kind::together, {"x", "y"});
    const Id<Host> a = host(world, "a");
    Plan plan;
    for (const Step& step : {Step{Stop{vm(world, "y"), a}}, Step{Suspend{vm(world, "x"), a}},
                             Step{Start{vm(world, "y"), a}}, Step{Resume{vm(world, "x"), a}}}) {
        plan.steps.push_back(step);
    }
    plan.after = precedence_of(world.pool, world.state, plan.steps);
    CHECK(prove(world.pool, world.state, plan).weaknesses.empty());
}

}  // namespace vacate
