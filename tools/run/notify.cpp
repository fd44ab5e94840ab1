// One thread, one command after the other.
#include "tools/run/notify.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/xapi/process.hpp"

namespace vacate {

struct Notifier::Work {
    std::vector<std::string> words;
    std::string pool;
    std::string journal;
    std::mutex mutex;
    std::condition_variable wakes;
    std::deque<xapi::Variables> waiting;
    bool busy = false;
    bool closing = false;
    std::atomic<bool> stopped = false;
    std::thread thread;

    void run() {
        std::unique_lock lock(mutex);
        while (true) {
            wakes.wait(lock, [this] { return closing || !waiting.empty(); });
            if (waiting.empty()) return;
            const xapi::Variables variables = std::move(waiting.front());
            waiting.pop_front();
            busy = true;
            lock.unlock();
            const auto ended = xapi::run_logged(words, variables, journal + ".notify.log",
                                                [this] { return stopped.load(); });
            if (!ended) std::fprintf(stderr, "the notify command could not be run\n");
            lock.lock();
            busy = false;
            wakes.notify_all();
        }
    }
};

Notifier::Notifier(const std::string& command, std::string pool, std::string journal)
    : work_(std::make_unique<Work>()) {
    auto words = xapi::split_words(command);
    if (!words) return;  // judged where the command line is
    work_->words = std::move(*words);
    work_->pool = std::move(pool);
    work_->journal = std::move(journal);
    work_->thread = std::thread([this] { work_->run(); });
}

Notifier::~Notifier() {
    if (!work_->thread.joinable()) return;
    {
        std::unique_lock lock(work_->mutex);
        work_->closing = true;
        work_->wakes.notify_all();
        work_->wakes.wait_for(lock, std::chrono::seconds(10),
                              [this] { return work_->waiting.empty() && !work_->busy; });
        work_->waiting.clear();
    }
    work_->stopped = true;
    work_->thread.join();
}

void Notifier::tell(Notice notice, const std::string& sentence) const {
    if (!work_->thread.joinable()) return;
    const std::lock_guard lock(work_->mutex);
    const xapi::Variables variables{{"VACATE_EVENT", std::string(notice_name(notice))},
                                    {"VACATE_SENTENCE", sentence},
                                    {"VACATE_POOL", work_->pool},
                                    {"VACATE_JOURNAL", work_->journal}};
    // That the run is over overtakes what it asked for before.
    const bool over = notice != Notice::need_operator;
    work_->waiting.insert(over ? work_->waiting.begin() : work_->waiting.end(), variables);
    work_->wakes.notify_all();
}

}  // namespace vacate
