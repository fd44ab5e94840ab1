// The water levels of a network, repaired from where it changed.
#include "sim/kernel/links.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "model/check.hpp"

namespace vacate {
namespace {

constexpr double tolerance = 1e-12;  // relative; stops ping-pong between equal levels

// Far above what the order of a sum can change, far below what matters.
constexpr double margin = 1e-9;

bool nearly_equal(double a, double b) {
    if (a == b) return true;
    return std::isfinite(a) && std::isfinite(b) && std::fabs(a - b) <= tolerance * std::fabs(a);
}

}  // namespace

void LinkNetwork::FlowSet::make_room(FlowIndex flow) {
    if (flow / 64 >= words.size()) words.resize(flow / 64 + 1, 0);
    if (flow / 4096 >= summary.size()) summary.resize(flow / 4096 + 1, 0);
}

LinkNetwork::LinkIndex LinkNetwork::add_link(double capacity) {
    VACATE_CHECK(capacity > 0, "a link needs a capacity");
    if (links_.empty()) {  // slot 0
        links_.emplace_back();
        levels_.push_back(infinite);
        queued_.push_back(0);
    }
    links_.push_back(Link{capacity, {}});
    levels_.push_back(infinite);
    queued_.push_back(0);
    return static_cast<LinkIndex>(links_.size() - 2);
}

void LinkNetwork::set_capacity(LinkIndex link, double capacity) {
    VACATE_CHECK(capacity > 0, "a link needs a capacity");
    links_[slot_of(link)].capacity = capacity;
    queue(slot_of(link));
}

LinkNetwork::FlowIndex LinkNetwork::start(const Route& route, double cap) {
    VACATE_CHECK(cap > 0, "a flow needs a cap above zero");
    FlowIndex index = static_cast<FlowIndex>(flows_.size());
    if (idle_.empty()) {
        flows_.emplace_back();
        touched_.make_room(index);
    } else {
        index = idle_.back();
        idle_.pop_back();
    }
    Flow& flow = flows_[index];
    flow = Flow{};
    flow.cap = cap;
    flow.active = true;
    for (std::size_t i = 0; i < links_per_flow; ++i) flow.slots[i] = slot_of(route[i]);
    for (std::size_t i = 0; i < links_per_flow; ++i) {
        if (flow.slots[i] != 0) join(index, i);
    }
    touched_.insert(index);
    ++active_;
    return index;
}

void LinkNetwork::stop(FlowIndex index) {
    Flow& flow = flows_[index];
    VACATE_CHECK(flow.active, "only a flow that runs can stop");
    for (std::size_t i = 0; i < links_per_flow; ++i) {
        if (flow.slots[i] != 0) leave(index, i);
    }
    flow.active = false;
    flow.rate = 0;
    idle_.push_back(index);
    --active_;
}

void LinkNetwork::join(FlowIndex index, std::size_t place) {
    const Flow& flow = flows_[index];
    const Slot slot = flow.slots[place];
    std::vector<Member>& members = links_[slot].members;
    Member member{flow.cap, {}, index};
    std::size_t next = 0;
    for (std::size_t i = 0; i < links_per_flow; ++i) {
        if (i != place) member.others[next++] = flow.slots[i];
    }
    members.push_back(member);
    queue(slot);
}

// Looks at no more members than the level that is due now will.
void LinkNetwork::leave(FlowIndex index, std::size_t place) {
    const Slot slot = flows_[index].slots[place];
    std::vector<Member>& members = links_[slot].members;
    std::size_t gap = 0;
    while (members[gap].flow != index) ++gap;
    members[gap] = members.back();
    members.pop_back();
    queue(slot);
}

const std::vector<LinkNetwork::FlowIndex>& LinkNetwork::settle() {
    if (!repair()) fill_from_scratch();
    changed_.clear();
    for (std::size_t i = 0; i < touched_.summary.size(); ++i) {
        for (std::uint64_t some = touched_.summary[i]; some != 0; some &= some - 1) {
            const std::size_t k = i * 64 + static_cast<std::size_t>(std::countr_zero(some));
            for (std::uint64_t word = touched_.words[k]; word != 0; word &= word - 1) {
                const auto bit = static_cast<std::size_t>(std::countr_zero(word));
                note_if_changed(static_cast<FlowIndex>(k * 64 + bit));
            }
            touched_.words[k] = 0;
        }
        touched_.summary[i] = 0;
    }
    return changed_;
}

void LinkNetwork::note_if_changed(FlowIndex index) {
    Flow& flow = flows_[index];
    if (!flow.active) return;
    double rate = flow.cap;
    for (const Slot slot : flow.slots) rate = std::min(rate, levels_[slot]);
    if (rate == flow.rate) return;
    flow.rate = rate;
    changed_.push_back(index);
}

void LinkNetwork::queue(Slot slot) {
    if (queued_[slot] != 0) return;
    queued_[slot] = 1;
    __builtin_prefetch(links_[slot].members.data());
    heap_.emplace_back(levels_[slot], slot);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
}

// What the flow would get if the link whose member it is granted it everything.
double LinkNetwork::limit_elsewhere(const Member& member) const {
    double limit = member.cap;
    for (const Slot other : member.others) limit = std::min(limit, levels_[other]);
    return limit;
}

// The x with: sum over the link's flows of min(limit elsewhere, x) = capacity.
// Leaves the limits of the members in limits_.
double LinkNetwork::level_of(Slot slot) {
    const Link& link = links_[slot];
    const std::size_t count = link.members.size();
    if (limits_.size() < count) limits_.resize(count);
    double wanted = 0;
    for (std::size_t i = 0; i < count; ++i) {
        limits_[i] = limit_elsewhere(link.members[i]);
        wanted += limits_[i];
    }
    if (wanted <= link.capacity * (1 + tolerance)) return infinite;
    return share_of(link.capacity, count, levels_[slot]);
}

// The same, once it is known that the flows want more than there is.
//
// Newton's method first, on a concave function and so from below after its first step; then
// exactly, in ascending order of the few limits that can be below the level.
double LinkNetwork::share_of(double capacity, std::size_t count, double first_guess) {
    double guess = std::isfinite(first_guess) ? first_guess : capacity / static_cast<double>(count);
    std::size_t below = count;
    for (int step = 0; step < 64; ++step) {
        double sum = 0;
        std::size_t found = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const bool is_below = limits_[i] < guess;
            sum += is_below ? limits_[i] : 0.0;
            found += is_below ? 1 : 0;
        }
        if (found == below) break;
        below = found;
        guess = (capacity - sum) / static_cast<double>(found == count ? 1 : count - found);
    }
    const double bound = below == count ? infinite : guess * (1 + margin);
    lowest_.clear();
    for (std::size_t i = 0; i < count; ++i) {
        if (limits_[i] <= bound) lowest_.push_back(limits_[i]);
    }
    std::sort(lowest_.begin(), lowest_.end());
    double left = capacity;
    std::size_t flows_left = count;
    for (const double limit : lowest_) {
        const double share = left / static_cast<double>(flows_left);
        if (limit >= share) return share;
        left -= limit;
        --flows_left;
    }
    return flows_left > 0 ? left / static_cast<double>(flows_left) : infinite;
}

// False when it does not come to rest soon; then the levels are to be found from scratch.
bool LinkNetwork::repair() {
    std::size_t patience = 64 * links_.size() + 1024;
    while (!heap_.empty()) {
        if (patience-- == 0) return false;
        std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
        const Slot slot = heap_.back().second;
        heap_.pop_back();
        queued_[slot] = 0;
        const double before = levels_[slot];
        const double now = level_of(slot);
        if (nearly_equal(before, now)) continue;
        levels_[slot] = now;
        spread(slot, before, now);
    }
    return true;
}

// Tells those whom a level that moved concerns: the flows that it limited or limits, and their
// other links, but for one that was not full and is asked for less.
void LinkNetwork::spread(Slot slot, double before, double now) {
    const double lower = std::min(before, now);
    const bool fell = now < before;
    const std::vector<Member>& members = links_[slot].members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (lower >= limits_[i]) continue;  // as level_of() left them
        touched_.insert(members[i].flow);
        for (const Slot other : members[i].others) {
            if (other == 0 || (fell && levels_[other] == infinite)) continue;
            queue(other);
        }
    }
}

// Progressive filling: the link with the smallest equal share is full first.
void LinkNetwork::fill_from_scratch() {
    for (const auto& entry : heap_) queued_[entry.second] = 0;
    heap_.clear();
    std::fill(levels_.begin(), levels_.end(), infinite);
    std::vector<bool> is_full(links_.size(), false);
    while (true) {
        double least = infinite;
        Slot narrowest = 0;
        for (Slot slot = 1; slot < links_.size(); ++slot) {
            if (is_full[slot]) continue;
            const double level = level_of(slot);
            if (level >= least) continue;
            least = level;
            narrowest = slot;
        }
        if (narrowest == 0) break;
        is_full[narrowest] = true;
        levels_[narrowest] = least;
    }
    for (FlowIndex flow = 0; flow < flows_.size(); ++flow) {
        if (flows_[flow].active) touched_.insert(flow);
    }
}

}  // namespace vacate
