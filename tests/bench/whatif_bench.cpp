// Variants per second: one plan of each, on one thread and on two.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <thread>

#include "sim/whatif/evaluate.hpp"

namespace vacate::bench {
namespace {

constexpr std::int64_t rows = 16;

/// A study of 16 links for a pool that is kept.
struct Workload {
    std::string text;
    Overrides overrides;
    Study study;
    std::optional<ChangeMaker> maker;
};

Workload& workload_of(std::int64_t hosts) {
    static std::map<std::int64_t, Workload> all;
    Workload& one = all[hosts];
    if (one.maker) return one;
    const std::string name = hosts == 64 ? "large/64-hosts.json" : "typical/16-hosts.json";
    std::ifstream file(std::string(VACATE_SOURCE_DIR) + "/scenarios/" + name, std::ios::binary);
    one.text = {std::istreambuf_iterator<char>(file), {}};
    one.study.base = name;
    one.study.effort = 1;  // the first plan that is found
    one.study.variants.push_back({"base", {}});
    Axis axis{"link", {}};
    for (std::int64_t i = 1; i <= rows; ++i) {
        const std::string link = std::to_string(i) + " Gbps";
        axis.values.push_back({link, {SetField{"hosts.*.link=" + link}, "bench"}});
    }
    one.study.sweeps.push_back({{std::move(axis)}});
    Question question;
    question.runs = 1;
    one.study.questions.push_back(question);
    auto maker = ChangeMaker::make(one.text, name, one.overrides);
    if (!maker) {
        std::fputs("a pool of ours cannot be read\n", stderr);
        std::exit(3);
    }
    one.maker = std::move(*maker);
    return one;
}

void variants(benchmark::State& state) {
    Workload& one = workload_of(state.range(0));
    const Evaluator evaluator(one.study, *one.maker);
    for (auto _ : state) {
        std::atomic<std::int64_t> next{0};
        const auto work = [&] {
            for (std::int64_t row = next++; row < rows; row = next++) {
                benchmark::DoNotOptimize(evaluator.row(row));
            }
        };
        std::vector<std::thread> others;
        for (std::int64_t i = 1; i < state.range(1); ++i) others.emplace_back(work);
        work();
        for (std::thread& other : others) other.join();
    }
    state.counters["variants"] = static_cast<double>(rows);
}

BENCHMARK(variants)
    ->Args({16, 1})
    ->Args({16, 2})
    ->Args({64, 1})
    ->Args({64, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(0.05)
    ->Repetitions(1);

}  // namespace
}  // namespace vacate::bench
