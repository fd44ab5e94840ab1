// Uniform-cost search over compactly coded placements; migrations cost one, all else nothing.
#include "sim/search/exact.hpp"

#include <deque>
#include <map>
#include <string>

#include "model/transition.hpp"

namespace vacate {
namespace {

// What a step changes, and nothing else: VM places, parked VMs, moved disks, upgraded and
// enabled hosts.
using Key = std::u32string;

constexpr char32_t nowhere = 0xffff'ffff;

Key encode(const PoolState& state) {
    Key key;
    key.reserve(state.vms.size() * 3 + state.hosts.size());
    for (const VmState& vm : state.vms) {
        key.push_back(vm.host.is_none() ? nowhere : vm.host.index);
        key.push_back(vm.parked.is_none() ? nowhere : vm.parked.index);
        key.push_back(vm.storage.is_none() ? nowhere : vm.storage.index);
    }
    for (const HostState& host : state.hosts) {
        const bool is_enabled = host.phase == HostPhase::enabled;
        key.push_back((host.upgraded ? 1u : 0u) + (is_enabled ? 2u : 0u));
    }
    return key;
}

struct Node {
    std::int64_t parent = -1;
    std::int64_t moves = 0;   // from the start
    bool is_closed = false;   // no shorter way to it can be found any more
    std::vector<Step> steps;  // from the parent to here
};

class Exhaustion {
  public:
    // With a goal: by migrations alone, to that placement.
    Exhaustion(const Pool& pool, const PoolState& state, std::int64_t nodes_max,
               const std::function<bool()>& stops, const Table<Vm, Id<Host>>* goal = nullptr)
        : pool_(pool), start_(state), nodes_max_(nodes_max), stops_(stops), goal_(goal) {}

    ExactAnswer answer() {
        add(start_, -1, {});
        std::size_t looked_at = 0;
        while (!open_.empty() && !stopped_) {
            const std::int64_t at = open_.front();
            open_.pop_front();
            Node& node = nodes_[static_cast<std::size_t>(at)];
            if (node.is_closed) continue;
            node.is_closed = true;
            const PoolState state = state_of(at);
            if (is_goal(state)) return found(at);
            expand(state, at);
            constexpr std::size_t mark = 256;
            if (looked_at++ % mark == 0 && stops_ && stops_()) stopped_ = true;
        }
        ExactAnswer answer = books();
        answer.verdict =
            stopped_ ? ExactAnswer::Verdict::gave_up : ExactAnswer::Verdict::impossible;
        return answer;
    }

  private:
    [[nodiscard]] bool is_there(const PoolState& state) const {
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const Id<Host> host = (*goal_)[vm];
            if (!host.is_none() && state.vms[vm].host != host) return false;
        }
        return true;
    }

    [[nodiscard]] bool is_goal(const PoolState& state) const {
        if (goal_ != nullptr) return is_there(state);
        for (const HostState& host : state.hosts) {
            if (!host.upgraded) return false;
        }
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const bool was_running = start_.vms[vm].power == Power::running;
            if (was_running && state.vms[vm].power != Power::running) return false;
        }
        return split_groups(state) <= split_groups(start_);
    }

    // R7 lets a group that stays together rest half way; at the end that will not do.
    [[nodiscard]] std::int64_t split_groups(const PoolState& state) const {
        std::int64_t count = 0;
        for (const Group& group : pool_.groups) {
            if (group.kind != Group::Kind::together) continue;
            Id<Host> common = Id<Host>::none();
            bool is_split = false;
            for (const Id<Vm> member : group.members) {
                const Id<Host> host = state.vms[member].host;
                if (host.is_none()) continue;
                is_split = is_split || (!common.is_none() && host != common);
                common = host;
            }
            if (is_split) ++count;
        }
        return count;
    }

    // The steps from the start are replayed; states are larger than the paths are long.
    [[nodiscard]] PoolState state_of(std::int64_t at) const {
        PoolState state = start_;
        for (const Step& step : path_to(at)) {
            const auto done = perform(pool_, state, step);
            if (!done) break;  // cannot be: it was performed before
        }
        return state;
    }

    [[nodiscard]] std::vector<Step> path_to(std::int64_t at) const {
        std::vector<const Node*> chain;
        for (; at >= 0; at = nodes_[static_cast<std::size_t>(at)].parent) {
            chain.push_back(&nodes_[static_cast<std::size_t>(at)]);
        }
        std::vector<Step> steps;
        for (auto node = chain.rbegin(); node != chain.rend(); ++node) {
            steps.insert(steps.end(), (*node)->steps.begin(), (*node)->steps.end());
        }
        return steps;
    }

    void add(const PoolState& state, std::int64_t parent, std::vector<Step> steps) {
        const bool is_move = !steps.empty() && is_migration(steps.front());
        std::int64_t moves = is_move ? 1 : 0;
        if (parent >= 0) moves += nodes_[static_cast<std::size_t>(parent)].moves;
        const auto here = static_cast<std::int64_t>(nodes_.size());
        const auto entry = known_.emplace(encode(state), here);
        if (!entry.second) {
            Node& before = nodes_[static_cast<std::size_t>(entry.first->second)];
            if (before.is_closed || before.moves <= moves) return;
            before = Node{parent, moves, false, std::move(steps)};
        } else {
            if (here >= nodes_max_) {
                stopped_ = true;
                return;
            }
            nodes_.push_back(Node{parent, moves, false, std::move(steps)});
        }
        // What costs nothing comes before whatever waits, what costs one behind it.
        if (is_move) {
            open_.push_back(entry.first->second);
        } else {
            open_.push_front(entry.first->second);
        }
    }

    void attempt(const PoolState& from, std::int64_t parent, const std::vector<Step>& steps) {
        PoolState state = from;
        for (const Step& step : steps) {
            ++effort_;
            if (!perform(pool_, state, step)) return;
        }
        add(state, parent, steps);
    }

    void expand(const PoolState& state, std::int64_t at) {
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (goal_ != nullptr) break;
            // One that was out of use from the start counts against R6, and takes no VMs.
            const bool is_out = state.hosts[host].phase == HostPhase::disabled;
            if (is_out) attempt(state, at, {EnableHost{host}});
            if (state.hosts[host].upgraded || state.hosts[host].vms > 0) continue;
            std::vector<Step> steps{Upgrade{host}, EnableHost{host}};
            if (state.hosts[host].phase == HostPhase::enabled) {
                steps.insert(steps.begin(), DisableHost{host});
            }
            attempt(state, at, steps);
        }
        for (const Id<Vm> vm : pool_.vms.ids()) expand_vm(state, at, vm);
    }

    void expand_vm(const PoolState& state, std::int64_t at, Id<Vm> vm) {
        const VmState& one = state.vms[vm];
        if (!one.parked.is_none()) {
            if (goal_ != nullptr) return;
            if (one.power == Power::suspended) attempt(state, at, {Resume{vm, one.parked}});
            if (one.power == Power::halted) attempt(state, at, {Start{vm, one.parked}});
            return;
        }
        if (one.power != Power::running) return;
        const Mobility mobility = pool_.vms[vm].mobility;
        const bool may_park = goal_ == nullptr;
        if (may_park && mobility == Mobility::suspend) attempt(state, at, {Suspend{vm, one.host}});
        if (may_park && mobility == Mobility::restart) attempt(state, at, {Stop{vm, one.host}});
        for (const Id<Host> to : pool_.hosts.ids()) {
            if (to == one.host) continue;
            attempt(state, at, {Migrate{vm, one.host, to}});
            if (mobility != Mobility::storage || !one.storage.is_none()) continue;
            for (const Id<Storage> storage : pool_.hosts[to].storages) {
                attempt(state, at, {MigrateStorage{vm, one.host, to, storage}});
            }
        }
    }

    [[nodiscard]] ExactAnswer books() const {
        ExactAnswer answer;
        answer.nodes = static_cast<std::int64_t>(nodes_.size());
        answer.effort = effort_;
        return answer;
    }

    ExactAnswer found(std::int64_t at) {
        ExactAnswer answer = books();
        answer.verdict = ExactAnswer::Verdict::found;
        answer.steps = path_to(at);
        return answer;
    }

    const Pool& pool_;
    PoolState start_;
    std::int64_t nodes_max_;
    const std::function<bool()>& stops_;
    const Table<Vm, Id<Host>>* goal_;
    std::map<Key, std::int64_t> known_;  // the node of each
    std::deque<std::int64_t> open_;      // by moves; those that found a shorter way stand twice
    std::vector<Node> nodes_;
    std::int64_t effort_ = 0;
    bool stopped_ = false;
};

}  // namespace

ExactAnswer search_exhaustively(const Pool& pool, const PoolState& state, std::int64_t nodes_max,
                                const std::function<bool()>& stops) {
    return Exhaustion(pool, state, nodes_max, stops).answer();
}

ExactAnswer search_placement(const Pool& pool, const PoolState& state,
                             const Table<Vm, Id<Host>>& goal, std::int64_t nodes_max) {
    const std::function<bool()> never;
    return Exhaustion(pool, state, nodes_max, never, &goal).answer();
}

}  // namespace vacate
