// What goes on where nobody sees it, and what a crash between two records must not lose.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/live_rig.hpp"

namespace vacate {
namespace {

using live::Executor;
using live::Mission;
using live::Standing;
using std::chrono::seconds;

}  // namespace

// The grace is 20 s: looks behind it show neither a task nor a VM at its new host, for 15 s more.
TEST_CASE("a move that goes on below a restarted toolstack is not ordered twice",
          "[live][unseen]") {
    LiveRig rig(draw(three_hosts));
    rig.hides_work = true;
    rig.moves_last = seconds(35);
    rig.is_mute = [](const Commanded& command) { return command.order.act == Act::migrate; };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const live::Status status = executor.status(rig.now);
    INFO(status.sentence);
    CHECK(status.standing == Standing::done);
    CHECK(all_upgraded(rig));
    CHECK(all_run(rig));
    std::int64_t attempts = 0;
    for (const Record& record : rig.journal) {
        const auto* command = std::get_if<Commanded>(&record.body);
        const bool moves = command != nullptr && command->order.act == Act::migrate;
        if (moves) attempts = std::max(attempts, command->attempt);
    }
    CHECK(attempts == 1);
}

TEST_CASE("a move that never was is ordered again all the same", "[live][unseen]") {
    LiveRig rig(draw(three_hosts));
    bool lost = false;
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (lost || command.order.act != Act::migrate) return std::nullopt;
        lost = true;
        Answered answer;
        answer.kind = Answered::Kind::unknown;
        return answer;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    CHECK(lost);
    CHECK(executor.status(rig.now).standing == Standing::done);
    CHECK(all_upgraded(rig));
}

// Every five seconds, as small_mission() has it, a turn later; and once more for what is open.
TEST_CASE("a pool that is away is not asked more often because something is open",
          "[live][unseen]") {
    LiveRig rig(draw(three_hosts));
    rig.is_mute = [](const Commanded& command) { return command.order.act == Act::migrate; };
    const auto has_sent_moves = [&] {
        return std::any_of(rig.sent.begin(), rig.sent.end(),
                           [](const Order& one) { return one.act == Act::migrate; });
    };
    Executor executor = new_run(rig, small_mission());
    for (int i = 0; i < 600 && !has_sent_moves(); ++i) rig.run(executor, seconds(1));
    REQUIRE(has_sent_moves());
    rig.reachable = false;
    const std::int64_t before = rig.looks_asked;
    rig.run(executor, seconds(100));
    CHECK(rig.looks_asked - before >= 100 / 6 - 2);
    CHECK(rig.looks_asked - before <= 100 / 5 + 4);
}

// It was switched on, but how many losses it bears could not be set; then the run is resumed.
TEST_CASE("HA comes back as it was, not as a failed attempt left it", "[live][unseen]") {
    World world = draw(three_hosts);
    world.state.ha.on = true;
    LiveRig rig(world);
    const std::string before = rig.ha_memo;
    bool fails = true;
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (!fails || command.order.act != Act::enable_ha) return std::nullopt;
        rig.ha = true;
        rig.ha_memo = "half of it";
        Answered answer;
        answer.kind = Answered::Kind::refused;
        answer.advice = Answered::Advice::stop;
        answer.sentence = "the statefile is full";
        return answer;
    };
    bool told = false;
    rig.each_second = [&] {
        if (told || rig.ha) return;
        told = true;
        rig.tell(Told::What::abort);
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(executor.status(rig.now).standing == Standing::stopped);
    REQUIRE(codes_of(executor, rig.now).count("NOT_PUT_BACK") == 1);
    REQUIRE(rig.times_sent("turn HA on") == 1);
    fails = false;
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    INFO(again.status(rig.now).sentence);
    CHECK(again.status(rig.now).standing == Standing::done);
    CHECK(rig.times_sent("turn HA off") == 2);
    CHECK(rig.ha);
    CHECK(rig.ha_memo == before);
    CHECK(again.status(rig.now).owed.empty());
}

// b is handed over and stays up; the run is killed at each record in turn.
TEST_CASE("a host that was handed over is left out wherever the run dies", "[live][unseen]") {
    const auto stays_up = [](const Commanded& command) -> std::optional<Answered> {
        const bool late = command.order.act == Act::restart_host && command.order.host == "b";
        if (!late) return std::nullopt;
        Answered answer;
        answer.kind = Answered::Kind::begun;
        return answer;
    };
    Mission mission = small_mission();
    mission.hands_over = true;
    LiveRig whole(draw(three_hosts));
    whole.instead = stays_up;
    Executor executor = new_run(whole, mission);
    whole.run(executor);
    REQUIRE(was_noted(whole, "HOST_HANDED_OVER"));
    for (std::size_t records = 2; records < whole.journal.size(); ++records) {
        INFO("dies after record " << records << " of " << whole.journal.size());
        LiveRig rig(draw(three_hosts));
        rig.instead = stays_up;
        rig.records_until_crash = records;
        Executor first = new_run(rig, mission);
        rig.run(first);
        rig.forget_answers();
        Executor second = resumed(rig, mission);
        rig.run(second);
        const live::Status status = second.status(rig.now);
        INFO(status.sentence);
        REQUIRE_FALSE(rig.host_called("b").upgraded);
        REQUIRE(status.standing == Standing::stopped);
        REQUIRE(codes_of(second, rig.now).count("HOST_LEFT_OUT") == 1);
        REQUIRE_FALSE(rig.host_called("b").enabled);
    }
}

}  // namespace vacate
