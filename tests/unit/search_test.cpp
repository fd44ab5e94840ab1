// The planner on pools small enough to think through.
#include <catch2/catch.hpp>

#include "model/plan.hpp"
#include "sim/search/baseline.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/exact.hpp"
#include "sim/search/planner.hpp"
#include "sim/search/reach.hpp"
#include "tests/support/acts.hpp"
#include "tests/support/vary.hpp"

namespace vacate {
namespace {

Planned planned(const World& world) {
    auto result = plan_upgrade(world.pool, world.state);
    REQUIRE(result.has_value());
    CHECK(replay(world.pool, world.state, result->plan.steps).has_value());
    CHECK(is_done(world.pool, world.state, result->simulation.final_state));
    return *result;
}

// All text of the findings.
std::string reasons(const World& world) {
    const auto result = plan_upgrade(world.pool, world.state);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().proven);
    std::string text;
    for (const Finding& one : result.error().findings) {
        CHECK(one.severity == Severity::blocks);
        text += one.code + ": " + one.subject + ": " + one.sentence + "\n";
    }
    return text;
}

TEST_CASE("search: two empty hosts, one after the other", "[search]") {
    const World world = draw(R"(
        a  v1  16G :
        b  v1  16G :
    )");
    const Planned plan = planned(world);
    CHECK(plan.simulation.makespan == std::chrono::minutes(30));
    CHECK(plan.plan.promise.bound == std::chrono::minutes(30));
    CHECK(plan.simulation.moves == 0);
}

TEST_CASE("search: who finds no room at home any more counts for the spread", "[search][bound]") {
    World world = draw("a v1 16G: v1 8G, v2 4G, v3 2G\nb v1 32G: v4 8G\nc v1 32G:");
    CHECK(lower_bounds(world.pool, world.state).spread.moves == 0);
    // dom0 grows by 9 GiB: of 8, 4 and 2 the two smaller ones fit into 7.
    world.pool.hosts[host(world, "a")].memory_after = gibibytes(7);
    const LowerBounds bounds = lower_bounds(world.pool, world.state);
    CHECK(bounds.spread.moves == 1);
    CHECK(bounds.spread.reason == "1 VM does not fit on its own host at the end");
    PlanOptions options;
    options.effort = 10'000;
    options.objective = Objective::spread;
    options.home = Home::original;
    const auto plan = plan_upgrade(world.pool, world.state, options);
    REQUIRE(plan);
    const auto away = astray(plan->simulation.final_state, placement_of(world.state));
    CHECK(away == std::vector<Id<Vm>>{vm(world, "v1")});
}

// b's big VM fits nowhere: a and c have 6 each. The greedy wizard gives up; moving s1 from c to
// a, or the other way round, makes room for 10.
TEST_CASE("search: of four VMs two leave one after the other", "[search][bound]") {
    // Three at once: the fourth goes behind one of them, and so does the fifth behind another.
    const auto bound_of = [](const char* drawing) {
        World world = draw(drawing);
        world.pool.timing.stream_cap = Bandwidth{250'000'000};
        for (Vm& one : world.pool.vms) one.ram = gibibytes(4);
        return lower_bound(world.pool, world.state).makespan;
    };
    const Duration three = bound_of("a v1 64G: v1 4G, v2 4G, v3 4G\nb v1 64G: v4 4G, v5 4G");
    const Duration four = bound_of("a v1 64G: v1 4G, v2 4G, v3 4G, v4 4G\nb v1 64G: v5 4G");
    const Duration five = bound_of("a v1 64G: v1 4G, v2 4G, v3 4G, v4 4G, v5 4G\nb v1 64G:");
    // 4 GiB at 250 MB/s are 17 179.87 ms; the link takes four such streams.
    CHECK(four - three >= std::chrono::milliseconds(17'179));
    CHECK(five - four < std::chrono::milliseconds(1));
}

TEST_CASE("search: a stepping stone makes room where greedy gives up", "[search]") {
    const World world = draw(R"(
        a  v2  16G : s1 5G, s2 5G
        b  v1  16G : big 10G
        c  v2  16G : s3 5G, s4 5G
    )");
    for (const Baseline baseline : {Baseline::wizard, Baseline::rpu}) {
        const BaselinePlan peer = plan_baseline(world.pool, world.state, baseline);
        REQUIRE(peer.stuck.has_value());
        CHECK(peer.stuck->host == host(world, "b"));
        CHECK(peer.stuck->vm == vm(world, "big"));
        CHECK(peer.reason.rule == Rule::r1_memory);
    }
    const Planned plan = planned(world);
    CHECK(plan.simulation.moves == 2);  // one small VM across, then big: 16 - 5 = 11
}

// Ganeti's shared-n1-failure, in units of 100 MB: hroller refuses, the wizard gets stuck at c,
// where 30 find no host with more than 11 free. Every host's content moves once, and when a is
// upgraded first its three find only old hosts, so these move twice: 10 + 3.
TEST_CASE("search: Ganeti's pool that lacks N+1 is upgraded with 13 moves", "[search]") {
    World world = draw(R"(
        a  v1  41G : a1 10G, a2 10G, a3 10G
        b  v1  41G : b1 10G, b2 10G, b3 10G
        c  v1  41G : c1 30G
        d  v1  41G : d1 10G, d2 10G, d3 10G
    )");
    const BaselinePlan peer = plan_baseline(world.pool, world.state, Baseline::wizard);
    REQUIRE(peer.stuck.has_value());
    CHECK(peer.stuck->host == host(world, "c"));
    const Planned plan = planned(world);
    CHECK(plan.simulation.moves == 13);
}

TEST_CASE("search: what cannot be is said with names", "[search]") {
    World full = draw(R"(
        a  v1  16G : db 12G
        b  v1  16G : web 12G
    )");
    // 24 GiB of VMs, and 16 when either host is out.
    const std::string crowded = reasons(full);
    CHECK(crowded.find("host a") != std::string::npos);
    CHECK(crowded.find("R1") != std::string::npos);

    const World pinned = draw(R"(
        a  v1  16G : db 2G pinned
        b  v1  16G :
    )");
    const std::string stays = reasons(pinned);
    CAPTURE(stays);
    CHECK(stays.find("db") != std::string::npos);
    CHECK(stays.find("R8") != std::string::npos);

    const World lost = draw(R"(
        a  v1  16G :
        b  v1  16G lost :
    )");
    CHECK(reasons(lost).find("host b") != std::string::npos);

    World blind = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G :
    )");
    blind.pool.hosts[host(blind, "b")].storages.clear();
    const std::string unseen = reasons(blind);
    CHECK(unseen.find("db") != std::string::npos);
    CHECK(unseen.find("R5") != std::string::npos);
}

// db1 and db2 must stay apart, and with either host out of use there is one host for both.
TEST_CASE("search: a no that no single rule gives is proven by looking everywhere", "[search]") {
    World world = draw(R"(
        a  v1  16G : db1 2G
        b  v1  16G : db2 2G
    )");
    planned(world);
    group(world, Group::Kind::apart, {"db1", "db2"});
    CHECK(reasons(world).find("NO_PLAN_EXISTS") != std::string::npos);
}

TEST_CASE("search: a coordinator that is done but still disabled is enabled first", "[search]") {
    const World world = draw(R"(
        a  v2  16G disabled :
        b  v1  16G : db 2G
    )");
    const Planned plan = planned(world);
    CHECK(plan.simulation.moves == 1);
    CHECK(plan.simulation.final_state.hosts[host(world, "a")].phase == HostPhase::enabled);
}

// One host may be out of use, and b is already: nothing can begin before it is enabled.
TEST_CASE("search: a host that is out of use is enabled where its place is needed", "[search]") {
    World world = draw(R"(
        a  v1  16G : db 2G
        b  v1  16G disabled :
    )");
    world.pool.policy.hosts_down_max = 1;
    const Planned plan = planned(world);
    CHECK(plan.simulation.moves == 2);
}

TEST_CASE("search: the same plan with 1, 2 and 5 threads", "[search][determinism]") {
    for (const std::uint64_t seed : {3u, 14u, 15u, 92u}) {
        Random random(seed);
        const World world = random_world(random, {4, 7, 24, true});
        PlanOptions options;
        options.effort = 60'000;
        options.seed = seed;
        const auto one = plan_upgrade(world.pool, world.state, options);
        const auto again = plan_upgrade(world.pool, world.state, options);
        for (const int threads : {2, 5}) {
            options.threads = threads;
            const auto other = plan_upgrade(world.pool, world.state, options);
            CAPTURE(seed, threads);
            REQUIRE(other.has_value() == one.has_value());
            REQUIRE(again.has_value() == one.has_value());
            if (!one) {
                CHECK(other.error().findings == one.error().findings);
                continue;
            }
            CHECK(other->plan == one->plan);
            CHECK(again->plan == one->plan);
            CHECK(other->simulation == one->simulation);
            CHECK(other->effort == one->effort);
        }
    }
}

TEST_CASE("search: the exhaustive search finds, proves, or gives up", "[search][exact]") {
    World world = draw(R"(
        a  v1  16G : db 10G
        b  v1  16G :
    )");
    world.state.backed_up = true;
    using Verdict = ExactAnswer::Verdict;
    const ExactAnswer found = search_exhaustively(world.pool, world.state, 1000);
    CHECK(found.verdict == Verdict::found);
    CHECK(found.nodes > 0);
    CHECK(search_exhaustively(world.pool, world.state, 1).verdict == Verdict::gave_up);
    world.pool.hosts[host(world, "b")].memory_after = 8_GiB;
    world.pool.hosts[host(world, "b")].memory = 8_GiB;
    CHECK(search_exhaustively(world.pool, world.state, 1000).verdict == Verdict::impossible);
}

}  // namespace
}  // namespace vacate
