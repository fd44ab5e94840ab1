// Where there is no plan: every repair that is printed gives one when it is applied.
#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;

Json answer_of(const std::vector<std::string>& arguments, int status) {
    std::vector<std::string> all{"plan"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.push_back("--json");
    const ProgramRun run = vacate_run(all);
    CHECK(run.status == status);
    return Json::parse(run.out);
}

// The number of repairs that --set can express; each is applied and must give a plan.
int check_repairs(const std::vector<std::string>& arguments) {
    const Json no = answer_of(arguments, 1);
    CHECK_FALSE(no["summary"]["feasible"].get<bool>());
    int applied = 0;
    for (const Json& repair : no["repairs"]) {
        if (repair["sets"].empty()) {
            CHECK(repair["kind"] == "spare_host");
            continue;
        }
        INFO(repair.dump());
        std::vector<std::string> with = arguments;
        for (const Json& set : repair["sets"]) {
            with.push_back("--set");
            with.push_back(set.get<std::string>());
        }
        const Json yes = answer_of(with, 0);
        REQUIRE(yes["summary"]["feasible"].get<bool>());
        CHECK(yes["summary"]["makespan_us"].get<std::int64_t>() <=
              repair["makespan_us"].get<std::int64_t>());  // searched for longer
        ++applied;
    }
    return applied;
}

std::string sentence_of(const Json& answer, const std::string& code) {
    for (const Json& finding : answer["findings"]) {
        if (finding["code"] == code) return finding["sentence"];
    }
    return "";
}

TEST_CASE("no plan: three VMs that fit nowhere together, and what would help", "[golden][plan]") {
    const std::string scenario = "scenarios/tiny/impossible.json";
    // A VM squeezed, a VM less, or two GiB more everywhere.
    CHECK(check_repairs({scenario}) == 3);
    const Json no = answer_of({scenario}, 1);
    // All three VMs and one host are needed for it: with two VMs, one finds an empty host.
    CHECK(sentence_of(no, "CANNOT_HOLD_TOGETHER").find("app, db and mail running, under R1") !=
          std::string::npos);
    // Two of 9 GiB need 18 on one host, which has 16.
    bool adds_two = false;
    for (const Json& repair : no["repairs"]) {
        adds_two = adds_two || repair["sentence"] == "add 2 GiB of memory to every host";
    }
    CHECK(adds_two);
    // The same two GiB are missing where app is squeezed: 7 + 9 fit on one host.
    const Json& squeeze = no["repairs"][0];
    CHECK(squeeze["kind"] == "squeeze");
    CHECK(squeeze["sets"] == Json{"vms.app.squeeze_to=7168 MiB"});
    // A guest that needs more than that cannot be asked; the others can.
    const Json other = answer_of({scenario, "--set", "vms.app.static_min=8 GiB"}, 1);
    CHECK(other["repairs"][0]["sets"] == Json{"vms.db.squeeze_to=7168 MiB"});
    // Two of 8 GiB fit on one host; with more than that, nothing is left to be squeezed.
    const Json two = answer_of({scenario, "--set", "vms.*.static_min=8 GiB"}, 1);
    CHECK(two["repairs"][0]["sets"] ==
          Json{"vms.app.squeeze_to=8192 MiB", "vms.db.squeeze_to=8192 MiB"});
    const Json none = answer_of({scenario, "--set", "vms.*.static_min=8704 MiB"}, 1);
    CHECK(none["repairs"][0]["kind"] != "squeeze");
}

TEST_CASE("no plan: a promise that cannot be kept is the first to be given up", "[golden][plan]") {
    const std::string scenario = "scenarios/tiny/impossible.json";
    const std::vector<std::string> small{scenario,
                                         "--set",
                                         "vms.mail.power=halted",
                                         "--set",
                                         "vms.mail.host=null",
                                         "--set",
                                         "vms.*.protect=true",
                                         "--spare-hosts",
                                         "2"};
    CHECK(check_repairs(small) >= 1);
    const Json no = answer_of(small, 1);
    REQUIRE_FALSE(no["repairs"].empty());
    CHECK(no["repairs"][0]["kind"] == "spare_hosts");
}

TEST_CASE("plan: limits given by flag are what a --set would say", "[golden][plan]") {
    const std::string scenario = "scenarios/typical/4-hosts.json";
    const ProgramRun flags = vacate_run(
        {"plan", scenario, "--json", "--hosts-down-max", "1", "--targets", "upgraded-only"});
    const ProgramRun sets =
        vacate_run({"plan", scenario, "--json", "--set", "policy.hosts_down_max=1", "--set",
                    "policy.targets=upgraded-only"});
    CHECK(flags.status == 0);
    CHECK(flags.out == sets.out);
    const Json answer = Json::parse(flags.out);
    CHECK(answer["summary"]["limits"]["hosts_down_max"] == 1);
    CHECK(answer["summary"]["limits"]["targets"] == "upgraded-only");
    CHECK(answer["summary"]["reproducible"] == true);
    // From the first upgrade's end on, no VM moves to a host whose own upgrade is yet to begin.
    std::map<std::string, std::int64_t> upgraded_at;
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (const Json& step : answer["steps"]) {
        if (step["kind"] != "upgrade") continue;
        upgraded_at[step["host"]] = step["end_us"];
        first = std::min<std::int64_t>(first, step["end_us"]);
    }
    int late = 0;
    for (const Json& step : answer["steps"]) {
        if (step["kind"] != "migrate" || step["start_us"] < first) continue;
        CHECK(upgraded_at.at(step["to"]) <= step["start_us"].get<std::int64_t>());
        ++late;
    }
    CHECK(late > 0);
}

TEST_CASE("plan: an answer cut short says so", "[golden][plan]") {
    const ProgramRun run =
        vacate_run({"plan", "scenarios/typical/16-hosts.json", "--json", "--time-limit", "1 ms"});
    const Json answer = Json::parse(run.out);
    bool told = false;
    for (const Json& finding : answer["findings"]) told = told || finding["code"] == "CUT_SHORT";
    CHECK(told);
    if (run.status == 0) {
        CHECK(answer["summary"]["reproducible"] == false);
    } else {
        CHECK(run.status == 1);
        CHECK(answer["summary"]["proven"] == false);
    }
}

TEST_CASE("plan: progress goes to standard error and changes nothing else", "[golden][plan]") {
    const std::string scenario = "scenarios/typical/4-hosts.json";
    const ProgramRun quiet = vacate_run({"plan", scenario, "--json"});
    const ProgramRun told = vacate_run({"plan", scenario, "--json", "--progress"});
    CHECK(quiet.err.empty());
    CHECK(told.out == quiet.out);
    CHECK(told.err.find("makespan") != std::string::npos);
    CHECK(told.err.find("bound") != std::string::npos);
}

}  // namespace
}  // namespace vacate
