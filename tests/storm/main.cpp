// The storm from the command line: many seeds, or the story of one.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sim/live/canary.hpp"
#include "tests/storm/storm.hpp"

namespace vacate::storm {
namespace {

struct Options {
    std::uint64_t first = 1;
    std::uint64_t last = 20'000;
    int threads = 2;
    std::int64_t violations_max = 1;
    bool story = false;
    bool each_record = false;
    std::optional<std::int64_t> record;  // of the story: where the process dies
    bool caught = false;                 // a violation is what is wanted
};

constexpr const char* usage =
    "Usage: storm [--seeds A..B] [--threads N] [--violations N] [--each-record] [--caught] |\n"
    "             --story SEED [--record N]\n\n"
    "Runs the executor through the storms of the seeds A to B.\n\n"
    "  --seeds A..B      1..20000\n"
    "  --threads N       2\n"
    "  --violations N    ends after so many (1)\n"
    "  --each-record     each seed once for each record that its journal gets, killed there\n"
    "  --caught          for a broken executor: exit 0 when there is a violation\n"
    "  --canary NAME     breaks it first: storm_canaries only, see sim/live/canary.hpp\n"
    "  --story SEED      tells one run, event by event\n"
    "  --record N        of the story: the process is killed at this record\n";

bool read_seeds(const std::string& text, Options& options) {
    const std::size_t dots = text.find("..");
    if (dots == std::string::npos) return false;
    options.first = std::strtoull(text.c_str(), nullptr, 10);
    options.last = std::strtoull(text.c_str() + dots + 2, nullptr, 10);
    return options.first > 0 && options.first <= options.last;
}

// Only the program that is built for it can be broken.
bool choose_canary([[maybe_unused]] const std::string& name) {
#ifdef VACATE_CANARIES
    const auto found = std::find(live::canary_names.begin(), live::canary_names.end(), name);
    if (found == live::canary_names.end()) return false;
    live::chosen_canary = static_cast<live::Canary>(found - live::canary_names.begin());
    return true;
#else
    return false;
#endif
}

bool read_options(int count, char** words, Options& options) {
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--caught") {
            options.caught = true;
            continue;
        }
        if (word == "--each-record") {
            options.each_record = true;
            continue;
        }
        if (i + 1 == count) return false;
        const std::string value = words[++i];
        if (word == "--seeds") {
            if (!read_seeds(value, options)) return false;
        } else if (word == "--threads") {
            options.threads = std::clamp(std::atoi(value.c_str()), 1, 64);
        } else if (word == "--violations") {
            options.violations_max = std::max(1ll, std::atoll(value.c_str()));
        } else if (word == "--story") {
            options.story = true;
            options.first = options.last = std::strtoull(value.c_str(), nullptr, 10);
        } else if (word == "--record") {
            options.record = std::atoll(value.c_str());
        } else if (word == "--canary") {
            if (!choose_canary(value)) return false;
        } else {
            return false;
        }
    }
    return true;
}

template <std::size_t size>
void print_counts(const std::array<std::int64_t, size>& counts,
                  const std::array<std::string_view, size>& names) {
    for (std::size_t i = 0; i < size; ++i) {
        std::printf("  %-22s %12lld\n", std::string(names[i]).c_str(),
                    static_cast<long long>(counts[i]));
    }
}

void print_tally(const Tally& tally, double seconds) {
    const auto share = [&tally](std::int64_t part) {
        return tally.runs == 0
                   ? 0.0
                   : 100.0 * static_cast<double>(part) / static_cast<double>(tally.runs);
    };
    std::printf("%lld runs in %.0f s, %.0f a second; %.1f %% done, %.1f %% stopped; %lld resumed\n",
                static_cast<long long>(tally.runs), seconds,
                static_cast<double>(tally.runs) / std::max(seconds, 0.001), share(tally.done),
                share(tally.stopped), static_cast<long long>(tally.resumed));
    std::printf("%lld turns, %lld records, %lld orders, %lld words of operators\n",
                static_cast<long long>(tally.turns), static_cast<long long>(tally.records),
                static_cast<long long>(tally.orders), static_cast<long long>(tally.told));
    print_counts(tally.wire, live::wire_fault_names);
    print_counts(tally.meddled, meddling_names);
    print_counts(tally.died, death_names);
    print_counts(tally.happened, live::happening_names);
}

/// Seeds given out to threads, and what came of them.
class Campaign {
  public:
    explicit Campaign(const Options& options) : options_(options), next_(options.first) {}

    int run() {
        std::vector<std::thread> threads;
        for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
        for (std::thread& thread : threads) thread.join();
        print_tally(tally_, seconds());
        if (options_.caught) {
            std::printf(violations_ > 0 ? "caught\n" : "not caught\n");
            return violations_ > 0 ? 0 : 1;
        }
        std::printf("%lld violations\n", static_cast<long long>(violations_));
        return violations_ > 0 ? 1 : 0;
    }

  private:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    }

    void work() {
        Tally own;
        for (std::uint64_t seed = next_++; seed <= options_.last; seed = next_++) {
            if (violations_ >= options_.violations_max) break;
            if (options_.each_record) {
                kill_at_each_record(seed, own);
            } else {
                const Outcome outcome = weather_out(seed);
                own += outcome.tally;
                if (outcome.violation) report(seed, *outcome.violation);
            }
            const std::scoped_lock hold(mutex_);
            const std::uint64_t over = seed - options_.first + 1;
            if (over % 10'000 == 0) {
                std::printf("%llu seeds, %.0f s, %.0f a second\n",
                            static_cast<unsigned long long>(over), seconds(),
                            static_cast<double>(over) / seconds());
                std::fflush(stdout);
            }
        }
        const std::scoped_lock hold(mutex_);
        tally_ += own;
    }

    void kill_at_each_record(std::uint64_t seed, Tally& own) {
        for (std::int64_t record = 0;; ++record) {
            const Outcome outcome = weather_out_dying(seed, record);
            own += outcome.tally;
            if (outcome.violation) {
                report(seed, *outcome.violation, " --record " + std::to_string(record));
            }
            if (!outcome.died_at_record) return;
        }
    }

    void report(std::uint64_t seed, const std::string& violation, const std::string& how = "") {
        const std::scoped_lock hold(mutex_);
        ++violations_;
        std::printf("seed %llu: %s\n  tests/storm/run --story %llu%s\n",
                    static_cast<unsigned long long>(seed), violation.c_str(),
                    static_cast<unsigned long long>(seed), how.c_str());
        std::fflush(stdout);
    }

    Options options_;
    std::atomic<std::uint64_t> next_;
    std::atomic<std::int64_t> violations_{0};
    std::mutex mutex_;
    Tally tally_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

int tell(std::uint64_t seed, const std::optional<std::int64_t>& record) {
    const Outcome outcome =
        record ? weather_out_dying(seed, *record, true) : weather_out(seed, true);
    for (const std::string& line : outcome.story) std::printf("%s\n", line.c_str());
    return outcome.violation ? 1 : 0;
}

}  // namespace
}  // namespace vacate::storm

int main(int count, char** words) {
    vacate::storm::Options options;
    if (!vacate::storm::read_options(count, words, options)) {
        std::fputs(vacate::storm::usage, stderr);
        return 2;
    }
    vacate::storm::name_seed_on_abort();
    if (options.story) return vacate::storm::tell(options.first, options.record);
    return vacate::storm::Campaign(options).run();
}
