// Translates a scenario object by object; what it does not say gets one plain answer.
#include "tools/poolserver/population.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "model/check.hpp"
#include "tools/poolserver/date_time.hpp"
#include "tools/poolserver/storage.hpp"

namespace vacate::poolserver {
namespace {

constexpr std::int64_t uptime_seconds = 30 * 86'400;  // since when everything runs
constexpr Bytes shared_disk = gibibytes(20);          // of VMs: a scenario knows local ones only

std::string dotted_text(const Dotted& dotted) {
    std::string result;
    for (const std::int64_t part : dotted) {
        if (!result.empty()) result.push_back('.');
        result += std::to_string(part);
    }
    return result;
}

Member entry(std::string_view name, std::string_view words) {
    return {std::string(name), text(words)};
}

Value flag(bool on) { return {on}; }
Value number(std::int64_t count) { return {count}; }
Value texts(std::initializer_list<std::string_view> words) {
    Array array;
    for (const std::string_view each : words) array.push_back(text(each));
    return {std::move(array)};
}

const Note* find_note(const std::vector<Note>& notes, std::string_view code) {
    const auto found = std::ranges::find(notes, code, &Note::code);
    return found == notes.end() ? nullptr : &*found;
}
bool has_note(const std::vector<Note>& notes, std::string_view code) {
    return find_note(notes, code) != nullptr;
}

/// The parts of "a, b, c" that are update guidances.
Value guidances_of(const Schema& schema, const std::vector<Note>& notes) {
    const Note* note = find_note(notes, "PENDING_GUIDANCE");
    Array guidances;
    std::string_view rest = note == nullptr ? std::string_view() : note->detail;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(", "), rest.size());
        const std::string_view part = rest.substr(0, comma);
        const auto& known = *schema.enumerators("update_guidances");
        if (std::ranges::find(known, part) != known.end()) guidances.push_back(text(part));
        rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
    return {std::move(guidances)};
}

std::string feature_text(const CpuFeatures& cpu) {
    std::string result;
    for (const std::uint32_t word : cpu.words) {
        if (!result.empty()) result.push_back('-');
        for (int at = 28; at >= 0; at -= 4) result.push_back("0123456789abcdef"[(word >> at) & 15]);
    }
    return result;
}

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

std::string mac_of(std::string_view uuid) {
    std::string mac = "02";
    for (std::size_t i = 26; i + 1 < 36; i += 2) mac += ":" + std::string(uuid.substr(i, 2));
    return mac;
}

/// The words of a pool that no licence holds back, as xapi lists them.
Value restrictions_of(const std::vector<Note>& notes) {
    static constexpr std::pair<std::string_view, std::string_view> keys[]{
        {"restrict_pooling", ""},
        {"restrict_wlb", ""},
        {"restrict_rbac", ""},
        {"restrict_dmc", ""},
        {"restrict_checkpoint", ""},
        {"restrict_storage_xen_motion", "LICENCE_NO_STORAGE_MOTION"},
        {"restrict_xen_motion", "LICENCE_NO_MOTION"},
        {"restrict_rpu", "LICENCE_NO_RPU"}};
    Struct restrictions;
    for (const auto& [key, code] : keys) {
        restrictions.push_back(entry(key, has_note(notes, code) ? "true" : "false"));
    }
    return {std::move(restrictions)};
}

/// Builds the objects of one scenario.
class Populator {
  public:
    Populator(Database& database, const Scenario& scenario, DateTime started_at)
        : database_(database),
          scenario_(scenario),
          pool_(scenario.pool),
          started_at_(started_at),
          era_(era_of(scenario)) {}

    Population run(const Addresses& addresses) {
        for (const Network& network : pool_.networks) add_network(network);
        for (const Id<Host> host : pool_.hosts.ids()) add_host(host, addresses);
        for (const Id<Storage> storage : pool_.storages.ids()) add_storage(storage);
        for (const Id<Vm> vm : pool_.vms.ids()) add_vm(vm);
        if (scenario_.state.ha.on) add_state_file();
        for (const Id<Storage> storage : pool_.storages.ids()) settle_storage(storage);
        add_groups();
        add_pool();
        return std::move(made_);
    }

  private:
    void add_network(const Network& network) {
        const std::string bridge = "xenbr" + std::to_string(made_.networks.size());
        made_.networks.push_back(
            database_.create("network", network.name,
                             {{"name_label", text(network.name)}, {"bridge", text(bridge)}}));
    }

    Struct cpu_info(const Host& host) const {
        Struct info;
        if (host.cpus > 0) {
            info.push_back(entry("cpu_count", std::to_string(host.cpus)));
            info.push_back(entry("socket_count", host.cpus > 1 ? "2" : "1"));
        }
        const auto& cpu = host.hvm_features ? host.hvm_features : host.pv_features;
        if (cpu) info.push_back(entry("vendor", cpu->vendor));
        if (host.hvm_features) {
            info.push_back(entry("features_hvm", feature_text(*host.hvm_features)));
        }
        if (host.pv_features) {
            info.push_back(entry("features_pv", feature_text(*host.pv_features)));
        }
        return info;
    }

    void add_host(Id<Host> id, const Addresses& addresses) {
        const Host& host = pool_.hosts[id];
        const HostState& state = scenario_.state.hosts[id];
        const bool live = state.phase != HostPhase::lost && state.phase != HostPhase::down;
        const HostFigures figures = host_figures(capacity_in(pool_, scenario_.state, id), era_);
        const std::string metrics = database_.create("host_metrics", host.name,
                                                     {{"memory_total", number(figures.total.count)},
                                                      {"live", flag(live)},
                                                      {"last_updated", {started_at_}}});
        const bool enabled = state.phase == HostPhase::enabled;
        const std::string since = std::to_string(started_at_.seconds - uptime_seconds) + ".";
        const std::string ref = database_.create(
            "host", host.name,
            {{"name_label", text(host.name)},
             {"hostname", text(host.name)},
             {"address", text(address_of(id, addresses))},
             {"enabled", flag(enabled)},
             {"metrics", text(metrics)},
             {"memory_overhead", number(figures.overhead.count)},
             {"software_version",
              {software_version(version_in(pool_, scenario_.state, id), host.name)}},
             {"cpu_info", {cpu_info(host)}},
             {"API_version_major", number(2)},
             {"API_version_minor", number(20)},
             {"API_version_vendor", text("XenSource")},
             {"capabilities", texts({"xen-3.0-x86_64", "hvm-3.0-x86_32", "hvm-3.0-x86_64"})},
             {"supported_bootloaders", texts({"pygrub", "eliloader"})},
             {"virtual_hardware_platform_versions", {Array{number(0), number(1), number(2)}}},
             {"allowed_operations", host_operations(enabled)},
             {"other_config",
              {Struct{entry("boot_time", since), entry("agent_start_time", since)}}},
             {"power_on_mode", text(has_note(host.notes, "POWER_ON_ILO") ? "iLO" : "")},
             {"ssl_legacy", flag(is_named("LEGACY_SSL", "host " + host.name))},
             {"pending_guidances", guidances_of(database_.schema(), host.notes)}});
        made_.hosts.push_back(ref);
        made_.host_metrics.push_back(metrics);
        add_dom0(host, ref, figures);
        add_cpus(host, ref);
        add_pifs(id, ref);
    }

    /// True when a note of the pool lists that name.
    bool is_named(std::string_view code, const std::string& name) const {
        const Note* note = find_note(pool_.notes, code);
        return note != nullptr &&
               (", " + note->detail + ",").find(", " + name + ",") != std::string::npos;
    }

    std::string address_of(Id<Host> id, const Addresses& addresses) const {
        if (id.index < addresses.of_hosts.size()) return addresses.of_hosts[id.index];
        return "10.0." + std::to_string(id.index / 250) + "." + std::to_string(id.index % 250 + 1);
    }

    void add_dom0(const Host& host, const std::string& ref, const HostFigures& figures) {
        const std::int64_t memory = figures.dom0.dynamic_min.count;
        const std::string metrics =
            database_.create("VM_metrics", "dom0 " + host.name,
                             {{"memory_actual", number(memory)},
                              {"VCPUs_number", number(figures.dom0.vcpus)},
                              {"current_domain_type", text("pv")},
                              {"start_time", {DateTime{started_at_.seconds - uptime_seconds}}}});
        const std::string label = "Control domain on host: " + host.name;
        made_.dom0s.push_back(
            database_.create("VM", label,
                             {{"name_label", text(label)},
                              {"is_control_domain", flag(true)},
                              {"power_state", text("Running")},
                              {"domid", number(0)},
                              {"resident_on", text(ref)},
                              {"affinity", text(ref)},
                              {"domain_type", text("pv")},
                              {"metrics", text(metrics)},
                              {"VCPUs_max", number(figures.dom0.vcpus)},
                              {"VCPUs_at_startup", number(figures.dom0.vcpus)},
                              {"memory_static_max", number(memory)},
                              {"memory_dynamic_max", number(memory)},
                              {"memory_dynamic_min", number(memory)},
                              {"memory_target", number(memory)},
                              {"memory_overhead", number(figures.dom0_overhead.count)}}));
        database_.set(ref, "control_domain", text(made_.dom0s.back()));
    }

    void add_cpus(const Host& host, const std::string& ref) {
        for (std::int64_t i = 0; i < host.cpus; ++i) {
            const auto& cpu = host.hvm_features ? host.hvm_features : host.pv_features;
            database_.create("host_cpu", host.name + "/" + std::to_string(i),
                             {{"host", text(ref)},
                              {"number", number(i)},
                              {"vendor", text(cpu ? cpu->vendor : "")},
                              {"features", text(cpu ? feature_text(*cpu) : "")}});
        }
    }

    /// One PIF for each network of the host; the first carries management and migrations. A host
    /// without networks has one for these, which no VM uses.
    void add_pifs(Id<Host> id, const std::string& ref) {
        const Host& host = pool_.hosts[id];
        for (std::size_t i = 0; i < host.networks.size(); ++i) {
            add_pif(host, ref, i, made_.networks[host.networks[i].index]);
        }
        if (!host.networks.empty()) return;
        if (management_.empty()) {
            management_ = database_.create(
                "network", "management",
                {{"name_label", text("management")}, {"bridge", text("xenbr-management")}});
        }
        add_pif(host, ref, 0, management_);
    }

    void add_pif(const Host& host, const std::string& ref, std::size_t at,
                 const std::string& network) {
        const std::string device = "eth" + std::to_string(at);
        const std::string name = host.name + "/" + device;
        const bool first = at == 0;
        const std::int64_t speed = host.link.count / megabits_per_second(1).count;
        const std::string metrics = database_.create("PIF_metrics", name,
                                                     {{"carrier", flag(true)},
                                                      {"speed", number(speed)},
                                                      {"duplex", flag(host.full_duplex)},
                                                      {"device_name", text("Ethernet")},
                                                      {"last_updated", {started_at_}}});
        database_.create("PIF", name,
                         {{"host", text(ref)},
                          {"network", text(network)},
                          {"device", text(device)},
                          {"MAC", text(mac_of(database_.uuid_of("MAC " + name)))},
                          {"metrics", text(metrics)},
                          {"physical", flag(true)},
                          {"currently_attached", flag(true)},
                          {"management", flag(first)},
                          {"ip_configuration_mode", text(first ? "Static" : "None")},
                          {"IP", text(first ? database_.text_of(ref, "address") : "")},
                          {"netmask", text(first ? "255.0.0.0" : "")}});
    }

    void add_storage(Id<Storage> id) {
        const Storage& storage = pool_.storages[id];
        const bool tools = std::ranges::any_of(
            pool_.vms, [&](const Vm& vm) { return vm.cd == id && has_note(vm.notes, "TOOLS_CD"); });
        const bool removable = storage.type == "iso" || storage.type == "udev" || tools;
        const std::string ref =
            database_.create("SR", storage.name,
                             {{"name_label", text(storage.name)},
                              {"type", text(storage.type)},
                              {"content_type", text(removable ? "iso" : "user")},
                              {"shared", flag(storage.shared)},
                              {"is_tools_sr", flag(tools)}});
        made_.storages.push_back(ref);
        for (const Id<Host> host : pool_.hosts.ids()) {
            const bool attached = sees(pool_.hosts[host], id);
            const std::vector<Note>& notes = pool_.hosts[host].notes;
            const bool unplugged =
                std::ranges::find(notes, Note{"PBD_UNPLUGGED", storage.name}) != notes.end();
            if (!attached && !unplugged) continue;
            database_.create("PBD", storage.name + "@" + pool_.hosts[host].name,
                             {{"host", text(made_.hosts[host.index])},
                              {"SR", text(ref)},
                              {"currently_attached", flag(attached)}});
            if (!storage.shared && !removable) keep_images(made_.hosts[host.index], ref);
        }
    }

    /// A host's own storage takes what an installation puts there.
    void keep_images(const std::string& host, const std::string& storage) {
        if (database_.text_of(host, "suspend_image_sr") != null_ref) return;
        database_.set(host, "suspend_image_sr", text(storage));
        database_.set(host, "crash_dump_sr", text(storage));
    }

    /// Sizes, once all disks are known: what is not used is free.
    void settle_storage(Id<Storage> id) {
        const std::string& ref = made_.storages[id.index];
        std::int64_t used = 0;
        for (const std::string& vdi : database_.set_of(ref, "VDIs")) {
            used += database_.number_of(vdi, "virtual_size");
        }
        database_.set(ref, "virtual_allocation", number(used));
        database_.set(ref, "physical_utilisation", number(used));
        database_.set(ref, "physical_size", number(used + pool_.storages[id].free.count));
    }

    // VMs.

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
        if (is_named("CONTAINER_MANAGEMENT", "VM " + vm.name)) {
            other.push_back(entry("xscontainer-monitor", "true"));
        }
        return other;
    }

    Fields memory_of(const Vm& vm) const {
        const GuestFigures figures = guest_figures(vm, era_);
        const std::int64_t dynamic = figures.guest.dynamic_min.count;
        return {{"memory_static_max", number(figures.guest.static_max.count)},
                {"memory_dynamic_max", number(dynamic)},
                {"memory_dynamic_min", number(dynamic)},
                {"memory_target", number(dynamic)},
                {"memory_overhead", number(figures.overhead.count)},
                {"VCPUs_max", number(vm.vcpus)},
                {"VCPUs_at_startup", number(vm.vcpus)},
                {"HVM_shadow_multiplier",
                 {static_cast<double>(figures.guest.shadow_multiplier) / 1000}}};
    }

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

    void add_groups() {
        if (!database_.schema().find("VM_group")) return;
        for (const Group& group : pool_.groups) {
            const bool apart = group.kind == Group::Kind::apart;
            const std::string ref =
                database_.create("VM_group", group.name,
                                 {{"name_label", text(group.name)},
                                  {"placement", text(apart ? "anti_affinity" : "normal")}});
            for (const Id<Vm> member : group.members) {
                Array groups = std::get<Array>(database_.get(made_.vms[member.index], "groups").of);
                groups.push_back(text(ref));
                database_.set(made_.vms[member.index], "groups", {std::move(groups)});
            }
        }
    }

    /// On the first storage that all hosts share; a pool without one has HA by some other means.
    void add_state_file() {
        for (const Id<Storage> id : pool_.storages.ids()) {
            const Storage& storage = pool_.storages[id];
            if (!storage.shared || storage.type == "iso" || storage.type == "udev") continue;
            const bool everywhere = std::ranges::all_of(
                pool_.hosts, [&](const Host& host) { return sees(host, id); });
            if (!everywhere) continue;
            state_files_.push_back(text(create_state_file(database_, made_.storages[id.index])));
            return;
        }
    }

    /// What every host's CPU offers: what VMs see.
    Struct pool_cpu_info() const {
        Struct info = cpu_info(pool_.hosts[pool_.coordinator]);
        for (const bool hvm : {true, false}) {
            std::optional<CpuFeatures> common;
            for (const Host& host : pool_.hosts) {
                const auto& offered = hvm ? host.hvm_features : host.pv_features;
                if (!offered) continue;
                if (!common) common = offered;
                const std::size_t size = std::min(common->words.size(), offered->words.size());
                common->words.resize(size);
                for (std::size_t i = 0; i < size; ++i) common->words[i] &= offered->words[i];
            }
            const auto found =
                std::ranges::find(info, hvm ? "features_hvm" : "features_pv", &Member::name);
            if (common && found != info.end()) found->value = text(feature_text(*common));
        }
        return info;
    }

    void add_pool() {
        const PoolState& state = scenario_.state;
        Struct other{entry("memory-ratio-hvm", "0.25"), entry("memory-ratio-pv", "0.25")};
        if (state.auto_power_on.on) other.push_back(entry("auto_poweron", "true"));
        if (is_mixed(pool_, state) || has_note(pool_.notes, "ROLLING_UPGRADE_IN_PROGRESS")) {
            other.push_back(entry("rolling_upgrade_in_progress", "true"));
        }
        const Note* controller = find_note(pool_.notes, "VSWITCH_CONTROLLER");
        Struct health;
        if (has_note(pool_.notes, "HEALTH_CHECK")) health.push_back(entry("Enrollment", "true"));
        Fields fields{{"name_label", text(pool_.name)},
                      {"master", text(made_.hosts[pool_.coordinator.index])},
                      {"other_config", {std::move(other)}},
                      {"ha_enabled", flag(state.ha.on)},
                      {"ha_statefiles", {state_files_}},
                      {"ha_host_failures_to_tolerate", number(pool_.policy.spare_hosts)},
                      {"ha_plan_exists_for", number(state.ha.on ? pool_.policy.spare_hosts : 0)},
                      {"wlb_enabled", flag(state.wlb.on)},
                      {"wlb_url", text(state.wlb.on ? "wlb.example:8012" : "")},
                      {"vswitch_controller", text(controller ? controller->detail : "")},
                      {"health_check_config", {std::move(health)}},
                      {"is_psr_pending", flag(has_note(pool_.notes, "PSR_PENDING"))},
                      {"restrictions", restrictions_of(pool_.notes)},
                      {"cpu_info", {pool_cpu_info()}}};
        for (const Id<Storage> storage : pool_.storages.ids()) {
            const Storage& each = pool_.storages[storage];
            if (!each.shared || each.type == "iso" || each.type == "udev") continue;
            for (const std::string_view field : {"default_SR", "suspend_image_SR"}) {
                fields.emplace_back(field, text(made_.storages[storage.index]));
            }
            break;
        }
        made_.pool = database_.create("pool", pool_.name, std::move(fields));
    }

    Database& database_;
    const Scenario& scenario_;
    const Pool& pool_;
    DateTime started_at_;
    OverheadEra era_;
    Population made_;
    std::map<std::uint32_t, std::string> images_;  // by Id<Storage>
    std::string management_;                       // the network of hosts without any
    Array state_files_;                            // of HA
};

/// Raises `step` times a setting of `guest` until the formula gives `overhead`; the formula
/// never falls when the setting rises. False, and `guest` as it was, when it never does.
template <class Set>
bool fit(GuestMemory& guest, Bytes overhead, OverheadEra era, std::int64_t most, Set set) {
    const GuestMemory before = guest;
    std::int64_t low = 0;
    std::int64_t high = most;
    while (low < high) {  // the least setting whose overhead is not below what is wanted
        const std::int64_t middle = low + (high - low) / 2;
        set(guest, middle);
        if (memory_overhead(guest, era) < overhead) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    set(guest, low);
    if (memory_overhead(guest, era) == overhead) return true;
    guest = before;
    return false;
}

}  // namespace

Release release_of(const Scenario& scenario) {
    const Version& version = version_in(scenario.pool, scenario.state, scenario.pool.coordinator);
    const Dotted& build = version.manager_build;
    const Dotted& xapi = build.empty() || build == absent_dotted() ? version.manager : build;
    return {xapi >= Dotted{24, 19}};
}

OverheadEra era_of(const Scenario& scenario) {
    std::int64_t before = 0;
    std::int64_t since = 0;
    for (const Vm& vm : scenario.pool.vms) {
        GuestMemory guest{vm.domain, vm.ram, vm.ram, vm.vcpus, 1000};
        const Bytes overhead = vm.memory - vm.ram;
        before += memory_overhead(guest, OverheadEra::before_26_3) == overhead ? 1 : 0;
        since += memory_overhead(guest, OverheadEra::since_26_3) == overhead ? 1 : 0;
    }
    if (before != since) {
        return before > since ? OverheadEra::before_26_3 : OverheadEra::since_26_3;
    }
    const Version& version = version_in(scenario.pool, scenario.state, scenario.pool.coordinator);
    return version.manager < Dotted{26, 3} ? OverheadEra::before_26_3 : OverheadEra::since_26_3;
}

GuestFigures guest_figures(const Vm& vm, OverheadEra era) {
    GuestFigures figures;
    figures.overhead = vm.memory - vm.ram;
    GuestMemory& guest = figures.guest;
    guest = {vm.domain, vm.ram, vm.ram, vm.vcpus, 1000};
    const bool known = vm.domain == DomainType::pvh || vm.domain == DomainType::pv_in_pvh;
    if (known) guest.static_max = vm.admission - figures.overhead;
    if (memory_overhead(guest, era) == figures.overhead) return figures;
    // Beyond 128 MiB for each MiB of overhead the formula is above it.
    const std::int64_t room = 128 * (figures.overhead.count / mebibytes(1).count + 1);
    const Bytes least = guest.static_max;
    const bool fits = !known && fit(guest, figures.overhead, era, room,
                                    [&](GuestMemory& each, std::int64_t raise) {
                                        each.static_max = least + mebibytes(raise);
                                    });
    if (fits || vm.domain == DomainType::pv) return figures;
    fit(guest, figures.overhead, era, 1'000'000,
        [](GuestMemory& each, std::int64_t multiplier) { each.shadow_multiplier = multiplier; });
    return figures;
}

HostFigures host_figures(Bytes memory, OverheadEra era) {
    // A control domain of 4 GiB and 8 vCPUs, and at least 1 GiB for the hypervisor, as a host of
    // 256 GiB has; what is missing to whole GiB is the hypervisor's.
    HostFigures figures;
    figures.dom0 = {DomainType::pv, gibibytes(4), gibibytes(4), 8, 1000};
    figures.dom0_overhead = memory_overhead(figures.dom0, era);
    const Bytes rest = memory + figures.dom0.dynamic_min + figures.dom0_overhead;
    const std::int64_t gibibyte = gibibytes(1).count;
    figures.total = gibibytes(divide_up(rest.count, gibibyte) + 1);
    figures.overhead = figures.total - rest;
    return figures;
}

Struct software_version(const Version& version, const std::string& hostname) {
    Struct software;
    const std::string label = version.label;
    if (!label.empty()) {
        software.push_back(entry("product_version", label));
        software.push_back(entry("product_version_text", label));
        software.push_back(entry("product_version_text_short", label.substr(0, label.rfind('.'))));
    }
    software.push_back(entry("platform_name", "XCP"));
    const std::pair<std::string_view, const Dotted*> keys[]{{"platform_version", &version.platform},
                                                            {"xapi", &version.manager},
                                                            {"xapi_build", &version.manager_build},
                                                            {"xen", &version.hypervisor}};
    for (const auto& [key, dotted] : keys) {
        if (*dotted == absent_dotted()) continue;  // what a missing key means
        software.push_back(entry(key, dotted->empty() ? "(unknown)" : dotted_text(*dotted)));
    }
    software.push_back(entry("product_brand", "vacate"));
    software.push_back(entry("network_backend", "openvswitch"));
    software.push_back(entry("hostname", hostname));
    software.push_back(entry("build_number", "0"));
    software.push_back(entry("git_id", "0"));
    return software;
}

Value vm_operations(std::string_view power_state) {
    if (power_state == "Running") {
        return texts({"changing_dynamic_range", "migrate_send", "pool_migrate",
                      "changing_VCPUs_live", "suspend", "hard_reboot", "hard_shutdown",
                      "clean_reboot", "clean_shutdown", "pause", "checkpoint", "snapshot"});
    }
    if (power_state == "Paused") return texts({"unpause", "hard_reboot", "hard_shutdown"});
    if (power_state == "Suspended") {
        return texts({"resume", "resume_on", "hard_shutdown", "checkpoint", "snapshot"});
    }
    return texts({"start", "start_on", "clone", "copy", "export", "destroy", "snapshot",
                  "changing_dynamic_range", "changing_static_range", "changing_memory_limits",
                  "migrate_send"});
}

Value host_operations(bool enabled) {
    if (!enabled) return texts({"evacuate", "reboot", "shutdown", "enable"});
    return texts({"vm_migrate", "provision", "vm_resume", "evacuate", "vm_start"});
}

Population populate(Database& database, const Scenario& scenario, DateTime started_at,
                    const Addresses& addresses) {
    return Populator(database, scenario, started_at).run(addresses);
}

}  // namespace vacate::poolserver
