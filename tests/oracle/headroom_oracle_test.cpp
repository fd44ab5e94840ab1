// Headroom against brute force: what bisection says is the frontier is one, on tiny pools.
#include <catch2/catch.hpp>
#include <cstdio>

#include "model/audit.hpp"
#include "model/restart.hpp"
#include "sim/whatif/questions.hpp"
#include "tests/oracle/exhaustive.hpp"
#include "tests/oracle/plan_checker.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/world.hpp"

namespace vacate::oracle {
namespace {

constexpr std::int64_t situations_max = 400'000;

Scenario grown(const World& world, Growth step, std::int64_t steps, bool& fits) {
    Scenario scenario;
    scenario.pool = world.pool;
    scenario.state = world.state;
    std::vector<Id<Vm>> all;
    for (const Id<Vm> vm : world.pool.vms.ids()) all.push_back(vm);
    Findings ignored;
    fits = grow(scenario, all, Growth{step.permille * steps, step.bytes * steps}, ignored);
    return scenario;
}

Answer truth_of(const Scenario& scenario) {
    const bool is_tiny = scenario.pool.hosts.size() <= 3 && scenario.pool.vms.size() <= 4;
    const Grain grain = is_tiny ? Grain::single : Grain::whole;
    return exhaust(scenario.pool, scenario.state, grain, situations_max).answer;
}

std::int64_t steps_in(const StudyRow& row, std::string_view name) {
    const auto* steps = std::get_if<std::int64_t>(&figure_of(row, name));
    return steps == nullptr ? -1 : *steps;
}

// Every way to place the VMs of `lost` from number `at` on, one by one.
bool places_all(const Scenario& scenario, const std::vector<Id<Vm>>& vms, std::size_t at,
                Id<Host> lost, std::vector<Bytes>& room) {
    if (at == vms.size()) return true;
    const Vm& vm = scenario.pool.vms[vms[at]];
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        const bool takes = host != lost && vm.memory <= room[host.index] &&
                           scenario.state.hosts[host].phase == HostPhase::enabled &&
                           !lacks(scenario.pool, scenario.state, vms[at], host);
        if (!takes) continue;
        room[host.index] -= vm.memory;
        const bool rest = places_all(scenario, vms, at + 1, lost, room);
        room[host.index] += vm.memory;
        if (rest) return true;
    }
    return false;
}

// The VMs that a loss leaves without a host and that may start on another one.
std::vector<Id<Vm>> homeless(const Scenario& scenario, Id<Host> lost) {
    std::vector<Id<Vm>> vms;
    for (const Id<Vm> vm : scenario.pool.vms.ids()) {
        const bool is_there = scenario.state.vms[vm].host == lost;
        if (is_there && !is_tied(scenario.pool, scenario.state, vm)) vms.push_back(vm);
    }
    return vms;
}

bool survives_loss(const Scenario& scenario, Id<Host> lost) {
    std::vector<Bytes> room;
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        room.push_back(free_in(scenario.pool, scenario.state, host));
    }
    return places_all(scenario, homeless(scenario, lost), 0, lost, room);
}

bool survives_any_loss(const Scenario& scenario) {
    for (const Id<Host> lost : scenario.pool.hosts.ids()) {
        if (!survives_loss(scenario, lost)) return false;
    }
    return true;
}

struct Tally {
    int pools = 0, with_frontier = 0, none = 0, capped = 0, proved = 0, losses = 0;
};

StudyRow answer_to(const World& world, const Question& question,
                   void (*answer)(const AskedCase&, RowFiller&)) {
    StudyRow row;
    for (const std::string& name : figure_names(question.ask)) row.figures.push_back({name, {}});
    Changed changed;
    changed.scenario.pool = world.pool;
    changed.scenario.state = world.state;
    Study study;
    study.effort = 10'000;
    const Stops never_stops;
    const CasePlanner planner(study, never_stops);
    RowFiller filler(row);
    answer({question, changed, planner}, filler);
    return row;
}

StudyRow headroom_of(const World& world, Growth step) {
    Question question;
    question.ask = Ask::headroom;
    question.step = step;
    return answer_to(world, question, answer_headroom);
}

void check_upgrade(const World& world, Growth step, const StudyRow& row, std::uint64_t seed,
                   Tally& tally) {
    const std::int64_t frontier = steps_in(row, "upgrade_steps");
    bool fits = true;
    if (frontier >= 0) {
        ++tally.with_frontier;
        const Scenario at = grown(world, step, frontier, fits);
        REQUIRE(fits);
        PlanOptions options;
        options.effort = 10'000;
        const auto planned = plan_upgrade(at.pool, at.state, options);
        REQUIRE(planned);
        CHECK(wrong_in_plan(at.pool, at.state, planned->plan, planned->simulation, 20, seed) == "");
    } else {
        ++tally.none;
    }
    const Scenario beyond = grown(world, step, frontier + 1, fits);
    if (!fits) {
        ++tally.proved;
        return;  // a host holds more than it has, so R1 is broken as it stands
    }
    const Answer truth = truth_of(beyond);
    if (truth == Answer::capped) {
        ++tally.capped;
        return;
    }
    CHECK(truth == Answer::impossible);
    CHECK(std::get<std::string>(figure_of(row, "upgrade_limit")) == "no");
    ++tally.proved;
}

void check_losses(const World& world, Growth step, const StudyRow& row, Tally& tally) {
    if (is_mixed(world.pool, world.state)) return;
    const std::int64_t frontier = steps_in(row, "loss_steps");
    bool fits = true;
    if (frontier >= 0) {
        const Scenario at = grown(world, step, frontier, fits);
        CHECK(fits);
        CHECK(survives_any_loss(at));
        ++tally.losses;
    }
    const Scenario beyond = grown(world, step, frontier + 1, fits);
    if (fits) CHECK_FALSE(survives_any_loss(beyond));
}

TEST_CASE("headroom: one step more is infeasible, and what is said to hold does",
          "[oracle][headroom]") {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= 250; ++seed) {
        Random random(seed);
        const World world = random_world(random, {2, 3, 5, seed % 2 == 0});
        if (world.pool.vms.empty()) continue;
        ++tally.pools;
        INFO("seed " << seed << "\n" << picture(world));
        const Growth step = seed % 3 == 0 ? Growth{50, {}} : Growth{0, 512_MiB};
        const StudyRow row = headroom_of(world, step);
        // A pool whose VMs all run nowhere, or need nothing, grows without end.
        if (steps_in(row, "upgrade_steps") >= 100'000) continue;
        check_upgrade(world, step, row, seed, tally);
        if (steps_in(row, "loss_steps") < 100'000) check_losses(world, step, row, tally);
    }
    std::printf(
        "headroom: %d pools, %d with a frontier, %d without, %d proved, %d capped; %d "
        "survive losses\n",
        tally.pools, tally.with_frontier, tally.none, tally.proved, tally.capped, tally.losses);
    CHECK(tally.with_frontier > 100);
    CHECK(tally.proved > 150);
    CHECK(tally.losses > 50);
    CHECK(tally.capped * 20 <= tally.pools);
}

TEST_CASE("n-k: a loss said to be survivable is, one said not to be is not", "[oracle][n-k]") {
    int survivable = 0;
    int not_survivable = 0;
    for (std::uint64_t seed = 1; seed <= 250; ++seed) {
        Random random(seed);
        const World world = random_world(random, {2, 3, 5, seed % 2 == 0});
        if (is_mixed(world.pool, world.state)) continue;  // R2 is not the oracle's
        INFO("seed " << seed << "\n" << picture(world));
        Question question;
        question.ask = Ask::losses;
        const StudyRow row = answer_to(world, question, answer_losses);
        REQUIRE(row.tables.size() == 2);  // losses, and the VMs at risk
        Scenario scenario;
        scenario.pool = world.pool;
        scenario.state = world.state;
        // The pool as it stands: the first lines, one for each host.
        for (const Id<Host> host : world.pool.hosts.ids()) {
            bool any_tied = false;
            for (const Id<Vm> vm : world.pool.vms.ids()) {
                const bool is_there = world.state.vms[vm].host == host;
                any_tied = any_tied || (is_there && is_tied(world.pool, world.state, vm));
            }
            if (any_tied) continue;  // it starts nowhere, whatever room there is
            const auto& line = row.tables.front().rows[host.index];
            REQUIRE(std::get<std::string>(line[3]) == world.pool.hosts[host].name);
            const std::string& said = std::get<std::string>(line[4]);
            const bool truth = survives_loss(scenario, host);
            if (said == "survivable") {
                ++survivable;
                CHECK(truth);
            } else if (said == "not survivable") {
                ++not_survivable;
                CHECK_FALSE(truth);
            }
        }
    }
    std::printf("n-k: %d losses survivable, %d not\n", survivable, not_survivable);
    CHECK(survivable > 100);
    CHECK(not_survivable > 50);
}

}  // namespace
}  // namespace vacate::oracle
