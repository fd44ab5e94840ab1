// Laws of apply() that hold whatever the rules say.
#include <algorithm>

#include "model/plan.hpp"
#include "model/transition.hpp"
#include "tests/property/rules/on_walks.hpp"
#include "tests/support/recount.hpp"

namespace vacate {
namespace {

TEST_CASE("a refused event changes nothing", "[transition][law]") {
    on_walks("refused, so unchanged", {.failures = true, .facts = true, .throttles = false}, {},
             [](const Moment& at) {
                 const bool unchanged = at.before == at.after();
                 return at.accepted || unchanged ? "" : "a refused event changed the state";
             });
}

TEST_CASE("the counters are what a recount finds, facts and failures included",
          "[transition][law]") {
    on_walks("committed is the memory of the VMs there and coming",
             {.failures = true, .facts = true, .throttles = false}, {}, [](const Moment& at) {
                 return miscounted(at.pool(), at.after(), at.walk.under_way());
             });
}

TEST_CASE("a failed step leaves the state that it began from, whatever the world",
          "[transition][law]") {
    on_walks("Began then Failed is nothing", {}, {}, [](const Moment& at) -> std::string {
        const Step* step = at.begun();
        if (step == nullptr) return "";
        PoolState state = at.after();
        if (!apply(at.pool(), state, Failed{*step})) return "what began could not fail";
        return state == at.before ? "" : "a failed step left traces";
    });
}

TEST_CASE("forbids(), all_violations() and apply() say the same", "[transition][law]") {
    on_walks("one judgement", {}, {}, [](const Moment& at) -> std::string {
        const auto* began = std::get_if<Began>(&at.event);
        if (began == nullptr) return "";
        PoolState state = at.before;
        const auto done = apply(at.pool(), state, at.event);
        const auto no = forbids(at.pool(), at.before, began->step);
        const auto all = all_violations(at.pool(), at.before, began->step);
        if (done.has_value() == no.has_value()) return "apply() and forbids() differ";
        if (no.has_value() == all.empty()) return "forbids() and all_violations() differ";
        if (no && !(all.front() == *no && done.error() == *no)) return "not the first rule";
        const auto by_rule = [](const Violation& a, const Violation& b) { return a.rule < b.rule; };
        return std::is_sorted(all.begin(), all.end(), by_rule) ? "" : "not in order of rules";
    });
}

TEST_CASE("the same walk twice ends in the same state", "[transition][law]") {
    rc::prop("apply() is a function", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        std::vector<PoolState> ends;
        for (int run = 0; run < 2; ++run) {
            Random random(seed);
            World world = varied_world(random);
            Walk walk(std::move(world), random.next(), {.failures = true, .facts = true});
            for (int i = 0; i < 60; ++i) walk.take(walk.propose());
            ends.push_back(walk.state());
        }
        RC_ASSERT(ends[0] == ends[1]);
    });
}

TEST_CASE("a plan that is legal is legal up to any of its steps", "[transition][law]") {
    rc::prop("plan legal, so every prefix legal", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        Random random(seed);
        World world = varied_world(random);
        const World start = world;
        Walk walk(std::move(world), random.next(), {.failures = false});
        Table<Step> steps;
        // One step at a time, as replay() reads a plan.
        PoolState state = start.state;
        for (int i = 0; i < 100; ++i) {
            const Event event = walk.propose();
            const auto* began = std::get_if<Began>(&event);
            if (began == nullptr || !walk.take(event)) continue;
            walk.take(Ended{began->step});
            steps.push_back(began->step);
        }
        RC_LOG() << "seed " << seed << "\n" << picture(start);
        RC_ASSERT(replay(start.pool, start.state, steps).has_value());
        Table<Step> prefix;
        for (const Step& step : steps) {
            prefix.push_back(step);
            const auto replayed = replay(start.pool, start.state, prefix);
            RC_ASSERT(replayed.has_value());
            RC_ASSERT(perform(start.pool, state, step).has_value());
            RC_ASSERT(*replayed == state);
        }
    });
}

}  // namespace
}  // namespace vacate
