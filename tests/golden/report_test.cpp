// What report writes for tiny pools, byte for byte, and what it says no to.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;

const std::string pool = "scenarios/tiny/memory.json";

std::string planned(const TemporaryFolder& folder) {
    const std::string plan = folder.path("plan.json");
    REQUIRE(vacate_run({"plan", pool, "-o", plan}).status == 0);
    return plan;
}

TEST_CASE("report writes text, markdown and a drawing of a tiny plan", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string plan = planned(folder);
    const std::vector<std::string> common{"report",  pool,    plan,       "--baseline", "wizard",
                                          "--start", "22:00", "--window", "2 h"};
    for (const std::string format : {"text", "markdown", "svg"}) {
        INFO(format);
        std::vector<std::string> arguments = common;
        arguments.insert(arguments.end(), {"--format", format});
        const ProgramRun run = vacate_run(arguments);
        CHECK(run.status == 0);
        CHECK(run.err.empty());
        check_golden("report-memory." + format, run.out);
    }
}

TEST_CASE("report writes a file, and the same one each time", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string plan = planned(folder);
    const std::string first = folder.path("1.html");
    const std::string second = folder.path("2.html");
    const ProgramRun run = vacate_run({"report", pool, plan, "-o", first});
    CHECK(run.status == 0);
    CHECK(run.out.empty());
    CHECK(run.err == "report written to " + first + "\n");
    CHECK(vacate_run({"report", pool, plan, "-o", second}).status == 0);
    CHECK(text_of_file(first) == text_of_file(second));
    CHECK(text_of_file(first).rfind("<!doctype html>", 0) == 0);
}

TEST_CASE("report draws many runs and the last moment to begin each host", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string plan = folder.path("plan.json");
    const std::string varied = "scenarios/tiny/chance.json";
    REQUIRE(vacate_run({"plan", varied, "-o", plan}).status == 0);
    const ProgramRun run = vacate_run(
        {"report", varied, plan, "--json", "--runs", "200", "--window", "3 h", "--start", "22:00"});
    CHECK(run.status == 0);
    const Json report = Json::parse(run.out);
    const Json trials = Json::parse(
        vacate_run({"simulate", varied, plan, "--json", "--runs", "200", "--window", "3 h"}).out);
    CHECK(report["trials"] == trials["summary"]);
    bool told = false;
    for (const Json& part : report["runbook"]) told = told || part["begin_by"] != "";
    CHECK(told);
}

TEST_CASE("report says all that is wrong with its options at once", "[golden][report]") {
    const TemporaryFolder folder;
    const ProgramRun run = vacate_run(
        {"report", pool, planned(folder), "--json", "--start", "25:00", "--window", "2"});
    CHECK(run.status == 2);
    const Json items = Json::parse(run.out)["error"]["items"];
    REQUIRE(items.size() == 2);
    CHECK(items[0]["place"] == "--window");
    CHECK(items[1]["place"] == "--start");
}

TEST_CASE("report shows that there is no plan, and what would help", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string impossible = "scenarios/tiny/impossible.json";
    const ProgramRun no = vacate_run({"plan", impossible, "--json"});
    REQUIRE(no.status == 1);
    const std::string plan = folder.path("no.json");
    write_text(plan, no.out);
    const ProgramRun run = vacate_run({"report", impossible, plan, "--format", "markdown"});
    CHECK(run.status == 0);
    check_golden("report-no-plan.markdown", run.out);
    CHECK(Json::parse(vacate_run({"report", impossible, plan, "--json"}).out)["repairs"] ==
          Json::parse(no.out)["repairs"]);
    CHECK(vacate_run({"report", impossible, plan, "--format", "svg"}).status == 2);
}

TEST_CASE("report takes a study's answer by itself, and nothing else without a plan",
          "[golden][report]") {
    const TemporaryFolder folder;
    const std::string answer = folder.path("answer.json");
    write_text(answer, vacate_run({"whatif", pool, "--json"}).out);
    const ProgramRun page = vacate_run({"report", answer});
    CHECK(page.status == 0);
    CHECK(page.out.rfind("<!doctype html>", 0) == 0);
    CHECK(page.out.find("id=\"t-compare\"") != std::string::npos);
    const ProgramRun text = vacate_run({"report", answer, "--format", "text"});
    CHECK(text.status == 2);
    CHECK(text.err.find("--format") != std::string::npos);
    const ProgramRun bare = vacate_run({"report", pool});
    CHECK(bare.status == 2);
    CHECK(bare.err.find("no PLAN is given") != std::string::npos);
}

TEST_CASE("report of a plan that the pool forbids names the step", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string plan = planned(folder);
    const ProgramRun run = vacate_run({"report", pool, plan, "--set", "vms.db.memory=11 GiB"});
    CHECK(run.status == 1);
    CHECK(run.out == vacate_run({"simulate", pool, plan, "--set", "vms.db.memory=11 GiB"}).out);
}

}  // namespace
}  // namespace vacate
