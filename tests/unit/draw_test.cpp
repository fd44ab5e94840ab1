// What is drawn for a run: whose draws depend on what, and what becomes of them in the kernel.
#include "sim/kernel/draw.hpp"

#include <catch2/catch.hpp>

#include "model/random.hpp"
#include "sim/kernel/simulate.hpp"
#include "tests/support/acts.hpp"
#include "tests/support/world.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;
using Kind = Distribution::Kind;

constexpr std::int64_t minute = 60'000'000;

Instant at(Duration since_start) { return Instant{since_start}; }

World four_hosts() {
    return draw(R"(
        a  v1  64G : vm1 4G, vm2 4G, vm3 4G
        b  v1  64G : vm4 4G
        c  v1  64G :
        d  v1  64G :
    )");
}

/// Everything may happen to everybody.
Chance rich_chance() {
    Chance chance;
    chance.hosts.upgrade_factor = Distribution{Kind::triangular, {800, 1000, 2000}};
    chance.hosts.late_chance = 300'000;
    chance.hosts.late_by = Distribution{Kind::uniform, {5 * minute, 30 * minute}};
    chance.hosts.lost_chance = 100'000;
    chance.vms.stream_factor = Distribution{Kind::lognormal, {1000, 1100}};
    chance.vms.dirty_factor = Distribution{Kind::lognormal, {1000, 3000}};
    chance.vms.failure_chance = 200'000;
    LinkFault fault;
    fault.chance = 500'000;
    fault.at = Distribution{Kind::uniform, {0, 60 * minute}};
    fault.share = Distribution{Kind::uniform, {100, 900}};
    fault.lasts = Distribution{Kind::uniform, {0, 20 * minute}};
    chance.links = {fault, fault};
    return chance;
}

std::vector<LinkChange> changes_of(const Future& future, Id<Host> host) {
    std::vector<LinkChange> changes;
    for (const LinkChange& one : future.links) {
        if (one.host == host) changes.push_back(one);
    }
    return changes;
}

TEST_CASE("draw: without chance a future is empty", "[draw]") {
    const World world = four_hosts();
    CHECK(draw_future(world.pool, Chance{}, 1, 0) == Future{});
}

TEST_CASE("draw: a run's future depends on seed and number, not on what was drawn before",
          "[draw][determinism]") {
    const World world = four_hosts();
    const Chance chance = rich_chance();
    const Fates fates(world.pool, chance, 7);
    Future reused;
    for (const std::uint64_t run : {5u, 3u, 5u, 0u, 3u}) {
        fates.draw(run, reused);
        CHECK(reused == draw_future(world.pool, chance, 7, run));
    }
    CHECK_FALSE(draw_future(world.pool, chance, 7, 1) == draw_future(world.pool, chance, 7, 2));
    CHECK_FALSE(draw_future(world.pool, chance, 8, 1) == draw_future(world.pool, chance, 7, 1));
}

TEST_CASE("draw: another spread of one host leaves all other draws as they were", "[draw][law]") {
    const World world = four_hosts();
    const Chance before = rich_chance();
    Chance after = before;
    HostChance own;
    own.upgrade_time = Distribution{Kind::lognormal, {30 * minute, 90 * minute}};
    own.late_chance = 900'000;
    own.lost_chance = 500'000;
    const Id<Host> changed = host(world, "b");
    after.of_host = {{changed, own}};
    int differ = 0;
    for (std::uint64_t run = 0; run < 200; ++run) {
        const Future one = draw_future(world.pool, before, 1, run);
        const Future two = draw_future(world.pool, after, 1, run);
        REQUIRE(one.speed_permille == two.speed_permille);
        REQUIRE(one.dirty_permille == two.dirty_permille);
        REQUIRE(one.failing == two.failing);
        REQUIRE(one.links == two.links);
        for (const Id<Host> id : world.pool.hosts.ids()) {
            if (id == changed) continue;
            REQUIRE(one.upgrade_time[id] == two.upgrade_time[id]);
            REQUIRE(one.lost[id] == two.lost[id]);
        }
        if (one.upgrade_time[changed] != two.upgrade_time[changed]) ++differ;
    }
    CHECK(differ == 200);
}

TEST_CASE("draw: a host and a VM more change nobody else's luck", "[draw][law]") {
    const World small = four_hosts();
    const World large = draw(R"(
        a  v1  64G : vm1 4G, vm2 4G, vm3 4G
        aa v1  64G : vm11 4G
        b  v1  64G : vm4 4G
        c  v1  64G :
        d  v1  64G :
    )");
    const Chance chance = rich_chance();
    for (std::uint64_t run = 0; run < 100; ++run) {
        const Future one = draw_future(small.pool, chance, 1, run);
        const Future two = draw_future(large.pool, chance, 1, run);
        for (const std::string name : {"a", "b", "c", "d"}) {
            const Id<Host> here = host(small, name);
            const Id<Host> there = host(large, name);
            REQUIRE(one.upgrade_time[here] == two.upgrade_time[there]);
            REQUIRE(changes_of(one, here).size() == changes_of(two, there).size());
        }
        for (const std::string name : {"vm1", "vm2", "vm3", "vm4"}) {
            REQUIRE(one.dirty_permille[vm(small, name)] == two.dirty_permille[vm(large, name)]);
            REQUIRE(one.failing[vm(small, name)] == two.failing[vm(large, name)]);
        }
    }
}

TEST_CASE("draw: late hosts and lost ones, as often as was said", "[draw]") {
    World world = four_hosts();
    for (Host& host : world.pool.hosts) host.upgrade_time = 10min;
    Chance chance;
    chance.hosts.late_chance = 250'000;
    chance.hosts.late_by = Distribution{Kind::fixed, {20 * minute}};
    chance.hosts.lost_chance = 100'000;
    HostChance sound;
    sound.late_chance = 0;
    sound.lost_chance = 0;
    chance.of_host = {{host(world, "c"), sound}};
    const Fates fates(world.pool, chance, 3);
    Future future;
    int late = 0;
    int lost = 0;
    for (std::uint64_t run = 0; run < 4'000; ++run) {
        fates.draw(run, future);
        const Id<Host> a = host(world, "a");
        REQUIRE((future.upgrade_time[a] == 10min || future.upgrade_time[a] == 30min));
        if (future.upgrade_time[a] == 30min) ++late;
        lost += future.lost[a];
        REQUIRE(future.upgrade_time[host(world, "c")] == 10min);
        REQUIRE(future.lost[host(world, "c")] == 0);
    }
    // 1 000 and 400 of 4 000, with deviations of 27 and 19.
    CHECK(std::abs(late - 1'000) < 110);
    CHECK(std::abs(lost - 400) < 76);
}

TEST_CASE("draw: a factor multiplies the host's own time, a time replaces it", "[draw]") {
    World world = four_hosts();
    world.pool.hosts[host(world, "a")].upgrade_time = 10min;
    world.pool.hosts[host(world, "b")].upgrade_time = 20min;
    Chance chance;
    chance.hosts.upgrade_factor = Distribution{Kind::fixed, {1500}};
    HostChance own;
    own.upgrade_time = Distribution{Kind::recorded, {7 * minute}};
    chance.of_host = {{host(world, "c"), own}};
    const Future future = draw_future(world.pool, chance, 1, 0);
    CHECK(future.upgrade_time[host(world, "a")] == 15min);
    CHECK(future.upgrade_time[host(world, "b")] == 30min);
    CHECK(future.upgrade_time[host(world, "c")] == 7min);
}

TEST_CASE("draw: where faults of a link overlap, the smaller share counts", "[draw]") {
    const World world = four_hosts();
    const Id<Host> b = host(world, "b");
    const auto fault = [b](Duration from, std::int64_t share, std::optional<Duration> lasts) {
        LinkFault one;
        one.hosts = {b};
        one.at = Distribution{Kind::fixed, {from.count()}};
        one.share = Distribution{Kind::fixed, {share}};
        if (lasts) one.lasts = Distribution{Kind::fixed, {lasts->count()}};
        return one;
    };
    Chance chance;
    chance.links = {fault(10s, 500, 30s), fault(20s, 250, 10s), fault(35s, 700, std::nullopt)};
    const std::vector<LinkChange> expected{
        {at(10s), b, 500}, {at(20s), b, 250}, {at(30s), b, 500}, {at(40s), b, 700}};
    CHECK(draw_future(world.pool, chance, 1, 0).links == expected);
}

// ---- what a future does to a run

Plan plan_of(const std::vector<Step>& steps) {
    Plan plan;
    plan.steps = Table<Step>(steps);
    plan.after = Table<Step, std::vector<Id<Step>>>(steps.size());
    return plan;
}

StepTimes first_step(const World& world, const Plan& plan, const Future& future) {
    SimulationOptions options;
    options.future = &future;
    const auto run = simulate(world.pool, world.state, plan, options);
    REQUIRE(run.has_value());
    return run->times[Id<Step>{0}];
}

// Links of 10 Gbps = 1 250 000 000 B/s, 12 500 000 000 B: 10 s.
World ten_second_world() {
    World world = four_hosts();
    for (Vm& vm : world.pool.vms) vm.ram = Bytes{12'500'000'000};
    return world;
}

// 5 GB in 4 s, then 2.5 GB in 4 s at half the rate, then 5 GB in 4 s.
TEST_CASE("draw: a link that halves in the middle of a migration, and recovers", "[draw]") {
    const World world = ten_second_world();
    Future future;
    future.links = {{at(4s), host(world, "b"), 500}, {at(8s), host(world, "b"), 1000}};
    const Plan plan = plan_of({migrate(world, "vm1", "b")});
    CHECK(first_step(world, plan, future).end == at(12s));
    future.links.pop_back();
    CHECK(first_step(world, plan, future).end == at(16s));  // 7.5 GB at half the rate: 12 s
}

// Half of the first pass is sent for nothing, 5 s and 6.25 GB, then all of it once more.
TEST_CASE("draw: a migration that fails is begun again", "[draw]") {
    const World world = ten_second_world();
    Future future;
    future.failing = Table<Vm, std::uint64_t>(world.pool.vms.size(), 0);
    future.failing[vm(world, "vm1")] = 0b101;
    const Plan once = plan_of({migrate(world, "vm1", "b")});
    CHECK(first_step(world, once, future).end == at(15s));
    CHECK(first_step(world, once, future).sent == Bytes{18'750'000'000});
    future.failing[vm(world, "vm1")] = 0b011;
    CHECK(first_step(world, once, future).end == at(20s));
}

// Of a VM that moves twice, the attempts are counted through: 0 fails, 1 succeeds, 2 fails.
TEST_CASE("draw: each migration of a VM has attempts of its own", "[draw]") {
    const World world = ten_second_world();
    Future future;
    future.failing = Table<Vm, std::uint64_t>(world.pool.vms.size(), 0);
    future.failing[vm(world, "vm1")] = 0b101;
    Plan plan = plan_of({migrate(world, "vm1", "b"),
                         Migrate{vm(world, "vm1"), host(world, "b"), host(world, "c")}});
    plan.after[Id<Step>{1}] = {Id<Step>{0}};
    SimulationOptions options;
    options.future = &future;
    const auto run = simulate(world.pool, world.state, plan, options);
    REQUIRE(run.has_value());
    CHECK(run->makespan == 30s);
}

TEST_CASE("draw: a migration that fails six times is given up", "[draw]") {
    const World world = ten_second_world();
    Future future;
    future.failing = Table<Vm, std::uint64_t>(world.pool.vms.size(), 0);
    const Plan plan = plan_of({migrate(world, "vm1", "b")});
    future.failing[vm(world, "vm1")] = 0b01'1111;  // five, which is limits::retries
    CHECK(first_step(world, plan, future).end == at(35s));
    future.failing[vm(world, "vm1")] = 0b11'1111;
    SimulationOptions options;
    options.future = &future;
    const auto run = simulate(world.pool, world.state, plan, options);
    REQUIRE_FALSE(run.has_value());
    CHECK(run.error().kind == Stall::Kind::gave_up);
    CHECK(run.error().at == at(30s));
}

TEST_CASE("draw: a stream of half the speed takes twice the time", "[draw]") {
    const World world = ten_second_world();
    Future future;
    future.speed_permille = Table<Vm, std::int64_t>(world.pool.vms.size(), 500);
    CHECK(first_step(world, plan_of({migrate(world, "vm1", "b")}), future).end == at(20s));
}

// 8 GB at 1 GB/s and 100 MB/s dirtied, twice as fast: rounds of 8, 1.6, 0.32, 0.064 and 0.0128 s,
// then 2.56 ms of pause; the same as at 200 MB/s.
TEST_CASE("draw: a guest that writes twice as fast", "[draw]") {
    World world = ten_second_world();
    Vm& guest = world.pool.vms[vm(world, "vm1")];
    guest.ram = Bytes{8'000'000'000};
    guest.dirty_rate = Bandwidth{100'000'000};
    guest.working_set = Bytes{2'000'000'000};
    for (Host& host : world.pool.hosts) host.link = Bandwidth{1'000'000'000};
    Future future;
    future.dirty_permille = Table<Vm, std::int64_t>(world.pool.vms.size(), 2000);
    const Plan plan = plan_of({migrate(world, "vm1", "b")});
    const StepTimes twice = first_step(world, plan, future);
    CHECK(twice.end == at(9'999'360us));
    CHECK(twice.pause == 2'560us);
    guest.dirty_rate = Bandwidth{200'000'000};
    CHECK(first_step(world, plan, Future{}) == twice);
}

}  // namespace
}  // namespace vacate
