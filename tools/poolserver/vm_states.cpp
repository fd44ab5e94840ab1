// Sets fields of VM, its metrics, its drives and interfaces.
#include "tools/poolserver/vm_states.hpp"

#include <algorithm>

#include "model/memory.hpp"
#include "tools/poolserver/reads.hpp"
#include "tools/poolserver/storage.hpp"

namespace vacate::poolserver {
namespace {

Value number(std::int64_t count) { return {count}; }

bool is_silent(const Vm& vm) {
    return std::ranges::find(vm.notes, "VM_LACKS_FEATURE", &Note::code) != vm.notes.end();
}

/// What an agent says of itself when it was not seen before.
std::vector<std::pair<std::string, Value>> plain_agent() {
    Struct other;
    for (const char* key : {"feature-suspend", "feature-shutdown", "feature-balloon"}) {
        other.push_back({key, text("1")});
    }
    return {{"PV_drivers_version", {Struct{{"major", text("9")}, {"minor", text("3")}}}},
            {"PV_drivers_up_to_date", {true}},
            {"PV_drivers_detected", {true}},
            {"other", {std::move(other)}},
            {"live", {true}},
            {"can_use_hotplug_vbd", text("yes")},
            {"can_use_hotplug_vif", text("yes")}};
}

}  // namespace

VmStates::VmStates(PoolService& service, Operations& operations, const Scenario& scenario)
    : service_(&service), operations_(&operations) {
    const Database& database = service.database();
    std::map<std::string, const Vm*, std::less<>> by_name;
    for (const Vm& vm : scenario.pool.vms) by_name.emplace(vm.name, &vm);
    for (const auto& [ref, object] : database.table("VM")) {
        last_domain_ = std::max(last_domain_, database.number_of(ref, "domid"));
        const auto found = by_name.find(database.text_of(ref, "name_label"));
        if (found == by_name.end()) continue;
        if (!is_silent(*found->second)) agents_.emplace(ref, plain_agent());
        const std::string& host = database.text_of(ref, "resident_on");
        const bool bound =
            !database.set_of(ref, "VGPUs").empty() || !database.set_of(ref, "VUSBs").empty();
        if (bound && host != null_ref) homes_.emplace(ref, host);
    }
}

std::string VmStates::home_of_devices(const std::string& vm) const {
    const auto found = homes_.find(vm);
    return found == homes_.end() ? std::string() : found->second;
}

void VmStates::run(const std::string& vm, const std::string& host, bool booted) {
    Database& database = service_->database();
    const std::string image = database.text_of(vm, "suspend_VDI");
    database.set(vm, "power_state", text("Running"));
    database.set(vm, "resident_on", text(host));
    reserve(vm, std::string(null_ref));
    database.set(vm, "domid", number(++last_domain_));
    database.set(vm, "suspend_VDI", text(null_ref));
    if (!booted) destroy_disk(database, image);
    const std::string metrics = database.text_of(vm, "metrics");
    database.set(metrics, "VCPUs_number", number(database.number_of(vm, "VCPUs_at_startup")));
    if (booted) note_boot(vm);
    set_memory_actual(vm, database.number_of(vm, "memory_dynamic_max"));
    attach(vm, true);
    greet_guest(vm);
    operations_->update(vm);
}

/// A guest sees the features that all hosts have, from its boot on.
void VmStates::note_boot(const std::string& vm) {
    Database& database = service_->database();
    const GuestMemory guest = guest_memory_of(database, vm);
    database.set(database.text_of(vm, "metrics"), "start_time", {service_->date()});
    const bool hvm = guest.domain == DomainType::hvm;
    const std::string& pool = service_->pool();
    const std::string features =
        database.entry_of(pool, "cpu_info", hvm ? "features_hvm" : "features_pv");
    if (features.empty()) return;
    database.set(vm, "last_boot_CPU_flags",
                 {Struct{{"vendor", text(database.entry_of(pool, "cpu_info", "vendor"))},
                         {"features", text(features)}}});
}

void VmStates::move(const std::string& vm, const std::string& host) {
    Database& database = service_->database();
    database.set(vm, "resident_on", text(host));
    reserve(vm, std::string(null_ref));
    database.set(vm, "domid", number(++last_domain_));
    operations_->update(vm);
}

void VmStates::pause(const std::string& vm) {
    service_->database().set(vm, "power_state", text("Paused"));
    operations_->update(vm);
}

void VmStates::unpause(const std::string& vm) {
    service_->database().set(vm, "power_state", text("Running"));
    operations_->update(vm);
}

void VmStates::reboot(const std::string& vm) {
    Database& database = service_->database();
    database.set(vm, "domid", number(++last_domain_));
    database.set(vm, "power_state", text("Running"));
    note_boot(vm);
    operations_->update(vm);
}

void VmStates::halt(const std::string& vm) {
    Database& database = service_->database();
    const std::string image = database.text_of(vm, "suspend_VDI");
    database.set(vm, "suspend_VDI", text(null_ref));
    destroy_disk(database, image);
    leave(vm, "Halted");
}

void VmStates::suspend(const std::string& vm, const std::string& image) {
    service_->database().set(vm, "suspend_VDI", text(image));
    leave(vm, "Suspended");
}

void VmStates::leave(const std::string& vm, std::string_view power_state) {
    Database& database = service_->database();
    remember_guest(vm);
    database.set(vm, "power_state", text(power_state));
    database.set(vm, "resident_on", text(null_ref));
    reserve(vm, std::string(null_ref));
    database.set(vm, "domid", number(-1));
    const std::string metrics = database.text_of(vm, "metrics");
    if (database.find("VM_metrics", metrics) != nullptr) {
        database.set(metrics, "memory_actual", number(0));
        database.set(metrics, "VCPUs_number", number(0));
    }
    attach(vm, false);
    operations_->update(vm);
}

void VmStates::reserve(const std::string& vm, const std::string& host) {
    service_->database().set(vm, "scheduled_to_be_resident_on", text(host));
}

void VmStates::set_memory_actual(const std::string& vm, std::int64_t bytes) {
    Database& database = service_->database();
    const std::string metrics = database.text_of(vm, "metrics");
    if (database.find("VM_metrics", metrics) == nullptr) return;
    database.set(metrics, "memory_actual", number(bytes));
}

void VmStates::attach(const std::string& vm, bool attached) {
    Database& database = service_->database();
    for (const std::string_view field : {"VBDs", "VIFs", "VGPUs", "VUSBs"}) {
        for (const std::string& device : database.set_of(vm, field)) {
            database.set(device, "currently_attached", {attached});
        }
    }
}

/// The agent's words go with the guest, and come back with it.
void VmStates::remember_guest(const std::string& vm) {
    Database& database = service_->database();
    const std::string metrics = database.text_of(vm, "guest_metrics");
    const Object* object = database.find("VM_guest_metrics", metrics);
    if (object == nullptr) return;
    const Class& of = database.schema()[object->class_index];
    Agent agent;
    for (std::size_t i = 0; i < of.fields.size(); ++i) {
        if (of.fields[i].name != "uuid") agent.emplace_back(of.fields[i].name, object->fields[i]);
    }
    agents_.insert_or_assign(vm, std::move(agent));
    database.set(vm, "guest_metrics", text(null_ref));
    database.destroy(metrics);
}

void VmStates::greet_guest(const std::string& vm) {
    Database& database = service_->database();
    const auto found = agents_.find(vm);
    const bool known = database.find("VM_guest_metrics", database.text_of(vm, "guest_metrics"));
    if (found == agents_.end() || known) return;
    Fields fields;
    for (const auto& [name, value] : found->second) fields.emplace_back(name, value);
    const std::string metrics =
        database.create("VM_guest_metrics", database.text_of(vm, "name_label"), fields);
    database.set(metrics, "last_updated", {service_->date()});
    database.set(vm, "guest_metrics", text(metrics));
}

}  // namespace vacate::poolserver
