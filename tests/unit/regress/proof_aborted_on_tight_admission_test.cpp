// A plan that was legal under every timing was taken for a bug: its proof was too strict where a
// VM is admitted with more than it keeps.
#include <catch2/catch.hpp>

#include "model/precedence.hpp"
#include "model/robust.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

Plan in_order(const World& world, const std::vector<Step>& steps) {
    Plan plan;
    plan.steps = Table<Step>(steps);
    plan.after = precedence_of(world.pool, world.state, plan.steps);
    return plan;
}

// small comes to b first and needs 4 then, of which it keeps 2; large finds 8 - 2 = 6. Together
// they hold 8 of 8, and small's other 2 are needed only before large comes.
TEST_CASE("regress: a VM's larger admission counts only while it arrives", "[robust][R1]") {
    World world = draw(R"(
        a  v1  16G : small 2G, large 6G
        b  v1   8G :
    )");
    world.pool.vms[vm(world, "small")].admission = 4_GiB;
    const Step first = migrate(world, "small", "b");
    const Step second = migrate(world, "large", "b");
    Plan plan = in_order(world, {first, second});
    CHECK(prove(world.pool, world.state, plan).weaknesses.empty());
    // Without their order large may come first, and small finds 2 where it needs 4.
    plan.after[Id<Step>{1}].clear();
    const Proof proof = prove(world.pool, world.state, plan);
    REQUIRE(proof.weaknesses.size() == 1);
    CHECK(proof.weaknesses[0].step == Id<Step>{0});
    CHECK(proof.weaknesses[0].violation.rule == Rule::r1_memory);
    CHECK(Bytes{proof.weaknesses[0].violation.needed} == 10_GiB);  // 6 + 4
}

}  // namespace
}  // namespace vacate
