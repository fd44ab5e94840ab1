// Headroom: how far the VMs of a pool may grow, by bisection.
#include <map>
#include <optional>

#include "model/codec/amount.hpp"
#include "model/edit.hpp"
#include "model/restart.hpp"
#include "sim/whatif/bisect.hpp"
#include "sim/whatif/questions.hpp"

namespace vacate {
namespace {

constexpr std::int64_t steps_max = 100'000;

Bytes memory_of(const Scenario& scenario) {
    Bytes all;
    for (const Id<Vm> vm : scenario.pool.vms.ids()) {
        if (!scenario.state.vms[vm].host.is_none()) all += scenario.pool.vms[vm].memory;
    }
    return all;
}

/// What was found out about one step.
struct Probe {
    bool holds = false;
    std::string limit;  // where it does not: "no" (for sure), "not found"
    std::string rules;
    std::string reason;
    std::optional<Duration> makespan;
};

/// The pool grown by so many steps.
class Grower {
  public:
    explicit Grower(const AskedCase& asked) : asked_(asked) {}

    /// Nothing where the growth itself is impossible; then `cannot` says why.
    std::optional<Scenario> grown(std::int64_t steps, Findings& cannot) const {
        Scenario scenario = asked_.changed.scenario;
        if (steps == 0) return scenario;
        const Question& question = asked_.question;
        if (!question.like.empty()) {
            const Id<Vm> like = vm_called(scenario.pool, question.like);
            if (like.is_none()) return std::nullopt;
            const NewVms wanted{question.like, steps, "", question.size};
            if (!add_vms(scenario, like, wanted, cannot)) return std::nullopt;
            return scenario;
        }
        std::vector<Id<Vm>> all;
        for (const Id<Vm> vm : scenario.pool.vms.ids()) all.push_back(vm);
        const Growth by{question.step.permille * steps, question.step.bytes * steps};
        if (!grow(scenario, all, by, cannot)) return std::nullopt;
        return scenario;
    }

    [[nodiscard]] std::string text(std::int64_t steps) const {
        if (asked_.question.like.empty()) return growth_text(asked_.question.step, steps);
        return std::to_string(steps) + (steps == 1 ? " VM" : " VMs");
    }

  private:
    const AskedCase& asked_;
};

Probe impossible(const Findings& cannot) {
    // Growing where they are and coming anew are both a matter of room.
    return {false, "no", "R1", reason_of(cannot), std::nullopt};
}

// Where the planner names no rule: those without which it finds a plan.
std::vector<Rule> rules_in_the_way(const AskedCase& asked, const Scenario& scenario) {
    std::vector<Rule> rules;
    const auto try_without = [&](Rule rule, auto relax) {
        Scenario relaxed = scenario;
        relax(relaxed.pool);
        if (relaxed.pool == scenario.pool || asked.planner.stopped()) return;
        if (asked.planner.plan(relaxed)) rules.push_back(rule);
    };
    try_without(Rule::r1_memory, [](Pool& pool) {
        for (Host& host : pool.hosts) {
            host.memory = host.memory * 2;
            host.memory_after = host.memory_after * 2;
        }
    });
    try_without(Rule::r2_version, [](Pool& pool) { pool.policy.upgraded_targets_only = false; });
    try_without(Rule::r6_width, [](Pool& pool) {
        pool.policy.hosts_down_max = static_cast<std::int64_t>(pool.hosts.size());
    });
    try_without(Rule::r7_groups, [](Pool& pool) {
        pool.groups = {};
        pool.groups_of = Table<Vm, std::vector<Id<Group>>>(pool.vms.size());
    });
    try_without(Rule::r9_spare, [](Pool& pool) { pool.policy.spare_hosts = 0; });
    try_without(Rule::r10_pause, [](Pool& pool) {
        for (Vm& vm : pool.vms) vm.pause_limit.reset();
    });
    return rules;
}

Probe upgrade_probe(const AskedCase& asked, const Grower& grower, std::int64_t steps,
                    bool explains) {
    Findings cannot;
    const auto scenario = grower.grown(steps, cannot);
    if (!scenario) return impossible(cannot);
    // The smallest conflict of a large pool names hundreds of VMs, and takes minutes.
    constexpr std::size_t small = 200;
    const bool is_small = scenario->pool.hosts.size() * scenario->pool.vms.size() <= small;
    const auto planned = asked.planner.plan(*scenario, explains && is_small);
    if (planned) return {true, "", "", "", planned->simulation.makespan};
    const NoPlan& no = planned.error();
    std::vector<Rule> rules = no.rules;
    if (explains && rules.empty()) rules = rules_in_the_way(asked, *scenario);
    return {false, no_word(no.proven), rules_text(rules), reason_of(no), std::nullopt};
}

Probe loss_probe(const Grower& grower, std::int64_t steps) {
    Findings cannot;
    const auto scenario = grower.grown(steps, cannot);
    if (!scenario) return impossible(cannot);
    for (const Id<Host> host : scenario->pool.hosts.ids()) {
        const Restart restart = restart_elsewhere(scenario->pool, scenario->state, {host}, false);
        if (restart.survival == Survival::survivable) continue;
        const bool sure = restart.survival == Survival::not_survivable;
        std::string vms = scenario->pool.vms[restart.without.front()].name;
        const std::size_t more = restart.without.size() - 1;
        if (more > 0) vms += " and " + std::to_string(more) + " more";
        const bool mixed = is_mixed(scenario->pool, scenario->state);
        return {false, no_word(sure), mixed ? "R1, R2" : "R1",
                "were " + scenario->pool.hosts[host].name + " lost, " + vms +
                    " would find no room elsewhere",
                std::nullopt};
    }
    return {true, "", "", "", std::nullopt};
}

/// Bisection with every probe kept for the chart.
template <class Try>
void find_frontier(const AskedCase& asked, const Grower& grower, const std::string& what, Try probe,
                   RowFiller& row) {
    std::map<std::int64_t, Probe> probes;
    const auto fails = [&](std::int64_t steps) {
        if (asked.planner.stopped()) return true;
        const auto known = probes.find(steps);
        if (known != probes.end()) return !known->second.holds;
        return !probes.emplace(steps, probe(steps, false)).first->second.holds;
    };
    const bool fails_already = fails(0);
    const std::int64_t first = fails_already ? 0 : least(steps_max, fails);
    const std::int64_t frontier = first == 0 ? (fails_already ? -1 : steps_max) : first - 1;
    if (frontier >= 0) {
        row.put(what + "_headroom", grower.text(frontier));
        row.put(what + "_steps", Cell{frontier});
        Findings ignored;
        const auto scenario = grower.grown(frontier, ignored);
        if (scenario) {
            row.put(what + "_more_bytes", memory_of(*scenario) - memory_of(asked.changed.scenario));
        }
    } else {
        row.put(what + "_headroom", std::string("none, not even as it is"));
    }
    if (frontier < steps_max) {
        const Probe beyond = probe(frontier + 1, true);
        row.put(what + "_limit", std::string(beyond.limit));
        row.put(what + "_rules", std::string(beyond.rules));
        row.put(what + "_reason", std::string(beyond.reason));
    }
    RowTable table{what + "_probes", {"steps", "growth", "holds", "makespan_us"}, {}};
    for (const auto& [steps, one] : probes) {
        const Cell makespan = one.makespan ? Cell{one.makespan->count()} : Cell{};
        table.rows.push_back({Cell{steps}, Cell{grower.text(steps)}, Cell{one.holds}, makespan});
    }
    row.add(std::move(table));
}

}  // namespace

std::string growth_text(Growth step, std::int64_t steps) {
    if (step.permille == 0) return print_exact(step.bytes * steps);
    const std::int64_t permille = step.permille * steps;
    return print_thousandths(permille * 100) + " %";
}

void answer_headroom(const AskedCase& asked, RowFiller& row) {
    const Grower grower(asked);
    find_frontier(
        asked, grower, "upgrade",
        [&](std::int64_t steps, bool explains) {
            return upgrade_probe(asked, grower, steps, explains);
        },
        row);
    find_frontier(
        asked, grower, "loss", [&](std::int64_t steps, bool) { return loss_probe(grower, steps); },
        row);
}

}  // namespace vacate
