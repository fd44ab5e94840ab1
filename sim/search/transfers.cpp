// Orders dispatched in time, improved by insertion, and chained by the shares of links.
#include "sim/search/transfers.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <tuple>

#include "model/precedence.hpp"
#include "model/precopy.hpp"
#include "model/random.hpp"
#include "model/throttle.hpp"
#include "model/transition.hpp"
#include "sim/kernel/simulate.hpp"

namespace vacate {
namespace {

using StepId = Id<Step>;

// What a host's links carry, each way, and what it can send.
struct Capacity {
    std::int64_t out = 0;
    std::int64_t in = 0;
    std::int64_t send = 0;
};

Capacity capacity_of(const Pool& pool, Id<Host> id) {
    const std::int64_t link = payload_rate(pool, id).count;
    return {link, link, std::max<std::int64_t>(1, pool.hosts[id].send_budget.count)};
}

Bandwidth path_rate(const Pool& pool, const Vm& vm, Id<Host> from, Id<Host> to) {
    const Capacity source = capacity_of(pool, from);
    return Bandwidth{
        std::max<std::int64_t>(1, std::min({source.out, source.send, capacity_of(pool, to).in,
                                            copying_of(pool, vm, from).stream_cap.count}))};
}

// Two hosts and one VM of a pool, and nothing else in the way.
class LoneRun {
  public:
    explicit LoneRun(const Pool& pool) : pool_(pool), small_(pool) {
        small_.hosts = {};
        small_.vms = {};
        small_.groups = {};
        small_.networks = {};
        small_.storages = {};
        small_.groups_of = Table<Vm, std::vector<Id<Group>>>(1);
        small_.policy.spare_hosts = 0;
        small_.coordinator = Id<Host>{0};
    }

    Duration time_of(const Step& step) {
        const StepSubject subject = subject_of(step);
        const bool with_disks = std::holds_alternative<MigrateStorage>(step);
        const auto known = known_.find({subject.vm, subject.from, subject.to, with_disks});
        if (known != known_.end()) return known->second;
        const Duration time = run(subject, with_disks);
        known_[{subject.vm, subject.from, subject.to, with_disks}] = time;
        return time;
    }

  private:
    Duration run(const StepSubject& subject, bool with_disks) {
        const Id<Storage> storage{0};
        const Vm& vm = pool_.vms[subject.vm];
        small_.hosts = {};
        small_.vms = {};
        small_.storages = {};
        small_.storages.push_back({"disks", "", false, vm.local_disk});
        for (const Id<Host> id : {subject.from, subject.to}) {
            Host host = pool_.hosts[id];
            host.memory = Bytes{std::max(vm.memory.count, vm.admission.count)};
            host.memory_after = host.memory;
            host.version = host.target = pool_.hosts[subject.from].version;
            host.networks = {};
            host.storages = {storage};
            host.hvm_features.reset();
            host.pv_features.reset();
            host.cpus = 0;
            small_.hosts.push_back(std::move(host));
        }
        Vm alone = vm;
        alone.networks = {};
        alone.storages = {};
        alone.cd.reset();
        alone.pause_limit.reset();
        alone.features.reset();
        alone.mobility = with_disks ? Mobility::storage : Mobility::live;
        small_.vms.push_back(std::move(alone));
        PoolState state = empty_state(small_);
        place(small_, state, Id<Vm>{0}, Id<Host>{0});
        Plan plan;
        const Id<Host> from{0};
        const Id<Host> to{1};
        plan.steps.push_back(with_disks ? Step{MigrateStorage{Id<Vm>{0}, from, to, storage}}
                                        : Step{Migrate{Id<Vm>{0}, from, to}});
        plan.after.push_back({});
        const auto done = simulate(small_, state, plan, {.timeline = false});
        return done ? done->makespan : Duration{1};
    }

    const Pool& pool_;
    Pool small_;
    std::map<std::tuple<Id<Vm>, Id<Host>, Id<Host>, bool>, Duration> known_;
};

// When each step of a list begins and ends.
struct Times {
    Instant start{};
    Instant end{};
};

struct Dispatched {
    std::vector<StepId> begun;  // in the order in which they began
    Table<Step, Times> times;
    Duration makespan{};
};

// What is left of the links while some migrations are under way.
class Shares {
  public:
    Shares(const Pool& pool, std::int64_t streams) : pool_(pool) {
        for (const Id<Host> host : pool.hosts.ids()) {
            const Capacity full = capacity_of(pool, host);
            left_.push_back({full.out * streams, full.in * streams, full.send * streams});
        }
    }
    [[nodiscard]] bool fits(Id<Host> from, Id<Host> to, std::int64_t rate) const {
        return left_[from.index].out >= rate && left_[from.index].send >= rate &&
               arrival(to) >= rate;
    }
    void take(Id<Host> from, Id<Host> to, std::int64_t rate) {
        left_[from.index].out -= rate;
        left_[from.index].send -= rate;
        (pool_.hosts[to].full_duplex ? left_[to.index].in : left_[to.index].out) -= rate;
        if (!pool_.hosts[from].full_duplex) left_[from.index].in -= rate;
    }
    void give_back(Id<Host> from, Id<Host> to, std::int64_t rate) { take(from, to, -rate); }

  private:
    [[nodiscard]] std::int64_t arrival(Id<Host> to) const {
        return pool_.hosts[to].full_duplex ? left_[to.index].in : left_[to.index].out;
    }
    const Pool& pool_;
    std::vector<Capacity> left_;
};

// Dispatches one order after the other.
class Dispatcher {
  public:
    Dispatcher(const Pool& pool, const PoolState& state, const Table<Step>& steps,
               const Table<Step, Transfer>& transfers, std::int64_t streams)
        : pool_(pool),
          start_(state),
          steps_(steps),
          transfers_(transfers),
          full_(pool, streams),
          previous_(steps.size(), StepId::none()) {
        Table<Vm, StepId> last(pool.vms.size(), StepId::none());
        for (const StepId id : steps.ids()) {
            const Id<Vm> vm = subject_of(steps[id]).vm;
            previous_[id] = last[vm];
            last[vm] = id;
        }
        // Where hosts count what they send and receive, every two steps of a host are in each
        // other's way; else only those that send, or receive, both.
        const Policy& policy = pool.policy;
        one_line_ = policy.one_way ||
                    policy.migrations_per_host_max < static_cast<std::int64_t>(steps.size());
    }

    /// Strict: none begins before one that stands in front of it on the same link.
    std::optional<Dispatched> dispatch(const std::vector<StepId>& order, bool strict) {
        state_ = start_;
        Shares shares = full_;
        Dispatched result;
        result.times = Table<Step, Times>(steps_.size());
        ended_ = Table<Step, char>(steps_.size(), 0);
        std::vector<StepId> waiting = order;
        using End = std::pair<Instant, std::uint32_t>;
        std::priority_queue<End, std::vector<End>, std::greater<>> ends;
        Instant now{};
        while (!waiting.empty()) {
            begin_what_may(waiting, strict, shares, [&](StepId id) {
                result.begun.push_back(id);
                const Instant end = now + transfers_[id].alone;
                result.times[id] = {now, end};
                ends.push({end, id.index});
            });
            if (ends.empty()) return std::nullopt;
            now = ends.top().first;
            for (; !ends.empty() && ends.top().first == now; ends.pop()) {
                finish(StepId{ends.top().second}, shares);
            }
        }
        for (; !ends.empty(); ends.pop()) now = std::max(now, ends.top().first);
        result.makespan = now.time_since_epoch();
        return result;
    }

  private:
    template <class Begun>
    void begin_what_may(std::vector<StepId>& waiting, bool strict, Shares& shares, Begun begun) {
        ++round_;
        blocked_out_.resize(pool_.hosts.size(), 0);
        blocked_in_.resize(pool_.hosts.size(), 0);
        std::size_t kept = 0;
        for (const StepId id : waiting) {
            if (may_begin(id, strict, shares)) {
                const StepSubject subject = subject_of(steps_[id]);
                shares.take(subject.from, subject.to, transfers_[id].rate.count);
                begun(id);
                continue;
            }
            if (strict) block(id);
            waiting[kept++] = id;
        }
        waiting.resize(kept);
    }

    bool may_begin(StepId id, bool strict, const Shares& shares) {
        const StepSubject subject = subject_of(steps_[id]);
        if (!previous_[id].is_none() && ended_[previous_[id]] == 0) return false;
        if (strict && is_blocked(subject)) return false;
        if (!shares.fits(subject.from, subject.to, transfers_[id].rate.count)) return false;
        const std::int64_t streams = pool_.hosts[subject.from].streams_max;
        if (streams > 0 && state_.hosts[subject.from].sending >= streams) return false;
        if (throttled(pool_, state_, steps_[id])) return false;
        return apply(pool_, state_, Began{steps_[id]}).has_value();
    }

    [[nodiscard]] bool is_blocked(const StepSubject& subject) const {
        if (one_line_) {
            return blocked_out_[subject.from.index] == round_ ||
                   blocked_out_[subject.to.index] == round_;
        }
        return blocked_out_[subject.from.index] == round_ ||
               blocked_in_[subject.to.index] == round_;
    }

    void block(StepId id) {
        const StepSubject subject = subject_of(steps_[id]);
        blocked_out_[subject.from.index] = round_;
        (one_line_ ? blocked_out_ : blocked_in_)[subject.to.index] = round_;
    }

    void finish(StepId id, Shares& shares) {
        const StepSubject subject = subject_of(steps_[id]);
        shares.give_back(subject.from, subject.to, transfers_[id].rate.count);
        const auto done = apply(pool_, state_, Ended{steps_[id]});
        ended_[id] = done.has_value() ? 1 : 0;
    }

    const Pool& pool_;
    const PoolState& start_;
    const Table<Step>& steps_;
    const Table<Step, Transfer>& transfers_;
    Shares full_;
    Table<Step, StepId> previous_;  // of the same VM
    bool one_line_ = false;
    PoolState state_;
    Table<Step, char> ended_;
    std::vector<std::uint32_t> blocked_out_, blocked_in_;  // the round in which they were
    std::uint32_t round_ = 0;
};

// Improves an order by putting steps elsewhere in it.
class OrderSearch {
  public:
    OrderSearch(const Pool& pool, const PoolState& state, const Table<Step>& steps,
                const Table<Step, Transfer>& transfers, const TransferOptions& options)
        : pool_(pool),
          steps_(steps),
          transfers_(transfers),
          options_(options),
          random_(options.seed),
          dispatcher_(pool, state, steps, transfers, options.streams_per_share) {}

    std::optional<Dispatched> best(std::int64_t& effort) {
        least_ = busiest_link();
        for (const auto& order : first_orders()) {
            for (const bool strict : {false, true}) attempt(order, strict);
        }
        while (best_ && !is_done()) improve();
        effort += effort_;
        return std::move(best_);
    }

  private:
    [[nodiscard]] bool is_done() const {
        return best_->makespan <= least_ || effort_ >= options_.effort || steps_.size() < 2;
    }

    bool attempt(const std::vector<StepId>& order, bool strict) {
        effort_ += 2 * static_cast<std::int64_t>(steps_.size()) + 8;
        auto found = dispatcher_.dispatch(order, strict);
        if (!found) return false;
        if (current_ && found->makespan > current_->makespan) return false;
        current_ = std::move(found);
        if (!best_ || current_->makespan < best_->makespan) best_ = current_;
        return true;
    }

    // A walk over orders that are as good or better; a new one when it stays where it is.
    void improve() {
        const std::int64_t patience = 20 * static_cast<std::int64_t>(steps_.size()) + 100;
        for (std::int64_t idle = 0; idle < patience && !is_done(); ++idle) {
            std::vector<StepId> order = current_->begun;
            const std::uint64_t changes = 1 + random_.below(3);
            for (std::uint64_t i = 0; i < changes; ++i) put_elsewhere(order);
            const Duration before = current_->makespan;
            if (attempt(order, !random_.chance(1, 8)) && current_->makespan < before) idle = 0;
        }
        if (is_done()) return;
        std::vector<StepId> order = best_->begun;
        const std::size_t changes = 2 + random_.below(order.size());
        for (std::size_t i = 0; i < changes; ++i) put_elsewhere(order);
        current_.reset();
        if (!attempt(order, true)) current_ = best_;
    }

    void put_elsewhere(std::vector<StepId>& order) {
        const std::size_t from = random_.below(order.size());
        const StepId id = order[from];
        order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
        const std::size_t to = random_.below(order.size() + 1);
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), id);
    }

    // How long each link is busy with all that goes over it.
    [[nodiscard]] std::vector<std::pair<Duration, Duration>> loads() const {
        std::vector<std::pair<Duration, Duration>> busy(pool_.hosts.size());
        for (const StepId id : steps_.ids()) {
            const StepSubject subject = subject_of(steps_[id]);
            const auto share = [&](std::int64_t link) {
                const Wide part = static_cast<Wide>(transfers_[id].alone.count()) *
                                  transfers_[id].rate.count / link / options_.streams_per_share;
                return Duration{static_cast<std::int64_t>(part)};
            };
            busy[subject.from.index].first += share(capacity_of(pool_, subject.from).out);
            busy[subject.to.index].second += share(capacity_of(pool_, subject.to).in);
        }
        return busy;
    }

    [[nodiscard]] Duration busiest_link() const {
        Duration least{};
        for (const auto& [out, in] : loads()) least = std::max({least, out, in});
        for (const Transfer& one : transfers_) least = std::max(least, one.alone);
        return least;
    }

    // As given, the longest first, those of the busiest links first.
    [[nodiscard]] std::vector<std::vector<StepId>> first_orders() const {
        std::vector<StepId> given;
        for (const StepId id : steps_.ids()) given.push_back(id);
        const auto busy = loads();
        const auto load = [&](StepId id) {
            const StepSubject subject = subject_of(steps_[id]);
            return std::max(busy[subject.from.index].first, busy[subject.to.index].second);
        };
        std::vector<StepId> longest = given;
        std::stable_sort(longest.begin(), longest.end(), [this](StepId a, StepId b) {
            return transfers_[a].alone > transfers_[b].alone;
        });
        std::vector<StepId> busiest = longest;
        std::stable_sort(busiest.begin(), busiest.end(),
                         [&](StepId a, StepId b) { return load(a) > load(b); });
        return {given, longest, busiest};
    }

    const Pool& pool_;
    const Table<Step>& steps_;
    const Table<Step, Transfer>& transfers_;
    TransferOptions options_;
    Random random_;
    Dispatcher dispatcher_;
    Duration least_{};
    std::optional<Dispatched> best_;
    std::optional<Dispatched> current_;
    std::int64_t effort_ = 0;
};

// Part of a link, and who had it last.
struct Piece {
    std::int64_t amount = 0;
    Instant free_at{};
    StepId user = StepId::none();
};

// Who takes over whose share of one link.
class Chain {
  public:
    explicit Chain(std::int64_t capacity) : pieces_{{capacity, Instant::min(), StepId::none()}} {}

    void take(StepId id, const Times& times, std::int64_t amount, std::vector<StepId>& after) {
        // What became free last is taken first, so that idle shares stay for those that follow.
        std::stable_sort(pieces_.begin(), pieces_.end(),
                         [](const Piece& a, const Piece& b) { return a.free_at > b.free_at; });
        std::int64_t missing = amount;
        for (Piece& piece : pieces_) {
            if (missing == 0 || piece.free_at > times.start) continue;
            const std::int64_t part = std::min(missing, piece.amount);
            piece.amount -= part;
            missing -= part;
            if (part > 0 && !piece.user.is_none()) after.push_back(piece.user);
        }
        std::erase_if(pieces_, [](const Piece& piece) { return piece.amount == 0; });
        pieces_.push_back({amount, times.end, id});
    }

  private:
    std::vector<Piece> pieces_;
};

void tidy(std::vector<StepId>& steps) {
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
}

// Adds to `plan.after` whose share of the links each step takes over.
void chain_by_links(const Pool& pool, const Table<Step, Times>& times,
                    const Table<Step, Transfer>& transfers, std::int64_t streams, Plan& plan) {
    std::vector<Chain> out, in, send;
    for (const Id<Host> host : pool.hosts.ids()) {
        const Capacity full = capacity_of(pool, host);
        out.emplace_back(full.out * streams);
        in.emplace_back(full.in * streams);
        send.emplace_back(full.send * streams);
    }
    for (const StepId id : plan.steps.ids()) {
        if (!is_migration(plan.steps[id])) continue;
        const StepSubject subject = subject_of(plan.steps[id]);
        const std::int64_t rate = transfers[id].rate.count;
        std::vector<StepId>& after = plan.after[id];
        out[subject.from.index].take(id, times[id], rate, after);
        send[subject.from.index].take(id, times[id], rate, after);
        const bool both_ways = !pool.hosts[subject.to].full_duplex;
        (both_ways ? out : in)[subject.to.index].take(id, times[id], rate, after);
        tidy(after);
    }
}

// Migrations apart, what stands before them and behind.
struct Parts {
    std::vector<Step> before;
    Table<Step> moves;
    std::vector<Step> behind;
};

Parts parts_of(const Table<Step>& steps) {
    Parts parts;
    for (const Step& step : steps) {
        if (is_migration(step)) {
            parts.moves.push_back(step);
        } else {
            (parts.moves.empty() ? parts.before : parts.behind).push_back(step);
        }
    }
    return parts;
}

Plan in_given_order(const Pool& pool, const PoolState& state, const Table<Step>& steps) {
    Plan plan;
    plan.steps = steps;
    plan.after = precedence_of(pool, state, steps);
    return plan;
}

// Of the VM's memory, over whatever hosts it goes.
Bytes least_sent_from_anywhere(const Pool& pool, const Vm& vm) {
    Bytes least = least_sent(vm, copying_of(pool, vm, pool.coordinator));
    for (const Id<Host> host : pool.hosts.ids()) {
        if (pool.hosts[host].timing.empty()) continue;
        least = std::min(least, least_sent(vm, copying_of(pool, vm, host)));
    }
    Copying plain = pool.timing;
    change(plain, vm.timing);
    return std::min(least, least_sent(vm, plain));
}

// What must go over each host's links.
class LinkLoads {
  public:
    explicit LinkLoads(const Pool& pool)
        : pool_(pool), out_(pool.hosts.size()), in_(pool.hosts.size()) {}

    /// `to`: none when it is not known.
    void add(const Vm& vm, Id<Host> from, Id<Host> to) {
        slack_ += Duration{1};
        const Bytes sent = least_sent_from_anywhere(pool_, vm);
        out_[from.index] += sent;
        if (!to.is_none()) in_[to.index] += sent;
        // Its last hop may come from elsewhere, over a faster link; its first leaves here.
        const Capacity source = capacity_of(pool_, from);
        const Bandwidth rate{std::min(source.out, source.send)};
        const Duration least = shortest_migration(pool_, vm, from, rate);
        if (least <= bound_.makespan) return;
        bound_ = {least, vm.name + " alone takes so long to leave " + pool_.hosts[from].name};
    }

    Bound bound() {
        for (const Id<Host> host : pool_.hosts.ids()) {
            const Capacity full = capacity_of(pool_, host);
            const Bytes out = out_[host.index];
            const Bytes in = in_[host.index];
            if (pool_.hosts[host].full_duplex) {
                consider(host, out, std::min(full.out, full.send), "leave");
                consider(host, in, full.in, "come to");
            } else {
                consider(host, out + in, full.out, "leave and come to");
            }
        }
        return bound_;
    }

  private:
    void consider(Id<Host> host, Bytes bytes, std::int64_t link, const std::string& what) {
        if (bytes.count == 0) return;
        // Less a microsecond per VM: a stream's end is rounded up to one.
        const Duration whole = transfer_time(bytes, Bandwidth{link});
        const Duration least = whole > slack_ ? whole - slack_ : Duration{};
        if (least <= bound_.makespan) return;
        bound_ = {least, "the memory that must " + what + " " + pool_.hosts[host].name +
                             " goes over its link"};
    }

    const Pool& pool_;
    std::vector<Bytes> out_, in_;
    Duration slack_{1};
    Bound bound_;
};

}  // namespace

Table<Step, Transfer> transfers_alone(const Pool& pool, const Table<Step>& steps) {
    LoneRun lone(pool);
    Table<Step, Transfer> transfers(steps.size());
    for (const StepId id : steps.ids()) {
        if (!is_migration(steps[id])) continue;
        const StepSubject subject = subject_of(steps[id]);
        transfers[id] = {lone.time_of(steps[id]),
                         path_rate(pool, pool.vms[subject.vm], subject.from, subject.to)};
    }
    return transfers;
}

Plan schedule_transfers(const Pool& pool, const PoolState& state, const Table<Step>& steps,
                        const Table<Step, Transfer>& transfers, const TransferOptions& options,
                        std::int64_t& effort) {
    const Parts parts = parts_of(steps);
    if (promises_refuge(pool) || parts.moves.empty()) return in_given_order(pool, state, steps);
    PoolState ready = state;
    for (const Step& step : parts.before) {
        if (!perform(pool, ready, step)) return in_given_order(pool, state, steps);
    }
    Table<Step, Transfer> of_moves;
    for (const StepId id : steps.ids()) {
        if (is_migration(steps[id])) of_moves.push_back(transfers[id]);
    }
    OrderSearch search(pool, ready, parts.moves, of_moves, options);
    const auto best = search.best(effort);
    if (!best) return in_given_order(pool, state, steps);
    Plan plan;
    Table<Step, std::int64_t> finish;
    Table<Step, Times> times;
    Table<Step, Transfer> ordered;
    const auto add = [&](const Step& step, const Times& when, const Transfer& transfer) {
        plan.steps.push_back(step);
        finish.push_back(when.end.time_since_epoch().count());
        times.push_back(when);
        ordered.push_back(transfer);
    };
    for (const Step& step : parts.before) add(step, {}, {});
    for (const StepId id : best->begun) add(parts.moves[id], best->times[id], of_moves[id]);
    for (const Step& step : parts.behind) add(step, {Instant::max(), Instant::max()}, {});
    if (!replay(pool, state, plan.steps)) return in_given_order(pool, state, steps);
    plan.after = precedence_of(pool, state, plan.steps, Patience::first_vm, &finish);
    chain_by_links(pool, times, ordered, options.streams_per_share, plan);
    return plan;
}

Bound transfer_bound(const Pool& pool, const PoolState& state, const Table<Vm, Id<Host>>& goal) {
    LinkLoads loads(pool);
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> from = state.vms[vm].host;
        if (from.is_none() || goal[vm].is_none() || goal[vm] == from) continue;
        loads.add(pool.vms[vm], from, goal[vm]);
    }
    return loads.bound();
}

Bound leaving_bound(const Pool& pool, const PoolState& state, const std::vector<Id<Host>>& hosts) {
    LinkLoads loads(pool);
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> from = state.vms[vm].host;
        const bool leaves = !from.is_none() && !parks(pool.vms[vm]) &&
                            std::binary_search(hosts.begin(), hosts.end(), from);
        if (leaves) loads.add(pool.vms[vm], from, Id<Host>::none());
    }
    return loads.bound();
}

}  // namespace vacate
