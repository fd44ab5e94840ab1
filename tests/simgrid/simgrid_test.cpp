// The kernel against SimGrid: the same transfers and migrations, how long they take and pause.
#include <catch2/catch.hpp>

#include <cmath>
#include <string>

#include "model/random.hpp"
#include "sim/kernel/simulate.hpp"
#include "tests/simgrid/peer.hpp"

namespace vacate {
namespace {

constexpr int flow_cases = 1200;
constexpr int move_cases = 200;

double drawn(Random& random, std::int64_t low, std::int64_t high) {
    return static_cast<double>(random.between(low, high));
}

// Rates are drawn so that caps, the way out and the way in all come to limit somebody.
FlowCase draw_flows(Random& random) {
    FlowCase one;
    const auto hosts = static_cast<std::uint32_t>(random.between(2, 12));
    const bool alike = random.chance(1, 3);
    for (std::uint32_t i = 0; i < hosts; ++i) {
        const double rate = alike ? 1.25e9 : drawn(random, 50'000'000, 3'000'000'000);
        one.hosts.push_back({rate, random.chance(7, 8)});
    }
    const std::int64_t jobs = random.between(1, 40);
    for (std::int64_t i = 0; i < jobs; ++i) {
        FlowJob job;
        job.from = static_cast<std::uint32_t>(random.below(hosts));
        job.to = static_cast<std::uint32_t>((job.from + 1 + random.below(hosts - 1)) % hosts);
        job.bytes = drawn(random, 1'000'000, 34'359'738'368);
        job.cap = random.chance(1, 2) ? 5e8 : drawn(random, 10'000'000, 2'000'000'000);
        if (random.chance(3, 4)) job.start = Instant{std::chrono::seconds(random.below(60))};
        one.jobs.push_back(job);
    }
    return one;
}

// A guest writes less than its stream is sure to get, so that pre-copy converges.
MoveCase draw_moves(Random& random) {
    MoveCase one;
    const bool alone = random.chance(1, 2);
    const auto hosts = static_cast<std::uint32_t>(alone ? 2 : random.between(2, 6));
    const std::int64_t movers = alone ? 1 : random.between(2, 12);
    const double rate = drawn(random, 100'000'000, 1'250'000'000);
    for (std::uint32_t i = 0; i < hosts; ++i) one.hosts.push_back({rate, true});
    one.cap = random.chance(1, 2) ? 5e8 : drawn(random, 100'000'000, 1'250'000'000);
    const double sure = std::min(one.cap, rate / static_cast<double>(movers));
    for (std::int64_t i = 0; i < movers; ++i) {
        Mover mover;
        mover.from = static_cast<std::uint32_t>(random.below(hosts));
        mover.to = static_cast<std::uint32_t>((mover.from + 1 + random.below(hosts - 1)) % hosts);
        mover.ram = drawn(random, 1, 32) * 1073741824.0;
        mover.dirty_rate = std::floor(sure * drawn(random, 1, alone ? 60 : 33) / 100);
        mover.working_set = std::floor(mover.ram * drawn(random, 1, 30) / 100);
        one.movers.push_back(mover);
    }
    return one;
}

struct Cases {
    std::vector<FlowCase> flows;
    std::vector<MoveCase> moves;
    PeerAnswers answers;
};

const Cases& cases() {
    static const Cases all = [] {
        Cases drawn_cases;
        Random random(20260101);
        for (int i = 0; i < flow_cases; ++i) drawn_cases.flows.push_back(draw_flows(random));
        for (int i = 0; i < move_cases; ++i) drawn_cases.moves.push_back(draw_moves(random));
        drawn_cases.answers = ask_simgrid(drawn_cases.flows, drawn_cases.moves);
        return drawn_cases;
    }();
    return all;
}

double seconds(Duration time) { return static_cast<double>(time.count()) / 1e6; }

}  // namespace

// Ours ends at whole microseconds, rounded up, event by event; nothing else may differ.
TEST_CASE("transfers over a star end when they do in SimGrid", "[simgrid]") {
    const Cases& all = cases();
    for (std::size_t i = 0; i < all.flows.size(); ++i) {
        const FlowCase& one = all.flows[i];
        const FlowRun run = run_flows(one.hosts, one.jobs);
        for (std::size_t k = 0; k < one.jobs.size(); ++k) {
            const double start = seconds(one.jobs[k].start - Instant{});
            const double ours = seconds(run.ended[k] - Instant{}) - start;
            const double theirs = all.answers.ended_s[i][k] - start;
            INFO("case " << i << ", job " << k << ": " << ours << " s, SimGrid " << theirs);
            REQUIRE(std::fabs(ours - theirs) <= 1e-5 * theirs + 1e-5);
        }
    }
}

// The plugin stops the guest once what a whole round leaves takes 30 ms. It has no other limit and
// none of rounds, so nobody here writes as fast as it is sent: it would run on for ever.

// One VM with the link to itself: the fewest rounds that leave what takes 30 ms, in Xen's way of
// whole rounds. Its other rule, fewer than 50 pages, is met later: 2 ms at the slowest rate here.
TEST_CASE("a lone migration takes and pauses as long as with SimGrid's plugin", "[simgrid]") {
    const Cases& all = cases();
    for (std::size_t i = 0; i < all.moves.size(); ++i) {
        const MoveCase& one = all.moves[i];
        if (one.movers.size() != 1) continue;
        Evacuation ours = evacuation_of(one.hosts, one.movers, one.cap);
        ours.pool.timing.stop_rule = StopRule::xen;
        StepTimes times;
        do {
            ours.pool.timing.rounds_max = times.rounds + 1;
            const auto run = simulate(ours.pool, ours.state, ours.plan);
            REQUIRE(run.has_value());
            times = run->times[Id<Step>{0}];
        } while (times.pause > std::chrono::milliseconds(30));
        const Move& theirs = all.answers.moves[i][0];
        const double total = seconds(times.end - times.start);
        INFO("case " << i << ": " << total << " s, pause " << seconds(times.pause) << " s; SimGrid "
                     << theirs.total_s << ", " << theirs.pause_s);
        REQUIRE(std::fabs(total - theirs.total_s) <= 1e-4 * theirs.total_s);
        REQUIRE(std::fabs(seconds(times.pause) - theirs.pause_s) <= 1e-4);
    }
}

// Many at once, with QEMU's rule and 30 ms. Two differences are on purpose: QEMU looks twice within
// its limit, so that up to 30 ms of a round may be left unsent where the plugin ends it; and ours
// compares with the rate of the moment, the plugin with that of the last round. Either way both
// pauses are below 30 ms, and what is sent in between takes no longer than a look or two.
TEST_CASE("migrations take and pause as long as with SimGrid's plugin", "[simgrid]") {
    const Cases& all = cases();
    for (std::size_t i = 0; i < all.moves.size(); ++i) {
        const MoveCase& one = all.moves[i];
        const Evacuation ours = evacuation_of(one.hosts, one.movers, one.cap);
        const auto run = simulate(ours.pool, ours.state, ours.plan);
        REQUIRE(run.has_value());
        for (std::uint32_t k = 0; k < one.movers.size(); ++k) {
            const StepTimes& times = run->times[Id<Step>{k}];
            const Move& theirs = all.answers.moves[i][k];
            const double total = seconds(times.end - times.start);
            const double pause = seconds(times.pause);
            INFO("case " << i << ", VM " << k << ": " << total << " s, pause " << pause
                         << " s; SimGrid " << theirs.total_s << ", " << theirs.pause_s);
            CHECK(std::fabs(total - theirs.total_s) <= 1e-4 * theirs.total_s + 0.1);
            CHECK(std::max(pause, theirs.pause_s) <= 0.030001);
        }
    }
}

}  // namespace vacate
