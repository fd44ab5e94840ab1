// Worst cuts by minimum cut, and order by reachability.
#include "model/robust.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <cstdlib>
#include <limits>
#include <optional>
#include <type_traits>

#include "model/check.hpp"

namespace vacate {
namespace {

using StepId = Id<Step>;

// Which steps end before which begin, over any chain: one bit row per step.
class Reachability {
  public:
    explicit Reachability(const Plan& plan)
        : words_((plan.steps.size() + 63) / 64), rows_(plan.steps.size() * words_, 0) {
        for (const StepId id : plan.steps.ids()) {
            for (const StepId before : plan.after[id]) {
                VACATE_CHECK(before < id, "a plan waits for a later step");
                for (std::size_t w = 0; w < words_; ++w) row(id)[w] |= row(before)[w];
                row(id)[before.index / 64] |= std::uint64_t{1} << (before.index % 64);
            }
        }
    }
    /// True when `before` has always ended when `step` begins.
    [[nodiscard]] bool precedes(StepId before, StepId step) const {
        const std::uint64_t word = rows_[step.index * words_ + before.index / 64];
        return ((word >> (before.index % 64)) & 1) != 0;
    }
    [[nodiscard]] bool ordered(StepId a, StepId b) const {
        return a == b || precedes(a, b) || precedes(b, a);
    }

  private:
    std::uint64_t* row(StepId id) { return rows_.data() + id.index * words_; }
    std::size_t words_;
    std::vector<std::uint64_t> rows_;
};

// A begin (it adds) or an end (it takes away) of a step.
struct Weighted {
    StepId step;
    std::int64_t weight;  // above zero: at the begin; below: at the end
};

using FlowTraits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using FlowGraph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS, boost::no_property,
    boost::property<
        boost::edge_capacity_t, std::int64_t,
        boost::property<boost::edge_residual_capacity_t, std::int64_t,
                        boost::property<boost::edge_reverse_t, FlowTraits::edge_descriptor>>>>;

void add_edge_pair(FlowGraph& graph, std::size_t from, std::size_t to, std::int64_t capacity) {
    const auto forth = boost::add_edge(from, to, graph).first;
    const auto back = boost::add_edge(to, from, graph).first;
    boost::put(boost::edge_capacity, graph, forth, capacity);
    boost::put(boost::edge_capacity, graph, back, 0);
    boost::put(boost::edge_reverse, graph, forth, back);
    boost::put(boost::edge_reverse, graph, back, forth);
}

// True when event `a` happens only after event `b`, for a begin or an end on either side.
bool requires_event(const Reachability& reach, const Weighted& a, const Weighted& b) {
    if (a.step == b.step) return a.weight < 0 && b.weight > 0;  // its end after its begin
    return reach.precedes(b.step, a.step);
}

// The largest sum of weights over all sets that are closed under "happened before".
std::int64_t heaviest_closure(const Reachability& reach, const std::vector<Weighted>& events) {
    std::int64_t positive = 0;
    FlowGraph graph(events.size() + 2);
    const std::size_t source = events.size();
    const std::size_t sink = source + 1;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const std::int64_t weight = events[i].weight;
        if (weight > 0) {
            positive += weight;
            add_edge_pair(graph, source, i, weight);
        } else {
            add_edge_pair(graph, i, sink, -weight);
        }
    }
    const std::int64_t unlimited = positive + 1;
    for (std::size_t i = 0; i < events.size(); ++i) {
        for (std::size_t k = 0; k < events.size(); ++k) {
            if (i != k && requires_event(reach, events[i], events[k])) {
                add_edge_pair(graph, i, k, unlimited);
            }
        }
    }
    if (positive == 0) return 0;
    return positive - boost::push_relabel_max_flow(graph, source, sink);
}

// The same over the sets right behind the begin of `last`, so that it is in and its end is not.
std::int64_t heaviest_right_behind(const Reachability& reach, const std::vector<Weighted>& events,
                                   StepId last) {
    std::int64_t decisive = 1;
    for (const Weighted& event : events) decisive += std::abs(event.weight);
    std::vector<Weighted> possible;
    for (const Weighted& event : events) {
        const bool is_begin = event.step == last && event.weight > 0;
        if (is_begin) possible.push_back({last, event.weight + decisive});
        if (event.step != last && !reach.precedes(last, event.step)) possible.push_back(event);
    }
    return heaviest_closure(reach, possible) - decisive;
}

class Examination {
  public:
    Examination(const Pool& pool, const PoolState& state, const Plan& plan)
        : pool_(pool), state_(state), plan_(plan), reach_(plan) {
        weigh();
    }

    Proof proof() {
        for (const Id<Host> host : pool_.hosts.ids()) one_host(host);
        width();
        coordinator();
        preparations();
        vms();
        groups();
        one_by_one();
        return std::move(proof_);
    }

  private:
    void weak(Violation violation, StepId step, StepId other = StepId::none()) {
        const StepSubject subject = subject_of(plan_.steps[step]);
        if (violation.vm.is_none()) violation.vm = subject.vm;
        if (violation.host.is_none()) {
            violation.host = subject.to.is_none() ? subject.host : subject.to;
        }
        proof_.weaknesses.push_back({violation, step, other});
    }

    static Id<Host> left_by(const Step& step) {
        if (is_migration(step)) return subject_of(step).from;
        const bool parks =
            std::holds_alternative<Suspend>(step) || std::holds_alternative<Stop>(step);
        return parks ? subject_of(step).host : Id<Host>::none();
    }
    static Id<Host> reached_by(const Step& step) {
        if (is_migration(step)) return subject_of(step).to;
        const bool comes =
            std::holds_alternative<Resume>(step) || std::holds_alternative<Start>(step);
        return comes ? subject_of(step).host : Id<Host>::none();
    }

    // ---- memory and order on one host, before and after its upgrade

    // What the VM of each step is charged, and where it is when its range changes: the steps on
    // one VM come in the order of the list, or vms() says so.
    void weigh() {
        PoolState now = state_;
        for (const StepId id : plan_.steps.ids()) {
            const Step& step = plan_.steps[id];
            const Id<Vm> vm = subject_of(step).vm;
            const bool squeezes = std::holds_alternative<SqueezeMemory>(step);
            const bool restores = std::holds_alternative<RestoreMemory>(step);
            weights_.push_back(vm.is_none() ? Bytes{} : charge_in(pool_, now, vm));
            const bool comes = !reached_by(step).is_none();
            besides_.push_back(comes ? admission_in(pool_, now, vm) - weights_[id] : Bytes{});
            range_at_.push_back(squeezes || restores ? now.vms[vm].host : Id<Host>::none());
            if (squeezes || restores) {
                now.vms[vm].squeezed = squeezes;
                weights_[id] = pool_.vms[vm].squeeze;
            }
            if (!left_by(step).is_none()) now.vms[vm].host = Id<Host>::none();
            if (!reached_by(step).is_none()) now.vms[vm].host = reached_by(step);
        }
    }

    void one_host(Id<Host> host) {
        StepId upgrade = StepId::none();
        StepId phase = StepId::none();  // its last disable, upgrade or enable
        std::vector<Weighted> before, after;
        std::vector<StepId> arrivals;  // since it was last enabled
        for (const StepId id : plan_.steps.ids()) {
            const Step& step = plan_.steps[id];
            const bool past = !upgrade.is_none();
            if (range_at_[id] == host) {
                const bool squeezes = std::holds_alternative<SqueezeMemory>(step);
                const std::int64_t weight = weights_[id].count;
                (past ? after : before).push_back({id, squeezes ? -weight : weight});
            }
            if (reached_by(step) == host) {
                (past ? after : before).push_back({id, weights_[id].count});
                if (!phase.is_none()) must_precede(phase, id, Rule::r5_reach, Cause::host_disabled);
                arrivals.push_back(id);
            }
            if (left_by(step) == host) {
                (past ? after : before).push_back({id, -weights_[id].count});
                if (past) must_precede(upgrade, id, Rule::r4_empty, Cause::not_empty);
            }
            if (is_phase_of(step, host)) {
                if (!phase.is_none()) must_precede(phase, id, Rule::sense, Cause::wrong_state);
                for (const StepId arrival : arrivals) {
                    must_precede(arrival, id, Rule::r5_reach, Cause::host_disabled);
                }
                arrivals.clear();
                phase = id;
            }
            if (std::holds_alternative<Upgrade>(step) && subject_of(step).host == host) {
                for (const Weighted& event : before) {
                    must_precede(event.step, id, Rule::r4_empty, Cause::not_empty);
                }
                upgrade = id;
            }
        }
        const bool upgraded = state_.hosts[host].upgraded;
        load(host, upgraded, state_.hosts[host].committed, before);
        if (!upgrade.is_none()) load(host, true, Bytes{}, after);
    }

    static bool is_phase_of(const Step& step, Id<Host> host) {
        const bool phase = std::holds_alternative<DisableHost>(step) ||
                           std::holds_alternative<Upgrade>(step) ||
                           std::holds_alternative<EnableHost>(step);
        return phase && subject_of(step).host == host;
    }

    void must_precede(StepId before, StepId step, Rule rule, Cause cause) {
        if (!reach_.precedes(before, step)) weak({rule, cause}, step, before);
    }

    void load(Id<Host> host, bool upgraded, Bytes at_first, const std::vector<Weighted>& events) {
        WorstLoad worst{host, upgraded, at_first, pool_.hosts[host].memory};
        if (upgraded) worst.capacity = pool_.hosts[host].memory_after;
        worst.load += Bytes{heaviest_closure(reach_, events)};
        proof_.loads.push_back(worst);
        for (const Weighted& event : events) {
            if (event.weight < 0) continue;
            const Bytes more = besides_[event.step];
            if (worst.load + more <= worst.capacity) continue;
            const Bytes then{heaviest_right_behind(reach_, events, event.step)};
            const Bytes needed = at_first + then + more;
            if (needed > worst.capacity) crowded(worst, needed, event.step);
        }
    }

    void crowded(const WorstLoad& worst, Bytes needed, StepId step) {
        Violation violation{Rule::r1_memory, Cause::memory};
        violation.host = worst.host;
        violation.needed = needed.count;
        violation.available = worst.capacity.count;
        proof_.weaknesses.push_back({violation, step, StepId::none()});
    }

    // ---- R6, R3, R11

    void width() {
        std::vector<Weighted> events;
        for (const StepId id : plan_.steps.ids()) {
            if (std::holds_alternative<DisableHost>(plan_.steps[id])) events.push_back({id, 1});
            if (std::holds_alternative<EnableHost>(plan_.steps[id])) events.push_back({id, -1});
        }
        const auto out = static_cast<std::int64_t>(state_.hosts_out);
        const std::int64_t allowed = pool_.policy.hosts_down_max;
        if (events.empty() || out + heaviest_closure(reach_, events) <= allowed) return;
        // Too many may be out from the start, by somebody else: what counts is each disable.
        for (const Weighted& event : events) {
            if (event.weight < 0) continue;
            const std::int64_t most = out + heaviest_right_behind(reach_, events, event.step);
            if (most <= allowed) continue;
            Violation violation{Rule::r6_width, Cause::width};
            violation.needed = most;
            violation.available = allowed;
            weak(violation, event.step);
        }
    }

    void coordinator() {
        const HostState& at_first = state_.hosts[pool_.coordinator];
        const bool is_ready = at_first.upgraded && at_first.phase == HostPhase::enabled;
        StepId down = StepId::none();
        StepId ready = StepId::none();
        std::vector<StepId> members;
        for (const StepId id : plan_.steps.ids()) {
            const Step& step = plan_.steps[id];
            const bool of_it = subject_of(step).host == pool_.coordinator;
            if (of_it && std::holds_alternative<Upgrade>(step)) down = id;
            if (of_it && std::holds_alternative<EnableHost>(step)) ready = id;
            if (of_it && std::holds_alternative<DisableHost>(step)) {
                for (const StepId member : members) {
                    must_precede(member, id, Rule::r3_coordinator_first,
                                 Cause::coordinator_not_ready);
                }
            }
            if (of_it || !std::holds_alternative<Upgrade>(step)) continue;
            members.push_back(id);
            const bool waits = is_ready || (!ready.is_none() && reach_.precedes(ready, id));
            if (!waits) weak({Rule::r3_coordinator_first, Cause::coordinator_not_ready}, id, ready);
        }
        if (down.is_none()) return;
        for (const StepId id : plan_.steps.ids()) {
            if (reach_.ordered(id, down)) continue;
            weak({Rule::r11_blackout, Cause::coordinator_down}, id, down);
        }
    }

    // ---- R14, and what no rule needs to say

    // HA, WLB, auto power-on and the backup, and what must not change places with them.
    void preparations() {
        for (const StepId id : plan_.steps.ids()) {
            if (changes_range(plan_.steps[id])) ranges(id);
            if (switch_of(plan_.steps[id]) == 0) continue;
            for (const StepId other : plan_.steps.ids()) {
                if (other == id || !clash(plan_.steps[id], plan_.steps[other])) continue;
                // Two switches are looked at once, from the earlier one.
                if (switch_of(plan_.steps[other]) != 0 && other < id) continue;
                must_precede(std::min(id, other), std::max(id, other), Rule::r14_mixed_mode,
                             Cause::switch_on);
            }
        }
    }

    static bool changes_range(const Step& step) {
        return std::holds_alternative<SqueezeMemory>(step) ||
               std::holds_alternative<RestoreMemory>(step);
    }

    // Blocked while versions are mixed, and an upgrade may begin that or end it.
    void ranges(StepId id) {
        for (const StepId other : plan_.steps.ids()) {
            if (!std::holds_alternative<Upgrade>(plan_.steps[other])) continue;
            must_precede(std::min(id, other), std::max(id, other), Rule::r14_mixed_mode,
                         Cause::mixed_versions);
        }
    }

    // Which switch a step turns, counted from 1; 0 for other steps.
    static int switch_of(const Step& step) {
        const auto is = [&step](const auto& one) {
            return std::holds_alternative<std::decay_t<decltype(one)>>(step);
        };
        if (is(DisableHa{}) || is(EnableHa{})) return 1;
        if (is(DisableWlb{}) || is(EnableWlb{})) return 2;
        if (is(DisableAutoPowerOn{}) || is(EnableAutoPowerOn{})) return 3;
        return is(BackUpDatabase{}) ? 4 : 0;
    }

    static bool clash(const Step& turned, const Step& other) {
        if (switch_of(other) != 0) return switch_of(turned) == switch_of(other);
        if (std::holds_alternative<Upgrade>(other)) return true;
        return switch_of(turned) == 1 && std::holds_alternative<DisableHost>(other);
    }

    // The steps on one VM come one after the other.
    void vms() {
        Table<Vm, StepId> last(pool_.vms.size(), StepId::none());
        for (const StepId id : plan_.steps.ids()) {
            const Id<Vm> vm = subject_of(plan_.steps[id]).vm;
            if (vm.is_none()) continue;
            if (!last[vm].is_none()) must_precede(last[vm], id, Rule::sense, Cause::wrong_state);
            last[vm] = id;
        }
    }

    // ---- R7, R9

    void groups() {
        for (const Group& group : pool_.groups) {
            std::vector<StepId> steps;
            for (const StepId id : plan_.steps.ids()) {
                const Id<Vm> vm = subject_of(plan_.steps[id]).vm;
                const bool moves =
                    !left_by(plan_.steps[id]).is_none() || !reached_by(plan_.steps[id]).is_none();
                const bool member = !vm.is_none() && std::binary_search(group.members.begin(),
                                                                        group.members.end(), vm);
                if (member && moves) steps.push_back(id);
            }
            for (std::size_t i = 0; i < steps.size(); ++i) {
                for (std::size_t k = i + 1; k < steps.size(); ++k) {
                    pair_in_group(group, steps[i], steps[k]);
                }
            }
        }
    }

    // `first` stands before `second` in the plan, where the pair is legal; is it always so?
    void pair_in_group(const Group& group, StepId first, StepId second) {
        const Step& one = plan_.steps[first];
        const Step& other = plan_.steps[second];
        if (subject_of(one).vm == subject_of(other).vm || reach_.precedes(first, second)) return;
        const bool apart = group.kind == Group::Kind::apart;
        const bool meets = !left_by(one).is_none() && left_by(one) == reached_by(other);
        // Parked and back at one host: nobody is anywhere else meanwhile.
        const Id<Host> place = subject_of(one).host;
        const bool same_place = !place.is_none() && place == subject_of(other).host;
        const bool same_hop =
            same_place || (left_by(one) == left_by(other) && reached_by(one) == reached_by(other));
        if (apart ? !meets : same_hop) return;
        Violation violation{Rule::r7_groups, apart ? Cause::kept_apart : Cause::kept_together};
        violation.other = subject_of(one).vm;
        weak(violation, second, first);
    }

    void one_by_one() {
        if (!promises_refuge(pool_)) return;
        for (const StepId id : plan_.steps.ids()) {
            if (id.index == 0 || reach_.precedes(StepId{id.index - 1}, id)) continue;
            weak({Rule::r9_spare, Cause::no_refuge}, id, StepId{id.index - 1});
        }
    }

    const Pool& pool_;
    const PoolState& state_;
    const Plan& plan_;
    Reachability reach_;
    Table<Step, Bytes> weights_;      // what a step adds to one host or takes from another
    Table<Step, Bytes> besides_;      // what must be free besides as it begins
    Table<Step, Id<Host>> range_at_;  // where a range changes
    Proof proof_;
};

}  // namespace

Proof prove(const Pool& pool, const PoolState& state, const Plan& plan) {
    return Examination(pool, state, plan).proof();
}

}  // namespace vacate
