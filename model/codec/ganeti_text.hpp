// The htools text format as rows: sections, fields and lines checked, nothing interpreted yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/problems.hpp"

namespace vacate::codec {

struct GanetiGroup {
    std::size_t line = 0;
    std::string name;
    std::string uuid;
};

struct GanetiNode {
    std::size_t line = 0;
    std::string name;
    std::int64_t total_mib = 0;
    std::int64_t used_mib = 0;  // by the node itself
    std::optional<std::int64_t> free_mib;
    std::int64_t free_disk_mib = 0;
    std::int64_t cpus = 0;
    bool offline = false;
    bool master = false;
    std::string group;  // its name
    std::vector<std::string> tags;
};

struct GanetiInstance {
    std::size_t line = 0;
    std::string name;
    std::int64_t memory_mib = 0;
    std::int64_t disk_mib = 0;
    std::int64_t vcpus = 0;
    std::string status;
    std::string primary;
    std::string secondary;  // empty when it has none
    std::string disk_template;
    std::vector<std::string> tags;
};

struct GanetiCluster {
    std::vector<GanetiGroup> groups;
    std::vector<GanetiNode> nodes;          // in name order
    std::vector<GanetiInstance> instances;  // in name order
    std::vector<std::string> tags;
    std::size_t policies = 0;
};

/// Reads the sections, which empty lines part: groups, nodes, instances; then cluster tags and
/// instance policies, of which the latter are only counted. Trailing sections may be missing.
///
/// Problems: each with its line: wrong number of fields, numbers that are none, unknown groups,
///           nodes, roles, states and disk templates, duplicate names, several masters, no node.
/// Source:   Ganeti, src/Ganeti/HTools/Backend/Text.hs.
[[nodiscard]] GanetiCluster read_ganeti_text(std::string_view text, Problems& problems);

/// True when instances of that disk template have their disks on one node only.
[[nodiscard]] bool is_local_template(std::string_view disk_template);

}  // namespace vacate::codec
