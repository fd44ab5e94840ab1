// What report writes for tiny pools, byte for byte, and what it says no to.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/codec/journal_text.hpp"
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

// The journal of a run that adopted the plan and has just backed the database up.
std::string journal_of(const std::string& scenario, const std::string& plan) {
    Order backup;
    backup.act = Act::back_up_database;
    const std::vector<RecordBody> bodies{
        Opened{"run-1", "pool", "2026-03-01T22:00:00Z", "{}"},
        Adopted{"the run begins", scenario, plan}, Commanded{1, backup, 1},
        Answered{1, Answered::Kind::done, Answered::Advice::retry, "", "", ""}};
    std::string text;
    std::uint64_t number = 0;
    for (const RecordBody& body : bodies) {
        text += print_record({number, Instant{std::chrono::seconds(number)}, body});
        ++number;
    }
    return text;
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

TEST_CASE("a command line that is wrong is told as JSON where JSON is asked for", "[golden]") {
    for (const std::string verb : {"check", "plan", "simulate", "report", "whatif", "generate"}) {
        INFO(verb);
        const ProgramRun run = vacate_run({verb, "--no-such-option", "--json"});
        CHECK(run.status == 2);
        CHECK(Json::parse(run.out)["error"]["kind"] == "bad_input");
        CHECK(!run.err.empty());
        CHECK(vacate_run({verb, "--no-such-option"}).out.empty());
    }
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
    const ProgramRun drawn = vacate_run({"report", impossible, plan, "--format", "svg"});
    CHECK(drawn.status == 0);
    CHECK(drawn.out.find("No plan exists") != std::string::npos);
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
    // The same answer as whatif gives itself.
    CHECK(vacate_run({"report", answer, "--format", "text"}).out ==
          vacate_run({"whatif", pool}).out);
    CHECK(Json::parse(vacate_run({"report", answer, "--format", "json"}).out) ==
          Json::parse(text_of_file(answer)));
    const ProgramRun panel = vacate_run({"report", answer, "--format", "svg", "--panel", "memory"});
    CHECK(panel.status == 2);
    CHECK(panel.err.find("a study has no memory panel") != std::string::npos);
    const ProgramRun bare = vacate_run({"report", pool});
    CHECK(bare.status == 2);
    CHECK(bare.err.find("no PLAN is given") != std::string::npos);
}

// How an answer of each form begins.
bool begins_as(const std::string& format, const std::string& text) {
    if (format == "html") return text.rfind("<!doctype html>", 0) == 0;
    if (format == "svg") return text.rfind("<svg ", 0) == 0;
    if (format == "markdown") return text.rfind("# ", 0) == 0;
    if (format == "json") return Json::accept(text);
    return !text.empty() && text.find('<') == std::string::npos;
}

TEST_CASE("every input has every format", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string plan = planned(folder);
    const std::string timeline = folder.path("timeline.json");
    write_text(timeline, vacate_run({"simulate", pool, plan, "--json"}).out);
    const std::string study = folder.path("study.json");
    write_text(study, vacate_run({"whatif", pool, "--ask", "compare", "--ask", "n-k", "--ask",
                                  "risk", "--ask", "headroom", "--effort", "500", "--json"})
                          .out);
    const std::string journal = folder.path("run.journal");
    write_text(journal, journal_of(text_of_file(std::string(VACATE_SOURCE_DIR "/") + pool),
                                   text_of_file(plan)));
    const std::vector<std::vector<std::string>> inputs{
        {pool, plan}, {pool, timeline}, {study}, {journal}};
    for (const auto& input : inputs) {
        for (const std::string format : {"html", "text", "markdown", "json", "svg"}) {
            INFO(input.back() << " as " << format);
            std::vector<std::string> arguments{"report"};
            arguments.insert(arguments.end(), input.begin(), input.end());
            arguments.insert(arguments.end(), {"--format", format});
            const ProgramRun run = vacate_run(arguments);
            CHECK(run.status == 0);
            CHECK(run.err.empty());
            CHECK(begins_as(format, run.out));
        }
    }
}

TEST_CASE("report says what a file is that it cannot report", "[golden][report]") {
    const TemporaryFolder folder;
    const std::string plan = planned(folder);
    const ProgramRun alone = vacate_run({"report", plan});
    CHECK(alone.status == 2);
    CHECK(alone.err.find("it is a plan, or one run of a plan") != std::string::npos);
    const std::string trials = folder.path("trials.json");
    write_text(trials, vacate_run({"simulate", pool, plan, "--runs", "5", "--json"}).out);
    const ProgramRun many = vacate_run({"report", pool, trials, "--json"});
    CHECK(many.status == 2);
    CHECK(Json::parse(many.out)["error"]["items"][0]["sentence"] ==
          "it is figures of many runs, without their plan");
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
