// Writes a Ganeti cluster, read from htools text, as the text of a scenario.
#include "model/codec/ganeti.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "model/codec/ganeti_text.hpp"
#include "model/codec/shown.hpp"
#include "model/codec/wording.hpp"

namespace vacate {
namespace {

using namespace codec;
using Json = nlohmann::ordered_json;

/// htools itself speaks up when more memory than this is unaccounted for.
///
/// Source: Ganeti, src/Ganeti/HTools/Loader.hs, checkData.
constexpr std::int64_t tolerated_mib = 512;

Json in_mebibytes(std::int64_t count) { return std::to_string(count) + " MiB"; }

std::string shared_storage(const std::string& group) { return "shared (" + group + ")"; }
std::string local_storage(const std::string& node) { return "local (" + node + ")"; }
std::string drbd_storage(const GanetiInstance& instance) {
    const auto& [first, second] = std::minmax(instance.primary, instance.secondary);
    return "drbd (" + first + ", " + second + ")";
}

/// One storage of the scenario and the nodes that see it.
struct StorageRow {
    std::string type;
    bool shared = true;
    std::int64_t free_mib = 0;
    std::set<std::string> nodes;
};

/// The cluster with what follows from it.
struct Picture {
    GanetiCluster cluster;
    std::map<std::string, const GanetiNode*> nodes;
    std::map<std::string, StorageRow> storages;
    std::vector<std::string> remarks;

    /// True when the instance runs and its node is there.
    [[nodiscard]] bool is_up(const GanetiInstance& instance) const {
        const bool runs = instance.status == "running" || instance.status == "ERROR_up";
        return runs && !nodes.find(instance.primary)->second->offline;
    }
    /// Where the disks of the instance are.
    [[nodiscard]] std::string storage_of(const GanetiInstance& instance) const {
        if (is_local_template(instance.disk_template)) return local_storage(instance.primary);
        if (instance.disk_template == "drbd") return drbd_storage(instance);
        return shared_storage(nodes.find(instance.primary)->second->group);
    }
};

void find_storages(Picture& picture) {
    bool has_local = false;
    for (const GanetiInstance& instance : picture.cluster.instances) {
        const std::string name = picture.storage_of(instance);
        StorageRow& storage = picture.storages[name];
        if (is_local_template(instance.disk_template)) {
            has_local = true;
        } else if (instance.disk_template == "drbd") {
            storage.type = "drbd";
            storage.nodes = {instance.primary, instance.secondary};
        } else {
            storage.type = "shared";
            const std::string& group = picture.nodes.find(instance.primary)->second->group;
            for (const GanetiNode& node : picture.cluster.nodes) {
                if (node.group == group) storage.nodes.insert(node.name);
            }
        }
    }
    if (!has_local) return;
    // Every node's, since disks may be moved there.
    for (const GanetiNode& node : picture.cluster.nodes) {
        picture.storages[local_storage(node.name)] = {
            "local", false, node.free_disk_mib, {node.name}};
    }
}

/// Compares the free memory that each node reports with what should be free.
void remark_on_memory(Picture& picture) {
    std::map<std::string, std::int64_t> used;
    for (const GanetiInstance& instance : picture.cluster.instances) {
        if (picture.is_up(instance)) used[instance.primary] += instance.memory_mib;
    }
    std::vector<std::string> odd;
    for (const GanetiNode& node : picture.cluster.nodes) {
        if (node.offline || !node.free_mib) continue;
        const std::int64_t expected = node.total_mib - node.used_mib - used[node.name];
        const std::int64_t missing = expected - *node.free_mib;
        if (missing <= tolerated_mib && missing >= -tolerated_mib) continue;
        odd.push_back(node.name + ": " + std::to_string(*node.free_mib) + " MiB free, " +
                      std::to_string(expected) + " MiB expected");
    }
    if (odd.empty()) return;
    picture.remarks.push_back(
        "the free memory of some nodes is not their total without the node's own use and their "
        "instances; the total was believed: " +
        listed(odd));
}

void remark_on_nodes(Picture& picture) {
    std::vector<std::string> groups;
    for (const GanetiGroup& group : picture.cluster.groups) groups.push_back(group.name);
    if (groups.size() > 1) {
        picture.remarks.push_back(
            "the cluster has several node groups, of which none sees the shared storage of "
            "another: " +
            listed(groups));
    }
    std::vector<std::string> offline;
    std::vector<std::string> tagged;
    for (const GanetiNode& node : picture.cluster.nodes) {
        if (node.offline) offline.push_back(node.name);
        if (!node.tags.empty()) tagged.push_back(node.name);
    }
    if (!offline.empty()) {
        picture.remarks.push_back("offline nodes take no part, as if they were dead: " +
                                  listed(offline));
    }
    if (!tagged.empty()) {
        picture.remarks.push_back(
            "node tags, such as location and migration tags, are not used; "
            "tagged are " +
            listed(tagged));
    }
}

void remark_on_instances(Picture& picture) {
    std::vector<std::string> stranded;
    std::vector<std::string> elsewhere;
    std::vector<std::string> mirrored;
    std::vector<std::string> local;
    for (const GanetiInstance& instance : picture.cluster.instances) {
        const bool runs = instance.status == "running" || instance.status == "ERROR_up";
        if (runs && !picture.is_up(instance)) stranded.push_back(instance.name);
        if (instance.status == "ERROR_wrongnode") elsewhere.push_back(instance.name);
        if (instance.disk_template == "drbd") mirrored.push_back(instance.name);
        if (is_local_template(instance.disk_template)) local.push_back(instance.name);
    }
    const auto say = [&](const std::string& sentence, const std::vector<std::string>& names) {
        if (!names.empty()) picture.remarks.push_back(sentence + listed(names));
    };
    say("instances said to run on an offline node count as halted: ", stranded);
    say("instances that run on another node than their primary count as halted: ", elsewhere);
    say("instances on DRBD move between their primary and secondary node only; replacing a "
        "secondary is not planned: ",
        mirrored);
    say("instances on plain or file disks cannot be migrated live; see when_pinned: ", local);
    if (picture.cluster.policies > 0) {
        picture.remarks.push_back("instance policies are not used; lines with one: " +
                                  std::to_string(picture.cluster.policies));
    }
}

Json storage_section(const Picture& picture) {
    Json section = Json::array();
    for (const auto& [name, storage] : picture.storages) {
        section.push_back({{"name", name},
                           {"type", storage.type},
                           {"shared", storage.shared},
                           {"free", in_mebibytes(storage.free_mib)}});
    }
    return section;
}

Json host_section(const Picture& picture) {
    std::map<std::string, std::vector<std::string>> storages;  // by node
    for (const auto& [name, storage] : picture.storages) {
        for (const std::string& node : storage.nodes) storages[node].push_back(name);
    }
    Json section = Json::array();
    for (const GanetiNode& node : picture.cluster.nodes) {
        Json entry{{"name", node.name}, {"memory", in_mebibytes(node.total_mib - node.used_mib)}};
        entry["version"] = {{"label", "present"}, {"platform", "1"}};
        entry["storages"] = storages[node.name];
        if (node.cpus > 0) entry["cpus"] = node.cpus;
        entry["live"] = !node.offline;
        section.push_back(std::move(entry));
    }
    return section;
}

Json vm_section(const Picture& picture) {
    Json section = Json::array();
    for (const GanetiInstance& instance : picture.cluster.instances) {
        const bool is_up = picture.is_up(instance);
        Json entry{{"name", instance.name}, {"power", is_up ? "running" : "halted"}};
        if (is_up) entry["host"] = instance.primary;
        entry["memory"] = in_mebibytes(instance.memory_mib);
        entry["overhead"] = "0 B";  // htools counts none
        if (instance.vcpus > 0) entry["vcpus"] = instance.vcpus;
        // More vCPUs than CPUs are a matter of Ganeti's policy, not of what can run.
        entry["vcpu_unrestricted"] = true;
        entry["storages"] = {picture.storage_of(instance)};
        const bool is_local = is_local_template(instance.disk_template);
        if (is_local) entry["disk"] = in_mebibytes(instance.disk_mib);
        section.push_back(std::move(entry));
    }
    return section;
}

/// Instances that share an exclusion tag: `X:a` where the cluster is tagged htools:iextags:X.
///
/// Source: Ganeti, man/hbal.rst, "EXCLUSION TAGS".
std::map<std::string, std::vector<const GanetiInstance*>> exclusions(const GanetiCluster& cluster) {
    constexpr std::string_view mark = "htools:iextags:";
    std::map<std::string, std::vector<const GanetiInstance*>> groups;
    std::vector<std::string> prefixes;
    for (const std::string& tag : cluster.tags) {
        if (tag.starts_with(mark)) prefixes.push_back(tag.substr(mark.size()) + ":");
    }
    for (const GanetiInstance& instance : cluster.instances) {
        for (const std::string& tag : std::set(instance.tags.begin(), instance.tags.end())) {
            const bool excludes = std::ranges::any_of(
                prefixes, [&](const std::string& prefix) { return tag.starts_with(prefix); });
            if (excludes) groups[tag].push_back(&instance);
        }
    }
    std::erase_if(groups, [](const auto& each) { return each.second.size() < 2; });
    return groups;
}

Json group_section(Picture& picture) {
    Json section = Json::array();
    std::vector<std::string> broken;
    for (const auto& [tag, members] : exclusions(picture.cluster)) {
        std::vector<std::string> names;
        std::set<std::string> nodes;
        bool holds = true;
        for (const GanetiInstance* member : members) {
            names.push_back(member->name);
            if (picture.is_up(*member) && !nodes.insert(member->primary).second) holds = false;
        }
        if (!holds) {
            broken.push_back(tag);
            continue;
        }
        section.push_back({{"name", tag}, {"kind", "apart"}, {"vms", names}});
    }
    if (!broken.empty()) {
        picture.remarks.push_back(
            "exclusion tags that two instances of one node share already were left out: " +
            listed(broken));
    }
    return section;
}

std::string write_scenario(Picture& picture) {
    Json pool{{"target", {{"label", "next"}, {"platform", "2"}}}};
    for (const GanetiNode& node : picture.cluster.nodes) {
        if (node.master) pool["coordinator"] = node.name;
    }
    find_storages(picture);
    remark_on_nodes(picture);
    remark_on_memory(picture);
    remark_on_instances(picture);
    Json scenario;
    scenario["about"] = "Ganeti cluster in htools text: nodes " +
                        std::to_string(picture.cluster.nodes.size()) + ", instances " +
                        std::to_string(picture.cluster.instances.size());
    scenario["pool"] = std::move(pool);
    scenario["storages"] = storage_section(picture);
    scenario["hosts"] = host_section(picture);
    scenario["vms"] = vm_section(picture);
    scenario["groups"] = group_section(picture);
    scenario["remarks"] = picture.remarks;
    return scenario.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<std::string> scenario_from_ganeti(std::string_view text, const std::string& source) {
    Problems problems(source);
    Picture picture;
    picture.cluster = read_ganeti_text(text, problems);
    if (!problems.empty()) return tl::unexpected(problems.take());
    for (const GanetiNode& node : picture.cluster.nodes) picture.nodes[node.name] = &node;
    return write_scenario(picture);
}

}  // namespace vacate
