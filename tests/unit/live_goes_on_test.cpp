// What a run takes back, takes up again and waits for anew when things come right.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/live_rig.hpp"

namespace vacate {
namespace {

using live::Executor;
using live::Mission;
using live::Standing;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

TEST_CASE("a host that was left out is taken up again when it is back", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    const bool stays_away = GENERATE(false, true);
    rig.each_second = [&] {
        const bool is_back = !stays_away && was_noted(rig, "HOST_LEFT_OUT");
        if (rig.now > Instant{seconds(10)}) rig.host_called("c").live = is_back;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const live::Status status = executor.status(rig.now);
    INFO(status.sentence);
    CHECK(was_noted(rig, "HOST_LEFT_OUT"));
    CHECK(was_noted(rig, "HOST_UNREACHABLE"));
    CHECK(rig.host_called("a").upgraded);
    CHECK(rig.host_called("b").upgraded);
    CHECK(status.standing == (stays_away ? Standing::stopped : Standing::done));
    CHECK(rig.host_called("c").upgraded == !stays_away);
    CHECK(codes_of(executor, rig.now).count("HOST_LEFT_OUT") == (stays_away ? 1 : 0));
    CHECK(codes_of(executor, rig.now).count("HOST_UNREACHABLE") == (stays_away ? 1 : 0));
    if (!stays_away) CHECK(codes_of(executor, rig.now) == std::set<std::string>{});
}

TEST_CASE("a host that the operator skipped stays skipped, away or not", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.tell(Told::What::skip, "c");
    rig.each_second = [&] {
        const bool away = rig.now > Instant{minutes(1)} && rig.now < Instant{minutes(4)};
        rig.host_called("c").live = !away;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    CHECK_FALSE(rig.host_called("c").upgraded);
    CHECK(codes_of(executor, rig.now).count("HOST_LEFT_OUT") == 1);
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    CHECK_FALSE(rig.host_called("c").upgraded);
    CHECK(codes_of(again, rig.now).count("HOST_LEFT_OUT") == 1);
}

TEST_CASE("what stopped a run is not said any more once it goes on", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    bool refuses = true;
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (!refuses || command.order.act != Act::back_up_database) return std::nullopt;
        Answered answer;
        answer.kind = Answered::Kind::refused;
        answer.advice = Answered::Advice::stop;
        answer.code = "NO_SPACE";
        return answer;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const live::Status stopped = executor.status(rig.now);
    REQUIRE(stopped.standing == Standing::stopped);
    CHECK(codes_of(executor, rig.now).count("PREPARATION_FAILED") == 1);
    CHECK(stopped.steps_done < stopped.steps);
    refuses = false;
    Executor again = resumed(rig, small_mission());
    CHECK(codes_of(again, rig.now).count("PREPARATION_FAILED") == 1);  // until it goes on
    rig.run(again);
    CHECK(again.status(rig.now).standing == Standing::done);
    CHECK(again.status(rig.now).findings.empty());
    CHECK(again.status(rig.now).steps_done == again.status(rig.now).steps);
    CHECK(all_upgraded(rig));
}

TEST_CASE("a host whose turn begins anew has its times anew", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    bool told = false;
    rig.each_second = [&] {
        if (!told && rig.times_sent("disable a") == 1 && rig.hosts[Id<Host>{0}].enabled == false) {
            rig.tell(Told::What::abort);
            told = true;
        }
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(executor.status(rig.now).standing == Standing::stopped);
    REQUIRE_FALSE(rig.host_called("a").upgraded);
    const Instant later = rig.now += hours(3);
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    REQUIRE(again.status(rig.now).standing == Standing::done);
    const live::HostStory a = again.status(rig.now).hosts.front();
    REQUIRE(a.host == "a");
    REQUIRE(a.planned_begin);
    CHECK(*a.planned_begin >= later);
    CHECK(*a.disabled >= *a.planned_begin);
    CHECK(*a.down > *a.disabled);
    CHECK(*a.back > *a.down);
    CHECK(*a.enabled >= *a.back);
}

TEST_CASE("a coordinator that was brought back as it was is upgraded once more, in one go",
          "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    bool fails = true;
    rig.each_second = [&] {
        if (fails && rig.host_called("a").upgraded) rig.host_called("a").live = false;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(executor.status(rig.now).standing == Standing::stopped);
    REQUIRE(codes_of(executor, rig.now).count("COORDINATOR_FAILED") == 1);
    // What the playbook says: installed as it was, and resumed.
    fails = false;
    rig.now += hours(3);
    auto& a = rig.host_called("a");
    a.live = true;
    a.upgraded = false;
    ++a.started;
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    const live::Status status = again.status(rig.now);
    INFO(status.sentence);
    CHECK(status.standing == Standing::done);
    CHECK(codes_of(again, rig.now) == std::set<std::string>{});
    CHECK(all_upgraded(rig));
    CHECK(all_run(rig));
    CHECK(rig.times_sent("restart a") == 2);
}

TEST_CASE("mixed versions that lasted too long bind no run that may last longer",
          "[live][goes_on]") {
    World world = draw(three_hosts);
    world.pool.policy.hosts_down_max = 1;
    LiveRig rig(world);
    Mission mission = small_mission();
    mission.mixed_max = seconds(30);  // the next host takes 60 s and more
    mission.stop_when_mixed_too_long = true;
    Executor executor = new_run(rig, mission);
    rig.run(executor);
    REQUIRE(executor.status(rig.now).standing == Standing::stopped);
    CHECK(codes_of(executor, rig.now).count("MIXED_TOO_LONG") == 1);
    mission.mixed_max = hours(12);
    Executor again = resumed(rig, mission);
    rig.run(again);
    INFO(again.status(rig.now).sentence);
    CHECK(again.status(rig.now).standing == Standing::done);
    CHECK(again.status(rig.now).findings.empty());
}

TEST_CASE("a host that is enabled again and again while it is emptied is left out",
          "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.each_second = [&] {
        const bool started = rig.host_called("b").upgraded;
        if (!started && rig.now.time_since_epoch() % seconds(7) == Duration{}) {
            rig.host_called("b").enabled = true;
        }
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    INFO(executor.status(rig.now).sentence);
    CHECK(executor.is_over());
    CHECK(rig.times_sent("disable b") <= 10);
    CHECK(rig.host_called("a").upgraded);
    CHECK(rig.host_called("c").upgraded);
    CHECK(all_run(rig));
}

TEST_CASE("what a person has to do at a host is said as long as it is to be done",
          "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    const std::string words = "go to the console of ";
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::restart_host) return std::nullopt;
        Answered answer;
        answer.kind = Answered::Kind::begun;
        answer.sentence = words + command.order.host;
        return answer;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor, minutes(3));
    CHECK(executor.status(rig.now).sentence == words + "a");
    // A process that comes after it says the same.
    CHECK(resumed(rig, small_mission()).status(rig.now).sentence == words + "a");
    auto& a = rig.host_called("a");
    a.upgraded = true;
    ++a.started;
    rig.run(executor, minutes(10));
    CHECK(executor.status(rig.now).sentence != words + "a");
}

TEST_CASE("a host that somebody may still upgrade takes no VM until the operator says so",
          "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    const bool skips = GENERATE(true, false);  // else the run is ended
    bool handed = false;
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        const bool late = command.order.act == Act::restart_host && command.order.host == "b";
        if (!late || handed) return std::nullopt;
        handed = true;
        Answered answer;
        answer.kind = Answered::Kind::begun;  // and b stays up: the person has not begun yet
        rig.tell(skips ? Told::What::skip : Told::What::abort, skips ? "b" : "");
        return answer;
    };
    Mission mission = small_mission();
    mission.hands_over = true;
    Executor executor = new_run(rig, mission);
    rig.run(executor);
    const live::Status status = executor.status(rig.now);
    INFO(status.sentence);
    REQUIRE(handed);
    CHECK(status.standing == Standing::stopped);
    CHECK_FALSE(rig.host_called("b").enabled);
    CHECK(rig.times_sent("enable b") == 0);
    for (const auto& vm : rig.vms) CHECK(vm.host != rig.host_id("b"));
    CHECK(all_run(rig));
    CHECK(codes_of(executor, rig.now).count("HOST_HANDED_OVER") == 1);
    CHECK(codes_of(executor, rig.now).count("NOT_PUT_BACK") == 1);
    // Whoever resumes it has seen to that.
    rig.tell(Told::What::proceed, "b");
    Executor again = resumed(rig, mission);
    rig.run(again);
    CHECK(again.status(rig.now).standing == Standing::done);
    CHECK(all_upgraded(rig));
}

TEST_CASE("a VM that comes to a host at which somebody is at work is told of", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::restart_host || command.order.host != "b")
            return std::nullopt;
        rig.vm_called("c1").host = rig.host_id("b");
        Answered answer;
        answer.kind = Answered::Kind::begun;
        return answer;
    };
    Mission mission = small_mission();
    mission.hands_over = true;
    Executor executor = new_run(rig, mission);
    while (!was_noted(rig, "HOST_NOT_EMPTY") && !executor.is_over()) rig.run(executor, seconds(1));
    CHECK(codes_of(executor, rig.now).count("HOST_NOT_EMPTY") == 1);
    rig.vm_called("c1").host = rig.host_id("a");
    rig.run(executor, minutes(1));
    CHECK(codes_of(executor, rig.now).count("HOST_NOT_EMPTY") == 0);
}

TEST_CASE("what failed at the coordinator ends the run also behind a crash", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.each_second = [&] {
        if (rig.host_called("a").upgraded) rig.host_called("a").other_version = true;
    };
    Executor executor = new_run(rig, small_mission());
    while (!was_noted(rig, "COORDINATOR_FAILED")) rig.run(executor, seconds(1));
    REQUIRE_FALSE(executor.is_over());
    rig.forget_answers();
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    CHECK(again.status(rig.now).standing == Standing::stopped);
    CHECK(rig.times_sent("restart a") == 1);
    CHECK_FALSE(rig.host_called("b").upgraded);
}

TEST_CASE("a member that failed is not touched when it is back, unless the operator says so",
          "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    const bool says_so = GENERATE(false, true);
    bool spoilt = false;
    rig.each_second = [&] {
        auto& b = rig.host_called("b");
        if (b.upgraded && !spoilt) b.other_version = true;
        if (was_noted(rig, "HOST_LEFT_OUT") && !spoilt) {
            spoilt = true;  // somebody installs it as it was, and boots it
            b.other_version = b.upgraded = false;
            ++b.started;
            b.enabled = true;
            if (says_so) rig.tell(Told::What::proceed, "b");
        }
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(spoilt);
    CHECK(rig.times_sent("restart b") == (says_so ? 2 : 1));
    CHECK(codes_of(executor, rig.now).count("MEMBER_FAILED") == (says_so ? 0 : 1));
    CHECK((executor.status(rig.now).standing == Standing::done) == says_so);
}

TEST_CASE("before the database is kept nothing of the pool is changed", "[live][goes_on]") {
    World world = draw("a v1 16G : a1 4G\nb v1 16G : b1 4G cd\nc v1 16G :");
    world.state.ha.on = true;
    LiveRig rig(world);
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(executor.status(rig.now).standing == Standing::done);
    std::size_t kept = rig.journal.size();
    for (std::size_t i = 0; i < rig.journal.size(); ++i) {
        const auto* command = std::get_if<Commanded>(&rig.journal[i].body);
        const auto* answer = std::get_if<Answered>(&rig.journal[i].body);
        if (answer != nullptr && answer->memo == "/backup/pool.db") kept = i;
        if (command == nullptr || i > kept) continue;
        const Act act = command->order.act;
        CHECK((act == Act::lock_pool || act == Act::back_up_database));
    }
    CHECK(kept < rig.journal.size());
}

TEST_CASE("a run that the operator ended asks for nothing", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.each_second = [&] {
        if (rig.now == Instant{seconds(20)}) rig.tell(Told::What::abort);
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    CHECK(executor.status(rig.now).standing == Standing::stopped);
    CHECK(executor.status(rig.now).findings.empty());
}

TEST_CASE("hosts that were emptied as asked for are no debt", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    Mission mission = small_mission();
    mission.job.action = HostAction::evacuate;
    mission.job.hosts = {rig.host_id("b")};
    Executor executor = new_run(rig, mission);
    rig.run(executor);
    const live::Status status = executor.status(rig.now);
    REQUIRE(status.standing == Standing::done);
    REQUIRE(status.owed.size() == 1);
    CHECK(status.owed.front().act == Act::enable_host);
    CHECK(status.owed_is_wanted);
    CHECK(resumed(rig, mission).status(rig.now).owed_is_wanted);
}

TEST_CASE("the journal of a stopped run names no host that takes VMs already", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.enables_itself = true;  // nobody orders it
    rig.tell(Told::What::skip, "c");
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const live::Status ended = executor.status(rig.now);
    REQUIRE(ended.standing == Standing::stopped);
    CHECK(rig.times_sent("enable a") == 0);
    CHECK(ended.owed.empty());
    // Whoever reads it has not seen the pool.
    const live::Status read = resumed(rig, small_mission()).status(rig.now);
    CHECK(read.owed.empty());
    CHECK(read.hosts_new == 2);
    for (const char* name : {"a", "b"}) {
        const auto has_name = [name](const live::HostStory& one) { return one.host == name; };
        const auto host = std::find_if(read.hosts.begin(), read.hosts.end(), has_name);
        REQUIRE(host != read.hosts.end());
        CHECK(host->enabled.has_value());
        CHECK(host->enabled >= host->back);
    }
}

TEST_CASE("without a plan it waits for a host that may come back, and not for ever",
          "[live][goes_on]") {
    // The VMs of b fit on no single host once a is smaller.
    LiveRig rig(draw("a v1 16G after=10G : a1 4G\nb v1 16G : b1 7G, b2 7G\nc v1 16G :\n"));
    const bool comes_back = GENERATE(true, false);
    std::optional<Instant> gone;
    rig.each_second = [&] {
        if (!gone && rig.host_called("a").upgraded && rig.host_called("a").live) gone = rig.now;
        if (gone) rig.host_called("c").live = comes_back && rig.now > *gone + minutes(4);
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    const live::Status status = executor.status(rig.now);
    INFO(status.sentence);
    REQUIRE(gone);
    CHECK(was_noted(rig, "HOST_LEFT_OUT"));  // after a minute
    CHECK(status.standing == (comes_back ? Standing::done : Standing::stopped));
    CHECK(all_upgraded(rig) == comes_back);
    CHECK(codes_of(executor, rig.now).count("HOST_LEFT_OUT") == (comes_back ? 0 : 1));
    // The deadline counts from when there was no plan, a minute after it went.
    if (!comes_back) CHECK(rig.now - *gone > seconds(60 + 300));
    if (!comes_back) CHECK(rig.now - *gone < minutes(10));
}

TEST_CASE("a coordinator that was skipped is done once the run is resumed", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    rig.tell(Told::What::skip, "a");
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(executor.status(rig.now).standing == Standing::stopped);
    CHECK(codes_of(executor, rig.now).count("HOST_LEFT_OUT") == 1);
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    CHECK(again.status(rig.now).standing == Standing::done);
    CHECK(codes_of(again, rig.now) == std::set<std::string>{});
    CHECK(all_upgraded(rig));
}

TEST_CASE("a VM that would not move and was stopped by hand stays down", "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    const bool set_aside = GENERATE(true, false);
    int refusals = 0;
    rig.instead = [&](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::migrate || command.order.vm != "b1") return std::nullopt;
        if (!set_aside && ++refusals > 1) return std::nullopt;
        Answered answer;
        answer.key = command.key;
        answer.kind = Answered::Kind::refused;
        answer.code = "VM_LACKS_FEATURE";
        return answer;
    };
    std::optional<Instant> stopped;
    rig.each_second = [&] {
        const bool now = set_aside ? was_noted(rig, "VM_SET_ASIDE") : refusals == 1;
        if (now && !stopped) stopped = rig.now + seconds(4);  // a look comes between
        if (!stopped || rig.now < *stopped) return;
        rig.vm_called("b1").power = Power::halted;
        rig.vm_called("b1").host = Id<Host>::none();
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(stopped);
    for (const Order& order : rig.sent) CHECK_FALSE((order.vm == "b1" && order.act == Act::start));
    CHECK(codes_of(executor, rig.now).count("VM_DOWN") == 1);
}

TEST_CASE("a VM on a host that is away is not where it is wanted, and the run not done",
          "[live][goes_on]") {
    LiveRig rig(draw(three_hosts));
    const bool is_away = GENERATE(true, false);
    Mission mission = small_mission();
    mission.job.action = HostAction::place;
    mission.job.goal = Placement(rig.world.pool.vms.size(), Id<Host>::none());
    mission.job.goal[vm(rig.world, "c1")] = rig.host_id("a");
    Executor executor = new_run(rig, mission);
    rig.host_called("c").live = !is_away;
    rig.run(executor);
    const live::Status status = executor.status(rig.now);
    INFO(status.sentence);
    CHECK(status.standing == (is_away ? Standing::stopped : Standing::done));
    CHECK((rig.vm_called("c1").host == rig.host_id("a")) == !is_away);
    if (!is_away) return;
    // It is back: the run goes on to its end.
    rig.host_called("c").live = true;
    Executor again = resumed(rig, mission);
    rig.run(again);
    CHECK(again.status(rig.now).standing == Standing::done);
    CHECK(rig.vm_called("c1").host == rig.host_id("a"));
}

}  // namespace vacate
