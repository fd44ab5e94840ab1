// Best first through moments, each a placement with what is under way.
#include "tests/oracle/shortest.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/kernel/copies.hpp"
#include "tests/oracle/naive_judge.hpp"

namespace vacate::oracle {
namespace {

constexpr std::int64_t never = INT64_MAX / 4;

Instant instant(std::int64_t microseconds) { return Instant{Duration{microseconds}}; }
std::int64_t microseconds_of(Instant at) { return at.time_since_epoch().count(); }

struct Flight {
    Migrate move;
    Copies::Slot slot;
};

struct Moment {
    NaiveJudge judge;
    Copies copies;
    std::vector<Flight> flights;
    std::vector<std::int64_t> back;  // by host: when its upgrade ends; never: it is not down
    std::int64_t now = 0;
    std::int64_t least = 0;  // no way on from here ends sooner
};

// What packing says about one pool, whatever its schedule: asked once.
class Packings {
  public:
    explicit Packings(const Pool& pool, const NaiveJudge& start) {
        for (const Host& host : pool.hosts) {
            room_.push_back(std::max(host.memory, host.memory_after).count);
        }
        for (const Id<Vm> vm : pool.vms.ids()) {
            if (start.place_of(vm.index) >= 0) sizes_.push_back(pool.vms[vm].memory.count);
        }
        const std::size_t hosts = pool.hosts.size();
        for (unsigned empty = 0; empty < (1u << hosts); ++empty) {
            std::vector<std::int64_t> least(hosts, never);
            for (std::size_t host = 0; host < hosts; ++host) {
                std::vector<std::int64_t> free = room_;
                for (std::size_t i = 0; i < hosts; ++i) {
                    if (empty >> i & 1u) free[i] = 0;
                }
                pack(0, free, host, 0, least[host]);
            }
            least_.push_back(std::move(least));
        }
    }

    /// The least that `host` holds while those of `empty` are; never: they cannot all be empty.
    [[nodiscard]] std::int64_t least_on(std::size_t host, unsigned empty) const {
        return least_[empty][host];
    }

  private:
    void pack(std::size_t vm, std::vector<std::int64_t>& free, std::size_t host, std::int64_t held,
              std::int64_t& least) {
        if (held >= least) return;
        if (vm == sizes_.size()) {
            least = held;
            return;
        }
        for (std::size_t to = 0; to < free.size(); ++to) {
            if (free[to] < sizes_[vm]) continue;
            free[to] -= sizes_[vm];
            pack(vm + 1, free, host, held + (to == host ? sizes_[vm] : 0), least);
            free[to] += sizes_[vm];
        }
    }

    std::vector<std::int64_t> room_, sizes_;
    std::vector<std::vector<std::int64_t>> least_;
};

class Search {
  public:
    Search(const Pool& pool, const PoolState& state, Measure measure, Duration below,
           std::int64_t moments_max, bool with_cut)
        : pool_(pool),
          measure_(measure),
          below_(below.count()),
          moments_max_(moments_max),
          with_cut_(with_cut),
          start_(pool, state),
          packings_(pool, start_) {
        for (const Host& host : pool.hosts) {
            rate_.push_back(std::min(host.link.count, host.send_budget.count));
        }
    }

    Shortest run() {
        find_likes();
        Moment first{start_, Copies(pool_), {}, {}, 0, 0};
        first.back.assign(pool_.hosts.size(), never);
        for (const Step& step : {Step{BackUpDatabase{}}, Step{DisableHa{}}, Step{DisableWlb{}},
                                 Step{DisableAutoPowerOn{}}}) {
            if (first.judge.against(step).empty()) first.judge.perform(step);
        }
        if (measure_ == Measure::makespan) {
            add(std::move(first));
        } else {
            prearrange(std::move(first));
        }
        while (!open_.empty() && looked_at_ <= moments_max_) {
            const auto top = open_.begin();
            const Moment now = std::move(top->second);
            open_.erase(top);
            if (now.least >= below_) break;
            ++looked_at_;
            if (is_over(now)) {
                below_ = now.least;
                found_ = true;
                continue;
            }
            branch(now, 0);
        }
        Shortest answer;
        answer.time = Duration{below_};
        answer.found = found_;
        answer.proven = looked_at_ <= moments_max_;
        answer.moments = looked_at_;
        return answer;
    }

  private:
    [[nodiscard]] std::size_t coordinator() const { return pool_.coordinator.index; }

    // Time before the coordinator is back does not count: every placement without it is a start.
    void prearrange(Moment first) {
        std::vector<NaiveJudge> waiting{first.judge};
        std::set<std::string> seen{first.judge.key()};
        while (!waiting.empty()) {
            const NaiveJudge now = std::move(waiting.back());
            waiting.pop_back();
            Moment ready = first;
            ready.judge = now;
            if (begin_upgrade(ready, coordinator())) {
                ready.back[coordinator()] = 0;
                end_upgrades(ready);
                add(std::move(ready));
            }
            for (const Migrate& move : moves_of(now)) {
                if (!now.against(move).empty()) continue;
                NaiveJudge next = now;
                next.perform(move);
                if (seen.insert(next.key()).second) waiting.push_back(std::move(next));
            }
        }
    }

    [[nodiscard]] std::vector<Migrate> moves_of(const NaiveJudge& judge) const {
        std::vector<Migrate> moves;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            if (judge.place_of(vm.index) < 0) continue;
            const Id<Host> from{static_cast<std::uint32_t>(judge.place_of(vm.index))};
            for (const Id<Host> to : pool_.hosts.ids()) {
                if (to != from) moves.push_back({vm, from, to});
            }
        }
        return moves;
    }

    [[nodiscard]] bool is_over(const Moment& one) const {
        for (std::size_t host = 0; host < pool_.hosts.size(); ++host) {
            if (!one.judge.is_new(host)) return false;
        }
        return one.flights.empty();
    }

    // ---- from one moment to the next

    bool begin_upgrade(Moment& one, std::size_t host) const {
        const Id<Host> id{static_cast<std::uint32_t>(host)};
        if (one.judge.is_new(host) || one.back[host] != never) return false;
        if (!one.judge.against(DisableHost{id}).empty()) return false;
        NaiveJudge judge = one.judge;
        judge.perform(DisableHost{id});
        if (!judge.against(Upgrade{id}).empty()) return false;
        judge.begin(Upgrade{id});
        one.judge = std::move(judge);
        one.back[host] = one.now + pool_.hosts[id].upgrade_time.count();
        return true;
    }

    void end_upgrades(Moment& one) const {
        for (std::size_t host = 0; host < one.back.size(); ++host) {
            if (one.back[host] != one.now) continue;
            const Id<Host> id{static_cast<std::uint32_t>(host)};
            one.judge.end(Upgrade{id});
            one.judge.perform(EnableHost{id});
            one.back[host] = never;
        }
    }

    // Begins any of the steps from number `first` on, or lets time go on.
    void branch(const Moment& now, std::size_t first) {
        const std::size_t hosts = pool_.hosts.size();
        const std::size_t steps = hosts + pool_.vms.size() * hosts;
        for (std::size_t i = first; i < steps; ++i) {
            Moment next = now;
            if (i < hosts ? !begin_upgrade(next, i) : !begin_move(next, i - hosts)) continue;
            if (least_end(next) >= below_) continue;
            branch(next, i + 1);
        }
        go_on(now);
    }

    bool begin_move(Moment& one, std::size_t number) const {
        const Id<Vm> vm{static_cast<std::uint32_t>(number / pool_.hosts.size())};
        const Id<Host> to{static_cast<std::uint32_t>(number % pool_.hosts.size())};
        const int place = one.judge.place_of(vm.index);
        if (place < 0 || static_cast<std::uint32_t>(place) == to.index) return false;
        const Migrate move{vm, Id<Host>{static_cast<std::uint32_t>(place)}, to};
        if (!one.judge.against(move).empty() || !one.judge.delaying(move).empty()) return false;
        one.judge.begin(move);
        CopyOrder order;
        order.vm = vm;
        order.from = move.from;
        order.to = to;
        const Copies::Slot slot = one.copies.begin(order, instant(one.now));
        one.flights.push_back({move, slot});
        return true;
    }

    void go_on(Moment now) {
        now.copies.settle(instant(now.now));
        std::int64_t next = *std::min_element(now.back.begin(), now.back.end());
        if (!now.copies.empty()) next = std::min(next, microseconds_of(now.copies.next_at()));
        // Legs of a move end too; nothing begins there.
        while (next < never) {
            now.now = next;
            bool has_ended = false;
            while (!now.copies.empty() && microseconds_of(now.copies.next_at()) == next) {
                const auto ended = now.copies.advance(instant(next));
                if (ended) {
                    close(now, ended->slot);
                    has_ended = true;
                }
            }
            now.copies.settle(instant(next));
            has_ended =
                has_ended || std::find(now.back.begin(), now.back.end(), next) != now.back.end();
            end_upgrades(now);
            if (has_ended) break;
            next = *std::min_element(now.back.begin(), now.back.end());
            if (!now.copies.empty()) next = std::min(next, microseconds_of(now.copies.next_at()));
        }
        if (next < never) add(std::move(now));
    }

    static void close(Moment& one, Copies::Slot slot) {
        for (std::size_t i = 0; i < one.flights.size(); ++i) {
            if (one.flights[i].slot != slot) continue;
            one.judge.end(one.flights[i].move);
            one.flights.erase(one.flights.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }

    // ---- what need not be looked at

    // A moment under other names: what tells it from others, and how late it all is.
    struct Look {
        std::vector<std::int64_t> key;
        std::vector<std::int64_t> times;
        friend bool operator<(const Look& a, const Look& b) {
            return std::tie(a.key, a.times) < std::tie(b.key, b.times);
        }
    };

    void add(Moment one) {
        one.least = least_end(one);
        if (one.least >= below_) return;
        const std::vector<std::int64_t> alone = when_left_alone(one);
        std::vector<Look> looks;
        for (const auto& names : namings_) looks.push_back(look_of(one, alone, names));
        const Look look = *std::min_element(looks.begin(), looks.end());
        auto& known = known_[look.key];
        for (const auto& other : known) {
            bool no_later = true;
            for (std::size_t i = 0; i < look.times.size(); ++i) {
                no_later = no_later && other[i] <= look.times[i];
            }
            if (no_later) return;
        }
        known.push_back(look.times);
        const std::pair rank{one.least, -one.now};
        open_.emplace(rank, std::move(one));
    }

    [[nodiscard]] Look look_of(const Moment& one, const std::vector<std::int64_t>& alone,
                               const std::vector<std::size_t>& names) const {
        Look look;
        const bool is_calm = one.flights.empty() && with_cut_;
        std::vector<std::int64_t> hosts(names.size()), back(names.size());
        for (std::size_t host = 0; host < names.size(); ++host) {
            const bool is_down = one.back[host] != never;
            hosts[names[host]] = one.judge.is_new(host) + 2 * is_down;
            if (!is_calm && is_down) hosts[names[host]] += 4 * (one.back[host] - one.now);
            back[names[host]] = is_calm && is_down ? one.back[host] : 0;
        }
        look.key = hosts;
        std::vector<std::vector<std::int64_t>> vms;
        for (std::size_t vm = 0; vm < alone.size(); ++vm) {
            const int place = one.judge.place_of(vm);
            if (place < 0) continue;
            std::int64_t to = -1;
            for (const Flight& flight : one.flights) {
                const bool is_it = flight.move.vm.index == vm;
                if (is_it) to = static_cast<std::int64_t>(names[flight.move.to.index]);
            }
            vms.push_back({kind_of_vm_[vm],
                           static_cast<std::int64_t>(names[static_cast<std::size_t>(place)]), to,
                           alone[vm]});
        }
        std::sort(vms.begin(), vms.end());
        for (const auto& vm : vms) look.key.insert(look.key.end(), vm.begin(), vm.end());
        look.times = {one.now};
        look.times.insert(look.times.end(), back.begin(), back.end());
        return look;
    }

    // When what is on its way would arrive if nothing else began, from now on; with plain streams
    // that says how much of each is still to be sent.
    [[nodiscard]] std::vector<std::int64_t> when_left_alone(const Moment& one) const {
        std::vector<std::int64_t> left(pool_.vms.size(), -1);
        if (one.flights.empty()) return left;
        Copies copies = one.copies;
        while (!copies.empty()) {
            const Instant at = copies.next_at();
            const auto ended = copies.advance(at);
            copies.settle(at);
            if (!ended) continue;
            for (const Flight& flight : one.flights) {
                if (flight.slot != ended->slot) continue;
                left[flight.move.vm.index] = microseconds_of(at) - one.now;
            }
        }
        return left;
    }

    // Members that differ in nothing but their names may change places, and VMs of one size too.
    void find_likes() {
        std::vector<std::size_t> order(pool_.hosts.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        const auto nameless = [this](std::size_t host) {
            Host one = pool_.hosts[Id<Host>{static_cast<std::uint32_t>(host)}];
            one.name.clear();
            return one;
        };
        do {
            bool is_same = order[coordinator()] == coordinator();
            for (std::size_t i = 0; i < order.size(); ++i) {
                is_same = is_same && nameless(i) == nameless(order[i]);
            }
            if (is_same) namings_.push_back(order);
        } while (std::next_permutation(order.begin(), order.end()));
        for (const Id<Vm> vm : pool_.vms.ids()) {
            Vm one = pool_.vms[vm];
            one.name.clear();
            std::int64_t kind = vm.index;
            for (const Id<Vm> other : pool_.vms.ids()) {
                Vm two = pool_.vms[other];
                two.name.clear();
                if (other < vm && one == two) kind = std::min<std::int64_t>(kind, other.index);
            }
            kind_of_vm_.push_back(kind);
        }
    }

    // Members in every order in which they can go down.
    [[nodiscard]] std::int64_t least_end(const Moment& one) const {
        std::vector<std::size_t> waiting, down;
        std::vector<std::int64_t> end(pool_.hosts.size(), never), ready(end.size(), one.now);
        std::int64_t last = one.now;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const int place = one.judge.place_of(vm.index);
            if (place < 0 || is_flying(one, vm)) continue;
            ready[static_cast<std::size_t>(place)] +=
                drain(static_cast<std::size_t>(place), pool_.vms[vm].memory.count);
        }
        for (std::size_t host = 0; host < end.size(); ++host) {
            if (one.back[host] != never) {
                end[host] = one.back[host];
                last = std::max(last, end[host]);
                down.push_back(host);
            } else if (!one.judge.is_new(host) && host != coordinator()) {
                waiting.push_back(host);
            }
        }
        const std::size_t first = coordinator();
        if (!one.judge.is_new(first) && end[first] == never) {
            end[first] = ready[first] + pool_.hosts[pool_.coordinator].upgrade_time.count();
            last = std::max(last, end[first]);
            down.push_back(first);
        }
        if (end[first] != never) {
            for (const std::size_t host : waiting) ready[host] = std::max(ready[host], end[first]);
        }
        std::int64_t least = never;
        std::sort(waiting.begin(), waiting.end());
        do {
            least = std::min(least, end_of(waiting, down, end, ready, last));
        } while (std::next_permutation(waiting.begin(), waiting.end()));
        return least;
    }

    [[nodiscard]] static bool is_flying(const Moment& one, Id<Vm> vm) {
        return std::any_of(one.flights.begin(), one.flights.end(),
                           [vm](const Flight& flight) { return flight.move.vm == vm; });
    }

    // Rounded down; what really takes place is rounded up.
    [[nodiscard]] std::int64_t drain(std::size_t host, std::int64_t bytes) const {
        return static_cast<std::int64_t>(static_cast<Wide>(bytes) * 1'000'000 / rate_[host]);
    }

    [[nodiscard]] std::int64_t end_of(const std::vector<std::size_t>& order,
                                      const std::vector<std::size_t>& down,
                                      std::vector<std::int64_t> end,
                                      const std::vector<std::int64_t>& ready,
                                      std::int64_t last) const {
        std::vector<std::size_t> before = down;
        std::int64_t start = 0;
        for (const std::size_t host : order) {
            start = std::max(start, ready[host]);
            // Down together: by the policy, and by what packs into the rest.
            for (unsigned set = 1; set < (1u << before.size()); ++set) {
                unsigned empty = 0;
                std::int64_t soonest = never, count = 1;
                for (std::size_t i = 0; i < before.size(); ++i) {
                    if (!(set >> i & 1u)) continue;
                    empty |= 1u << before[i];
                    soonest = std::min(soonest, end[before[i]]);
                    ++count;
                }
                const std::int64_t left = packings_.least_on(host, empty);
                const bool together = left == 0 && count <= pool_.policy.hosts_down_max;
                if (together) continue;
                // One of the set is back before this one goes down; of a single one the rest of
                // what it kept here has still to leave.
                const bool single = count == 2;
                start = std::max(start, soonest + (single && left < never ? drain(host, left)
                                                                          : std::int64_t{0}));
            }
            end[host] =
                start +
                pool_.hosts[Id<Host>{static_cast<std::uint32_t>(host)}].upgrade_time.count();
            last = std::max(last, end[host]);
            before.push_back(host);
        }
        return last;
    }

    const Pool& pool_;
    Measure measure_;
    std::int64_t below_;
    std::int64_t moments_max_;
    bool with_cut_;
    NaiveJudge start_;
    Packings packings_;
    std::vector<std::int64_t> rate_;
    std::multimap<std::pair<std::int64_t, std::int64_t>, Moment> open_;
    std::map<std::vector<std::int64_t>, std::vector<std::vector<std::int64_t>>> known_;
    std::vector<std::vector<std::size_t>> namings_;  // by host: its other name
    std::vector<std::int64_t> kind_of_vm_;
    std::int64_t looked_at_ = 0;
    bool found_ = false;
};

}  // namespace

Shortest shortest_upgrade(const Pool& pool, const PoolState& state, Measure measure, Duration below,
                          std::int64_t moments_max, bool with_cut) {
    return Search(pool, state, measure, below, moments_max, with_cut).run();
}

}  // namespace vacate::oracle
