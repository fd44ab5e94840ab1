// A peer's plan in which a VM could not be started again counted as complete, and the planner
// preferred it because it was shorter.
#include <catch2/catch.hpp>

#include "model/plan.hpp"
#include "sim/search/baseline.hpp"
#include "sim/search/planner.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

// web is stopped on a, which is upgraded to 2. b runs 3 already: nothing starts on a any more.
TEST_CASE("regress: a peer that cannot start a VM again is stuck", "[search][R2]") {
    World world = draw(R"(
        a  v1  16G : web 2G restart
        b  v2  16G :
    )");
    for (Version* one : {&world.pool.hosts[host(world, "b")].version,
                         &world.pool.hosts[host(world, "b")].target}) {
        one->platform = one->manager = {3};
    }
    for (const Baseline baseline : {Baseline::wizard, Baseline::rpu}) {
        const BaselinePlan peer = plan_baseline(world.pool, world.state, baseline);
        REQUIRE(peer.stuck.has_value());
        CHECK(peer.stuck->vm == vm(world, "web"));
        CHECK(peer.reason.rule == Rule::r2_version);
    }
    const auto planned = plan_upgrade(world.pool, world.state);
    REQUIRE_FALSE(planned.has_value());
    CHECK(planned.error().proven);
}

}  // namespace
}  // namespace vacate
