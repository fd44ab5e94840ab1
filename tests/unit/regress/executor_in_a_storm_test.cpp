// What the storm found in the executor, told on small pools.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/live_rig.hpp"

namespace vacate {
namespace {

using live::Executor;
using live::Standing;
using live::Status;

bool has_finding(const Status& status, const std::string& code, const std::string& subject) {
    return std::any_of(status.findings.begin(), status.findings.end(), [&](const Finding& one) {
        return one.code == code && one.subject == subject;
    });
}

}  // namespace

TEST_CASE("what was turned off after the last look is owed, though that look shows it on",
          "[live][regress]") {
    World world = draw("a v1 16G : a1 4G\nb v1 16G :");
    world.state.ha.on = true;
    LiveRig rig(std::move(world));
    Executor executor = new_run(rig, small_mission());
    std::int64_t seconds_off = 0;
    std::int64_t seconds_owed = 0;
    rig.each_second = [&] {
        if (rig.ha) return;
        ++seconds_off;
        const Status status = executor.status(rig.now);
        const auto about_ha = [](const Order& order) {
            return order.act == Act::enable_ha || order.act == Act::disable_ha;
        };
        const bool owed = std::any_of(status.owed.begin(), status.owed.end(), about_ha) ||
                          std::any_of(status.under_way.begin(), status.under_way.end(),
                                      [&](const Commanded& one) { return about_ha(one.order); });
        if (owed) ++seconds_owed;
    };
    rig.run(executor);
    CHECK(seconds_off > 0);
    CHECK(seconds_owed == seconds_off);
}

TEST_CASE("a host that somebody disabled is no sign of a backup", "[live][regress]") {
    LiveRig rig(draw("a v1 16G : a1 4G\nb v1 16G : b1 4G\nc v1 16G :"));
    Executor executor = new_run(rig, small_mission());
    rig.host_called("b").enabled = false;
    rig.run(executor);
    CHECK(rig.times_sent("back up the database") == 1);
}

TEST_CASE("a VM that died is told of although its CD is out", "[live][regress]") {
    LiveRig rig(draw("a v1 16G : a1 4G\nb v1 16G : b1 4G cd\nc v1 16G :"));
    rig.each_second = [&rig] {
        // Once the CD is out; nobody moves the VM then.
        if (rig.times_sent("restart a") > 0) rig.vm_called("b1").power = Power::halted;
        if (rig.times_sent("restart a") > 0) rig.vm_called("b1").host = Id<Host>::none();
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    CHECK(rig.times_sent("eject the CD of b1") > 0);
    CHECK(has_finding(executor.status(rig.now), "VM_DOWN", "VM b1"));
}

TEST_CASE("a run that died between leaving the coordinator out and its end upgrades no member",
          "[live][regress]") {
    LiveRig rig(draw("a v1 16G : a1 4G\nb v1 16G : b1 4G\nc v1 16G :"));
    rig.instead = [](const Commanded& command) -> std::optional<Answered> {
        if (command.order.act != Act::migrate || command.order.vm != "a1") return std::nullopt;
        Answered answer;
        answer.key = command.key;
        answer.kind = Answered::Kind::refused;
        answer.advice = Answered::Advice::stop;
        answer.code = answer.sentence = "OPERATION_BLOCKED";
        return answer;
    };
    Executor executor = new_run(rig, small_mission());
    rig.run(executor);
    REQUIRE(has_finding(executor.status(rig.now), "HOST_LEFT_OUT", "host a"));
    const auto last = std::find_if(rig.journal.begin(), rig.journal.end(), [](const Record& one) {
        const auto* noted = std::get_if<Noted>(&one.body);
        return noted != nullptr && noted->finding.code == "HOST_LEFT_OUT";
    });
    rig.journal.erase(last + 1, rig.journal.end());
    Executor again = resumed(rig, small_mission());
    rig.run(again);
    CHECK(again.status(rig.now).standing == Standing::stopped);
    CHECK(rig.times_sent("restart b") == 0);
    CHECK(rig.times_sent("restart c") == 0);
}

}  // namespace vacate
