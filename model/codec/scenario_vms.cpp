// The VMs of a scenario and their groups.
#include "model/codec/amount.hpp"
#include "model/codec/chance_text.hpp"
#include "model/codec/copying_text.hpp"
#include "model/codec/scenario_decoding.hpp"
#include "model/codec/shown.hpp"

namespace vacate::codec {
namespace {

constexpr Bandwidth assumed_dirty_rate{mebibytes(4).count};
constexpr std::int64_t working_set_share = 10;  // a tenth of dynamic_min
constexpr std::int64_t most_vcpus = 65'536;
constexpr std::int64_t most_shadow = 1'000'000;  // thousandths: 1000.0

/// The overhead of `guest`: as given, or as xapi computes it.
Bytes read_overhead(const ObjectReader& reader, const GuestMemory& guest, OverheadEra era) {
    const Bytes overhead = reader.bytes("overhead").value_or(memory_overhead(guest, era));
    if (memory_charged(guest, overhead).count > limits::memory_bytes) {
        const Place place = reader.has("overhead") ? reader.at("overhead") : reader.at("memory");
        reader.problems().add(
            place, "with its overhead of " + print_exact(overhead) + " it needs more than 1 PiB",
            "check memory, vcpus, shadow_multiplier and overhead");
        return Bytes{};
    }
    return overhead;
}

GuestMemory read_guest(const ObjectReader& reader) {
    GuestMemory guest;
    if (!reader.has("memory")) reader.missing("memory", R"(add "memory": "4 GiB")");
    const std::optional<Bytes> memory = reader.bytes("memory");
    guest.static_max = memory.value_or(Bytes{});
    if (memory && memory->count == 0) {
        reader.problems().add(reader.at("memory"), "a VM without memory cannot be",
                              "write its static maximum");
    }
    const std::optional<Bytes> dynamic_min = reader.bytes("dynamic_min");
    guest.dynamic_min = dynamic_min.value_or(guest.static_max);
    if (memory && guest.dynamic_min > guest.static_max) {
        reader.problems().add(reader.at("dynamic_min"),
                              "dynamic_min " + print_exact(guest.dynamic_min) +
                                  " is more than memory " + print_exact(guest.static_max),
                              "dynamic_min is at most memory");
        guest.dynamic_min = guest.static_max;
    }
    guest.domain = reader.word("domain_type", domain_type_words).value_or(DomainType::hvm);
    guest.vcpus = reader.integer("vcpus", {1, 1, most_vcpus});
    guest.shadow_multiplier = reader.thousandths("shadow_multiplier").value_or(1000);
    if (guest.shadow_multiplier > most_shadow) {
        const Place place = reader.at("shadow_multiplier");
        reader.problems().add(place, shown(place.node->text) + " is more than 1000",
                              "write a ratio from 0 to 1000");
        guest.shadow_multiplier = 1000;
    }
    return guest;
}

/// The least that its dynamic_min may be; 0: not known.
Bytes read_static_min(const ObjectReader& reader, const GuestMemory& guest) {
    const Bytes least = reader.bytes("static_min").value_or(Bytes{});
    if (least <= guest.dynamic_min) return least;
    reader.problems().add(reader.at("static_min"),
                          "static_min " + print_exact(least) + " is more than dynamic_min " +
                              print_exact(guest.dynamic_min),
                          "static_min is at most dynamic_min");
    return Bytes{};
}

/// What the operator lets dynamic_min be while hosts are upgraded.
std::optional<Bytes> read_squeeze_to(const ObjectReader& reader, const GuestMemory& guest,
                                     Bytes static_min) {
    const std::optional<Bytes> wanted = reader.bytes("squeeze_to");
    if (!wanted) return std::nullopt;
    const Place place = reader.at("squeeze_to");
    const std::string amount = "squeeze_to " + print_exact(*wanted);
    if (guest.domain == DomainType::pvh || guest.domain == DomainType::pv_in_pvh) {
        const std::string type(word_of<DomainType>(domain_type_words, guest.domain));
        reader.problems().add(place,
                              amount + " gains nothing: wherever a " + type +
                                  " guest comes to, all of its memory must be free",
                              "leave squeeze_to out");
        return std::nullopt;
    }
    if (wanted->count == 0 || *wanted < static_min) {
        reader.problems().add(
            place, amount + " is less than static_min " + print_exact(static_min),
            wanted->count == 0 ? "write what the guest can run with" : "write at least static_min");
        return std::nullopt;
    }
    if (*wanted > guest.dynamic_min) {
        reader.problems().add(
            place, amount + " is more than dynamic_min " + print_exact(guest.dynamic_min),
            "write less than dynamic_min, or leave squeeze_to out");
        return std::nullopt;
    }
    return wanted;
}

void read_memory(Decoding& decoding, const ObjectReader& reader, std::uint32_t id, Vm& vm) {
    GuestMemory guest = read_guest(reader);
    const Bytes all = guest.dynamic_min;
    const Bytes overhead = read_overhead(reader, guest, decoding.overhead_era);
    vm.static_min = read_static_min(reader, guest);
    vm.squeeze_to = read_squeeze_to(reader, guest, vm.static_min);
    guest.dynamic_min = vm.squeeze_to.value_or(all);
    vm.squeeze = all - guest.dynamic_min;
    vm.memory = memory_charged(guest, overhead);
    vm.admission = std::max(vm.memory, memory_for_admission(guest, overhead));
    vm.ram = guest.dynamic_min;
    vm.domain = guest.domain;
    vm.vcpus = guest.vcpus;
    if (!reader.has("dirty_rate")) decoding.assume(Assumed::vm_dirty_rate, id);
    vm.dirty_rate = reader.bandwidth("dirty_rate").value_or(assumed_dirty_rate);
    if (!reader.has("working_set")) decoding.assume(Assumed::vm_working_set, id);
    const Bytes tenth{all.count / working_set_share};
    vm.working_set = std::min(all, reader.bytes("working_set").value_or(tenth));
}

std::int64_t read_zero_pages(const ObjectReader& reader) {
    const std::int64_t permille = reader.thousandths("zero_pages").value_or(0);
    if (permille >= 0 && permille <= 1000) return permille;
    const Place place = reader.at("zero_pages");
    reader.problems().add(place, shown(place.node->text) + " is no share of its memory",
                          "write a ratio from 0 to 1");
    return 0;
}

std::vector<DirtyClass> read_dirty_classes(const ObjectReader& reader) {
    const Place array = reader.at("dirty_classes");
    std::vector<DirtyClass> classes;
    if (array.node == nullptr) return classes;
    if (!array.node->is_array()) {
        refuse_kind(array, "an array", R"(write [{"rate": ..., "set": ...}])", reader.problems());
        return classes;
    }
    if (array.node->children.size() > limits::dirty_classes) {
        reader.problems().add(
            array, "there are " + std::to_string(array.node->children.size()) + " parts of memory",
            "describe at most " + std::to_string(limits::dirty_classes));
        return classes;
    }
    for (std::size_t i = 0; i < array.node->children.size(); ++i) {
        const Place place = entry_of(array, i);
        const ObjectReader entry(place, dirty_class_members, reader.problems());
        if (!entry.is_object()) continue;
        for (const std::string_view member : {"rate", "set"}) {
            if (!entry.has(member)) entry.missing(member);
        }
        classes.push_back({entry.bandwidth("rate").value_or(Bandwidth{}),
                           entry.bytes("set").value_or(Bytes{}),
                           entry.word("pattern", dirty_pattern_words).value_or(true)});
    }
    return classes;
}

void read_writes(const ObjectReader& reader, Vm& vm) {
    vm.sweeps = reader.word("dirty_pattern", dirty_pattern_words).value_or(true);
    vm.cold_rate = reader.bandwidth("cold_rate").value_or(Bandwidth{});
    vm.dirty_classes = read_dirty_classes(reader);
    vm.zero_permille = read_zero_pages(reader);
    vm.disk_writes = reader.bandwidth("disk_writes").value_or(Bandwidth{});
    vm.timing = read_host_or_vm_timing(reader);
}

Placement read_placement(Decoding& decoding, const ObjectReader& reader) {
    Placement placement;
    const Place host = reader.at("host");
    const std::optional<PowerWord> power = reader.word("power", power_words);
    const bool has_host = host.node != nullptr;
    placement.power = power.value_or(has_host ? PowerWord::running : PowerWord::halted);
    const bool runs = placement.power == PowerWord::running || placement.power == PowerWord::paused;
    const std::string word(word_of<PowerWord>(power_words, placement.power));
    if (has_host) {
        const std::optional<std::string_view> name = text_of(host, decoding.problems);
        const auto id = name ? refer(host, *name, decoding.hosts, decoding.problems)
                             : std::optional<std::uint32_t>();
        if (id && runs) placement.host = Id<Host>{*id};
        if (!runs && name) {
            decoding.problems.add(host, "it is " + word + ", but on host " + shown(*name),
                                  "leave the host out, or make it running");
        }
    } else if (runs) {
        decoding.problems.add(reader.at("power"), "it is " + word + ", but no host is given",
                              "say on which host, or make it halted");
    }
    return placement;
}

/// Why a VM cannot be live-migrated.
struct Immobility {
    bool by_storage = false;    // its disks are on storage of one host
    std::string otherwise;      // the codes of notes
    std::string unsuspendable;  // of those, what xapi does not suspend either
};

Immobility immobility_of(const Pool& pool, const Vm& vm) {
    Immobility reasons;
    reasons.by_storage = std::any_of(
        vm.storages.begin(), vm.storages.end(),
        [&pool](Id<Storage> id) { return pool.storages.holds(id) && !pool.storages[id].shared; });
    for (const Note& note : vm.notes) {
        const NoteKind* kind = find_note_kind(NoteSubject::vm, note.code);
        const bool immobile = note.code == paused_code || (kind != nullptr && kind->immobile);
        if (!immobile) continue;
        if (!reasons.otherwise.empty()) reasons.otherwise += ", ";
        reasons.otherwise += made_safe(note.code);
        if (kind != nullptr && kind->suspendable) continue;
        if (!reasons.unsuspendable.empty()) reasons.unsuspendable += ", ";
        reasons.unsuspendable += made_safe(note.code);
    }
    return reasons;
}

Mobility read_mobility(Decoding& decoding, const ObjectReader& reader, std::uint32_t id,
                       const Vm& vm) {
    const Mobility wanted =
        reader.word("when_pinned", when_pinned_words).value_or(Mobility::pinned);
    const Immobility reasons = immobility_of(decoding.scenario.pool, vm);
    if (!reasons.by_storage && reasons.otherwise.empty()) return Mobility::live;
    if (wanted == Mobility::suspend && !reasons.unsuspendable.empty()) {
        decoding.cannot_suspend.emplace_back(id, reasons.unsuspendable);
        return Mobility::pinned;
    }
    if (wanted != Mobility::storage || reasons.otherwise.empty()) return wanted;
    decoding.cannot_take_disks.emplace_back(id, reasons.otherwise);
    return Mobility::pinned;
}

void add_paused_note(Vm& vm) {
    const auto is_paused = [](const Note& note) { return note.code == paused_code; };
    if (std::any_of(vm.notes.begin(), vm.notes.end(), is_paused)) return;
    vm.notes.push_back({std::string(paused_code), ""});
    std::sort(vm.notes.begin(), vm.notes.end());
}

std::optional<CpuFeatures> read_cpu(const ObjectReader& reader) {
    const Place place = reader.at("cpu");
    if (place.node == nullptr) return std::nullopt;
    const ObjectReader cpu(place, vm_cpu_members, reader.problems());
    CpuFeatures features;
    features.vendor = cpu.required_text("vendor");
    if (!cpu.has("features")) cpu.missing("features");
    const auto words = read_feature_words(cpu, "features");
    if (!words) return std::nullopt;
    features.words = *words;
    return features;
}

void decode_vm(Decoding& decoding, const Place& place, std::uint32_t id) {
    const ObjectReader reader(place, vm_fields, decoding.problems);
    if (!reader.is_object()) return;
    Vm& vm = decoding.scenario.pool.vms[Id<Vm>{id}];
    vm.name = reader.required_name("name");
    decoding.placements[id] = read_placement(decoding, reader);
    read_memory(decoding, reader, id, vm);
    read_writes(reader, vm);
    read_vm_chance(decoding, reader, Id<Vm>{id});
    vm.pause_limit = reader.duration("pause_limit");
    vm.networks = sorted_ids<Network>(reader, "networks", decoding.networks);
    vm.storages = sorted_ids<Storage>(reader, "storages", decoding.storages);
    vm.local_disk = reader.bytes("disk").value_or(Bytes{});
    if (const Place cd = reader.at("cd"); cd.node != nullptr) {
        const std::optional<std::string_view> name = text_of(cd, decoding.problems);
        const auto storage = name ? refer(cd, *name, decoding.storages, decoding.problems)
                                  : std::optional<std::uint32_t>();
        if (storage) vm.cd = Id<Storage>{*storage};
    }
    vm.features = read_cpu(reader);
    vm.vcpu_unrestricted = reader.boolean("vcpu_unrestricted", false);
    vm.protect = reader.boolean("protect", false);
    vm.notes = read_notes(reader, NoteSubject::vm);
    if (decoding.placements[id].power == PowerWord::paused) add_paused_note(vm);
    vm.mobility = read_mobility(decoding, reader, id, vm);
}

void decode_group(Decoding& decoding, const Place& place, std::uint32_t id) {
    const ObjectReader reader(place, group_fields, decoding.problems);
    if (!reader.is_object()) return;
    Group& group = decoding.scenario.pool.groups[Id<Group>{id}];
    group.name = reader.required_name("name");
    if (!reader.has("kind")) reader.missing("kind", "write apart or together");
    group.kind = reader.word("kind", group_kind_words).value_or(Group::Kind::apart);
    const Place vms = reader.at("vms");
    if (vms.node == nullptr) return reader.missing("vms", "name two VMs or more");
    const auto members = refer_to_all(reader, "vms", decoding.vms);
    if (!members || !vms.node->is_array()) return;
    if (vms.node->children.size() < 2) {
        const std::string count = std::to_string(vms.node->children.size());
        decoding.problems.add(vms, "a group of " + count + " says nothing", "name two VMs or more");
    }
    for (const std::uint32_t member : *members) group.members.push_back(Id<Vm>{member});
    std::sort(group.members.begin(), group.members.end());
    for (std::size_t i = 1; i < group.members.size(); ++i) {
        if (group.members[i] != group.members[i - 1]) continue;
        const std::string_view name = decoding.vms.names[group.members[i].index];
        decoding.problems.add(vms, "VM " + shown(name) + " is in it twice", "name it once");
    }
}

}  // namespace

void decode_vms(Decoding& decoding) {
    const std::size_t count = decoding.vms.names.size();
    decoding.scenario.pool.vms = Table<Vm>(count);
    decoding.placements.resize(count);
    for_each_entry(decoding, decoding.vms, [&decoding](const Place& place, std::uint32_t id) {
        decode_vm(decoding, place, id);
    });
}

void decode_groups(Decoding& decoding) {
    Pool& pool = decoding.scenario.pool;
    pool.groups = Table<Group>(decoding.groups.names.size());
    for_each_entry(decoding, decoding.groups, [&decoding](const Place& place, std::uint32_t id) {
        decode_group(decoding, place, id);
    });
    pool.groups_of = Table<Vm, std::vector<Id<Group>>>(pool.vms.size());
    for (const Id<Group> group : pool.groups.ids()) {
        for (const Id<Vm> vm : pool.groups[group].members) pool.groups_of[vm].push_back(group);
    }
}

}  // namespace vacate::codec
