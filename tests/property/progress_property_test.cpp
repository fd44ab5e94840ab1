// A plan that was carried out in part is recognised, and the rest of it is still legal.
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "model/progress.hpp"
#include "model/robust.hpp"
#include "model/transition.hpp"
#include "sim/search/planner.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/vary.hpp"

namespace vacate {
namespace {

// Carries out some steps of a plan, in any order that it allows.
struct Part {
    PoolState state;
    Table<Step, char> done;
    std::size_t count = 0;
};

Part carry_out_some(Random& random, const World& world, const Plan& plan) {
    Part part{world.state, Table<Step, char>(plan.steps.size(), 0), 0};
    const std::uint64_t wanted = random.below(plan.steps.size() + 1);
    for (bool changed = true; changed && part.count < wanted;) {
        changed = false;
        for (const Id<Step> id : plan.steps.ids()) {
            if (part.done[id] != 0 || part.count == wanted || random.chance(1, 3)) continue;
            bool ready = true;
            for (const Id<Step> before : plan.after[id]) ready = ready && part.done[before] != 0;
            if (!ready) continue;
            REQUIRE(perform(world.pool, part.state, plan.steps[id]));
            part.done[id] = 1;
            ++part.count;
            changed = true;
        }
    }
    return part;
}

// What a pool shows to whoever reads it anew: nothing of who turned what off, and why.
PoolState as_read(PoolState state) {
    state.backed_up = false;
    for (PoolSwitch* one : {&state.ha, &state.wlb, &state.auto_power_on}) one->turned_off = false;
    for (VmState& vm : state.vms) vm.parked = Id<Host>::none();
    return state;
}

std::string wrong_in(const World& world, const Plan& plan, const Part& part) {
    const PlanProgress progress = progress_of(world.pool, as_read(part.state), plan);
    for (const BrokenStep& one : progress.broken) {
        return "step " + std::to_string(one.step.index) + ", " +
               describe(world.pool, plan.steps[one.step]) +
               (part.done[one.step] != 0 ? ", which is done, " : ", which is not done, ") +
               "breaks: " + explain(world.pool, one.violation);
    }
    for (const Id<Step> id : plan.steps.ids()) {
        const bool told_done = progress.fates[id] == StepFate::done;
        if (part.done[id] == 0 && told_done) return "a step is said to be done that is not";
        const bool shows = !std::holds_alternative<BackUpDatabase>(plan.steps[id]);
        const bool stays = std::holds_alternative<Upgrade>(plan.steps[id]);
        if (shows && stays && part.done[id] != 0 && !told_done) return "an upgrade is not noticed";
    }
    if (!not_restored(world.pool, world.state, progress.end).empty()) {
        return "what is left does not put everything back";
    }
    const Proof proof = prove(world.pool, progress.now, progress.rest);
    if (!proof.weaknesses.empty()) return "a timing of what is left breaks a rule";
    return "";
}

TEST_CASE("a plan that was stopped anywhere can be recognised and gone on with",
          "[property][progress]") {
    int stopped = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        World world = random_world(random, {2, 5, 8, true});
        PlanOptions options;
        options.effort = 3000;
        const auto planned = plan_upgrade(world.pool, world.state, options);
        if (!planned || planned->plan.steps.empty()) continue;
        // What the plan owes at the end in any case is no fault of reading it.
        const PoolState& end = planned->simulation.final_state;
        if (!not_restored(world.pool, world.state, end).empty()) continue;
        const Part part = carry_out_some(random, world, planned->plan);
        const std::string wrong = wrong_in(world, planned->plan, part);
        INFO("seed " << seed << ": " << wrong << "\n" << picture(world));
        CHECK(wrong.empty());
        ++stopped;
    }
    CHECK(stopped > 150);  // else the pools are too hard to be a test
}

}  // namespace
}  // namespace vacate
