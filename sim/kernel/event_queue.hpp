// The events that a run waits for: at most one of each owner, earliest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/units.hpp"

namespace vacate {

/// A queue whose owners move their own event as often as they like.
///
/// Events of one instant come in the order in which they were set. One that is put off stays
/// where it is in the heap, as if earlier, and sinks when it comes to the front: with shared
/// links most events are put off many times before they happen.
class EventQueue {
  public:
    using Owner = std::uint32_t;

    /// Sets the event of `owner`; an event that it has is moved.
    /// Requires: owner < limits::steps.
    /// Costs:    constant when it is put off, else logarithmic.
    void set(Owner owner, Instant at);

    /// Takes the event of `owner` out, if it has one. Costs: logarithmic.
    void remove(Owner owner);

    [[nodiscard]] bool empty() const { return heap_.empty(); }

    /// When the next event is. Requires: not empty.
    [[nodiscard]] Instant next_at();

    /// Takes the next event out and says whose it is. Requires: not empty.
    Owner pop();

  private:
    // Of two tickets the smaller was given earlier; the lowest bits tell whose it is.
    static constexpr int owner_bits = 20;
    struct Node {
        Instant at{};  // not later than the owner's event
        std::uint64_t ticket = 0;
        [[nodiscard]] Owner owner() const {
            return static_cast<Owner>(ticket & ((std::uint64_t{1} << owner_bits) - 1));
        }
        friend bool operator<(const Node& a, const Node& b) {
            return a.at != b.at ? a.at < b.at : a.ticket < b.ticket;
        }
    };
    static constexpr std::uint32_t no_place = 0xffff'ffff;
    struct Owned {
        Node event;
        Instant queued_at{};             // the instant in its node
        std::uint32_t place = no_place;  // of its node in the heap
    };
    static constexpr std::size_t arity = 4;

    void put(std::size_t place, const Node& node);
    void rise(std::size_t place, const Node& node);
    void sink(std::size_t place, const Node& node);
    void bring_true_first();

    std::vector<Node> heap_;
    std::vector<Owned> owned_;  // by owner
    std::uint64_t given_ = 0;
};

}  // namespace vacate
