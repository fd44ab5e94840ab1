// The problems of UCC 2015: our schedules beside the published ones and the proven optimum.
#include <catch2/catch.hpp>
#include <cstdio>

#include "sim/search/goal.hpp"
#include "sim/search/transfers.hpp"
#include "tests/oracle/plan_checker.hpp"
#include "tests/oracle/transfer_optimum.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/ucc15.hpp"

namespace vacate::oracle {
namespace {

constexpr std::int64_t nodes_max = 3'000'000;

double seconds(Duration time) { return static_cast<double>(time.count()) / 1e6; }

struct Row {
    Duration ours{}, optimum{}, bound{}, published{};
    bool proven = false;
};

Row solve(const TransferProblem& problem) {
    Row row;
    row.published = problem.published;
    const auto planned = plan_goal(problem.pool, problem.state, problem.goal);
    REQUIRE(planned);
    const Simulation& run = planned->simulation;
    CHECK(astray(run.final_state, problem.goal).empty());
    CHECK(wrong_in_some_timing(problem.pool, problem.state, planned->plan, 40, 1) == "");
    CHECK(wrong_in_timeline(problem.pool, problem.state, planned->plan, run) == "");
    row.ours = run.makespan;
    row.bound = planned->plan.promise.bound;
    const auto alone = transfers_alone(problem.pool, planned->plan.steps);
    Table<Vm, Duration> time(problem.pool.vms.size());
    for (const Id<Step> id : planned->plan.steps.ids()) {
        time[subject_of(planned->plan.steps[id]).vm] = alone[id].alone;
    }
    const Optimum best = shortest_schedule(problem.pool, problem.state, problem.goal, time,
                                           std::max(row.ours, row.published), nodes_max);
    row.optimum = best.makespan;
    row.proven = best.proven;
    return row;
}

TEST_CASE("UCC 2015: schedules to given destinations are near the proven optimum",
          "[oracle][goal][shared]") {
    Row sum;
    int count = 0;
    int optimal = 0;
    int proven = 0;
    std::printf("problem     ours  optimum    bound  published, in s\n");
    for (int number = 1; number <= 25; ++number) {
        const auto text = read_shared("instances/ucc15/random." + std::to_string(number) + ".json");
        if (!text) return;
        const Row row = solve(read_ucc15(*text));
        std::printf("%7d %8.1f %8.1f%s %8.1f %8.1f\n", number, seconds(row.ours),
                    seconds(row.optimum), row.proven ? " " : "?", seconds(row.bound),
                    seconds(row.published));
        INFO("problem " << number);
        CHECK(row.ours >= row.bound);
        CHECK(row.ours <= row.published + std::chrono::milliseconds(1));
        sum.ours += row.ours;
        sum.optimum += row.optimum;
        sum.published += row.published;
        ++count;
        optimal += row.ours <= row.optimum + std::chrono::milliseconds(1) ? 1 : 0;
        proven += row.proven ? 1 : 0;
    }
    const double above = seconds(sum.ours) / seconds(sum.optimum) - 1;
    std::printf(
        "mean: ours %.1f, optimum %.1f (%d of %d proven), published %.1f s; "
        "%.2f %% above the optimum, which %d of %d are\n",
        seconds(sum.ours) / count, seconds(sum.optimum) / count, proven, count,
        seconds(sum.published) / count, above * 100, optimal, count);
    CHECK(above <= 0.01);
    CHECK(proven == count);
}

}  // namespace
}  // namespace vacate::oracle
