// The kernel: flows, migrations round by round, whole upgrades, and the memory they take.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "model/plan.hpp"
#include "sim/kernel/simulate.hpp"
#include "sim/kernel/trials.hpp"
#include "sim/search/planner.hpp"
#include "tests/bench/allocations.hpp"
#include "tests/bench/workload.hpp"
#include "tests/support/evacuation.hpp"
#include "tests/support/flow_run.hpp"
#include "tools/generator/generate.hpp"

namespace vacate::bench {
namespace {

double peak_mebibytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

[[noreturn]] void give_up(const char* why) {
    std::fprintf(stderr, "bench: %s\n", why);
    std::exit(3);
}

// ---- flows: hosts, jobs, window; with no cap where the last is 0

void flows(benchmark::State& state) {
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    const double cap = state.range(3) != 0 ? stream_cap : nic_rate;
    std::vector<FlowJob> jobs;
    for (const Job& job : jobs_of(hosts, static_cast<std::uint32_t>(state.range(1)))) {
        jobs.push_back({job.from, job.to, job.bytes, cap, Instant{}});
    }
    const std::vector<StarHost> star(hosts, StarHost{nic_rate, true});
    FlowRun run;
    for (auto _ : state) run = run_flows(star, jobs, static_cast<std::size_t>(state.range(2)));
    Instant last{};
    for (const Instant ended : run.ended) last = std::max(last, ended);
    const auto events = static_cast<double>(run.events);
    state.counters["events"] = events;
    state.counters["changes_per_event"] = static_cast<double>(run.rate_changes) / events;
    state.counters["makespan_s"] = static_cast<double>(last.time_since_epoch().count()) / 1e6;
}

// ---- migrations: as many lanes per source as the window is wide, each one VM after the other

// With lanes the throttles stand open; without, they alone hold the migrations back.
Evacuation evacuation_with(std::uint32_t hosts, std::uint32_t vms, std::uint32_t window,
                           bool lanes) {
    std::vector<Mover> movers;
    for (const Job& job : jobs_of(hosts, vms)) {
        movers.push_back({job.from, job.to, job.bytes, dirty_rate, job.bytes * working_set_share});
    }
    const std::vector<StarHost> star(hosts, StarHost{nic_rate, true});
    Evacuation result = evacuation_of(star, movers, stream_cap);
    if (!lanes) {
        result.pool.policy.migrations_per_host_max = window;
        result.pool.policy.migrations_per_pair_max = window;
        return result;
    }
    for (std::uint32_t i = window * hosts; i < vms; ++i) {
        result.plan.after[Id<Step>{i}].push_back(Id<Step>{i - window * hosts});
    }
    return result;
}

void migrations(benchmark::State& state) {
    const bool lanes = state.range(3) != 0;
    const Evacuation one = evacuation_with(static_cast<std::uint32_t>(state.range(0)),
                                           static_cast<std::uint32_t>(state.range(1)),
                                           static_cast<std::uint32_t>(state.range(2)), lanes);
    double rounds = 0;
    double makespan = 0;
    for (auto _ : state) {
        const auto run = simulate(one.pool, one.state, one.plan, {.timeline = false});
        if (!run) give_up("an evacuation came to a stop");
        makespan = static_cast<double>(run->makespan.count()) / 1e6;
        rounds = 0;
        for (const StepTimes& times : run->times) rounds += times.rounds + 1;
    }
    state.counters["rounds"] = rounds;
    state.counters["makespan_s"] = makespan;
    state.counters["peak_mebibytes"] = peak_mebibytes();
}

// ---- whole upgrades: a generated pool with 20 VMs per host, planned once

const Evacuation& upgrade_of(std::int64_t hosts) {
    static std::map<std::int64_t, Evacuation> known;
    const auto found = known.find(hosts);
    if (found != known.end()) return found->second;
    GeneratorOptions options;
    options.hosts = hosts;
    options.vms = 20 * hosts;
    Scenario scenario = generate(options);
    PlanOptions few;
    few.effort = 1;
    auto planned = plan_upgrade(scenario.pool, scenario.state, few);
    if (!planned) give_up("a generated pool has no plan");
    Evacuation one{std::move(scenario.pool), std::move(scenario.state), std::move(planned->plan)};
    return known.emplace(hosts, std::move(one)).first->second;
}

void upgrades(benchmark::State& state) {
    const Evacuation& one = upgrade_of(state.range(0));
    for (auto _ : state) {
        const auto run = simulate(one.pool, one.state, one.plan, {.timeline = false});
        if (!run) give_up("a plan of ours came to a stop");
        benchmark::DoNotOptimize(run->makespan);
    }
    state.counters["steps"] = static_cast<double>(one.plan.steps.size());
    state.counters["peak_mebibytes"] = peak_mebibytes();
}

// ---- the same again and again, with luck: late hosts, failing migrations, faults of links

constexpr std::int64_t trial_runs = 200;

Chance usual_chance() {
    using Kind = Distribution::Kind;
    constexpr std::int64_t minute = 60'000'000;
    Chance chance;
    chance.hosts.upgrade_factor = Distribution{Kind::lognormal, {1000, 1600}};
    chance.hosts.late_chance = 50'000;
    chance.hosts.late_by = Distribution{Kind::uniform, {5 * minute, 30 * minute}};
    chance.vms.stream_factor = Distribution{Kind::lognormal, {1000, 1037}};
    chance.vms.dirty_factor = Distribution{Kind::lognormal, {1000, 3000}};
    chance.vms.failure_chance = 20'000;
    LinkFault fault;
    fault.chance = 100'000;
    fault.at = Distribution{Kind::uniform, {0, 120 * minute}};
    fault.share = Distribution{Kind::fixed, {500}};
    fault.lasts = Distribution{Kind::fixed, {20 * minute}};
    chance.links.push_back(fault);
    return chance;
}

void trials(benchmark::State& state) {
    const Evacuation& one = upgrade_of(state.range(0));
    const Chance chance = usual_chance();
    TrialOptions options;
    options.runs = trial_runs;
    options.threads = static_cast<int>(state.range(1));
    for (auto _ : state) {
        const Trials all = run_trials(one.pool, one.state, one.plan, chance, options);
        if (finished(all) == 0) give_up("no run of a plan of ours finished");
    }
    state.counters["runs"] = static_cast<double>(trial_runs);
}

// ---- forks: a simulation that is half way, copied

void forks(benchmark::State& state) {
    const Evacuation& one = upgrade_of(state.range(0));
    SimulationOptions options;
    options.timeline = false;
    Simulator half_way(one.pool, one.state, one.plan, options);
    const auto whole = simulate(one.pool, one.state, one.plan, options);
    if (!whole) give_up("a plan of ours came to a stop");
    while (half_way.now().time_since_epoch() < whole->makespan / 2) half_way.advance();
    const std::uint64_t before = bytes_allocated();
    for (auto _ : state) {
        Simulator fork = half_way;
        benchmark::DoNotOptimize(fork.now());
    }
    state.counters["kibibytes"] = static_cast<double>(bytes_allocated() - before) / 1024 /
                                  static_cast<double>(state.iterations());
}

constexpr auto ms = benchmark::kMillisecond;

BENCHMARK(flows)
    ->Args({64, 2'000, 1, 1})
    ->Args({64, 2'000, 4, 1})
    ->Args({64, 2'000, 10, 1})
    ->Args({64, 2'000, 4, 0})
    ->Args({16, 320, 4, 1})
    ->Args({1'000, 20'000, 1, 1})
    ->Args({1'000, 20'000, 4, 1})
    ->Args({1'000, 20'000, 10, 1})
    ->Args({1'000, 20'000, 1, 0})
    ->Args({1'000, 20'000, 4, 0})
    ->Args({1'000, 20'000, 10, 0})
    ->Args({10'000, 200'000, 4, 1})
    ->Unit(ms)
    ->MinTime(0.05)
    ->Repetitions(5);
BENCHMARK(migrations)
    ->Args({64, 2'000, 1, 1})
    ->Args({64, 2'000, 4, 1})
    ->Args({1'000, 20'000, 4, 1})
    ->Args({1'000, 20'000, 4, 0})
    ->Unit(ms)
    ->MinTime(0.05)
    ->Repetitions(5);
BENCHMARK(trials)
    ->Args({16, 1})
    ->Args({64, 1})
    ->Args({64, 2})
    ->Unit(ms)
    ->UseRealTime()
    ->MinTime(0.05)
    ->Repetitions(3);
BENCHMARK(forks)->Arg(64)->Arg(1'000)->Unit(benchmark::kMicrosecond)->MinTime(0.05);
BENCHMARK(upgrades)->Arg(16)->Arg(64)->Arg(256)->Arg(1'000)->Unit(ms)->MinTime(0.05)->Repetitions(
    5);

}  // namespace
}  // namespace vacate::bench
