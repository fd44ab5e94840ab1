// Fragments: written, included in a scenario and read back; what is wrong names the file.
#include <catch2/catch.hpp>

#include "model/codec/fragment.hpp"
#include "model/codec/scenario.hpp"

namespace vacate {
namespace {

std::string scenario_with(const std::string& more) {
    return R"({"about": "a pool", )" + more + R"(
        "pool": {"coordinator": "a", "target": {"platform": "3.4.0"}},
        "hosts": [{"name": "a", "memory": "64 GiB", "version": {"platform": "3.2.0"}}],
        "vms": [{"name": "db", "host": "a", "memory": "8 GiB", "cold_rate": "1 MiB/s"}]})";
}

Result<Scenario> read_with(const std::string& more, std::vector<IncludedFile> files,
                           std::vector<std::string> sets = {}, const std::string& defaults = {}) {
    Overrides overrides;
    overrides.included = std::move(files);
    overrides.sets = std::move(sets);
    overrides.defaults = defaults;
    overrides.defaults_source = "defaults.json";
    return read_scenario(scenario_with(more), "pool.json", overrides);
}

bool assumes(const Scenario& scenario, const std::string& subject) {
    for (const Finding& one : scenario.remarks) {
        if (one.code == "ASSUMED" && one.subject == subject) return true;
    }
    return false;
}

const std::string include_one = R"("include": ["fit.json"],)";

}  // namespace

TEST_CASE("a fragment is included and read back as it was written", "[include]") {
    const std::string text = print_fragment(
        "fitted to 50 migrations",
        {{"timing", "stream_cap", Measure::rate, 471'250'000, "95 %: 3.7 Gbps to 3.8 Gbps"},
         {"timing", "before", Measure::time, 4'800'000, ""},
         {"timing", "link_efficiency", Measure::ratio, 957, ""},
         {"timing", "queued", Measure::bytes, 2 << 20, ""},
         {"vms", "dirty_rate", Measure::rate, 20 << 20, "sure"},
         {"vms", "cold_rate", Measure::rate, 5 << 20, "sure"},
         {"hosts", "send_budget", Measure::rate, 1'250'000'000, ""}});
    CHECK(included_files(scenario_with(include_one)) == std::vector<std::string>{"fit.json"});
    const Result<Scenario> scenario = read_with(include_one, {{"fit.json", text}});
    REQUIRE(scenario);
    const Pool& pool = scenario->pool;
    CHECK(pool.timing.stream_cap == Bandwidth{471'250'000});
    CHECK(pool.timing.before == Duration{4'800'000});
    CHECK(pool.timing.link_efficiency_permille == 957);
    CHECK(pool.timing.queued == Bytes{2 << 20});
    CHECK(pool.vms[Id<Vm>{0}].dirty_rate == Bandwidth{20 << 20});
    CHECK(pool.vms[Id<Vm>{0}].cold_rate == Bandwidth{1 << 20});  // the scenario's own
    CHECK(pool.hosts[Id<Host>{0}].send_budget == Bandwidth{1'250'000'000});
    CHECK_FALSE(assumes(*scenario, "vms.*.dirty_rate"));
    CHECK(assumes(*scenario, "vms.*.working_set"));
}

TEST_CASE("what is given wins: --set, scenario, --defaults, included files in turn", "[include]") {
    const std::vector<IncludedFile> files{
        {"one.json", R"({"timing": {"before": "1 s", "after": "1 s", "setup": "1 s"}})"},
        {"two.json", R"({"timing": {"before": "2 s", "setup": "2 s", "suspend": "2 s"}})"}};
    const auto scenario = read_with(R"("include": ["two.json", "one.json"],)", files,
                                    {"timing.suspend=9 s"}, R"({"timing": {"before": "7 s"}})");
    REQUIRE(scenario);
    const Timing& timing = scenario->pool.timing;
    CHECK(timing.before == std::chrono::seconds(7));
    CHECK(timing.setup == std::chrono::seconds(2));
    CHECK(timing.after == std::chrono::seconds(1));
    CHECK(timing.suspend == std::chrono::seconds(9));
}

TEST_CASE("what is wrong with an included file names it", "[include]") {
    const auto place_of = [](const std::string& text) {
        const auto scenario = read_with(include_one, {{"fit.json", text}});
        REQUIRE_FALSE(scenario);
        REQUIRE(scenario.error().items.size() == 1);
        return scenario.error().items.front().place;
    };
    CHECK(place_of("[1]") == "fit.json ");
    CHECK(place_of(R"({"timing": 3})") == "fit.json /timing");
    CHECK(place_of(R"({"timing": {"stream_kap": "1 Gbps"}})") == "fit.json /timing/stream_kap");
    CHECK(place_of(R"({"timing": {"stream_cap": "fast"}})") == "fit.json /timing/stream_cap");
    CHECK(place_of(R"({"include": ["more.json"]})") == "fit.json /include");
    CHECK(place_of(R"({"about": 3})") == "fit.json /about");
    CHECK(place_of(R"({"confidence": {"timing.before": 3}})") ==
          "fit.json /confidence/timing.before");
}

TEST_CASE("a list of files that is none is refused", "[include]") {
    const auto place_of = [](const std::string& include) {
        const auto scenario = read_with("\"include\": " + include + ",", {});
        REQUIRE_FALSE(scenario);
        REQUIRE(scenario.error().items.size() == 1);
        return scenario.error().items.front().place;
    };
    CHECK(place_of(R"("fit.json")") == "/include");
    CHECK(place_of("[3]") == "/include/0");
    CHECK(place_of(R"([""])") == "/include/0");
    CHECK(place_of(R"(["fit.json"])") == "/include");  // nobody read it
    CHECK(included_files(scenario_with(R"("include": "fit.json",)")).empty());
    CHECK(included_files("{").empty());
    CHECK(included_files(scenario_with("")).empty());
}

}  // namespace vacate
