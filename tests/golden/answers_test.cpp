// What check, plan and simulate print for the scenarios that are kept, byte for byte.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;

std::vector<std::string> tiny_and_typical() {
    std::vector<std::string> all = scenarios_in("tiny");
    for (const std::string& scenario : scenarios_in("typical")) all.push_back(scenario);
    return all;
}

// 0 yes or 1 no, and nothing to complain about.
void check_answered(const ProgramRun& run) {
    CHECK((run.status == 0 || run.status == 1));
    CHECK(run.err.empty());
}

TEST_CASE("check says what stands in the way", "[golden][check]") {
    for (const std::string& scenario : tiny_and_typical()) {
        INFO(scenario);
        const ProgramRun run = vacate_run({"check", scenario});
        check_answered(run);
        check_golden(name_of(scenario) + ".check.txt", run.out);
    }
}

TEST_CASE("plan prints the plans of tiny pools with their steps", "[golden][plan]") {
    for (const std::string& scenario : scenarios_in("tiny")) {
        INFO(scenario);
        const ProgramRun text = vacate_run({"plan", scenario, "--steps"});
        check_answered(text);
        check_golden(name_of(scenario) + ".plan.txt", text.out);
        const ProgramRun json = vacate_run({"plan", scenario, "--json"});
        check_answered(json);
        CHECK(json.status == text.status);
        CHECK(Json::accept(json.out));
        check_golden(name_of(scenario) + ".plan.json", json.out);
    }
}

TEST_CASE("where there is no plan its file is not written, and that is said", "[golden][plan]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("plan.json");
    const std::vector<std::string> arguments{"plan", "scenarios/tiny/impossible.json",
                                             "--no-repairs", "-o", file};
    const ProgramRun first = vacate_run(arguments);
    CHECK(first.status == 1);
    CHECK(first.err == file + " was not written\n");
    CHECK_FALSE(std::filesystem::exists(file));
    write_text(file, "an earlier plan");
    const ProgramRun again = vacate_run(arguments);
    CHECK(again.status == 1);
    CHECK(again.err == file + " was not written: what stands there is of an earlier plan\n");
    CHECK(text_of_file(file) == "an earlier plan");
}

TEST_CASE("plan names the peers that were asked for, and no other", "[golden][plan]") {
    const auto told = [](const std::string& peer) {
        return vacate_run({"plan", "scenarios/tiny/memory.json", "--baseline", peer}).out;
    };
    CHECK(told("wizard").find("rpu") == std::string::npos);
    CHECK(told("wizard").find("wizard: host by host") != std::string::npos);
    CHECK(told("rpu").find("wizard") == std::string::npos);
}

TEST_CASE("plan prints typical plans beside those of the peers", "[golden][plan]") {
    for (const std::string& scenario : scenarios_in("typical")) {
        INFO(scenario);
        const ProgramRun run =
            vacate_run({"plan", scenario, "--baseline", "wizard", "--baseline", "rpu"});
        check_answered(run);
        CHECK(run.status == 0);
        check_golden(name_of(scenario) + ".plan.txt", run.out);
    }
}

TEST_CASE("no answer depends on the number of threads, nor on the run", "[golden][determinism]") {
    for (const std::string& scenario : tiny_and_typical()) {
        INFO(scenario);
        const ProgramRun once = vacate_run({"plan", scenario, "--json", "--threads", "1"});
        CHECK(vacate_run({"plan", scenario, "--json", "--threads", "3"}) == once);
        CHECK(vacate_run({"plan", scenario, "--json", "--threads", "1"}) == once);
    }
}

// What a plan says of every step but how it was found.
Json times_of(const std::string& plan) {
    Json times = Json::array();
    for (const Json& step : Json::parse(plan)["steps"]) {
        times.push_back({step["kind"], step["start_us"], step["end_us"]});
    }
    return times;
}

TEST_CASE("a plan that was written is simulated to the same instants", "[golden][simulate]") {
    const TemporaryFolder folder;
    for (const std::string& scenario : tiny_and_typical()) {
        INFO(scenario);
        const std::string file = folder.path("plan.json");
        const ProgramRun planned = vacate_run({"plan", scenario, "-o", file});
        if (planned.status == 1) continue;
        REQUIRE(planned.status == 0);
        CHECK(planned.err == "plan written to " + file + "\n");
        const std::string plan = text_of_file(file);
        CHECK(vacate_run({"plan", scenario, "--json"}).out == plan);
        const ProgramRun simulated = vacate_run({"simulate", scenario, file, "--json"});
        CHECK(simulated.status == 0);
        CHECK(simulated.err.empty());
        REQUIRE(Json::accept(simulated.out));
        CHECK(times_of(simulated.out) == times_of(plan));
        CHECK(Json::parse(simulated.out)["fingerprint"] == Json::parse(plan)["fingerprint"]);
    }
}

TEST_CASE("a plan that was made for another pool is not carried out blindly",
          "[golden][simulate]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("plan.json");
    REQUIRE(vacate_run({"plan", "scenarios/tiny/memory.json", "-o", file}).status == 0);
    const auto simulate_with = [&file](const std::string& set) {
        return vacate_run({"simulate", "scenarios/tiny/memory.json", file, "--set", set});
    };
    const ProgramRun larger = simulate_with("vms.db.memory=11 GiB");
    CHECK(larger.status == 1);
    check_golden("simulate-forbidden.txt", larger.out);
    const ProgramRun slower = simulate_with("hosts.*.link=1 Gbps");
    CHECK(slower.status == 0);
    check_golden("simulate-other-pool.txt", slower.out);
}

TEST_CASE("check holds a plan against the pool as it is now", "[golden][check]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("plan.json");
    const std::string pool = "scenarios/tiny/memory.json";
    REQUIRE(vacate_run({"plan", pool, "-o", file, "--set", "hosts.*.link=1 Gbps"}).status == 0);
    const ProgramRun same = vacate_run({"check", pool, file, "--as-planned"});
    CHECK(same.status == 0);
    check_golden("check-plan-same.txt", same.out);
    const ProgramRun other = vacate_run({"check", pool, file});
    CHECK(other.status == 0);
    CHECK(other.out.find("PLANNED_WITH") != std::string::npos);
    const ProgramRun larger =
        vacate_run({"check", pool, file, "--as-planned", "--set", "vms.db.memory=11 GiB"});
    CHECK(larger.status == 1);
    check_golden("check-plan-drifted.txt", larger.out);
    const ProgramRun json = vacate_run(
        {"check", pool, file, "--as-planned", "--set", "vms.db.memory=11 GiB", "--json"});
    CHECK(json.status == 1);
    CHECK(Json::parse(json.out)["format"] == "vacate-plan-check-1");
    CHECK(Json::parse(json.out)["summary"]["blocked"] > 0);
}

TEST_CASE("some hosts only, ways home and goals can be planned, checked and simulated",
          "[golden][plan]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("plan.json");
    const std::string pool = "scenarios/typical/8-hosts.json";
    const auto try_out = [&](std::vector<std::string> options, const std::string& verdict) {
        INFO(verdict);
        options.insert(options.begin(), {"plan", pool, "-o", file});
        const ProgramRun planned = vacate_run(options);
        CHECK(planned.status == 0);
        CHECK(planned.out.find(verdict) != std::string::npos);
        CHECK(vacate_run({"check", pool, file}).status == 0);
        CHECK(vacate_run({"simulate", pool, file}).status == 0);
    };
    try_out({"--hosts", "srv-03,srv-05", "--action", "evacuate"}, "2 hosts emptied in ");
    write_text(folder.path("goal.json"), text_of_file(file));
    try_out({"--goal", folder.path("goal.json")}, "35 VMs brought to the given place in ");
    try_out({"--hosts", "srv-01,srv-03", "--action", "reboot"}, "2 of 8 hosts rebooted in ");
    try_out({"--hosts", "srv-01,srv-03"}, "2 of 8 hosts upgraded in ");
    try_out({"--home", "original"}, "8 of 8 hosts upgraded in ");
    const ProgramRun early = vacate_run({"plan", pool, "--hosts", "srv-03"});
    CHECK(early.status == 1);
    CHECK(early.out.find("COORDINATOR_FIRST") != std::string::npos);
    CHECK(vacate_run({"plan", pool, "--hosts", "srv-99"}).status == 2);
}

TEST_CASE("no expected answer is left over", "[golden]") {
    namespace fs = std::filesystem;
    const fs::path root = VACATE_SOURCE_DIR;
    for (const std::string folder : {"tiny", "typical"}) {
        for (const auto& entry : fs::directory_iterator(root / "tests/golden/expected" / folder)) {
            const std::string file = entry.path().filename().string();
            INFO(folder << "/" << file << " belongs to no scenario");
            const std::string scenario = file.substr(0, file.find('.')) + ".json";
            CHECK(fs::exists(root / "scenarios" / folder / scenario));
        }
    }
}

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(std::string(VACATE_SOURCE_DIR "/") + path);
    REQUIRE(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

TEST_CASE("the figures in README.md are what plan prints", "[golden][readme]") {
    const auto printed = lines_of("tests/golden/expected/typical/16-hosts.plan.txt");
    const auto readme = lines_of("README.md");
    auto line = std::find(readme.begin(), readme.end(), printed.front());
    REQUIRE(line != readme.end());
    int checked = 0;
    for (; line != readme.end() && *line != "```"; ++line) {
        INFO(*line);
        CHECK(std::find(printed.begin(), printed.end(), *line) != printed.end());
        ++checked;
    }
    CHECK(checked > 8);
}

}  // namespace
}  // namespace vacate
