// The event queue against the plainest one there is.
#include "sim/kernel/event_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <tuple>

#include "model/random.hpp"

namespace vacate {
namespace {

Instant at(std::int64_t microseconds) { return Instant{Duration{microseconds}}; }

// Looks through all events for the next one.
class PlainQueue {
  public:
    void set(EventQueue::Owner owner, Instant when) { events_[owner] = {when, sequence_++}; }
    [[nodiscard]] bool empty() const { return events_.empty(); }
    std::pair<Instant, EventQueue::Owner> pop() {
        const auto next =
            std::min_element(events_.begin(), events_.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        const std::pair<Instant, EventQueue::Owner> result{next->second.first, next->first};
        events_.erase(next);
        return result;
    }

  private:
    std::map<EventQueue::Owner, std::pair<Instant, int>> events_;
    int sequence_ = 0;
};

}  // namespace

TEST_CASE("events of one instant come in the order in which they were set", "[event_queue]") {
    EventQueue queue;
    for (const EventQueue::Owner owner : {3u, 1u, 2u}) queue.set(owner, at(5));
    queue.set(3, at(5));  // again, so behind the others
    CHECK(queue.pop() == 1);
    CHECK(queue.pop() == 2);
    CHECK(queue.pop() == 3);
    CHECK(queue.empty());
}

TEST_CASE("an event that was put off comes at its new time", "[event_queue]") {
    EventQueue queue;
    queue.set(0, at(1));
    queue.set(1, at(2));
    queue.set(0, at(3));
    CHECK(queue.next_at() == at(2));
    CHECK(queue.pop() == 1);
    CHECK(queue.next_at() == at(3));
    queue.set(0, at(1));
    CHECK(queue.next_at() == at(1));
}

TEST_CASE("the queue pops what the plainest queue pops", "[event_queue]") {
    Random random(7);
    for (int round = 0; round < 200; ++round) {
        EventQueue queue;
        PlainQueue plain;
        const std::uint64_t owners = 1 + random.below(60);
        for (int i = 0; i < 400; ++i) {
            if (plain.empty() || random.chance(3, 4)) {
                const auto owner = static_cast<EventQueue::Owner>(random.below(owners));
                const Instant when = at(random.between(0, 50));
                queue.set(owner, when);
                plain.set(owner, when);
                continue;
            }
            const auto [when, owner] = plain.pop();
            REQUIRE(queue.next_at() == when);
            REQUIRE(queue.pop() == owner);
        }
        while (!plain.empty()) REQUIRE(queue.pop() == plain.pop().second);
        REQUIRE(queue.empty());
    }
}

}  // namespace vacate
