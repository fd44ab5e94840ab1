// What simulate --runs prints, byte for byte, and that threads never change it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// What is drawn in the four-hosts pool, which itself leaves nothing to chance.
const Words office{"--set", R"(chance.upgrade_factor={"lognormal": {"median": "1", "p95": "1.6"}})",
                   "--set", "chance.late_chance=0.05",
                   "--set", R"(chance.late_by={"uniform": {"low": "5 min", "high": "30 min"}})",
                   "--set", "hosts.srv-03.chance.lost_chance=0.02",
                   "--set", "chance.failure_chance=0.02",
                   "--set", R"(chance.dirty_factor={"lognormal": {"median": "1", "p95": "3"}})"};

ProgramRun simulate_often(const std::string& scenario, const Words& more) {
    const TemporaryFolder folder;
    const std::string plan = folder.path("plan.json");
    REQUIRE(vacate_run({"plan", scenario, "-o", plan}).status == 0);
    Words words{"simulate", scenario, plan};
    words.insert(words.end(), more.begin(), more.end());
    return vacate_run(words);
}

Words both(Words first, const Words& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

TEST_CASE("many runs: percentiles, stops and last moments", "[golden][trials]") {
    const Words asked{"--runs", "400", "--window", "90 min"};
    const ProgramRun tiny = simulate_often("scenarios/tiny/chance.json", asked);
    CHECK(tiny.status == 0);
    CHECK(tiny.err.empty());
    check_golden("trials-tiny.txt", tiny.out);
    const ProgramRun json =
        simulate_often("scenarios/tiny/chance.json", both(asked, {"--json", "--seed", "2"}));
    REQUIRE(Json::accept(json.out));
    check_golden("trials-tiny.json", json.out);
    const ProgramRun four = simulate_often("scenarios/typical/4-hosts.json", both(asked, office));
    CHECK(four.status == 0);
    check_golden("trials-4-hosts.txt", four.out);
}

TEST_CASE("many runs: the same with 1, 2 and 4 threads", "[golden][trials][determinism]") {
    const auto compare = [](const std::string& scenario, const Words& chance) {
        INFO(scenario);
        const auto with_threads = [&](const std::string& threads) {
            const Words asked{"--runs", "200", "--json", "--window", "2 h", "--threads", threads};
            return simulate_often(scenario, both(asked, chance));
        };
        const ProgramRun one = with_threads("1");
        CHECK(one.status == 0);
        CHECK(with_threads("2") == one);
        CHECK(with_threads("4") == one);
    };
    compare("scenarios/tiny/chance.json", {});
    compare("scenarios/typical/4-hosts.json", office);
}

TEST_CASE("many runs: without chance there is one, and it says what to add", "[golden][trials]") {
    const ProgramRun run = simulate_often("scenarios/tiny/memory.json", {"--runs", "1000"});
    CHECK(run.status == 0);
    check_golden("trials-without-chance.txt", run.out);
    // What it proposes is taken.
    const std::size_t from = run.out.find("--set '") + 7;
    const std::string proposed = run.out.substr(from, run.out.find('\'', from) - from);
    const ProgramRun then =
        simulate_often("scenarios/tiny/memory.json", {"--runs", "50", "--json", "--set", proposed});
    CHECK(then.status == 0);
    CHECK(Json::parse(then.out)["varies"] == true);
    CHECK(Json::parse(then.out)["runs"] == 50);
}

TEST_CASE("many runs: what is asked for in vain is refused", "[golden][trials]") {
    const auto status = [](const Words& more) {
        return simulate_often("scenarios/tiny/chance.json", more).status;
    };
    CHECK(status({"--runs", "0"}) == 2);
    CHECK(status({"--runs", "10", "--window", "4"}) == 2);
    CHECK(status({"--runs", "10", "--confidence", "100"}) == 2);
    CHECK(status({"--window", "4 h"}) == 2);  // without --runs
    CHECK(status({"--runs", "10", "--steps"}) == 2);
    CHECK(status({"--runs", "10", "--set", "hosts.*.chance.lost_chance=1"}) == 1);
}

}  // namespace
}  // namespace vacate
