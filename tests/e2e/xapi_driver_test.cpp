// The driver of a live pool against the simulated one, over TLS: every act, every kind of answer.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "sim/live/view.hpp"
#include "tests/e2e/live_pool.hpp"
#include "tests/e2e/running_server.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::e2e {
namespace {

using Kind = Answered::Kind;
using Advice = Answered::Advice;

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A value of the pool's own object, asked for outside of the driver.
xapi::Struct pool_record(const LivePool& pool) {
    xapi::Client client(pool.access());
    const xapi::CallResult pools = client.call("pool.get_all_records", {});
    REQUIRE(pools.has_value());
    return std::get<xapi::Struct>(std::get<xapi::Struct>(pools->of).at(0).value.of);
}

}  // namespace

TEST_CASE("xapi driver: a look shows the pool as it is", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    const live::Snapshot seen = driving.look();
    const Pool& read = seen.scenario.pool;
    CHECK(read.name == "three");
    CHECK(read.hosts.size() == 3);
    CHECK(read.vms.size() == 4);
    CHECK(read.hosts[read.coordinator].name == "a");
    CHECK(read.hosts[Id<Host>{1}].target.platform == Dotted{3, 4, 0});
    CHECK(seen.scenario.state.ha.on);
    CHECK(seen.scenario.state.wlb.on);
    CHECK(seen.scenario.state.auto_power_on.on);
    CHECK(seen.lock == "");
    CHECK(place_of(seen, "db") == "a");
    CHECK(place_of(seen, "lo") == "b");
    const live::HostLook& a = host_in(seen, "a");
    CHECK(a.live);
    CHECK(a.enabled);
    CHECK(a.attached);
    CHECK_FALSE(a.busy);
    CHECK(a.guests == 2);  // db and web
    CHECK(a.started > 0);
}

TEST_CASE("xapi driver: preparations and what undoes them", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    const xapi::Struct before = pool_record(pool);

    REQUIRE(driving.carry_out(order(Act::lock_pool)).kind == Kind::done);
    CHECK(driving.look().lock == "run-1");
    const Answered backup = driving.carry_out(order(Act::back_up_database));
    INFO(backup.sentence);
    REQUIRE(backup.kind == Kind::done);
    CHECK(backup.memo == pool.path("backup.xml"));
    CHECK(holds(text_of_file(backup.memo), "<database>"));

    // How HA is stands in the look, before anybody turns it off.
    Order off = order(Act::disable_ha);
    off.memo = driving.look().ha;
    CHECK(holds(off.memo, "\"tolerate\""));
    const Answered ha = driving.carry_out(off);
    REQUIRE(ha.kind == Kind::done);
    CHECK(ha.memo == off.memo);
    CHECK(driving.look().ha == "");
    REQUIRE(driving.carry_out(order(Act::disable_wlb)).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::disable_auto_power_on)).kind == Kind::done);
    const Answered cd = driving.carry_out(order(Act::eject_cd, "web"));
    REQUIRE(cd.kind == Kind::done);
    live::Snapshot seen = driving.look();
    CHECK_FALSE(seen.scenario.state.ha.on);
    CHECK_FALSE(seen.scenario.state.wlb.on);
    CHECK_FALSE(seen.scenario.state.auto_power_on.on);
    for (const Vm& vm : seen.scenario.pool.vms) CHECK_FALSE(vm.cd.has_value());

    Order insert = order(Act::insert_cd, "web");
    insert.memo = cd.memo;
    REQUIRE(driving.carry_out(insert).kind == Kind::done);
    REQUIRE(driving.carry_out(insert).kind == Kind::done);  // it is there: nothing to do
    REQUIRE(driving.carry_out(order(Act::enable_auto_power_on)).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::enable_wlb)).kind == Kind::done);
    Order enable = order(Act::enable_ha);
    enable.memo = ha.memo;
    const Answered again = driving.carry_out(enable);
    INFO(again.sentence);
    REQUIRE(again.kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::unlock_pool)).kind == Kind::done);

    seen = driving.look();
    CHECK(seen.lock == "");
    CHECK(seen.scenario.state.ha.on);
    std::size_t cds = 0;
    for (const Vm& vm : seen.scenario.pool.vms) cds += vm.cd ? 1 : 0;
    CHECK(cds == 1);
    // Nothing else of the pool is changed; state files of HA are made anew.
    const xapi::Struct after = pool_record(pool);
    for (const xapi::Member& member : before) {
        if (member.name == "ha_statefiles") continue;
        INFO(member.name);
        if (member.name == "other_config") {
            CHECK(xapi::map_in(after, "other_config") == xapi::map_of(member.value));
        } else {
            CHECK(*xapi::find(after, member.name) == member.value);
        }
    }
}

TEST_CASE("xapi driver: what is put back by half is named", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    Order off = order(Act::disable_ha);
    off.memo = driving.look().ha;
    REQUIRE(driving.carry_out(off).kind == Kind::done);
    // No pool bears fewer losses than none: HA comes on, and the number is refused.
    Order on = order(Act::enable_ha);
    const auto memo = wire::read_json(off.memo);
    REQUIRE(memo.has_value());
    xapi::Struct how = std::get<xapi::Struct>(memo->of);
    for (xapi::Member& one : how) {
        if (one.name == "tolerate") one.value = xapi::Value{std::int64_t{-1}};
    }
    wire::add_json(on.memo, xapi::Value{how});
    const Answered ha = driving.carry_out(on);
    CHECK(ha.kind == Kind::refused);
    CHECK(holds(ha.sentence,
                "HA is on; what remains is the number of host failures that it "
                "tolerates, which was -1: "));
    CHECK(driving.look().scenario.state.ha.on);

    const Answered out = driving.carry_out(order(Act::eject_cd, "web"));
    REQUIRE(out.kind == Kind::done);
    // The second drive is gone.
    Order in = order(Act::insert_cd, "web");
    REQUIRE(out.memo.ends_with("]"));
    in.memo = out.memo.substr(0, out.memo.size() - 1) +
              ",{\"vbd\":\"gone-drive\",\"vdi\":\"some-disc\"}]";
    const Answered cds = driving.carry_out(in);
    CHECK(cds.kind == Kind::refused);
    CHECK(
        holds(cds.sentence, "1 of 2 CDs are in; what remains is some-disc in drive gone-drive: "));
}

TEST_CASE("xapi driver: memory is squeezed and restored", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    const auto range = [&driving] {
        const live::Snapshot seen = driving.look();
        return seen.vms[live::id_of(seen.scenario.pool.vms, "db")].range;
    };
    const std::string before = range();
    CHECK(before == "4294967296 4294967296");  // 4 GiB, as three_hosts() has it
    Order squeeze = order(Act::squeeze_memory, "db");
    squeeze.range = "2147483648 2147483648";
    const Answered first = driving.carry_out(squeeze);
    INFO(first.sentence);
    REQUIRE(first.kind == Kind::done);
    CHECK(range() == squeeze.range);
    Order restore = order(Act::restore_memory, "db");
    restore.memo = before;
    REQUIRE(driving.carry_out(restore).kind == Kind::done);
    CHECK(range() == before);
    restore.memo = "many";
    const Answered wrong = driving.carry_out(restore);
    CHECK(wrong.kind == Kind::refused);
    CHECK(wrong.advice == Advice::stop);
}

TEST_CASE("xapi driver: VMs move, with their disks and without", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    const std::uint64_t key = driving.submit(order(Act::migrate, "db", "a", "b"));
    Order motion = order(Act::migrate_storage, "lo", "b", "c");
    motion.storage = "local-c";
    const std::uint64_t other = driving.submit(motion);
    const Answered moved = driving.end_of(key);
    INFO(moved.sentence);
    CHECK(moved.kind == Kind::done);
    REQUIRE(driving.answers(key).size() == 2);
    CHECK(driving.answers(key)[0].kind == Kind::begun);
    const Answered with_disks = driving.end_of(other);
    INFO(with_disks.sentence);
    CHECK(with_disks.kind == Kind::done);
    const live::Snapshot seen = driving.look();
    CHECK(place_of(seen, "db") == "b");
    CHECK(place_of(seen, "lo") == "c");
    CHECK_FALSE(driving.progress().empty());
}

TEST_CASE("xapi driver: VMs are suspended, resumed, stopped and started", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    REQUIRE(driving.carry_out(order(Act::suspend, "idle", "c")).kind == Kind::done);
    CHECK(power_of(driving.look(), "idle") == Power::suspended);
    REQUIRE(driving.carry_out(order(Act::resume, "idle", "b")).kind == Kind::done);
    CHECK(place_of(driving.look(), "idle") == "b");
    REQUIRE(driving.carry_out(order(Act::stop, "idle", "b")).kind == Kind::done);
    CHECK(power_of(driving.look(), "idle") == Power::halted);
    REQUIRE(driving.carry_out(order(Act::start, "idle", "c")).kind == Kind::done);
    CHECK(place_of(driving.look(), "idle") == "c");
}

TEST_CASE("xapi driver: what the pool refuses comes with its code and what may help",
          "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    SECTION("a host that takes no VMs") {
        REQUIRE(driving.carry_out(order(Act::disable_ha)).kind == Kind::done);
        REQUIRE(driving.carry_out(order(Act::disable_host, "", "b")).kind == Kind::done);
        CHECK_FALSE(host_in(driving.look(), "b").enabled);
        const Answered answer = driving.carry_out(order(Act::migrate, "db", "a", "b"));
        CHECK(answer.kind == Kind::refused);
        CHECK(answer.code == "HOST_DISABLED");
        CHECK(answer.advice == Advice::replan);
        CHECK(holds(answer.sentence, "\"b\""));  // a name, no reference
        CHECK_FALSE(holds(answer.sentence, "OpaqueRef"));
        REQUIRE(driving.carry_out(order(Act::enable_host, "", "b")).kind == Kind::done);
        CHECK(host_in(driving.look(), "b").enabled);
    }
    SECTION("a VM that is not there") {
        const Answered answer = driving.carry_out(order(Act::migrate, "ghost", "a", "b"));
        CHECK(answer.kind == Kind::refused);
        CHECK(answer.advice == Advice::replan);
    }
    SECTION("a host that is enabled or has VMs does not restart") {
        const Answered enabled = driving.carry_out(order(Act::restart_host, "", "b"));
        CHECK(enabled.code == "HOST_NOT_DISABLED");
        REQUIRE(driving.carry_out(order(Act::disable_ha)).kind == Kind::done);
        REQUIRE(driving.carry_out(order(Act::disable_host, "", "b")).kind == Kind::done);
        Order again = order(Act::restart_host, "", "b");
        again.memo = std::to_string(host_in(driving.look(), "b").started - 1);
        CHECK(driving.carry_out(again).code == "HOST_RESTARTED_ALREADY");
        const Answered full = driving.carry_out(order(Act::restart_host, "", "b"));
        CHECK(full.kind == Kind::refused);
        CHECK(full.code == "HOST_NOT_EMPTY");
        CHECK(full.advice == Advice::replan);
    }
}

TEST_CASE("xapi driver: a driver made later hears of what an earlier one began", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    Commanded command;
    command.key = 7;
    command.order = order(Act::migrate, "db", "a", "b");
    {
        Driving driving(pool.driver_options());
        driving.driver().submit(command);
        driving.driver().submit(command);  // is sent once
        CHECK(driving.end_of(7).kind == Kind::done);
        CHECK(driving.answers(7).size() == 2);  // begun and done
    }
    xapi::DriverOptions options = pool.driver_options();
    options.open = {command};
    Driving later(options);
    CHECK(later.end_of(7).kind == Kind::done);
    CHECK(later.answers(7).size() == 2);
    // Tasks of another run are none of its own.
    options = pool.driver_options("run-2");
    command.order = order(Act::migrate, "db", "b", "a");
    options.open = {command};
    Driving stranger(options);
    stranger.driver().submit(command);
    CHECK(stranger.end_of(7).kind == Kind::done);
    CHECK(place_of(stranger.look(), "db") == "a");
}

// It fails in the pool while nobody is there who waits for it; a look would not tell why.
TEST_CASE("xapi driver: why a move failed is heard by the next driver", "[xapi][driver][faults]") {
    LiveOptions options;
    options.speed = 20;
    options.faults = R"({"what": "migration_fails", "vm": "db", "nth": 1})";
    const LivePool pool(three_hosts(), options);
    Commanded command;
    command.key = 7;
    command.order = order(Act::migrate, "db", "a", "b");
    {
        Driving driving(pool.driver_options());
        driving.driver().submit(command);
        CHECK(driving.end_of(7, true).kind == Kind::begun);
    }
    xapi::DriverOptions again = pool.driver_options();
    again.open = {command};
    Driving later(again);
    const Answered end = later.end_of(7);
    CHECK(end.kind == Kind::refused);
    CHECK_FALSE(end.code.empty());
    CHECK(end.advice == Advice::retry);
    CHECK(place_of(later.look(), "db") == "a");
}

// The first events tell that it goes on; it ends before they arrive, and nobody has looked yet.
TEST_CASE("xapi driver: the end of an earlier move is asked for before the first look",
          "[xapi][driver][faults]") {
    LiveOptions options;
    options.speed = 10;
    options.faults = R"(
        {"what": "migration_fails", "vm": "db", "nth": 1},
        {"what": "slow_answer", "method": "event.from", "by": "30 s"})";
    const LivePool pool(three_hosts(), options);
    Commanded command;
    command.key = 7;
    command.order = order(Act::migrate, "db", "a", "b");
    {
        Driving driving(pool.driver_options());
        driving.driver().submit(command);
        REQUIRE(driving.end_of(7, true).kind == Kind::begun);
    }
    xapi::DriverOptions again = pool.driver_options();
    again.open = {command};
    Driving later(again);
    const Answered end = later.end_of(7);
    CHECK(end.kind == Kind::refused);
    CHECK(end.code == "VM_MIGRATE_FAILED");
}

TEST_CASE("xapi driver: one run at a time", "[xapi][driver][lock]") {
    const LivePool pool(three_hosts());
    Driving first(pool.driver_options("run-1"));
    Driving second(pool.driver_options("run-2"));
    REQUIRE(first.carry_out(order(Act::lock_pool)).kind == Kind::done);
    const Answered refused = second.carry_out(order(Act::lock_pool));
    CHECK(refused.kind == Kind::refused);
    CHECK(refused.advice == Advice::stop);
    CHECK(refused.code == "POOL_IS_LOCKED");
    for (const char* part : {"run-1", "tester@here", "2026-03-01T22:00:00Z", "vacate_run"}) {
        CHECK(holds(refused.sentence, part));
    }
    CHECK(second.carry_out(order(Act::unlock_pool)).kind == Kind::refused);
    CHECK(second.look().lock == "run-1");
    // The same run, resumed, holds it still.
    Driving resumed(pool.driver_options("run-1"));
    CHECK(resumed.carry_out(order(Act::lock_pool)).kind == Kind::done);
    CHECK(resumed.carry_out(order(Act::unlock_pool)).kind == Kind::done);
    CHECK(second.carry_out(order(Act::lock_pool)).kind == Kind::done);
}

TEST_CASE("xapi driver: an answer that is lost leaves it unknown, and it is not sent again",
          "[xapi][driver][faults]") {
    LiveOptions options;
    options.faults = R"(
        {"what": "lose_answer", "method": "VM.pool_migrate", "nth": 1},
        {"what": "lose_answer", "method": "pool.set_wlb_enabled", "nth": 1})";
    const LivePool pool(three_hosts(), options);
    Driving driving(pool.driver_options());
    CHECK(driving.carry_out(order(Act::migrate, "db", "a", "b")).kind == Kind::unknown);
    CHECK(driving.carry_out(order(Act::disable_wlb)).kind == Kind::unknown);
    CHECK_FALSE(driving.look().scenario.state.wlb.on);  // it had happened
    CHECK(comes_true([&] { return place_of(driving.look(), "db") == "b"; }));
}

TEST_CASE("xapi driver: refusals and failures by their class", "[xapi][driver][faults]") {
    LiveOptions options;
    options.faults = R"(
        {"what": "fail_call", "method": "VM.pool_migrate", "nth": 1,
         "error": ["OTHER_OPERATION_IN_PROGRESS", "VM", "x"]},
        {"what": "fail_call", "method": "VM.pool_migrate", "nth": 2,
         "error": ["HOST_NOT_ENOUGH_FREE_MEMORY", "2", "1"]},
        {"what": "fail_call", "method": "VM.pool_migrate", "nth": 3,
         "error": ["LICENCE_RESTRICTION", "Xen_motion"]},
        {"what": "migration_fails", "vm": "db", "nth": 1})";
    const LivePool pool(three_hosts(), options);
    Driving driving(pool.driver_options());
    const Order move = order(Act::migrate, "db", "a", "b");
    for (const Advice advice : {Advice::retry, Advice::replan, Advice::stop}) {
        const Answered answer = driving.carry_out(move);
        CHECK(answer.kind == Kind::refused);
        CHECK(answer.advice == advice);
    }
    // It began, and broke off on the way.
    const Answered broken = driving.carry_out(move);
    CHECK(broken.kind == Kind::refused);
    CHECK(broken.code == "VM_MIGRATE_FAILED");
    CHECK(broken.advice == Advice::retry);
    CHECK(place_of(driving.look(), "db") == "a");
    CHECK(driving.carry_out(move).kind == Kind::done);
}

TEST_CASE("xapi driver: ends are heard although events get lost", "[xapi][driver][faults]") {
    LiveOptions options;
    options.faults = R"(
        {"what": "fail_call", "method": "event.from", "nth": 2, "error": ["EVENTS_LOST"]},
        {"what": "lose_answer", "method": "event.from", "nth": 4},
        {"what": "fail_call", "method": "event.from", "nth": 6,
         "error": ["EVENT_FROM_TOKEN_PARSE_FAILURE", "x"]},
        {"what": "fail_call", "method": "event.from", "nth": 8,
         "error": ["SESSION_INVALID", "x"]})";
    const LivePool pool(three_hosts(), options);
    Driving driving(pool.driver_options());
    for (const auto& [from, to] : {std::pair("a", "b"), {"b", "c"}, {"c", "a"}, {"a", "b"}}) {
        const Answered answer = driving.carry_out(order(Act::migrate, "db", from, to));
        INFO(answer.sentence);
        CHECK(answer.kind == Kind::done);
    }
}

TEST_CASE("xapi driver: the coordinator restarts, tasks and sessions are forgotten",
          "[xapi][driver][restart]") {
    LiveOptions options;
    options.speed = 100;  // the toolstack is away for 20 s of the pool: 0.2 s
    options.faults = R"({"what": "agent_restarts", "method": "VM.pool_migrate", "nth": 1,
                         "after": "1 s", "host": "a"})";
    const LivePool pool(three_hosts(), options);
    Driving driving(pool.driver_options());
    const std::uint64_t key = driving.submit(order(Act::migrate, "db", "a", "b"));
    const Answered end = driving.end_of(key);
    CHECK(end.kind == Kind::unknown);
    REQUIRE_FALSE(driving.answers(key).empty());
    const live::Snapshot seen = driving.look();
    CHECK(seen.scenario.pool.vms.size() == 4);
    const std::string now_at = place_of(seen, "idle");
    CHECK(driving.carry_out(order(Act::migrate, "idle", now_at, "b")).kind == Kind::done);
}

TEST_CASE("xapi driver: an emptied coordinator restarts and comes back upgraded",
          "[xapi][driver][restart]") {
    const LivePool pool(three_hosts());
    Driving driving(pool.driver_options());
    REQUIRE(driving.carry_out(order(Act::disable_ha)).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::eject_cd, "web")).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::disable_host, "", "a")).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::migrate, "db", "a", "b")).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::migrate, "web", "a", "c")).kind == Kind::done);
    const live::Snapshot before = driving.look();
    CHECK(host_in(before, "a").guests == 0);
    const std::uint64_t key = driving.submit(order(Act::restart_host, "", "a"));
    CHECK(driving.end_of(key, true).kind == Kind::begun);

    bool was_away = false;
    const bool back = comes_true([&] {
        const live::Observation seen = driving.look_once();
        if (std::holds_alternative<live::Unreachable>(seen)) {
            was_away = true;
            return false;
        }
        const auto& now = std::get<live::Snapshot>(seen);
        const live::HostLook& a = host_in(now, "a");
        const bool upgraded =
            now.scenario.pool.hosts[now.scenario.pool.coordinator].version.platform ==
            Dotted{3, 4, 0};
        return upgraded && a.live && a.attached && a.enabled &&
               a.started > host_in(before, "a").started;
    });
    CHECK(back);
    CHECK(was_away);
    CHECK(driving.answers(key).size() == 1);  // begun; the looks told the rest
    // In mixed mode the database cannot be backed up.
    const Answered backup = driving.carry_out(order(Act::back_up_database));
    CHECK(backup.kind == Kind::refused);
    CHECK(backup.code == "BACKUP_IN_MIXED_MODE");
}

TEST_CASE("xapi driver: a host that cannot tell its free memory is not ready",
          "[xapi][driver][faults]") {
    LiveOptions options;
    options.faults = R"({"what": "fail_call", "method": "host.compute_free_memory", "nth": 2,
                         "error": ["HOST_STILL_BOOTING"]})";
    const LivePool pool(three_hosts(), options);
    Driving driving(pool.driver_options());
    const live::Snapshot first = driving.look();
    CHECK(host_in(first, "a").attached);
    CHECK_FALSE(host_in(first, "b").attached);
    CHECK(host_in(first, "c").attached);
    CHECK(host_in(driving.look(), "b").attached);  // asked again, and it answers
}

// A run that is resumed does not take for given what came loose meanwhile.
TEST_CASE("xapi driver: storage is wanted attached as it was when the run began",
          "[xapi][driver]") {
    const LivePool pool(three_hosts());
    xapi::Client client(pool.access());
    NameBooks books;
    const auto captured = xapi::capture(client, "live", books);
    REQUIRE(captured.has_value());
    const auto attached = xapi::attached_pbds(captured->records);
    REQUIRE_FALSE(attached.empty());
    const std::string idle_host = xapi::refs_by_name(captured->scenario.names.hosts).at("c");
    std::string loose;
    for (const auto& [ref, pbd] : captured->records.of("PBD")) {
        if (xapi::text_in(pbd, "host") == idle_host && loose.empty()) loose = ref;
    }
    REQUIRE(attached.contains(loose));
    {
        Driving driving(pool.driver_options());
        REQUIRE(driving.carry_out(order(Act::migrate, "idle", "c", "b")).kind == Kind::done);
    }
    REQUIRE(client.call("PBD.unplug", {wire::text(loose)}, xapi::Manner::acts).has_value());
    xapi::DriverOptions options = pool.driver_options();
    Driving fresh(options);
    CHECK(host_in(fresh.look(), "c").attached);
    options.attached.assign(attached.begin(), attached.end());
    Driving resumed(options);
    CHECK_FALSE(host_in(resumed.look(), "c").attached);
    REQUIRE(client.call("PBD.plug", {wire::text(loose)}, xapi::Manner::acts).has_value());
    CHECK(host_in(resumed.look(), "c").attached);
}

// The process died between the order and the words.
TEST_CASE("xapi driver: a host that was to be handed over is handed over by the next driver",
          "[xapi][driver][restart]") {
    const LivePool pool(three_hosts());
    xapi::DriverOptions options = pool.driver_options();
    options.acts.restart.guide = [](const xapi::HostToRestart& host) {
        return "upgrade " + host.host + " to " + host.version;
    };
    Commanded command;
    command.key = 7;
    command.order = order(Act::restart_host, "", "c");
    {
        Driving driving(options);
        REQUIRE(driving.carry_out(order(Act::disable_ha)).kind == Kind::done);
        REQUIRE(driving.carry_out(order(Act::disable_host, "", "c")).kind == Kind::done);
        command.order.memo = std::to_string(host_in(driving.look(), "c").started);
    }
    options.open = {command};
    {
        Driving driving(options);  // idle is on c still: nobody is told anything
        (void)driving.look();
        REQUIRE(driving.carry_out(order(Act::migrate, "idle", "c", "a")).kind == Kind::done);
        CHECK(driving.answers(7).empty());
    }
    Driving later(options);
    (void)later.look();
    const Answered told = later.end_of(7, true);
    CHECK(told.kind == Kind::begun);
    CHECK(told.sentence == "upgrade c to 8.3.0");
}

TEST_CASE("xapi driver: the operator's program restarts a host", "[xapi][driver]") {
    const LivePool pool(three_hosts());
    xapi::DriverOptions options = pool.driver_options();
    const std::string script = pool.path("upgrade.sh");
    write_text(script,
               "echo \"host $VACATE_HOST at $VACATE_ADDRESS to $VACATE_VERSION\"\n"
               "env | grep -c VACATE_PASSWORD || exit 3\n");
    options.acts.restart.restarter = xapi::restart_by_command({"/bin/sh", script}, pool.path("."));
    ::setenv("VACATE_PASSWORD", live_password, 1);
    Driving driving(options);
    REQUIRE(driving.carry_out(order(Act::disable_ha)).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::migrate_storage, "lo", "b", "c")).kind == Kind::refused);
    REQUIRE(driving.carry_out(order(Act::stop, "lo", "b")).kind == Kind::done);
    REQUIRE(driving.carry_out(order(Act::disable_host, "", "b")).kind == Kind::done);
    const std::uint64_t key = driving.submit(order(Act::restart_host, "", "b"));
    // Status 3: whether it restarted the host all the same only looks can tell.
    const Answered end = driving.end_of(key);
    ::unsetenv("VACATE_PASSWORD");
    CHECK(end.kind == Kind::unknown);
    CHECK(end.advice == Advice::stop);
    CHECK(holds(end.sentence, "status 3"));
    const std::string log = text_of_file(pool.path("upgrade-b.log"));
    CHECK(holds(log, "host b at 127.0.0.2 to 8.3.0"));
    CHECK(holds(log, "\n0\n"));  // no password in its environment
    CHECK_FALSE(holds(log, live_password));
}

}  // namespace vacate::e2e
