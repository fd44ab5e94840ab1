// The clock of the dispatcher: moves under way, hosts that are down, and who goes next.
#include "sim/search/dispatch.hpp"

#include <algorithm>
#include <queue>

#include "model/limits.hpp"
#include "model/precopy.hpp"

namespace vacate {
namespace {

enum class Stage {
    full,      // not touched yet
    draining,  // out of use, its VMs are leaving
    down,
    done,
};

// What a host is doing, as the dispatcher guesses.
struct Lane {
    std::vector<Id<Vm>> vms;  // that are still to leave, largest first
    Bytes rest;               // of those
    std::int64_t sending = 0;
    std::int64_t receiving = 0;
    Stage stage = Stage::full;
    Id<Host> last = Id<Host>::none();  // where its last VM went
    bool early = false;                // may move VMs to old hosts too
    bool at_once = false;              // has VMs that only a whole evacuation can handle
};

struct Happening {
    Duration at;
    std::uint64_t number;              // in which order they were expected
    Id<Host> from = Id<Host>::none();  // of a move that ends
    Id<Host> to = Id<Host>::none();    // or the host that is back
    friend bool operator>(const Happening& a, const Happening& b) {
        return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
};

class Dispatcher {
  public:
    Dispatcher(Draft& draft, const Genome& genome, const std::vector<Id<Host>>& members)
        : pool_(draft.pool()),
          draft_(draft),
          genome_(genome),
          members_(members),
          window_(std::max<std::int64_t>(1, pool_.policy.migrations_per_host_max)),
          lanes_(pool_.hosts.size()),
          planned_(pool_.vms.size(), Id<Host>::none()),
          guesses_(pool_.vms.size()),
          refused_(pool_.hosts.size(), 0) {
        draft_.set_turns(members);
        smallest_ = Bytes{limits::memory_bytes};
        for (const Vm& vm : pool_.vms) smallest_ = std::min(smallest_, vm.admission);
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (draft_.state().hosts[host].upgraded) lanes_[host].stage = Stage::done;
        }
        fill_lanes();
    }

    std::optional<Stuck> write() {
        if (lanes_[pool_.coordinator].stage != Stage::done) {
            const auto width = std::min(static_cast<std::size_t>(genome_.width), members_.size());
            const std::vector<Id<Host>> first(
                members_.begin(), members_.begin() + static_cast<std::ptrdiff_t>(width));
            if (const auto stuck = upgrade_coordinator(first)) return stuck;
        }
        std::int64_t rescues = 0;
        while (true) {
            start_upgrades();
            start_moves();
            if (!expected_.empty()) {
                if (const auto stuck = go_on()) return stuck;
                continue;
            }
            const Id<Host> next = least_left();
            if (next.is_none()) return std::nullopt;
            if (++rescues > static_cast<std::int64_t>(members_.size())) return Stuck{next, {}};
            if (const auto stuck = rescue(next)) return stuck;
        }
    }

  private:
    [[nodiscard]] const PoolState& state() const { return draft_.state(); }
    [[nodiscard]] bool is_open(Id<Host> host) const {
        return lanes_[host].stage == Stage::done && state().hosts[host].phase == HostPhase::enabled;
    }
    [[nodiscard]] Bytes size_of(Id<Vm> vm) const { return pool_.vms[vm].admission; }

    // VMs that must move together, and those whose disks come along, are left to the draft.
    [[nodiscard]] bool is_simple(Id<Vm> vm) const {
        if (pool_.vms[vm].mobility == Mobility::pinned) return false;
        const bool with_disks =
            pool_.vms[vm].mobility == Mobility::storage && state().vms[vm].storage.is_none();
        const auto& groups = pool_.groups_of[vm];
        return !with_disks && std::none_of(groups.begin(), groups.end(), [this](Id<Group> group) {
            return pool_.groups[group].kind == Group::Kind::together;
        });
    }

    void fill_lanes() {
        for (const Id<Host> host : pool_.hosts.ids()) {
            lanes_[host].vms.clear();
            lanes_[host].rest = Bytes{};
            lanes_[host].at_once = false;
        }
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const Id<Host> host = state().vms[vm].host;
            if (host.is_none() || state().hosts[host].upgraded || parks(pool_.vms[vm])) continue;
            lanes_[host].vms.push_back(vm);
            lanes_[host].rest += size_of(vm);
            if (!is_simple(vm)) lanes_[host].at_once = true;
        }
        for (Lane& lane : lanes_) put_largest_first(lane);
    }

    // ---- the clock

    [[nodiscard]] Duration guess(Id<Vm> vm, Id<Host> from, Id<Host> to) {
        const Copying copying = copying_of(pool_, pool_.vms[vm], from);
        const Bandwidth rate = smallest_share(pool_, copying, from, to);
        auto& [known_rate, known] = guesses_[vm];
        if (known_rate != rate) {
            known_rate = rate;
            known = copying.before + copying.after +
                    forecast_precopy(pool_.vms[vm], rate, copying).total;
        }
        return known;
    }

    void expect(Duration at, Id<Host> from, Id<Host> to) {
        expected_.push({at, number_++, from, to});
    }

    // Everything that happens at the next moment.
    std::optional<Stuck> go_on() {
        now_ = expected_.top().at;
        while (!expected_.empty() && expected_.top().at == now_) {
            const Happening one = expected_.top();
            expected_.pop();
            if (!one.from.is_none()) {
                --lanes_[one.from].sending;
                --lanes_[one.to].receiving;
                --flying_;
                continue;
            }
            if (const auto stuck = draft_.come_up(one.to)) return stuck;
            lanes_[one.to].stage = Stage::done;
        }
        return std::nullopt;
    }

    bool begin_move(Id<Vm> vm, Id<Host> from, Id<Host> to) {
        if (!draft_.take(Migrate{vm, from, to})) return false;
        Lane& lane = lanes_[from];
        lane.vms.erase(std::find(lane.vms.begin(), lane.vms.end(), vm));
        lane.rest -= size_of(vm);
        lane.last = to;
        ++lane.sending;
        ++lanes_[to].receiving;
        ++flying_;
        if (lanes_[to].stage == Stage::full && !draft_.state().hosts[to].upgraded) join(to, vm);
        expect(now_ + guess(vm, from, to), from, to);
        return true;
    }

    // A VM that came to an old host must leave it again.
    void join(Id<Host> host, Id<Vm> vm) {
        Lane& lane = lanes_[host];
        const auto smaller = std::find_if(lane.vms.begin(), lane.vms.end(), [&](Id<Vm> other) {
            return size_of(other) < size_of(vm);
        });
        lane.vms.insert(smaller, vm);
        lane.rest += size_of(vm);
    }

    // ---- the coordinator and whoever is emptied beside it

    std::optional<Stuck> upgrade_coordinator(const std::vector<Id<Host>>& first) {
        const Id<Host> coordinator = pool_.coordinator;
        std::vector<Id<Host>> sources{coordinator};
        sources.insert(sources.end(), first.begin(), first.end());
        std::vector<char> avoid(pool_.hosts.size(), 0);
        for (const Id<Host> host : sources) {
            avoid[host.index] = 1;
            const bool enabled = state().hosts[host].phase == HostPhase::enabled;
            if (enabled && !draft_.take(DisableHost{host})) return Stuck{host, {}};
            lanes_[host].stage = Stage::draining;
            lanes_[host].early = host != coordinator;
        }
        Draft packed = draft_;
        const std::size_t begins = packed.steps().size();
        for (const Id<Host> host : sources) {
            if (const auto stuck = packed.evacuate(host, genome_.style, avoid)) return stuck;
        }
        pack_ahead(packed, sources, avoid);
        if (!plan_moves(packed, begins, avoid)) {
            draft_ = std::move(packed);
            fill_lanes();
        } else if (const auto stuck = empty_side_by_side(sources)) {
            return stuck;
        }
        if (const auto stuck = draft_.go_down(coordinator)) return stuck;
        if (const auto stuck = draft_.come_up(coordinator)) return stuck;
        now_ += pool_.hosts[coordinator].upgrade_time + pool_.timing.host_step;
        lanes_[coordinator].stage = Stage::done;
        return std::nullopt;
    }

    // The members behind the first ones, as far as the rest has room, each VM where it fits best.
    void pack_ahead(Draft& packed, std::vector<Id<Host>>& sources, std::vector<char>& avoid) {
        const std::size_t first = sources.size() - 1;
        const std::size_t last =
            std::min(members_.size(), first + static_cast<std::size_t>(genome_.ahead));
        for (std::size_t i = first; i < last; ++i) {
            const Id<Host> host = members_[i];
            const bool open = state().hosts[host].phase == HostPhase::enabled &&
                              packed.state().hosts[host].committed <= state().hosts[host].committed;
            if (!open || lanes_[host].at_once || !draft_.take(DisableHost{host})) continue;
            packed.take(DisableHost{host});
            avoid[host.index] = 1;
            lanes_[host].stage = Stage::draining;
            lanes_[host].early = true;
            sources.push_back(host);
            for (const Id<Vm> vm : lanes_[host].vms) {
                const Id<Host> to = tightest(packed, size_of(vm), avoid);
                if (!to.is_none()) packed.take(Migrate{vm, host, to});
            }
        }
    }

    [[nodiscard]] Id<Host> tightest(const Draft& packed, Bytes size,
                                    const std::vector<char>& avoid) const {
        Id<Host> best = Id<Host>::none();
        Bytes least;
        for (const Id<Host> host : pool_.hosts.ids()) {
            const Bytes free = free_in(pool_, packed.state(), host);
            const bool open =
                !avoid[host.index] && packed.state().hosts[host].phase == HostPhase::enabled;
            if (!open || free < size || (!best.is_none() && free >= least)) continue;
            best = host;
            least = free;
        }
        return best;
    }

    // Notes where the packing sends each VM. Returns: false where the order of moves matters,
    // since VMs were moved out of the way or must move together.
    bool plan_moves(const Draft& packed, std::size_t begins, const std::vector<char>& avoid) {
        for (std::size_t i = begins; i < packed.steps().size(); ++i) {
            if (std::holds_alternative<DisableHost>(packed.steps()[i])) continue;
            const auto* move = std::get_if<Migrate>(&packed.steps()[i]);
            if (move == nullptr || !avoid[move->from.index] || !is_simple(move->vm)) return false;
            planned_[move->vm] = move->to;
        }
        return true;
    }

    std::optional<Stuck> empty_side_by_side(const std::vector<Id<Host>>& sources) {
        for (const Id<Host> host : sources) {
            if (genome_.longest_first) put_longest_first(host);
        }
        const auto stuck = start_all_planned(sources);
        for (const Id<Host> host : sources) put_largest_first(lanes_[host]);
        return stuck;
    }

    std::optional<Stuck> start_all_planned(const std::vector<Id<Host>>& sources) {
        Duration deadline = Duration::max();
        if (!genome_.wait) deadline = time_alone(sources.front());
        while (true) {
            for (const Id<Host> host : sources) {
                const bool is_first = host == pool_.coordinator;
                start_planned(host, is_first ? Duration::max() : deadline);
            }
            if (expected_.empty()) break;
            if (const auto stuck = go_on()) return stuck;
        }
        const Lane& coordinator = lanes_[pool_.coordinator];
        if (coordinator.vms.empty()) return std::nullopt;
        return Stuck{pool_.coordinator, coordinator.vms.front()};
    }

    // What takes the longest begins first, so that all streams of a host end soon after each other.
    void put_longest_first(Id<Host> host) {
        std::vector<std::pair<Duration, Id<Vm>>> timed;
        for (const Id<Vm> vm : lanes_[host].vms) {
            if (planned_[vm].is_none()) continue;
            timed.emplace_back(guess(vm, host, planned_[vm]), vm);
        }
        std::stable_sort(timed.begin(), timed.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        std::vector<Id<Vm>>& vms = lanes_[host].vms;
        std::erase_if(vms, [this](Id<Vm> vm) { return !planned_[vm].is_none(); });
        for (const auto& [time, vm] : timed) vms.push_back(vm);
    }

    void put_largest_first(Lane& lane) const {
        std::stable_sort(lane.vms.begin(), lane.vms.end(),
                         [this](Id<Vm> a, Id<Vm> b) { return size_of(a) > size_of(b); });
    }

    // How long the coordinator takes to be empty when its window is the only limit.
    Duration time_alone(Id<Host> host) {
        std::vector<Duration> free_at(static_cast<std::size_t>(std::min<std::int64_t>(
                                          window_, static_cast<std::int64_t>(limits_window))),
                                      Duration{});
        for (const Id<Vm> vm : lanes_[host].vms) {
            if (planned_[vm].is_none()) continue;
            auto next = std::min_element(free_at.begin(), free_at.end());
            *next += guess(vm, host, planned_[vm]);
        }
        return now_ + *std::max_element(free_at.begin(), free_at.end());
    }

    void start_planned(Id<Host> host, Duration deadline) {
        Lane& lane = lanes_[host];
        for (std::size_t i = 0; i < lane.vms.size() && lane.sending < window_;) {
            const Id<Vm> vm = lane.vms[i];
            const Id<Host> to = planned_[vm];
            const bool may = !to.is_none() && lanes_[to].receiving < window_ && pool_window() &&
                             now_ + guess(vm, host, to) <= deadline;
            if (!may || !begin_move(vm, host, to)) ++i;
        }
    }

    [[nodiscard]] bool pool_window() const {
        return flying_ < pool_.policy.migrations_per_pool_max;
    }

    // ---- member by member

    void start_upgrades() {
        for (const Id<Host> host : members_) {
            Lane& lane = lanes_[host];
            const bool waits = lane.stage == Stage::full || lane.stage == Stage::draining;
            const bool is_idle = lane.vms.empty() && lane.sending == 0 && lane.receiving == 0;
            if (!waits || !is_idle) continue;
            const bool enabled = state().hosts[host].phase == HostPhase::enabled;
            if (enabled && !draft_.take(DisableHost{host})) continue;
            lane.stage = Stage::draining;
            if (draft_.go_down(host)) continue;
            lane.stage = Stage::down;
            expect(now_ + pool_.hosts[host].upgrade_time + pool_.timing.host_step, Id<Host>::none(),
                   host);
        }
    }

    // Members that are being emptied, the least left first, then the others as they come.
    [[nodiscard]] std::vector<Id<Host>> queue() const {
        std::vector<Id<Host>> hosts, full;
        for (const Id<Host> host : members_) {
            const Lane& lane = lanes_[host];
            if (lane.vms.empty()) continue;
            if (lane.stage == Stage::draining) hosts.push_back(host);
            if (lane.stage == Stage::full) full.push_back(host);
        }
        const auto less_left = [this](Id<Host> a, Id<Host> b) {
            return lanes_[a].rest < lanes_[b].rest;
        };
        std::stable_sort(hosts.begin(), hosts.end(), less_left);
        if (genome_.least_next) std::stable_sort(full.begin(), full.end(), less_left);
        hosts.insert(hosts.end(), full.begin(), full.end());
        return hosts;
    }

    void start_moves() {
        Bytes left;
        targets_.clear();
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (!is_open(host)) continue;
            const Bytes free = free_in(pool_, state(), host);
            left += free;
            const bool idle = lanes_[host].receiving < window_ && lanes_[host].sending == 0;
            if (idle && free >= smallest_) {
                targets_.push_back(host);
            }
        }
        if (targets_.empty() && !any_early()) return;
        if (genome_.level) return share(left);
        int partial = genome_.partial;
        for (const Id<Host> host : queue()) {
            Lane& lane = lanes_[host];
            const bool whole = lane.rest <= left || lane.stage == Stage::draining;
            // One that is emptied in part is out of use too, so that it can go on at once.
            if ((!whole && --partial < 0) || !admit(host)) continue;
            Bytes budget = std::min(left, lane.rest);
            left -= budget;
            if (lane.at_once) continue;  // comes as a whole, see rescue()
            send(host, budget);
            if (left < smallest_) break;
        }
    }

    // The next genome.partial members are emptied side by side, each into its part of the room.
    void share(Bytes left) {
        std::int64_t sharers = genome_.partial;
        for (const Id<Host> host : queue()) {
            if (sharers <= 0 || left < smallest_) break;
            Lane& lane = lanes_[host];
            if (lane.at_once || !admit(host)) continue;
            Bytes budget = std::min(Bytes{left.count / sharers}, lane.rest);
            --sharers;
            left -= budget;
            send(host, budget);
        }
    }

    [[nodiscard]] bool any_early() const {
        return std::any_of(members_.begin(), members_.end(), [this](Id<Host> host) {
            return lanes_[host].early && lanes_[host].stage == Stage::draining;
        });
    }

    bool admit(Id<Host> host) {
        if (lanes_[host].stage == Stage::draining) return true;
        if (lanes_[host].receiving > 0) return false;
        const bool enabled = state().hosts[host].phase == HostPhase::enabled;
        if (enabled && !draft_.take(DisableHost{host})) return false;
        lanes_[host].stage = Stage::draining;
        return true;
    }

    void send(Id<Host> host, Bytes& budget) {
        Lane& lane = lanes_[host];
        if (lane.receiving > 0) return;
        ++asked_;
        while (lane.sending < window_ && !lane.vms.empty() && pool_window()) {
            if (budget < size_of(lane.vms.back())) break;
            const Id<Host> to = choose_target(host);
            if (to.is_none()) break;
            if (!send_largest(host, to, budget)) refused_[to] = asked_;
            const bool full =
                lanes_[to].receiving >= window_ || free_in(pool_, state(), to) < smallest_;
            if (full) std::erase(targets_, to);
        }
        if (lane.early && lane.sending < window_) send_to_old(host);
    }

    [[nodiscard]] std::int64_t between(Id<Host> from, Id<Host> to) const {
        return lanes_[from].last == to ? std::min(lanes_[from].sending, lanes_[to].receiving) : 0;
    }

    // The last one again, then where all of it fits, where its largest VM does, where any does.
    [[nodiscard]] Id<Host> choose_target(Id<Host> host) const {
        const Lane& lane = lanes_[host];
        Id<Host> best = Id<Host>::none();
        int best_class = 4;
        for (const Id<Host> to : targets_) {
            if (refused_[to] == asked_) continue;
            const Bytes free = free_in(pool_, state(), to);
            if (free < size_of(lane.vms.back())) continue;
            if (between(host, to) >= pool_.policy.migrations_per_pair_max) continue;
            const bool all = genome_.style.whole_host_first && free >= lane.rest;
            int rank = all ? 1 : free >= size_of(lane.vms.front()) ? 2 : 3;
            if (to == lane.last && rank < 3) rank = 0;
            if (best.is_none() || rank < best_class ||
                (rank == best_class && is_better_target(to, best))) {
                best = to;
                best_class = rank;
            }
        }
        return best;
    }

    [[nodiscard]] bool is_better_target(Id<Host> a, Id<Host> b) const {
        if (lanes_[a].receiving != lanes_[b].receiving) {
            return lanes_[a].receiving < lanes_[b].receiving;
        }
        const Bytes a_free = free_in(pool_, state(), a);
        const Bytes b_free = free_in(pool_, state(), b);
        return genome_.style.packing == Packing::worst_fit ? a_free > b_free : a_free < b_free;
    }

    bool send_largest(Id<Host> host, Id<Host> to, Bytes& budget) {
        const Lane& lane = lanes_[host];
        const Bytes most = std::min(free_in(pool_, state(), to), budget);
        if (genome_.quickest_last && budget < lane.rest) {
            const Id<Vm> vm = to_send_ahead(host, to, most, lane.rest - budget);
            if (!vm.is_none() && begin_move(vm, host, to)) {
                budget -= size_of(vm);
                return true;
            }
        }
        const auto from = std::partition_point(lane.vms.begin(), lane.vms.end(),
                                               [&](Id<Vm> vm) { return size_of(vm) > most; });
        constexpr std::ptrdiff_t tries = 8;  // where a group or a network stands in the way
        const auto until = from + std::min(tries, lane.vms.end() - from);
        const std::vector<Id<Vm>> fitting(from, until);
        for (const Id<Vm> vm : fitting) {
            if (!begin_move(vm, host, to)) continue;
            budget -= size_of(vm);
            return true;
        }
        return false;
    }

    // Of a host that cannot be emptied yet, so that the rest, `later`, is gone soon once it can:
    // what is slow for its size, and what takes longer alone than the others together.
    [[nodiscard]] Id<Vm> to_send_ahead(Id<Host> host, Id<Host> to, Bytes most, Bytes later) {
        std::vector<Id<Vm>> quickest = lanes_[host].vms;
        std::stable_sort(quickest.begin(), quickest.end(), [&](Id<Vm> a, Id<Vm> b) {
            return static_cast<Wide>(size_of(a).count) * guess(b, host, to).count() >
                   static_cast<Wide>(size_of(b).count) * guess(a, host, to).count();
        });
        Bytes kept;
        Duration time{};
        std::size_t count = 0;
        for (; count < quickest.size() && kept < later; ++count) {
            kept += size_of(quickest[count]);
            time += guess(quickest[count], host, to);
        }
        Id<Vm> best = Id<Vm>::none();
        for (std::size_t i = 0; i < quickest.size(); ++i) {
            const Id<Vm> vm = quickest[i];
            const bool goes = i >= count || guess(vm, host, to) > time / window_;
            const bool larger = best.is_none() || size_of(best) < size_of(vm);
            if (goes && larger && size_of(vm) <= most) best = vm;
        }
        return best;
    }

    // The first members may go on as they were packed, to hosts that are not being emptied.
    void send_to_old(Id<Host> host) {
        Lane& lane = lanes_[host];
        for (std::size_t i = 0; i < lane.vms.size() && lane.sending < window_;) {
            const Id<Vm> vm = lane.vms[i];
            const Id<Host> to = planned_[vm];
            const bool may = !to.is_none() && lanes_[to].stage == Stage::full &&
                             lanes_[to].sending == 0 && lanes_[to].receiving < window_ &&
                             pool_window() && size_of(vm) <= free_in(pool_, state(), to);
            if (!may || !begin_move(vm, host, to)) ++i;
        }
    }

    // ---- nothing goes on by itself

    [[nodiscard]] Id<Host> least_left() const {
        Id<Host> least = Id<Host>::none();
        for (const Id<Host> host : members_) {
            if (lanes_[host].stage == Stage::done) continue;
            if (least.is_none() || lanes_[host].rest < lanes_[least].rest) least = host;
        }
        return least;
    }

    std::optional<Stuck> rescue(Id<Host> host) {
        const std::vector<char> avoid(pool_.hosts.size(), 0);
        const std::size_t before = draft_.steps().size();
        if (const auto stuck = draft_.empty_out(host, genome_.style, avoid)) return stuck;
        Duration together{};
        for (std::size_t i = before; i < draft_.steps().size(); ++i) {
            const auto* move = std::get_if<Migrate>(&draft_.steps()[i]);
            if (move != nullptr) together += guess(move->vm, move->from, move->to);
        }
        now_ += together / window_;
        fill_lanes();
        if (!lanes_[host].vms.empty()) return Stuck{host, lanes_[host].vms.front()};
        lanes_[host].stage = Stage::draining;
        if (const auto stuck = draft_.go_down(host)) return stuck;
        lanes_[host].stage = Stage::down;
        expect(now_ + pool_.hosts[host].upgrade_time + pool_.timing.host_step, Id<Host>::none(),
               host);
        return std::nullopt;
    }

    static constexpr std::int64_t limits_window = 1'000;

    const Pool& pool_;
    Draft& draft_;
    const Genome& genome_;
    const std::vector<Id<Host>>& members_;
    std::int64_t window_;
    Table<Host, Lane> lanes_;
    Table<Vm, Id<Host>> planned_;                        // by the packing of the first members
    Table<Vm, std::pair<Bandwidth, Duration>> guesses_;  // at which rate, how long
    std::priority_queue<Happening, std::vector<Happening>, std::greater<>> expected_;
    std::vector<Id<Host>> targets_;       // that can take a VM right now
    Table<Host, std::uint64_t> refused_;  // by whom it was refused last, as asked_ counts
    std::uint64_t asked_ = 0;
    Bytes smallest_;  // of all VMs
    Duration now_{};
    std::uint64_t number_ = 0;
    std::int64_t flying_ = 0;
};

}  // namespace

std::optional<Stuck> dispatch(Draft& draft, const Genome& genome,
                              const std::vector<Id<Host>>& members) {
    return Dispatcher(draft, genome, members).write();
}

}  // namespace vacate
