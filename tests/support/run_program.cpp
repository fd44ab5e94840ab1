// Through the shell, with both outputs in files.
#include "tests/support/run_program.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/check.hpp"

namespace vacate {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') {
            result += "'\\''";
        } else {
            result += c;
        }
    }
    return result + "'";
}

}  // namespace

ProgramRun run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const std::string& folder) {
    std::string line;
    for (const std::string& argument : arguments) line += " " + quoted(argument);
    return run_command_line(program, line, folder);
}

ProgramRun run_command_line(const std::string& program, const std::string& command_line,
                            const std::string& folder) {
    const TemporaryFolder outputs;
    const std::string command = "cd " + quoted(folder) + " && " + quoted(program) + " " +
                                command_line + " </dev/null >" + quoted(outputs.path("out")) +
                                " 2>" + quoted(outputs.path("err"));
    const int ended = std::system(command.c_str());
    VACATE_CHECK(ended != -1, "the shell could not be started");
    ProgramRun run;
    run.status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
    run.out = text_of_file(outputs.path("out"));
    run.err = text_of_file(outputs.path("err"));
    return run;
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "vacate-test-XXXXXX").string();
    const char* made = mkdtemp(name.data());
    VACATE_CHECK(made != nullptr, "no temporary folder could be made");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_text(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    VACATE_CHECK(!file.fail(), "a file of the tests could not be written");
}

}  // namespace vacate
