// The peers' plans, or where they get stuck.
#include "tools/vacate/peers.hpp"

#include "model/rule.hpp"
#include "sim/search/baseline.hpp"

namespace vacate {
namespace {

std::string stuck_text(const Pool& pool, const BaselinePlan& peer) {
    const std::string host = pool.hosts[peer.stuck->host].name;
    if (peer.stuck->vm.is_none()) return "stuck at " + host;
    const std::string vm = pool.vms[peer.stuck->vm].name;
    std::string text = "stuck at " + host + ": " + vm + " finds no place";
    if (peer.reason.cause != Cause::wrong_state) {
        text += " (" + explain(pool, peer.reason) + ", " + rule_name(peer.reason.rule) + ")";
    }
    return text;
}

}  // namespace

Peer peer_of(const Scenario& scenario, const std::string& name) {
    const Baseline baseline = name == "rpu" ? Baseline::rpu : Baseline::wizard;
    BaselinePlan planned = plan_baseline(scenario.pool, scenario.state, baseline);
    Peer peer;
    peer.compared.name = name;
    if (planned.stuck) {
        peer.compared.stuck_at = stuck_text(scenario.pool, planned);
        return peer;
    }
    auto run = simulate(scenario.pool, scenario.state, planned.plan);
    if (!run) {
        peer.compared.stuck_at = "stuck: " + explain(scenario.pool, run.error().broken.violation);
        return peer;
    }
    peer.simulation = std::move(*run);
    peer.plan = std::move(planned.plan);
    peer.compared.schedule = peer.simulation;
    for (const Id<Vm> vm : planned.left_away) {
        peer.compared.left_away.push_back(scenario.pool.vms[vm].name);
    }
    return peer;
}

}  // namespace vacate
