// Jobs on some hosts, told to the pool.
#include "model/job.hpp"

#include <algorithm>
#include <string>

namespace vacate {
namespace {

bool has_part(const Job& job, Id<Host> host) {
    return std::binary_search(job.hosts.begin(), job.hosts.end(), host);
}

}  // namespace

Findings job_blockers(const Pool& pool, const PoolState& state, const Job& job) {
    Findings findings;
    if (job.hosts.empty()) return findings;
    const std::string& coordinator = pool.hosts[pool.coordinator].name;
    const bool waits = job.action == HostAction::upgrade && !state.hosts[pool.coordinator].upgraded;
    if (waits && !has_part(job, pool.coordinator)) {
        findings.push_back({Severity::blocks, "COORDINATOR_FIRST", "host " + coordinator,
                            coordinator + " is the coordinator and not upgraded yet; no other "
                                          "host may be upgraded before it (R3)",
                            "add " + coordinator + " to --hosts"});
    }
    std::size_t out = state.hosts_out;
    for (const Id<Host> host : job.hosts) {
        if (state.hosts[host].phase == HostPhase::lost) {
            findings.push_back({Severity::blocks, "HOST_NOT_LIVE", "host " + pool.hosts[host].name,
                                pool.hosts[host].name + " is not reachable",
                                "bring it back, or leave it out of --hosts"});
        }
        if (state.hosts[host].phase == HostPhase::enabled) ++out;
    }
    const auto allowed = static_cast<std::size_t>(pool.policy.hosts_down_max);
    if (job.action == HostAction::evacuate && out > allowed) {
        findings.push_back({Severity::blocks, "TOO_MANY_HOSTS_OUT", "pool",
                            std::to_string(out) + " hosts would be out of use at once, " +
                                std::to_string(allowed) + " are allowed (R6)",
                            "--set policy.hosts_down_max=" + std::to_string(out)});
    }
    return findings;
}

void narrow(const Job& job, Pool& pool, PoolState& state) {
    if (job.hosts.empty() && job.action != HostAction::place) return;
    state.hosts_upgraded = 0;
    for (const Id<Host> id : pool.hosts.ids()) {
        Host& host = pool.hosts[id];
        HostState& now = state.hosts[id];
        const bool upgrades = job.action == HostAction::upgrade && has_part(job, id);
        if (!upgrades) {
            const Bytes memory = capacity_in(pool, state, id);
            host.version = Version(version_in(pool, state, id));
            host.target = host.version;
            host.memory = host.memory_after = memory;
            now.upgraded = !(job.action == HostAction::reboot && has_part(job, id));
        }
        if (now.upgraded) ++state.hosts_upgraded;
    }
    if (job.action == HostAction::reboot) state.backed_up = true;
}

}  // namespace vacate
