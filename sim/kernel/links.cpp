// The water levels of a network, repaired from where it changed.
#include "sim/kernel/links.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "model/check.hpp"

namespace vacate {
namespace {

constexpr double tolerance = 1e-12;  // relative; stops ping-pong between equal levels

bool nearly_equal(double a, double b) {
    if (a == b) return true;
    return std::isfinite(a) && std::isfinite(b) && std::fabs(a - b) <= tolerance * std::fabs(a);
}

}  // namespace

LinkNetwork::LinkIndex LinkNetwork::add_link(double capacity) {
    VACATE_CHECK(capacity > 0, "a link needs a capacity");
    links_.push_back(Link{capacity, infinite, false, {}});
    return static_cast<LinkIndex>(links_.size() - 1);
}

LinkNetwork::FlowIndex LinkNetwork::start(const Route& route, double cap) {
    VACATE_CHECK(cap > 0, "a flow needs a cap above zero");
    FlowIndex index = static_cast<FlowIndex>(flows_.size());
    if (idle_.empty()) {
        flows_.emplace_back();
    } else {
        index = idle_.back();
        idle_.pop_back();
    }
    Flow& flow = flows_[index];
    flow = Flow{};
    flow.route = route;
    flow.cap = cap;
    flow.active = true;
    for (std::size_t i = 0; i < links_per_flow; ++i) {
        if (route[i] == no_link) continue;
        flow.position[i] = static_cast<std::uint32_t>(links_[route[i]].flows.size());
        links_[route[i]].flows.push_back(index);
        queue(route[i]);
    }
    touch(index);
    ++active_;
    return index;
}

void LinkNetwork::stop(FlowIndex index) {
    Flow& flow = flows_[index];
    VACATE_CHECK(flow.active, "only a flow that runs can stop");
    for (std::size_t i = 0; i < links_per_flow; ++i) {
        const LinkIndex link = flow.route[i];
        if (link == no_link) continue;
        std::vector<FlowIndex>& list = links_[link].flows;
        const FlowIndex last = list.back();
        list[flow.position[i]] = last;
        for (std::size_t k = 0; k < links_per_flow; ++k) {
            if (flows_[last].route[k] == link) flows_[last].position[k] = flow.position[i];
        }
        list.pop_back();
        queue(link);
    }
    flow.active = false;
    flow.rate = 0;
    idle_.push_back(index);
    --active_;
}

const std::vector<LinkNetwork::FlowIndex>& LinkNetwork::settle() {
    if (!repair()) fill_from_scratch();
    changed_.clear();
    for (const FlowIndex index : touched_) {
        Flow& flow = flows_[index];
        flow.touched = false;
        if (!flow.active) continue;
        const double rate = limit_elsewhere(flow, no_link);
        if (rate == flow.rate) continue;
        flow.rate = rate;
        changed_.push_back(index);
    }
    touched_.clear();
    std::sort(changed_.begin(), changed_.end());
    return changed_;
}

void LinkNetwork::queue(LinkIndex link) {
    if (links_[link].queued) return;
    links_[link].queued = true;
    heap_.emplace_back(links_[link].level, link);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
}

void LinkNetwork::touch(FlowIndex flow) {
    if (flows_[flow].touched) return;
    flows_[flow].touched = true;
    touched_.push_back(flow);
}

// What the flow would get if `link` granted it everything.
double LinkNetwork::limit_elsewhere(const Flow& flow, LinkIndex link) const {
    double limit = flow.cap;
    for (const LinkIndex other : flow.route) {
        if (other != no_link && other != link) limit = std::min(limit, links_[other].level);
    }
    return limit;
}

// The x with: sum over the link's flows of min(limit elsewhere, x) = capacity.
double LinkNetwork::level_of(LinkIndex index) {
    const Link& link = links_[index];
    limits_.clear();
    double wanted = 0;
    for (const FlowIndex flow : link.flows) {
        limits_.push_back(limit_elsewhere(flows_[flow], index));
        wanted += limits_.back();
    }
    if (wanted <= link.capacity * (1 + tolerance)) return infinite;
    std::sort(limits_.begin(), limits_.end());
    double left = link.capacity;
    std::size_t flows_left = limits_.size();
    for (const double limit : limits_) {
        const double share = left / static_cast<double>(flows_left);
        if (limit >= share) return share;
        left -= limit;
        --flows_left;
    }
    return infinite;
}

// False when it does not come to rest soon; then the levels are to be found from scratch.
bool LinkNetwork::repair() {
    std::size_t patience = 64 * links_.size() + 1024;
    while (!heap_.empty()) {
        if (patience-- == 0) return false;
        std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
        const LinkIndex index = heap_.back().second;
        heap_.pop_back();
        Link& link = links_[index];
        link.queued = false;
        const double before = link.level;
        const double now = level_of(index);
        if (nearly_equal(before, now)) continue;
        link.level = now;
        const double lower = std::min(before, now);
        for (const FlowIndex flow : link.flows) {
            if (lower > limit_elsewhere(flows_[flow], index)) continue;
            touch(flow);
            for (const LinkIndex other : flows_[flow].route) {
                if (other != no_link && other != index) queue(other);
            }
        }
    }
    return true;
}

// Progressive filling: the link with the smallest equal share is full first.
void LinkNetwork::fill_from_scratch() {
    for (const auto& entry : heap_) links_[entry.second].queued = false;
    heap_.clear();
    for (Link& link : links_) link.level = infinite;
    std::vector<bool> is_full(links_.size(), false);
    while (true) {
        double least = infinite;
        LinkIndex narrowest = no_link;
        for (LinkIndex index = 0; index < links_.size(); ++index) {
            if (is_full[index]) continue;
            const double level = level_of(index);
            if (level >= least) continue;
            least = level;
            narrowest = index;
        }
        if (narrowest == no_link) break;
        is_full[narrowest] = true;
        links_[narrowest].level = least;
    }
    for (FlowIndex flow = 0; flow < flows_.size(); ++flow) {
        if (flows_[flow].active) touch(flow);
    }
}

}  // namespace vacate
