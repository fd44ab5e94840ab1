// Checks as xapi orders them, the reservation under the lock, and what the records say at the end.
#include "tools/poolserver/migration_calls.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "tools/poolserver/storage.hpp"
#include "tools/poolserver/work.hpp"

namespace vacate::poolserver {
namespace {

constexpr std::size_t storage_motions_max = 3;  // of one host; xapi_vm_migrate.ml:137-147

/// One disk on its way to another storage.
struct DiskMove {
    std::string vbd;  // empty: the image of a suspended VM
    std::string vdi;
    std::string storage;
    std::string made;  // the disk at the target, once its space is taken
};

/// One migration from its checks to its end.
struct Journey {
    std::string vm;
    std::string from;
    std::string to;
    std::string_view operation;
    std::string task;
    std::string network;
    bool force = false;
    bool with_disks = false;
    std::vector<DiskMove> disks;
    std::vector<std::string> cds;  // drives that are emptied on the way
    std::string key;
    bool reserved = false;
};

bool is_restricted(const VmParts& parts, std::string_view restriction) {
    return parts.service.database().entry_of(parts.service.pool(), "restrictions", restriction) ==
           "true";
}

/// Why a host cannot be reached over a network; an empty or null one is the management's.
std::optional<Failure> lacks_interface(const Database& database, const std::string& host,
                                       const std::string& network) {
    if (network.empty() || network == null_ref) return std::nullopt;
    if (database.find("network", network) == nullptr) {
        return Failure{{"HANDLE_INVALID", "network", network}};
    }
    for (const std::string& pif : database.set_of(host, "PIFs")) {
        if (database.text_of(pif, "network") != network) continue;
        if (!database.flag_of(pif, "currently_attached")) {
            return Failure{{"REQUIRED_PIF_IS_UNPLUGGED", pif}};
        }
        if (database.text_of(pif, "IP").empty() && database.set_of(pif, "IPv6").empty()) {
            return Failure{{"INTERFACE_HAS_NO_IP", pif}};
        }
        return std::nullopt;
    }
    return Failure{{"PIF_NOT_PRESENT", host, network}};
}

// ---- the journey

/// Gives back what was taken for it; the VM stays where it was.
void turn_back(VmParts& parts, const Journey& journey) {
    Database& database = parts.service.database();
    if (!journey.reserved) return;
    parts.operations.end_on_host(journey.to, journey.key);
    parts.states.reserve(journey.vm, std::string(null_ref));
    for (const DiskMove& disk : journey.disks) destroy_disk(database, disk.made);
    parts.states.set_memory_actual(journey.vm,
                                   database.number_of(journey.vm, "memory_dynamic_max"));
}

void change_disks(Database& database, const Journey& journey) {
    for (const DiskMove& disk : journey.disks) {
        if (disk.vbd.empty()) {
            database.set(journey.vm, "suspend_VDI", text(disk.made));
        } else {
            database.set(disk.vbd, "VDI", text(disk.made));
        }
        destroy_disk(database, disk.vdi);
    }
}

Failure migrate_failed(const Journey& journey, const std::string& message) {
    return {{"VM_MIGRATE_FAILED", journey.vm, journey.from, journey.to, message}};
}

void finish(VmParts& parts, const Journey& journey, Migrations::Outcome outcome, const Done& done) {
    Database& database = parts.service.database();
    if (outcome == Migrations::Outcome::arrived) {
        parts.operations.end_on_host(journey.to, journey.key);
        change_disks(database, journey);
        parts.states.move(journey.vm, journey.to);
        parts.states.set_memory_actual(journey.vm,
                                       database.number_of(journey.vm, "memory_dynamic_max"));
        parts.operations.end(journey.key);
        done(journey.with_disks ? text(journey.vm) : Value{});
        return;
    }
    turn_back(parts, journey);
    parts.operations.end(journey.key);
    if (outcome == Migrations::Outcome::lost) parts.states.halt(journey.vm);
    done(tl::unexpected(migrate_failed(journey, "the connection to the destination broke off")));
}

/// The space at the target is taken before anything is copied.
std::optional<Failure> take_space(Database& database, Journey& journey) {
    std::map<std::string, Bytes> needed;
    for (const DiskMove& disk : journey.disks) {
        needed[disk.storage] += Bytes{database.number_of(disk.vdi, "virtual_size")};
    }
    for (const auto& [storage, size] : needed) {
        if (size > free_space(database, storage)) return no_space();
    }
    for (DiskMove& disk : journey.disks) {
        Fields fields;
        for (const std::string_view field : {"name_label", "type", "on_boot", "allow_caching"}) {
            fields.emplace_back(field, database.get(disk.vdi, field));
        }
        disk.made =
            create_disk(database, disk.storage, database.text_of(disk.vdi, "name_label"),
                        Bytes{database.number_of(disk.vdi, "virtual_size")}, std::move(fields));
    }
    return std::nullopt;
}

/// Under the lock: what the target must offer, then its memory is the VM's.
std::optional<Failure> reserve(VmParts& parts, Journey& journey) {
    Database& database = parts.service.database();
    Placement::Checks checks;
    checks.cpu = !journey.force;
    checks.storage = !journey.with_disks;
    if (auto refused = parts.placement.refuses(journey.vm, journey.to, checks)) return refused;
    if (auto refused = parts.operations.host_refuses(journey.to, "vm_migrate")) return refused;
    // From here on the source carries it out.
    const bool live = database.flag_of(database.text_of(journey.from, "metrics"), "live");
    if (!live) return Failure{{"HOST_OFFLINE", journey.from}};
    if (!journey.with_disks && is_restricted(parts, "restrict_xen_motion")) {
        return Failure{{"LICENCE_RESTRICTION", "Xen_motion"}};
    }
    if (auto refused = lacks_interface(database, journey.to, journey.network)) return refused;
    if (journey.with_disks &&
        parts.migrations.storage_motions_from(journey.from) >= storage_motions_max) {
        return Failure{{"TOO_MANY_STORAGE_MIGRATES", std::to_string(storage_motions_max)}};
    }
    if (auto refused = take_space(database, journey)) return refused;
    journey.reserved = true;
    parts.states.reserve(journey.vm, journey.to);
    parts.operations.begin_on_host(journey.to, "vm_migrate", journey.key);
    return std::nullopt;
}

void eject(Database& database, const std::string& vbd) {
    database.set(vbd, "VDI", text(null_ref));
    database.set(vbd, "empty", {true});
}

void depart(VmParts& parts, const std::shared_ptr<Journey>& journey, const Done& done) {
    Database& database = parts.service.database();
    Bytes disks;
    for (const DiskMove& disk : journey->disks) {
        disks += Bytes{database.number_of(disk.vdi, "virtual_size")};
    }
    for (const std::string& vbd : journey->cds) eject(database, vbd);
    parts.states.set_memory_actual(journey->vm,
                                   database.number_of(journey->vm, "memory_dynamic_min"));
    Migrations::Watch watch;
    watch.ended = [&parts, journey, done](Migrations::Outcome outcome) {
        finish(parts, *journey, outcome, done);
    };
    watch.progress = [&parts, journey](double share) {
        parts.service.tasks().set_progress(journey->task, share);
    };
    watch.past_return = [&parts, journey] { parts.operations.make_final(journey->key); };
    parts.migrations.begin({journey->vm, journey->from, journey->to, journey->with_disks, disks},
                           std::move(watch));
}

/// Requires: what comes before the lock was checked.
void travel(VmParts& parts, Journey wanted, const Done& done) {
    auto journey = std::make_shared<Journey>(std::move(wanted));
    journey->key = parts.operations.begin(journey->vm, journey->operation, journey->task,
                                          [&parts, journey, done](const Failure& why) {
                                              parts.migrations.cancel(journey->vm);
                                              turn_back(parts, *journey);
                                              done(tl::unexpected(why));
                                          });
    parts.lock.enter([&parts, journey, done, began_in = parts.restarts]() -> Duration {
        if (!parts.operations.is_under_way(journey->key)) return Duration{};
        std::optional<Failure> refused = forgotten(parts, began_in);
        if (!refused) refused = reserve(parts, *journey);
        if (refused) {
            parts.operations.end(journey->key);
            done(tl::unexpected(std::move(*refused)));
            return Duration{};
        }
        depart(parts, journey, done);
        return parts.migrations.timing().reservation;
    });
}

// ---- migrate_send

using TextMap = std::map<std::string, std::string, std::less<>>;

TextMap map_in(const Array& arguments, std::size_t index) {
    TextMap map;
    for (const Member& each : std::get<Struct>(arguments[index].of)) {
        map.emplace(each.name, std::get<std::string>(each.value.of));
    }
    return map;
}

/// Where each disk goes that the target does not see, or that the caller wants elsewhere; CDs
/// are ejected.
std::optional<Failure> find_disks(const VmParts& parts, Journey& journey, const TextMap& vdi_map) {
    const Database& database = parts.service.database();
    for (const std::string& vbd : database.set_of(journey.vm, "VBDs")) {
        const std::string& vdi = database.text_of(vbd, "VDI");
        if (database.find("VDI", vdi) == nullptr) continue;
        if (database.text_of(vbd, "type") == "CD") {
            journey.cds.push_back(vbd);
            continue;
        }
        const std::string& source = database.text_of(vdi, "SR");
        const auto mapped = vdi_map.find(vdi);
        const std::string& target = mapped == vdi_map.end() ? source : mapped->second;
        if (mapped == vdi_map.end() && !parts.placement.sees(journey.to, source)) {
            return Failure{{"VDI_NOT_IN_MAP", vdi}};
        }
        if (target == source && parts.placement.sees(journey.to, source)) continue;
        if (database.find("SR", target) == nullptr)
            return Failure{{"HANDLE_INVALID", "SR", target}};
        if (!parts.placement.sees(journey.to, target)) {
            return Failure{{"SR_NOT_ATTACHED", database.text_of(target, "uuid")}};
        }
        for (const std::string& storage : {source, target}) {
            const std::string& type = database.text_of(storage, "type");
            if (type != "iso" && type != "udev") continue;
            return Failure{{"SR_DOES_NOT_SUPPORT_MIGRATION", storage}};
        }
        if (database.flag_of(vdi, "cbt_enabled")) return Failure{{"VDI_CBT_ENABLED", vdi}};
        if (database.text_of(vdi, "on_boot") == "reset") {
            return Failure{{"VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION"}};
        }
        journey.disks.push_back({vbd, vdi, target, ""});
    }
    return std::nullopt;
}

/// What VM.assert_can_migrate and migrate_send are given.
tl::expected<Journey, Failure> read_journey(const VmParts& parts, const Array& arguments) {
    const Database& database = parts.service.database();
    Journey journey;
    journey.vm = text_in(arguments, 0);
    journey.operation = "migrate_send";
    journey.with_disks = true;
    journey.from = database.text_of(journey.vm, "resident_on");
    const TextMap destination = map_in(arguments, 1);
    const auto host = destination.find("host");
    if (host != destination.end()) journey.to = host->second;
    if (database.find("host", journey.to) == nullptr) {
        return failure({"HANDLE_INVALID", "host", journey.to});
    }
    journey.force = option_in(arguments, 5, "force") == "true";
    if (auto refused = parts.operations.refuses(journey.vm, journey.operation, !journey.force)) {
        return tl::unexpected(std::move(*refused));
    }
    const std::string& power = database.text_of(journey.vm, "power_state");
    if (option_in(arguments, 5, "copy") == "true" && power != "Halted") {
        return failure({"VM_BAD_POWER_STATE", journey.vm, "halted", lower_case(power)});
    }
    if (option_in(arguments, 5, "copy") == "true") {
        return failure({"NOT_IMPLEMENTED", "VM.migrate_send of a copy"});
    }
    if (is_restricted(parts, "restrict_storage_xen_motion")) {
        return failure({"LICENCE_RESTRICTION", "Storage_motion"});
    }
    if (journey.from != null_ref && !parts.placement.may_move(journey.from, journey.to)) {
        return failure({"NOT_SUPPORTED_DURING_UPGRADE"});
    }
    if (!std::get<Struct>(arguments[4].of).empty()) {
        return failure({"OPERATION_NOT_ALLOWED", "Interfaces keep their networks in a pool"});
    }
    if (auto refused = find_disks(parts, journey, map_in(arguments, 3))) {
        return tl::unexpected(std::move(*refused));
    }
    return journey;
}

/// A VM that does not run has only disks to move; its suspend image is one of them.
void add_image(const VmParts& parts, Journey& journey) {
    const Database& database = parts.service.database();
    const std::string& image = database.text_of(journey.vm, "suspend_VDI");
    if (journey.disks.empty() || database.find("VDI", image) == nullptr) return;
    const std::string& storage = database.text_of(image, "SR");
    if (!parts.placement.sees(journey.to, storage)) {
        journey.disks.push_back({"", image, journey.disks.front().storage, ""});
    }
}

/// Copies the disks of a VM that does not run, one after the other, as fast as images are
/// written.
void ship(VmParts& parts, Journey wanted, const Done& done) {
    Database& database = parts.service.database();
    if (!parts.service.is_alive(wanted.to)) return done(failure({"HOST_OFFLINE", wanted.to}));
    add_image(parts, wanted);
    if (auto refused = take_space(database, wanted)) return done(tl::unexpected(*refused));
    for (const std::string& vbd : wanted.cds) eject(database, vbd);
    const auto journey = std::make_shared<const Journey>(std::move(wanted));
    Bytes size;
    for (const DiskMove& disk : journey->disks) {
        size += Bytes{database.number_of(disk.vdi, "virtual_size")};
    }
    carry_out(parts, journey->task,
              {journey->vm, journey->operation,
               transfer_time(size, parts.migrations.timing().suspend_rate),
               [&database, journey] { change_disks(database, *journey); },
               [&database, journey] {
                   for (const DiskMove& disk : journey->disks) destroy_disk(database, disk.made);
               },
               text(journey->vm)},
              done);
}

void add_migrate_send(VmParts& parts) {
    parts.service.handle(
        "VM.assert_can_migrate", [&parts](const Caller&, const Array& arguments, const Done& done) {
            const auto journey = read_journey(parts, arguments);
            if (!journey) {
                done(tl::unexpected(journey.error()));
                return;
            }
            const Placement::Checks checks{!journey->force, false, true};
            if (auto refused = parts.placement.refuses(journey->vm, journey->to, checks)) {
                done(tl::unexpected(std::move(*refused)));
                return;
            }
            done(Value{});
        });
    parts.service.handle("VM.migrate_send", [&parts](const Caller& caller, const Array& arguments,
                                                     const Done& done) {
        auto journey = read_journey(parts, arguments);
        if (!journey) {
            done(tl::unexpected(journey.error()));
            return;
        }
        journey->task = caller.task;
        if (journey->from == null_ref) return ship(parts, std::move(*journey), done);
        if (!parts.migrations.knows(journey->vm)) {
            done(failure({"NOT_IMPLEMENTED", "VM.migrate_send of a VM made since the start"}));
            return;
        }
        travel(parts, std::move(*journey), done);
    });
    parts.service.handle(
        "host.migrate_receive",
        [&parts](const Caller& caller, const Array& arguments, const Done& done) {
            const Database& database = parts.service.database();
            const std::string& host = text_in(arguments, 0);
            if (auto refused = lacks_interface(database, host, text_in(arguments, 1))) {
                done(tl::unexpected(std::move(*refused)));
                return;
            }
            const std::string& address = database.text_of(host, "address");
            const std::string url = "https://" + address;
            done(Value{Struct{{"host", text(host)},
                              {"SM", text(url + "/services/SM")},
                              {"xenops", text(url + "/services/xenops")},
                              {"master", text("https://" + parts.service.coordinator_address())},
                              {"session_id", text(caller.session)}}});
        });
}

}  // namespace

void pool_migrate(VmParts& parts, const std::string& vm, const std::string& host,
                  const PoolMigrateOptions& options, const Done& done) {
    const Database& database = parts.service.database();
    std::optional<Failure> refused;
    if (!options.force) refused = parts.placement.lacks_cpu(vm, host);
    if (!refused) refused = parts.operations.refuses(vm, "pool_migrate", !options.force);
    Journey journey;
    journey.vm = vm;
    journey.from = database.text_of(vm, "resident_on");
    journey.to = host;
    journey.operation = "pool_migrate";
    journey.task = options.task;
    journey.network = options.network;
    journey.force = options.force;
    if (!refused && is_mixed(parts.service) && !parts.placement.may_move(journey.from, host)) {
        refused = Failure{{"NOT_SUPPORTED_DURING_UPGRADE"}};
    }
    if (!refused && !parts.migrations.knows(vm)) {
        refused = Failure{{"NOT_IMPLEMENTED", "VM.pool_migrate of a VM made since the start"}};
    }
    if (refused) {
        done(tl::unexpected(std::move(*refused)));
        return;
    }
    travel(parts, std::move(journey), done);
}

void add_migration_calls(VmParts& parts) {
    parts.service.handle("VM.pool_migrate", [&parts](const Caller& caller, const Array& arguments,
                                                     const Done& done) {
        const PoolMigrateOptions options{option_in(arguments, 2, "force") == "true",
                                         option_in(arguments, 2, "network"), caller.task};
        pool_migrate(parts, text_in(arguments, 0), text_in(arguments, 1), options, done);
    });
    add_migrate_send(parts);
}

}  // namespace vacate::poolserver
