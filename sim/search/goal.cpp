// Several ways to the placement, each scheduled; the best of them.
#include "sim/search/goal.hpp"

#include <algorithm>
#include <limits>

#include "model/audit.hpp"
#include "model/check.hpp"
#include "model/limits.hpp"
#include "model/precedence.hpp"
#include "model/precheck.hpp"
#include "sim/search/draft.hpp"
#include "sim/search/exact.hpp"
#include "sim/search/finish.hpp"
#include "sim/search/transfers.hpp"

namespace vacate {
namespace {

constexpr std::int64_t exact_nodes_max = 400'000;
constexpr int shuffles = 6;  // ways tried beside the two in order of size

Finding blocked(const std::string& subject, std::string sentence, std::string remedy) {
    return {Severity::blocks, "GOAL_IMPOSSIBLE", subject, std::move(sentence), std::move(remedy)};
}

// The state with every VM at its goal at once, whatever the rules say of the way.
PoolState state_at(const Pool& pool, const PoolState& state, const Placement& goal) {
    PoolState end = squeezed(pool, state);
    for (const Id<Vm> vm : astray(state, goal)) {
        HostState& from = end.hosts[end.vms[vm].host];
        from.committed -= charge_in(pool, end, vm);
        --from.vms;
        place(pool, end, vm, goal[vm]);
        end.vms[vm].cd_ejected = true;  // ejected for the way
    }
    return end;
}

class GoalSearch {
  public:
    GoalSearch(const Pool& pool, const PoolState& state, const Placement& goal,
               const PlanOptions& options)
        : pool_(pool), state_(state), goal_(goal), options_(options) {
        for (const Id<Vm> vm : pool.vms.ids()) {
            if (goal_[vm].is_none()) goal_[vm] = state.vms[vm].host;
        }
    }

    tl::expected<Planned, NoPlan> plan() {
        const Findings blockers = goal_blockers(pool_, state_, goal_);
        if (!blockers.empty()) return tl::unexpected(NoPlan{true, blockers, effort_});
        const Bound bound = transfer_bound(pool_, state_, goal_);
        try_ways();
        if (!best_) {
            if (auto no = exhaust()) return tl::unexpected(std::move(*no));
        }
        if (options_.window && figures_.makespan > *options_.window) {
            NoPlan no = too_long(figures_.makespan, *options_.window, bound, ", or faster links");
            no.effort = effort_;
            return tl::unexpected(std::move(no));
        }
        Planned planned = finished(pool_, state_, std::move(*best_), bound);
        planned.effort = effort_;
        planned.candidates = candidates_;
        return planned;
    }

  private:
    [[nodiscard]] bool spent() const { return effort_ >= options_.effort; }

    // Memory that may be given up is, to the end; CDs that the target does not see go out first,
    // and back in where it does at the end.
    void prepare(Draft& draft) const {
        for (const Id<Vm> vm : astray(draft.state(), goal_)) {
            const auto& cd = pool_.vms[vm].cd;
            if (cd && !draft.state().vms[vm].cd_ejected) draft.take(EjectCd{vm});
        }
        draft.squeeze();
    }
    static void restore(Draft& draft) {
        draft.restore_ranges();
        for (const Step& step : std::vector<Step>(draft.steps())) {
            if (const auto* out = std::get_if<EjectCd>(&step)) draft.take(InsertCd{out->vm});
        }
    }

    void try_ways() {
        try_way(ReachOrder::largest_first, 0);
        try_way(ReachOrder::smallest_first, 0);
        for (int i = 0; i < shuffles && !spent(); ++i) {
            // Ways without a detour are all of the same moves: their order is searched below.
            if (best_ && least_moves_ <= static_cast<std::int64_t>(astray(state_, goal_).size())) {
                break;
            }
            try_way(ReachOrder::shuffled, options_.seed + static_cast<std::uint64_t>(i));
        }
    }

    void try_way(ReachOrder order, std::uint64_t salt) {
        Draft draft(pool_, state_);
        prepare(draft);
        const bool there = reach(draft, goal_, order, salt).empty();
        effort_ += draft.effort();
        if (!there) return;
        restore(draft);
        schedule(Table<Step>(draft.steps()));
    }

    // As the list stands, then with links filled but not shared, then shared by a few.
    void schedule(const Table<Step>& steps) {
        Plan plain;
        plain.steps = steps;
        plain.after = precedence_of(pool_, state_, steps);
        consider(std::move(plain));
        if (steps.size() > limits::transfers_scheduled) return;
        const Table<Step, Transfer> transfers = transfers_alone(pool_, steps);
        for (const std::int64_t streams : {1, 2, 3}) {
            TransferOptions options;
            options.effort = std::max<std::int64_t>(1, (options_.effort - effort_) / 4);
            options.seed = options_.seed;
            options.streams_per_share = streams;
            consider(schedule_transfers(pool_, state_, steps, transfers, options, effort_));
        }
    }

    void consider(Plan plan) {
        const auto run = simulate(pool_, state_, plan, {.timeline = false});
        effort_ += 4 * static_cast<std::int64_t>(plan.steps.size());
        if (!run) return;
        ++candidates_;
        const Figures figures = figures_of(pool_, state_, run->final_state, *run);
        least_moves_ = std::min(least_moves_, figures.moves);
        if (best_ && compare(options_.objective, figures, figures_) >= 0) return;
        figures_ = figures;
        best_ = std::move(plan);
    }

    std::optional<NoPlan> exhaust() {
        Draft draft(pool_, state_);
        prepare(draft);
        const ExactAnswer answer = search_placement(pool_, draft.state(), goal_, exact_nodes_max);
        effort_ += answer.effort;
        const std::string count = std::to_string(answer.nodes);
        if (answer.verdict == ExactAnswer::Verdict::found) {
            for (const Step& step : answer.steps) {
                VACATE_CHECK(draft.take(step), "a step of the exhaustive search is not legal");
            }
            restore(draft);
            schedule(Table<Step>(draft.steps()));
            VACATE_CHECK(best_.has_value(), "a way that is legal step by step came to a stop");
            return std::nullopt;
        }
        if (answer.verdict == ExactAnswer::Verdict::impossible) {
            return NoPlan{true,
                          {{Severity::blocks, "NO_WAY_EXISTS", "pool",
                            "every placement that can be reached by migrations was looked at (" +
                                count + "); the goal is none of them",
                            "some free memory on a third host, for VMs to step aside"}},
                          effort_};
        }
        return NoPlan{false,
                      {{Severity::blocks, "NO_WAY_FOUND", "pool",
                        "no way was found; that is no proof that there is none (" + count +
                            " placements were looked at)",
                        "some free memory on a third host, or a goal that moves fewer VMs"}},
                      effort_};
    }

    const Pool& pool_;
    const PoolState& state_;
    Placement goal_;
    PlanOptions options_;
    std::optional<Plan> best_;
    Figures figures_;
    std::int64_t least_moves_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t effort_ = 0;
    std::int64_t candidates_ = 0;
};

// Groups that the goal itself breaks and that are not broken now.
void add_broken_groups(const Pool& pool, const PoolState& before, const PoolState& end,
                       Findings& findings) {
    const auto broken = [](const PoolState& state, const Group& group) {
        std::vector<Id<Host>> hosts;
        for (const Id<Vm> vm : group.members) {
            if (!state.vms[vm].host.is_none()) hosts.push_back(state.vms[vm].host);
        }
        std::sort(hosts.begin(), hosts.end());
        const bool meet = std::adjacent_find(hosts.begin(), hosts.end()) != hosts.end();
        const bool split = !hosts.empty() && hosts.front() != hosts.back();
        return group.kind == Group::Kind::apart ? meet : split;
    };
    for (const Group& group : pool.groups) {
        if (!broken(end, group) || broken(before, group)) continue;
        const bool apart = group.kind == Group::Kind::apart;
        findings.push_back(blocked("group " + group.name,
                                   apart ? "the goal puts two of its VMs on one host (R7)"
                                         : "the goal puts its VMs on several hosts (R7)",
                                   apart ? "another host for one of them" : "one host for all"));
    }
}

}  // namespace

Findings goal_blockers(const Pool& pool, const PoolState& state, const Placement& goal) {
    Findings findings;
    std::vector<char> is_target(pool.hosts.size(), 0);
    for (const Id<Vm> id : astray(state, goal)) {
        const Vm& vm = pool.vms[id];
        const Id<Host> to = goal[id];
        is_target[to.index] = 1;
        const std::string subject = "VM " + vm.name;
        if (vm.mobility != Mobility::live && vm.mobility != Mobility::storage) {
            findings.push_back(blocked(
                subject,
                vm.name + " cannot migrate, so it cannot come to " + pool.hosts[to].name + " (R8)",
                "leave it where it is"));
            continue;
        }
        if (state.hosts[to].phase != HostPhase::enabled) {
            findings.push_back(blocked(
                subject,
                pool.hosts[to].name + " is not enabled, so " + vm.name + " cannot come to it (R5)",
                "enable it first"));
            continue;
        }
        if (vm.mobility == Mobility::storage) continue;  // its disks may come along
        const std::string never = never_takes(pool, state, id, to);
        if (!never.empty()) findings.push_back(blocked(subject, never, "another host for it"));
    }
    const PoolState end = state_at(pool, state, goal);
    for (const Id<Host> host : pool.hosts.ids()) {
        const Bytes free = free_in(pool, end, host);
        if (is_target[host.index] == 0 || free.count >= 0) continue;
        findings.push_back(blocked("host " + pool.hosts[host].name,
                                   "the goal puts " + display(end.hosts[host].committed) + " on " +
                                       pool.hosts[host].name + ", which has memory for " +
                                       display(capacity_in(pool, end, host)) + " (R1)",
                                   "another host for some of them"));
    }
    add_broken_groups(pool, state, end, findings);
    return findings;
}

tl::expected<Planned, NoPlan> plan_goal(const Pool& pool, const PoolState& state,
                                        const Placement& goal, const PlanOptions& options) {
    return GoalSearch(pool, state, goal, options).plan();
}

}  // namespace vacate
