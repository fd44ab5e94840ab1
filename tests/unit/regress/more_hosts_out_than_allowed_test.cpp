// More hosts were disabled at the start than may be out of use: the proof blamed the plan, and
// the precedence let a disable pass one of the enables that it needs.
#include <catch2/catch.hpp>

#include "model/precedence.hpp"
#include "model/robust.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("regress: a disable waits until as many are enabled as it takes", "[precedence][R6]") {
    World world = draw(R"(
        a  v2  16G :
        b  v2  16G disabled :
        c  v2  16G disabled :
    )");
    world.pool.policy.hosts_down_max = 1;
    Plan plan;
    plan.steps = Table<Step>({enable(world, "c"), enable(world, "b"), disable(world, "a")});
    plan.after = precedence_of(world.pool, world.state, plan.steps);
    // Two are out and one may be: both must be back before a third goes.
    CHECK(plan.after[Id<Step>{2}] == std::vector<Id<Step>>{Id<Step>{0}, Id<Step>{1}});
    CHECK(prove(world.pool, world.state, plan).weaknesses.empty());
    plan.after[Id<Step>{2}] = {Id<Step>{1}};
    const Proof proof = prove(world.pool, world.state, plan);
    REQUIRE(proof.weaknesses.size() == 1);
    CHECK(proof.weaknesses[0].violation.rule == Rule::r6_width);
}

}  // namespace
}  // namespace vacate
