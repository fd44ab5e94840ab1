// A heap with four children per node, and where in it every owner's event is.
#include "sim/kernel/event_queue.hpp"

#include <algorithm>

#include "model/check.hpp"
#include "model/limits.hpp"

namespace vacate {

void EventQueue::set(Owner owner, Instant at) {
    static_assert(limits::steps <= std::size_t{1} << owner_bits);
    if (owner >= owned_.size()) {
        VACATE_CHECK(owner >> owner_bits == 0, "more owners of events than a plan may have steps");
        owned_.resize(owner + std::size_t{1});
    }
    Owned& own = owned_[owner];
    own.event = {at, given_++ << owner_bits | owner};
    if (own.place == no_place) {
        own.queued_at = at;
        heap_.emplace_back();
        rise(heap_.size() - 1, own.event);
    } else if (at < own.queued_at) {
        own.queued_at = at;
        rise(own.place, own.event);
    }
}

void EventQueue::remove(Owner owner) {
    if (owner >= owned_.size() || owned_[owner].place == no_place) return;
    const std::size_t place = owned_[owner].place;
    owned_[owner].place = no_place;
    const Node last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    if (place > 0 && last < heap_[(place - 1) / arity]) {
        rise(place, last);
    } else {
        sink(place, last);
    }
}

Instant EventQueue::next_at() {
    VACATE_CHECK(!heap_.empty(), "there is no next event");
    bring_true_first();
    return heap_.front().at;
}

EventQueue::Owner EventQueue::pop() {
    VACATE_CHECK(!heap_.empty(), "there is no next event");
    bring_true_first();
    const Owner owner = heap_.front().owner();
    owned_[owner].place = no_place;
    const Node last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(0, last);
    return owner;
}

void EventQueue::put(std::size_t place, const Node& node) {
    heap_[place] = node;
    owned_[node.owner()].place = static_cast<std::uint32_t>(place);
}

void EventQueue::rise(std::size_t place, const Node& node) {
    while (place > 0) {
        const std::size_t parent = (place - 1) / arity;
        if (!(node < heap_[parent])) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, node);
}

void EventQueue::sink(std::size_t place, const Node& node) {
    while (true) {
        const std::size_t first = place * arity + 1;
        if (first >= heap_.size()) break;
        const std::size_t end = std::min(first + arity, heap_.size());
        std::size_t least = first;
        for (std::size_t child = first + 1; child < end; ++child) {
            if (heap_[child] < heap_[least]) least = child;
        }
        if (!(heap_[least] < node)) break;
        put(place, heap_[least]);
        place = least;
    }
    put(place, node);
}

// No event is earlier than its node says, so a node in front that tells the truth is the next.
void EventQueue::bring_true_first() {
    while (true) {
        Owned& own = owned_[heap_.front().owner()];
        if (own.event.ticket == heap_.front().ticket) return;
        own.queued_at = own.event.at;
        sink(0, own.event);
    }
}

}  // namespace vacate
