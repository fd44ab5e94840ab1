// Changes VBD, PBD and the dynamic range of a VM.
#include "tools/poolserver/device_calls.hpp"

#include <algorithm>
#include <utility>

#include "tools/poolserver/reads.hpp"

namespace vacate::poolserver {
namespace {

constexpr Duration plug_time = std::chrono::seconds(1);  // no scenario says

// ---- CDs

/// A drive takes and gives CDs while its VM runs, is paused or halted.
std::optional<Failure> refuses_cd(const Database& database, const std::string& vbd, bool inserts) {
    if (database.text_of(vbd, "type") != "CD") {
        return Failure{{"VBD_NOT_REMOVABLE_MEDIA", vbd}};
    }
    const auto& current = std::get<Struct>(database.get(vbd, "current_operations").of);
    if (!current.empty()) {
        return Failure{{"OTHER_OPERATION_IN_PROGRESS", "VBD", vbd,
                        std::get<std::string>(current[0].value.of), current[0].name}};
    }
    const std::string& vm = database.text_of(vbd, "VM");
    if (database.text_of(vm, "power_state") == "Suspended") {
        return Failure{{"VM_BAD_POWER_STATE", vm, "halted, paused, running", "suspended"}};
    }
    const bool empty = database.flag_of(vbd, "empty");
    if (inserts && !empty) return Failure{{"VBD_NOT_EMPTY", vbd}};
    if (!inserts && empty) return Failure{{"VBD_IS_EMPTY", vbd}};
    return std::nullopt;
}

/// Puts `vdi` into the drive; a null reference empties it.
void change_cd(VmParts& parts, const Caller& caller, const std::string& vbd, const std::string& vdi,
               const Done& done) {
    Database& database = parts.service.database();
    const std::string vm = database.text_of(vbd, "VM");
    const std::string key = parts.operations.key_of(caller.task);
    const bool inserts = vdi != null_ref;
    database.put_entry(vbd, "current_operations", key, text(inserts ? "insert" : "eject"));
    parts.operations.update(vm);
    const bool attached = database.flag_of(vbd, "currently_attached");
    const Duration time = attached ? parts.migrations.timing().preparation : Duration{};
    parts.service.agenda().after(time, [&parts, &database, vm, vbd, vdi, inserts, key, done] {
        database.put_entry(vbd, "current_operations", key, std::nullopt);
        database.set(vbd, "VDI", text(vdi));
        database.set(vbd, "empty", {!inserts});
        parts.operations.update(vm);
        done(Value{});
    });
}

void add_cds(VmParts& parts) {
    parts.service.handle("VBD.eject",
                         [&parts](const Caller& caller, const Array& arguments, const Done& done) {
                             const std::string& vbd = text_in(arguments, 0);
                             if (auto refused = refuses_cd(parts.service.database(), vbd, false)) {
                                 done(tl::unexpected(std::move(*refused)));
                                 return;
                             }
                             change_cd(parts, caller, vbd, std::string(null_ref), done);
                         });
    parts.service.handle("VBD.insert",
                         [&parts](const Caller& caller, const Array& arguments, const Done& done) {
                             const Database& database = parts.service.database();
                             const std::string& vbd = text_in(arguments, 0);
                             const std::string& vdi = text_in(arguments, 1);
                             std::optional<Failure> refused = refuses_cd(database, vbd, true);
                             if (!refused && database.find("VDI", vdi) == nullptr) {
                                 refused = Failure{{"HANDLE_INVALID", "VDI", vdi}};
                             }
                             if (!refused) {
                                 const std::string& vm = database.text_of(vbd, "VM");
                                 const std::string& host = database.text_of(vm, "resident_on");
                                 const std::string& storage = database.text_of(vdi, "SR");
                                 if (host != null_ref && !parts.placement.sees(host, storage)) {
                                     refused = Failure{{"VM_REQUIRES_SR", vm, storage}};
                                 }
                             }
                             if (refused) {
                                 done(tl::unexpected(std::move(*refused)));
                                 return;
                             }
                             change_cd(parts, caller, vbd, vdi, done);
                         });
}

// ---- storage connections

/// A disk of a VM of that host that lies on that storage.
std::string disk_in_use(const Database& database, const std::string& host,
                        const std::string& storage) {
    for (const std::string& vm : database.set_of(host, "resident_VMs")) {
        for (const std::string& vbd : database.set_of(vm, "VBDs")) {
            const std::string& vdi = database.text_of(vbd, "VDI");
            if (database.find("VDI", vdi) == nullptr) continue;
            if (database.flag_of(vbd, "currently_attached") &&
                database.text_of(vdi, "SR") == storage) {
                return vdi;
            }
        }
    }
    return "";
}

void add_connections(VmParts& parts) {
    for (const bool plugs : {true, false}) {
        parts.service.handle(
            plugs ? "PBD.plug" : "PBD.unplug",
            [&parts, plugs](const Caller&, const Array& arguments, const Done& done) {
                Database& database = parts.service.database();
                const std::string pbd = text_in(arguments, 0);
                const std::string& host = database.text_of(pbd, "host");
                if (!database.flag_of(database.text_of(host, "metrics"), "live")) {
                    done(failure({"HOST_OFFLINE", host}));
                    return;
                }
                const std::string used = disk_in_use(database, host, database.text_of(pbd, "SR"));
                if (!plugs && !used.empty()) {
                    done(failure({"VDI_IN_USE", used, "detach"}));
                    return;
                }
                parts.service.agenda().after(plug_time, [&database, pbd, plugs, done] {
                    if (database.find("PBD", pbd) != nullptr) {
                        database.set(pbd, "currently_attached", {plugs});
                    }
                    done(Value{});
                });
            });
    }
}

// ---- memory

/// Source: xapi, message_forwarding.ml, the reservation for a change of the dynamic range; its
/// error counts in KiB, unlike all others.
std::optional<Failure> refuses_range(const VmParts& parts, const std::string& vm,
                                     std::int64_t least, std::int64_t most) {
    const Database& database = parts.service.database();
    if (auto refused = parts.operations.refuses(vm, "changing_dynamic_range")) return refused;
    const bool ordered = database.number_of(vm, "memory_static_min") <= least && least <= most &&
                         most <= database.number_of(vm, "memory_static_max");
    if (!ordered) {
        return Failure{{"MEMORY_CONSTRAINT_VIOLATION_ORDER"}};
    }
    const std::string& host = database.text_of(vm, "resident_on");
    if (host == null_ref) return std::nullopt;
    const std::int64_t more = least - database.number_of(vm, "memory_dynamic_min");
    const std::int64_t free = host_free_memory(database, host).count;
    if (more <= free) return std::nullopt;
    return Failure{
        {"HOST_NOT_ENOUGH_FREE_MEMORY", std::to_string(more / 1024), std::to_string(free / 1024)}};
}

void set_range(VmParts& parts, const std::string& vm, std::int64_t least, std::int64_t most,
               const Done& done) {
    Database& database = parts.service.database();
    if (auto refused = refuses_range(parts, vm, least, most)) {
        done(tl::unexpected(std::move(*refused)));
        return;
    }
    database.set(vm, "memory_dynamic_min", {least});
    database.set(vm, "memory_dynamic_max", {most});
    database.set(vm, "memory_target", {most});
    if (database.text_of(vm, "resident_on") != null_ref) parts.states.set_memory_actual(vm, most);
    done(Value{});
}

void add_memory(VmParts& parts) {
    parts.service.handle("VM.set_memory_dynamic_range",
                         [&parts](const Caller&, const Array& arguments, const Done& done) {
                             set_range(parts, text_in(arguments, 0),
                                       std::get<std::int64_t>(arguments[1].of),
                                       std::get<std::int64_t>(arguments[2].of), done);
                         });
    parts.service.handle(
        "VM.set_memory_dynamic_min",
        [&parts](const Caller&, const Array& arguments, const Done& done) {
            const std::string& vm = text_in(arguments, 0);
            const std::int64_t most = parts.service.database().number_of(vm, "memory_dynamic_max");
            set_range(parts, vm, std::get<std::int64_t>(arguments[1].of), most, done);
        });
    parts.service.handle(
        "VM.set_memory_dynamic_max",
        [&parts](const Caller&, const Array& arguments, const Done& done) {
            const std::string& vm = text_in(arguments, 0);
            const std::int64_t least = parts.service.database().number_of(vm, "memory_dynamic_min");
            set_range(parts, vm, least, std::get<std::int64_t>(arguments[1].of), done);
        });
}

}  // namespace

void add_device_calls(VmParts& parts) {
    add_cds(parts);
    add_connections(parts);
    add_memory(parts);
}

}  // namespace vacate::poolserver
