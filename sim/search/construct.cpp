// From a genome to a sequence of steps.
#include "sim/search/construct.hpp"

#include <algorithm>

#include "model/random.hpp"
#include "sim/search/dispatch.hpp"

namespace vacate {
namespace {

class Construction {
  public:
    Construction(const Pool& pool, const PoolState& state, const Genome& genome,
                 const HomeWish& home)
        : pool_(pool),
          home_(home),
          genome_(genome),
          draft_(pool, state),
          members_(ordered_members(pool, state, genome)),
          avoid_(pool.hosts.size(), 0) {}

    std::optional<Stuck> write() {
        const bool nothing_to_do = draft_.state().hosts_upgraded == pool_.hosts.size();
        if (nothing_to_do) {
            only_go_home();
            return std::nullopt;
        }
        draft_.prepare();
        enable_coordinator();
        if (genome_.by_clock && !promises_refuge(pool_)) {
            if (const auto stuck = dispatch(draft_, genome_, members_)) return stuck;
            go_home(draft_, home_);
            draft_.restore();
            return std::nullopt;
        }
        const bool coordinator_waits = !draft_.state().hosts[pool_.coordinator].upgraded;
        const auto width = static_cast<std::size_t>(coordinator_waits ? genome_.width : 0);
        const std::vector<Id<Host>> first(
            members_.begin(),
            members_.begin() + static_cast<std::ptrdiff_t>(std::min(width, members_.size())));
        if (coordinator_waits) {
            if (const auto stuck = upgrade_coordinator(first)) return stuck;
        }
        for (const Id<Host> host : first) {
            if (const auto stuck = draft_.finish_upgrade(host)) return stuck;
        }
        while (true) {
            const Id<Host> next = next_member();
            if (next.is_none()) break;
            if (const auto stuck = draft_.upgrade(next, genome_.style, avoid_)) return stuck;
        }
        go_home(draft_, home_);
        draft_.restore();
        return std::nullopt;
    }

    Draft& draft() { return draft_; }

  private:
    // Nothing is squeezed where nothing moves.
    void only_go_home() {
        Draft still = draft_;
        draft_.squeeze();
        const std::size_t prepared = draft_.steps().size();
        go_home(draft_, home_);
        if (draft_.steps().size() == prepared) {
            draft_ = std::move(still);
        } else {
            draft_.restore_ranges();
        }
    }

    // An upgrade that stopped right behind the coordinator's left it disabled; R3 waits for it.
    void enable_coordinator() {
        const HostState& coordinator = draft_.state().hosts[pool_.coordinator];
        const bool is_out = coordinator.upgraded && coordinator.phase == HostPhase::disabled;
        if (is_out) draft_.take(EnableHost{pool_.coordinator});
    }

    std::optional<Stuck> upgrade_coordinator(const std::vector<Id<Host>>& first) {
        avoid_[pool_.coordinator.index] = 1;
        for (const Id<Host> host : first) avoid_[host.index] = 1;
        // All are out of use before any VM moves, so that none is sent to one of them.
        if (const auto stuck = draft_.empty_out(pool_.coordinator, genome_.style, avoid_)) {
            return stuck;
        }
        for (const Id<Host> host : first) {
            if (const auto stuck = draft_.empty_out(host, genome_.style, avoid_)) return stuck;
        }
        std::fill(avoid_.begin(), avoid_.end(), 0);
        return draft_.finish_upgrade(pool_.coordinator);
    }

    // The first in order whose content fits into what is upgraded; else simply the first.
    Id<Host> next_member() {
        Id<Host> first = Id<Host>::none();
        const PoolState& state = draft_.state();
        Bytes room;
        for (const Id<Host> host : pool_.hosts.ids()) {
            const HostState& one = state.hosts[host];
            if (one.upgraded && one.phase == HostPhase::enabled) {
                room += free_in(pool_, state, host);
            }
        }
        for (const Id<Host> host : members_) {
            if (state.hosts[host].upgraded) continue;
            if (first.is_none()) first = host;
            if (genome_.plain || state.hosts[host].committed <= room) return host;
        }
        return first;
    }

    const Pool& pool_;
    const HomeWish& home_;
    Genome genome_;
    Draft draft_;
    std::vector<Id<Host>> members_;
    std::vector<char> avoid_;
};

}  // namespace

std::vector<Id<Host>> ordered_members(const Pool& pool, const PoolState& state,
                                      const Genome& genome) {
    if (!genome.members.empty()) return genome.members;
    std::vector<Id<Host>> members;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (host != pool.coordinator && !state.hosts[host].upgraded) members.push_back(host);
    }
    Table<Host, Bytes> largest(pool.hosts.size());
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = state.vms[vm].host;
        if (!host.is_none()) largest[host] = std::max(largest[host], pool.vms[vm].admission);
    }
    const auto before = [&](Id<Host> a, Id<Host> b) {
        switch (genome.order) {
            case HostOrder::least_content:
                return state.hosts[a].committed < state.hosts[b].committed;
            case HostOrder::most_content:
                return state.hosts[a].committed > state.hosts[b].committed;
            case HostOrder::fewest_vms:
                return state.hosts[a].vms < state.hosts[b].vms;
            case HostOrder::smallest_vms:
                return largest[a] < largest[b];
            case HostOrder::largest_host:
                return pool.hosts[a].memory_after > pool.hosts[b].memory_after;
            case HostOrder::by_name:
                return false;
        }
        return false;
    };
    std::stable_sort(members.begin(), members.end(), before);
    if (genome.salt != 0 && members.size() > 1) {
        Random random(genome.salt);
        const std::int64_t swaps = 1 + static_cast<std::int64_t>(members.size()) / 4;
        for (std::int64_t i = 0; i < swaps; ++i) {
            std::swap(members[random.below(members.size())], members[random.below(members.size())]);
        }
    }
    return members;
}

tl::expected<Draft, Stuck> construct(const Pool& pool, const PoolState& state, const Genome& genome,
                                     std::int64_t& effort, const HomeWish& home) {
    Construction construction(pool, state, genome, home);
    const std::optional<Stuck> stuck = construction.write();
    effort += construction.draft().effort();
    if (stuck) return tl::unexpected(*stuck);
    return std::move(construction.draft());
}

int widest(const Pool& pool, const PoolState& state) {
    std::vector<Bytes> contents;  // of members that still wait
    Bytes free;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (state.hosts[host].phase == HostPhase::enabled) free += free_in(pool, state, host);
        if (host != pool.coordinator && !state.hosts[host].upgraded) {
            contents.push_back(pool.hosts[host].memory);
        }
    }
    std::sort(contents.begin(), contents.end());
    // A host that is empty takes its whole memory out of the pool's free memory.
    free -= pool.hosts[pool.coordinator].memory;
    const std::int64_t allowed = pool.policy.hosts_down_max - state.hosts_out - 1;
    int width = 0;
    for (const Bytes content : contents) {
        free -= content;
        if (free.count < 0 || width >= allowed) break;
        ++width;
    }
    return width;
}

}  // namespace vacate
