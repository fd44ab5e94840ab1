// Placements by name, jobs on some hosts, and small ways to a goal that can be thought through.
#include <catch2/catch.hpp>

#include "model/codec/placement_text.hpp"
#include "model/job.hpp"
#include "sim/search/goal.hpp"
#include "sim/search/planner.hpp"
#include "tests/support/world.hpp"

namespace vacate {
namespace {

TEST_CASE("a placement names hosts for VMs, and every slip is told", "[placement]") {
    const World world = draw("a v1 16G : x 4G, y 4G\nb v1 16G :\n");
    const auto goal = read_placement(R"({"format": "vacate-placement-1", "vms": {"x": "b"}})", "g",
                                     world.pool, world.state);
    REQUIRE(goal);
    CHECK((*goal)[vm(world, "x")] == host(world, "b"));
    CHECK((*goal)[vm(world, "y")].is_none());
    const auto wrong =
        read_placement(R"({"format": "vacate-placement-1", "vms": {"z": "b", "x": "c", "y": 3}})",
                       "g", world.pool, world.state);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().items.size() == 3);
    CHECK_FALSE(read_placement("{\"vms\": {}}", "g", world.pool, world.state));
}

TEST_CASE("two VMs that fill their hosts change places through a third", "[goal]") {
    const World world = draw("a v1 8G : x 8G\nb v1 8G : y 8G\nc v1 8G :\n");
    Placement goal(2, Id<Host>::none());
    goal[vm(world, "x")] = host(world, "b");
    goal[vm(world, "y")] = host(world, "a");
    const auto planned = plan_goal(world.pool, world.state, goal);
    REQUIRE(planned);
    CHECK(planned->simulation.moves == 3);  // one of them by c
    CHECK(astray(planned->simulation.final_state, goal).empty());
}

TEST_CASE("without a third host they cannot, and that is proven", "[goal]") {
    const World world = draw("a v1 8G : x 8G\nb v1 8G : y 8G\n");
    Placement goal(2, Id<Host>::none());
    goal[vm(world, "x")] = host(world, "b");
    goal[vm(world, "y")] = host(world, "a");
    const auto planned = plan_goal(world.pool, world.state, goal);
    REQUIRE_FALSE(planned);
    CHECK(planned.error().proven);
    CHECK(planned.error().findings.front().code == "NO_WAY_EXISTS");
}

TEST_CASE("a goal that overfills a host is refused with the sum", "[goal]") {
    const World world = draw("a v1 8G : x 5G\nb v1 8G : y 5G\nc v1 8G :\n");
    Placement goal(2, Id<Host>::none());
    goal[vm(world, "x")] = host(world, "b");
    const auto planned = plan_goal(world.pool, world.state, goal);
    REQUIRE_FALSE(planned);
    CHECK(planned.error().proven);
    CHECK(planned.error().findings.front().subject == "host b");
}

TEST_CASE("members are not upgraded before the coordinator", "[job]") {
    const World world = draw("a v1 8G :\nb v1 8G :\nc v1 8G :\n");
    const Job job{HostAction::upgrade, {host(world, "b")}};
    const Findings no = job_blockers(world.pool, world.state, job);
    REQUIRE(no.size() == 1);
    CHECK(no.front().code == "COORDINATOR_FIRST");
    CHECK(job_blockers(world.pool, world.state, {HostAction::reboot, {host(world, "b")}}).empty());
}

TEST_CASE("a host that is to be rebooted waits for it, the others are done", "[job]") {
    World world = draw("a v1 8G :\nb v1 8G after=7G : x 2G\nc v2 8G :\n");
    narrow({HostAction::reboot, {host(world, "b")}}, world.pool, world.state);
    CHECK(world.state.hosts_upgraded == 2);
    CHECK_FALSE(world.state.hosts[host(world, "b")].upgraded);
    CHECK_FALSE(needs_upgrade(world.pool.hosts[host(world, "b")]));
    CHECK(world.pool.hosts[host(world, "b")].memory_after == 8_GiB);  // it stays as it is
    CHECK(kind_name(world.pool, Upgrade{host(world, "b")}) == "reboot");
}

TEST_CASE("of some hosts only those VMs lose their CD that move", "[job]") {
    const bool promises = GENERATE(false, true);  // a CD in the drive may bar a VM from its refuge
    World world = draw("a v1 16G : x 2G cd protect, y 2G\nb v1 16G : z 2G cd, w 2G\nc v1 16G :\n");
    world.pool.policy.spare_hosts = promises ? 1 : 0;
    narrow({HostAction::reboot, {host(world, "b")}}, world.pool, world.state);
    const auto planned = plan_upgrade(world.pool, world.state, {});
    REQUIRE(planned);
    std::vector<Id<Vm>> ejected;
    std::vector<Id<Vm>> inserted;
    for (const Step& step : planned->plan.steps) {
        if (const auto* out = std::get_if<EjectCd>(&step)) ejected.push_back(out->vm);
        if (const auto* in = std::get_if<InsertCd>(&step)) inserted.push_back(in->vm);
    }
    std::vector<Id<Vm>> expected{vm(world, "z")};
    if (promises) expected.insert(expected.begin(), vm(world, "x"));
    CHECK(ejected == expected);
    CHECK(inserted == expected);
}

}  // namespace
}  // namespace vacate
