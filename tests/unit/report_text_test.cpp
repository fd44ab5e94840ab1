// Text that stays text, commands that stay commands, and the operator's clock.
#include <catch2/catch.hpp>

#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/report.hpp"
#include "reports/runbook.hpp"
#include "tests/support/run_program.hpp"

namespace vacate {

using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("markup in a name is escaped, in text and in attributes", "[report]") {
    CHECK(escaped("<script>alert('x & \"y\"')</script>") ==
          "&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;");
    CHECK(escaped("db\x1b[31m\n") == "db\\x1b[31m\\x0a");
}

TEST_CASE("what is no UTF-8 becomes a replacement character, the rest stays", "[report]") {
    // A lone continuation, an overlong slash, a surrogate, a cut sequence, beyond U+10FFFF.
    const std::string replaced = "\xef\xbf\xbd";
    CHECK(well_formed("a\x80z") == "a" + replaced + "z");
    CHECK(well_formed("\xc0\xaf") == replaced + replaced);
    CHECK(well_formed("\xed\xa0\x80") == replaced + replaced + replaced);
    CHECK(well_formed("x\xe2\x82") == "x" + replaced + replaced);
    CHECK(well_formed("\xf4\x90\x80\x80").size() == 4 * replaced.size());
    const std::string fine = "db-\xd7\xa9 \xf0\x9f\x98\x80 \xe2\x82\xac";
    CHECK(well_formed(fine) == fine);
}

TEST_CASE("each rule is put into words once, where it is named first", "[report]") {
    std::set<int> told;
    CHECK(with_rules_in_words("no room (R1, R8); a (R2)", told) ==
          "no room (R1: the VMs on a host and on their way to it fit into its memory; R8: a VM "
          "that cannot migrate stays, or is parked as it allows); a (R2: no VM moves to an older "
          "version)");
    CHECK(with_rules_in_words("again (R8), (R1, R3)", told) ==
          "again (R8), (R1, R3: the coordinator is upgraded first)");
    // What is no rule in brackets stays.
    for (const std::string text : {"R5", "SR5 (x R5)", "(R99)", "(R0)", "(R)", "(R5", ""}) {
        CHECK(with_rules_in_words(text, told) == text);
    }
    for (int rule = 1; rule <= rule_count; ++rule) {
        CHECK_FALSE(rule_words(static_cast<Rule>(rule)).empty());
    }
}

TEST_CASE("a name is cut between characters, never inside one", "[report]") {
    CHECK(shortened("abcdef", 6) == "abcdef");
    CHECK(shortened("abcdefg", 6) == "abcde\xe2\x80\xa6");
    CHECK(shortened("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 2) ==
          "\xf0\x9f\x98\x80\xe2\x80\xa6");
}

TEST_CASE("a shell reads a quoted name back as it was", "[report][runbook]") {
    CHECK(shell_quoted("srv-1.example:2") == "srv-1.example:2");
    CHECK(shell_quoted("two words") == "'two words'");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    // U+202E turns what follows around on the screen, so it is spelled out.
    CHECK(shell_quoted("a\xe2\x80\xae"
                       "b") == "$'a\\xe2\\x80\\xaeb'");
    for (const std::string name :
         {"$(reboot)", "`id`", "a;b", "it's \"so\"", "-rf", "a\nb", "tab\there", "back\\slash",
          "\xd7\xa9\xe2\x80\xae.x", "a'\n'b\\", "*", "#x", "!history", "x\x1b[2J"}) {
        INFO(name);
        const ProgramRun read =
            run_program("/bin/bash", {"-c", "printf %s " + shell_quoted(name)}, "/");
        CHECK(read.out == name);
    }
}

TEST_CASE("the clock shows the operator's time, rounded to the minute", "[report]") {
    const ReportClock night{22 * 60};
    CHECK(night.at(Since{}) == "22:00");
    CHECK(night.at(minutes(130)) == "00:10 +1");
    CHECK(night.at(seconds(29)) == "22:00");
    CHECK(night.at(seconds(30)) == "22:01");
    CHECK(night.at(-minutes(5)) == "21:55");
    CHECK(night.at(minutes(2 * 1440)) == "22:00 +2");
    CHECK(night.at(-minutes(22 * 60 + 1)) == "23:59 -1");
    CHECK(night.date_of(minutes(130)).empty());
    CHECK(night.words(minutes(119)).empty());
    CHECK(night.words(minutes(120)) == "+1 is the day after the first step's.");
    const ReportClock dated{22 * 60, "2028-02-28", "UTC"};
    CHECK(dated.date_of(Since{}) == "2028-02-28");
    CHECK(dated.date_of(minutes(120)) == "2028-02-29");  // 2028 is a leap year
    CHECK(dated.date_of(minutes(120 + 1440)) == "2028-03-01");
    CHECK(dated.date_of(seconds(120 * 60 - 31)) == "2028-02-28");  // rounded as at() does
    CHECK(dated.words(Since{}) == "Clock times are UTC, of 2028-02-28.");
    CHECK(dated.words(minutes(130)) == "Clock times are UTC, of 2028-02-28; +1 is the day after.");
    const ReportClock none;
    CHECK(none.at(minutes(63)) == "+1:03");
    CHECK(none.at(-minutes(1)) ==
          "\xe2\x88\x92"
          "0:01");
}

TEST_CASE("ticks stand at round times of the operator's clock", "[report]") {
    const TimeAxis axis{Since{}, minutes(100), 0, 1000};
    const auto ticks = ticks_of(axis, ReportClock{22 * 60 + 7}, 10);
    // 100 min at most 10 ticks: every 10 min; the first round time after 22:07 is 22:10.
    REQUIRE(ticks.size() == 10);
    CHECK(ticks.front().label == "22:10");
    CHECK(ticks.front().at == minutes(3));
    CHECK(ticks.back().label == "23:40");
    CHECK(axis.at(ticks.front().at) == Approx(30));
    const auto night = ticks_of({Since{}, minutes(180), 0, 1000}, ReportClock{22 * 60 + 30}, 4);
    // Only midnight names the day.
    REQUIRE(night.size() == 3);
    CHECK(night[0].label == "23:00");
    CHECK(night[1].label == "00:00 +1");
    CHECK(night[2].label == "01:00");
}

}  // namespace vacate
