// Splits the htools text format into rows and checks every field of them.
#include "model/codec/ganeti_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "model/codec/shown.hpp"
#include "model/codec/wording.hpp"
#include "model/limits.hpp"

namespace vacate::codec {
namespace {

constexpr std::array<std::string_view, 9> disk_templates{
    "blockdev", "diskless", "drbd", "ext", "file", "gluster", "plain", "rbd", "sharedfile"};

constexpr std::array<std::string_view, 12> states{
    "running",           "ADMIN_down", "ADMIN_offline",
    "ERROR_admindown",   "ERROR_down", "ERROR_nodedown",
    "ERROR_nodeoffline", "ERROR_up",   "ERROR_wrongnode",
    "USER_down",         "down",       "stopped"};

struct Line {
    std::size_t number = 0;
    std::string_view text;
};
using Section = std::vector<Line>;

/// Parts the text at empty lines, as sepSplit of htools does: two in a row make an empty section.
std::vector<Section> sections_of(std::string_view text) {
    std::vector<Section> sections(1);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) {
            sections.emplace_back();
        } else {
            sections.back().push_back({number, line});
        }
    }
    return sections;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.emplace_back(text.substr(0, end));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string> tags_of(const std::string& field) {
    std::vector<std::string> tags = split(field, ',');
    std::erase(tags, "");
    return tags;
}

/// The fields of one line, and what is wrong with them.
class Fields {
  public:
    Fields(const Line& line, Problems& problems)
        : number_(line.number), fields_(split(line.text, '|')), problems_(&problems) {}

    [[nodiscard]] std::size_t line() const { return number_; }
    /// The field at `index`; empty when the line is shorter.
    [[nodiscard]] const std::string& at(std::size_t index) const {
        static const std::string none;
        return index < fields_.size() ? fields_[index] : none;
    }
    void complain(std::string sentence, std::string remedy = {}) const {
        problems_->add_item(
            static_cast<std::uint32_t>(number_),
            {"line " + std::to_string(number_), std::move(sentence), std::move(remedy)});
    }
    /// False, with a problem, when the line has not between `least` and `most` fields.
    [[nodiscard]] bool has_between(std::size_t least, std::size_t most,
                                   const std::string& kind) const {
        if (fields_.size() >= least && fields_.size() <= most) return true;
        complain(kind + " has " + std::to_string(least) + " to " + std::to_string(most) +
                     " fields between |, this line has " + std::to_string(fields_.size()),
                 "sections are parted by empty lines: groups, nodes, instances, tags, policies");
        return false;
    }
    /// A name that is neither empty nor too long.
    [[nodiscard]] std::string name(const std::string& kind) const {
        if (at(0).empty()) complain("the " + kind + " has no name");
        if (at(0).size() > limits::name_bytes) complain("the name of the " + kind + " is too long");
        return at(0);
    }
    /// A whole number that is not negative; nothing, with a problem, for anything else.
    [[nodiscard]] std::optional<std::int64_t> number(std::size_t index,
                                                     const std::string& what) const {
        constexpr std::int64_t most = limits::memory_bytes / (1024 * 1024);
        const std::string& text = at(index);
        std::int64_t value = 0;
        const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = problem == std::errc{} && stop == text.data() + text.size();
        if (whole && value >= 0 && value <= most) return value;
        complain(what + " of " + made_safe(at(0)) + " is " + shown(text) +
                 ", not a whole number from 0 to " + std::to_string(most));
        return std::nullopt;
    }

  private:
    std::size_t number_;
    std::vector<std::string> fields_;
    Problems* problems_;
};

void read_groups(const Section& section, GanetiCluster& cluster, Problems& problems) {
    std::map<std::string, std::size_t> lines;  // by name and by uuid
    for (const Line& line : section) {
        const Fields fields(line, problems);
        if (!fields.has_between(4, 5, "a group")) continue;
        GanetiGroup group{line.number, fields.name("group"), fields.at(1)};
        for (const std::string& key : {"name " + group.name, "uuid " + group.uuid}) {
            const auto [first, is_new] = lines.emplace(key, line.number);
            if (is_new) continue;
            fields.complain("a group with the " + made_safe(key) + " stands in line " +
                            std::to_string(first->second) + " already");
        }
        cluster.groups.push_back(std::move(group));
    }
}

/// Memory, disk and CPUs. What an offline node has may not be known: "?".
void read_node_sizes(const Fields& fields, GanetiNode& node) {
    const auto size = [&](std::size_t index, const std::string& what) -> std::int64_t {
        if (fields.at(index) == "?") {
            node.offline = true;
            return 0;
        }
        return fields.number(index, what).value_or(0);
    };
    node.total_mib = size(1, "the total memory");
    node.used_mib = size(2, "the memory used by the node");
    node.free_mib = size(3, "the free memory");
    node.free_disk_mib = size(5, "the free disk");
    node.cpus = size(6, "the number of CPUs");
    if (node.offline) node.free_mib.reset();
    if (node.used_mib > node.total_mib) {
        fields.complain("node " + made_safe(node.name) + " uses " + std::to_string(node.used_mib) +
                        " MiB itself but has only " + std::to_string(node.total_mib) + " MiB");
    }
}

void read_nodes(const Section& section, GanetiCluster& cluster, Problems& problems) {
    std::map<std::string, std::string> groups;  // uuid, name
    for (const GanetiGroup& group : cluster.groups) groups.emplace(group.uuid, group.name);
    std::map<std::string, std::size_t> lines;
    std::vector<std::string> masters;
    for (const Line& line : section) {
        const Fields fields(line, problems);
        if (!fields.has_between(9, 15, "a node")) continue;
        GanetiNode node;
        node.line = line.number;
        node.name = fields.name("node");
        const std::string& role = fields.at(7);
        node.offline = role == "Y";
        node.master = role == "M";
        if (role != "Y" && role != "M" && role != "N") {
            fields.complain("the role of node " + made_safe(node.name) + " is " + shown(role) +
                            "; known are Y (offline), M (master) and N (neither)");
        }
        read_node_sizes(fields, node);
        const auto group = groups.find(fields.at(8));
        if (group != groups.end()) {
            node.group = group->second;
        } else {
            fields.complain("node " + made_safe(node.name) + " is in the group with the uuid " +
                            shown(fields.at(8)) + ", which the first section does not have");
        }
        node.tags = tags_of(fields.at(10));
        const auto [first, is_new] = lines.emplace(node.name, line.number);
        if (!is_new) {
            fields.complain("node " + made_safe(node.name) + " stands in line " +
                            std::to_string(first->second) + " already");
        }
        if (node.master) {
            masters.push_back(node.name);
            if (masters.size() > 1) {
                fields.complain("several nodes are marked as master: " + listed(masters),
                                "mark one with M and the others with N");
            }
        }
        cluster.nodes.push_back(std::move(node));
    }
}

/// Says what is wrong with the nodes of an instance.
void check_nodes(const Fields& fields, const GanetiInstance& instance,
                 const std::vector<std::string_view>& nodes, Problems& problems) {
    const auto check = [&](const std::string& name, const std::string& what) {
        if (std::ranges::binary_search(nodes, name)) return;
        fields.complain("the " + what + " of instance " + made_safe(instance.name) + " is " +
                            shown(name) + ", which is no node of the cluster",
                        problems.did_you_mean(name, nodes));
    };
    check(instance.primary, "primary node");
    if (!instance.secondary.empty()) check(instance.secondary, "secondary node");
    if (instance.disk_template != "drbd") return;
    if (instance.secondary.empty()) {
        fields.complain("instance " + made_safe(instance.name) +
                        " is on DRBD but has no secondary node");
    } else if (instance.secondary == instance.primary) {
        fields.complain("primary and secondary node of instance " + made_safe(instance.name) +
                        " are the same");
    }
}

template <std::size_t count>
void check_word(const Fields& fields, const std::string& word, const std::string& what,
                const std::array<std::string_view, count>& known) {
    if (std::ranges::find(known, word) != known.end()) return;
    std::string words;
    for (const std::string_view each : known) {
        if (!words.empty()) words += ", ";
        words += each;
    }
    fields.complain("the " + what + " of " + made_safe(fields.at(0)) + " is " + shown(word),
                    "known are " + words);
}

void read_instances(const Section& section, GanetiCluster& cluster, Problems& problems) {
    std::vector<std::string_view> nodes;
    for (const GanetiNode& node : cluster.nodes) nodes.push_back(node.name);
    std::ranges::sort(nodes);
    std::map<std::string, std::size_t> lines;
    for (const Line& line : section) {
        const Fields fields(line, problems);
        if (!fields.has_between(10, 13, "an instance")) continue;
        GanetiInstance instance;
        instance.line = line.number;
        instance.name = fields.name("instance");
        instance.memory_mib = fields.number(1, "the memory").value_or(0);
        instance.disk_mib = fields.number(2, "the disk").value_or(0);
        instance.vcpus = fields.number(3, "the number of vCPUs").value_or(0);
        instance.status = fields.at(4);
        instance.primary = fields.at(6);
        instance.secondary = fields.at(7);
        instance.disk_template = fields.at(8);
        instance.tags = tags_of(fields.at(9));
        check_word(fields, instance.status, "state", states);
        check_word(fields, instance.disk_template, "disk template", disk_templates);
        check_nodes(fields, instance, nodes, problems);
        const auto [first, is_new] = lines.emplace(instance.name, line.number);
        if (!is_new) {
            fields.complain("instance " + made_safe(instance.name) + " stands in line " +
                                std::to_string(first->second) + " already",
                            "give one of the two another name");
        }
        cluster.instances.push_back(std::move(instance));
    }
}

}  // namespace

GanetiCluster read_ganeti_text(std::string_view text, Problems& problems) {
    GanetiCluster cluster;
    if (text.size() > limits::input_bytes) {
        problems.add_item(
            0,
            {"", "the text is longer than " + std::to_string(limits::input_bytes) + " bytes", ""});
        return cluster;
    }
    const std::vector<Section> sections = sections_of(text);
    read_groups(sections[0], cluster, problems);
    if (sections.size() > 1) read_nodes(sections[1], cluster, problems);
    if (sections.size() > 2) read_instances(sections[2], cluster, problems);
    for (std::size_t i = 3; i < sections.size(); ++i) {
        for (const Line& line : sections[i]) {
            // A policy has fields, a tag has none; some files leave out the tags' section.
            if (line.text.find('|') == std::string_view::npos) {
                cluster.tags.emplace_back(line.text);
            } else {
                ++cluster.policies;
            }
        }
    }
    if (cluster.nodes.empty() && problems.empty()) {
        const std::size_t where = sections.size() > 1 ? sections[0].size() + 2 : 1;
        const bool has_groups = !cluster.groups.empty();
        problems.add_item(static_cast<std::uint32_t>(where),
                          {"line " + std::to_string(where),
                           has_groups ? "the cluster has no nodes"
                                      : "this is no htools text: it has neither groups nor nodes",
                           "write one with gnt-cluster or hscan; the sections are parted by empty "
                           "lines: groups, nodes, instances, tags, policies"});
    }
    std::ranges::sort(cluster.nodes, {}, &GanetiNode::name);
    std::ranges::sort(cluster.instances, {}, &GanetiInstance::name);
    return cluster;
}

bool is_local_template(std::string_view disk_template) {
    return disk_template == "plain" || disk_template == "file";
}

}  // namespace vacate::codec
