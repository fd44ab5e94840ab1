// Runs in which something goes wrong, or is held back; and runs that go on from the middle.
#include "sim/kernel/future.hpp"

#include "model/limits.hpp"
#include "sim/search/planner.hpp"
#include "tests/support/small_runs.hpp"
#include "tests/support/vary.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;

Future failing(const World& world, std::string_view guest, int times) {
    Future future;
    future.failing = Table<Vm, std::uint64_t>(world.pool.vms.size());
    future.failing[vm(world, guest)] = (std::uint64_t{1} << times) - 1;  // the first ones
    return future;
}

// Each failure comes in the middle of the first pass: 6.25 GB and 5 s for nothing.
TEST_CASE("future: a migration that fails is begun again", "[kernel][future]") {
    const World world = ten_second_world();
    const Future future = failing(world, "vm1", 2);
    SimulationOptions options;
    options.future = &future;
    const Simulation one = run(world, plan_of({migrate(world, "vm1", "b")}, {}), options);
    CHECK(one.makespan == 20s);
    CHECK(end_of(one, 0) == 20s);
    CHECK(one.bytes_moved == Bytes{25'000'000'000});
    // Began and Failed twice, then Began and Ended.
    REQUIRE(one.timeline.size() == 6);
    CHECK(std::holds_alternative<Failed>(one.timeline[3].event));
    CHECK(one.timeline[3].at == Instant{10s});
    CHECK(one.final_state.vms[vm(world, "vm1")].host == host(world, "b"));
}

TEST_CASE("future: one that fails too often is given up, the others go on", "[kernel][future]") {
    const World world = ten_second_world();
    const Plan plan = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm2", "c")}, {});
    SimulationOptions options;
    const Future bearable = failing(world, "vm1", limits::retries);
    options.future = &bearable;
    CHECK(simulate(world.pool, world.state, plan, options).has_value());
    const Future hopeless = failing(world, "vm1", limits::retries + 1);
    options.future = &hopeless;
    Simulator simulator(world.pool, world.state, plan, options);
    while (!simulator.is_over()) simulator.advance();
    CHECK(simulator.state().vms[vm(world, "vm1")].host == host(world, "a"));
    CHECK(simulator.state().vms[vm(world, "vm2")].host == host(world, "c"));
    const auto stalled = simulator.finish();
    REQUIRE_FALSE(stalled.has_value());
    CHECK(stalled.error().kind == Stall::Kind::gave_up);
    CHECK(stalled.error().broken.step == Id<Step>{0});
}

TEST_CASE("future: a host that does not come back leaves its upgrade under way",
          "[kernel][future]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G :
    )");
    world.state.backed_up = true;
    const Plan plan =
        plan_of({disable(world, "a"), upgrade(world, "a"), enable(world, "a")}, {{}, {0}, {1}});
    Future future;
    future.lost = Table<Host, std::uint8_t>(2);
    SimulationOptions options;
    options.future = &future;
    CHECK(simulate(world.pool, world.state, plan, options).has_value());
    future.lost[host(world, "a")] = 1;
    const auto stalled = simulate(world.pool, world.state, plan, options);
    REQUIRE_FALSE(stalled.has_value());
    CHECK(stalled.error().kind == Stall::Kind::lost_host);
    CHECK(stalled.error().broken.step == Id<Step>{1});
    CHECK(stalled.error().at == Instant{});
}

TEST_CASE("future: a rule that forbids the next step is told apart", "[kernel][future]") {
    const World world = draw(R"(
        a  v1  16G : db 12G
        b  v1   8G :
    )");
    const auto stalled =
        simulate(world.pool, world.state, plan_of({migrate(world, "db", "b")}, {}));
    REQUIRE_FALSE(stalled.has_value());
    CHECK(stalled.error().kind == Stall::Kind::forbidden);
}

TEST_CASE("future: upgrades and streams take what was drawn for them", "[kernel][future]") {
    World world = ten_second_world();
    world.state.backed_up = true;
    Future future;
    future.speed_permille = Table<Vm, std::int64_t>(world.pool.vms.size());
    for (const Id<Vm> id : world.pool.vms.ids()) future.speed_permille[id] = 500;
    future.upgrade_time = Table<Host, Duration>(world.pool.hosts.size());
    future.upgrade_time[host(world, "a")] = 77s;
    SimulationOptions options;
    options.future = &future;
    CHECK(run(world, plan_of({migrate(world, "vm1", "b")}, {}), options).makespan == 20s);
    World empty = draw(R"(
        a  v1  16G :
    )");
    empty.state.backed_up = true;
    const Plan plan = plan_of({disable(empty, "a"), upgrade(empty, "a")}, {{}, {0}});
    CHECK(run(empty, plan, options).makespan == 77s);
}

TEST_CASE("a step that is held back begins at its instant, or when it may", "[kernel][future]") {
    const World world = ten_second_world();
    const Plan plan = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm2", "c")}, {{}, {0}});
    SimulationOptions options;
    options.not_before = Table<Step, Instant>(2);
    options.not_before[Id<Step>{0}] = Instant{7s};
    options.not_before[Id<Step>{1}] = Instant{9s};
    const Simulation held = run(world, plan, options);
    CHECK(start_of(held, 0) == 7s);
    CHECK(start_of(held, 1) == 17s);  // what it comes after ended later
    options.not_before[Id<Step>{1}] = Instant{30s};
    CHECK(start_of(run(world, plan, options), 1) == 30s);
}

// ---- forks

Future drawn_future(Random& random, const Pool& pool) {
    Future future;
    future.speed_permille = Table<Vm, std::int64_t>(pool.vms.size());
    future.failing = Table<Vm, std::uint64_t>(pool.vms.size());
    future.dirty_permille = Table<Vm, std::int64_t>(pool.vms.size());
    for (const Id<Vm> vm : pool.vms.ids()) {
        future.speed_permille[vm] = random.between(300, 1000);
        future.failing[vm] = random.chance(1, 6) ? random.below(8) : 0;
        future.dirty_permille[vm] = random.between(200, 3000);
    }
    Instant at{};
    for (int i = 0; i < 4; ++i) {
        at += std::chrono::seconds(random.between(1, 300));
        const Id<Host> host{static_cast<std::uint32_t>(random.below(pool.hosts.size()))};
        future.links.push_back({at, host, random.between(100, 1000)});
    }
    return future;
}

TEST_CASE("a copy of a run goes on as the run itself does, from any event on",
          "[kernel][future][law]") {
    int runs = 0;
    std::int64_t forks = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        World world = random_world(random);
        vary_copying(random, world);
        PlanOptions few;
        few.effort = 1;
        const auto planned = plan_upgrade(world.pool, world.state, few);
        if (!planned) continue;
        const Future future = drawn_future(random, world.pool);
        SimulationOptions options;
        if (random.chance(1, 2)) options.future = &future;
        const auto undisturbed = simulate(world.pool, world.state, planned->plan, options);
        Simulator walker(world.pool, world.state, planned->plan, options);
        while (!walker.is_over()) {
            Simulator fork = walker;
            CAPTURE(seed, forks);
            REQUIRE(fork.finish() == undisturbed);
            ++forks;
            walker.advance();
        }
        REQUIRE(walker.finish() == undisturbed);
        ++runs;
    }
    CHECK(runs > 100);
    CHECK(forks > 20 * runs);
}

}  // namespace
}  // namespace vacate
