// Links the rows of a XAPI database dump and refuses what no pool can look like.
#include "model/codec/xapi_records.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "model/codec/shown.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

constexpr std::int64_t schema_major = 5;
constexpr std::int64_t schema_minor_min = 40;
constexpr std::int64_t schema_minor_of_empty_dump = 35;
constexpr std::string_view null_ref = "OpaqueRef:NULL";

void add(Problems& problems, std::string place, std::string sentence, std::string remedy = {}) {
    problems.add_item(0, {std::move(place), std::move(sentence), std::move(remedy)});
}

/// More rows than a scenario may have; checked before anything is multiplied by them.
void check_sizes(const Database& database, Problems& problems) {
    const std::pair<std::string_view, std::size_t> most[]{{"host", limits::hosts},
                                                          {"VM", 2 * limits::vms},
                                                          {"SR", limits::storages},
                                                          {"network", limits::networks},
                                                          {"VM_group", limits::groups}};
    for (const auto& [table, limit] : most) {
        const std::size_t rows = database.table(table).size();
        if (rows <= limit) continue;
        add(problems, "table " + std::string(table),
            "there are " + std::to_string(rows) + " rows, more than " + std::to_string(limit));
    }
}

/// No manifest, a wrong schema, the dump of a pool in mixed mode: false.
bool check_schema(const Database& database, Problems& problems) {
    if (!database.has_manifest || !database.schema_major || !database.schema_minor) {
        add(problems, "manifest",
            database.has_manifest ? "the manifest names no schema version"
                                  : "the dump has no manifest",
            "take the dump again: xe pool-dump-database file-name=FILE");
        return false;
    }
    const std::int64_t major = *database.schema_major;
    const std::int64_t minor = *database.schema_minor;
    if (major == schema_major && minor == schema_minor_of_empty_dump && database.rows() == 0) {
        add(problems, "manifest",
            "this is the empty dump (schema 5.35, no rows) that a pool in mixed mode "
            "answers: some hosts are upgraded already, others are not",
            "take the dump before the first host is upgraded");
        return false;
    }
    if (major != schema_major || minor < schema_minor_min) {
        add(problems, "manifest",
            "the schema is " + std::to_string(major) + "." + std::to_string(minor) +
                "; 5.40 and later 5.x can be read");
        return false;
    }
    return true;
}

/// Wrong schemas and missing rows; false when there is nothing worth linking.
bool check_outline(const Database& database, Problems& problems) {
    if (!database.captured && !check_schema(database, problems)) return false;
    if (database.table("host").empty()) add(problems, "table host", "there is no host row");
    if (const std::size_t pools = database.table("pool").size(); pools != 1) {
        add(problems, "table pool",
            "there must be exactly one pool row, there are " + std::to_string(pools));
    }
    check_sizes(database, problems);
    return problems.empty();
}

/// The bytes in a column, 0 when it is absent; never more than a scenario may hold.
std::int64_t amount_of(const RowReader& reader, const DatabaseRow& row, std::string_view column) {
    const std::int64_t amount = reader.number(row, column).value_or(0);
    return std::clamp<std::int64_t>(amount, 0, limits::memory_bytes);
}

/// Charges of the control domains, by the host they are on.
std::map<std::string, std::int64_t> control_domains(const RowReader& reader) {
    std::map<std::string, std::int64_t> charges;
    for (const auto& [ref, row] : reader.database().table("VM")) {
        if (!RowReader::flag(row, "is_control_domain") || RowReader::flag(row, "is_a_template")) {
            continue;
        }
        const std::string host = RowReader::ref(row, "resident_on");
        if (host.empty()) continue;
        const std::int64_t charge = amount_of(reader, row, "memory_dynamic_min") +
                                    amount_of(reader, row, "memory_overhead");
        charges[host] = std::min(charges[host] + charge, limits::memory_bytes);
    }
    return charges;
}

void link_hosts(const RowReader& reader, XapiPool& pool) {
    const std::map<std::string, std::int64_t> dom0 = control_domains(reader);
    std::map<std::string, std::int64_t> cpu_rows;
    for (const auto& [ref, row] : reader.database().table("host_cpu")) {
        ++cpu_rows[RowReader::ref(row, "host")];
    }
    for (const auto& [ref, row] : reader.database().table("host")) {
        XapiHost host;
        host.row = &row;
        host.software = reader.map(row, "software_version");
        host.cpu = reader.map(row, "cpu_info");
        host.licence = reader.map(row, "license_params");
        host.overhead = reader.number(row, "memory_overhead");
        host.boot_free = reader.number(row, "boot_free_mem");
        const std::string metrics_ref = RowReader::ref(row, "metrics");
        if (const DatabaseRow* metrics = reader.database().row("host_metrics", metrics_ref)) {
            host.total = reader.number(*metrics, "memory_total");
            host.live = RowReader::flag(*metrics, "live", true);
        }
        if (const auto found = dom0.find(ref); found != dom0.end()) host.dom0 = found->second;
        const std::string count = value_of(host.cpu, "cpu_count");
        std::from_chars(count.data(), count.data() + count.size(), host.cpus);
        if (host.cpus <= 0) host.cpus = cpu_rows[ref];
        pool.hosts.emplace(ref, std::move(host));
    }
}

bool is_tools(const RowReader& reader, const DatabaseRow& row) {
    const TextMap other = reader.map(row, "other_config");
    return RowReader::flag(row, "is_tools_sr") || says_true(other, "xenserver_tools_sr") ||
           value_of(other, "i18n-key") == "xenserver-tools";
}

/// Both are -1 where nobody counts: there is no room then.
std::int64_t room_of(std::int64_t size, std::int64_t used) {
    const std::int64_t room = std::max<std::int64_t>(size, 0) - std::max<std::int64_t>(used, 0);
    return std::clamp<std::int64_t>(room, 0, limits::memory_bytes);
}

void link_storages(const RowReader& reader, XapiPool& pool) {
    for (const auto& [ref, row] : reader.database().table("SR")) {
        XapiStorage storage;
        storage.row = &row;
        storage.type = RowReader::text(row, "type");
        storage.tools = is_tools(reader, row);
        storage.shared = storage.tools || RowReader::flag(row, "shared");
        const std::int64_t size = reader.number(row, "physical_size").value_or(0);
        const std::int64_t used = reader.number(row, "physical_utilisation").value_or(0);
        storage.free = room_of(size, used);
        pool.storages.emplace(ref, std::move(storage));
    }
    for (const auto& [ref, row] : reader.database().table("PBD")) {
        const auto host = pool.hosts.find(RowReader::ref(row, "host"));
        const auto storage = pool.storages.find(RowReader::ref(row, "SR"));
        if (host == pool.hosts.end() || storage == pool.storages.end()) continue;
        storage->second.hosts.insert(host->first);
        const bool attached = RowReader::flag(row, "currently_attached");
        if (attached || storage->second.tools) host->second.storages.insert(storage->first);
    }
    for (const auto& [ref, storage] : pool.storages) {
        if (!storage.tools) continue;
        for (auto& [host_ref, host] : pool.hosts) host.storages.insert(ref);
    }
}

/// How PIFs stand on each other, by reference.
struct PifLinks {
    std::map<std::string, std::string> under_vlan;                   // untagged PIF, tagged PIF
    std::map<std::string, std::string> bond_of_master;               // PIF, Bond
    std::map<std::string, std::vector<const DatabaseRow*>> members;  // Bond, PIFs
};

PifLinks pif_links(const Database& database) {
    PifLinks links;
    for (const auto& [ref, vlan] : database.table("VLAN")) {
        const std::string untagged = RowReader::ref(vlan, "untagged_PIF");
        links.under_vlan[untagged] = RowReader::ref(vlan, "tagged_PIF");
    }
    for (const auto& [ref, bond] : database.table("Bond")) {
        links.bond_of_master[RowReader::ref(bond, "master")] = ref;
    }
    for (const auto& [ref, pif] : database.table("PIF")) {
        const std::string bond = RowReader::ref(pif, "bond_slave_of");
        if (!bond.empty()) links.members[bond].push_back(&pif);
    }
    return links;
}

/// The speed of a PIF in Mbit/s; of a VLAN that of what it is on, of a bond that of its slowest
/// member that has one.
std::optional<std::int64_t> speed_of(const RowReader& reader, const PifLinks& links,
                                     std::string ref) {
    const Database& database = reader.database();
    if (const auto vlan = links.under_vlan.find(ref); vlan != links.under_vlan.end()) {
        ref = vlan->second;
    }
    std::vector<const DatabaseRow*> pifs{database.row("PIF", ref)};
    if (const auto bond = links.bond_of_master.find(ref); bond != links.bond_of_master.end()) {
        const auto members = links.members.find(bond->second);
        if (members != links.members.end()) pifs = members->second;
    }
    std::optional<std::int64_t> slowest;
    for (const DatabaseRow* pif : pifs) {
        if (pif == nullptr) continue;
        const std::string metrics_ref = RowReader::ref(*pif, "metrics");
        const DatabaseRow* metrics = database.row("PIF_metrics", metrics_ref);
        if (metrics == nullptr) continue;
        const std::optional<std::int64_t> speed = reader.number(*metrics, "speed");
        if (speed && *speed > 0 && (!slowest || *speed < *slowest)) slowest = speed;
    }
    return slowest;
}

void link_networks(const RowReader& reader, XapiPool& pool) {
    const std::string migration = value_of(pool.other, "xo:migrationNetwork");
    for (const auto& [ref, row] : reader.database().table("network")) {
        XapiNetwork network;
        network.row = &row;
        pool.networks.emplace(ref, std::move(network));
    }
    std::map<std::string, std::string> chosen;  // host and the PIF that migrations use
    for (const auto& [ref, row] : reader.database().table("PIF")) {
        const auto host = pool.hosts.find(RowReader::ref(row, "host"));
        const auto network = pool.networks.find(RowReader::ref(row, "network"));
        if (host == pool.hosts.end() || network == pool.networks.end()) continue;
        network->second.has_pif = true;
        if (!reader.set(row, "sriov_logical_PIF_of").empty()) network->second.sriov = true;
        // A bond takes its members over: they carry nothing of their own.
        if (!RowReader::ref(row, "bond_slave_of").empty()) continue;
        host->second.networks.insert(network->first);
        const bool preferred =
            !migration.empty() && RowReader::text(*network->second.row, "uuid") == migration;
        if (preferred) chosen[host->first] = ref;
        if (RowReader::flag(row, "management")) chosen.emplace(host->first, ref);
    }
    const PifLinks links = pif_links(reader.database());
    for (const auto& [host, pif] : chosen) {
        pool.hosts.find(host)->second.link_mbps = speed_of(reader, links, pif);
    }
}

XapiPower power_of(const RowReader& reader, const DatabaseRow& row) {
    const std::string text = RowReader::text(row, "power_state");
    if (text == "Running") return XapiPower::running;
    if (text == "Paused") return XapiPower::paused;
    if (text == "Suspended") return XapiPower::suspended;
    if (text != "Halted") {
        reader.complain(row, "power_state is " + shown(text) +
                                 "; known are Running, Paused, Suspended, Halted");
    }
    return XapiPower::halted;
}

/// What a running VM booted as; otherwise what it is configured to be.
std::string domain_of(const RowReader& reader, const DatabaseRow& row, bool is_up) {
    std::string domain = RowReader::text(row, "domain_type");
    const std::string metrics_ref = RowReader::ref(row, "metrics");
    const DatabaseRow* metrics = reader.database().row("VM_metrics", metrics_ref);
    if (is_up && metrics != nullptr) {
        const std::string booted = RowReader::text(*metrics, "current_domain_type");
        if (!booted.empty() && booted != "unspecified") domain = booted;
    }
    if (domain == "hvm" || domain == "pv" || domain == "pvh" || domain == "pv_in_pvh") {
        return domain;
    }
    return RowReader::text(row, "HVM_boot_policy").empty() ? "pv" : "hvm";
}

bool is_ordinary(const DatabaseRow& row) {
    return !RowReader::flag(row, "is_a_template") && !RowReader::flag(row, "is_a_snapshot") &&
           !RowReader::flag(row, "is_control_domain");
}

void place_vm(const RowReader& reader, const XapiPool& pool, const DatabaseRow& row, XapiVm& vm) {
    if (!vm.is_up()) return;
    vm.host = RowReader::ref(row, "resident_on");
    if (pool.hosts.find(vm.host) == pool.hosts.end()) {
        const std::string where = vm.host.empty() ? std::string(null_ref) : made_safe(vm.host);
        reader.complain(row,
                        "the VM is " + RowReader::text(row, "power_state") +
                            " but resident_on is " + where + ", which is no host of the dump",
                        "take the dump again once the VM has settled");
    }
    const std::string scheduled = RowReader::ref(row, "scheduled_to_be_resident_on");
    if (scheduled != vm.host && pool.hosts.find(scheduled) != pool.hosts.end()) {
        vm.going_to = scheduled;
    }
}

void link_vms(const RowReader& reader, XapiPool& pool) {
    for (const auto& [ref, row] : reader.database().table("VM")) {
        if (!is_ordinary(row)) continue;
        XapiVm vm;
        vm.row = &row;
        vm.power = power_of(reader, row);
        vm.domain = domain_of(reader, row, vm.is_up());
        vm.memory = reader.number(row, "memory_static_max");
        vm.dynamic_min = reader.number(row, "memory_dynamic_min");
        vm.static_min = reader.number(row, "memory_static_min");
        vm.overhead = reader.number(row, "memory_overhead");
        vm.vcpus = reader.number(row, "VCPUs_max");
        vm.platform = reader.map(row, "platform");
        vm.other = reader.map(row, "other_config");
        place_vm(reader, pool, row, vm);
        pool.vms.emplace(ref, std::move(vm));
    }
    for (const auto& [ref, row] : reader.database().table("VIF")) {
        const auto vm = pool.vms.find(RowReader::ref(row, "VM"));
        const auto network = pool.networks.find(RowReader::ref(row, "network"));
        if (vm == pool.vms.end() || network == pool.networks.end()) continue;
        network->second.has_vif = true;
        vm->second.networks.insert(network->first);
    }
}

void link_disks(const RowReader& reader, XapiPool& pool) {
    for (const auto& [ref, row] : reader.database().table("VBD")) {
        const auto vm = pool.vms.find(RowReader::ref(row, "VM"));
        const std::string vdi_ref = RowReader::ref(row, "VDI");
        if (vm == pool.vms.end() || RowReader::flag(row, "empty") || vdi_ref.empty()) continue;
        const DatabaseRow* vdi = reader.database().row("VDI", vdi_ref);
        const std::string storage = vdi == nullptr ? "" : RowReader::ref(*vdi, "SR");
        if (pool.storages.find(storage) == pool.storages.end()) {
            ++pool.dangling_disks;
            continue;
        }
        if (RowReader::text(row, "type") == "CD") {
            vm->second.cds.insert(storage);
            continue;
        }
        XapiDisk disk;
        disk.storage = storage;
        disk.size = std::max<std::int64_t>(0, reader.number(*vdi, "virtual_size").value_or(0));
        disk.reset_and_cached =
            RowReader::text(*vdi, "on_boot") == "reset" && RowReader::flag(*vdi, "allow_caching");
        disk.change_tracking = RowReader::flag(*vdi, "cbt_enabled");
        vm->second.disks.push_back(std::move(disk));
    }
}

void link_groups(const RowReader& reader, XapiPool& pool) {
    for (const auto& [ref, row] : reader.database().table("VM_group")) {
        if (RowReader::text(row, "placement") != "anti_affinity") continue;
        XapiGroup group;
        group.row = &row;
        for (std::string& vm : reader.set(row, "VMs")) {
            if (pool.vms.find(vm) != pool.vms.end()) group.members.insert(std::move(vm));
        }
        pool.groups.emplace(ref, std::move(group));
    }
    for (const auto& [ref, vm] : pool.vms) {
        for (const std::string& group_ref : reader.set(*vm.row, "groups")) {
            const auto group = pool.groups.find(group_ref);
            if (group != pool.groups.end()) group->second.members.insert(ref);
        }
    }
    std::erase_if(pool.groups, [](const auto& each) { return each.second.members.size() < 2; });
}

/// XAPI rebuilds resident_VMs when it loads a database; so do we, and tell the difference.
void compare_residents(const RowReader& reader, XapiPool& pool) {
    std::map<std::string, Refs> residents;
    for (const auto& [ref, row] : reader.database().table("VM")) {
        const std::string host = RowReader::ref(row, "resident_on");
        if (!host.empty()) residents[host].insert(ref);
    }
    for (const auto& [ref, host] : pool.hosts) {
        if (host.row->find("resident_VMs") == nullptr) continue;
        std::vector<std::string> stored = reader.set(*host.row, "resident_VMs");
        Refs stored_refs(std::make_move_iterator(stored.begin()),
                         std::make_move_iterator(stored.end()));
        if (stored_refs != residents[ref]) pool.stale_residents.push_back(ref);
    }
}

}  // namespace

std::string RowReader::place(const DatabaseRow& row) {
    std::string text = "table " + std::string(row.table) + ", row " + made_safe(row.ref);
    const std::string name = RowReader::text(row, "name_label");
    if (!name.empty()) text += " (" + made_safe(name) + ")";
    return text;
}

std::string RowReader::text(const DatabaseRow& row, std::string_view column) {
    const std::string* value = row.find(column);
    return value == nullptr ? std::string() : *value;
}

std::string RowReader::ref(const DatabaseRow& row, std::string_view column) {
    std::string value = text(row, column);
    return value == null_ref ? std::string() : value;
}

bool RowReader::flag(const DatabaseRow& row, std::string_view column, bool otherwise) {
    const std::string* value = row.find(column);
    return value == nullptr || value->empty() ? otherwise : *value == "true";
}

std::optional<std::int64_t> RowReader::number(const DatabaseRow& row,
                                              std::string_view column) const {
    const std::string* value = row.find(column);
    if (value == nullptr || value->empty()) return std::nullopt;
    std::int64_t number = 0;
    const char* end = value->data() + value->size();
    const auto [stop, problem] = std::from_chars(value->data(), end, number);
    if (problem == std::errc{} && stop == end) return number;
    complain(row, std::string(column) + " is " + shown(*value) + ", which is no whole number");
    return std::nullopt;
}

std::vector<std::string> RowReader::set(const DatabaseRow& row, std::string_view column) const {
    const std::string* value = row.find(column);
    if (value == nullptr) return {};
    auto items = parse_set(*value);
    if (items) return std::move(*items);
    complain(row, std::string(column) + " is no set: " + items.error());
    return {};
}

TextMap RowReader::map(const DatabaseRow& row, std::string_view column) const {
    const std::string* value = row.find(column);
    if (value == nullptr) return {};
    auto pairs = parse_map(*value);
    if (pairs) return std::move(*pairs);
    complain(row, std::string(column) + " is no map: " + pairs.error());
    return {};
}

std::string value_of(const TextMap& map, std::string_view key) {
    const auto found = map.find(key);
    return found == map.end() ? std::string() : found->second;
}

bool says_true(const TextMap& map, std::string_view key) { return value_of(map, key) == "true"; }

XapiPool link_xapi_records(const RowReader& reader, Problems& problems) {
    XapiPool pool;
    if (!check_outline(reader.database(), problems)) return pool;
    const DatabaseRow& row = reader.database().table("pool").begin()->second;
    pool.row = &row;
    pool.other = reader.map(row, "other_config");
    pool.restrictions = reader.map(row, "restrictions");
    link_hosts(reader, pool);
    pool.coordinator = RowReader::ref(row, "master");
    if (pool.hosts.find(pool.coordinator) == pool.hosts.end()) {
        const std::string master = RowReader::text(row, "master");
        reader.complain(row, "master is " + (master.empty() ? "empty" : made_safe(master)) +
                                 ", which is no host of the dump");
    }
    link_storages(reader, pool);
    link_networks(reader, pool);
    link_vms(reader, pool);
    link_disks(reader, pool);
    link_groups(reader, pool);
    compare_residents(reader, pool);
    return pool;
}

}  // namespace vacate::codec
