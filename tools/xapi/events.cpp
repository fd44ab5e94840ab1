// event.from, again and again.
#include "tools/xapi/events.hpp"

#include <algorithm>

namespace vacate::xapi {
namespace {

// XAPI's own time-out of a call that hears nothing; some encoders need the fraction to take it for
// a real number.
constexpr double patience_s = 30.1;
constexpr std::chrono::seconds call_time{60};
constexpr std::chrono::milliseconds pause_least{100};
constexpr std::chrono::milliseconds pause_most{5'000};

}  // namespace

TaskEvents::TaskEvents(Access access, Changed changed, Missed missed)
    : client_(std::move(access)),
      changed_(std::move(changed)),
      missed_(std::move(missed)),
      thread_([this] { listen(); }) {}

TaskEvents::~TaskEvents() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    wakes_.notify_all();
    client_.stop();
    thread_.join();
}

void TaskEvents::pause() {
    const int doublings = std::min(failures_, 6);
    const auto wait = std::min(pause_least * (1 << doublings), pause_most);
    std::unique_lock lock(mutex_);
    wakes_.wait_for(lock, wait, [this] { return stopped_; });
}

void TaskEvents::listen() {
    for (;;) {
        const bool heard = hear();
        failures_ = heard ? 0 : failures_ + 1;
        if (!heard) pause();
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
    }
}

bool TaskEvents::hear() {
    const bool anew = token_.empty();
    const CallResult batch =
        client_.call("event.from", {{Array{wire::text("task")}}, wire::text(token_), {patience_s}},
                     Manner::reads, call_time);
    const auto* const members = batch ? std::get_if<Struct>(&batch->of) : nullptr;
    // Tokens of an earlier session, lost events, no connection: begin again with all there is.
    const bool renewed = session_ != client_.sessions();
    session_ = client_.sessions();
    if (members == nullptr || (renewed && !anew)) {
        token_.clear();
        return members != nullptr || (!batch && batch.error().code == "EVENTS_LOST");
    }
    token_ = text_in(*members, "token");
    bool any = false;
    const Value* const events = find(*members, "events");
    const auto* const list = events == nullptr ? nullptr : std::get_if<Array>(&events->of);
    for (const Value& each : list == nullptr ? Array() : *list) {
        const auto* const event = std::get_if<Struct>(&each.of);
        if (event == nullptr) continue;
        any = true;
        const Value* const record = find(*event, "snapshot");
        const auto* const task = record == nullptr ? nullptr : std::get_if<Struct>(&record->of);
        if (task != nullptr) changed_(text_in(*event, "ref"), *task);
    }
    if (anew || !any) missed_(client_);
    return !token_.empty();
}

}  // namespace vacate::xapi
