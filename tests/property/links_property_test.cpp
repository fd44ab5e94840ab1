// LinkNetwork against a filling of its own, and the laws of max-min fairness.
#include <rapidcheck.h>

#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "model/random.hpp"
#include "sim/kernel/links.hpp"

namespace vacate {
namespace {

struct Wanted {
    std::vector<std::size_t> links;
    double cap = 0;
};

// Water filling: all flows rise together; one stops at its cap or with the first full link.
std::vector<double> filled(const std::vector<double>& capacities,
                           const std::vector<Wanted>& flows) {
    std::vector<double> rates(flows.size(), 0);
    std::vector<char> stopped(flows.size(), 0);
    std::vector<double> left = capacities;
    while (std::count(stopped.begin(), stopped.end(), 0) > 0) {
        double rise = 1e300;
        std::vector<std::size_t> users(left.size(), 0);
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (stopped[i]) continue;
            rise = std::min(rise, flows[i].cap - rates[i]);
            for (const std::size_t link : flows[i].links) ++users[link];
        }
        for (std::size_t link = 0; link < left.size(); ++link) {
            if (users[link] == 0) continue;
            rise = std::min(rise, left[link] / static_cast<double>(users[link]));
        }
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (stopped[i]) continue;
            rates[i] += rise;
            for (const std::size_t link : flows[i].links) left[link] -= rise;
        }
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (rates[i] >= flows[i].cap * (1 - 1e-12)) stopped[i] = 1;
            for (const std::size_t link : flows[i].links) {
                if (left[link] <= capacities[link] * 1e-12) stopped[i] = 1;
            }
        }
    }
    return rates;
}

// A network in which flows come and go, beside the list of those that are there.
class Traffic {
  public:
    explicit Traffic(std::uint64_t seed) : random_(seed) {
        const auto count = static_cast<std::size_t>(random_.between(1, 8));
        for (std::size_t i = 0; i < count; ++i) {
            // Few different capacities: ties are where repairs go wrong.
            capacities_.push_back(static_cast<double>(random_.between(1, 5)) * 1e9);
            network_.add_link(capacities_.back());
        }
    }

    void change() {
        const bool stops = !flows_.empty() && random_.chance(2, 5);
        if (stops) {
            auto victim = flows_.begin();
            std::advance(victim, static_cast<std::ptrdiff_t>(random_.below(flows_.size())));
            network_.stop(victim->first);
            flows_.erase(victim);
            return;
        }
        Wanted wanted;
        const bool capped = random_.chance(1, 3);
        wanted.cap = capped ? static_cast<double>(random_.between(1, 40)) * 1e8 : 1e15;
        LinkNetwork::Route route{LinkNetwork::no_link, LinkNetwork::no_link, LinkNetwork::no_link};
        for (auto& place : route) {
            const std::size_t link = random_.below(capacities_.size());
            const bool known =
                std::find(wanted.links.begin(), wanted.links.end(), link) != wanted.links.end();
            if (known || (!wanted.links.empty() && random_.chance(1, 4))) continue;
            place = static_cast<LinkNetwork::LinkIndex>(link);
            wanted.links.push_back(link);
        }
        flows_[network_.start(route, wanted.cap)] = wanted;
    }

    void settle() { network_.settle(); }

    // What is wrong with the rates now; "" when nothing is.
    [[nodiscard]] std::string wrong() const {
        std::vector<Wanted> wanted;
        std::vector<double> rates;
        for (const auto& flow : flows_) {
            wanted.push_back(flow.second);
            rates.push_back(network_.rate(flow.first));
        }
        const std::vector<double> reference = filled(capacities_, wanted);
        for (std::size_t i = 0; i < rates.size(); ++i) {
            if (std::abs(rates[i] - reference[i]) > 1e-6 * reference[i]) {
                return "a flow gets " + std::to_string(rates[i]) + ", fair is " +
                       std::to_string(reference[i]);
            }
        }
        return breaks_law(wanted, rates);
    }

  private:
    // No link carries too much; each flow is at its cap, or one of its links is full and none
    // of the other flows there gets more: that one is its bottleneck.
    [[nodiscard]] std::string breaks_law(const std::vector<Wanted>& wanted,
                                         const std::vector<double>& rates) const {
        std::vector<double> used(capacities_.size(), 0), highest(capacities_.size(), 0);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            for (const std::size_t link : wanted[i].links) {
                used[link] += rates[i];
                highest[link] = std::max(highest[link], rates[i]);
            }
        }
        for (std::size_t link = 0; link < used.size(); ++link) {
            if (used[link] > capacities_[link] * (1 + 1e-9)) return "a link carries too much";
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            bool limited = rates[i] >= wanted[i].cap * (1 - 1e-9);
            for (const std::size_t link : wanted[i].links) {
                const bool full = used[link] >= capacities_[link] * (1 - 1e-9);
                limited = limited || (full && rates[i] >= highest[link] * (1 - 1e-9));
            }
            if (!limited) return "a flow could have more";
        }
        return "";
    }

    Random random_;
    LinkNetwork network_;
    std::vector<double> capacities_;
    std::map<LinkNetwork::FlowIndex, Wanted> flows_;
};

TEST_CASE("links: every repair ends in the max-min fair shares", "[kernel][links][law]") {
    rc::prop("as filled from scratch", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        const int changes = *rc::gen::inRange(0, 60);
        Traffic traffic(seed);
        Random batches(seed);
        for (int i = 0; i < changes; ++i) {
            traffic.change();
            if (batches.chance(1, 3)) continue;  // several changes before the links are shared
            traffic.settle();
            const std::string wrong = traffic.wrong();
            if (wrong.empty()) continue;
            RC_LOG() << "seed " << seed << ", behind change " << i;
            RC_FAIL(wrong);
        }
    });
}

TEST_CASE("links: the order in which flows start does not matter", "[kernel][links][law]") {
    rc::prop("permuted, so the same rates", [] {
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        Random random(seed);
        const auto count = static_cast<std::uint32_t>(random.between(1, 6));
        std::vector<double> capacities;
        for (std::uint32_t i = 0; i < count; ++i) {
            capacities.push_back(static_cast<double>(random.between(1, 9)) * 1e8);
        }
        struct Start {
            LinkNetwork::Route route;
            double cap;
        };
        std::vector<Start> starts;
        for (std::int64_t i = random.between(1, 20); i > 0; --i) {
            const auto from = static_cast<std::uint32_t>(random.below(count));
            const auto to = static_cast<std::uint32_t>(random.below(count));
            starts.push_back({{from, from == to ? LinkNetwork::no_link : to, LinkNetwork::no_link},
                              static_cast<double>(random.between(1, 90)) * 1e7});
        }
        std::vector<std::size_t> order(starts.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::vector<std::vector<double>> results;
        for (int run = 0; run < 2; ++run) {
            LinkNetwork network;
            for (const double capacity : capacities) network.add_link(capacity);
            std::vector<LinkNetwork::FlowIndex> flows(starts.size());
            for (const std::size_t i : order)
                flows[i] = network.start(starts[i].route, starts[i].cap);
            network.settle();
            results.emplace_back();
            for (const auto flow : flows) results.back().push_back(network.rate(flow));
            for (std::size_t i = order.size(); i > 1; --i) {
                std::swap(order[i - 1], order[random.below(i)]);
            }
        }
        for (std::size_t i = 0; i < starts.size(); ++i) {
            RC_ASSERT(std::abs(results[0][i] - results[1][i]) <= 1e-9 * results[0][i]);
        }
    });
}

}  // namespace
}  // namespace vacate
