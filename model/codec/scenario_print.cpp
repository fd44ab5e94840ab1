// From a pool and its state to the text of a scenario, every field spelled out.
#include <algorithm>
#include <string>
#include <vector>

#include "model/codec/amount.hpp"
#include "model/codec/chance_text.hpp"
#include "model/codec/copying_text.hpp"
#include "model/codec/document.hpp"
#include "model/codec/scenario.hpp"
#include "model/codec/scenario_decoding.hpp"
#include "model/codec/scenario_fields.hpp"

namespace vacate {
namespace codec {
namespace {

Node text_of_word(std::string_view word) { return make_text(std::string(word)); }

template <class Amount>
Node exact(Amount amount) {
    return make_text(print_exact(amount));
}

Node version_node(const Version& version) {
    Node node = make_object();
    put(node, "label", make_text(version.label));
    put(node, "platform", make_text(print_dotted(version.platform)));
    put(node, "xapi", make_text(print_dotted(version.manager)));
    put(node, "xapi_build", make_text(print_dotted(version.manager_build)));
    put(node, "xen", make_text(print_dotted(version.hypervisor)));
    return node;
}

Node note_nodes(const std::vector<Note>& notes) {
    Node nodes = make_list();
    for (const Note& note : notes) {
        Node node = make_object();
        put(node, "code", make_text(note.code));
        if (!note.detail.empty()) put(node, "detail", make_text(note.detail));
        nodes.children.push_back(std::move(node));
    }
    return nodes;
}

std::string hex_words(const std::vector<std::uint32_t>& words) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint32_t word : words) {
        if (!text.empty()) text += '-';
        for (int shift = 28; shift >= 0; shift -= 4) text += digits[word >> shift & 0xfu];
    }
    return text;
}

template <class Of>
Node name_nodes(const std::vector<Id<Of>>& ids, const Table<Of>& table) {
    Node nodes = make_list();
    for (const Id<Of> id : ids) nodes.children.push_back(make_text(table[id].name));
    return nodes;
}

Node pool_node(const Pool& pool, const PoolState& state) {
    Node node = make_object();
    put(node, "name", make_text(pool.name));
    put(node, "coordinator", make_text(pool.hosts[pool.coordinator].name));
    put(node, "version_rule",
        text_of_word(word_of<VersionRule>(version_rule_words, pool.version_rule)));
    put(node, "ha_enabled", make_boolean(state.ha.on));
    put(node, "wlb_enabled", make_boolean(state.wlb.on));
    put(node, "auto_power_on", make_boolean(state.auto_power_on.on));
    put(node, "notes", note_nodes(pool.notes));
    return node;
}

Node policy_node(const Policy& policy) {
    Node node = make_object();
    put(node, "hosts_down_max", make_integer(policy.hosts_down_max));
    put(node, "migrations_per_host_max", make_integer(policy.migrations_per_host_max));
    put(node, "migrations_per_pair_max", make_integer(policy.migrations_per_pair_max));
    put(node, "migrations_per_pool_max", make_integer(policy.migrations_per_pool_max));
    put(node, "storage_motions_per_source_max",
        make_integer(policy.storage_motions_per_source_max));
    put(node, "one_way", make_boolean(policy.one_way));
    put(node, "spare_hosts", make_integer(policy.spare_hosts));
    if (policy.upgraded_targets_only) put(node, "targets", make_text("upgraded-only"));
    return node;
}

Node timing_node(const Timing& timing) {
    Node node = make_object();
    put_copying(node, timing);
    put(node, "reservation", exact(timing.reservation));
    put(node, "opposing_factor", make_text(print_thousandths(timing.opposing_permille)));
    put(node, "host_step", exact(timing.host_step));
    put(node, "preparation", exact(timing.preparation));
    put(node, "backup", exact(timing.backup));
    put(node, "stop", exact(timing.stop));
    put(node, "start", exact(timing.start));
    put(node, "suspend_rate", exact(timing.suspend_rate));
    return node;
}

Node storage_node(const Storage& storage) {
    Node node = make_object();
    put(node, "name", make_text(storage.name));
    put(node, "type", make_text(storage.type));
    put(node, "shared", make_boolean(storage.shared));
    put(node, "free", exact(storage.free));
    return node;
}

void put_host_cpu(Node& node, const Host& host) {
    if (!host.hvm_features && !host.pv_features) return;
    const CpuFeatures& any = host.hvm_features ? *host.hvm_features : *host.pv_features;
    Node cpu = make_object();
    put(cpu, "vendor", make_text(any.vendor));
    if (host.hvm_features) put(cpu, "hvm", make_text(hex_words(host.hvm_features->words)));
    if (host.pv_features) put(cpu, "pv", make_text(hex_words(host.pv_features->words)));
    put(node, "cpu", std::move(cpu));
}

Node host_node(const Scenario& scenario, Id<Host> id) {
    const Pool& pool = scenario.pool;
    const Host& host = pool.hosts[id];
    const HostState& now = scenario.state.hosts[id];
    // In the middle of a run the text describes a pool that begins there.
    const bool changed = now.upgraded && needs_upgrade(host);
    Node node = make_object();
    put(node, "name", make_text(host.name));
    put(node, "memory", exact(changed ? host.memory_after : host.memory));
    put(node, "memory_after_upgrade", exact(host.memory_after));
    put(node, "link", exact(host.link));
    put(node, "duplex", text_of_word(word_of<bool>(duplex_words, host.full_duplex)));
    put(node, "send_budget", exact(host.send_budget));
    if (host.guest_traffic.count > 0) put(node, "guest_traffic", exact(host.guest_traffic));
    if (host.streams_max > 0) put(node, "streams_max", make_integer(host.streams_max));
    if (!host.timing.empty()) put(node, "timing", copying_changes_node(host.timing));
    put(node, "version", version_node(changed ? host.target : host.version));
    put(node, "target", version_node(host.target));
    put(node, "networks", name_nodes(host.networks, pool.networks));
    put(node, "storages", name_nodes(host.storages, pool.storages));
    put_host_cpu(node, host);
    put(node, "cpus", make_integer(host.cpus));
    put(node, "domain", make_text(host.domain));
    put(node, "upgrade_time", exact(host.upgrade_time));
    put_chance(node, scenario.chance, id);
    put(node, "live", make_boolean(now.phase != HostPhase::lost));
    put(node, "enabled",
        make_boolean(now.phase != HostPhase::disabled && now.phase != HostPhase::down));
    put(node, "notes", note_nodes(host.notes));
    return node;
}

PowerWord power_of(const Vm& vm, const VmState& now) {
    if (now.power == Power::suspended) return PowerWord::suspended;
    if (now.power == Power::halted) return PowerWord::halted;
    const bool paused = std::any_of(vm.notes.begin(), vm.notes.end(),
                                    [](const Note& note) { return note.code == paused_code; });
    return paused ? PowerWord::paused : PowerWord::running;
}

/// What `when_pinned` asked for in vain, by the subjects of the remarks that say so, sorted.
struct InVain {
    std::vector<std::string> storage;
    std::vector<std::string> suspend;
};

/// What `when_pinned` was: the mobility, or what a remark says was asked for in vain.
Mobility when_pinned_of(const Vm& vm, const InVain& in_vain) {
    const auto among = [&vm](const std::vector<std::string>& subjects) {
        return std::binary_search(subjects.begin(), subjects.end(), "VM " + vm.name);
    };
    if (vm.mobility != Mobility::pinned) return vm.mobility;
    if (among(in_vain.storage)) return Mobility::storage;
    return among(in_vain.suspend) ? Mobility::suspend : Mobility::pinned;
}

InVain in_vain_subjects(const Findings& remarks) {
    InVain in_vain;
    for (const Finding& remark : remarks) {
        if (remark.code == cannot_take_disks_code) in_vain.storage.push_back(remark.subject);
        if (remark.code == cannot_suspend_code) in_vain.suspend.push_back(remark.subject);
    }
    std::sort(in_vain.storage.begin(), in_vain.storage.end());
    std::sort(in_vain.suspend.begin(), in_vain.suspend.end());
    return in_vain;
}

void put_vm_memory(Node& node, const Vm& vm, const VmState& now) {
    // The static maximum is not kept; this one is charged and admitted just the same.
    const Bytes overhead = vm.memory - vm.ram;
    const bool gives = vm.squeeze.count > 0 && !now.squeezed;
    put(node, "memory", exact((gives ? full_admission(vm) : vm.admission) - overhead));
    put(node, "dynamic_min", exact(gives ? full_ram(vm) : vm.ram));
    if (vm.static_min.count > 0) put(node, "static_min", exact(vm.static_min));
    if (vm.squeeze_to) put(node, "squeeze_to", exact(*vm.squeeze_to));
    put(node, "overhead", exact(overhead));
}

Node pattern_node(bool sweeps) { return text_of_word(word_of<bool>(dirty_pattern_words, sweeps)); }

// How it writes its memory; what is seldom given stands there only where it was.
void put_writes(Node& node, const Vm& vm) {
    put(node, "dirty_rate", exact(vm.dirty_rate));
    put(node, "working_set", exact(vm.working_set));
    if (!vm.sweeps) put(node, "dirty_pattern", pattern_node(false));
    if (vm.cold_rate.count > 0) put(node, "cold_rate", exact(vm.cold_rate));
    if (!vm.dirty_classes.empty()) {
        Node classes = make_list();
        for (const DirtyClass& pages : vm.dirty_classes) {
            Node one = make_object();
            put(one, "rate", exact(pages.rate));
            put(one, "set", exact(pages.set));
            put(one, "pattern", pattern_node(pages.sweeps));
            classes.children.push_back(std::move(one));
        }
        put(node, "dirty_classes", std::move(classes));
    }
    if (vm.zero_permille > 0) {
        put(node, "zero_pages", make_text(print_thousandths(vm.zero_permille)));
    }
    if (vm.disk_writes.count > 0) put(node, "disk_writes", exact(vm.disk_writes));
    if (!vm.timing.empty()) put(node, "timing", copying_changes_node(vm.timing));
}

Node vm_node(const Scenario& scenario, Id<Vm> id, const InVain& in_vain) {
    const Pool& pool = scenario.pool;
    const Vm& vm = pool.vms[id];
    const VmState& now = scenario.state.vms[id];
    Node node = make_object();
    put(node, "name", make_text(vm.name));
    put(node, "power", text_of_word(word_of<PowerWord>(power_words, power_of(vm, now))));
    const bool runs = now.power == Power::running && !now.host.is_none();
    if (runs) put(node, "host", make_text(pool.hosts[now.host].name));
    put_vm_memory(node, vm, now);
    put(node, "vcpus", make_integer(vm.vcpus));
    put(node, "domain_type", text_of_word(word_of<DomainType>(domain_type_words, vm.domain)));
    put_writes(node, vm);
    put_chance(node, scenario.chance, id);
    if (vm.pause_limit) put(node, "pause_limit", exact(*vm.pause_limit));
    put(node, "networks", name_nodes(vm.networks, pool.networks));
    put(node, "storages", name_nodes(vm.storages, pool.storages));
    put(node, "disk", exact(vm.local_disk));
    if (vm.cd) put(node, "cd", make_text(pool.storages[*vm.cd].name));
    if (vm.features) {
        Node cpu = make_object();
        put(cpu, "vendor", make_text(vm.features->vendor));
        put(cpu, "features", make_text(hex_words(vm.features->words)));
        put(node, "cpu", std::move(cpu));
    }
    put(node, "vcpu_unrestricted", make_boolean(vm.vcpu_unrestricted));
    put(node, "protect", make_boolean(vm.protect));
    const Mobility pinned = when_pinned_of(vm, in_vain);
    put(node, "when_pinned", text_of_word(word_of<Mobility>(when_pinned_words, pinned)));
    put(node, "notes", note_nodes(vm.notes));
    return node;
}

Node group_node(const Pool& pool, const Group& group) {
    Node node = make_object();
    put(node, "name", make_text(group.name));
    put(node, "kind", text_of_word(word_of<Group::Kind>(group_kind_words, group.kind)));
    put(node, "vms", name_nodes(group.members, pool.vms));
    return node;
}

Node scenario_node(const Scenario& scenario) {
    const Pool& pool = scenario.pool;
    Node networks = make_list();
    for (const Network& network : pool.networks) {
        Node node = make_object();
        put(node, "name", make_text(network.name));
        networks.children.push_back(std::move(node));
    }
    Node storages = make_list();
    for (const Storage& storage : pool.storages) {
        storages.children.push_back(storage_node(storage));
    }
    Node hosts = make_list();
    for (const Id<Host> id : pool.hosts.ids()) {
        hosts.children.push_back(host_node(scenario, id));
    }
    const InVain in_vain = in_vain_subjects(scenario.remarks);
    Node vms = make_list();
    for (const Id<Vm> id : pool.vms.ids()) vms.children.push_back(vm_node(scenario, id, in_vain));
    Node groups = make_list();
    for (const Group& group : pool.groups) groups.children.push_back(group_node(pool, group));
    Node remarks = make_list();
    for (const Finding& remark : scenario.remarks) {
        if (remark.code == not_represented_code) {
            remarks.children.push_back(make_text(remark.sentence));
        }
    }
    Node root = make_object();
    put(root, "about", make_text(scenario.about));
    put(root, "pool", pool_node(pool, scenario.state));
    put(root, "policy", policy_node(pool.policy));
    put(root, "timing", timing_node(pool.timing));
    Node chance = chance_node(scenario.chance, pool);
    if (!chance.children.empty()) put(root, "chance", std::move(chance));
    put(root, "networks", std::move(networks));
    put(root, "storages", std::move(storages));
    put(root, "hosts", std::move(hosts));
    put(root, "vms", std::move(vms));
    put(root, "groups", std::move(groups));
    put(root, "remarks", std::move(remarks));
    return root;
}

}  // namespace
}  // namespace codec

std::string print_scenario(const Scenario& scenario) {
    return codec::print_document(codec::scenario_node(scenario));
}

}  // namespace vacate
