// What can only be judged once the whole pool is known, and the state that follows from it.
#include <limits>

#include "model/codec/amount.hpp"
#include "model/codec/scenario_decoding.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

/// Adds a problem at a member of the entry with this id.
void report_at(Decoding& decoding, const NameTable& table, std::uint32_t id,
               std::string_view member, std::string sentence, std::string remedy) {
    const Place array = member_of(decoding.document, table.section);
    Place entry = entry_of(array, table.entry_of_id[id]);
    const std::string subject = subject_of(table, id);
    entry.subject = subject;
    decoding.problems.add(member_of(entry, member), std::move(sentence), std::move(remedy));
}

/// The target of the pool may be left out only where no host depends on it.
void judge_targets(Decoding& decoding) {
    if (decoding.pool_target_given) return;
    const Place hosts = member_of(decoding.document, "hosts");
    std::vector<std::string_view> without;
    for (std::size_t id = 0; id < decoding.hosts.names.size(); ++id) {
        const Node& entry = hosts.node->children[decoding.hosts.entry_of_id[id]];
        const bool has_target = find_member(entry, "target") != nullptr;
        if (entry.is_object() && !has_target) without.push_back(decoding.hosts.names[id]);
    }
    const Place pool = member_of(decoding.document, "pool");
    if (without.empty() || pool.node == nullptr) return;
    decoding.problems.add(
        pool,
        "\"target\" is missing, and these hosts have none of their own: " + first_three(without),
        R"(add "target": {"platform": "3.4.0"} to the pool)");
}

struct Key {
    std::string_view name;
    Dotted Version::*numbers;
};

/// What a rule compares when a VM moves.
std::vector<Key> keys_of(VersionRule rule) {
    std::vector<Key> keys{{"platform", &Version::platform}};
    if (rule == VersionRule::platform) return keys;
    keys.push_back({"xapi_build", &Version::manager_build});
    keys.push_back({"xen", &Version::hypervisor});
    return keys;
}

void judge_versions(Decoding& decoding) {
    const Pool& pool = decoding.scenario.pool;
    for (const Id<Host> id : pool.hosts.ids()) {
        const Host& host = pool.hosts[id];
        const HostNote& note = decoding.host_notes[id.index];
        if (!note.has_version || !note.has_target) continue;
        if (not_older(pool.version_rule, host.target, host.version)) continue;
        std::string sentence;
        for (const Key& key : keys_of(pool.version_rule)) {
            const Dotted& now = host.version.*key.numbers;
            const Dotted& then = host.target.*key.numbers;
            if (then >= now) continue;
            sentence += sentence.empty() ? "it runs " : ", ";
            sentence += std::string(key.name) + ' ' + print_dotted(now) + ", its target has " +
                        print_dotted(then);
        }
        report_at(decoding, decoding.hosts, id.index, "version", std::move(sentence),
                  "downgrades are not possible; choose a target that is not older");
    }
}

void judge_memory(Decoding& decoding) {
    const Pool& pool = decoding.scenario.pool;
    std::vector<Wide> needed(pool.hosts.size(), 0);  // wide, as nothing was checked yet
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = decoding.placements[vm.index].host;
        if (!host.is_none())
            needed[host.index] += pool.vms[vm].memory.count + pool.vms[vm].squeeze.count;
    }
    for (const Id<Host> host : pool.hosts.ids()) {
        const Bytes capacity = pool.hosts[host].memory;
        if (!decoding.host_notes[host.index].has_memory) continue;
        if (needed[host.index] <= capacity.count) continue;
        const auto sum = static_cast<std::int64_t>(
            std::min<Wide>(needed[host.index], std::numeric_limits<std::int64_t>::max()));
        report_at(decoding, decoding.hosts, host.index, "memory",
                  "the VMs on it need " + print_exact(Bytes{sum}) + ", it has " +
                      print_exact(capacity) + ": " + print_exact(Bytes{sum} - capacity) +
                      " too much",
                  "move VMs off it, or correct the amounts; overheads count");
    }
}

/// The host that one entry of `vms` names, or nothing.
std::string_view host_of_entry(const Place& array, std::uint32_t entry) {
    const Node* host = find_member(array.node->children[entry], "host");
    return host != nullptr && host->is_text() ? std::string_view(host->text) : std::string_view();
}

void judge_names(Decoding& decoding, const NameTable& table) {
    for (std::uint32_t id = 1; id < table.names.size(); ++id) {
        if (table.names[id].empty() || table.names[id] != table.names[id - 1]) continue;
        const Place array = member_of(decoding.document, table.section);
        const std::uint32_t before = table.entry_of_id[id - 1];
        const std::string_view here = host_of_entry(array, table.entry_of_id[id]);
        const std::string_view there = host_of_entry(array, before);
        std::string sentence = shown(table.names[id]) + " is also the name of " +
                               json_pointer(entry_of(array, before));
        std::string remedy = "rename one of the two";
        if (table.section == "vms" && !here.empty() && !there.empty() && here != there) {
            sentence += ": the VM is on two hosts, " + shown(there) + " and " + shown(here);
            remedy = "a VM runs on one host; remove one of the two";
        }
        report_at(decoding, table, id, "name", std::move(sentence), std::move(remedy));
    }
}

// No range changes while versions are mixed (R14), and what does not run needs none.
void settle_ranges(Decoding& decoding) {
    Pool& pool = decoding.scenario.pool;
    const bool mixed = is_mixed(pool, empty_state(pool));
    for (const Id<Vm> vm : pool.vms.ids()) {
        const bool runs = !decoding.placements[vm.index].host.is_none();
        if (mixed || !runs) keep_range(pool.vms[vm]);
        pool.vms[vm].working_set = std::min(pool.vms[vm].working_set, pool.vms[vm].ram);
    }
}

}  // namespace

void judge_pool(Decoding& decoding) {
    for (const NameTable* table : {&decoding.networks, &decoding.storages, &decoding.hosts,
                                   &decoding.vms, &decoding.groups}) {
        judge_names(decoding, *table);
    }
    judge_targets(decoding);
    judge_versions(decoding);
    judge_memory(decoding);
}

void settle_state(Decoding& decoding) {
    settle_ranges(decoding);
    const Pool& pool = decoding.scenario.pool;
    PoolState& state = decoding.scenario.state;
    state = empty_state(pool);
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Placement& placement = decoding.placements[vm.index];
        if (!placement.host.is_none()) place(pool, state, vm, placement.host);
        if (placement.power == PowerWord::suspended) state.vms[vm].power = Power::suspended;
    }
    for (const Id<Host> host : pool.hosts.ids()) {
        const HostNote& note = decoding.host_notes[host.index];
        if (!note.live) {
            state.hosts[host].phase = HostPhase::lost;
        } else if (!note.enabled) {
            state.hosts[host].phase = HostPhase::disabled;
            ++state.hosts_out;
        }
    }
    state.ha.on = decoding.ha_enabled;
    state.wlb.on = decoding.wlb_enabled;
    state.auto_power_on.on = decoding.auto_power_on;
}

}  // namespace vacate::codec
