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
    struct Flow {
        Route route{no_link, no_link, no_link};
        std::array<std::uint32_t, links_per_flow> position{};  // in its links' lists
        double cap = 0;
        double rate = 0;
        bool active = false;
        bool touched = false;
    };
    struct Link {
        double capacity = 0;
        double level = infinite;
        bool queued = false;
        std::vector<FlowIndex> flows;
    };

    void queue(LinkIndex link);
    void touch(FlowIndex flow);
    [[nodiscard]] double limit_elsewhere(const Flow& flow, LinkIndex link) const;
    double level_of(LinkIndex link);
    bool repair();
    void fill_from_scratch();

    std::vector<Link> links_;
    std::vector<Flow> flows_;
    std::vector<FlowIndex> idle_;     // indices to give out again
    std::vector<FlowIndex> touched_;  // flows whose rate may have changed
    std::vector<FlowIndex> changed_;
    std::vector<std::pair<double, LinkIndex>> heap_;  // links to look at, lowest level first
    std::vector<double> limits_;                      // scratch of level_of()
    std::size_t active_ = 0;
};

}  // namespace vacate
