// Lines of the log, and the screen of a run.
#include <catch2/catch.hpp>

#include "tools/run/view.hpp"

namespace vacate {
namespace {

using live::HostStory;
using live::Standing;

Record at(std::int64_t seconds, RecordBody body) {
    return {0, Instant{Duration{seconds * 1'000'000}}, std::move(body)};
}

Commanded move(std::uint64_t key, const std::string& vm) {
    Commanded commanded{key, {}, 1};
    commanded.order = {Act::migrate, vm, "srv-3", "srv-1", "", "", ""};
    return commanded;
}

TEST_CASE("the log names what an answer is about", "[run][view]") {
    RunLog log;
    CHECK(log.line_of(at(61, move(7, "db-1"))) == "0:01:01  migrate db-1 from srv-3 to srv-1");
    Answered answered{7, Answered::Kind::begun, Answered::Advice::retry, "", "", ""};
    CHECK(log.line_of(at(62, answered)).empty());
    answered.kind = Answered::Kind::refused;
    answered.code = "HOST_NOT_ENOUGH_FREE_MEMORY";
    answered.sentence = "4 GiB are needed";
    CHECK(log.line_of(at(63, answered)) ==
          "0:01:03  migrate db-1 from srv-3 to srv-1: refused, HOST_NOT_ENOUGH_FREE_MEMORY, "
          "4 GiB are needed");
    CHECK(log.line_of(at(64, Settled{7, true, "it is on srv-1"})) ==
          "0:01:04  migrate db-1 from srv-3 to srv-1: done, it is on srv-1");
}

TEST_CASE("what a name hides does not reach the terminal", "[run][view]") {
    RunLog log;
    CHECK(log.line_of(at(0, move(1, "\x1b[2Jdb"))).find('\x1b') == std::string::npos);
}

TEST_CASE("a screen keeps to its size whatever there is to say", "[run][view]") {
    Screen screen;
    screen.pool = "p\u00f6\u00f6l";
    screen.status.standing = Standing::working;
    screen.status.sentence = std::string(200, 'x');
    screen.status.steps = 10;
    screen.status.steps_done = 5;
    for (std::uint64_t key = 1; key <= 40; ++key) {
        screen.status.under_way.push_back(move(key, "vm-" + std::to_string(key)));
        HostStory host;
        host.host = "srv-" + std::to_string(key);
        host.disabled = Instant{};
        screen.status.hosts.push_back(host);
        screen.tail.push_back("line " + std::to_string(key));
    }
    for (const std::size_t rows : {1u, 5u, 24u, 60u}) {
        screen.rows = rows;
        const auto lines = draw_screen(screen);
        CHECK(lines.size() <= rows);
        for (const std::string& line : lines) CHECK(line.size() <= screen.columns + 2);
    }
    screen.rows = 60;
    CHECK(draw_screen(screen).back() == "  line 40");
}

TEST_CASE("a screen says when it ends and how far it is", "[run][view]") {
    Screen screen;
    screen.pool = "eight";
    screen.now = Instant{Duration{600'000'000}};
    screen.status.standing = Standing::working;
    screen.status.sentence = "empties srv-3";
    screen.status.ends_at = Instant{Duration{4'200'000'000}};
    screen.status.steps = 8;
    screen.status.steps_done = 2;
    screen.permille[1] = 500;
    screen.status.under_way = {move(1, "db-1")};
    const auto lines = draw_screen(screen);
    REQUIRE(lines.size() == 5);
    CHECK(lines[0] == "vacate run  eight  working  0:10:00, ends about 1:10:00 (in 1 h 0 min)");
    CHECK(lines[1] == "[#####---------------] 2 of 8 steps");
    CHECK(lines[2] == "  empties srv-3");
    CHECK(lines[4] == "  [##########----------] migrate db-1 from srv-3 to srv-1");
    screen.status.standing = Standing::done;
    CHECK(draw_screen(screen)[0] == "vacate run  eight  done  0:10:00");
}

}  // namespace
}  // namespace vacate
