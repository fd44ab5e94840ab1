// The planner against brute force: it says no only where there is no plan, and its plans hold.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>

#include "sim/search/baseline.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/planner.hpp"
#include "tests/oracle/exhaustive.hpp"
#include "tests/oracle/naive_judge.hpp"
#include "tests/oracle/plan_checker.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/vary.hpp"

namespace vacate::oracle {
namespace {

constexpr std::int64_t effort = 6'000;
constexpr int timings = 120;
constexpr std::int64_t situations_max = 400'000;

struct Tally {
    std::int64_t pools = 0, feasible = 0, infeasible = 0, capped = 0, false_no = 0;
    std::int64_t unproven = 0, wrong_plans = 0, broken_bounds = 0, slower_than_peer = 0;
    std::int64_t split_groups = 0, peers = 0, situations = 0;

    void print(const char* family) const {
        const auto n = [](std::int64_t number) { return static_cast<long long>(number); };
        std::printf(
            "%s: %lld pools; %lld feasible (%lld wrong plans), %lld infeasible (%lld found "
            "without a proof), %lld false no, %lld capped\n",
            family, n(pools), n(feasible), n(wrong_plans), n(infeasible), n(unproven), n(false_no),
            n(capped));
        std::printf(
            "  %lld peers' plans, %lld slower than a peer, %lld below their bound, %lld "
            "end with a group broken, %lld situations looked at\n",
            n(peers), n(slower_than_peer), n(broken_bounds), n(split_groups), n(situations));
    }
};

// The message of a failure: how to draw the same pool again, and the pool.
std::string message(const char* family, std::uint64_t seed, const World& world,
                    const std::string& what) {
    return std::string(family) + ", seed " + std::to_string(seed) + ": " + what + "\n" +
           picture(world);
}

Grain grain_for(const Pool& pool) {
    return pool.hosts.size() <= 3 && pool.vms.size() <= 4 ? Grain::single : Grain::whole;
}

void judge_no(Tally& tally, const World& world, const NoPlan& no, std::string& first) {
    const Exhausted truth = exhaust(world.pool, world.state, grain_for(world.pool), situations_max);
    tally.situations += truth.situations;
    if (truth.answer == Answer::capped) {
        ++tally.capped;
        return;
    }
    if (truth.answer == Answer::impossible) {
        ++tally.infeasible;
        if (!no.proven) ++tally.unproven;
        if (no.findings.empty()) first = "a no without a reason";
        return;
    }
    ++tally.false_no;
    first = no.proven ? "proven to be impossible, but" : "nothing found, but";
    for (const Step& step : truth.steps) first += "\n  " + describe(world.pool, step);
}

// A peer's plan, judged like ours; its makespan where it is not stuck.
std::optional<Duration> judge_peer(Tally& tally, const World& world, Baseline baseline,
                                   std::string& first) {
    const BaselinePlan peer = plan_baseline(world.pool, world.state, baseline);
    if (peer.stuck) return std::nullopt;
    ++tally.peers;
    const auto run = simulate(world.pool, world.state, peer.plan);
    if (!run) {
        first = "a peer's plan stalls";
        return std::nullopt;
    }
    const std::string wrong = wrong_in_timeline(world.pool, world.state, peer.plan, *run);
    if (!wrong.empty()) first = "a peer's plan: " + wrong;
    if (run->makespan < lower_bound(world.pool, world.state).makespan) {
        ++tally.broken_bounds;
        first = "a peer's plan beats the lower bound";
    }
    return run->makespan;
}

// We suspend and stop VMs last, when the others have left, so that they are away for a shorter
// time; peers do it side by side with the moves, and may be done a little sooner.
bool parks_vms(const Pool& pool) {
    return std::any_of(pool.vms.begin(), pool.vms.end(), [](const Vm& vm) {
        return vm.mobility == Mobility::suspend || vm.mobility == Mobility::restart;
    });
}

void judge_yes(Tally& tally, const World& world, const Planned& planned, std::uint64_t seed,
               std::string& first) {
    ++tally.feasible;
    const Plan& plan = planned.plan;
    const Simulation& run = planned.simulation;
    const std::string wrong = wrong_in_plan(world.pool, world.state, plan, run, timings, seed);
    if (!wrong.empty()) {
        ++tally.wrong_plans;
        first = wrong;
    }
    const Bound bound = lower_bound(world.pool, world.state);
    if (run.makespan < bound.makespan) {
        ++tally.broken_bounds;
        first = "it takes " + display(run.makespan) + ", less than its bound " +
                display(bound.makespan) + ": " + bound.reason;
    }
    if (plan.promise.makespan != run.makespan || plan.promise.bound != bound.makespan) {
        first = "the promise is not what the run and the bound say";
    }
    const NaiveJudge end(world.pool, run.final_state);
    const NaiveJudge start(world.pool, world.state);
    if (start.broken_groups().empty() && !end.broken_groups().empty()) {
        ++tally.split_groups;
        first = "at the end these are apart, or together, and must not be: " + end.broken_groups();
    }
    for (const Baseline baseline : {Baseline::wizard, Baseline::rpu}) {
        const auto peer = judge_peer(tally, world, baseline, first);
        // What overlaps shares links, and may take a little longer than one after the other.
        const bool slower = peer && run.makespan > *peer + *peer / 100;
        if (!slower || parks_vms(world.pool)) continue;
        ++tally.slower_than_peer;
        first = "a peer needs " + display(*peer) + ", we need " + display(run.makespan);
    }
}

template <class Draw>
Tally try_pools(const char* family, std::uint64_t first_seed, std::uint64_t count, Draw draw_one) {
    Tally tally;
    for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
        Random random(seed);
        const World world = draw_one(random);
        ++tally.pools;
        PlanOptions options;
        options.effort = effort;
        options.moments_max = 0;  // how short they can be is asked elsewhere
        const auto planned = plan_upgrade(world.pool, world.state, options);
        std::string wrong;
        if (planned) judge_yes(tally, world, *planned, seed, wrong);
        if (!planned) judge_no(tally, world, planned.error(), wrong);
        if (!wrong.empty()) UNSCOPED_INFO(message(family, seed, world, wrong));
        CHECK(wrong.empty());
    }
    tally.print(family);
    CHECK(tally.false_no == 0);
    CHECK(tally.wrong_plans == 0);
    CHECK(tally.broken_bounds == 0);
    CHECK(tally.split_groups == 0);
    CHECK(tally.slower_than_peer == 0);
    CHECK(tally.capped * 100 <= tally.pools);  // rare, and never taken for agreement
    return tally;
}

// Half of the pools: links so slow that moves take longer than upgrades, as bounds must bear.
void slow_down(Random& random, World& world) {
    if (random.chance(1, 2)) return;
    for (Host& host : world.pool.hosts) {
        host.link = megabits_per_second(random.between(50, 500));
        host.upgrade_time = std::chrono::seconds(random.between(30, 200));
    }
    for (Vm& vm : world.pool.vms) vm.pause_limit.reset();
}

TEST_CASE("planner: plain pools against brute force", "[oracle][planner]") {
    const Tally tally = try_pools("plain", 1, 1000, [](Random& random) {
        World world = random_world(random, {2, 4, 6, false});
        slow_down(random, world);
        return world;
    });
    CHECK(tally.feasible > 100);
    CHECK(tally.infeasible > 20);
}

TEST_CASE("planner: pools with features against brute force", "[oracle][planner]") {
    const Tally tally = try_pools("features", 10'001, 1500, [](Random& random) {
        World world = random_world(random, {2, 4, 6, true});
        slow_down(random, world);
        let_some_squeeze(random, world);
        return world;
    });
    CHECK(tally.feasible > 100);
    CHECK(tally.infeasible > 20);
}

bool one_target(const Pool& pool) {
    return std::all_of(pool.hosts.begin(), pool.hosts.end(), [&pool](const Host& host) {
        return same_version(host.target, pool.hosts[pool.coordinator].target);
    });
}

TEST_CASE("planner: pools found in the middle of an upgrade against brute force",
          "[oracle][planner]") {
    const Tally tally = try_pools("varied", 20'001, 1500, [](Random& random) {
        World world = varied_world(random, {2, 4, 5, true});
        slow_down(random, world);
        // A pool that is mixed at the start and not so later has no moment for its backup.
        if (is_mixed(world.pool, world.state)) world.state.backed_up = true;
        // Nor can HA come back to a pool whose hosts have different targets.
        world.state.ha.on = world.state.ha.on && one_target(world.pool);
        return world;
    });
    CHECK(tally.feasible > 40);
    CHECK(tally.infeasible > 20);
}

}  // namespace
}  // namespace vacate::oracle
