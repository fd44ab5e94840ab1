// Moments of schedules, the soonest first; a record of how each came about.
#include "sim/search/timed.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <queue>
#include <tuple>

#include "model/check.hpp"
#include "model/precedence.hpp"
#include "model/precopy.hpp"
#include "model/throttle.hpp"
#include "model/transition.hpp"
#include "sim/kernel/copies.hpp"

namespace vacate {
namespace {

constexpr std::size_t hosts_max = 4;
constexpr std::size_t vms_max = 6;
constexpr Duration far = Duration::max() / 4;

// A step that began or ended on the way from one moment to the next.
struct Note {
    Step step;
    Duration at;
    bool is_end;
};

struct Record {
    std::int64_t parent;
    std::vector<Note> notes;
};

struct Flight {
    Migrate move;
    Copies::Slot slot;
};

struct Moment {
    PoolState state;
    Copies copies;
    std::vector<Flight> flights;
    std::vector<Duration> back;  // by host: when it is enabled again; far: it is not down
    Duration now{};
    Duration least{};  // no way on ends sooner
    std::int64_t parent = -1;
    std::vector<Note> notes;  // since the parent
};

// What packing all VMs says about which hosts can be empty together.
class Leftovers {
  public:
    Leftovers(const Pool& pool, const PoolState& state) {
        for (const Host& host : pool.hosts) {
            room_.push_back(std::max(host.memory, host.memory_after));
        }
        for (const Id<Vm> vm : pool.vms.ids()) {
            if (state.vms[vm].host.is_none()) continue;
            Bytes sent = pool.vms[vm].memory;
            for (const Id<Host> from : pool.hosts.ids()) {
                sent = std::min(sent,
                                least_carried(pool.vms[vm], copying_of(pool, pool.vms[vm], from)));
            }
            loads_.push_back({pool.vms[vm].memory, sent});
        }
        const std::size_t sets = std::size_t{1} << room_.size();
        least_.assign(sets, std::vector<Bytes>(room_.size(), nowhere));
        for (std::size_t set = 0; set < sets; ++set) {
            std::vector<Bytes> room = room_;
            for (std::size_t host = 0; host < room.size(); ++host) {
                if (set >> host & 1u) room[host] = Bytes{};
            }
            std::vector<Bytes> sent(room.size());
            pack(0, room, sent, least_[set]);
        }
    }

    static constexpr Bytes nowhere{INT64_MAX};

    /// What the host has yet to send at least when those of `empty` are; nowhere: they cannot be.
    [[nodiscard]] Bytes on(Id<Host> host, std::size_t empty) const {
        return least_[empty][host.index];
    }

  private:
    void pack(std::size_t vm, std::vector<Bytes>& room, std::vector<Bytes>& sent,
              std::vector<Bytes>& least) const {
        if (vm == loads_.size()) {
            for (std::size_t i = 0; i < least.size(); ++i) least[i] = std::min(least[i], sent[i]);
            return;
        }
        const auto& [memory, carried] = loads_[vm];
        for (std::size_t to = 0; to < room.size(); ++to) {
            if (room[to] < memory) continue;
            room[to] -= memory;
            sent[to] += carried;
            pack(vm + 1, room, sent, least);
            sent[to] -= carried;
            room[to] += memory;
        }
    }

    std::vector<Bytes> room_;
    std::vector<std::pair<Bytes, Bytes>> loads_;  // memory, and what of it is sent at least
    std::vector<std::vector<Bytes>> least_;
};

class Timetables {
  public:
    Timetables(const Pool& pool, const PoolState& state, Objective objective, Duration below,
               std::int64_t moments_max, const std::function<bool()>& stops)
        : pool_(pool),
          start_(state),
          objective_(objective),
          below_(below),
          moments_max_(moments_max),
          stops_(stops),
          leftovers_(pool, state) {}

    TimedAnswer answer() {
        find_likes();
        Moment first{start_, Copies(pool_), {}, {}, {}, {}, -1, {}};
        first.back.assign(pool_.hosts.size(), far);
        const bool waits = !start_.hosts[pool_.coordinator].upgraded;
        if (objective_ == Objective::window && waits) {
            arrange_before(first);
        } else {
            add(std::move(first));
        }
        TimedAnswer answer;
        std::int64_t moments = 0;
        while (!open_.empty() && open_.top().least < below_) {
            constexpr std::int64_t mark = 256;
            const bool stopped = moments % mark == 0 && stops_ && stops_();
            if (++moments > moments_max_ || stopped) break;
            const Moment now = std::move(*open_.top().moment);
            open_.pop();
            if (now.state.hosts_upgraded == pool_.hosts.size() && now.flights.empty()) {
                // The soonest that was left: nothing ends before it.
                answer.steps = path_to(now);
                answer.found = answer.exhausted = true;
                answer.effort = effort_;
                return answer;
            }
            records_.push_back({now.parent, now.notes});
            Moment here = now;
            here.parent = static_cast<std::int64_t>(records_.size()) - 1;
            here.notes.clear();
            branch(here, 0);
        }
        answer.exhausted = open_.empty() || open_.top().least >= below_;
        answer.effort = effort_;
        return answer;
    }

  private:
    struct Entry {
        Duration least;
        Duration now;
        std::uint64_t number;
        std::shared_ptr<Moment> moment;
        // The soonest end first, of those what is furthest.
        friend bool operator<(const Entry& a, const Entry& b) {
            return std::tuple{b.least, a.now, b.number} < std::tuple{a.least, b.now, a.number};
        }
    };

    std::vector<ScheduledStep> path_to(const Moment& end) const {
        std::vector<const std::vector<Note>*> chain{&end.notes};
        for (std::int64_t at = end.parent; at >= 0;) {
            const Record& record = records_[static_cast<std::size_t>(at)];
            chain.push_back(&record.notes);
            at = record.parent;
        }
        std::vector<ScheduledStep> steps;
        for (auto notes = chain.rbegin(); notes != chain.rend(); ++notes) {
            for (const Note& note : **notes) {
                if (!note.is_end) {
                    steps.push_back({note.step, note.at, note.at});
                    continue;
                }
                const auto begun = std::find_if(
                    steps.rbegin(), steps.rend(),
                    [&note](const ScheduledStep& one) { return one.step == note.step; });
                VACATE_CHECK(begun != steps.rend(), "a step ended that never began");
                begun->end = note.at;
            }
        }
        return steps;
    }

    // ---- steps

    bool act(Moment& one, const Event& event) {
        ++effort_;
        if (!apply(pool_, one.state, event)) return false;
        if (const auto* began = std::get_if<Began>(&event)) {
            one.notes.push_back({began->step, one.now, false});
        } else if (const auto* ended = std::get_if<Ended>(&event)) {
            one.notes.push_back({ended->step, one.now, true});
        }
        return true;
    }

    static bool may_go_down(const PoolState& state, Id<Host> host) {
        const HostState& one = state.hosts[host];
        return !one.upgraded && one.vms == 0 && one.phase == HostPhase::enabled;
    }

    bool go_down(Moment& one, Id<Host> host) {
        const bool disabled =
            act(one, Began{DisableHost{host}}) && act(one, Ended{DisableHost{host}});
        if (!disabled || !act(one, Began{Upgrade{host}})) return false;
        one.back[host.index] = one.now + time_down(host);
        return true;
    }

    [[nodiscard]] Duration time_down(Id<Host> host) const {
        return pool_.hosts[host].upgrade_time + pool_.timing.host_step;
    }

    void come_up(Moment& one) {
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (one.back[host.index] != one.now) continue;
            one.back[host.index] = far;
            const bool enabled = act(one, Ended{Upgrade{host}}) &&
                                 act(one, Began{EnableHost{host}}) &&
                                 act(one, Ended{EnableHost{host}});
            VACATE_CHECK(enabled, "a host that was upgraded cannot be enabled");
        }
    }

    [[nodiscard]] bool may_send(const PoolState& state, Id<Vm> vm, Id<Host> to) {
        const VmState& now = state.vms[vm];
        const bool is_at_rest = !now.host.is_none() && now.activity == Activity::none;
        if (!is_at_rest || now.host == to) return false;
        const Migrate move{vm, now.host, to};
        ++effort_;
        return !throttled(pool_, state, move) && !forbids(pool_, state, move);
    }

    void send(Moment& one, Id<Vm> vm, Id<Host> to) {
        const Migrate move{vm, one.state.vms[vm].host, to};
        const bool begun = act(one, Began{move});
        VACATE_CHECK(begun, "a migration that may begin did not");
        CopyOrder order;
        order.vm = vm;
        order.from = move.from;
        order.to = to;
        const Copies::Slot slot = one.copies.begin(order, Instant{one.now});
        one.flights.push_back({move, slot});
    }

    void arrive(Moment& one, Copies::Slot slot) {
        const auto flight =
            std::find_if(one.flights.begin(), one.flights.end(),
                         [slot](const Flight& other) { return other.slot == slot; });
        VACATE_CHECK(flight != one.flights.end(), "a migration ended that never began");
        const bool ended = act(one, Ended{flight->move});
        VACATE_CHECK(ended, "a migration that began could not end");
        one.flights.erase(flight);
    }

    // Every set of steps that may begin now: each step in turn, then time goes on.
    void branch(const Moment& now, std::size_t first) {
        const std::size_t hosts = pool_.hosts.size();
        for (std::size_t i = first; i < hosts + hosts * pool_.vms.size(); ++i) {
            const Id<Host> host{static_cast<std::uint32_t>(i % hosts)};
            const Id<Vm> vm{static_cast<std::uint32_t>(i / hosts - 1)};
            const bool is_move = i >= hosts;
            const bool may = is_move ? may_send(now.state, vm, host) : may_go_down(now.state, host);
            if (!may) continue;
            Moment next = now;
            if (is_move) send(next, vm, host);
            const bool begun = is_move || go_down(next, host);
            if (begun && least_end(next) < below_) branch(next, i + 1);
        }
        let_pass(now);
    }

    static Duration next_in(Moment& one) {
        const Duration up = *std::min_element(one.back.begin(), one.back.end());
        if (one.copies.empty()) return up;
        return std::min(up, one.copies.next_at().time_since_epoch());
    }

    // Until a step ends; rounds of a copy end in between.
    void let_pass(Moment one) {
        one.copies.settle(Instant{one.now});
        const std::size_t known = one.notes.size();
        const auto has_ended = [&] {
            return std::any_of(one.notes.begin() + static_cast<std::ptrdiff_t>(known),
                               one.notes.end(), [](const Note& note) { return note.is_end; });
        };
        do {
            one.now = next_in(one);
            if (one.now == far) return;
            while (!one.copies.empty() && one.copies.next_at() == Instant{one.now}) {
                if (const auto ended = one.copies.advance(Instant{one.now})) {
                    arrive(one, ended->slot);
                }
            }
            one.copies.settle(Instant{one.now});
            come_up(one);
        } while (!has_ended());
        add(std::move(one));
    }

    // For the window: all that can be reached while nothing counts.
    void arrange_before(const Moment& first) {
        std::vector<Moment> waiting{first};
        std::map<std::vector<std::uint32_t>, bool> seen;
        seen[places_in(first.state)] = true;
        while (!waiting.empty()) {
            const Moment now = std::move(waiting.back());
            waiting.pop_back();
            Moment ready = now;
            ready.now = -time_down(pool_.coordinator);
            const bool may = may_go_down(ready.state, pool_.coordinator);
            if (may && go_down(ready, pool_.coordinator)) {
                ready.now = Duration{};
                come_up(ready);
                add(std::move(ready));
            }
            for (const Id<Vm> vm : pool_.vms.ids()) {
                for (const Id<Host> to : pool_.hosts.ids()) {
                    Moment next = now;
                    const Migrate move{vm, now.state.vms[vm].host, to};
                    next.now = Duration{-1};
                    const bool moved =
                        !move.from.is_none() && act(next, Began{move}) && act(next, Ended{move});
                    if (!moved || !seen.emplace(places_in(next.state), true).second) continue;
                    waiting.push_back(std::move(next));
                }
            }
        }
    }

    static std::vector<std::uint32_t> places_in(const PoolState& state) {
        std::vector<std::uint32_t> places;
        for (const VmState& vm : state.vms) places.push_back(vm.host.index);
        return places;
    }

    // ---- what need not be looked at

    // What a moment is, but for the names of hosts that are alike and of VMs that are.
    struct Likeness {
        std::vector<std::int64_t> what;
        std::vector<Duration> when;
        friend bool operator<(const Likeness& a, const Likeness& b) {
            return std::tie(a.what, a.when) < std::tie(b.what, b.when);
        }
    };

    void add(Moment one) {
        one.least = least_end(one);
        if (one.least >= below_) return;
        const auto left = left_alone(one);
        Likeness least;
        for (const std::vector<std::uint32_t>& names : renamings_) {
            Likeness likeness = likeness_of(one, left, names);
            if (least.what.empty() || likeness < least) least = std::move(likeness);
        }
        std::vector<std::vector<Duration>>& known = known_[least.what];
        for (const std::vector<Duration>& other : known) {
            const bool no_later = std::equal(other.begin(), other.end(), least.when.begin(),
                                             [](Duration a, Duration b) { return a <= b; });
            if (no_later) return;
        }
        known.push_back(std::move(least.when));
        const Duration soonest = one.least;
        const Duration now = one.now;
        open_.push({soonest, now, number_++, std::make_shared<Moment>(std::move(one))});
    }

    // By VM: when it would arrive, from now, if nothing else began. Of plain streams that says
    // how much is still to be sent.
    [[nodiscard]] Table<Vm, Duration> left_alone(const Moment& one) const {
        Table<Vm, Duration> left(pool_.vms.size());
        Copies copies = one.copies;
        while (!copies.empty()) {
            const Instant at = copies.next_at();
            if (const auto ended = copies.advance(at)) {
                for (const Flight& flight : one.flights) {
                    if (flight.slot == ended->slot) left[flight.move.vm] = at - Instant{one.now};
                }
            }
            copies.settle(at);
        }
        return left;
    }

    [[nodiscard]] Likeness likeness_of(const Moment& one, const Table<Vm, Duration>& left,
                                       const std::vector<std::uint32_t>& names) const {
        Likeness likeness;
        std::vector<std::int64_t> hosts(names.size());
        likeness.when.assign(names.size() + 1, one.now);
        for (const Id<Host> host : pool_.hosts.ids()) {
            const HostState& state = one.state.hosts[host];
            const Duration back = one.back[host.index];
            std::int64_t& what = hosts[names[host.index]];
            what = static_cast<std::int64_t>(state.phase) * 2 + (state.upgraded ? 1 : 0);
            if (back == far) continue;
            if (one.flights.empty()) likeness.when[names[host.index]] = back;
            if (!one.flights.empty()) what += 8 * (back - one.now).count();
        }
        using OfVm = std::tuple<std::int64_t, std::uint32_t, std::uint32_t, std::int64_t>;
        std::vector<OfVm> vms;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const VmState& state = one.state.vms[vm];
            if (state.host.is_none()) continue;
            const bool flies = state.activity != Activity::none;
            vms.emplace_back(kinds_[vm], names[state.host.index],
                             flies ? names[state.to.index] : UINT32_MAX, left[vm].count());
        }
        std::sort(vms.begin(), vms.end());
        likeness.what = std::move(hosts);
        for (const auto& [kind, host, to, rest] : vms) {
            likeness.what.insert(likeness.what.end(), {kind, host, to, rest});
        }
        return likeness;
    }

    // Groups tell VMs apart, and with them whatever holds them.
    void find_likes() {
        std::vector<std::uint32_t> names(pool_.hosts.size());
        for (std::uint32_t i = 0; i < names.size(); ++i) names[i] = i;
        const auto alike = [](auto a, auto b) {
            a.name = b.name;
            return a == b;
        };
        do {
            bool is_same = true;
            for (const Id<Host> host : pool_.hosts.ids()) {
                const Id<Host> other{names[host.index]};
                const bool stays = host == other;
                const bool swaps = host != pool_.coordinator && other != pool_.coordinator &&
                                   alike(pool_.hosts[host], pool_.hosts[other]);
                is_same = is_same && (stays || swaps);
            }
            if (is_same) renamings_.push_back(names);
        } while (std::next_permutation(names.begin(), names.end()));
        for (const Id<Vm> vm : pool_.vms.ids()) {
            std::int64_t kind = vm.index;
            for (std::uint32_t i = vm.index; i-- > 0 && pool_.groups.empty();) {
                if (alike(pool_.vms[vm], pool_.vms[Id<Vm>{i}])) kind = i;
            }
            kinds_.push_back(kind);
        }
    }

    [[nodiscard]] Duration to_send(Id<Host> host, Bytes amount) const {
        const std::int64_t rate =
            std::min(payload_rate(pool_, host).count, pool_.hosts[host].send_budget.count);
        if (rate <= 0) return Duration{};
        const Duration time = transfer_time(amount, Bandwidth{rate});
        const Duration rounding{static_cast<std::int64_t>(vms_max) + 1};
        return time > rounding ? time - rounding : Duration{};
    }

    [[nodiscard]] Duration least_end(const Moment& one) const {
        std::vector<Id<Host>> waiting, gone;
        std::vector<Duration> ready(pool_.hosts.size(), one.now);
        std::vector<Duration> back = one.back;
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (!one.state.hosts[host].upgraded && back[host.index] == far) {
                ready[host.index] += to_send(host, not_sent(one.state, host));
                if (host != pool_.coordinator) waiting.push_back(host);
            }
            if (back[host.index] != far) gone.push_back(host);
        }
        const Id<Host> first = pool_.coordinator;
        if (!one.state.hosts[first].upgraded && back[first.index] == far) {
            back[first.index] = ready[first.index] + time_down(first);
            gone.push_back(first);
        }
        if (back[first.index] != far) {
            for (const Id<Host> host : waiting) {
                ready[host.index] = std::max(ready[host.index], back[first.index]);
            }
        }
        Duration least = far;
        do {
            least = std::min(least, end_in_order(waiting, gone, back, ready, one.now));
        } while (std::next_permutation(waiting.begin(), waiting.end()));
        return least;
    }

    [[nodiscard]] Bytes not_sent(const PoolState& state, Id<Host> host) const {
        Bytes amount;
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const VmState& one = state.vms[vm];
            if (one.host != host || one.activity != Activity::none) continue;
            amount += least_carried(pool_.vms[vm], copying_of(pool_, pool_.vms[vm], host));
        }
        return amount;
    }

    [[nodiscard]] Duration end_in_order(const std::vector<Id<Host>>& order,
                                        std::vector<Id<Host>> before, std::vector<Duration> back,
                                        const std::vector<Duration>& ready, Duration last) const {
        for (const Id<Host> host : before) last = std::max(last, back[host.index]);
        Duration start{};
        for (const Id<Host> host : order) {
            start = std::max(start, ready[host.index]);
            for (std::size_t set = 1; set < (std::size_t{1} << before.size()); ++set) {
                start = std::max(start, soonest_beside(host, set, before, back));
            }
            back[host.index] = start + time_down(host);
            last = std::max(last, back[host.index]);
            before.push_back(host);
        }
        return last;
    }

    // When the host may go down if those of the set went before it: one of them must be back
    // where all of them and this one cannot be gone at once.
    [[nodiscard]] Duration soonest_beside(Id<Host> host, std::size_t set,
                                          const std::vector<Id<Host>>& before,
                                          const std::vector<Duration>& back) const {
        std::size_t empty = 0;
        std::int64_t count = 0;
        Duration soonest = far;
        for (std::size_t i = 0; i < before.size(); ++i) {
            if ((set >> i & 1u) == 0) continue;
            ++count;
            empty |= std::size_t{1} << before[i].index;
            soonest = std::min(soonest, back[before[i].index]);
        }
        const Bytes left = leftovers_.on(host, empty);
        const bool together = left == Bytes{} && count < pool_.policy.hosts_down_max;
        if (together) return Duration{};
        const bool counts = count == 1 && left < Leftovers::nowhere;
        return counts ? soonest + to_send(host, left) : soonest;
    }

    const Pool& pool_;
    const PoolState& start_;
    Objective objective_;
    Duration below_;
    std::int64_t moments_max_;
    const std::function<bool()>& stops_;
    Leftovers leftovers_;
    std::priority_queue<Entry> open_;
    std::map<std::vector<std::int64_t>, std::vector<std::vector<Duration>>> known_;
    std::vector<std::vector<std::uint32_t>> renamings_;  // by host: whose place it takes
    Table<Vm, std::int64_t> kinds_;                      // the first VM that is like it
    std::vector<Record> records_;
    std::uint64_t number_ = 0;
    std::int64_t effort_ = 0;
};

}  // namespace

bool has_few_schedules(const Pool& pool, const PoolState& state) {
    if (pool.hosts.size() > hosts_max || promises_refuge(pool)) return false;
    for (const HostState& host : state.hosts) {
        if (host.phase != HostPhase::enabled) return false;
    }
    for (const Group& group : pool.groups) {
        if (group.kind == Group::Kind::together && group.members.size() > 1) return false;
    }
    std::size_t running = 0;
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (!state.vms[vm].parked.is_none()) return false;
        if (state.vms[vm].host.is_none()) continue;
        ++running;
        if (pool.vms[vm].mobility != Mobility::live) return false;
    }
    return running <= vms_max;
}

std::vector<ScheduledStep> disabled_first(const Pool& pool, const PoolState& state,
                                          std::vector<ScheduledStep> steps) {
    const auto is_legal = [&](const std::vector<ScheduledStep>& order) {
        Table<Step> list;
        for (const ScheduledStep& one : order) list.push_back(one.step);
        return replay(pool, state, list).has_value();
    };
    bool is_first = true;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto* disable = std::get_if<DisableHost>(&steps[i].step);
        if (disable == nullptr) continue;
        const Id<Host> host = disable->host;
        std::vector<std::size_t> places;  // before each departure, none behind an arrival
        if (is_first) places.push_back(0);
        for (std::size_t k = 0; k < i; ++k) {
            const StepSubject subject = subject_of(steps[k].step);
            if (subject.to == host) places.clear();
            if (subject.from == host) places.push_back(k);
        }
        is_first = false;
        for (const std::size_t place : places) {
            std::vector<ScheduledStep> moved = steps;
            const auto at = [&moved](std::size_t k) {
                return moved.begin() + static_cast<std::ptrdiff_t>(k);
            };
            std::rotate(at(place), at(i), at(i + 1));
            if (!is_legal(moved)) continue;
            steps = std::move(moved);
            break;
        }
    }
    return steps;
}

TimedAnswer search_schedules(const Pool& pool, const PoolState& state, Objective objective,
                             Duration below, std::int64_t moments_max,
                             const std::function<bool()>& stops) {
    return Timetables(pool, state, objective, below, moments_max, stops).answer();
}

Table<Step, std::vector<Id<Step>>> order_of_schedule(const Pool& pool, const PoolState& state,
                                                     const Table<Step>& steps, std::size_t first,
                                                     const std::vector<ScheduledStep>& times) {
    Table<Step, std::int64_t> finish(steps.size(), INT64_MAX);
    for (std::size_t i = 0; i < first; ++i)
        finish[Id<Step>{static_cast<std::uint32_t>(i)}] = INT64_MIN;
    for (std::size_t i = 0; i < times.size(); ++i) {
        finish[Id<Step>{static_cast<std::uint32_t>(first + i)}] = times[i].end.count();
    }
    auto after = precedence_of(pool, state, steps, Patience::first_vm, &finish);
    for (std::size_t i = 0; i < times.size(); ++i) {
        const Id<Step> id{static_cast<std::uint32_t>(first + i)};
        if (!is_migration(steps[id]) || times[i].start <= Duration{}) continue;
        for (std::size_t k = 0; k < i; ++k) {
            const bool is_disable = std::holds_alternative<DisableHost>(times[k].step);
            if (is_disable || times[k].end != times[i].start) continue;
            const Id<Step> before{static_cast<std::uint32_t>(first + k)};
            std::vector<Id<Step>>& waits = after[id];
            const auto place = std::lower_bound(waits.begin(), waits.end(), before);
            if (place == waits.end() || *place != before) waits.insert(place, before);
            break;
        }
    }
    return after;
}

}  // namespace vacate
