// From the text of a scenario to a pool and its state: the order of the steps, and the pool itself.
#include <numeric>

#include "model/codec/amount.hpp"
#include "model/codec/chance_text.hpp"
#include "model/codec/copying_text.hpp"
#include "model/codec/overrides.hpp"
#include "model/codec/scenario.hpp"
#include "model/codec/scenario_decoding.hpp"
#include "model/codec/shown.hpp"
#include "model/set_path.hpp"

namespace vacate {
namespace codec {

std::optional<std::uint32_t> NameTable::find(std::string_view name) const {
    const auto found = std::lower_bound(names.begin(), names.end(), name);
    if (found == names.end() || *found != name) return std::nullopt;
    return static_cast<std::uint32_t>(found - names.begin());
}

std::string subject_of(const NameTable& table, std::uint32_t id) {
    return std::string(table.thing) + ' ' + made_safe(table.names[id]);
}

std::string remedy_for(std::string_view name, const NameTable& table, Problems& problems) {
    std::string remedy = problems.did_you_mean(name, table.names);
    if (!remedy.empty()) return remedy;
    const std::string section(table.section);
    return table.names.empty() ? "there are no " + section
                               : section + " are " + first_three(table.names);
}

std::optional<std::uint32_t> refer(const Place& place, std::string_view name,
                                   const NameTable& table, Problems& problems) {
    const std::optional<std::uint32_t> id = table.find(name);
    if (id || !table.complete) return id;
    problems.add(place, "there is no " + std::string(table.thing) + ' ' + shown(name),
                 remedy_for(name, table, problems));
    return std::nullopt;
}

std::optional<std::vector<std::uint32_t>> refer_to_all(const ObjectReader& object,
                                                       std::string_view member,
                                                       const NameTable& table) {
    const Place array = object.at(member);
    const std::optional<std::vector<NamedEntry>> names = object.names(member);
    if (!names) return std::nullopt;
    std::vector<std::uint32_t> ids;
    for (const NamedEntry& entry : *names) {
        const Place place = entry_of(array, entry.index);
        if (const auto id = refer(place, entry.name, table, object.problems())) {
            ids.push_back(*id);
        }
    }
    return ids;
}

namespace {

constexpr std::int64_t most_of_a_policy = 1'000'000;

/// Sorts the names of one array of the document; ids follow the names, whatever else is wrong.
void read_names(Decoding& decoding, NameTable& table, std::size_t most) {
    const Place array = member_of(decoding.document, table.section);
    if (array.node == nullptr) return;
    if (!array.node->is_array()) {
        refuse_kind(array, "an array", "write [...]", decoding.problems);
        table.complete = false;
        return;
    }
    const std::vector<Node>& entries = array.node->children;
    if (entries.size() > most) {
        decoding.problems.add(
            array, "there are " + std::to_string(entries.size()) + ' ' + std::string(table.section),
            "describe at most " + std::to_string(most));
        table.complete = false;
        return;
    }
    std::vector<std::string_view> names;
    for (const Node& entry : entries) {
        const Node* name = find_member(entry, "name");
        const bool is_scalar = name != nullptr && !name->is_array() && !name->is_object();
        names.push_back(is_scalar ? std::string_view(name->text) : std::string_view());
    }
    table.entry_of_id.resize(entries.size());
    std::iota(table.entry_of_id.begin(), table.entry_of_id.end(), 0u);
    std::stable_sort(table.entry_of_id.begin(), table.entry_of_id.end(),
                     [&names](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
    table.id_of_entry.resize(entries.size());
    for (std::uint32_t id = 0; id < entries.size(); ++id) {
        table.id_of_entry[table.entry_of_id[id]] = id;
        table.names.push_back(names[table.entry_of_id[id]]);
    }
}

void decode_pool(Decoding& decoding) {
    const Place place = member_of(decoding.document, "pool");
    if (place.node == nullptr) return;
    const ObjectReader reader(place, pool_fields, decoding.problems);
    Pool& pool = decoding.scenario.pool;
    pool.name = reader.text("name").value_or("");
    const Place coordinator = reader.at("coordinator");
    if (coordinator.node == nullptr) {
        reader.missing("coordinator", "name its host: --set pool.coordinator=NAME");
    } else if (const auto name = text_of(coordinator, decoding.problems)) {
        const auto host = refer(coordinator, *name, decoding.hosts, decoding.problems);
        if (host) pool.coordinator = Id<Host>{*host};
    }
    const Place target = reader.at("target");
    decoding.pool_target_given = target.node != nullptr;
    if (target.node != nullptr) decoding.pool_target = read_version(target, decoding.problems);
    decoding.version_rule = reader.word("version_rule", version_rule_words);
    decoding.overhead_era =
        reader.word("overhead_era", overhead_era_words).value_or(OverheadEra::since_26_3);
    decoding.ha_enabled = reader.boolean("ha_enabled", false);
    decoding.wlb_enabled = reader.boolean("wlb_enabled", false);
    decoding.auto_power_on = reader.boolean("auto_power_on", false);
    pool.notes = read_notes(reader, NoteSubject::pool);
}

Policy read_policy(const ObjectReader& reader, std::int64_t hosts) {
    const auto count = [&reader](std::string_view member, std::int64_t fallback) {
        return reader.integer(member, {fallback, 1, most_of_a_policy});
    };
    Policy policy;
    policy.hosts_down_max = count("hosts_down_max", std::max<std::int64_t>(1, hosts));
    policy.migrations_per_host_max = count("migrations_per_host_max", 3);
    policy.migrations_per_pair_max = count("migrations_per_pair_max", 3);
    policy.migrations_per_pool_max = count("migrations_per_pool_max", 1'000'000);
    policy.storage_motions_per_source_max = count("storage_motions_per_source_max", 3);
    policy.one_way = reader.boolean("one_way", true);
    policy.spare_hosts = reader.integer("spare_hosts", {0, 0, limits::spare_hosts});
    policy.upgraded_targets_only = reader.word("targets", targets_words).value_or(false);
    return policy;
}

std::int64_t read_opposing(const ObjectReader& reader) {
    const std::optional<std::int64_t> permille = reader.thousandths("opposing_factor");
    if (!permille || (*permille > 0 && *permille <= 1000)) return permille.value_or(1000);
    const Place place = reader.at("opposing_factor");
    reader.problems().add(place, shown(place.node->text) + " is no share of a rate",
                          "write a ratio above 0 and at most 1");
    return 1000;
}

Timing read_timing(const ObjectReader& reader) {
    using namespace std::chrono_literals;
    const auto time = [&reader](std::string_view member, Duration fallback) {
        return reader.duration(member).value_or(fallback);
    };
    Timing timing;
    static_cast<Copying&>(timing) = read_copying(reader);
    timing.reservation = time("reservation", 0s);
    timing.opposing_permille = read_opposing(reader);
    timing.host_step = time("host_step", 5s);
    timing.preparation = time("preparation", 5s);
    timing.backup = time("backup", 30s);
    timing.stop = time("stop", 60s);
    timing.start = time("start", 60s);
    timing.suspend_rate = reader.speed("suspend_rate", Bandwidth{100'000'000});
    return timing;
}

void decode_policy_and_timing(Decoding& decoding) {
    // An absent section reads like an empty one.
    const Node empty = make_object();
    Place policy = member_of(decoding.document, "policy");
    if (policy.node == nullptr) policy.node = &empty;
    Place timing = member_of(decoding.document, "timing");
    if (timing.node == nullptr) timing.node = &empty;
    const auto hosts = static_cast<std::int64_t>(decoding.hosts.names.size());
    decoding.scenario.pool.policy =
        read_policy(ObjectReader(policy, policy_fields, decoding.problems), hosts);
    decoding.scenario.pool.timing =
        read_timing(ObjectReader(timing, timing_fields, decoding.problems));
}

void decode_networks_and_storages(Decoding& decoding) {
    Pool& pool = decoding.scenario.pool;
    Problems& problems = decoding.problems;
    pool.networks = Table<Network>(decoding.networks.names.size());
    for_each_entry(decoding, decoding.networks, [&](const Place& place, std::uint32_t id) {
        const ObjectReader reader(place, network_fields, problems);
        pool.networks[Id<Network>{id}].name = reader.required_name("name");
    });
    pool.storages = Table<Storage>(decoding.storages.names.size());
    for_each_entry(decoding, decoding.storages, [&](const Place& place, std::uint32_t id) {
        const ObjectReader reader(place, storage_fields, problems);
        Storage& storage = pool.storages[Id<Storage>{id}];
        storage.name = reader.required_name("name");
        storage.type = reader.text("type").value_or("");
        storage.shared = reader.boolean("shared", true);
        storage.free = reader.bytes("free").value_or(Bytes{});
    });
}

void decode_top(Decoding& decoding) {
    const ObjectReader top(decoding.document, top_fields, decoding.problems);
    decoding.scenario.about = top.required_text("about", limits::attribute_bytes);
    if (!top.has("pool")) top.missing("pool", R"(add "pool": {"coordinator": "..."})");
    if (!top.has("hosts")) top.missing("hosts", R"(add "hosts": [...])");
    read_names(decoding, decoding.networks, limits::networks);
    read_names(decoding, decoding.storages, limits::storages);
    read_names(decoding, decoding.hosts, limits::hosts);
    read_names(decoding, decoding.vms, limits::vms);
    read_names(decoding, decoding.groups, limits::groups);
    // Without any host, every name of one would only repeat that.
    if (decoding.hosts.names.empty() && decoding.hosts.complete) {
        decoding.hosts.complete = false;
        if (top.has("hosts")) {
            decoding.problems.add(top.at("hosts"), "there is no host", "describe at least one");
        }
    }
    const auto remarks = top.names("remarks", limits::attribute_bytes);
    if (!remarks) return;
    for (const NamedEntry& remark : *remarks) {
        decoding.scenario.remarks.push_back({Severity::know, std::string(not_represented_code),
                                             "input", std::string(remark.name), ""});
    }
}

/// True when some part of the value came from --set.
bool is_set(const Node& value) {
    if (value.source == Node::Source::set) return true;
    return std::any_of(value.children.begin(), value.children.end(),
                       [](const Node& child) { return is_set(child); });
}

/// True when `section.member`, or `section.name.member`, was given with --set.
bool was_set(const Node& root, const std::string& section, const std::string& name,
             const std::string& member) {
    const Node* place = find_member(root, section);
    if (place == nullptr) return false;
    if (place->is_array()) {
        const auto entry =
            std::find_if(place->children.begin(), place->children.end(), [&](const Node& one) {
                const Node* its_name = find_member(one, "name");
                return its_name != nullptr && its_name->text == name;
            });
        if (entry == place->children.end()) return false;
        place = &*entry;
    }
    const Node* value = find_member(*place, member);
    return value != nullptr && is_set(*value);
}

/// What a reader of another format assumed, unless the operator gave it meanwhile.
void decode_assumed_values(Decoding& decoding) {
    const Place array = member_of(decoding.document, "assumed");
    if (array.node == nullptr) return;
    if (!array.node->is_array()) return refuse_kind(array, "an array", "", decoding.problems);
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        const Place place = entry_of(array, i);
        const ObjectReader entry(place, assumed_value_fields, decoding.problems);
        if (!entry.is_object()) continue;
        const std::string section = entry.required_name("section");
        const std::string name = entry.text("name").value_or("");
        const std::string member = entry.required_name("member");
        std::string text = entry.required_text("text", limits::attribute_bytes);
        if (was_set(*decoding.document.node, section, name, member)) continue;
        const auto path = [&](const std::string& quoted) {
            return section + '.' + (name.empty() ? "" : quoted + '.') + member;
        };
        decoding.scenario.remarks.push_back({Severity::know, std::string(assumed_code),
                                             path(name_in_set_path(name)), std::move(text),
                                             "--set '" + path(name_in_set_option(name)) + "=...'"});
    }
}

void list_assumption(Decoding& decoding, Assumed field, std::string_view path,
                     std::string_view value, const NameTable& table) {
    std::vector<std::uint32_t>& ids = decoding.assumed[static_cast<std::size_t>(field)];
    if (ids.empty()) return;
    std::sort(ids.begin(), ids.end());
    std::vector<std::string_view> names;
    for (const std::uint32_t id : ids) names.push_back(table.names[id]);
    const std::string things = table.section == "vms" ? " VMs: " : " hosts: ";
    Finding finding;
    finding.code = assumed_code;
    finding.subject = path;
    finding.sentence = "taken as " + std::string(value) + " for " + std::to_string(ids.size()) +
                       " of " + std::to_string(table.names.size()) + things + first_three(names);
    finding.remedy = "--set '" + std::string(path) + "=...'";
    decoding.scenario.remarks.push_back(std::move(finding));
}

/// What `when_pinned` asked for in vain.
void list_in_vain(Decoding& decoding, std::vector<std::pair<std::uint32_t, std::string>>& vms,
                  std::string_view code, const std::string& what, const std::string& remedy) {
    std::sort(vms.begin(), vms.end());
    for (const auto& [id, reasons] : vms) {
        Finding finding;
        finding.severity = Severity::act;
        finding.code = code;
        // The name as it is: print_scenario() finds the VM again by it.
        finding.subject = "VM " + std::string(decoding.vms.names[id]);
        finding.sentence = what + reasons;
        finding.remedy = remedy;
        decoding.scenario.remarks.push_back(std::move(finding));
    }
}

void list_remarks(Decoding& decoding) {
    list_assumption(decoding, Assumed::host_link, "hosts.*.link", "1 Gbps", decoding.hosts);
    list_assumption(decoding, Assumed::host_upgrade_time, "hosts.*.upgrade_time", "15 min",
                    decoding.hosts);
    list_assumption(decoding, Assumed::vm_dirty_rate, "vms.*.dirty_rate", "4 MiB/s", decoding.vms);
    list_assumption(decoding, Assumed::vm_working_set, "vms.*.working_set",
                    "a tenth of dynamic_min", decoding.vms);
    list_in_vain(decoding, decoding.cannot_take_disks, cannot_take_disks_code,
                 "cannot take its disks along, since it cannot move at all: ",
                 "choose suspend or restart for when_pinned, or remove the cause");
    list_in_vain(
        decoding, decoding.cannot_suspend, cannot_suspend_code,
        "cannot be suspended either: ", "choose restart for when_pinned, or remove the cause");
}

}  // namespace

std::optional<Scenario> decode_scenario(const Place& place, const std::string& source,
                                        Problems& problems) {
    Decoding decoding(place, problems, source);
    if (!place.node->is_object()) {
        refuse_kind(place, "a scenario", R"(write {"about": "...", ...})", problems);
        return std::nullopt;
    }
    decode_top(decoding);
    decode_pool(decoding);
    decode_policy_and_timing(decoding);
    decode_networks_and_storages(decoding);
    decode_chance(decoding);
    decode_hosts(decoding);
    decode_vms(decoding);
    settle_chance(decoding.scenario.chance);
    decode_groups(decoding);
    decode_assumed_values(decoding);
    Pool& pool = decoding.scenario.pool;
    const bool has_coordinator = pool.hosts.holds(pool.coordinator);
    pool.version_rule = decoding.version_rule.value_or(
        has_coordinator ? version_rule_of(pool.hosts[pool.coordinator].target)
                        : VersionRule::platform_and_xapi);
    judge_pool(decoding);
    if (!problems.empty()) return std::nullopt;
    settle_state(decoding);
    list_remarks(decoding);
    return std::move(decoding.scenario);
}

}  // namespace codec

Result<Scenario> read_scenario(std::string_view text, const std::string& source,
                               const Overrides& overrides) {
    auto document = codec::parse_document(text);
    if (!document) {
        Error error{Error::Kind::bad_input, source, {document.error()}};
        return tl::unexpected<Error>(std::move(error));
    }
    codec::Problems problems(source);
    codec::apply_overrides(*document, overrides, problems);
    const codec::Place place{nullptr, &*document};
    codec::report_duplicate_members(place, problems);
    std::optional<Scenario> scenario = codec::decode_scenario(place, source, problems);
    if (!scenario) return tl::unexpected<Error>(problems.take());
    return std::move(*scenario);
}

}  // namespace vacate
