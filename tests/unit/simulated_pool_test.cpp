// The simulated pool: what it refuses as XAPI does, and what it does although it should not.
#include <catch2/catch.hpp>

#include "sim/live/simulated_driver.hpp"
#include "sim/live/simulated_pool.hpp"
#include "tests/support/world.hpp"

namespace vacate::live {
namespace {

constexpr Instant at(std::int64_t seconds) { return Instant{std::chrono::seconds(seconds)}; }

Scenario scenario_of(std::string_view drawing) {
    World world = draw(drawing);
    return {"", std::move(world.pool), std::move(world.state), {}, {}};
}

/// Gives orders one after the other, each with a key of its own.
class Hand {
  public:
    explicit Hand(SimulatedPool& pool) : pool_(&pool) {}

    Answered give(Act act, const std::string& vm, const std::string& host = "",
                  const std::string& to = "") {
        Commanded command;
        command.key = ++key_;
        command.order = {act, vm, host, to, "", "memo", ""};
        return pool_->give(command, "run-1");
    }
    Answered host(Act act, const std::string& name) { return give(act, "", name); }

  private:
    SimulatedPool* pool_;
    std::uint64_t key_ = 0;
};

const Snapshot look_at(SimulatedPool& pool, Instant when) {
    pool.advance(when);
    return pool.look();
}

}  // namespace

TEST_CASE("simulated pool: a VM that moves holds memory on both hosts until it is there",
          "[simulated_pool]") {
    SimulatedPool pool(scenario_of("a v1 16G : db 12G\nb v1 16G :"), {}, Random(1));
    Hand hand(pool);
    REQUIRE(hand.give(Act::migrate, "db", "a", "b").kind == Answered::Kind::begun);
    CHECK(pool.used(0) == 12_GiB);
    CHECK(pool.used(1) == 12_GiB);
    CHECK(pool.guests(1) == 1);
    CHECK(hand.give(Act::migrate, "db", "a", "b").code == "OTHER_OPERATION_IN_PROGRESS");
    CHECK(look_at(pool, at(1)).vms[Id<Vm>{0}].busy);
    pool.advance(at(1'000));  // the longest lasts 900 s
    CHECK(pool.used(0) == 0_GiB);
    CHECK(pool.used(1) == 12_GiB);
    const std::vector<Answered> results = pool.take_results();
    REQUIRE(results.size() == 1);
    CHECK(results[0].key == 1);
    CHECK(results[0].kind == Answered::Kind::done);
}

TEST_CASE("simulated pool: what XAPI refuses is refused", "[simulated_pool]") {
    SimulatedPool pool(scenario_of("a v1 16G : db 12G, web 2G\nb v2 13G : app 2G\nc v1 64G :"), {},
                       Random(1));
    Hand hand(pool);
    CHECK(hand.give(Act::migrate, "db", "a", "b").code == "HOST_NOT_ENOUGH_FREE_MEMORY");
    CHECK(hand.give(Act::migrate, "app", "b", "c").code == "NOT_SUPPORTED_DURING_UPGRADE");
    CHECK(hand.give(Act::start, "db", "a").code == "VM_BAD_POWER_STATE");
    CHECK(hand.host(Act::restart_host, "a").code == "HOST_NOT_DISABLED");
    CHECK(hand.host(Act::enable_ha, "").code == "NOT_SUPPORTED_DURING_UPGRADE");
    CHECK(hand.give(Act::migrate, "nobody", "a", "c").code == "HANDLE_INVALID");
    REQUIRE(hand.host(Act::disable_host, "c").kind != Answered::Kind::refused);
    pool.advance(at(10));
    CHECK(hand.give(Act::migrate, "db", "a", "c").code == "HOST_DISABLED");
}

TEST_CASE("simulated pool: while the flag of mixed versions lags, a VM goes to an older host",
          "[simulated_pool]") {
    Temper temper;
    temper.enforces_versions = false;
    SimulatedPool pool(scenario_of("a v2 16G : db 2G\nb v1 16G :"), temper, Random(1));
    CHECK(Hand(pool).give(Act::migrate, "db", "a", "b").kind == Answered::Kind::begun);
}

TEST_CASE(
    "simulated pool: a restart with a guest kills it, and a look shows it halted when the "
    "host is back",
    "[simulated_pool]") {
    Temper temper;
    temper.upgrades = false;
    SimulatedPool pool(scenario_of("a v1 16G :\nb v1 16G : db 2G"), temper, Random(1));
    Hand hand(pool);
    REQUIRE(hand.host(Act::disable_host, "b").kind != Answered::Kind::refused);
    pool.advance(at(10));
    REQUIRE(hand.host(Act::restart_host, "b").kind == Answered::Kind::begun);
    const Snapshot down = look_at(pool, at(60));
    CHECK_FALSE(down.hosts[Id<Host>{1}].live);
    CHECK(down.scenario.state.hosts[Id<Host>{1}].phase == HostPhase::lost);
    CHECK(pool.vms()[0].power == Power::halted);
    // 15 minutes at most times 1.2, and 20 s until it is heard.
    const Snapshot back = look_at(pool, at(1'200));
    CHECK(back.hosts[Id<Host>{1}].live);
    CHECK(back.hosts[Id<Host>{1}].started == 2);
    CHECK(back.hosts[Id<Host>{1}].attached);
    CHECK_FALSE(back.hosts[Id<Host>{1}].enabled);
    CHECK(back.scenario.state.vms[Id<Vm>{0}].power == Power::halted);
}

TEST_CASE("simulated pool: a member newer than its coordinator is not heard", "[simulated_pool]") {
    SimulatedPool pool(scenario_of("a v1 16G :\nb v1 16G :"), {}, Random(1));
    Hand hand(pool);
    REQUIRE(hand.host(Act::disable_host, "b").kind != Answered::Kind::refused);
    pool.advance(at(10));
    REQUIRE(hand.host(Act::restart_host, "b").kind == Answered::Kind::begun);
    const Snapshot later = look_at(pool, at(4'000));
    CHECK(pool.hosts()[1].runs);
    CHECK(pool.hosts()[1].version == 20);
    CHECK_FALSE(later.hosts[Id<Host>{1}].live);
}

TEST_CASE("simulated pool: nothing answers while the coordinator is down, and it forgets its tasks",
          "[simulated_pool]") {
    SimulatedPool pool(scenario_of("a v1 16G :\nb v1 16G : db 2G\nc v1 16G :"), {}, Random(3));
    Hand hand(pool);
    REQUIRE(hand.give(Act::migrate, "db", "b", "c").kind == Answered::Kind::begun);
    pool.crash(0, std::chrono::minutes(5));
    CHECK_FALSE(pool.answers());
    pool.advance(at(2'000));
    CHECK(pool.answers());
    CHECK(pool.take_results().empty());
    CHECK(pool.operations().empty());
}

TEST_CASE("simulated pool: names keep the order of the tables when VMs come and go",
          "[simulated_pool]") {
    Scenario start = scenario_of("a v1 64G : vm1 2G, vm2 2G, vm3 2G\nb v1 16G :");
    SimulatedPool pool(start, {}, Random(1));
    REQUIRE(pool.create_vm("vm2n0", 1, 1_GiB));
    pool.delete_vm(1);
    const Snapshot seen = pool.look();
    REQUIRE(seen.scenario.pool.vms.size() == 3);
    CHECK(seen.scenario.pool.vms[Id<Vm>{1}].name == "vm2n0");
    CHECK(seen.scenario.state.vms[Id<Vm>{1}].host == Id<Host>{1});
    CHECK(seen.scenario.state.vms[Id<Vm>{2}].host == Id<Host>{0});
    CHECK(seen.vms.size() == 3);
}

TEST_CASE("simulated driver: one answer to an order, one snapshot to a look, both in time",
          "[simulated_pool]") {
    SimulatedPool pool(scenario_of("a v1 16G : db 2G\nb v1 16G :"), {}, Random(1));
    SimulatedDriver driver(pool, {}, Random(2), "run-1");
    Commanded lock;
    lock.key = 1;
    driver.submit(lock);
    driver.submit(lock);  // the same key is not sent again
    driver.look();
    while (const auto next = driver.next_arrival()) {
        pool.advance(*next);
        driver.advance();
    }
    const auto news = driver.poll(at(60));
    REQUIRE(news.size() == 2);
    CHECK(std::get<Answered>(news[0]).kind == Answered::Kind::done);
    CHECK(std::get<Snapshot>(news[1]).lock == "run-1");
    CHECK(pool.lock() == "run-1");
}

TEST_CASE("simulated driver: an order that is lost on its way takes no effect",
          "[simulated_pool]") {
    SimulatedPool pool(scenario_of("a v1 16G : db 2G\nb v1 16G :"), {}, Random(1));
    Wire wire;
    wire.chances[static_cast<std::size_t>(WireFault::order_lost)] = 1'000;
    wire.until = at(3'600);
    SimulatedDriver driver(pool, wire, Random(2), "run-1");
    Commanded lock;
    lock.key = 1;
    driver.submit(lock);
    CHECK_FALSE(driver.next_arrival());
    CHECK(driver.faults()[static_cast<std::size_t>(WireFault::order_lost)] == 1);
}

}  // namespace vacate::live
