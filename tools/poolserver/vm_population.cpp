// One VM after the other.
#include "tools/poolserver/vm_population.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "tools/poolserver/population_parts.hpp"

namespace vacate::poolserver {
namespace {

constexpr Bytes shared_disk = gibibytes(20);  // a scenario knows the size of local ones only

std::string_view domain_text(DomainType domain) {
    switch (domain) {
        case DomainType::pv:
            return "pv";
        case DomainType::pvh:
            return "pvh";
        case DomainType::pv_in_pvh:
            return "pv_in_pvh";
        case DomainType::hvm:
            break;
    }
    return "hvm";
}

class VmPopulator {
  public:
    VmPopulator(Database& database, const Scenario& scenario, DateTime started_at, OverheadEra era,
                Population& made)
        : database_(database),
          scenario_(scenario),
          pool_(scenario.pool),
          started_at_(started_at),
          era_(era),
          made_(made) {}

    void add_vm(Id<Vm> id) {
        const Vm& vm = pool_.vms[id];
        const VmState& state = scenario_.state.vms[id];
        const bool up = state.power == Power::running && !state.host.is_none();
        const std::string_view power = power_text(state, vm);
        Fields fields = memory_of(vm);
        const auto put = [&](std::string_view field, Value value) {
            fields.emplace_back(field, std::move(value));
        };
        put("name_label", text(vm.name));
        put("power_state", text(power));
        put("allowed_operations", vm_operations(power));
        put("domid", number(up ? static_cast<std::int64_t>(id.index) + 1 : -1));
        put("resident_on", text(up ? made_.hosts[state.host.index] : null_ref));
        if (!state.to.is_none()) {
            put("scheduled_to_be_resident_on", text(made_.hosts[state.to.index]));
        }
        put("domain_type", text(domain_text(vm.domain)));
        const bool boots_hvm = vm.domain == DomainType::hvm;
        put("HVM_boot_policy", text(boots_hvm ? "BIOS order" : ""));
        put("metrics", text(add_vm_metrics(vm, up)));
        put("guest_metrics", text(add_guest_metrics(vm, up)));
        put("platform", {platform_of(vm)});
        put("other_config", {other_config_of(vm)});
        if (vm.features) {
            put("last_boot_CPU_flags", {Struct{entry("vendor", vm.features->vendor),
                                               entry("features", feature_text(*vm.features))}});
        }
        put("ha_restart_priority", text(vm.protect ? "restart" : ""));
        put("ha_always_run", flag(vm.protect));
        put("pending_guidances", guidances_of(database_.schema(), vm.notes));
        if (const Note* note = find_note(vm.notes, "OPERATION_BLOCKED")) {
            put("blocked_operations", {Struct{entry("pool_migrate", note->detail)}});
        }
        made_.vms.push_back(database_.create("VM", vm.name, std::move(fields)));
        add_devices(id, up);
    }

  private:
    static std::string_view power_text(const VmState& state, const Vm& vm) {
        if (state.power == Power::halted) return "Halted";
        if (state.power == Power::suspended) return "Suspended";
        return has_note(vm.notes, "VM_PAUSED") ? "Paused" : "Running";
    }

    std::string add_vm_metrics(const Vm& vm, bool up) {
        const Note* immobile = find_note(vm.notes, "VM_IS_IMMOBILE");
        const bool nested = immobile != nullptr && immobile->detail == "nested virtualisation";
        return database_.create(
            "VM_metrics", vm.name,
            {{"memory_actual", number(up ? vm.ram.count : 0)},
             {"VCPUs_number", number(up ? vm.vcpus : 0)},
             {"hvm", flag(vm.domain == DomainType::hvm)},
             {"nested_virt", flag(nested)},
             {"nomigrate", flag(immobile != nullptr && !nested)},
             {"current_domain_type", text(domain_text(vm.domain))},
             {"start_time", {DateTime{up ? started_at_.seconds - uptime_seconds : 0}}}});
    }

    /// What the guest's agent tells; without drivers there is none that would.
    std::string add_guest_metrics(const Vm& vm, bool up) {
        const Note* cannot = find_note(vm.notes, "VM_NON_SUSPENDABLE");
        const bool silent = has_note(vm.notes, "VM_LACKS_FEATURE");
        if (!up || (silent && cannot == nullptr)) return std::string(null_ref);
        Struct other;
        if (!silent) {
            for (const std::string_view key :
                 {"feature-suspend", "feature-shutdown", "feature-balloon"}) {
                other.push_back(entry(key, "1"));
            }
        }
        if (cannot != nullptr) other.push_back(entry("data-cant-suspend-reason", cannot->detail));
        Struct version;
        if (!silent) version = {entry("major", "9"), entry("minor", "3")};
        return database_.create("VM_guest_metrics", vm.name,
                                {{"PV_drivers_version", {std::move(version)}},
                                 {"PV_drivers_up_to_date", flag(!silent)},
                                 {"PV_drivers_detected", flag(!silent)},
                                 {"other", {std::move(other)}},
                                 {"live", flag(true)},
                                 {"last_updated", {started_at_}},
                                 {"can_use_hotplug_vbd", text("yes")},
                                 {"can_use_hotplug_vif", text("yes")}});
    }

    Struct platform_of(const Vm& vm) const {
        Struct platform{entry("acpi", "1"), entry("apic", "true"), entry("pae", "true")};
        if (vm.vcpu_unrestricted) platform.push_back(entry("vcpu-unrestricted", "true"));
        if (const Note* note = find_note(vm.notes, "VCPU_TOPOLOGY")) {
            // "8 vCPUs, 3 cores per socket"
            const std::size_t comma = note->detail.find(", ");
            if (comma != std::string::npos) {
                const std::string rest = note->detail.substr(comma + 2);
                platform.push_back(entry("cores-per-socket", rest.substr(0, rest.find(' '))));
            }
        }
        return platform;
    }

    Struct other_config_of(const Vm& vm) const {
        Struct other{entry("mac_seed", database_.uuid_of("mac_seed " + vm.name))};
        if (has_note(vm.notes, "AUTO_POWERON")) other.push_back(entry("auto_poweron", "true"));
        if (const Note* note = find_note(vm.notes, "VM_HAS_PCI_ATTACHED")) {
            other.push_back(entry("pci", note->detail));
        }
        if (is_named(pool_.notes, "CONTAINER_MANAGEMENT", "VM " + vm.name)) {
            other.push_back(entry("xscontainer-monitor", "true"));
        }
        return other;
    }

    Fields memory_of(const Vm& vm) const {
        const GuestFigures figures = guest_figures(vm, era_);
        const std::int64_t dynamic = figures.guest.dynamic_min.count;
        return {{"memory_static_max", number(figures.guest.static_max.count)},
                {"memory_static_min", number(vm.static_min.count)},
                {"memory_dynamic_max", number(dynamic)},
                {"memory_dynamic_min", number(dynamic)},
                {"memory_target", number(dynamic)},
                {"memory_overhead", number(figures.overhead.count)},
                {"VCPUs_max", number(vm.vcpus)},
                {"VCPUs_at_startup", number(vm.vcpus)},
                {"HVM_shadow_multiplier",
                 {static_cast<double>(figures.guest.shadow_multiplier) / 1000}}};
    }

    void add_devices(Id<Vm> id, bool up) {
        const Vm& vm = pool_.vms[id];
        const std::string& ref = made_.vms[id.index];
        if (const Note* note = find_note(vm.notes, "VM_HAS_VGPU")) {
            database_.create("VGPU", vm.name,
                             {{"VM", text(ref)},
                              {"device", text("0")},
                              {"currently_attached", flag(up)},
                              {"other_config", {Struct{entry("kind", note->detail)}}}});
        }
        if (has_note(vm.notes, "VM_HAS_VUSBS")) {
            database_.create("VUSB", vm.name,
                             {{"VM", text(ref)}, {"currently_attached", flag(up)}});
        }
        for (std::size_t i = 0; i < vm.networks.size(); ++i) {
            const std::string name = vm.name + "/" + std::to_string(i);
            database_.create("VIF", name,
                             {{"VM", text(ref)},
                              {"network", text(made_.networks[vm.networks[i].index])},
                              {"device", text(std::to_string(i))},
                              {"MAC", text(mac_of(database_.uuid_of("MAC VIF " + name)))},
                              {"currently_attached", flag(up)}});
        }
        add_disks(id, up);
        add_cd_drive(id, up);
        if (scenario_.state.vms[id].power == Power::suspended) add_suspend_image(id);
    }

    /// One disk on each storage; the first local one holds all that is local.
    void add_disks(Id<Vm> id, bool up) {
        const Vm& vm = pool_.vms[id];
        std::int64_t local = vm.local_disk.count;
        for (std::size_t i = 0; i < vm.storages.size(); ++i) {
            const Storage& storage = pool_.storages[vm.storages[i]];
            const std::int64_t size = storage.shared ? shared_disk.count : std::exchange(local, 0);
            const std::vector<Note>& notes = vm.notes;
            const bool reset =
                std::ranges::find(notes, Note{"VDI_ON_BOOT_RESET", storage.name}) != notes.end();
            const std::string name = vm.name + "/disk " + std::to_string(i);
            const std::string vdi = database_.create(
                "VDI", name,
                {{"name_label", text(name)},
                 {"SR", text(made_.storages[vm.storages[i].index])},
                 {"virtual_size", number(size)},
                 {"physical_utilisation", number(size)},
                 {"on_boot", text(reset ? "reset" : "persist")},
                 {"allow_caching", flag(reset)},
                 {"cbt_enabled", flag(!storage.shared && has_note(notes, "VDI_CBT_ENABLED"))}});
            // Drive 3 is the CD, as XenCenter lays them out.
            const std::string device = std::to_string(i < 3 ? i : i + 1);
            database_.create("VBD", name,
                             {{"VM", text(made_.vms[id.index])},
                              {"VDI", text(vdi)},
                              {"userdevice", text(device)},
                              {"bootable", flag(i == 0)},
                              {"currently_attached", flag(up)}});
        }
    }

    /// The image in a storage of CDs that everyone uses.
    std::string cd_image(Id<Storage> id) {
        std::string& image = images_[id.index];
        if (image.empty()) {
            const Storage& storage = pool_.storages[id];
            const bool tools = database_.flag_of(made_.storages[id.index], "is_tools_sr");
            const std::string label = tools ? "guest-tools.iso" : "installer.iso";
            image = database_.create("VDI", storage.name + "/" + label,
                                     {{"name_label", text(label)},
                                      {"SR", text(made_.storages[id.index])},
                                      {"read_only", flag(true)},
                                      {"sharable", flag(true)},
                                      {"is_tools_iso", flag(tools)}});
        }
        return image;
    }

    void add_cd_drive(Id<Vm> id, bool up) {
        const Vm& vm = pool_.vms[id];
        const bool loaded = vm.cd.has_value() && !scenario_.state.vms[id].cd_ejected;
        database_.create("VBD", vm.name + "/cd",
                         {{"VM", text(made_.vms[id.index])},
                          {"VDI", text(loaded ? cd_image(*vm.cd) : std::string(null_ref))},
                          {"userdevice", text("3")},
                          {"type", text("CD")},
                          {"mode", text("RO")},
                          {"empty", flag(!loaded)},
                          {"currently_attached", flag(up)}});
    }

    void add_suspend_image(Id<Vm> id) {
        const Vm& vm = pool_.vms[id];
        const Note* note = find_note(vm.notes, "VM_SUSPENDED");
        std::optional<Id<Storage>> where;
        for (const Id<Storage> storage : pool_.storages.ids()) {
            if (note != nullptr && pool_.storages[storage].name == note->detail) where = storage;
        }
        if (!where && !vm.storages.empty()) where = vm.storages[0];
        if (!where) return;
        const std::string image = database_.create("VDI", vm.name + "/suspended",
                                                   {{"name_label", text("Suspend image")},
                                                    {"SR", text(made_.storages[where->index])},
                                                    {"virtual_size", number(vm.ram.count)},
                                                    {"type", text("suspend")}});
        database_.set(made_.vms[id.index], "suspend_VDI", text(image));
    }

    Database& database_;
    const Scenario& scenario_;
    const Pool& pool_;
    DateTime started_at_;
    OverheadEra era_;
    Population& made_;
    std::map<std::uint32_t, std::string> images_;  // by Id<Storage>
};

}  // namespace

void add_vms(Database& database, const Scenario& scenario, DateTime started_at, OverheadEra era,
             Population& made) {
    VmPopulator populator(database, scenario, started_at, era, made);
    for (const Id<Vm> vm : scenario.pool.vms.ids()) populator.add_vm(vm);
}

}  // namespace vacate::poolserver
