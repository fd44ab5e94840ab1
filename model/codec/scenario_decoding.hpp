// What the parts of the scenario reader share: name tables, what waits to be judged, helpers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/object_reader.hpp"
#include "model/codec/problems.hpp"
#include "model/codec/scenario.hpp"
#include "model/codec/scenario_fields.hpp"

namespace vacate::codec {

/// The names of one array in byte order, and which entry got which id.
struct NameTable {
    std::string_view section;                // "hosts"
    std::string_view thing;                  // "host"
    std::vector<std::string_view> names;     // by id, in byte order
    std::vector<std::uint32_t> id_of_entry;  // by position in the text
    std::vector<std::uint32_t> entry_of_id;
    bool complete = true;  // false: a reference may be right although its name is not here

    /// The id of `name`. Costs: logarithmic.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
};

/// Where the text puts a VM.
struct Placement {
    PowerWord power = PowerWord::halted;
    Id<Host> host = Id<Host>::none();
};

/// What is known of a host beside the Host itself.
struct HostNote {
    bool live = true;
    bool enabled = true;
    bool has_memory = false;  // false: it was wrong, so nothing can be judged by it
    bool has_version = false;
    bool has_target = false;
};

/// The fields that are assumed when nobody gives them, in the order they are listed in.
enum class Assumed : std::size_t { host_link, host_upgrade_time, vm_dirty_rate, vm_working_set };
inline constexpr std::size_t assumed_fields = 4;

/// One scenario on its way from a document to values.
struct Decoding {
    Decoding(const Place& root, Problems& all_problems, const std::string& input)
        : document(root), problems(all_problems), source(input) {}

    Place document;
    Problems& problems;
    const std::string& source;

    NameTable networks{"networks", "network", {}, {}, {}};
    NameTable storages{"storages", "storage", {}, {}, {}};
    NameTable hosts{"hosts", "host", {}, {}, {}};
    NameTable vms{"vms", "VM", {}, {}, {}};
    NameTable groups{"groups", "group", {}, {}, {}};

    Scenario scenario;
    OverheadEra overhead_era = OverheadEra::since_26_3;
    std::optional<VersionRule> version_rule;
    std::optional<Version> pool_target;
    bool pool_target_given = false;
    bool ha_enabled = false;
    bool wlb_enabled = false;
    bool auto_power_on = false;
    std::vector<HostNote> host_notes;                                      // by host id
    std::vector<Placement> placements;                                     // by VM id
    std::array<std::vector<std::uint32_t>, assumed_fields> assumed;        // ids of hosts or VMs
    std::vector<std::pair<std::uint32_t, std::string>> cannot_take_disks;  // VM, why
    std::vector<std::pair<std::uint32_t, std::string>> cannot_suspend;     // VM, why

    /// Notes that `field` of the thing with this id was assumed.
    void assume(Assumed field, std::uint32_t id) {
        assumed[static_cast<std::size_t>(field)].push_back(id);
    }
};

/// Decodes the scenario at a place, which may be a part of a larger document. Requires: place.node.
/// Returns: nothing when `problems` has any, those from before included.
[[nodiscard]] std::optional<Scenario> decode_scenario(const Place& place, const std::string& source,
                                                      Problems& problems);

/// The steps of reading, in this order.
void decode_hosts(Decoding& decoding);
void decode_vms(Decoding& decoding);
void decode_groups(Decoding& decoding);
/// Judges what needs the whole pool: targets, versions, the memory of every host.
void judge_pool(Decoding& decoding);
/// Builds the state. Requires: no problem was found.
void settle_state(Decoding& decoding);

/// "host srv-3", safe for a terminal.
[[nodiscard]] std::string subject_of(const NameTable& table, std::uint32_t id);

/// Calls `decode_entry(place, id)` for every entry of a table's array, in the order of the text.
template <class DecodeEntry>
void for_each_entry(Decoding& decoding, const NameTable& table, DecodeEntry decode_entry) {
    const Place array = member_of(decoding.document, table.section);
    for (std::size_t i = 0; i < table.id_of_entry.size(); ++i) {
        Place entry = entry_of(array, i);
        const std::uint32_t id = table.id_of_entry[i];
        std::string subject;
        if (!table.names[id].empty()) subject = subject_of(table, id);
        entry.subject = subject;
        decode_entry(entry, id);
    }
}

/// The remedy for a name that is not in the table: a near one, or what there is.
[[nodiscard]] std::string remedy_for(std::string_view name, const NameTable& table,
                                     Problems& problems);

/// The id that `name` refers to; where there is none, a problem at `place`.
[[nodiscard]] std::optional<std::uint32_t> refer(const Place& place, std::string_view name,
                                                 const NameTable& table, Problems& problems);

/// The ids that an array of names refers to, in its order; nothing when it is absent.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> refer_to_all(const ObjectReader& object,
                                                                     std::string_view member,
                                                                     const NameTable& table);

/// The same as typed ids, sorted, each once; `fallback` when the array is absent.
template <class Of>
[[nodiscard]] std::vector<Id<Of>> sorted_ids(const ObjectReader& object, std::string_view member,
                                             const NameTable& table,
                                             std::vector<Id<Of>> fallback = {}) {
    const auto found = refer_to_all(object, member, table);
    if (!found) return fallback;
    std::vector<Id<Of>> ids;
    for (const std::uint32_t index : *found) ids.push_back(Id<Of>{index});
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

/// The version at `place`; nothing, and a problem, when it is none. Requires: place.node.
[[nodiscard]] std::optional<Version> read_version(const Place& place, Problems& problems);

/// The member `notes` of an object, sorted; an unknown code is a problem.
[[nodiscard]] std::vector<Note> read_notes(const ObjectReader& object, NoteSubject subject);

/// Feature words in hex, joined by dashes; nothing and a problem when the text is none.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> read_feature_words(
    const ObjectReader& object, std::string_view member);

/// "3.4.0", which parse_dotted() reads as the same numbers; "(unknown)" for none.
[[nodiscard]] std::string print_dotted(const Dotted& numbers);

}  // namespace vacate::codec
