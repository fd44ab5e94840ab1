// The story of where a search got stuck.
#include "sim/search/diagnose.hpp"

#include <algorithm>

#include "model/transition.hpp"

namespace vacate {
std::string why_not(const Pool& pool, const PoolState& state, Id<Vm> vm, Id<Host> to) {
    const auto violation = forbids(pool, state, Migrate{vm, state.vms[vm].host, to});
    if (!violation) return {};
    return explain(pool, *violation) + " (" + rule_name(violation->rule) + ")";
}

Finding describe_stuck(const Pool& pool, const PoolState& state, const Stuck& stuck) {
    const std::string& host = pool.hosts[stuck.host].name;
    Finding finding{Severity::blocks, "CANNOT_EVACUATE_HOST", "host " + host, "", ""};
    if (stuck.vm.is_none()) {
        finding.sentence = host + " could not be taken out of use or upgraded in this order";
        return finding;
    }
    const Vm& vm = pool.vms[stuck.vm];
    finding.sentence = host + " cannot be emptied: " + vm.name + " needs " + display(vm.admission) +
                       ". As the pool stands now: ";
    std::string reasons;
    for (const Id<Host> other : pool.hosts.ids()) {
        if (other == state.vms[stuck.vm].host || state.vms[stuck.vm].host.is_none()) continue;
        const std::string reason = why_not(pool, state, stuck.vm, other);
        if (reason.empty()) continue;
        reasons += (reasons.empty() ? "" : "; ") + reason;
    }
    finding.sentence += reasons.empty() ? "there is room, but not once others have moved" : reasons;
    finding.remedy = "more free memory on the other hosts, or fewer running VMs";
    return finding;
}

std::vector<Rule> rules_against(const Pool& pool, const PoolState& state, const Stuck& stuck) {
    std::vector<Rule> rules;
    if (stuck.vm.is_none() || state.vms[stuck.vm].host.is_none()) return rules;
    const Id<Host> from = state.vms[stuck.vm].host;
    for (const Id<Host> to : pool.hosts.ids()) {
        if (to == from) continue;
        const auto violation = forbids(pool, state, Migrate{stuck.vm, from, to});
        if (violation) rules.push_back(violation->rule);
    }
    std::sort(rules.begin(), rules.end());
    rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
    return rules;
}

}  // namespace vacate
