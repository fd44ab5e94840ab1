// The members of a scenario and the words they take: what scenarios/README.md lists, as tables.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "model/memory.hpp"
#include "model/pool.hpp"
#include "model/version.hpp"

namespace vacate::codec {

/// A member of an object; `members` lists those of the object that it holds, if it holds one.
struct Field {
    std::string_view name;
    std::span<const std::string_view> members = {};
};
using FieldList = std::span<const Field>;

inline constexpr std::array<std::string_view, 5> version_members{"label", "platform", "xapi",
                                                                 "xapi_build", "xen"};
inline constexpr std::array<std::string_view, 3> host_cpu_members{"vendor", "hvm", "pv"};
inline constexpr std::array<std::string_view, 2> vm_cpu_members{"vendor", "features"};
/// The parameters of model/copying.hpp, in its order.
inline constexpr std::array<std::string_view, 26> copying_members{"stream_cap",
                                                                  "live_cap",
                                                                  "storage_stream_cap",
                                                                  "link_efficiency",
                                                                  "before",
                                                                  "after",
                                                                  "setup",
                                                                  "setup_per_tebibyte",
                                                                  "zero_scan",
                                                                  "page_header",
                                                                  "zero_page",
                                                                  "compressed_to",
                                                                  "resent_as",
                                                                  "dirty_log_chunk",
                                                                  "stop_rule",
                                                                  "downtime_limit",
                                                                  "rounds_max",
                                                                  "live_max",
                                                                  "auto_converge",
                                                                  "post_copy_after",
                                                                  "post_copy_round",
                                                                  "suspend",
                                                                  "pause_overhead",
                                                                  "pause_per_tebibyte",
                                                                  "queued",
                                                                  "arrival"};
inline constexpr std::array<std::string_view, 3> dirty_class_members{"rate", "set", "pattern"};
inline constexpr std::array<std::string_view, 5> host_chance_members{
    "upgrade_time", "upgrade_factor", "late_chance", "late_by", "lost_chance"};
inline constexpr std::array<std::string_view, 3> vm_chance_members{"stream_factor", "dirty_factor",
                                                                   "failure_chance"};
inline constexpr std::array<std::string_view, 5> link_fault_members{"hosts", "chance", "at",
                                                                    "share", "lasts"};
inline constexpr std::array<std::string_view, 4> distribution_members{"uniform", "triangular",
                                                                      "lognormal", "recorded"};
inline constexpr std::array<std::string_view, 2> uniform_members{"low", "high"};
inline constexpr std::array<std::string_view, 3> triangular_members{"low", "mode", "high"};
inline constexpr std::array<std::string_view, 2> lognormal_members{"median", "p95"};
inline constexpr std::array<Field, 2> note_fields{{{"code"}, {"detail"}}};

inline constexpr std::array<Field, 9> pool_fields{{{"name"},
                                                   {"coordinator"},
                                                   {"target", version_members},
                                                   {"version_rule"},
                                                   {"overhead_era"},
                                                   {"ha_enabled"},
                                                   {"wlb_enabled"},
                                                   {"auto_power_on"},
                                                   {"notes"}}};
inline constexpr std::array<Field, 8> policy_fields{{{"hosts_down_max"},
                                                     {"migrations_per_host_max"},
                                                     {"migrations_per_pair_max"},
                                                     {"migrations_per_pool_max"},
                                                     {"storage_motions_per_source_max"},
                                                     {"one_way"},
                                                     {"spare_hosts"},
                                                     {"targets"}}};
inline constexpr std::array<Field, 34> timing_fields{{{"stream_cap"},
                                                      {"live_cap"},
                                                      {"storage_stream_cap"},
                                                      {"link_efficiency"},
                                                      {"before"},
                                                      {"after"},
                                                      {"setup"},
                                                      {"setup_per_tebibyte"},
                                                      {"zero_scan"},
                                                      {"page_header"},
                                                      {"zero_page"},
                                                      {"compressed_to"},
                                                      {"resent_as"},
                                                      {"dirty_log_chunk"},
                                                      {"stop_rule"},
                                                      {"downtime_limit"},
                                                      {"rounds_max"},
                                                      {"live_max"},
                                                      {"auto_converge"},
                                                      {"post_copy_after"},
                                                      {"post_copy_round"},
                                                      {"suspend"},
                                                      {"pause_overhead"},
                                                      {"pause_per_tebibyte"},
                                                      {"queued"},
                                                      {"arrival"},
                                                      {"reservation"},
                                                      {"opposing_factor"},
                                                      {"host_step"},
                                                      {"preparation"},
                                                      {"backup"},
                                                      {"stop"},
                                                      {"start"},
                                                      {"suspend_rate"}}};
/// Those of a host, those of a VM, and the faults of links.
inline constexpr std::array<Field, 9> chance_fields{{{"upgrade_time"},
                                                     {"upgrade_factor"},
                                                     {"late_chance"},
                                                     {"late_by"},
                                                     {"lost_chance"},
                                                     {"stream_factor"},
                                                     {"dirty_factor"},
                                                     {"failure_chance"},
                                                     {"links"}}};
inline constexpr std::array<Field, 1> network_fields{{{"name"}}};
inline constexpr std::array<Field, 4> storage_fields{{{"name"}, {"type"}, {"shared"}, {"free"}}};
inline constexpr std::array<Field, 24> host_fields{{{"name"},
                                                    {"memory"},
                                                    {"memory_total"},
                                                    {"memory_overhead"},
                                                    {"dom0_memory"},
                                                    {"memory_after_upgrade"},
                                                    {"link"},
                                                    {"duplex"},
                                                    {"send_budget"},
                                                    {"guest_traffic"},
                                                    {"streams_max"},
                                                    {"timing", copying_members},
                                                    {"version", version_members},
                                                    {"target", version_members},
                                                    {"networks"},
                                                    {"storages"},
                                                    {"cpu", host_cpu_members},
                                                    {"cpus"},
                                                    {"domain"},
                                                    {"upgrade_time"},
                                                    {"chance", host_chance_members},
                                                    {"live"},
                                                    {"enabled"},
                                                    {"notes"}}};
inline constexpr std::array<Field, 30> vm_fields{{{"name"},
                                                  {"power"},
                                                  {"host"},
                                                  {"memory"},
                                                  {"dynamic_min"},
                                                  {"static_min"},
                                                  {"squeeze_to"},
                                                  {"vcpus"},
                                                  {"domain_type"},
                                                  {"shadow_multiplier"},
                                                  {"overhead"},
                                                  {"dirty_rate"},
                                                  {"working_set"},
                                                  {"dirty_pattern"},
                                                  {"cold_rate"},
                                                  {"dirty_classes"},
                                                  {"zero_pages"},
                                                  {"disk_writes"},
                                                  {"timing", copying_members},
                                                  {"chance", vm_chance_members},
                                                  {"pause_limit"},
                                                  {"networks"},
                                                  {"storages"},
                                                  {"disk"},
                                                  {"cd"},
                                                  {"cpu", vm_cpu_members},
                                                  {"vcpu_unrestricted"},
                                                  {"protect"},
                                                  {"when_pinned"},
                                                  {"notes"}}};
inline constexpr std::array<Field, 3> group_fields{{{"name"}, {"kind"}, {"vms"}}};

/// A section that overrides may reach: an object, or an array whose entries have names.
struct Section {
    std::string_view name;
    std::string_view thing;  // what an entry is called; empty: the section is an object
    FieldList fields;
};
inline constexpr std::array<Section, 9> sections{{{"pool", "", pool_fields},
                                                  {"policy", "", policy_fields},
                                                  {"timing", "", timing_fields},
                                                  {"chance", "", chance_fields},
                                                  {"networks", "network", network_fields},
                                                  {"storages", "storage", storage_fields},
                                                  {"hosts", "host", host_fields},
                                                  {"vms", "VM", vm_fields},
                                                  {"groups", "group", group_fields}}};
inline constexpr std::array<Field, 4> assumed_value_fields{
    {{"section"}, {"name"}, {"member"}, {"text"}}};
inline constexpr std::array<Field, 13> top_fields{{{"about"},
                                                   {"include"},
                                                   {"pool"},
                                                   {"policy"},
                                                   {"timing"},
                                                   {"chance"},
                                                   {"networks"},
                                                   {"storages"},
                                                   {"hosts"},
                                                   {"vms"},
                                                   {"groups"},
                                                   {"remarks"},
                                                   {"assumed"}}};

/// The words that a member takes, each with what it means.
template <class Value>
using Words = std::span<const std::pair<std::string_view, Value>>;

template <class Value, std::size_t count>
using WordTable = std::array<std::pair<std::string_view, Value>, count>;

inline constexpr WordTable<VersionRule, 3> version_rule_words{
    {{"platform", VersionRule::platform},
     {"three_keys", VersionRule::three_keys},
     {"platform_and_xapi", VersionRule::platform_and_xapi}}};
inline constexpr WordTable<OverheadEra, 2> overhead_era_words{
    {{"before_26_3", OverheadEra::before_26_3}, {"since_26_3", OverheadEra::since_26_3}}};
inline constexpr WordTable<StopRule, 3> stop_rule_words{
    {{"xen", StopRule::xen}, {"xenserver", StopRule::xenserver}, {"qemu", StopRule::qemu}}};
/// Whether a part of a VM's memory is written in order.
inline constexpr WordTable<bool, 2> dirty_pattern_words{{{"sweep", true}, {"random", false}}};
/// `targets`: whether VMs move to upgraded hosts only while versions are mixed.
inline constexpr WordTable<bool, 2> targets_words{{{"any", false}, {"upgraded-only", true}}};
inline constexpr WordTable<bool, 2> duplex_words{{{"full", true}, {"half", false}}};
inline constexpr WordTable<DomainType, 4> domain_type_words{{{"hvm", DomainType::hvm},
                                                             {"pv", DomainType::pv},
                                                             {"pvh", DomainType::pvh},
                                                             {"pv_in_pvh", DomainType::pv_in_pvh}}};
inline constexpr WordTable<Group::Kind, 2> group_kind_words{
    {{"apart", Group::Kind::apart}, {"together", Group::Kind::together}}};

/// What the text says of a VM; a paused one counts as running in the state.
enum class PowerWord { running, paused, suspended, halted };
inline constexpr WordTable<PowerWord, 4> power_words{{{"running", PowerWord::running},
                                                      {"paused", PowerWord::paused},
                                                      {"suspended", PowerWord::suspended},
                                                      {"halted", PowerWord::halted}}};
/// `when_pinned`; never Mobility::live.
inline constexpr WordTable<Mobility, 4> when_pinned_words{{{"refuse", Mobility::pinned},
                                                           {"suspend", Mobility::suspend},
                                                           {"restart", Mobility::restart},
                                                           {"storage", Mobility::storage}}};

/// The note that says that a VM is paused.
inline constexpr std::string_view paused_code = "VM_PAUSED";

/// Codes of the remarks that a reader makes.
inline constexpr std::string_view assumed_code = "ASSUMED";
inline constexpr std::string_view not_represented_code = "NOT_REPRESENTED";
inline constexpr std::string_view cannot_take_disks_code = "CANNOT_TAKE_DISKS_ALONG";
inline constexpr std::string_view cannot_suspend_code = "CANNOT_BE_SUSPENDED";

/// The names in a list of fields.
[[nodiscard]] inline std::vector<std::string_view> names_of(FieldList fields) {
    std::vector<std::string_view> names;
    for (const Field& field : fields) names.push_back(field.name);
    return names;
}

/// The field called `name`, or nullptr.
[[nodiscard]] inline const Field* find_field(FieldList fields, std::string_view name) {
    for (const Field& field : fields) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

/// The section called `name`, or nullptr.
[[nodiscard]] inline const Section* find_section(std::string_view name) {
    for (const Section& section : sections) {
        if (section.name == name) return &section;
    }
    return nullptr;
}

/// The word for a value, or the first one.
template <class Value>
[[nodiscard]] std::string_view word_of(Words<Value> words, Value value) {
    for (const auto& [word, meaning] : words) {
        if (meaning == value) return word;
    }
    return words.front().first;
}

}  // namespace vacate::codec
