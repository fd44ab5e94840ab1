// The program: reads the command line, runs one verb, exits with its status.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "model/codec/shown.hpp"
#include "reports/plan_answer.hpp"
#include "reports/report.hpp"
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

/// The word that CLI11 did not take, and the one that was meant; nothing where none is near.
std::string suggestion(const CLI::App& program, int argc, char** argv) {
    const CLI::App* verb = nullptr;
    for (int i = 1; i < argc; ++i) {
        const std::string given(argv[i]);
        const std::string word = given.substr(0, given.find('='));
        const bool is_option = word.starts_with("--") && word.size() > 2;
        std::vector<std::string> known;
        if (is_option) {
            for (const CLI::Option* one : (verb == nullptr ? program : *verb).get_options()) {
                for (const std::string& name : one->get_lnames()) known.push_back("--" + name);
            }
        } else if (verb == nullptr) {
            for (const CLI::App* one : program.get_subcommands({}))
                known.push_back(one->get_name());
        }
        if (known.empty()) continue;
        if (std::find(known.begin(), known.end(), word) == known.end()) {
            const std::string_view near = codec::nearest_word(word, {known.begin(), known.end()});
            const std::string what = is_option ? "there is no option " : "there is no verb ";
            const std::string of = is_option && verb != nullptr ? " of " + verb->get_name() : "";
            return what + word + of +
                   (near.empty() ? std::string() : "; did you mean " + std::string(near) + "?");
        }
        if (!is_option) verb = program.get_subcommand(word);
    }
    return {};
}

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
        const std::string near = suggestion(program, argc, argv);
        if (!near.empty()) std::fprintf(stderr, "%s\n", printable(near).c_str());
        // Nothing was parsed, so this is how a program says that it wants JSON.
        const bool json = std::any_of(
            argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
        const Error wrong = bad_input("the command line", "", error.what(),
                                      near.empty() ? "see --help" : near + " See --help");
        if (json) std::fputs(error_json(wrong).c_str(), stdout);
        return static_cast<int>(Status::bad_input);
    }
    for (const auto& verb : verbs) {
        if (program.got_subcommand(verb.first)) return print(verb.second());
    }
    return static_cast<int>(Status::bad_input);
}
