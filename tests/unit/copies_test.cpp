// What migrations share: reservations, places among a host's streams, links that change.
#include "sim/kernel/copies.hpp"

#include "tests/support/small_runs.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;

// As ten_second_world(), with one VM on each of a and b.
World two_movers() {
    World world = draw(R"(
        a  v1  64G : one 4G
        b  v1  64G : two 4G
        c  v1  64G :
        d  v1  64G :
    )");
    for (Vm& vm : world.pool.vms) vm.ram = Bytes{12'500'000'000};
    return world;
}

Plan apart(const World& world) {
    return plan_of({migrate(world, "one", "c"), migrate(world, "two", "d")}, {});
}

TEST_CASE("copies: memory is reserved for one after the other in the whole pool",
          "[kernel][copies]") {
    World world = two_movers();
    world.pool.timing.reservation = 2s;
    world.pool.timing.before = 1s;
    const Simulation both = run(world, apart(world));
    CHECK(start_of(both, 1) == 0s);
    CHECK(end_of(both, 0) == 2s + 1s + 10s);
    CHECK(end_of(both, 1) == 4s + 1s + 10s);
}

TEST_CASE("copies: a host lets so many streams copy at once, the others queue in order",
          "[kernel][copies]") {
    World world = ten_second_world();
    world.pool.timing.before = 2s;  // is over when a place becomes free
    world.pool.timing.after = 1s;   // needs no place
    const Plan plan = plan_of(
        {migrate(world, "vm1", "b"), migrate(world, "vm2", "c"), migrate(world, "vm3", "d")}, {});
    world.pool.hosts[host(world, "a")].streams_max = 1;
    const Simulation one = run(world, plan);
    CHECK(end_of(one, 0) == 2s + 10s + 1s);
    CHECK(end_of(one, 1) == 2s + 20s + 1s);
    CHECK(end_of(one, 2) == 2s + 30s + 1s);
    // Two at 625 MB/s each for 20 s; then the third alone.
    world.pool.hosts[host(world, "a")].streams_max = 2;
    const Simulation two = run(world, plan);
    CHECK(end_of(two, 0) == 23s);
    CHECK(end_of(two, 1) == 23s);
    CHECK(end_of(two, 2) == 33s);
}

TEST_CASE("copies: a stream loses the factor for each opposing one, a tenth at most",
          "[kernel][copies]") {
    World world = ten_second_world();
    world.pool.policy.one_way = false;
    world.pool.timing.opposing_permille = 980;
    CHECK(run(world, plan_of({migrate(world, "vm1", "b")}, {})).makespan == 10s);
    // Each has one against it: 12.5 GB / (0.98 * 1.25 GB/s) = 10.204 081 6 s.
    const Plan across = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm4", "a")}, {});
    CHECK(run(world, across).makespan == 10'204'082us);
    // 0.8 is below the floor: 12.5 / (0.9 * 1.25) = 11.1 s.
    world.pool.timing.opposing_permille = 800;
    CHECK(run(world, across).makespan == 11'111'112us);
    // One that comes into a host and one that leaves it are against each other too.
    const Plan chain = plan_of({migrate(world, "vm1", "b"), migrate(world, "vm4", "c")}, {});
    const Simulation chained = run(world, chain);
    CHECK(end_of(chained, 0) > 11s);
    CHECK(end_of(chained, 1) == end_of(chained, 0));
}

TEST_CASE("copies: what guests send is not there for migrations", "[kernel][copies]") {
    World world = ten_second_world();
    world.pool.hosts[host(world, "b")].guest_traffic = 2_Gbps;  // of 10 Gbps: 1 GB/s is left
    CHECK(run(world, plan_of({migrate(world, "vm1", "b")}, {})).makespan == 12'500ms);
    CHECK(run(world, plan_of({migrate(world, "vm1", "c")}, {})).makespan == 10s);
}

// B_copy = share - w = 1.25 - 0.125 GB/s, for the disks first, then for the memory.
// 11.25 GB of disk take 10 s, 12.375 GB of memory 11 s.
TEST_CASE("copies: writes to mirrored disks take their part of the link to the end",
          "[kernel][copies]") {
    World world = ten_second_world();
    Vm& guest = world.pool.vms[vm(world, "vm1")];
    guest.mobility = Mobility::storage;
    guest.local_disk = Bytes{11'250'000'000};
    guest.ram = Bytes{12'375'000'000};
    guest.disk_writes = 1_Gbps;
    const Step motion =
        MigrateStorage{vm(world, "vm1"), host(world, "a"), host(world, "b"), Id<Storage>{1}};
    const Simulation moved = run(world, plan_of({motion}, {}));
    CHECK(moved.makespan == 21s);
    CHECK(moved.bytes_moved == Bytes{23'625'000'000});
    // A live migration mirrors nothing.
    guest.mobility = Mobility::live;
    CHECK(run(world, plan_of({migrate(world, "vm1", "b")}, {})).makespan == 9'900ms);
}

TEST_CASE("copies: a VM's parameter beats its host's, and that the pool's", "[kernel][copies]") {
    World world = ten_second_world();
    const Plan plan = plan_of({migrate(world, "vm1", "c"), migrate(world, "vm4", "d")}, {});
    world.pool.timing.before = 1s;
    CHECK(end_of(run(world, plan), 0) == 11s);
    world.pool.hosts[host(world, "a")].timing = {change_of("before", 2'000'000)};
    world.pool.hosts[host(world, "c")].timing = {change_of("before", 9'000'000)};  // the target
    CHECK(end_of(run(world, plan), 0) == 12s);
    world.pool.vms[vm(world, "vm1")].timing = {change_of("before", 3'000'000)};
    CHECK(end_of(run(world, plan), 0) == 13s);
    CHECK(end_of(run(world, plan), 1) == 11s);  // vm4 leaves b, which is as the pool says
    // What else the host has changed still counts: half the stream's cap, 625 MB/s.
    world.pool.hosts[host(world, "a")].timing.insert(
        world.pool.hosts[host(world, "a")].timing.begin(), change_of("stream_cap", 625'000'000));
    CHECK(end_of(run(world, plan), 0) == 23s);
}

TEST_CASE("copies: a host's own link efficiency narrows its link", "[kernel][copies]") {
    World world = ten_second_world();
    world.pool.hosts[host(world, "b")].timing = {change_of("link_efficiency", 500)};
    CHECK(run(world, plan_of({migrate(world, "vm1", "b")}, {})).makespan == 20s);
}

// 100 ms of pause, 125 MB in queues at 1.25 GB/s take 100 ms more, then 40 ms to load them.
TEST_CASE("copies: from outside a guest is silent for longer than it stands still",
          "[kernel][copies]") {
    World world = ten_second_world();
    world.pool.timing.pause_overhead = 100ms;
    world.pool.timing.queued = Bytes{125'000'000};
    world.pool.timing.arrival = 40ms;
    Vm& guest = world.pool.vms[vm(world, "vm1")];
    guest.dirty_rate = Bandwidth{1'000'000'000};  // something is left for the pause
    guest.working_set = Bytes{1'250'000'000};     // in round 5 too: 0.4096 s of it
    const Simulation one = run(world, plan_of({migrate(world, "vm1", "b")}, {}));
    const StepTimes& times = one.times[Id<Step>{0}];
    CHECK(times.pause > 100ms);
    CHECK(times.gap == times.pause + 100ms + 40ms);
}

// Round 1: 6.25 GB in 5 s, then 625 MB/s for 4 s: 8.75 GB; the other 3.75 GB take 3 s. In these
// 12 s 120 MB were dirtied, not the 100 MB of ten.
//   2        120 000 000 B   96 ms        960 000 B
//   3            960 000 B   768 us         7 680 B, fewer than 50 pages
//   more           7 680 B   6.144 us          70 B, written in the 7 us it is rounded up to
//   pause             70 B   0.056 us
TEST_CASE("copies: a link that changes in a round changes what is dirty behind it",
          "[kernel][copies]") {
    World world = ten_second_world();
    Vm& guest = world.pool.vms[vm(world, "vm1")];
    guest.dirty_rate = Bandwidth{10'000'000};
    guest.working_set = Bytes{1'000'000'000};
    Future future;
    future.links = {{Instant{5s}, host(world, "b"), 500}, {Instant{9s}, host(world, "b"), 1000}};
    SimulationOptions options;
    options.future = &future;
    const Simulation one = run(world, plan_of({migrate(world, "vm1", "b")}, {}), options);
    const StepTimes& times = one.times[Id<Step>{0}];
    CHECK(one.makespan == 12s + 96ms + 768us + 7us + 1us);
    CHECK(times.sent == Bytes{12'500'000'000 + 120'000'000 + 960'000 + 7'680 + 70});
    CHECK(times.pause == 1us);
    CHECK(times.rounds == 4);
}

// ---- Copies by itself

// Runs until all has ended; the ends in their order.
std::vector<std::pair<Copies::End, Instant>> drain(Copies& copies) {
    std::vector<std::pair<Copies::End, Instant>> ends;
    while (!copies.empty()) {
        const Instant now = copies.next_at();
        if (const auto end = copies.advance(now)) ends.emplace_back(*end, now);
        copies.settle(now);
    }
    return ends;
}

// The two share a's link until 4 s: 2.5 GB each. The other has it alone then: 10 GB in 8 s.
TEST_CASE("copies: a cancelled migration leaves the link to the others", "[kernel][copies]") {
    const World world = ten_second_world();
    const Id<Host> a = host(world, "a");
    Copies copies(world.pool);
    const Copies::Slot stays = copies.begin({vm(world, "vm1"), a, host(world, "b")}, Instant{});
    const Copies::Slot goes = copies.begin({vm(world, "vm2"), a, host(world, "c")}, Instant{});
    while (!copies.empty() && copies.next_at() == Instant{}) copies.advance(Instant{});
    copies.settle(Instant{});
    CHECK(copies.progress_permille(stays, Instant{4s}) == 200);
    copies.cancel(goes, Instant{4s});
    copies.settle(Instant{4s});
    const auto ends = drain(copies);
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].first.slot == stays);
    CHECK(ends[0].second == Instant{12s});
    // Its slot is given out again.
    CHECK(copies.begin({vm(world, "vm3"), a, host(world, "d")}, Instant{20s}) <= 1);
}

TEST_CASE("copies: one that is cancelled in the queue, or before, was never there",
          "[kernel][copies]") {
    World world = ten_second_world();
    const Id<Host> a = host(world, "a");
    world.pool.hosts[a].streams_max = 1;
    Copies copies(world.pool);
    copies.begin({vm(world, "vm1"), a, host(world, "b")}, Instant{});
    const Copies::Slot queued = copies.begin({vm(world, "vm2"), a, host(world, "c")}, Instant{});
    const Copies::Slot last = copies.begin({vm(world, "vm3"), a, host(world, "d")}, Instant{});
    while (!copies.empty() && copies.next_at() == Instant{}) copies.advance(Instant{});
    copies.settle(Instant{});
    copies.cancel(queued, Instant{3s});
    copies.settle(Instant{3s});
    const auto ends = drain(copies);
    REQUIRE(ends.size() == 2);
    CHECK(ends[1].first.slot == last);
    CHECK(ends[1].second == Instant{20s});
}

}  // namespace
}  // namespace vacate
