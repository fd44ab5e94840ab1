// Computes answers from records.
#include "tools/poolserver/reads.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vacate::poolserver {
namespace {

std::string text_at(const Array& arguments, std::size_t index) {
    return std::get<std::string>(arguments[index].of);
}

/// Registers a call that answers at once and cannot fail.
template <class Compute>
void add(PoolService& service, std::string_view method, Compute compute) {
    service.handle(method, [compute](const Caller& caller, const Array& arguments,
                                     const Done& done) { done(compute(caller, arguments)); });
}

/// Devices that no drive or interface of the VM has.
template <class Names>
Value free_devices(const Database& database, const std::vector<std::string>& taken_by,
                   std::string_view field, Names names) {
    Array free;
    for (const std::string& device : names()) {
        const bool taken = std::ranges::any_of(taken_by, [&](const std::string& each) {
            return database.text_of(each, field) == device;
        });
        if (!taken) free.push_back(text(device));
    }
    return {std::move(free)};
}

std::vector<std::string> numbers_below(std::size_t count) {
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
    return numbers;
}

void add_host_reads(PoolService& service) {
    // Hosts live by UTC, but the second call says no time zone.
    for (const bool local : {false, true}) {
        add(service, local ? "host.get_server_localtime" : "host.get_servertime",
            [&service, local](const Caller&, const Array&) {
                return Answer(Value{DateTime{service.date().seconds, local}});
            });
    }
    add(service, "host.compute_free_memory", [&service](const Caller&, const Array& arguments) {
        const Bytes free = host_free_memory(service.database(), text_at(arguments, 0));
        return Answer(Value{free.count});
    });
    add(service, "host.compute_memory_overhead", [&service](const Caller&, const Array& arguments) {
        return Answer(service.database().get(text_at(arguments, 0), "memory_overhead"));
    });
    add(service, "host.get_management_interface",
        [&service](const Caller&, const Array& arguments) {
            const Database& database = service.database();
            for (const std::string& pif : database.set_of(text_at(arguments, 0), "PIFs")) {
                if (database.flag_of(pif, "management")) return Answer(text(pif));
            }
            return Answer(text(null_ref));
        });
    add(service, "host.get_uncooperative_resident_VMs",
        [](const Caller&, const Array&) { return Answer(Value{Array{}}); });
    add(service, "host.get_sched_gran",
        [](const Caller&, const Array&) { return Answer(text("cpu")); });
    add(service, "host.list_methods", [&service](const Caller&, const Array&) {
        Array names;
        for (const Class& of : service.database().schema().classes()) {
            for (const Message& each : of.messages)
                names.push_back(text(of.name + "." + each.name));
        }
        return Answer(Value{std::move(names)});
    });
}

void add_vm_reads(PoolService& service) {
    add(service, "VM.compute_memory_overhead", [&service](const Caller&, const Array& arguments) {
        const Database& database = service.database();
        const std::string vm = text_at(arguments, 0);
        const Bytes computed = memory_overhead(guest_memory_of(database, vm), service.era());
        return Answer(Value{computed.count});
    });
    add(service, "VM.get_cooperative",
        [](const Caller&, const Array&) { return Answer(Value{true}); });
    add(service, "VM.get_allowed_VBD_devices", [&service](const Caller&, const Array& arguments) {
        const Database& database = service.database();
        const auto taken = database.set_of(text_at(arguments, 0), "VBDs");
        return Answer(
            free_devices(database, taken, "userdevice", [] { return numbers_below(255); }));
    });
    add(service, "VM.get_allowed_VIF_devices", [&service](const Caller&, const Array& arguments) {
        const Database& database = service.database();
        const auto taken = database.set_of(text_at(arguments, 0), "VIFs");
        return Answer(free_devices(database, taken, "device", [] { return numbers_below(7); }));
    });
}

void add_pool_reads(PoolService& service) {
    add(service, "pool.get_license_state", [](const Caller&, const Array&) {
        return Answer(Value{Struct{{"edition", text("free")}, {"expiry", text("never")}}});
    });
    // Everything is written at once here.
    add(service, "pool.sync_database", [](const Caller&, const Array&) { return Answer(Value{}); });
    add(service, "SR.get_supported_types", [](const Caller&, const Array&) {
        Array types;
        for (const std::string_view type :
             {"ext", "iso", "lvm", "lvmohba", "lvmoiscsi", "nfs", "smb", "udev"}) {
            types.push_back(text(type));
        }
        return Answer(Value{std::move(types)});
    });
}

void add_messages(PoolService& service) {
    add(service, "message.create", [&service](const Caller&, const Array& arguments) {
        Database& database = service.database();
        const std::string name = text_at(arguments, 0);
        return Answer(text(database.create("message", name,
                                           {{"name", arguments[0]},
                                            {"priority", arguments[1]},
                                            {"cls", arguments[2]},
                                            {"obj_uuid", arguments[3]},
                                            {"body", arguments[4]},
                                            {"timestamp", {service.date()}}})));
    });
    add(service, "message.destroy", [&service](const Caller&, const Array& arguments) {
        service.database().destroy(text_at(arguments, 0));
        return Answer(Value{});
    });
    add(service, "message.destroy_many", [&service](const Caller&, const Array& arguments) {
        for (const Value& each : std::get<Array>(arguments[0].of)) {
            const std::string ref = std::get<std::string>(each.of);
            if (service.database().find("message", ref) != nullptr) {
                service.database().destroy(ref);
            }
        }
        return Answer(Value{});
    });
    add(service, "message.get_since", [&service](const Caller&, const Array& arguments) {
        const Database& database = service.database();
        Struct found;
        for (const auto& [ref, message] : database.table("message")) {
            const auto& sent = std::get<DateTime>(database.get(ref, "timestamp").of);
            if (sent.seconds > std::get<DateTime>(arguments[0].of).seconds) {
                found.push_back({ref, *database.snapshot(message)});
            }
        }
        return Answer(Value{std::move(found)});
    });
}

}  // namespace

Bytes host_free_memory(const Database& database, const std::string& host) {
    const std::string& metrics = database.text_of(host, "metrics");
    Bytes free{database.number_of(metrics, "memory_total") -
               database.number_of(host, "memory_overhead")};
    for (const auto& [ref, vm] : database.table("VM")) {
        const bool here = database.text_of(ref, "resident_on") == host ||
                          database.text_of(ref, "scheduled_to_be_resident_on") == host;
        if (!here) continue;
        free -= Bytes{database.number_of(ref, "memory_dynamic_min") +
                      database.number_of(ref, "memory_overhead")};
    }
    return std::max(Bytes{0}, free);
}

GuestMemory guest_memory_of(const Database& database, const std::string& vm) {
    static constexpr std::pair<std::string_view, DomainType> domains[]{
        {"hvm", DomainType::hvm},
        {"pv", DomainType::pv},
        {"pvh", DomainType::pvh},
        {"pv_in_pvh", DomainType::pv_in_pvh}};
    const std::string& stated = database.text_of(vm, "domain_type");
    const auto* const known =
        std::ranges::find_if(domains, [&](const auto& each) { return each.first == stated; });
    const bool boots_hvm = !database.text_of(vm, "HVM_boot_policy").empty();
    GuestMemory guest;
    guest.domain = known != std::end(domains) ? known->second
                   : boots_hvm                ? DomainType::hvm
                                              : DomainType::pv;
    guest.static_max = Bytes{database.number_of(vm, "memory_static_max")};
    guest.dynamic_min = Bytes{database.number_of(vm, "memory_dynamic_min")};
    guest.vcpus = database.number_of(vm, "VCPUs_max");
    const double multiplier = std::get<double>(database.get(vm, "HVM_shadow_multiplier").of);
    guest.shadow_multiplier = std::llround(multiplier * 1000);
    return guest;
}

void add_reads(PoolService& service) {
    add_host_reads(service);
    add_vm_reads(service);
    add_pool_reads(service);
    add_messages(service);
}

}  // namespace vacate::poolserver
