// The chain of steps that leaves no slack, on a pool small enough to do by hand.
#include "sim/search/critical_path.hpp"

#include <catch2/catch.hpp>

#include "sim/search/planner.hpp"
#include "tests/support/world.hpp"

namespace vacate {

TEST_CASE("the critical path is a chain without gaps to the end of the run", "[search]") {
    const World world = draw(R"(
        a v1 16G : a1 6G
        b v1 16G : b1 4G
        c v1 16G : c1 8G
    )");
    PlanOptions options;
    options.effort = 20'000;
    const auto planned = plan_upgrade(world.pool, world.state, options);
    REQUIRE(planned);
    const Schedule& run = planned->simulation;
    const auto chain = critical_path(planned->plan, run);
    REQUIRE(!chain.empty());
    CHECK(chain.front().hold == Hold::nothing);
    for (std::size_t i = 1; i < chain.size(); ++i) {
        CHECK(chain[i].held_by == chain[i - 1].step);
        CHECK(run.times[chain[i].step].start == run.times[chain[i - 1].step].end);
    }
    // Its steps fill the whole makespan.
    Duration sum{};
    for (const CriticalStep& one : chain)
        sum += run.times[one.step].end - run.times[one.step].start;
    CHECK(sum == run.makespan);
}

TEST_CASE("a migration that waits for a place says so", "[search]") {
    // One at a time: 6 GiB over 10 Gbps, then 4 GiB; the second waits for the first.
    World world = draw("a v1 16G : a1 6G, a2 4G\n b v1 16G :");
    world.pool.policy.migrations_per_host_max = 1;
    Plan plan;
    plan.steps = Table<Step>(
        std::vector<Step>{Migrate{vm(world, "a1"), host(world, "a"), host(world, "b")},
                          Migrate{vm(world, "a2"), host(world, "a"), host(world, "b")}});
    plan.after = Table<Step, std::vector<Id<Step>>>(2);
    const auto run = simulate(world.pool, world.state, plan);
    REQUIRE(run);
    const auto chain = critical_path(plan, *run);
    REQUIRE(chain.size() == 2);
    CHECK(chain[1].hold == Hold::throttle);
    CHECK(chain[1].held_by == Id<Step>{0});
}

}  // namespace vacate
