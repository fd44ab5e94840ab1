// Ctrl-C while a plan is searched for: the best so far is the answer, and says what it is.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/run_program.hpp"

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

TEST_CASE("plan: interrupted, it gives the best so far and says so", "[e2e][plan]") {
    const TemporaryFolder folder;
    const std::string told = folder.path("told");
    // The first line of progress is written when there is a plan; the effort lasts for hours.
    const std::string command = "'" VACATE_PROGRAM
                                "' plan scenarios/large/64-hosts.json --json --progress"
                                " --effort 1000000000000 2>'" +
                                told + "' & plan=$!; until grep -q makespan '" + told +
                                "'; do sleep 0.02; done; kill -INT $plan; wait $plan";
    const ProgramRun run = run_program("/bin/sh", {"-c", command}, VACATE_SOURCE_DIR);
    INFO(text_of_file(told));
    CHECK(run.status == 0);
    const Json answer = Json::parse(run.out);
    CHECK(answer["summary"]["feasible"] == true);
    CHECK(answer["summary"]["reproducible"] == false);
    std::string why;
    for (const Json& finding : answer["findings"]) {
        if (finding["code"] == "CUT_SHORT") why = finding["sentence"];
    }
    CHECK(why.find("interrupted") != std::string::npos);
}

}  // namespace
}  // namespace vacate
