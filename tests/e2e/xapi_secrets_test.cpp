// The password shows up nowhere: not in what verbs print, in files, in errors, in command lines.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/e2e/live_pool.hpp"

namespace vacate::e2e {
namespace {

bool is_clean(const std::string& text) { return text.find("sesame-6317") == std::string::npos; }

ProgramRun vacate_run(const LivePool& pool, const std::vector<std::string>& arguments) {
    return run_program(VACATE_PROGRAM, arguments, pool.path("."));
}

// Sentences in one line each, wherever they were broken.
std::string unfolded(const std::string& text) {
    std::string line;
    for (const char letter : text) {
        const bool is_space = letter == ' ' || letter == '\n';
        if (!is_space || line.empty() || line.back() != ' ') line += is_space ? ' ' : letter;
    }
    return line;
}

}  // namespace

TEST_CASE("vacate capture: by every source of a password, which nothing repeats",
          "[xapi][capture][secrets]") {
    const LivePool pool(three_hosts());
    const std::string password = pool.path("pw");
    write_text(password, std::string(live_password) + "\n");
    const std::string trusted = pool.server().fingerprint();
    const std::vector<std::vector<std::string>> sources{
        {"--password-file", password}, {"--password-command", "/bin/cat " + password}, {}};
    for (const auto& source : sources) {
        std::vector<std::string> arguments{"capture", pool.url(), "--fingerprint",
                                           trusted,   "-o",       pool.path("captured.json")};
        arguments.insert(arguments.end(), source.begin(), source.end());
        if (source.empty()) ::setenv("VACATE_PASSWORD", live_password, 1);
        const ProgramRun run = vacate_run(pool, arguments);
        ::unsetenv("VACATE_PASSWORD");
        INFO(run.err);
        CHECK(run.status == 0);
        CHECK(is_clean(run.out + run.err));
        for (const std::string& argument : arguments) CHECK(is_clean(argument));
    }
    CHECK(is_clean(text_of_file(pool.path("captured.json"))));
}

TEST_CASE("vacate capture: errors say what is wrong, and no password", "[xapi][capture][secrets]") {
    const LivePool pool(three_hosts());
    const std::string password = pool.path("pw");
    write_text(password, std::string(live_password) + "\n");
    const std::string trusted = pool.server().fingerprint();
    std::string other = trusted;
    other.front() = other.front() == '0' ? '1' : '0';
    struct Case {
        std::vector<std::string> arguments;
        int status;
        std::string says;
    };
    const std::string ca = pool.path("ca.pem");
    write_text(ca, pool.server().certificate_pem());
    const std::string known = pool.path("known");
    const std::string plain = "http" + pool.url().substr(5);
    const std::vector<Case> cases{
        {{pool.url(), "--known-pools", known}, 3, "--fingerprint " + trusted},
        {{pool.url(), "--fingerprint", other}, 3, trusted},
        {{pool.url(), "--fingerprint", "AB"}, 2, "SHA-256"},
        {{pool.url(), "--fingerprint", trusted, "--user", "nobody"}, 3, "does not accept"},
        {{plain, "--fingerprint", trusted}, 3, "without TLS"},
        {{"https://127.0.0.1:1", "--fingerprint", trusted}, 3, "cannot be reached"},
        {{"not a host", "--fingerprint", trusted}, 2, "no host name"},
        {{pool.url(), "--ca", ca}, 0, "captured 3 hosts"},
        {{pool.url(), "--ca", password}, 3, "not accepted"},
        {{pool.url(), "--trust-on-first-use", "--known-pools", known}, 0, "trusted from now on"},
        {{pool.url(), "--known-pools", known}, 0, "captured 3 hosts"},
        {{plain, "--insecure-http"}, 0, "captured 3 hosts"},
    };
    for (const Case& each : cases) {
        std::vector<std::string> arguments{"capture", "--password-file", password};
        arguments.insert(arguments.end(), each.arguments.begin(), each.arguments.end());
        for (const bool json : {false, true}) {
            if (json && each.status == 0) continue;
            if (json) arguments.emplace_back("--json");
            const ProgramRun run = vacate_run(pool, arguments);
            INFO(run.err);
            CHECK(run.status == each.status);
            CHECK(unfolded(run.err + run.out).find(each.says) != std::string::npos);
            CHECK(is_clean(run.out + run.err));
        }
    }
}

TEST_CASE("vacate check --pool: what is in the way on a live pool", "[xapi][check][secrets]") {
    LiveOptions live;
    live.speed = 1;
    const LivePool pool(three_hosts(), live);
    const std::string password = pool.path("pw");
    write_text(password, std::string(live_password) + "\n");
    const std::vector<std::string> arguments{"check",
                                             "--pool",
                                             pool.url(),
                                             "--password-file",
                                             password,
                                             "--backup",
                                             pool.path("b.xml"),
                                             "--fingerprint",
                                             pool.server().fingerprint(),
                                             "--set",
                                             "hosts.*.link=10Gbps",
                                             "--set",
                                             "hosts.*.upgrade_time=15min"};
    const ProgramRun quiet = vacate_run(pool, arguments);
    INFO(quiet.out + quiet.err);
    CHECK(quiet.out.find("POOL_IS_LOCKED") == std::string::npos);
    CHECK(text_of_file(pool.path("b.xml")) == "");  // only asked for
    Driving driving(pool.driver_options("run-5"));
    REQUIRE(driving.carry_out(order(Act::lock_pool)).kind == Answered::Kind::done);
    const ProgramRun locked = vacate_run(pool, arguments);
    CHECK(locked.status == 1);
    CHECK(locked.out.find("POOL_IS_LOCKED") != std::string::npos);
    CHECK(locked.out.find("run-5") != std::string::npos);
    CHECK(is_clean(quiet.out + quiet.err + locked.out + locked.err));
    CHECK(vacate_run(pool, {"check"}).status == 2);
}

TEST_CASE("xapi driver: no file of a run and no answer repeats the password",
          "[xapi][driver][secrets]") {
    const LivePool pool(three_hosts());
    std::string heard;
    {
        Driving driving(pool.driver_options());
        for (const Act act : {Act::lock_pool, Act::back_up_database, Act::disable_ha,
                              Act::disable_wlb, Act::enable_wlb, Act::unlock_pool}) {
            const Answered answer = driving.carry_out(order(act));
            INFO(answer.sentence);
            CHECK(answer.kind == Answered::Kind::done);
            heard += answer.sentence + answer.memo + answer.code;
        }
        const Answered refused = driving.carry_out(order(Act::migrate, "db", "a", "a"));
        heard += refused.sentence;
    }
    CHECK(is_clean(heard));
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(pool.path("."))) {
        CHECK(is_clean(text_of_file(file.path().string())));
        ++files;
    }
    CHECK(files == 1);  // the backup
    // A password that is wrong is not repeated either.
    xapi::DriverOptions options = pool.driver_options();
    options.access.password = std::make_shared<const xapi::Secret>("sesame-6317-wrong");
    Driving driving(options);
    const live::Observation seen = driving.look_once();
    REQUIRE(std::holds_alternative<live::Unreachable>(seen));
    CHECK(is_clean(std::get<live::Unreachable>(seen).sentence));
    CHECK(driving.carry_out(order(Act::lock_pool)).kind == Answered::Kind::refused);
}

}  // namespace vacate::e2e
