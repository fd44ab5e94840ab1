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

TEST_CASE("the log says why a host is disabled, and why again", "[run][view]") {
    RunLog log;
    const auto order = [](std::uint64_t key, Act act) {
        return Commanded{key, {act, "", "srv-3", "", "", "", ""}, 1};
    };
    const Answered done{1, Answered::Kind::done, Answered::Advice::retry, "", "", ""};
    const std::string first =
        "0:00:01  disable srv-3, so that no VM comes to it while it is emptied";
    CHECK(log.line_of(at(1, order(1, Act::disable_host))) == first);
    CHECK(log.line_of(at(2, done)) == "0:00:02  disable srv-3: done");
    CHECK(log.line_of(at(3, order(2, Act::disable_host))) ==
          "0:00:03  disable srv-3 again: it takes VMs again, though this run did not enable it");
    CHECK_FALSE(log.line_of(at(4, Settled{2, true, "srv-3 is disabled"})).empty());
    // What this run enabled is disabled for the first time again.
    CHECK_FALSE(log.line_of(at(5, order(3, Act::enable_host))).empty());
    CHECK_FALSE(log.line_of(at(6, Settled{3, true, "srv-3 is enabled"})).empty());
    CHECK(log.line_of(at(1, order(4, Act::disable_host))) == first);
}

TEST_CASE("a lock that is still ours is not said to be lost work", "[run][view]") {
    RunLog log;
    Commanded unlock{1, {}, 1};
    unlock.order.act = Act::unlock_pool;
    const std::string name = describe(unlock.order);
    CHECK(log.line_of(at(1, unlock)) == "0:00:01  " + name);
    CHECK(log.line_of(at(2, Settled{1, false, "the lock is still ours"})) ==
          "0:00:02  " + name + ": no look shows it done so far, the lock is still ours");
}

TEST_CASE("a rule is put into words where the log names it first", "[run][view]") {
    RunLog log;
    const Told skip{Told::What::skip, "a (R1)"};
    CHECK(log.line_of(at(1, skip)) ==
          "0:00:01  operator: skip a (R1: the VMs on a host and on their way to it fit into its "
          "memory)");
    CHECK(log.line_of(at(2, skip)) == "0:00:02  operator: skip a (R1)");
}

TEST_CASE("a host's line says whether it is down", "[run][view]") {
    Screen screen;
    screen.rows = 60;
    HostStory host;
    host.host = "srv-3";
    host.disabled = Instant{};
    host.down = Instant{Duration{61'000'000}};
    const auto line = [&](live::HostNow now) {
        host.now = now;
        screen.status.hosts = {host};
        return draw_screen(screen).back();
    };
    CHECK(line(live::HostNow::to_restart).find("to restart since 0:01:01") != std::string::npos);
    CHECK(line(live::HostNow::restarting).find("restarting since 0:01:01") != std::string::npos);
    CHECK(line(live::HostNow::down).find("down, told at 0:01:01") != std::string::npos);
    CHECK(line(live::HostNow::emptied).find("being emptied since 0:00:00") != std::string::npos);
}

TEST_CASE("what is waited for is said with its times", "[run][view]") {
    live::Status status;
    status.sentence = "waits for the coordinator to come back";
    CHECK(timed_sentence(status) == status.sentence);
    status.waits_since = Instant{Duration{61'000'000}};
    CHECK(timed_sentence(status) == "waits for the coordinator to come back (since 0:01:01)");
    status.waits_until = Instant{Duration{3'600'000'000}};
    status.then = "srv-1 is late";
    CHECK(timed_sentence(status) ==
          "waits for the coordinator to come back (since 0:01:01; srv-1 is late from 1:00:00 on)");
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
