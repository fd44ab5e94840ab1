// What a run was, as it is drawn: a pool of two hosts and one VM, worked out by hand.
#include <catch2/catch.hpp>

#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/runbook.hpp"
#include "tests/support/reported.hpp"

namespace vacate {
namespace {

World two_hosts() {
    World world = draw("a v1 16G after=14G : db 10G\n b v1 16G :");
    world.pool.timing = plain_timing();
    return world;
}

// 10 GiB at 10 Gbps: 10 * 2^30 * 8 bits / 10^10 bits a second.
constexpr Duration one_copy{8'589'935};

// Times of moves round up by microseconds.
bool is_about(Duration a, Duration b) { return std::chrono::abs(a - b) < Duration{20}; }

}  // namespace

TEST_CASE("a moving VM holds memory on both hosts until it has arrived", "[report]") {
    const Reported reported(two_hosts());
    const Course& course = reported.report().course;
    REQUIRE(course.moves.size() == 2);  // to b, and back before b is upgraded
    const MoveBar& there = course.moves[0];
    const Since begins = there.when.begins;
    const Since ends = there.when.ends;
    CHECK(is_about(ends - begins, one_copy));
    const auto& a = lane_of(course, host(reported.world(), "a")).memory;
    const auto& b = lane_of(course, host(reported.world(), "b")).memory;
    CHECK(point_at(a, begins).committed == 10_GiB);
    CHECK(point_at(b, begins).committed == 10_GiB);
    CHECK(point_at(b, begins - Duration{1}).committed == 0_GiB);
    CHECK(point_at(a, ends - Duration{1}).committed == 10_GiB);
    CHECK(point_at(a, ends).committed == 0_GiB);
    CHECK(point_at(b, ends).committed == 10_GiB);
    // The new dom0 takes 2 GiB of a.
    CHECK(point_at(a, ends).capacity == 16_GiB);
    CHECK(a.back().capacity == 14_GiB);
    CHECK(a.back().committed == 10_GiB);
}

TEST_CASE("the tightest moment is the arrival that leaves the least", "[report]") {
    const Reported reported(two_hosts());
    const Course& course = reported.report().course;
    const HostLane* tightest = tightest_lane(course);
    REQUIRE(tightest != nullptr);
    // b has 16 - 10 GiB left, a 14 - 10 GiB when db comes back to it.
    CHECK(tightest->host == host(reported.world(), "a"));
    CHECK(tightest->least.free == 4_GiB);
    CHECK(tightest->least.at == course.moves[1].when.begins);
    CHECK(tightest->least.free == reported.run().tightest.free);
    CHECK(least_text(reported.report(), *tightest) == "4 GiB left while db (10 GiB) arrives");
}

TEST_CASE("a link carries what moves over it, on either side", "[report]") {
    const Reported reported(two_hosts());
    const Course& course = reported.report().course;
    const MoveBar& there = course.moves[0];
    const auto& a = lane_of(course, host(reported.world(), "a"));
    const auto& b = lane_of(course, host(reported.world(), "b"));
    CHECK(point_at(a.link, there.when.begins).sends == there.rate);
    CHECK(point_at(b.link, there.when.begins).receives == there.rate);
    CHECK(point_at(a.link, there.when.ends).sends.count == 0);
    CHECK(there.rate.count == Approx(1.25e9).epsilon(0.001));
    CHECK(is_about(a.busy, 2 * one_copy));
}

TEST_CASE("phases are those of the run, and time counts from the first step on a host",
          "[report]") {
    const Reported reported(two_hosts());
    const Course& course = reported.report().course;
    const Simulation& run = reported.run();
    CHECK(course.lanes.front().host == reported.world().pool.coordinator);
    CHECK(course.ends == run.makespan);
    REQUIRE(course.mixed);
    CHECK(course.mixed->ends - course.mixed->begins == run.mixed_window);
    REQUIRE(course.blackout);
    CHECK(course.blackout->ends - course.blackout->begins == std::chrono::minutes(15));
    CHECK(course.lanes.front().disabled == Since{});
    CHECK(course.lanes.front().down == course.blackout);
    CHECK(course.moves[1].nth == 2);
}

TEST_CASE("bars of one lane that overlap lie in rows of their own", "[report]") {
    World world = draw("a v1 32G : d1 4G, d2 4G, d3 4G, d4 4G\n b v1 32G :");
    const Reported reported(std::move(world));
    const Course& course = reported.report().course;
    for (const MoveBar& one : course.moves) {
        for (const MoveBar& other : course.moves) {
            const bool both = one.step != other.step && one.from == other.from &&
                              one.when.begins < other.when.ends &&
                              other.when.begins < one.when.ends;
            if (both) CHECK(one.row_out != other.row_out);
        }
    }
    CHECK(course.rows == world.pool.policy.migrations_per_host_max);
}

TEST_CASE("every step of the plan stands in the runbook once, in an order that can be followed",
          "[report][runbook]") {
    const Reported reported(two_hosts(), ReportClock{22 * 60});
    const auto parts = runbook_of(reported.report());
    REQUIRE(parts.size() >= 3);
    CHECK(parts[0].title == "Prepare");
    CHECK(parts[1].title == "1. a (coordinator)");
    CHECK(parts[2].title == "2. b");
    std::string commands;
    for (const RunbookPart& part : parts) {
        for (const RunbookItem& item : part.items) commands += item.command + "\n";
    }
    std::size_t at = 0;
    for (const char* command :
         {"xe pool-dump-database", "xe host-disable host=a", "xe vm-migrate vm=db host=b live=true",
          "xe host-reboot host=a", "xe host-enable host=a", "xe vm-migrate vm=db host=a live=true",
          "xe host-reboot host=b", "xe host-enable host=b"}) {
        INFO(command);
        const std::size_t found = commands.find(command, at);
        REQUIRE(found != std::string::npos);
        CHECK(commands.find(command, found + 1) == std::string::npos);
        at = found;
    }
    // b may not be emptied before a takes VMs again.
    bool waits = false;
    for (const RunbookItem& item : parts[2].items) {
        waits = waits || item.sentence.find("a is enabled again") != std::string::npos ||
                item.command.find("a is enabled again") != std::string::npos;
    }
    CHECK(waits);
}

TEST_CASE("the chain that decides the end fills the makespan", "[report]") {
    const Reported reported(two_hosts());
    const auto stretches = stretches_of(reported.report());
    REQUIRE(!stretches.empty());
    Duration sum{};
    for (const ChainStretch& one : stretches) sum += one.when.ends - one.when.begins;
    CHECK(sum == reported.report().course.ends);
    CHECK(stretches.front().because.empty());
}

TEST_CASE("findings are told by how much they matter", "[report]") {
    const Reported reported(two_hosts());
    const Findings sorted = sorted_findings(reported.report().answer.findings);
    CHECK(sorted.front().code == "ACTED_ON");
    CHECK(sorted.back().code == "KNOWN");
}

}  // namespace vacate
