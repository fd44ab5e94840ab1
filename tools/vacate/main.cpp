// The program: reads the command line, runs one verb, exits with its status.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>
#include <vector>

#include "tools/vacate/verbs.hpp"

int main(int argc, char** argv) {
    using namespace vacate;
    CLI::App program(
        "vacate plans rolling upgrades of hypervisor pools: which host when, every VM's "
        "destination, and how long it takes.",
        "vacate");
    program.set_version_flag("--version", "vacate " VACATE_VERSION);
    program.require_subcommand(1);
    program.footer(
        "Exit status of every verb: 0 done, 1 the answer is no, 2 bad usage or input, 3 the "
        "outside failed, 4 stopped safely.\nSee scenarios/README.md for the input and "
        "tools/README.md for the "
        "JSON output.");
    std::vector<std::pair<std::string, Verb>> verbs;
    verbs.emplace_back("check", declare_check(program));
    verbs.emplace_back("plan", declare_plan(program));
    verbs.emplace_back("simulate", declare_simulate(program));
    verbs.emplace_back("report", declare_report(program));
    verbs.emplace_back("whatif", declare_whatif(program));
    verbs.emplace_back("generate", declare_generate(program));
    verbs.emplace_back("calibrate", declare_calibrate(program));
    verbs.emplace_back("run", declare_run(program));
    for (auto& word : declare_run_words(program)) verbs.push_back(std::move(word));
    verbs.emplace_back("poolserver", declare_poolserver(program));
    verbs.emplace_back("capture", declare_capture(program));
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int status = program.exit(error);
        return status == 0 ? 0 : static_cast<int>(Status::bad_input);
    }
    for (const auto& verb : verbs) {
        if (program.got_subcommand(verb.first)) return print(verb.second());
    }
    return static_cast<int>(Status::bad_input);
}
