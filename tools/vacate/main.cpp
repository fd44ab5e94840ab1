// The program: reads the command line, runs one verb, exits with its status.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/plan_answer.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

/// Help in 80 columns.
class HelpText : public CLI::Formatter {
  public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override {
        std::istringstream lines(CLI::Formatter::make_help(app, std::move(name), mode));
        std::string text;
        for (std::string line; std::getline(lines, line);) text += folded(line);
        return text;
    }

  private:
    // What an option is for stands in a column of its own.
    [[nodiscard]] std::string folded(const std::string& line) const {
        constexpr std::size_t columns = 80;
        if (line.size() <= columns) return line + "\n";
        const std::size_t column = line.front() == ' ' ? get_column_width() : 0;
        return wrapped(line.substr(column), line.substr(0, column), std::string(column, ' '));
    }
};

}  // namespace
}  // namespace vacate

int main(int argc, char** argv) {
    using namespace vacate;
    CLI::App program(
        "vacate plans rolling upgrades of hypervisor pools: which host when, every VM's "
        "destination, and how long it takes.",
        "vacate");
    program.formatter(std::make_shared<HelpText>());
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
        if (status == 0) return 0;
        // Nothing was parsed, so this is how a program says that it wants JSON.
        const bool json = std::any_of(
            argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
        const Error wrong = bad_input("the command line", "", error.what(), "see --help");
        if (json) std::fputs(error_json(wrong).c_str(), stdout);
        return static_cast<int>(Status::bad_input);
    }
    for (const auto& verb : verbs) {
        if (program.got_subcommand(verb.first)) return print(verb.second());
    }
    return static_cast<int>(Status::bad_input);
}
