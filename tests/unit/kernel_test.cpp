// The kernel by hand: shares of links, and when each step of a small plan begins and ends.
#include <catch2/catch.hpp>

#include "model/precopy.hpp"
#include "sim/kernel/links.hpp"
#include "sim/kernel/simulate.hpp"
#include "tests/support/small_runs.hpp"
#include "tests/support/vary.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;
constexpr auto none = LinkNetwork::no_link;
constexpr double plenty = 1e12;

// ---- max-min fairness

TEST_CASE("links: equal flows get equal shares", "[kernel][links]") {
    LinkNetwork links;
    const auto link = links.add_link(9);
    const auto one = links.start({link, none, none}, plenty);
    const auto two = links.start({link, none, none}, plenty);
    const auto three = links.start({link, none, none}, plenty);
    links.settle();
    for (const auto flow : {one, two, three}) CHECK(links.rate(flow) == Approx(3));
}

TEST_CASE("links: what a capped flow leaves is shared by the others", "[kernel][links]") {
    LinkNetwork links;
    const auto link = links.add_link(10);
    const auto capped = links.start({link, none, none}, 1);
    const auto two = links.start({link, none, none}, plenty);
    const auto three = links.start({link, none, none}, plenty);
    links.settle();
    CHECK(links.rate(capped) == Approx(1));
    CHECK(links.rate(two) == Approx(4.5));  // (10 - 1) / 2
    CHECK(links.rate(three) == Approx(4.5));
}

// The narrow link decides first: 8 / 2 = 4 for its two flows. The wide one has 10 - 4 = 6 left.
TEST_CASE("links: a flow that is limited elsewhere leaves the rest to others", "[kernel][links]") {
    LinkNetwork links;
    const auto wide = links.add_link(10);
    const auto narrow = links.add_link(8);
    const auto one = links.start({wide, none, none}, plenty);
    const auto both = links.start({wide, narrow, none}, plenty);
    const auto other = links.start({narrow, none, none}, plenty);
    links.settle();
    CHECK(links.rate(one) == Approx(6));
    CHECK(links.rate(both) == Approx(4));
    CHECK(links.rate(other) == Approx(4));
}

// Bertsekas and Gallager, "Data Networks", 6.5: three links in a line. The first has capacity 1
// and 3 flows: 1/3 each. The second has 1 and 2 flows, one of them held to 1/3: 2/3 for the
// other. The third has 2 and 2 flows, one of them held to 1/3: 5/3 for the other.
TEST_CASE("links: the textbook's line of links", "[kernel][links]") {
    LinkNetwork links;
    const auto first = links.add_link(1);
    const auto second = links.add_link(1);
    const auto third = links.add_link(2);
    const auto all = links.start({first, second, third}, plenty);
    const auto at_first = links.start({first, none, none}, plenty);
    const auto at_first_too = links.start({first, none, none}, plenty);
    const auto at_second = links.start({second, none, none}, plenty);
    const auto at_third = links.start({third, none, none}, plenty);
    links.settle();
    for (const auto flow : {all, at_first, at_first_too}) CHECK(links.rate(flow) == Approx(1. / 3));
    CHECK(links.rate(at_second) == Approx(2. / 3));
    CHECK(links.rate(at_third) == Approx(5. / 3));
}

TEST_CASE("links: settle() names the flows whose rate changed", "[kernel][links]") {
    LinkNetwork links;
    const auto left = links.add_link(10);
    const auto right = links.add_link(10);
    const auto one = links.start({left, none, none}, plenty);
    const auto apart = links.start({right, none, none}, plenty);
    CHECK(links.settle() == std::vector<LinkNetwork::FlowIndex>{one, apart});
    const auto two = links.start({left, none, none}, plenty);
    CHECK(links.settle() == std::vector<LinkNetwork::FlowIndex>{one, two});
    CHECK(links.rate(one) == Approx(5));
    links.stop(one);
    CHECK(links.settle() == std::vector<LinkNetwork::FlowIndex>{two});
    CHECK(links.rate(two) == Approx(10));
    CHECK(links.active_flows() == 2);
    const auto again = links.start({right, none, none}, 3);
    CHECK(again == one);  // its index is free
    links.settle();
    CHECK(links.rate(again) == Approx(3));
    CHECK(links.rate(apart) == Approx(7));
    CHECK(links.settle().empty());
}

// ---- simulate()

TEST_CASE("simulate: one migration, to the microsecond", "[kernel][simulate]") {
    World world = ten_second_world();
    world.pool.timing.before = 2s;
    world.pool.timing.after = 3s;
    world.pool.timing.pause_overhead = 100ms;
    const Simulation one = run(world, plan_of({migrate(world, "vm1", "b")}, {}));
    CHECK(start_of(one, 0) == 0s);
    CHECK(end_of(one, 0) == 15'100'000us);  // 2 + 10 + 0.1 + 3 s
    CHECK(one.times[Id<Step>{0}].pause == 100ms);
    CHECK(one.times[Id<Step>{0}].sent == Bytes{12'500'000'000});
    CHECK(one.times[Id<Step>{0}].rounds == 1);
    CHECK(one.makespan == 15'100'000us);
    CHECK(one.moves == 1);
    CHECK(one.timeline.size() == 2);
    CHECK(one.final_state.vms[vm(world, "vm1")].host == host(world, "b"));
}

// 8 GB at 1 GB/s, 100 MB/s dirtied: rounds of 8 s, 800, 80, 8 and 0.8 ms, then 80 us of pause.
TEST_CASE("simulate: pre-copy rounds, each of what the last one dirtied", "[kernel][simulate]") {
    World world = ten_second_world();
    Vm& guest = world.pool.vms[vm(world, "vm1")];
    guest.ram = Bytes{8'000'000'000};
    guest.dirty_rate = Bandwidth{100'000'000};
    guest.working_set = Bytes{1'000'000'000};
    for (Host& host : world.pool.hosts) host.link = Bandwidth{1'000'000'000};
    const Simulation one = run(world, plan_of({migrate(world, "vm1", "b")}, {}));
    CHECK(end_of(one, 0) == 8'888'880us);
    CHECK(one.times[Id<Step>{0}].pause == 80us);
    CHECK(one.times[Id<Step>{0}].rounds == 5);
    CHECK(one.times[Id<Step>{0}].sent == Bytes{8'888'880'000});
}

// Both into c: 625 MB/s each. vm4 has half the bytes and is done after 10 s; vm1 has sent as
// much, and sends the other 6.25 GB alone, at 1.25 GB/s, in 5 s.
TEST_CASE("simulate: two migrations share the target's link", "[kernel][simulate]") {
    World world = ten_second_world();
    world.pool.vms[vm(world, "vm4")].ram = Bytes{6'250'000'000};
    const Simulation both =
        run(world, plan_of({migrate(world, "vm1", "c"), migrate(world, "vm4", "c")}, {}));
    CHECK(start_of(both, 1) == 0s);
    CHECK(end_of(both, 1) == 10s);
    CHECK(end_of(both, 0) == 15s);
    CHECK(both.makespan == 15s);
}

TEST_CASE("simulate: a half-duplex link carries both directions", "[kernel][simulate]") {
    World world = ten_second_world();
    world.pool.policy.one_way = false;
    const Plan across = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm4", "a")}, {});
    CHECK(run(world, across).makespan == 10s);
    world.pool.hosts[host(world, "b")].full_duplex = false;
    CHECK(run(world, across).makespan == 20s);  // 625 MB/s each through b
}

TEST_CASE("simulate: a host sends no more than its budget, whatever the links",
          "[kernel][simulate]") {
    World world = ten_second_world();
    world.pool.hosts[host(world, "a")].send_budget = 2_Gbps;  // 250 MB/s
    const Plan one = plan_of({migrate(world, "vm1", "b")}, {});
    CHECK(run(world, one).makespan == 50s);
    const Plan two = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm2", "c")}, {});
    CHECK(run(world, two).makespan == 100s);  // 125 MB/s each
    const Plan in = plan_of({migrate(world, "vm4", "a")}, {});
    CHECK(run(world, in).makespan == 10s);  // receiving costs nothing of it
}

TEST_CASE("simulate: a stream has a cap, and disks go first with one of their own",
          "[kernel][simulate]") {
    World world = ten_second_world();
    world.pool.timing.stream_cap = 5_Gbps;
    CHECK(run(world, plan_of({migrate(world, "vm1", "b")}, {})).makespan == 20s);
    world.pool.timing.storage_stream_cap = 1_Gbps;  // 125 MB/s
    Vm& guest = world.pool.vms[vm(world, "vm1")];
    guest.mobility = Mobility::storage;
    guest.local_disk = Bytes{1'250'000'000};
    const Step motion =
        MigrateStorage{vm(world, "vm1"), host(world, "a"), host(world, "b"), Id<Storage>{1}};
    const Simulation moved = run(world, plan_of({motion}, {}));
    CHECK(moved.makespan == 30s);  // 10 s of disks, 20 s of memory
    CHECK(moved.bytes_moved == Bytes{13'750'000'000});
}

TEST_CASE("simulate: the windows of R13 and the one way of R12 delay, in order of the plan",
          "[kernel][simulate]") {
    World world = ten_second_world();
    const Plan plan = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm2", "c"),
                               migrate(world, "vm3", "d"), migrate(world, "vm4", "d")},
                              {});
    world.pool.policy.migrations_per_host_max = 2;
    const Simulation windowed = run(world, plan);
    CHECK(start_of(windowed, 0) == 0s);
    CHECK(start_of(windowed, 1) == 0s);
    CHECK(end_of(windowed, 1) == 20s);    // two leave a at 625 MB/s
    CHECK(start_of(windowed, 2) == 20s);  // R13: a sends two
    CHECK(start_of(windowed, 3) == 20s);  // R12: b receives vm1 until then
    CHECK(end_of(windowed, 2) == 40s);    // both into d, 625 MB/s each
    world.pool.policy.one_way = false;
    const Simulation free = run(world, plan);
    CHECK(start_of(free, 3) == 0s);
}

TEST_CASE("simulate: an upgrade, and the time in mixed versions", "[kernel][simulate]") {
    World world = draw(R"(
        a  v1  16G :
        b  v1  16G :
    )");
    world.state.backed_up = true;
    world.pool.timing.host_step = 30s;
    const Plan plan = plan_of({disable(world, "a"), upgrade(world, "a"), enable(world, "a"),
                               disable(world, "b"), upgrade(world, "b"), enable(world, "b")},
                              {{}, {0}, {1}, {}, {2, 3}, {4}});
    const Simulation done = run(world, plan);
    CHECK(start_of(done, 1) == 30s);  // after b's disable too: nothing may be under way
    CHECK(end_of(done, 1) == 930s);
    CHECK(start_of(done, 4) == 960s);
    CHECK(done.makespan == 1890s);             // 2 x (30 + 900 + 30) - 30 for b's disable
    CHECK(done.mixed_window == 1860s - 930s);  // from a's end to b's end
}

TEST_CASE("simulate: a plan that cannot go on says where and why", "[kernel][simulate]") {
    World world = draw(R"(
        a  v1  16G : db 12G
        b  v1   8G : web 4G
        c  v1  16G :
    )");
    const Plan plan = plan_of({migrate(world, "web", "c"), migrate(world, "db", "b")}, {{}, {0}});
    const auto stalled = simulate(world.pool, world.state, plan);
    REQUIRE_FALSE(stalled.has_value());
    CHECK(stalled.error().broken.step == Id<Step>{1});
    CHECK(stalled.error().broken.violation.rule == Rule::r1_memory);  // 12 of 8
    // web: 4 GiB at 1.25 GB/s = 3.435 973 836 8 s, rounded up.
    CHECK(stalled.error().at.time_since_epoch() == 3'435'974us);
}

TEST_CASE("simulate: a step waits for room instead of failing", "[kernel][simulate]") {
    World world = draw(R"(
        a  v1  16G : db 12G
        b  v1  16G : web 12G
        c  v1  16G :
    )");
    // Nothing orders the two, but db fits only when web has left b.
    const Simulation both =
        run(world, plan_of({migrate(world, "db", "b"), migrate(world, "web", "c")}, {}));
    CHECK(start_of(both, 1) == 0s);
    CHECK(start_of(both, 0) == end_of(both, 1));
    CHECK(both.tightest.free == 4_GiB);
}

TEST_CASE("simulate: a lone migration does what forecast_precopy() says", "[kernel][simulate]") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        World world = ten_second_world();
        Vm& guest = world.pool.vms[vm(world, "vm1")];
        guest.ram = Bytes{random.between(1, 40'000'000'000)};
        guest.dirty_rate = Bandwidth{random.between(0, 2'000'000'000)};
        guest.working_set = Bytes{random.between(0, guest.ram.count)};
        Timing& timing = world.pool.timing;
        if (random.chance(1, 2)) timing.stop_rule = StopRule::qemu;
        timing.rounds_max = random.between(1, 30);
        timing.pause_overhead = Duration{random.between(0, 100'000)};
        Host& target = world.pool.hosts[host(world, "b")];
        target.link = megabits_per_second(random.between(100, 20'000));
        const Bandwidth alone = std::min(target.link, timing.stream_cap);  // a's link is as wide
        const PrecopyForecast forecast = forecast_precopy(guest, alone, timing);
        const Simulation one = run(world, plan_of({migrate(world, "vm1", "b")}, {}));
        const StepTimes& times = one.times[Id<Step>{0}];
        CAPTURE(seed);
        CHECK(one.makespan == forecast.total);
        CHECK(times.pause == forecast.pause);
        // A leg that QEMU ends at a look ends at a whole microsecond here: a byte more or less.
        const bool looks = timing.stop_rule == StopRule::qemu;
        const Bytes apart =
            std::max(times.sent, forecast.sent) - std::min(times.sent, forecast.sent);
        CHECK(apart <= Bytes{looks ? forecast.rounds : 0});
        CHECK(times.rounds == forecast.rounds);
    }
}

TEST_CASE("simulate: two runs of one plan are the same, timeline and all",
          "[kernel][simulate][determinism]") {
    World world = ten_second_world();
    const Plan plan = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm2", "c"),
                               migrate(world, "vm3", "c"), migrate(world, "vm4", "d")},
                              {{}, {}, {0}, {}});
    const Simulation first = run(world, plan);
    const World copy = world;
    const Plan plan_copy = plan;
    const Simulation second = run(copy, plan_copy);
    CHECK(first == second);
    CHECK(first.timeline.size() == 8);
    for (std::size_t i = 0; i < first.timeline.size(); ++i) {
        CHECK(first.timeline[i].sequence == i);
    }
    const auto untimed = simulate(world.pool, world.state, plan, {.timeline = false});
    REQUIRE(untimed.has_value());
    CHECK(untimed->timeline.empty());
    CHECK(untimed->times == first.times);
}

}  // namespace
}  // namespace vacate
