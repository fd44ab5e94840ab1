// The wire: what is lost, late or doubled between an executor and the simulated pool.
#include "sim/live/simulated_driver.hpp"

#include <algorithm>
#include <utility>

#include "model/check.hpp"

namespace vacate::live {
namespace {

bool contains(const std::vector<std::uint64_t>& keys, std::uint64_t key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

template <class Message>
std::optional<Instant> first_of(const std::vector<Message>& messages) {
    const auto first =
        std::min_element(messages.begin(), messages.end(),
                         [](const Message& a, const Message& b) { return a.at < b.at; });
    if (first == messages.end()) return std::nullopt;
    return first->at;
}

}  // namespace

SimulatedDriver::SimulatedDriver(SimulatedPool& pool, const Wire& wire, Random random,
                                 std::string run)
    : pool_(&pool), wire_(wire), random_(random), run_(std::move(run)) {}

bool SimulatedDriver::happens(WireFault fault) {
    const auto at = static_cast<std::size_t>(fault);
    const bool drawn = random_.chance(static_cast<std::uint64_t>(wire_.chances[at]), 1000);
    if (!drawn || pool_->now() >= wire_.until) return false;
    ++faults_[at];
    return true;
}

Duration SimulatedDriver::draw(std::int64_t low_ms, std::int64_t high_ms) {
    return std::chrono::milliseconds(random_.between(low_ms, high_ms));
}

void SimulatedDriver::expect(Instant at, Observation what, Instant read_at) {
    incoming_.push_back({at, std::move(what), read_at});
}

// A client that waits in vain says so, or not even that.
void SimulatedDriver::say_unknown(std::uint64_t key) {
    if (random_.chance(1, 2)) return;
    Answered answer;
    answer.key = key;
    answer.kind = Answered::Kind::unknown;
    answer.sentence = "no answer came";
    expect(pool_->now() + draw(1'000, 60'000), std::move(answer));
}

void SimulatedDriver::submit(const Commanded& command) {
    if (contains(submitted_, command.key)) return;
    submitted_.push_back(command.key);
    if (happens(WireFault::order_lost)) return say_unknown(command.key);
    Outgoing message{pool_->now() + draw(5, 300), command, false, {}};
    if (happens(WireFault::order_late)) {
        const std::int64_t most = std::max<std::int64_t>(1'000, wire_.grace.count() / 1000 - 1'000);
        message.at = pool_->now() + draw(1'000, most);
        message.mute = random_.chance(1, 2);
        if (message.mute) say_unknown(command.key);
    }
    outgoing_.push_back(std::move(message));
}

void SimulatedDriver::look() {
    VACATE_CHECK(!looking_, "a second look was asked for while one is under way");
    looking_ = true;
    if (happens(WireFault::look_fails)) {
        return expect(pool_->now() + draw(100, 30'000), Unreachable{"connection reset by peer"});
    }
    Outgoing message{pool_->now() + draw(50, 2'000), std::nullopt, false, draw(10, 500)};
    if (happens(WireFault::look_slow)) {
        message.at += draw(0, 60'000);
        message.back += draw(0, 60'000);
    }
    outgoing_.push_back(std::move(message));
}

void SimulatedDriver::read(const Outgoing& message) {
    const Instant now = pool_->now();
    if (pool_->answers()) return expect(now + message.back, pool_->look(), now);
    expect(now + draw(100, 10'000), Unreachable{"connection refused"});
}

void SimulatedDriver::reply(const Answered& answer) {
    if (happens(WireFault::reply_lost)) return say_unknown(answer.key);
    Instant at = pool_->now() + draw(5, 300);
    if (happens(WireFault::reply_late)) at += draw(1'000, wire_.grace.count() / 500);
    for (const Incoming& earlier : incoming_) {  // in the order in which they were given
        const auto* before = std::get_if<Answered>(&earlier.what);
        if (before != nullptr && before->key == answer.key) at = std::max(at, earlier.at);
    }
    if (happens(WireFault::reply_doubled)) expect(at + draw(0, 20'000), answer);
    expect(at, answer);
}

void SimulatedDriver::arrive(const Outgoing& message) {
    const Commanded& command = *message.command;
    if (!pool_->answers()) {
        if (message.mute) return;
        if (random_.chance(1, 2)) return say_unknown(command.key);
        Answered answer;
        answer.key = command.key;
        answer.kind = Answered::Kind::refused;
        answer.code = "CONNECTION_REFUSED";
        answer.sentence = "connection refused";
        return expect(pool_->now() + draw(5, 5'000), std::move(answer));
    }
    const Answered answer = pool_->give(command, run_);
    if (message.mute) return;
    const std::size_t waiting = incoming_.size();
    reply(answer);
    const bool heard =
        incoming_.size() > waiting && std::get<Answered>(incoming_.back().what).kind == answer.kind;
    const bool goes_on =
        answer.kind == Answered::Kind::begun && command.order.act != Act::restart_host;
    if (heard && goes_on) begun_.push_back(command.key);
}

void SimulatedDriver::advance() {
    while (true) {
        const auto due =
            std::find_if(outgoing_.begin(), outgoing_.end(),
                         [this](const Outgoing& one) { return one.at <= pool_->now(); });
        if (due == outgoing_.end()) break;
        const Outgoing message = std::move(*due);
        outgoing_.erase(due);
        message.command ? arrive(message) : read(message);
    }
    for (const Answered& answer : pool_->take_results()) {
        const auto task = std::find(begun_.begin(), begun_.end(), answer.key);
        if (task == begun_.end()) continue;
        begun_.erase(task);
        reply(answer);
    }
    if (pool_->answers()) return;
    for (const std::uint64_t key : std::exchange(begun_, {})) say_unknown(key);
}

std::vector<Observation> SimulatedDriver::poll(Instant now) {
    std::stable_sort(incoming_.begin(), incoming_.end(),
                     [](const Incoming& a, const Incoming& b) { return a.at < b.at; });
    std::vector<Observation> due;
    std::size_t count = 0;
    for (; count < incoming_.size() && incoming_[count].at <= now; ++count) {
        Incoming& one = incoming_[count];
        const bool is_look = std::holds_alternative<Snapshot>(one.what);
        if (is_look) seen_at_ = one.read_at;
        if (is_look || std::holds_alternative<Unreachable>(one.what)) looking_ = false;
        due.push_back(std::move(one.what));
    }
    incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(count));
    return due;
}

std::optional<Instant> SimulatedDriver::next_arrival() const { return first_of(outgoing_); }

std::optional<Instant> SimulatedDriver::next_answer() const { return first_of(incoming_); }

void SimulatedDriver::restart() {
    incoming_.clear();
    submitted_.clear();
    // The next process may find the tasks that this one began, by their marks.
    if (random_.chance(1, 2)) begun_.clear();
    looking_ = false;
    std::vector<Outgoing> left;
    for (Outgoing& message : outgoing_) {
        if (!message.command) continue;
        message.mute = true;
        left.push_back(std::move(message));
    }
    outgoing_ = std::move(left);
}

}  // namespace vacate::live
