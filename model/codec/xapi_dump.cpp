// Writes the linked records of a XAPI database dump as the text of a scenario.
#include "model/codec/xapi_dump.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "model/codec/shown.hpp"
#include "model/codec/unique_names.hpp"
#include "model/codec/wording.hpp"
#include "model/codec/xapi_notes.hpp"
#include "model/codec/xapi_records.hpp"
#include "model/limits.hpp"
#include "model/set_path.hpp"
#include "model/version.hpp"

namespace vacate {
namespace {

using namespace codec;

using Json = nlohmann::ordered_json;
/// What the scenario says beside the pool: texts, and values that were assumed.
struct Remarks {
    std::vector<std::string> texts;
    Json assumed = Json::array();

    void push_back(std::string text) { texts.push_back(std::move(text)); }
    void assume(const std::string& section, const std::string& name, const std::string& member,
                std::string text) {
        Json entry{{"section", section}};
        if (!name.empty()) entry["name"] = name;
        entry["member"] = member;
        entry["text"] = std::move(text);
        assumed.push_back(std::move(entry));
    }
};

Json in_bytes(std::int64_t count) { return std::to_string(count) + " B"; }

Json note_array(const std::vector<Note>& notes) {
    Json array = Json::array();
    for (const Note& note : notes) {
        Json entry{{"code", note.code}};
        if (!note.detail.empty()) entry["detail"] = made_safe(note.detail, 400);
        array.push_back(std::move(entry));
    }
    return array;
}

/// The names of `refs` that have one, sorted.
Json name_array(const Refs& refs, const NamesByRef& names) {
    std::vector<std::string> found;
    for (const std::string& ref : refs) {
        const auto name = names.find(ref);
        if (name != names.end()) found.push_back(name->second);
    }
    std::ranges::sort(found);
    return Json(found);
}

/// Refs in the order of their names: what a scenario lists must not depend on references.
std::vector<std::pair<std::string, std::string>> by_name(const NamesByRef& names) {
    std::vector<std::pair<std::string, std::string>> order;  // name, ref
    for (const auto& [ref, name] : names) order.emplace_back(name, ref);
    std::ranges::sort(order);
    return order;
}

// Names.

/// Names that the book has stay; the others keep off them and are entered.
void keep_names(const std::vector<NameWish>& wishes, NamesByRef& names, NameBook& book) {
    std::set<std::string, std::less<>> taken;
    for (const auto& [uuid, name] : book) taken.insert(name);
    for (const NameWish& wish : wishes) {
        std::string& name = names.find(wish.ref)->second;
        if (const auto known = book.find(wish.uuid); known != book.end()) {
            name = known->second;
            continue;
        }
        name = name_beside(wish, name, taken);
        taken.insert(name);
        if (!wish.uuid.empty()) book.emplace(wish.uuid, name);
    }
}

NamesByRef settle_names(std::vector<NameWish> wishes, const std::string& kind, NameBook& book,
                        Remarks& remarks) {
    UniqueNames names = make_names_unique(wishes);
    keep_names(wishes, names.by_ref, book);
    if (!names.shared.empty()) {
        remarks.push_back(
            "several " + kind + " share a name and were told apart by what stands " +
            "in parentheses, a host or the start of the uuid: " + listed(names.shared));
    }
    if (!names.changed.empty()) {
        remarks.push_back(kind + " without a name, or with one that is too long, are called " +
                          listed(names.changed));
    }
    return std::move(names.by_ref);
}

/// The wishes of one kind of record; `hint` tells namesakes apart.
template <class Records, class Hint>
std::vector<NameWish> wishes_of(const Records& records, Hint hint) {
    std::vector<NameWish> wishes;
    for (const auto& [ref, record] : records) {
        wishes.push_back({ref, RowReader::text(*record.row, "name_label"),
                          RowReader::text(*record.row, "uuid"), hint(record)});
    }
    return wishes;
}

XapiNames settle_all_names(const XapiPool& pool, NameBooks& books, Remarks& remarks) {
    const auto no_hint = [](const auto&) { return std::string(); };
    XapiNames names;
    names.hosts = settle_names(wishes_of(pool.hosts, no_hint), "hosts", books.hosts, remarks);
    const auto only_host = [&](const XapiStorage& storage) {
        if (storage.shared || storage.hosts.size() != 1) return std::string();
        return names.hosts.find(*storage.hosts.begin())->second;
    };
    names.storages =
        settle_names(wishes_of(pool.storages, only_host), "storages", books.storages, remarks);
    std::map<std::string, XapiNetwork, std::less<>> networks = pool.networks;
    // XAPI makes two for its own use on every pool; no PIF and no VIF, nothing to plan.
    std::erase_if(networks,
                  [](const auto& each) { return !each.second.has_pif && !each.second.has_vif; });
    names.networks =
        settle_names(wishes_of(networks, no_hint), "networks", books.networks, remarks);
    names.vms = settle_names(wishes_of(pool.vms, no_hint), "VMs", books.vms, remarks);
    names.groups =
        settle_names(wishes_of(pool.groups, no_hint), "VM groups", books.groups, remarks);
    return names;
}

// Versions.

constexpr std::pair<const char*, const char*> version_keys[]{{"platform", "platform_version"},
                                                             {"xapi", "xapi"},
                                                             {"xapi_build", "xapi_build"},
                                                             {"xen", "xen"}};

/// Releases before platform versions were compared by the version of the product.
std::string version_text(const TextMap& software, const std::string& key) {
    const std::string text = value_of(software, key);
    if (!text.empty() || key != "platform_version") return text;
    return value_of(software, "product_version");
}

Json version_of(const TextMap& software) {
    Json version = Json::object();
    const std::string label = value_of(software, "product_version");
    if (!label.empty()) version["label"] = label;
    for (const auto& [member, key] : version_keys) {
        const std::string text = version_text(software, key);
        if (!text.empty()) version[member] = text;
    }
    return version;
}

/// The text with its first number incremented: "1.249.36" becomes "2.249.36".
std::string next_major(const std::string& text) {
    const std::size_t end = std::min(text.find_first_of(".-"), text.size());
    const std::string first = text.substr(0, end);
    const Dotted number = parse_dotted(first);
    if (number.size() != 1 || number[0] < 0 || number[0] >= 1'000'000'000) return text;
    return std::to_string(number[0] + 1) + text.substr(end);
}

/// True when some member is older than the coordinator, and none is ahead of it in any key.
bool is_half_upgraded(const XapiPool& pool) {
    const XapiHost& coordinator = pool.hosts.find(pool.coordinator)->second;
    bool some_older = false;
    for (const auto& [member, key] : version_keys) {
        const Dotted first = parse_dotted(version_text(coordinator.software, key));
        for (const auto& [ref, host] : pool.hosts) {
            const Dotted other = parse_dotted(version_text(host.software, key));
            if (first < other) return false;
            some_older = some_older || other < first;
        }
    }
    return some_older;
}

/// What every host runs, by its product version; empty where they differ.
std::string common_label(const XapiPool& pool) {
    std::set<std::string> labels;
    for (const auto& [ref, host] : pool.hosts) {
        labels.insert(value_of(host.software, "product_version"));
    }
    return labels.size() == 1 ? *labels.begin() : "";
}

/// A dump does not know the target. The coordinator goes first, so members that are older than it
/// follow it; else a version newer in every key than what any host runs stands for it.
Json assumed_target(const XapiPool& pool, Remarks& remarks) {
    if (is_half_upgraded(pool)) {
        remarks.assume("pool", "", "target",
                       "taken as what the coordinator runs: members are older, so an upgrade is "
                       "under way");
        return version_of(pool.hosts.find(pool.coordinator)->second.software);
    }
    Json target{{"label", assumed_target_label}};
    for (const auto& [member, key] : version_keys) {
        std::string newest;
        for (const auto& [ref, host] : pool.hosts) {
            const std::string text = version_text(host.software, key);
            if (parse_dotted(text) > parse_dotted(newest)) newest = text;
        }
        if (!newest.empty()) target[member] = next_major(newest);
    }
    if (target.size() == 1) return Json::object();  // no key to compare by
    const std::string common = common_label(pool);
    remarks.assume("pool", "", "target",
                   "taken as one release newer than what runs: a dump does not name the target, "
                   "and what matters is only whether a version is newer; it has the parts "
                   "platform, xapi, xapi_build and xen" +
                       (common.empty() ? ""
                                       : ". Every host runs " + common +
                                             " already: is that the target, there is nothing to "
                                             "do; name it to be told so"));
    return target;
}

const char* overhead_era(const TextMap& software) {
    const auto xapi = software.find("xapi");
    const Dotted version = xapi == software.end() ? absent_dotted() : parse_dotted(xapi->second);
    return version < Dotted{26, 3} ? "before_26_3" : "since_26_3";
}

// Sections.

Json pool_section(const XapiPool& pool, const XapiNames& names, const XapiNotes& notes,
                  Remarks& remarks) {
    const XapiHost& coordinator = pool.hosts.find(pool.coordinator)->second;
    Json section;
    section["name"] = RowReader::text(*pool.row, "name_label");
    section["coordinator"] = names.hosts.find(pool.coordinator)->second;
    Json target = assumed_target(pool, remarks);
    if (!target.empty()) section["target"] = std::move(target);
    section["overhead_era"] = overhead_era(coordinator.software);
    section["ha_enabled"] = RowReader::flag(*pool.row, "ha_enabled");
    section["wlb_enabled"] = RowReader::flag(*pool.row, "wlb_enabled");
    section["auto_power_on"] = says_true(pool.other, "auto_poweron");
    if (!notes.pool.empty()) section["notes"] = note_array(notes.pool);
    return section;
}

Json storage_section(const XapiPool& pool, const XapiNames& names) {
    Json section = Json::array();
    for (const auto& [name, ref] : by_name(names.storages)) {
        const XapiStorage& storage = pool.storages.find(ref)->second;
        section.push_back({{"name", name},
                           {"type", storage.type},
                           {"shared", storage.shared},
                           {"free", in_bytes(storage.free)}});
    }
    return section;
}

Json network_section(const XapiNames& names) {
    Json section = Json::array();
    for (const auto& [name, ref] : by_name(names.networks)) section.push_back({{"name", name}});
    return section;
}

/// Networks without a PIF, and the hosts where they can be used. One that several VMs share
/// exists only where those VMs run, unless it is declared to be the same everywhere.
///
/// Source: xapi, ocaml/xapi/xapi_network_attach_helpers.ml.
std::map<std::string, Refs> internal_networks(const XapiPool& pool) {
    std::map<std::string, Refs> hosts;
    std::map<std::string, std::size_t> users;
    for (const auto& [ref, network] : pool.networks) {
        if (!network.has_pif && network.has_vif) hosts[ref];
    }
    for (const auto& [ref, vm] : pool.vms) {
        if (!vm.is_up()) continue;
        for (const std::string& network : vm.networks) {
            const auto found = hosts.find(network);
            if (found == hosts.end()) continue;
            found->second.insert(vm.host);
            ++users[network];
        }
    }
    for (auto& [ref, where] : hosts) {
        const TextMap other =
            parse_map(RowReader::text(*pool.networks.find(ref)->second.row, "other_config"))
                .value_or(TextMap());
        if (users[ref] > 1 && !says_true(other, "assume_network_is_shared")) continue;
        for (const auto& [host_ref, host] : pool.hosts) where.insert(host_ref);
    }
    return hosts;
}

/// Puts in what is known of a host's memory.
void put_memory(const XapiHost& host, const std::string& name, Json& entry, Remarks& remarks) {
    const std::string path = "--set 'hosts." + name_in_set_option(made_safe(name));
    if (!host.dom0) {
        remarks.push_back("host " + made_safe(name) +
                          " has no control domain in the dump: nothing is taken off for it; if "
                          "the memory is given by its parts, correct it with " +
                          path + ".dom0_memory=...'");
    }
    const std::int64_t dom0 = host.dom0.value_or(0);
    if (host.total && host.overhead) {
        entry["memory_total"] = in_bytes(*host.total);
        entry["memory_overhead"] = in_bytes(*host.overhead);
        entry["dom0_memory"] = in_bytes(dom0);
        return;
    }
    if (!host.boot_free) return;
    const std::int64_t left = *host.boot_free > dom0 ? *host.boot_free - dom0 : 0;
    entry["memory"] = in_bytes(left);
    remarks.assume(
        "hosts", name, "memory",
        "taken as " + std::to_string(left) +
            " B: the dump holds no host_metrics; this is what was free when it booted (" +
            std::to_string(*host.boot_free) + " B) without what dom0 is charged (" +
            std::to_string(dom0) + " B)");
}

Json host_cpu(const XapiHost& host) {
    Json cpu = Json::object();
    const std::string vendor = value_of(host.cpu, "vendor");
    if (vendor.empty()) return cpu;
    const std::string either = value_of(host.cpu, "features");
    const std::string hvm = value_of(host.cpu, "features_hvm");
    const std::string pv = value_of(host.cpu, "features_pv");
    if (hvm.empty() && pv.empty() && either.empty()) return cpu;
    cpu["vendor"] = vendor;
    if (!hvm.empty() || !either.empty()) cpu["hvm"] = hvm.empty() ? either : hvm;
    if (!pv.empty() || !either.empty()) cpu["pv"] = pv.empty() ? either : pv;
    return cpu;
}

Json host_section(const XapiPool& pool, const XapiNames& names, const XapiNotes& notes,
                  Remarks& remarks) {
    const std::map<std::string, Refs> internal = internal_networks(pool);
    Json section = Json::array();
    for (const auto& [name, ref] : by_name(names.hosts)) {
        const XapiHost& host = pool.hosts.find(ref)->second;
        Json entry{{"name", name}};
        put_memory(host, name, entry, remarks);
        if (host.link_mbps) entry["link"] = std::to_string(*host.link_mbps) + " Mbps";
        Json version = version_of(host.software);
        if (!version.empty()) entry["version"] = std::move(version);
        Refs networks = host.networks;
        for (const auto& [network, hosts] : internal) {
            if (hosts.contains(ref)) networks.insert(network);
        }
        entry["networks"] = name_array(networks, names.networks);
        entry["storages"] = name_array(host.storages, names.storages);
        Json cpu = host_cpu(host);
        if (!cpu.empty()) entry["cpu"] = std::move(cpu);
        if (host.cpus > 0) entry["cpus"] = host.cpus;
        entry["live"] = host.live;
        entry["enabled"] = RowReader::flag(*host.row, "enabled", true);
        const std::vector<Note>& found = notes.hosts.find(ref)->second;
        if (!found.empty()) entry["notes"] = note_array(found);
        section.push_back(std::move(entry));
    }
    return section;
}

const char* power_text(XapiPower power) {
    switch (power) {
        case XapiPower::running:
            return "running";
        case XapiPower::paused:
            return "paused";
        case XapiPower::suspended:
            return "suspended";
        case XapiPower::halted:
            break;
    }
    return "halted";
}

/// A shadow multiplier as OCaml prints floats, "1" or "1." or "1.5", without a bare dot at the
/// end; nothing when it is no plain decimal number.
std::optional<std::string> plain_decimal(std::string text) {
    if (text.ends_with('.')) text.pop_back();
    const bool plain =
        std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
    if (!plain || text.empty() || text.front() == '.' || std::ranges::count(text, '.') > 1) {
        return std::nullopt;
    }
    return text;
}

/// Storage of its disks, the sum of those on local storage, and the CD in its drive. A scenario
/// knows one CD: the local one if there is one; others count like disks.
void put_disks(const XapiPool& pool, const XapiNames& names, const XapiVm& vm, Json& entry) {
    Refs storages;
    std::int64_t local = 0;
    for (const XapiDisk& disk : vm.disks) {
        storages.insert(disk.storage);
        const bool shared = pool.storages.find(disk.storage)->second.shared;
        // More than an amount may be is as good as the most that it may be.
        if (!shared) local += std::min(disk.size, limits::memory_bytes - local);
    }
    const auto is_local = [&](const std::string& ref) {
        return !pool.storages.find(ref)->second.shared;
    };
    auto cd = std::ranges::find_if(vm.cds, is_local);
    if (cd == vm.cds.end()) cd = vm.cds.begin();
    for (auto other = vm.cds.begin(); other != vm.cds.end(); ++other) {
        if (other != cd) storages.insert(*other);
    }
    entry["storages"] = name_array(storages, names.storages);
    if (local > 0) entry["disk"] = in_bytes(local);
    if (cd != vm.cds.end()) entry["cd"] = names.storages.find(*cd)->second;
}

void put_boot_cpu(const RowReader& reader, const XapiVm& vm, Json& entry) {
    if (vm.power == XapiPower::halted) return;  // it takes what its next host offers
    const TextMap flags = reader.map(*vm.row, "last_boot_CPU_flags");
    const std::string vendor = value_of(flags, "vendor");
    const std::string features = value_of(flags, "features");
    if (vendor.empty() || features.empty()) return;
    entry["cpu"] = {{"vendor", vendor}, {"features", features}};
}

/// HA restarts it: what the old ha_always_run meant, best effort apart.
bool is_protected(const XapiVm& vm) {
    const std::string priority = RowReader::text(*vm.row, "ha_restart_priority");
    if (priority == "restart") return true;
    return RowReader::flag(*vm.row, "ha_always_run") && priority != "best-effort";
}

Json vm_section(const RowReader& reader, const XapiPool& pool, const XapiNames& names,
                const XapiNotes& notes) {
    Json section = Json::array();
    for (const auto& [name, ref] : by_name(names.vms)) {
        const XapiVm& vm = pool.vms.find(ref)->second;
        Json entry{{"name", name}, {"power", power_text(vm.power)}};
        const auto host = names.hosts.find(vm.host);
        if (host != names.hosts.end()) entry["host"] = host->second;
        if (vm.memory) entry["memory"] = in_bytes(*vm.memory);
        if (vm.dynamic_min) entry["dynamic_min"] = in_bytes(*vm.dynamic_min);
        const bool has_least = vm.static_min && vm.dynamic_min && *vm.static_min > 0 &&
                               *vm.static_min <= *vm.dynamic_min;
        if (has_least) entry["static_min"] = in_bytes(*vm.static_min);
        if (vm.vcpus) entry["vcpus"] = *vm.vcpus;
        entry["domain_type"] = vm.domain;
        const std::string multiplier = RowReader::text(*vm.row, "HVM_shadow_multiplier");
        if (const auto decimal = plain_decimal(multiplier)) {
            entry["shadow_multiplier"] = *decimal;
        } else if (!multiplier.empty()) {
            reader.complain(*vm.row, "HVM_shadow_multiplier is " + shown(multiplier) +
                                         ", which is no plain decimal number");
        }
        // The pool charges a VM that is up with the record's value, be it 0; of others 0 only says
        // that xapi has not computed it yet.
        const bool has_overhead = vm.overhead && (*vm.overhead > 0 || vm.is_up());
        if (has_overhead) entry["overhead"] = in_bytes(*vm.overhead);
        entry["networks"] = name_array(vm.networks, names.networks);
        put_disks(pool, names, vm, entry);
        put_boot_cpu(reader, vm, entry);
        if (says_true(vm.platform, "vcpu-unrestricted")) entry["vcpu_unrestricted"] = true;
        if (is_protected(vm)) entry["protect"] = true;
        const std::vector<Note>& found = notes.vms.find(ref)->second;
        if (!found.empty()) entry["notes"] = note_array(found);
        section.push_back(std::move(entry));
    }
    return section;
}

/// Anti-affinity groups that hold now. To xapi they are a wish, to the rules they are a must.
Json group_section(const XapiPool& pool, const XapiNames& names, Remarks& remarks) {
    Json section = Json::array();
    std::vector<std::string> kept;
    std::vector<std::string> broken;
    for (const auto& [name, ref] : by_name(names.groups)) {
        const XapiGroup& group = pool.groups.find(ref)->second;
        Refs hosts;
        bool holds = true;
        for (const std::string& member : group.members) {
            const XapiVm& vm = pool.vms.find(member)->second;
            if (vm.is_up() && !hosts.insert(vm.host).second) holds = false;
        }
        (holds ? kept : broken).push_back(name);
        if (!holds) continue;
        section.push_back(
            {{"name", name}, {"kind", "apart"}, {"vms", name_array(group.members, names.vms)}});
    }
    if (!kept.empty()) {
        remarks.push_back(
            "anti-affinity groups are kept strictly here, while xapi takes them "
            "for a wish: " +
            listed(kept));
    }
    if (!broken.empty()) {
        remarks.push_back("anti-affinity groups with two VMs on one host already were left out: " +
                          listed(broken));
    }
    return section;
}

void remark_on_links(const XapiPool& pool, const XapiNames& names, Remarks& remarks) {
    if (!pool.stale_residents.empty()) {
        std::vector<std::string> hosts;
        for (const std::string& ref : pool.stale_residents) {
            hosts.push_back(names.hosts.find(ref)->second);
        }
        std::ranges::sort(hosts);
        remarks.push_back(
            "host.resident_VMs and VM.resident_on disagree; VM.resident_on was "
            "taken, for hosts " +
            listed(hosts));
    }
    if (pool.dangling_disks > 0) {
        remarks.push_back(std::to_string(pool.dangling_disks) +
                          " drives name a disk or a storage that the dump does not hold; they "
                          "were left out");
    }
}

/// Where it is from, how many hosts and VMs.
std::string about(const Database& database, const XapiPool& pool) {
    std::string text = "captured from a live pool";
    if (!database.captured) {
        text = "XAPI database dump, schema " + std::to_string(*database.schema_major) + "." +
               std::to_string(*database.schema_minor);
    }
    return text + ": hosts " + std::to_string(pool.hosts.size()) + ", VMs " +
           std::to_string(pool.vms.size());
}

XapiScenario write_scenario(const RowReader& reader, const XapiPool& pool, NameBooks& books) {
    Remarks remarks;
    XapiNames names = settle_all_names(pool, books, remarks);
    const XapiNotes notes = find_xapi_notes(reader, pool, names);
    Json scenario;
    scenario["about"] = about(reader.database(), pool);
    scenario["pool"] = pool_section(pool, names, notes, remarks);
    scenario["networks"] = network_section(names);
    scenario["storages"] = storage_section(pool, names);
    scenario["hosts"] = host_section(pool, names, notes, remarks);
    scenario["vms"] = vm_section(reader, pool, names, notes);
    scenario["groups"] = group_section(pool, names, remarks);
    remark_on_links(pool, names, remarks);
    scenario["remarks"] = remarks.texts;
    scenario["assumed"] = remarks.assumed;
    std::string text = scenario.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    return {std::move(text), std::move(names)};
}

}  // namespace

Result<XapiScenario> scenario_from_xapi_database(const Database& database,
                                                 const std::string& source, NameBooks& books) {
    Problems problems(source);
    const RowReader reader(database, problems);
    const XapiPool pool = link_xapi_records(reader, problems);
    if (!problems.empty()) return tl::unexpected(problems.take());
    XapiScenario scenario = write_scenario(reader, pool, books);
    if (!problems.empty()) return tl::unexpected(problems.take());
    return scenario;
}

Result<std::string> scenario_from_xapi_dump(std::string_view text, const std::string& source) {
    const Result<Database> database = read_xapi_database(text, source);
    if (!database) return tl::unexpected(database.error());
    NameBooks books;
    Result<XapiScenario> scenario = scenario_from_xapi_database(*database, source, books);
    if (!scenario) return tl::unexpected(scenario.error());
    return std::move(scenario->text);
}

}  // namespace vacate
