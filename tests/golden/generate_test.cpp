// vacate generate: the scenarios that are kept come from the commands that are written down.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

const std::string root = VACATE_SOURCE_DIR;

TEST_CASE("the commands in scenarios/README.md give the scenarios that are kept",
          "[golden][generate]") {
    std::istringstream readme(text_of_file(root + "/scenarios/README.md"));
    const std::string command = "tools/gen ";
    const std::string output = " -o ";
    std::size_t commands = 0;
    for (std::string line; std::getline(readme, line);) {
        const std::size_t before_output = line.rfind(output);
        if (!line.starts_with(command) || before_output == std::string::npos) continue;
        const std::string file = line.substr(before_output + output.size());
        INFO(line);
        const std::string options = line.substr(command.size(), before_output - command.size());
        const ProgramRun run = run_command_line(VACATE_PROGRAM, "generate " + options, root);
        CHECK(run.status == 0);
        CHECK(run.out == text_of_file(root + "/" + file));
        ++commands;
    }
    CHECK(commands == scenarios_in("typical").size() + scenarios_in("large").size());
}

TEST_CASE("generate refuses options that make no pool", "[golden][generate]") {
    std::string all;
    const auto refuse = [&all](const std::string& options) {
        INFO(options);
        const ProgramRun run = run_command_line(VACATE_PROGRAM, "generate " + options, root);
        CHECK(run.status == 2);
        CHECK(run.out.empty());
        all += "generate " + options + "\n" + run.err + "\n";
    };
    refuse("--hosts 0");
    refuse("--hosts 8193");
    refuse("--hosts -1");
    refuse("--fill 99");
    refuse("--host-memory 256");
    refuse("--host-memory '8 GiB'");
    refuse("--link fast");
    refuse("--sizes gigantic");
    refuse("--upgrade-time '0 s'");
    refuse("--seed -");
    refuse("--hosts 2 --vms 5000");
    refuse("--hosts 2 --groups 1");
    refuse("--vms 3 --pinned 4 --cds 4");
    refuse("--name \"$(printf '\\377')\"");
    refuse("surplus");
    check_golden("generate-refused.txt", all);
}

TEST_CASE("generate writes a file that plan reads", "[golden][generate]") {
    const TemporaryFolder folder;
    const std::string file = folder.path("pool.json");
    const ProgramRun run = vacate_run({"generate", "--hosts", "3", "--fill", "50", "-o", file});
    CHECK(run.status == 0);
    CHECK(run.out.empty());
    CHECK(run.err.starts_with("scenario of 3 hosts and "));
    CHECK(vacate_run({"generate", "--hosts", "3", "--fill", "50"}).out == text_of_file(file));
    CHECK(vacate_run({"plan", file}).status == 0);
    const ProgramRun nowhere = vacate_run({"generate", "-o", folder.path("missing/pool.json")});
    CHECK(nowhere.status == 3);
}

}  // namespace
}  // namespace vacate
