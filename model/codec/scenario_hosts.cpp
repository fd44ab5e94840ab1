// The hosts of a scenario, and what VMs share with them: versions, notes, CPU features.
#include <charconv>

#include "model/codec/amount.hpp"
#include "model/codec/chance_text.hpp"
#include "model/codec/copying_text.hpp"
#include "model/codec/scenario_decoding.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

constexpr Bandwidth assumed_link = gigabits_per_second(1);
constexpr std::int64_t most_streams = 1'000'000;
constexpr Bandwidth default_send_budget = gigabits_per_second(21);
constexpr Duration assumed_upgrade_time = std::chrono::minutes(15);
constexpr std::int64_t most_cpus = 65'536;

constexpr std::array<std::string_view, 3> memory_parts{"memory_total", "memory_overhead",
                                                       "dom0_memory"};

/// Who gave a member counts: --set before the input, the input before defaults. 0: nobody.
int precedence(const ObjectReader& host, std::string_view member) {
    const Node* node = host.at(member).node;
    if (node == nullptr) return 0;
    if (node->source == Node::Source::set) return 3;
    return node->source == Node::Source::input ? 2 : 1;
}

/// Memory for VMs as the difference that XAPI makes.
std::optional<Bytes> memory_from_parts(const ObjectReader& host) {
    std::array<std::optional<Bytes>, 3> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!host.has(memory_parts[i])) host.missing(memory_parts[i]);
        parts[i] = host.bytes(memory_parts[i]);
    }
    if (!parts[0] || !parts[1] || !parts[2]) return std::nullopt;
    const Bytes taken = *parts[1] + *parts[2];
    if (taken > *parts[0]) {
        host.problems().add(host.at(memory_parts[0]),
                            "memory_overhead and dom0_memory take " + print_exact(taken) + " of " +
                                print_exact(*parts[0]),
                            "check the three amounts");
        return std::nullopt;
    }
    return host_memory_for_vms(*parts[0], *parts[1], *parts[2], Bytes{});
}

std::optional<Bytes> read_memory(const ObjectReader& host) {
    const int whole = precedence(host, "memory");
    int parts = 0;
    for (const std::string_view part : memory_parts) {
        parts = std::max(parts, precedence(host, part));
    }
    if (whole == 0 && parts == 0) {
        host.missing("memory", "give memory, or memory_total, memory_overhead and dom0_memory");
        return std::nullopt;
    }
    if (whole == parts) {
        host.problems().add(host.at("memory"), "memory is given as a whole and in parts",
                            "keep memory, or memory_total, memory_overhead and dom0_memory");
        return std::nullopt;
    }
    return whole > parts ? host.bytes("memory") : memory_from_parts(host);
}

void read_cpu(const ObjectReader& reader, Host& host) {
    const Place place = reader.at("cpu");
    if (place.node == nullptr) return;
    const ObjectReader cpu(place, host_cpu_members, reader.problems());
    const std::string vendor = cpu.required_text("vendor");
    if (!cpu.has("hvm") && !cpu.has("pv")) cpu.missing("hvm", "give hvm, pv or both");
    if (const auto words = read_feature_words(cpu, "hvm")) {
        host.hvm_features = CpuFeatures{vendor, *words};
    }
    if (const auto words = read_feature_words(cpu, "pv")) {
        host.pv_features = CpuFeatures{vendor, *words};
    }
}

void read_versions(Decoding& decoding, const ObjectReader& reader, Host& host, HostNote& note) {
    const Place version = reader.at("version");
    if (version.node == nullptr) reader.missing("version", R"(write {"platform": "3.4.0", ...})");
    if (version.node != nullptr) {
        const std::optional<Version> found = read_version(version, decoding.problems);
        note.has_version = found.has_value();
        host.version = found.value_or(Version{});
    }
    const Place target = reader.at("target");
    const std::optional<Version> found =
        target.node == nullptr ? decoding.pool_target : read_version(target, decoding.problems);
    note.has_target = found.has_value();
    host.target = found.value_or(Version{});
}

template <class Of>
std::vector<Id<Of>> all_ids(const Table<Of>& table) {
    std::vector<Id<Of>> ids;
    for (const Id<Of> id : table.ids()) ids.push_back(id);
    return ids;
}

std::vector<Id<Storage>> shared_ids(const Table<Storage>& storages) {
    std::vector<Id<Storage>> ids;
    for (const Id<Storage> id : storages.ids()) {
        if (storages[id].shared) ids.push_back(id);
    }
    return ids;
}

void decode_host(Decoding& decoding, const Place& place, std::uint32_t id) {
    const ObjectReader reader(place, host_fields, decoding.problems);
    const Pool& pool = decoding.scenario.pool;
    Host& host = decoding.scenario.pool.hosts[Id<Host>{id}];
    HostNote& note = decoding.host_notes[id];
    if (!reader.is_object()) return;

    host.name = reader.required_name("name");
    const std::optional<Bytes> memory = read_memory(reader);
    note.has_memory = memory.has_value();
    host.memory = memory.value_or(Bytes{});
    host.memory_after = reader.bytes("memory_after_upgrade").value_or(host.memory);
    if (!reader.has("link")) decoding.assume(Assumed::host_link, id);
    host.link = reader.speed("link", assumed_link);
    host.full_duplex = reader.word("duplex", duplex_words).value_or(true);
    host.send_budget = reader.speed("send_budget", default_send_budget);
    host.guest_traffic = reader.bandwidth("guest_traffic").value_or(Bandwidth{});
    host.streams_max = reader.integer("streams_max", {0, 0, most_streams});
    host.timing = read_host_or_vm_timing(reader);
    read_versions(decoding, reader, host, note);
    // Absent lists are worth a look at the whole table only then.
    host.networks = reader.has("networks")
                        ? sorted_ids<Network>(reader, "networks", decoding.networks)
                        : all_ids(pool.networks);
    host.storages = reader.has("storages")
                        ? sorted_ids<Storage>(reader, "storages", decoding.storages)
                        : shared_ids(pool.storages);
    read_cpu(reader, host);
    host.cpus = reader.integer("cpus", {0, 0, most_cpus});
    host.domain = reader.text("domain").value_or("");
    if (!reader.has("upgrade_time")) decoding.assume(Assumed::host_upgrade_time, id);
    host.upgrade_time = reader.duration("upgrade_time").value_or(assumed_upgrade_time);
    read_host_chance(decoding, reader, Id<Host>{id});
    note.live = reader.boolean("live", true);
    note.enabled = reader.boolean("enabled", true);
    host.notes = read_notes(reader, NoteSubject::host);
    // A host that runs its target will not change any more.
    if (!needs_upgrade(host)) host.memory_after = host.memory;
}

/// The next of the codes in "A, B, C", taken off the front.
std::string_view take_code(std::string_view& codes) {
    const std::size_t comma = codes.find(',');
    std::string_view code = codes.substr(0, comma);
    codes.remove_prefix(comma == std::string_view::npos ? codes.size() : comma + 1);
    while (!code.empty() && code.front() == ' ') code.remove_prefix(1);
    return code;
}

void refuse_code(const Place& place, NoteSubject subject, std::string_view code,
                 Problems& problems) {
    const std::string all = known_note_codes(subject);
    std::vector<std::string_view> known;
    for (std::string_view rest = all; !rest.empty();) known.push_back(take_code(rest));
    std::string remedy = problems.did_you_mean(code, known);
    if (remedy.empty()) remedy = "known here are " + all;
    problems.add(place, "there is no note " + shown(code) + " here", std::move(remedy));
}

std::optional<std::uint32_t> read_hex(std::string_view word) {
    if (word.empty() || word.size() > 8) return std::nullopt;
    std::uint32_t value = 0;
    const char* last = word.data() + word.size();
    const auto [stopped, problem] = std::from_chars(word.data(), last, value, 16);
    if (problem != std::errc{} || stopped != last) return std::nullopt;
    return value;
}

}  // namespace

void decode_hosts(Decoding& decoding) {
    const std::size_t count = decoding.hosts.names.size();
    decoding.scenario.pool.hosts = Table<Host>(count);
    decoding.host_notes.resize(count);
    for_each_entry(decoding, decoding.hosts, [&decoding](const Place& place, std::uint32_t id) {
        decode_host(decoding, place, id);
    });
}

std::optional<Version> read_version(const Place& place, Problems& problems) {
    const ObjectReader reader(place, version_members, problems);
    if (!reader.is_object()) return std::nullopt;
    Version version;
    version.label = reader.text("label").value_or("");
    bool is_known = false;
    const auto read_key = [&reader, &is_known](std::string_view key) {
        if (!reader.has(key)) return absent_dotted();
        is_known = true;
        return parse_dotted(reader.text(key).value_or(""));
    };
    version.platform = read_key("platform");
    version.manager = read_key("xapi");
    version.manager_build = read_key("xapi_build");
    version.hypervisor = read_key("xen");
    if (!is_known) {
        problems.add(place, "the version says nothing but a label",
                     "give at least one of platform, xapi, xapi_build and xen");
        return std::nullopt;
    }
    return version;
}

std::vector<Note> read_notes(const ObjectReader& object, NoteSubject subject) {
    std::vector<Note> notes;
    const Place array = object.at("notes");
    if (array.node == nullptr) return notes;
    if (!array.node->is_array()) {
        refuse_kind(array, "an array of notes", R"(write [{"code": "..."}])", object.problems());
        return notes;
    }
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        const Place place = entry_of(array, i);
        const ObjectReader reader(place, note_fields, object.problems());
        if (!reader.is_object()) continue;
        Note note;
        note.code = reader.required_name("code");
        note.detail = reader.text("detail", limits::attribute_bytes).value_or("");
        if (!note.code.empty() && find_note_kind(subject, note.code) == nullptr) {
            refuse_code(reader.at("code"), subject, note.code, object.problems());
        }
        notes.push_back(std::move(note));
    }
    std::sort(notes.begin(), notes.end());
    notes.erase(std::unique(notes.begin(), notes.end()), notes.end());
    return notes;
}

std::optional<std::vector<std::uint32_t>> read_feature_words(const ObjectReader& object,
                                                             std::string_view member) {
    const std::optional<std::string> text = object.text(member);
    if (!text) return std::nullopt;
    std::vector<std::uint32_t> words;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t dash = rest.find('-');
        const std::optional<std::uint32_t> word = read_hex(rest.substr(0, dash));
        const bool ends_in_dash = dash != std::string_view::npos && dash + 1 == rest.size();
        if (!word || ends_in_dash) {
            object.problems().add(object.at(member), shown(*text) + " is no list of hex words",
                                  R"(write words of 1 to 8 hex digits: "17cbfbff-f7fa3223")");
            return std::nullopt;
        }
        words.push_back(*word);
        rest.remove_prefix(dash == std::string_view::npos ? rest.size() : dash + 1);
    }
    return words;
}

std::string print_dotted(const Dotted& numbers) {
    if (numbers.empty()) return "(unknown)";
    std::string text;
    for (const std::int64_t number : numbers) {
        if (!text.empty()) text += '.';
        text += std::to_string(number);
    }
    return text;
}

}  // namespace vacate::codec
