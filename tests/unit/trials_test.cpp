// Many runs of tiny plans, whose figures are known beforehand.
#include "sim/kernel/trials.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/kernel/draw.hpp"
#include "sim/kernel/simulate.hpp"
#include "tests/support/acts.hpp"
#include "tests/support/world.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;
using Kind = Distribution::Kind;

constexpr std::int64_t minute = 60'000'000;

TEST_CASE("a percentile is the nearest rank", "[trials]") {
    const std::vector<Duration> five{5s, 1s, 4s, 2s, 3s};
    CHECK(percentile(five, 1) == 1s);
    CHECK(percentile(five, 20) == 1s);
    CHECK(percentile(five, 21) == 2s);
    CHECK(percentile(five, 50) == 3s);  // 2.5 is the third
    CHECK(percentile(five, 80) == 4s);
    CHECK(percentile(five, 81) == 5s);
    CHECK(percentile(five, 100) == 5s);
    CHECK(percentile({7s}, 1) == 7s);
    CHECK_FALSE(percentile({}, 50).has_value());
}

/// Two empty hosts, one upgraded after the other: disabled in 1 min, enabled in 1 min.
struct Line {
    World world;
    Plan plan;
};
Line two_in_a_row() {
    Line line{draw(R"(
        a  v1  16G :
        b  v1  16G :
    )"),
              {}};
    line.world.state.backed_up = true;
    line.world.pool.timing.host_step = 1min;
    line.plan.steps = Table<Step>(std::vector<Step>{
        disable(line.world, "a"), upgrade(line.world, "a"), enable(line.world, "a"),
        disable(line.world, "b"), upgrade(line.world, "b"), enable(line.world, "b")});
    line.plan.after = Table<Step, std::vector<Id<Step>>>(6);
    for (std::uint32_t i = 1; i < 6; ++i) line.plan.after[Id<Step>{i}] = {Id<Step>{i - 1}};
    return line;
}

Trials trials_of(const Line& line, const Chance& chance, std::int64_t runs, int threads = 1) {
    TrialOptions options;
    options.runs = runs;
    options.threads = threads;
    return run_trials(line.world.pool, line.world.state, line.plan, chance, options);
}

// Each upgrade lasts 10 or 20 min, the four steps beside 4 min: 24, 34 or 44 min with a quarter,
// a half and a quarter of the chance.
TEST_CASE("two equally likely times give three makespans", "[trials]") {
    const Line line = two_in_a_row();
    Chance chance;
    chance.hosts.upgrade_time = Distribution{Kind::recorded, {10 * minute, 20 * minute}};
    const Trials trials = trials_of(line, chance, 2'000);
    REQUIRE(trials.runs.size() == 2'000);
    const auto makespans = figures_of(trials, &TrialRun::makespan);
    const auto count = [&](Duration time) {
        return std::count(makespans.begin(), makespans.end(), time);
    };
    CHECK(count(24min) + count(34min) + count(44min) == 2'000);
    CHECK(std::abs(count(24min) - 500) < 97);  // five deviations of sqrt(2000 * 3 / 16)
    CHECK(std::abs(count(34min) - 1000) < 112);
    CHECK(percentile(makespans, 10) == 24min);
    CHECK(percentile(makespans, 50) == 34min);
    CHECK(percentile(makespans, 90) == 44min);
    CHECK(finished_within(trials, 43min) == count(24min) + count(34min));
    CHECK(finished(trials) == 2'000);
    // The mixed window: from the end of a's upgrade to the end of b's, 2 min and b's upgrade.
    const auto mixed = figures_of(trials, &TrialRun::mixed_window);
    CHECK(percentile(mixed, 10) == 12min);
    CHECK(percentile(mixed, 90) == 22min);
    REQUIRE(trials.hosts.size() == 2);
    CHECK(trials.hosts[0].ends_last == 0);
    CHECK(trials.hosts[1].ends_last == 2'000);
    // From b's disabling: 2 min and its upgrade. Half of the runs take 12, the others 22 min.
    CHECK(percentile(trials.hosts[1].to_end, 95) == 22min);
    CHECK(last_moment(trials.hosts[1], 1h, 95) == 38min);
    CHECK(last_moment(trials.hosts[0], 1h, 95) == 16min);
    CHECK_FALSE(last_moment(trials.hosts[0], 43min, 95).has_value());
    CHECK(last_moment(trials.hosts[0], 44min, 95) == 0min);
}

// The last moment found by trying: with every start, how many runs end in time?
TEST_CASE("the last moment is the last one from which enough runs end in time", "[trials]") {
    const Line line = two_in_a_row();
    Chance chance;
    chance.hosts.upgrade_time =
        Distribution{Kind::recorded, {8 * minute, 9 * minute, 12 * minute, 31 * minute}};
    chance.hosts.late_chance = 100'000;
    chance.hosts.late_by = Distribution{Kind::fixed, {25 * minute}};
    HostChance frail;
    frail.lost_chance = 30'000;
    chance.of_host = {{host(line.world, "b"), frail}};
    const Trials trials = trials_of(line, chance, 500);
    CHECK(finished(trials) < 500);
    CHECK(finished(trials) > 450);
    for (const Duration window : {1h, 2h, 3h}) {
        for (const int confidence : {50, 80, 90, 95, 99}) {
            for (const HostTrials& one : trials.hosts) {
                std::optional<Duration> latest;
                for (Duration start{}; start <= window; start += 1min) {
                    const auto in_time =
                        std::count_if(one.to_end.begin(), one.to_end.end(), [&](Duration to_end) {
                            return to_end != never && start + to_end <= window;
                        });
                    if (in_time * 100 >= confidence * 500) latest = start;
                }
                CAPTURE(window.count(), confidence, one.host.index);
                CHECK(last_moment(one, window, confidence) == latest);
            }
        }
    }
}

TEST_CASE("a host that is lost, and a migration that is given up, end a run", "[trials]") {
    const Line line = two_in_a_row();
    Chance chance;
    HostChance frail;
    frail.lost_chance = 200'000;
    chance.of_host = {{host(line.world, "b"), frail}};
    const Trials trials = trials_of(line, chance, 1'000);
    std::int64_t lost = 0;
    for (std::uint64_t run = 0; run < 1'000; ++run) {
        const Future future = draw_future(line.world.pool, chance, 1, run);
        const bool is_lost = future.lost[host(line.world, "b")] != 0;
        const TrialRun& one = trials.runs[run];
        REQUIRE(one.end == (is_lost ? RunEnd::lost_host : RunEnd::finished));
        REQUIRE(one.step == (is_lost ? Id<Step>{4} : Id<Step>{5}));
        REQUIRE((trials.hosts[0].to_end[run] == never) == is_lost);
        if (is_lost) ++lost;
    }
    CHECK(std::abs(lost - 200) < 64);  // five deviations of 12.6
    CHECK(finished(trials) == 1'000 - lost);
    CHECK_FALSE(last_moment(trials.hosts[1], 100h, 95).has_value());
    CHECK(last_moment(trials.hosts[1], 1h, 70) == 43min);  // 1 + 15 + 1 min

    Line moving{draw(R"(
        a  v1  16G : db 4G
        b  v1  16G :
    )"),
                {}};
    moving.plan.steps = Table<Step>(std::vector<Step>{migrate(moving.world, "db", "b")});
    moving.plan.after = Table<Step, std::vector<Id<Step>>>(1);
    Chance never_well;
    never_well.vms.failure_chance = sure;
    const Trials none = trials_of(moving, never_well, 3);
    for (const TrialRun& run : none.runs) {
        CHECK(run.end == RunEnd::gave_up);
        CHECK(run.step == Id<Step>{0});
        CHECK(run.makespan == 0s);
    }
}

TEST_CASE("runs are the same whatever the threads, and however many there are",
          "[trials][determinism]") {
    World world = draw(R"(
        a  v1  64G : vm1 4G, vm2 4G, vm3 4G
        b  v1  64G : vm4 4G
        c  v1  64G :
    )");
    Chance chance;
    chance.hosts.upgrade_factor = Distribution{Kind::lognormal, {1000, 2000}};
    chance.vms.dirty_factor = Distribution{Kind::lognormal, {1000, 4000}};
    chance.vms.failure_chance = 300'000;
    Line line{world, {}};
    line.plan.steps =
        Table<Step>(std::vector<Step>{migrate(world, "vm1", "b"), migrate(world, "vm2", "c"),
                                      migrate(world, "vm3", "c"), migrate(world, "vm4", "c")});
    line.plan.after = Table<Step, std::vector<Id<Step>>>(4);
    const Trials one = trials_of(line, chance, 300);
    CHECK(trials_of(line, chance, 300, 2) == one);
    CHECK(trials_of(line, chance, 300, 4) == one);
    const Trials fewer = trials_of(line, chance, 100, 3);
    CHECK(std::equal(fewer.runs.begin(), fewer.runs.end(), one.runs.begin()));
    const auto makespans = figures_of(one, &TrialRun::makespan);
    CHECK(*std::min_element(makespans.begin(), makespans.end()) <
          *std::max_element(makespans.begin(), makespans.end()));
}

}  // namespace
}  // namespace vacate
