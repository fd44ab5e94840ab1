// The executor in storms, and that the story of a seed is always the same.
#include "tests/storm/storm.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>
#include <vector>

namespace vacate::storm {
namespace {

// tests/storm/run does many more.
constexpr std::uint64_t seeds = 20'000;

}  // namespace

TEST_CASE("storm: no seed breaks an invariant, and every run ends or says why", "[storm]") {
    name_seed_on_abort();
    std::atomic<std::uint64_t> next{1};
    std::mutex mutex;
    Tally tally;
    std::vector<std::string> violations;
    const auto work = [&] {
        Tally own;
        for (std::uint64_t seed = next++; seed <= seeds; seed = next++) {
            const Outcome outcome = weather_out(seed);
            own += outcome.tally;
            if (!outcome.violation) continue;
            const std::scoped_lock hold(mutex);
            violations.push_back(*outcome.violation + "\n  tests/storm/run --story " +
                                 std::to_string(seed));
        }
        const std::scoped_lock hold(mutex);
        tally += own;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    std::sort(violations.begin(), violations.end());
    INFO((violations.empty() ? "" : violations.front()));
    CHECK(violations.empty());
    // That the storm blows at all: each kind of fault, meddling and death came.
    for (const std::int64_t count : tally.wire) CHECK(count > 0);
    for (const std::int64_t count : tally.meddled) CHECK(count > 0);
    for (const std::int64_t count : tally.died) CHECK(count > 0);
    for (const std::int64_t count : tally.happened) CHECK(count > 0);
    CHECK(tally.done > 0);
    CHECK(tally.stopped > 0);
}

// Each record is the last that is not written once, some of its bytes apart.
TEST_CASE("storm: a process that is killed at any record of its journal loses nothing", "[storm]") {
    name_seed_on_abort();
    std::int64_t kills = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        for (std::int64_t record = 0;; ++record) {
            const Outcome outcome = weather_out_dying(seed, record);
            INFO("tests/storm/run --story " << seed << " --record " << record);
            INFO(outcome.violation.value_or(""));
            CHECK_FALSE(outcome.violation.has_value());
            if (!outcome.died_at_record) break;
            ++kills;
        }
    }
    CHECK(kills > 60);
}

TEST_CASE("storm: the same seed tells the same story", "[storm]") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Outcome first = weather_out(seed, true);
        CHECK(first == weather_out(seed, true));
        CHECK(first.tally == weather_out(seed).tally);
        CHECK_FALSE(first.story.empty());
    }
}

}  // namespace vacate::storm
