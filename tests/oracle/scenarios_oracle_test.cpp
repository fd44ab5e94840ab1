// The plans of the committed scenarios, judged by the naive judge and held against the peers'.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "model/codec/scenario.hpp"
#include "sim/search/baseline.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/planner.hpp"
#include "tests/oracle/plan_checker.hpp"

namespace vacate::oracle {
namespace {

Scenario scenario_at(const std::string& path) {
    std::ifstream file(std::string(VACATE_SOURCE_DIR "/scenarios/") + path, std::ios::binary);
    REQUIRE(file);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    Result<Scenario> scenario = read_scenario(text, path);
    REQUIRE(scenario);
    return std::move(*scenario);
}

// Legal in sequence, in `timings` adversarial orders and in its own timeline; proved; between
// the bound and what each peer needs.
void judge(const std::string& path, int timings) {
    const Scenario scenario = scenario_at(path);
    const auto planned = plan_upgrade(scenario.pool, scenario.state);
    REQUIRE(planned);
    INFO(path);
    CHECK(wrong_in_plan(scenario.pool, scenario.state, planned->plan, planned->simulation, timings,
                        1) == "");
    REQUIRE(planned->proof);
    CHECK(planned->proof->weaknesses.empty());
    CHECK(planned->simulation.makespan >= lower_bound(scenario.pool, scenario.state).makespan);
    for (const Baseline baseline : {Baseline::wizard, Baseline::rpu}) {
        const BaselinePlan peer = plan_baseline(scenario.pool, scenario.state, baseline);
        if (peer.stuck) continue;
        const auto run = simulate(scenario.pool, scenario.state, peer.plan, {.timeline = false});
        REQUIRE(run);
        CHECK(planned->simulation.makespan <= run->makespan);
    }
}

}  // namespace

TEST_CASE("plans of the typical pools hold, and no peer is faster", "[oracle][scenarios]") {
    judge("typical/4-hosts.json", 20);
    judge("typical/8-hosts.json", 20);
    judge("typical/16-hosts.json", 10);
}

TEST_CASE("the plan of 64 hosts holds, and no peer is faster", "[oracle][scenarios]") {
    judge("large/64-hosts.json", 2);
}

}  // namespace vacate::oracle
