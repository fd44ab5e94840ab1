// Where passwords come from, and programs that are run.
#include "tools/xapi/secret.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "tests/support/run_program.hpp"
#include "tools/xapi/process.hpp"

namespace vacate::xapi {
namespace {

constexpr const char* variable = "VACATE_PASSWORD";

}  // namespace

TEST_CASE("password: the first line of a file", "[xapi][password]") {
    const TemporaryFolder folder;
    PasswordSource source;
    source.file = folder.path("pw");
    write_text(source.file, "open sesame \r\nnot this\n");
    const auto secret = read_password(source);
    REQUIRE(secret.has_value());
    CHECK((*secret)->reveal() == "open sesame ");
    std::ostringstream shown;
    shown << **secret;
    CHECK(shown.str() == "***");
    write_text(source.file, "\nx\n");
    CHECK(read_password(source).error().kind == Error::Kind::bad_input);
    source.file = folder.path("none");
    CHECK(read_password(source).error().kind == Error::Kind::outside);
}

TEST_CASE("password: the environment, which then holds it no more", "[xapi][password]") {
    ::setenv(variable, "from the environment", 1);
    const auto secret = read_password({});
    REQUIRE(secret.has_value());
    CHECK((*secret)->reveal() == "from the environment");
    CHECK(std::getenv(variable) == nullptr);
}

TEST_CASE("password: what a command prints, without a shell", "[xapi][password]") {
    PasswordSource source;
    source.command = "/bin/echo 'two  blanks' $HOME";
    const auto secret = read_password(source);
    REQUIRE(secret.has_value());
    CHECK((*secret)->reveal() == "two  blanks $HOME");
    for (const char* wrong : {"/bin/false", "/no/such/program", "'", "   ", "/bin/true"}) {
        source.command = wrong;
        INFO(wrong);
        const auto failed = read_password(source);
        CHECK_FALSE(failed.has_value());
    }
    source.command = "/bin/echo secret-in-output; exit";
    source.file = "also";
    CHECK(read_password(source).error().kind == Error::Kind::bad_input);
}

TEST_CASE("commands: words as a shell splits them", "[xapi][process]") {
    using Words = std::vector<std::string>;
    CHECK(*split_words("a 'b c' d\\ e \"f \\\"g\\\"\" ''") ==
          Words{"a", "b c", "d e", "f \"g\"", ""});
    CHECK(*split_words("  x\t$y | z ") == Words{"x", "$y", "|", "z"});
    CHECK_FALSE(split_words("a 'b").has_value());
    CHECK_FALSE(split_words(" ").has_value());
}

TEST_CASE("commands: output in a log, variables added, no password", "[xapi][process]") {
    const TemporaryFolder folder;
    const std::string log = folder.path("log");
    ::setenv(variable, "never-to-be-seen", 1);
    const auto ended = run_logged({"/bin/sh", "-c", "echo one; echo $A >&2; env; exit 5"},
                                  {{"A", "two"}}, log, [] { return false; });
    ::unsetenv(variable);
    REQUIRE(ended.has_value());
    CHECK(*ended == Ended{5, false});
    const std::string text = text_of_file(log);
    CHECK(text.starts_with("one\ntwo\n"));
    CHECK(text.find("\nA=two\n") != std::string::npos);
    CHECK(text.find("never-to-be-seen") == std::string::npos);
    const auto killed = run_logged({"/bin/sh", "-c", "kill -9 $$"}, {}, log, [] { return false; });
    CHECK(killed->status == 128 + 9);
    CHECK_FALSE(run_logged({"/no/such"}, {}, log, [] { return false; }).has_value());
    CHECK_FALSE(
        run_logged({"/bin/true"}, {}, folder.path("no/log"), [] { return false; }).has_value());
    const auto left = run_logged({"/bin/sleep", "1"}, {}, log, [] { return true; });
    CHECK(left->left_running);
}

}  // namespace vacate::xapi
