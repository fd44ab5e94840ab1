// Any list of steps that is legal one by one stays legal under every timing that keeps its
// precedence.
#include <rapidcheck.h>

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "model/precedence.hpp"
#include "model/transition.hpp"
#include "sim/search/construct.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/recount.hpp"
#include "tests/support/steps.hpp"
#include "tests/support/vary.hpp"

namespace vacate {
namespace {

using Precedence = Table<Step, std::vector<Id<Step>>>;

// Begins and ends steps in a random order that `after` allows; several are under way most of the
// time. Throttles are left out: they only delay. Returns: what went wrong, or "".
std::string play(const World& world, const Table<Step>& steps, const Precedence& after,
                 Random& random) {
    PoolState state = world.state;
    std::vector<std::size_t> waits(steps.size());
    std::vector<Id<Step>> ready, busy;
    std::string story;
    for (const Id<Step> id : steps.ids()) {
        waits[id.index] = after[id].size();
        if (after[id].empty()) ready.push_back(id);
    }
    const std::uint64_t eager = random.below(4) + 1;  // up to: begin whatever may begin
    const auto take = [&random](std::vector<Id<Step>>& list) {
        const std::size_t at = random.below(list.size());
        const Id<Step> id = list[at];
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
        return id;
    };
    while (!ready.empty() || !busy.empty()) {
        const bool begins = busy.empty() || (!ready.empty() && random.chance(eager, 4));
        const Id<Step> id = take(begins ? ready : busy);
        story += (begins ? "began " : "ended ") + std::to_string(id.index) + "\n";
        const Event event = begins ? Event{Began{steps[id]}} : Event{Ended{steps[id]}};
        if (const auto done = apply(world.pool, state, event); !done) {
            return explain(world.pool, done.error()) + "\n" + story;
        }
        if (!overcommitted(world.pool, state).empty()) return "overcommitted\n" + story;
        if (begins) {
            busy.push_back(id);
            continue;
        }
        for (const Id<Step> next : steps.ids()) {
            for (const Id<Step> before : after[next]) {
                if (before == id && --waits[next.index] == 0) ready.push_back(next);
            }
        }
    }
    return "";
}

// Every host goes from v1 to v2. Where targets differ, a pool may be mixed, not mixed and mixed
// again, and what R14 blocks comes and goes with it; no order of ours answers to that.
World one_target(World world) {
    for (Host& host : world.pool.hosts) {
        host.version = Version{"v1", {1}, {1}, {1}, {1}};
        host.target = Version{"v2", {2}, {2}, {2}, {2}};
    }
    world.state.backed_up = true;
    return world;
}

void check_timings(const World& world, const Table<Step>& steps, std::uint64_t seed,
                   Random& random) {
    const Precedence after = precedence_of(world.pool, world.state, steps);
    for (const Id<Step> id : steps.ids()) {
        for (const Id<Step> before : after[id]) RC_ASSERT(before < id);
    }
    for (int timing = 0; timing < 20; ++timing) {
        const std::string wrong = play(world, steps, after, random);
        if (wrong.empty()) continue;
        RC_LOG() << "seed " << seed << "\n" << picture(world) << picture(world.pool, steps, after);
        RC_FAIL(wrong);
    }
}

TEST_CASE("precedence: every timing of a constructed plan is legal", "[precedence][law]") {
    rc::prop("construct(), then any timing", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        Random random(seed);
        const World world = one_target(varied_world(random, {2, 5, 8, true}));
        for (int width = 0; width < 3; ++width) {
            Genome genome;
            genome.width = width;
            genome.salt = random.next();
            std::int64_t effort = 0;
            const auto draft = construct(world.pool, world.state, genome, effort);
            if (draft) check_timings(world, Table<Step>(draft->steps()), seed, random);
        }
    });
}

// A switch that is turned on, off and on again, or a backup behind the last upgrade: steps that
// no plan has, and precedence_of() does not order.
bool is_pointless(const Step& step) {
    return std::holds_alternative<EnableHa>(step) || std::holds_alternative<EnableWlb>(step) ||
           std::holds_alternative<EnableAutoPowerOn>(step) ||
           std::holds_alternative<BackUpDatabase>(step) || std::holds_alternative<InsertCd>(step);
}

// Steps to and fro that no planner would write: hosts that are disabled and enabled again, VMs
// that wander in circles.
TEST_CASE("precedence: every timing of a random legal list is legal", "[precedence][law]") {
    rc::prop("a walk of whole steps, then any timing", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        const int length = *rc::gen::inRange(0, 60);
        Random random(seed);
        const World world = one_target(varied_world(random, {2, 4, 6, true}));
        Walk walk(world, random.next(), {.failures = false, .overlap = false});
        Table<Step> steps;
        for (int i = 0; i < length; ++i) {
            const Event event = walk.propose();
            const auto* began = std::get_if<Began>(&event);
            if (began != nullptr && is_pointless(began->step)) continue;
            if (walk.take(event) && began != nullptr) steps.push_back(began->step);
        }
        check_timings(world, steps, seed, random);
    });
}

}  // namespace
}  // namespace vacate
