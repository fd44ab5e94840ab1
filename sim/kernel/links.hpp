// Max-min fair sharing of links among flows, repaired only where a change touches.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace vacate {

/// A network of links and the flows over them. Rates and capacities in B/s.
///
/// Every link has a water level: the rate that it grants to the flows it limits, infinite while
/// it is not full. A flow gets the least of its cap and the levels of its links. These levels
/// are the max-min fair allocation exactly when each full link's level makes its flows use it
/// up, so a change is repaired by recomputing the levels of the links it touches, lowest first,
/// and then of the links that share a flow with one that moved.
///
/// Source: the bottleneck condition of Bertsekas and Gallager, "Data Networks", section 6.5;
///         fixed point of levels as in B. Radunovic, J.-Y. Le Boudec, ToN 2007.
class LinkNetwork {
  public:
    using LinkIndex = std::uint32_t;
    using FlowIndex = std::uint32_t;
    static constexpr LinkIndex no_link = 0xffff'ffff;
    static constexpr std::size_t links_per_flow = 3;
    using Route = std::array<LinkIndex, links_per_flow>;  // unused places hold no_link

    /// Requires: capacity > 0.
    LinkIndex add_link(double capacity);

    /// Gives a link another capacity, from the next settle() on. Requires: capacity > 0.
    void set_capacity(LinkIndex link, double capacity);

    /// Starts a flow; its rate is known after settle(). A link may stand in a route only once.
    /// Requires: cap > 0; the links exist.
    FlowIndex start(const Route& route, double cap);

    /// Ends a flow; its index may be given to a later one.
    void stop(FlowIndex flow);

    /// Shares the links out anew.
    ///
    /// Returns: the flows whose rate changed, in ascending order; valid until the next call.
    /// Costs:   the degree of the links whose level moved; at worst one full filling.
    const std::vector<FlowIndex>& settle();

    [[nodiscard]] double rate(FlowIndex flow) const { return flows_[flow].rate; }
    [[nodiscard]] std::size_t active_flows() const { return active_; }

  private:
    static constexpr double infinite = std::numeric_limits<double>::infinity();
    // Links by their slot, index + 1: no_link becomes slot 0, whose level is always infinite.
    using Slot = std::uint32_t;
    static constexpr Slot slot_of(LinkIndex link) { return link + 1; }

    struct Flow {
        std::array<Slot, links_per_flow> slots{};
        bool active = false;
        double cap = 0;
        double rate = 0;
    };
    // A flow as one of its links sees it: all that its limit elsewhere depends on, side by side.
    struct Member {
        double cap = 0;
        std::array<Slot, links_per_flow - 1> others{};
        FlowIndex flow = 0;
    };
    struct Link {
        double capacity = 0;
        std::vector<Member> members;
    };
    // A set of flows that is read in ascending order: one bit each, and one for every 64 of them.
    struct FlowSet {
        std::vector<std::uint64_t> words;
        std::vector<std::uint64_t> summary;
        void make_room(FlowIndex flow);
        void insert(FlowIndex flow) {
            words[flow / 64] |= std::uint64_t{1} << flow % 64;
            summary[flow / 4096] |= std::uint64_t{1} << flow / 64 % 64;
        }
    };

    void join(FlowIndex index, std::size_t place);
    void leave(FlowIndex index, std::size_t place);
    void queue(Slot slot);
    [[nodiscard]] double limit_elsewhere(const Member& member) const;
    double level_of(Slot slot);
    double share_of(double capacity, std::size_t count, double first_guess);
    bool repair();
    void spread(Slot slot, double before, double now);
    void fill_from_scratch();
    void note_if_changed(FlowIndex index);

    std::vector<Link> links_;           // by slot
    std::vector<double> levels_;        // by slot
    std::vector<std::uint8_t> queued_;  // by slot: whether it is in heap_
    std::vector<Flow> flows_;
    std::vector<FlowIndex> idle_;  // indices to give out again
    FlowSet touched_;              // flows whose rate may have changed
    std::vector<FlowIndex> changed_;
    std::vector<std::pair<double, Slot>> heap_;  // links to look at, lowest level first
    std::vector<double> limits_;                 // scratch: of the members of one link, in order
    std::vector<double> lowest_;                 // scratch: those that can be below the level
    std::size_t active_ = 0;
};

}  // namespace vacate
