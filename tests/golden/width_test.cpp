// What verbs print for people fits a terminal of 80 columns.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/golden/golden.hpp"

namespace vacate {
namespace {

constexpr std::ptrdiff_t columns = 80;

std::ptrdiff_t width_of(const std::string& line) {
    return std::count_if(line.begin(), line.end(), [](char letter) {
        return (static_cast<unsigned char>(letter) & 0xc0U) != 0x80;
    });
}

// The lines that are too wide, but for what must stay whole: commands to be pasted, and what has
// no space at which it could be broken.
std::string too_wide(const std::string& text) {
    std::istringstream lines(text);
    std::string wide;
    for (std::string line; std::getline(lines, line);) {
        if (width_of(line) <= columns) continue;
        const std::size_t begin = line.find_first_not_of(' ');
        const std::string said = line.substr(begin);
        const bool is_command =
            begin == 8 && (said.rfind("xe ", 0) == 0 || said.rfind("until ", 0) == 0);
        if (!is_command && said.find(' ') != std::string::npos) wide += line + "\n";
    }
    return wide;
}

void check_fits(const std::vector<std::string>& arguments) {
    const ProgramRun run = vacate_run(arguments);
    INFO(arguments[0] + " " + (arguments.size() > 1 ? arguments[1] : ""));
    CHECK(too_wide(run.out) == "");
    CHECK(too_wide(run.err) == "");
    CHECK(run.out.size() + run.err.size() > 0);
}

void check_pool(const std::string& pool) {
    const TemporaryFolder folder;
    const std::string plan = folder.path("plan.json");
    const std::vector<std::string> chance{
        "--set", R"(chance.upgrade_factor={"lognormal": {"median": "1", "p95": "1.5"}})"};
    check_fits({"check", pool});
    check_fits({"plan", pool, "--effort", "20000", "--explain", "--front", "--steps", "--baseline",
                "wizard", "--baseline", "rpu", "-o", plan});
    check_fits({"check", pool, plan});
    check_fits({"simulate", pool, plan, "--steps"});
    check_fits({"simulate", pool, plan, chance[0], chance[1], "--runs", "20", "--window", "2 h"});
    check_fits({"report", pool, plan, "--format", "text", "--baseline", "wizard", "--start",
                "22:00", "--window", "2 h", chance[0], chance[1], "--runs", "20"});
}

TEST_CASE("answers about 16 hosts fit 80 columns", "[golden][width]") {
    check_pool("scenarios/typical/16-hosts.json");
    check_fits({"whatif",   "scenarios/typical/16-hosts.json",
                "--effort", "2000",
                "--window", "2 h",
                "--runs",   "10",
                "--ask",    "compare",
                "--ask",    "headroom",
                "--ask",    "n-k",
                "--ask",    "when",
                "--ask",    "risk",
                "--ask",    "smallest link"});
}

TEST_CASE("answers about 64 hosts fit 80 columns", "[golden][width]") {
    check_pool("scenarios/large/64-hosts.json");
}

TEST_CASE("studies, recordings and refusals fit 80 columns", "[golden][width]") {
    check_fits({"whatif", "scenarios/studies/links-or-hosts.json"});
    check_fits({"simulate", "scenarios/recorded/xenserver.json", "--steps"});
    check_fits({"simulate", "scenarios/recorded/qemu-lab.json"});
    check_fits({"plan", "scenarios/tiny/impossible.json"});
    for (const std::string& file : scenarios_in("hostile")) check_fits({"plan", file});
}

TEST_CASE("help fits 80 columns", "[golden][width]") {
    check_fits({"--help"});
    for (const std::string verb :
         {"check", "plan", "simulate", "report", "whatif", "generate", "calibrate", "run", "status",
          "pause", "proceed", "skip", "abort", "poolserver", "capture"}) {
        check_fits({verb, "--help"});
    }
}

}  // namespace
}  // namespace vacate
