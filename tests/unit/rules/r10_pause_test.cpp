// R10: a migration begins only when its pause will be short enough, at the worst share of links.
#include <catch2/catch.hpp>

#include "tests/support/small_runs.hpp"

namespace vacate {
namespace {

// One stream at a time at 1 GB/s, a VM of 8 GB that dirties 100 MB/s, at most 1 GB of it.
//   round   sent                    takes        dirty then
//   1       8 000 000 000 B         8 s          800 000 000 B
//   2         800 000 000 B         0.8 s         80 000 000 B
//   3          80 000 000 B         0.08 s         8 000 000 B
//   4           8 000 000 B         8 ms             800 000 B
//   5             800 000 B         0.8 ms            80 000 B
// Five rounds are Xen's limit: the rest goes with the VM paused, 80 000 B in 80 us.
World eight_gigabytes() {
    World world = draw(R"(
        a  v1  16G : db 8G
        b  v1  16G :
    )");
    Vm& db = world.pool.vms[vm(world, "db")];
    db.ram = Bytes{8'000'000'000};
    db.dirty_rate = Bandwidth{100'000'000};
    db.working_set = Bytes{1'000'000'000};
    for (const char* name : {"a", "b"}) {
        world.pool.hosts[host(world, name)].link = Bandwidth{1'000'000'000};
    }
    world.pool.policy.migrations_per_host_max = 1;
    return world;
}

TEST_CASE("R10: the pause is at most the VM's limit", "[transition][R10]") {
    World world = eight_gigabytes();
    Vm& db = world.pool.vms[vm(world, "db")];
    CHECK(refusal(world, migrate(world, "db", "b")).empty());  // no limit
    // 80 000 B are fewer than 50 pages of 4096 B = 204 800 B, and so are those left by round 4:
    // 800 000 B are not. Round 5 leaves 80 000 B: 80 us.
    db.pause_limit = Duration{80};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.pause_limit = Duration{79};
    const auto no = forbids(world.pool, world.state, migrate(world, "db", "b"));
    REQUIRE(no.has_value());
    CHECK(no->rule == Rule::r10_pause);
    CHECK(no->needed == 80);
    CHECK(no->available == 79);
}

TEST_CASE("R10: judged at the smallest share that the window allows", "[transition][R10]") {
    World world = eight_gigabytes();
    Vm& db = world.pool.vms[vm(world, "db")];
    world.pool.policy.migrations_per_host_max = 4;  // 250 MB/s each
    // Each round leaves 100 / 250 of the last: 8 GB, 3.2 GB but at most 1 GB, 400, 160, 64 MB;
    // round 5 sends 64 MB in 256 ms and leaves 25.6 MB, which take 102 400 us.
    db.pause_limit = Duration{102'400};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.pause_limit = Duration{102'399};
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
    world.pool.policy.migrations_per_host_max = 3;
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

TEST_CASE("R10: the narrowest of link, budget and stream decides, and the overhead counts",
          "[transition][R10]") {
    World world = eight_gigabytes();
    Vm& db = world.pool.vms[vm(world, "db")];
    db.dirty_rate = Bandwidth{};  // one round, nothing left
    db.pause_limit = Duration{5'000};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    world.pool.timing.pause_overhead = Duration{5'001};
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
    world.pool.timing.pause_overhead = Duration{};
    db.dirty_rate = Bandwidth{100'000'000};
    db.pause_limit = Duration{80};
    world.pool.hosts[host(world, "a")].send_budget = Bandwidth{500'000'000};
    // Each round leaves a fifth, from 8 GB to the 1 GB of the working set first: 1 GB, 200 MB,
    // 40, 8 and after round 5 1.6 MB, which take 3200 us.
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
    db.pause_limit = Duration{3'200};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

// QEMU looks every 50 ms of sending, which is 50 MB, once the rest may fit into 100 MB:
//   leg   to send      sent       left         dirtied       then
//   1     8000 MB      7900 MB    100 MB       790 MB        an eightieth of them unsent still:
//                                                            100 + 790 - 790 / 80 = 880.125 MB
//   2     880.125 MB    800 MB     80.125 MB    80 MB        160.125 MB, written in order
//   3     160.125 MB    100 MB     60.125 MB    10 MB         70.125 MB: fits
TEST_CASE("R10: QEMU stops as soon as the rest fits into its limit", "[transition][R10]") {
    World world = eight_gigabytes();
    Vm& db = world.pool.vms[vm(world, "db")];
    world.pool.timing.stop_rule = StopRule::qemu;
    world.pool.timing.rounds_max = 100;
    world.pool.timing.downtime_limit = Duration{100'000};  // 100 MB at 1 GB/s
    db.pause_limit = Duration{70'125};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.pause_limit = Duration{70'124};
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
}

// XenServer's guest is asked to suspend before round 5, the 800 000 B that take 0.8 ms. It stands
// still 20 ms later; what it wrote until then, 2 MB, takes 2 ms.
TEST_CASE("R10: XenServer's pause is what was written while the guest was suspended",
          "[transition][R10]") {
    World world = eight_gigabytes();
    Vm& db = world.pool.vms[vm(world, "db")];
    world.pool.timing.stop_rule = StopRule::xenserver;
    world.pool.timing.suspend = Duration{20'000};
    db.pause_limit = Duration{2'000};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.pause_limit = Duration{1'999};
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
    // Asked 0.3 ms before it stands still, round 5 goes on for 0.5 ms of pause; then the 30 000 B.
    world.pool.timing.suspend = Duration{300};
    db.pause_limit = Duration{530};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.pause_limit = Duration{529};
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
}

TEST_CASE("R10: the VM's own way of copying counts, then its host's, then the pool's",
          "[transition][R10]") {
    World world = eight_gigabytes();
    Vm& db = world.pool.vms[vm(world, "db")];
    db.dirty_rate = Bandwidth{};
    db.pause_limit = Duration{5'000};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    world.pool.hosts[host(world, "b")].timing = {
        change_of("pause_overhead", 6'000)};  // of what leaves b
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    world.pool.hosts[host(world, "a")].timing = {change_of("pause_overhead", 6'000)};
    CHECK(refusal(world, migrate(world, "db", "b")) == "R10");
    db.timing = {change_of("pause_overhead", 5'000)};
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

}  // namespace
}  // namespace vacate
