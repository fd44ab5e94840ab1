// prove() against random timings: a plan that some timing breaks is never called robust.
#include <catch2/catch.hpp>
#include <cstdio>

#include "model/precedence.hpp"
#include "model/robust.hpp"
#include "sim/search/construct.hpp"
#include "tests/oracle/plan_checker.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/vary.hpp"

namespace vacate::oracle {
namespace {

World one_target_world(std::uint64_t seed) {
    Random random(seed);
    World world = varied_world(random, {2, 4, 6, true, true});
    for (Host& host : world.pool.hosts) {
        host.version = Version{"v1", {1}, {1}, {1}, {1}};
        host.target = Version{"v2", {2}, {2}, {2}, {2}};
    }
    world.state.backed_up = true;
    return world;
}

// Takes single waits out of a plan's precedence, as a bug of ours would.
void loosen(Plan& plan, Random& random, int times) {
    for (int i = 0; i < times; ++i) {
        const Id<Step> id{static_cast<std::uint32_t>(random.below(plan.steps.size()))};
        std::vector<Id<Step>>& waits = plan.after[id];
        if (waits.empty()) continue;
        waits.erase(waits.begin() + static_cast<std::ptrdiff_t>(random.below(waits.size())));
    }
}

TEST_CASE("prove() finds a weakness wherever some timing breaks a rule", "[oracle][robust]") {
    std::int64_t plans = 0, weak = 0, broken = 0, too_lax = 0, unseen = 0;
    for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
        const World world = one_target_world(seed);
        Random random(seed);
        Genome genome;
        genome.width = static_cast<int>(random.below(3));
        std::int64_t effort = 0;
        const auto draft = construct(world.pool, world.state, genome, effort);
        if (!draft || draft->steps().empty()) continue;
        Plan plan;
        plan.steps = Table<Step>(draft->steps());
        plan.after = precedence_of(world.pool, world.state, plan.steps);
        for (int loose = 0; loose < 4; ++loose) {
            ++plans;
            const bool robust = prove(world.pool, world.state, plan).weaknesses.empty();
            const std::string wrong = wrong_in_some_timing(world.pool, world.state, plan, 60, seed);
            weak += !robust;
            broken += !wrong.empty();
            unseen += !robust && wrong.empty();
            if (robust && !wrong.empty()) {
                ++too_lax;
                UNSCOPED_INFO("seed " << seed << ", loosened " << loose << " times: " << wrong
                                      << picture(world));
            }
            CHECK((!robust || wrong.empty()));
            loosen(plan, random, 1);
        }
    }
    std::printf(
        "proofs: %lld plans, %lld weak, %lld broken by a timing, %lld too lax, %lld weak "
        "with no timing found\n",
        static_cast<long long>(plans), static_cast<long long>(weak), static_cast<long long>(broken),
        static_cast<long long>(too_lax), static_cast<long long>(unseen));
    CHECK(too_lax == 0);
}

}  // namespace
}  // namespace vacate::oracle
