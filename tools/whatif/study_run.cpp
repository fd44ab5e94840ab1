// Rows handed out to threads, and put in order again.
#include "tools/whatif/study_run.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "sim/whatif/evaluate.hpp"
#include "tools/whatif/interrupt.hpp"

namespace vacate {
namespace {

constexpr std::int64_t ahead_max = 256;  // rows done that wait for one before them

/// Numbers out, rows in, and rows out again in order.
class RowBoard {
  public:
    RowBoard(std::int64_t first, std::int64_t end) : taken_(first), given_(first), end_(end) {}

    /// The next row to work out; nothing when there is none, or it is time to stop.
    std::optional<std::int64_t> take() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return stopped_ || taken_ < given_ + ahead_max; });
        if (stopped_ || taken_ >= end_) return std::nullopt;
        return taken_++;
    }

    void put(StudyRow row) {
        const std::lock_guard lock(mutex_);
        const std::int64_t number = row.number;
        rows_.emplace(number, std::move(row));
        ready_.notify_one();
    }

    /// The next row in order; nothing when none came within a short while.
    std::optional<StudyRow> next() {
        std::unique_lock lock(mutex_);
        const auto is_there = [this] { return rows_.count(given_) > 0; };
        if (!ready_.wait_for(lock, std::chrono::milliseconds(50), is_there)) return std::nullopt;
        auto row = rows_.extract(given_++);
        room_.notify_all();
        return std::move(row.mapped());
    }

    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        room_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable ready_;
    std::map<std::int64_t, StudyRow> rows_;
    std::int64_t taken_;
    std::int64_t given_;
    std::int64_t end_;
    bool stopped_ = false;
};

}  // namespace

void run_study(const LoadedStudy& loaded, int threads, StudyOutput& output) {
    const std::int64_t end = loaded.head.rows;
    const std::int64_t cores = std::max(1u, std::thread::hardware_concurrency());
    const std::int64_t wanted = threads > 0 ? threads : cores;
    // Fewer rows than threads: the others help with the runs of each.
    const std::int64_t each = wanted / std::max<std::int64_t>(1, end - output.next());
    const Evaluator evaluator(loaded.study, *loaded.maker,
                              static_cast<int>(std::max<std::int64_t>(1, each)));
    RowBoard board(output.next(), end);
    std::atomic<bool> stopping{false};
    const Stops stops = [&stopping] { return stopping.load(); };
    const auto work = [&] {
        while (const auto number = board.take()) {
            auto row = evaluator.row(*number, stops);
            if (!row) return;
            board.put(std::move(*row));
        }
    };
    std::vector<std::thread> workers;
    for (std::int64_t i = 0; i < std::min(wanted, end - output.next()); ++i) {
        workers.emplace_back(work);
    }
    while (output.next() < end) {
        output.show_progress(output.next());
        if (Interrupt::came()) break;
        if (const auto row = board.next(); row && !output.take(*row)) break;
    }
    stopping = true;
    board.stop();
    for (std::thread& worker : workers) worker.join();
}

Outcome whatif(const WhatifArguments& arguments) {
    constexpr const char* nothing = "nothing was run";
    const auto loaded = load_study(arguments);
    if (!loaded) return outcome_of(loaded.error(), arguments.json, nothing);
    auto output = StudyOutput::open(arguments, **loaded);
    if (!output) return outcome_of(output.error(), arguments.json, nothing);
    const Interrupt interrupt;
    run_study(**loaded, arguments.threads, **output);
    return (*output)->close();
}

}  // namespace vacate
