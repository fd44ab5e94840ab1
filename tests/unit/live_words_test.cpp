// What a run says of itself: questions, hosts on their way, steps and times over resumptions.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/live_rig.hpp"
#include "tools/run/summary.hpp"

namespace vacate {
namespace {

using live::Executor;
using live::HostNow;
using live::Mission;
using live::Standing;
using live::Status;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

HostNow now_of(const Status& status, const std::string& host) {
    const auto found = std::find_if(status.hosts.begin(), status.hosts.end(),
                                    [&host](const auto& one) { return one.host == host; });
    REQUIRE(found != status.hosts.end());
    return found->now;
}

// Turns until the run says so of a host; false when it does not within an hour.
bool run_until(LiveRig& rig, Executor& executor, const std::string& host, HostNow now) {
    for (int i = 0; i < 3600; ++i) {
        rig.run(executor, seconds(1));
        if (now_of(executor.status(rig.now), host) == now) return true;
    }
    return false;
}

// The pool was told and takes its time; or somebody was, who does not come.
void keep_up(LiveRig& rig) {
    rig.instead = [](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::restart_host) return std::nullopt;
        return Answered{command.key, Answered::Kind::begun, Answered::Advice::retry, "", "", ""};
    };
}

}  // namespace

TEST_CASE("a host is down when it is seen to be, not when it was told to restart",
          "[live][words]") {
    LiveRig rig(draw(three_hosts));
    keep_up(rig);
    Mission mission = small_mission();
    mission.hands_over = GENERATE(false, true);
    Executor executor = new_run(rig, mission);
    CHECK(now_of(executor.status(rig.now), "a") == HostNow::waits);
    REQUIRE(run_until(rig, executor, "a", HostNow::emptied));
    const HostNow told = mission.hands_over ? HostNow::to_restart : HostNow::restarting;
    REQUIRE(run_until(rig, executor, "a", told));
    rig.run(executor, seconds(30));
    CHECK(now_of(executor.status(rig.now), "a") == told);
    // Whoever reads the journal has no look, and knows no more.
    CHECK(now_of(resumed(rig, mission).status(rig.now), "a") == told);
    rig.host_called("a").live = false;
    REQUIRE(run_until(rig, executor, "a", HostNow::down));
    auto& a = rig.host_called("a");
    a.live = a.upgraded = true;
    ++a.started;
    REQUIRE(run_until(rig, executor, "a", HostNow::in_use));
}

TEST_CASE("a restart that the pool refuses leaves a host that was not down", "[live][words]") {
    LiveRig rig(draw(three_hosts));
    rig.instead = [](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::restart_host) return std::nullopt;
        return Answered{command.key, Answered::Kind::refused, Answered::Advice::stop, "NO", "", ""};
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const Status status = executor.status(rig.now);
    REQUIRE(rig.times_sent("restart a") == 1);
    for (const auto& host : status.hosts) CHECK_FALSE(host.down);
}

TEST_CASE("the question before a host says what goes on without an answer", "[live][words]") {
    LiveRig rig(draw(three_hosts));
    Mission mission = small_mission();
    mission.ask_before_hosts = true;
    Executor executor = new_run(rig, mission);
    rig.run(executor, minutes(5));
    Status status = executor.status(rig.now);
    REQUIRE(status.standing == Standing::asking);
    CHECK(status.asked_host == "a");
    CHECK(status.sentence ==
          "may a be done? Moves away from it need no answer: 0 done, 0 under way; the answer "
          "decides whether it is disabled and taken down");
    rig.tell(Told::What::proceed, "a");
    rig.run(executor, minutes(30));
    status = executor.status(rig.now);
    REQUIRE(status.standing == Standing::asking);
    REQUIRE(status.asked_host == "b");
    // What came to b from a and left again, or never came: as the journal counts it.
    const auto left = std::count_if(rig.journal.begin(), rig.journal.end(), [](const auto& one) {
        const auto* sent = std::get_if<Commanded>(&one.body);
        return sent != nullptr && sent->order.act == Act::migrate && sent->order.host == "b";
    });
    CHECK(status.sentence.find("no answer: " + std::to_string(left) + " done, 0 under way") !=
          std::string::npos);
}

TEST_CASE("steps are counted over crashes, stops and plans, and never fall", "[live][words]") {
    LiveRig rig(draw(three_hosts));
    Executor executor = new_run(rig, small_mission());
    std::int64_t done = 0;
    for (int life = 0; life < 4; ++life) {
        for (int i = 0; i < 60 && !executor.is_over(); ++i) {
            rig.run(executor, seconds(1));
            const Status now = executor.status(rig.now);
            REQUIRE(now.steps_done >= done);
            REQUIRE(now.steps >= now.steps_done);
            done = now.steps_done;
        }
        if (life == 1) {
            rig.tell(Told::What::abort);
            rig.run(executor);
            REQUIRE(executor.is_over());
            done = executor.status(rig.now).steps_done;
        }
        rig.forget_answers();
        executor = resumed(rig, small_mission());
        CHECK(executor.status(rig.now).steps_done == done);
    }
    rig.run(executor);
    const Status status = executor.status(rig.now);
    REQUIRE(status.standing == Standing::done);
    CHECK(status.steps_done == status.steps);
    CHECK(status.steps >= done);
}

TEST_CASE("the time of a run ends with it, whoever asks later", "[live][words]") {
    LiveRig rig(draw(three_hosts));
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const Instant ended = rig.journal.back().at;
    REQUIRE(executor.status(rig.now).ended == ended);
    RunSummary summary;
    summary.now = ended + hours(5);
    summary.status = resumed(rig, small_mission()).status(summary.now);
    CHECK(summary.status.ended == ended);
    const auto totals = report_run(summary).totals;
    summary.now = ended;
    CHECK(totals == report_run(summary).totals);
}

TEST_CASE("a finding is told once, with since when it holds", "[live][words]") {
    LiveRig rig(draw(three_hosts));
    keep_up(rig);
    Mission mission = small_mission();
    mission.host_deadline = hours(4);
    Executor executor = new_run(rig, mission);
    for (int life = 0; life < 3; ++life) {
        rig.run(executor, hours(1));
        const Status status = executor.status(rig.now);
        REQUIRE(status.findings.size() == 1);
        REQUIRE(status.found_since.size() == 1);
        CHECK(status.findings[0].code == "HOST_LATE");
        const auto noted =
            std::find_if(rig.journal.begin(), rig.journal.end(),
                         [](const Record& one) { return std::holds_alternative<Noted>(one.body); });
        REQUIRE(noted != rig.journal.end());
        CHECK(status.found_since[0] == noted->at);
        RunSummary summary;
        summary.status = status;
        CHECK(report_run(summary).findings[0].sentence.find(" (since 0:") != std::string::npos);
        rig.forget_answers();
        executor = resumed(rig, mission);
    }
}

TEST_CASE("what a run waits for has a time", "[live][words]") {
    LiveRig rig(draw(three_hosts));
    keep_up(rig);
    Executor executor = new_run(rig, small_mission());
    REQUIRE(run_until(rig, executor, "a", HostNow::restarting));
    const Instant sent = std::find_if(rig.journal.begin(), rig.journal.end(), [](const auto& one) {
                             const auto* command = std::get_if<Commanded>(&one.body);
                             return command != nullptr && command->order.act == Act::restart_host;
                         })->at;
    const Scenario start = rig.scenario();
    const Duration usual = start.pool.hosts[Id<Host>{0}].upgrade_time;
    // As the executor calls it late: its upgrade time and the operator's patience later.
    for (const Status& status :
         {executor.status(rig.now), resumed(rig, small_mission()).status(rig.now)}) {
        CHECK(status.waits_since == sent);
        CHECK(status.waits_until == sent + usual + small_mission().host_patience);
        CHECK(status.then == "a is late");
    }
    LiveRig away(draw(three_hosts));
    away.reachable = false;
    Executor other = new_run(away, small_mission());
    away.run(other, seconds(10));
    const Status status = other.status(away.now);
    REQUIRE(status.standing == Standing::looking);
    REQUIRE(status.waits_since);
    CHECK(status.waits_until == *status.waits_since + small_mission().away_max);
    CHECK(status.then == "the run stops");
}

TEST_CASE("what is left to put back is named in the words of the pool", "[live][words]") {
    World world = draw(three_hosts);
    world.state.ha.on = true;
    LiveRig rig(world);
    const std::string rest = "HA is on; what remains is the number of failures it tolerates";
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::enable_ha) return std::nullopt;
        return Answered{command.key, Answered::Kind::refused, Answered::Advice::stop, "NO", rest,
                        ""};
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    RunSummary summary;
    summary.status = executor.status(rig.now);
    const Findings found = report_run(summary).findings;
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "NOT_PUT_BACK");
    CHECK(found[0].sentence.find(rest) != std::string::npos);
}

TEST_CASE("killed while a host is handed over, a resumed run says at once what to do",
          "[live][words]") {
    LiveRig rig(draw(three_hosts));
    Mission mission = small_mission();
    mission.hands_over = true;
    mission.by_hand = GENERATE(true, false);
    Executor executor = new_run(rig, mission);
    // The order stands in the journal, its answer does not.
    while (rig.times_sent("restart a") == 0 && rig.now < Instant{hours(1)}) {
        rig.run(executor, seconds(1));
    }
    REQUIRE(rig.times_sent("restart a") == 1);
    REQUIRE(std::holds_alternative<Commanded>(rig.journal.back().body));
    CHECK(executor.status(rig.now).to_do.empty());
    const Executor again = resumed(rig, mission);
    const std::string to_do = again.status(rig.now).to_do;
    // A program that was started says what it does; only people are told here.
    CHECK(to_do.empty() == !mission.by_hand);
    CHECK((to_do.find("a is disabled and empty") == 0) == mission.by_hand);
}

TEST_CASE("a run that is done but for something by hand does not say that nothing is left",
          "[live][words]") {
    RunSummary summary;
    summary.status.standing = Standing::done;
    CHECK(next_step(summary).starts_with("nothing; "));
    summary.status.findings = {{Severity::know, "VM_NEW", "VM x", "x is new", ""}};
    CHECK(next_step(summary).starts_with("nothing; "));
    summary.status.findings.push_back({Severity::act, "NOT_PUT_BACK", "VM x", "not put back", ""});
    CHECK(next_step(summary).starts_with("by hand what is to act on; "));
}

}  // namespace vacate
