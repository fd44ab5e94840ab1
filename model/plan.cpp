// Fingerprints and the sequential reading of a plan.
#include "model/plan.hpp"

#include <string_view>

#include "model/audit.hpp"
#include "model/digest.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

// What most pools do not have adds nothing, so plans made before there was such a member keep
// their fingerprint; what they have goes with its name.
template <class Member>
void add_rare(Digest& digest, std::string_view name, const Member& member) {
    if (member == Member{}) return;
    digest.add(name);
    digest.add(member);
}

void add_host(Digest& digest, const Host& host) {
    digest.add(std::string_view{host.name});
    digest.add(host.memory);
    digest.add(host.memory_after);
    digest.add(host.link);
    digest.add(host.full_duplex);
    digest.add(host.send_budget);
    digest.add(host.version);
    digest.add(host.target);
    digest.add(host.hvm_features);
    digest.add(host.pv_features);
    digest.add(host.networks);
    digest.add(host.storages);
    digest.add(std::string_view{host.domain});
    digest.add(host.cpus);
    digest.add(host.upgrade_time);
    add_rare(digest, "guest_traffic", host.guest_traffic);
    add_rare(digest, "streams_max", host.streams_max);
    add_rare(digest, "timing", host.timing);
}

void add_vm(Digest& digest, const Vm& vm) {
    digest.add(std::string_view{vm.name});
    digest.add(vm.memory);
    digest.add(vm.admission);
    digest.add(vm.ram);
    digest.add(static_cast<std::int64_t>(vm.domain));
    digest.add(vm.vcpus);
    digest.add(vm.features);
    digest.add(vm.dirty_rate);
    digest.add(vm.working_set);
    digest.add(vm.pause_limit);
    digest.add(vm.networks);
    digest.add(vm.storages);
    digest.add(vm.cd);
    digest.add(vm.local_disk);
    digest.add(static_cast<std::int64_t>(vm.mobility));
    digest.add(vm.protect);
    add_rare(digest, "scatters", !vm.sweeps);
    add_rare(digest, "cold_rate", vm.cold_rate);
    add_rare(digest, "dirty_classes", vm.dirty_classes);
    add_rare(digest, "zero_permille", vm.zero_permille);
    add_rare(digest, "disk_writes", vm.disk_writes);
    add_rare(digest, "timing", vm.timing);
    add_rare(digest, "squeeze", vm.squeeze);
}

// How long everything takes decides nothing about what is legal, but about which plan is good;
// R10 asks for it too. What stands at its default adds nothing.
void add_timing(Digest& digest, const Timing& timing) {
    for (const CopyingParameter& one : copying_parameters()) {
        if (one.get(timing) == one.fallback) continue;
        digest.add(one.name);
        digest.add(one.get(timing));
    }
}

void add_policy(Digest& digest, const Policy& policy) {
    digest.add(policy.hosts_down_max);
    digest.add(policy.migrations_per_host_max);
    digest.add(policy.migrations_per_pair_max);
    digest.add(policy.migrations_per_pool_max);
    digest.add(policy.storage_motions_per_source_max);
    digest.add(policy.one_way);
    digest.add(policy.spare_hosts);
    // Plans that were made before there was this choice keep their fingerprint.
    if (policy.upgraded_targets_only) digest.add(policy.upgraded_targets_only);
}

void add_state(Digest& digest, const PoolState& state) {
    for (const HostState& host : state.hosts) {
        digest.add(static_cast<std::int64_t>(host.phase));
        digest.add(host.upgraded);
    }
    for (const VmState& vm : state.vms) {
        digest.add(static_cast<std::int64_t>(vm.power));
        digest.add(vm.host);
        digest.add(vm.to);
        digest.add(vm.parked);
        digest.add(vm.storage);
        digest.add(vm.cd_ejected);
        add_rare(digest, "squeezed", vm.squeezed);
    }
    for (const PoolSwitch& one : {state.ha, state.wlb, state.auto_power_on}) {
        digest.add(one.on);
        digest.add(one.turned_off);
    }
}

}  // namespace

std::uint64_t fingerprint(const Pool& pool, const PoolState& state) {
    Digest digest;
    digest.add(std::string_view{pool.name});
    digest.add(pool.coordinator);
    digest.add(static_cast<std::int64_t>(pool.version_rule));
    for (const Host& host : pool.hosts) add_host(digest, host);
    for (const Vm& vm : pool.vms) add_vm(digest, vm);
    for (const Network& network : pool.networks) digest.add(std::string_view{network.name});
    for (const Storage& storage : pool.storages) {
        digest.add(std::string_view{storage.name});
        digest.add(storage.shared);
        digest.add(storage.free);
    }
    for (const Group& group : pool.groups) {
        digest.add(static_cast<std::int64_t>(group.kind));
        digest.add(group.members);
    }
    add_policy(digest, pool.policy);
    add_timing(digest, pool.timing);
    add_state(digest, state);
    return digest.value();
}

tl::expected<PoolState, BrokenStep> replay(const Pool& pool, PoolState state,
                                           const Table<Step>& steps) {
    for (const Id<Step> id : steps.ids()) {
        if (const auto done = perform(pool, state, steps[id]); !done) {
            return tl::unexpected(BrokenStep{id, done.error()});
        }
    }
    return state;
}

bool is_done(const Pool& pool, const PoolState& before, const PoolState& state) {
    for (const Id<Host> host : pool.hosts.ids()) {
        if (!state.hosts[host].upgraded || state.hosts[host].phase == HostPhase::lost) {
            return false;
        }
    }
    return state.in_flight == 0 && not_restored(pool, before, state).empty();
}

}  // namespace vacate
