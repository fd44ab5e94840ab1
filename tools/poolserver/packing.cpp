// Three plans, tried one after the other.
#include "tools/poolserver/packing.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace vacate::poolserver {
namespace {

/// Places VMs of groups one by one.
class Spreader {
  public:
    Spreader(Room room, Neighbours neighbours)
        : room_(std::move(room)), neighbours_(std::move(neighbours)) {}

    [[nodiscard]] const Room& room() const { return room_; }
    [[nodiscard]] const Places& places() const { return places_; }

    /// On how many of the hosts the group is.
    [[nodiscard]] std::size_t hosts_of(const std::string& group) const {
        std::size_t count = 0;
        for (const auto& [host, left] : room_) count += how_many(group, host) > 0 ? 1U : 0U;
        return count;
    }

    /// To the host with fewest of its group, at most `most`, and of these with least left. A
    /// host that is too small for one VM of a group is not asked for its larger ones.
    /// False: it fits nowhere.
    bool place(const PackedVm& vm, std::size_t most) {
        std::optional<std::size_t> chosen;
        const auto rank = [&](std::size_t i) {
            return std::pair(how_many(vm.group, room_[i].first), room_[i].second);
        };
        for (;;) {
            chosen.reset();
            for (std::size_t i = 0; i < room_.size(); ++i) {
                if (too_small_.contains({vm.group, i}) || rank(i).first > most) continue;
                if (!chosen || rank(i) < rank(*chosen)) chosen = i;
            }
            if (!chosen) return false;
            if (vm.size <= room_[*chosen].second) break;
            too_small_.insert({vm.group, *chosen});
        }
        room_[*chosen].second -= vm.size;
        ++neighbours_[vm.group][room_[*chosen].first];
        places_.emplace(vm.vm, room_[*chosen].first);
        return true;
    }

  private:
    [[nodiscard]] std::size_t how_many(const std::string& group, const std::string& host) const {
        const auto hosts = neighbours_.find(group);
        if (hosts == neighbours_.end()) return 0;
        const auto found = hosts->second.find(host);
        return found == hosts->second.end() ? 0 : found->second;
    }

    Room room_;
    Neighbours neighbours_;
    Places places_;
    std::set<std::pair<std::string, std::size_t>> too_small_;
};

/// The VMs of groups, smallest first, and the others.
struct Sides {
    std::vector<PackedVm> grouped;
    std::vector<PackedVm> free;
};
Sides sides_of(const std::vector<PackedVm>& vms) {
    Sides sides;
    for (const PackedVm& vm : vms) (vm.group.empty() ? sides.free : sides.grouped).push_back(vm);
    std::ranges::stable_sort(sides.grouped, {}, &PackedVm::size);
    return sides;
}

Places with_rest(const Spreader& spreader, const std::vector<PackedVm>& rest) {
    Places places = pack(rest, spreader.room());
    places.insert(spreader.places().begin(), spreader.places().end());
    return places;
}

std::optional<Places> spread_evenly(const Sides& sides, Spreader spreader) {
    constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
    for (const PackedVm& vm : sides.grouped) {
        if (!spreader.place(vm, any)) return std::nullopt;
    }
    return with_rest(spreader, sides.free);
}

/// Two hosts are enough for a group: what it has beyond them is packed with the rest.
Places without_breach(const Sides& sides, Spreader spreader) {
    std::vector<PackedVm> rest = sides.free;
    for (const PackedVm& vm : sides.grouped) {
        if (spreader.hosts_of(vm.group) >= 2 || !spreader.place(vm, 0)) rest.push_back(vm);
    }
    return with_rest(spreader, rest);
}

}  // namespace

Places pack(std::vector<PackedVm> vms, Room room) {
    std::ranges::stable_sort(vms,
                             [](const PackedVm& a, const PackedVm& b) { return b.size < a.size; });
    Places places;
    for (const PackedVm& vm : vms) {
        const auto most = std::ranges::max_element(room, {}, &Room::value_type::second);
        if (most == room.end() || most->second < vm.size) continue;
        most->second -= vm.size;
        places.emplace(vm.vm, most->first);
    }
    return places;
}

Places pack_apart(const std::vector<PackedVm>& vms, const Room& room,
                  const Neighbours& neighbours) {
    const Sides sides = sides_of(vms);
    if (sides.grouped.empty()) return pack(vms, room);
    const Spreader spreader(room, neighbours);
    const auto even = spread_evenly(sides, spreader);
    if (even && even->size() == vms.size()) return *even;
    Places places = without_breach(sides, spreader);
    if (places.size() == vms.size()) return places;
    return pack(vms, room);
}

}  // namespace vacate::poolserver
