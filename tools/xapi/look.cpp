// Reads from records what a scenario does not say.
#include "tools/xapi/look.hpp"

#include <algorithm>
#include <cmath>

#include "tools/xapi_wire/json_value.hpp"

namespace vacate::xapi {
namespace {

/// Seconds as text, in milliseconds.
std::int64_t milliseconds_in(const Texts& map, std::string_view key) {
    const auto found = map.find(key);
    if (found == map.end()) return 0;
    const double seconds = real_of(wire::text(found->second));
    constexpr double most = 9e15;
    return std::isfinite(seconds) && seconds > 0 && seconds * 1000 < most
               ? static_cast<std::int64_t>(seconds * 1000)
               : 0;
}

bool has_address(const Struct& pif) {
    const std::vector<std::string> newer = texts_in(pif, "IPv6");
    return !text_in(pif, "IP").empty() ||
           std::ranges::any_of(newer, [](const std::string& one) { return !one.empty(); });
}

bool is_attached(const Records& records, std::string_view host,
                 const std::set<std::string, std::less<>>& wanted_pbds) {
    for (const auto& [ref, pbd] : records.of("PBD")) {
        if (text_in(pbd, "host") != host || !wanted_pbds.contains(ref)) continue;
        if (!flag_in(pbd, "currently_attached")) return false;
    }
    const Struct* const pif = migration_pif(records, host);
    return pif != nullptr && flag_in(*pif, "currently_attached") && has_address(*pif);
}

// The memo of what a VM's drives hold; empty when they hold nothing.
std::string discs_of(const Records& records, const Struct& vm) {
    std::vector<Disc> discs;
    for (const std::string& ref : texts_in(vm, "VBDs")) {
        const Struct* const drive = records.find("VBD", ref);
        if (drive == nullptr || text_in(*drive, "type") != "CD" || flag_in(*drive, "empty")) {
            continue;
        }
        const Struct* const disc = records.find("VDI", ref_in(*drive, "VDI"));
        if (disc != nullptr) discs.push_back({text_in(*drive, "uuid"), text_in(*disc, "uuid")});
    }
    return discs.empty() ? std::string() : disc_memo(discs);
}

bool is_busy(const Struct& record) { return !map_in(record, "current_operations").empty(); }

live::HostLook look_at_host(const Records& records, const std::string& ref, const Struct& host,
                            const std::set<std::string, std::less<>>& wanted_pbds) {
    live::HostLook look;
    const Struct* const metrics = records.find("host_metrics", text_in(host, "metrics"));
    look.live = metrics != nullptr && flag_in(*metrics, "live");
    look.enabled = flag_in(host, "enabled");
    look.attached = is_attached(records, ref, wanted_pbds);
    look.busy = is_busy(host);
    look.started = started_of(host);
    for (const auto& [vm_ref, vm] : records.of("VM")) {
        if (flag_in(vm, "is_control_domain")) continue;
        const bool here =
            text_in(vm, "resident_on") == ref || text_in(vm, "scheduled_to_be_resident_on") == ref;
        look.guests += here ? 1 : 0;
    }
    return look;
}

}  // namespace

std::int64_t started_of(const Struct& host) {
    const Texts other = map_in(host, "other_config");
    const std::int64_t booted = milliseconds_in(other, "boot_time");
    return booted > 0 ? booted : milliseconds_in(other, "agent_start_time");
}

std::string print_lock(const LockEntry& entry) {
    std::string text;
    wire::add_json(text, {Struct{{"run", wire::text(entry.run)},
                                 {"owner", wire::text(entry.owner)},
                                 {"since", wire::text(entry.since)}}});
    return text;
}

LockEntry read_lock(const std::string& text) {
    const auto value = wire::read_json(text);
    const Struct* const members = value ? std::get_if<Struct>(&value->of) : nullptr;
    if (members == nullptr || text_in(*members, "run").empty()) return {text, "", ""};
    return {text_in(*members, "run"), text_in(*members, "owner"), text_in(*members, "since")};
}

std::string lock_sentence(const LockEntry& holder) {
    std::string sentence = "run " + holder.run + " holds the pool";
    if (!holder.owner.empty()) sentence += ", of " + holder.owner;
    if (!holder.since.empty()) sentence += ", since " + holder.since;
    return sentence +
           "; if it is not over, resume or end it there; if its journal is lost and nobody works "
           "on the pool, take the entry " +
           std::string(lock_key) + " out of the pool's other-config";
}

const std::pair<const std::string, Struct>* pool_of(const Records& records) {
    const Records::Class& pools = records.of("pool");
    return pools.empty() ? nullptr : &*pools.begin();
}

std::string pool_uuid_in(const Records& records) {
    const auto* const pool = pool_of(records);
    return pool == nullptr ? std::string() : text_in(pool->second, "uuid");
}

Result<void> is_same_pool(const Records& records, const std::string& uuid,
                          const std::string& source) {
    const std::string seen = pool_uuid_in(records);
    if (uuid.empty() || seen == uuid) return {};
    Error error{Error::Kind::outside, source, {}};
    error.items.push_back(
        {"",
         "another pool answers there: its uuid is " + seen + ", that of the run's pool is " + uuid,
         "name a host of that pool"});
    return tl::unexpected(std::move(error));
}

Result<Scenario> read_what_is_there(const std::string& text, const std::string& source,
                                    const Overrides& overrides) {
    Result<Scenario> all = read_scenario(text, source, overrides);
    if (all || overrides.sets.empty()) return all;
    Overrides kept = overrides;
    kept.sets.clear();
    for (const std::string& one : overrides.sets) {
        kept.sets.push_back(one);
        if (!read_scenario(text, source, kept)) kept.sets.pop_back();
    }
    Result<Scenario> some = read_scenario(text, source, kept);
    return some ? some : all;
}

std::set<std::string, std::less<>> attached_pbds(const Records& records) {
    std::set<std::string, std::less<>> refs;
    for (const auto& [ref, pbd] : records.of("PBD")) {
        if (flag_in(pbd, "currently_attached")) refs.insert(ref);
    }
    return refs;
}

std::string migration_network(const Records& records) {
    const auto* const pool = pool_of(records);
    if (pool == nullptr) return {};
    const Texts other = map_in(pool->second, "other_config");
    const auto wanted = other.find("xo:migrationNetwork");
    if (wanted == other.end()) return {};
    for (const auto& [ref, network] : records.of("network")) {
        if (text_in(network, "uuid") == wanted->second) return ref;
    }
    return {};
}

const Struct* migration_pif(const Records& records, std::string_view host) {
    const std::string network = migration_network(records);
    const Struct* management = nullptr;
    for (const auto& [ref, pif] : records.of("PIF")) {
        if (text_in(pif, "host") != host) continue;
        if (!network.empty() && text_in(pif, "network") == network) return &pif;
        if (flag_in(pif, "management")) management = &pif;
    }
    return management;
}

std::string ha_memo(const Records& records, const Struct& pool) {
    if (!flag_in(pool, "ha_enabled")) return {};
    Array storages;
    for (const std::string& file : texts_in(pool, "ha_statefiles")) {
        const Struct* const disc = records.find("VDI", file);
        const Struct* const storage =
            disc == nullptr ? nullptr : records.find("SR", ref_in(*disc, "SR"));
        if (storage != nullptr) storages.push_back(wire::text(text_in(*storage, "uuid")));
    }
    Struct configuration;
    for (const auto& [key, value] : map_in(pool, "ha_configuration")) {
        configuration.push_back({key, wire::text(value)});
    }
    std::string memo;
    wire::add_json(memo, {Struct{{"storages", {std::move(storages)}},
                                 {"configuration", {std::move(configuration)}},
                                 {"tolerate", {number_in(pool, "ha_host_failures_to_tolerate")}}}});
    return memo;
}

std::string disc_memo(const std::vector<Disc>& discs) {
    Array list;
    for (const Disc& each : discs) {
        list.push_back({Struct{{"vbd", wire::text(each.vbd)}, {"vdi", wire::text(each.vdi)}}});
    }
    std::string memo;
    wire::add_json(memo, {std::move(list)});
    return memo;
}

live::Snapshot snapshot_of(const Captured& captured, Scenario scenario,
                           const std::set<std::string, std::less<>>& wanted_pbds) {
    live::Snapshot snapshot;
    const Records& records = captured.records;
    const Texts hosts = refs_by_name(captured.scenario.names.hosts);
    const Texts vms = refs_by_name(captured.scenario.names.vms);
    snapshot.hosts = Table<Host, live::HostLook>(scenario.pool.hosts.size());
    snapshot.vms = Table<Vm, live::VmLook>(scenario.pool.vms.size());
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        const auto ref = hosts.find(scenario.pool.hosts[host].name);
        const Struct* const record =
            ref == hosts.end() ? nullptr : records.find("host", ref->second);
        if (record == nullptr) continue;
        snapshot.hosts[host] = look_at_host(records, ref->second, *record, wanted_pbds);
    }
    for (const Id<Vm> vm : scenario.pool.vms.ids()) {
        const auto ref = vms.find(scenario.pool.vms[vm].name);
        const Struct* const record = ref == vms.end() ? nullptr : records.find("VM", ref->second);
        if (record == nullptr) continue;
        snapshot.vms[vm].busy = is_busy(*record);
        snapshot.vms[vm].discs = discs_of(records, *record);
        snapshot.vms[vm].range = print_range({Bytes{number_in(*record, "memory_dynamic_min")},
                                              Bytes{number_in(*record, "memory_dynamic_max")}});
    }
    if (const auto* const pool = pool_of(records)) {
        snapshot.busy = is_busy(pool->second);
        snapshot.ha = ha_memo(records, pool->second);
        const Texts other = map_in(pool->second, "other_config");
        const auto entry = other.find(lock_key);
        if (entry != other.end()) snapshot.lock = read_lock(entry->second).run;
    }
    snapshot.scenario = std::move(scenario);
    return snapshot;
}

}  // namespace vacate::xapi
