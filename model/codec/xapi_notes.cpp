// Derives the notes of a XAPI pool from its linked records.
#include "model/codec/xapi_notes.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "model/codec/wording.hpp"

namespace vacate::codec {
namespace {

using NoteSet = std::set<Note>;

/// One table's rows by the VM they belong to.
std::map<std::string, std::vector<const DatabaseRow*>> rows_by_vm(const Database& database,
                                                                  std::string_view table) {
    std::map<std::string, std::vector<const DatabaseRow*>> rows;
    for (const auto& [ref, row] : database.table(table)) {
        rows[RowReader::ref(row, "VM")].push_back(&row);
    }
    return rows;
}

/// What the notes of a VM need beside its own record.
struct VmContext {
    const RowReader* reader;
    const XapiPool* pool;
    const XapiNames* names;
    std::map<std::string, std::vector<const DatabaseRow*>> vgpus;
    std::map<std::string, std::vector<const DatabaseRow*>> vusbs;
    bool motion_licensed = true;
};

/// True when the licence restricts what `key` stands for. The pool knows it; in old dumps only
/// the hosts do.
bool is_restricted(const XapiPool& pool, std::string_view key) {
    if (pool.restrictions.find(key) != pool.restrictions.end()) {
        return says_true(pool.restrictions, key);
    }
    return std::ranges::any_of(
        pool.hosts, [&](const auto& each) { return says_true(each.second.licence, key); });
}

void add_licence_notes(const XapiPool& pool, NoteSet& notes) {
    if (is_restricted(pool, "restrict_rpu")) notes.insert({"LICENCE_NO_RPU", ""});
    if (is_restricted(pool, "restrict_xen_motion")) notes.insert({"LICENCE_NO_MOTION", ""});
    if (is_restricted(pool, "restrict_storage_xen_motion")) {
        notes.insert({"LICENCE_NO_STORAGE_MOTION", ""});
    }
}

void add_storage_notes(const XapiPool& pool, const XapiNames& names, NoteSet& notes) {
    for (const auto& [ref, storage] : pool.storages) {
        const std::string& name = names.storages.find(ref)->second;
        if (storage.type == "gfs2") notes.insert({"GFS2_SR", name});
        if (storage.type == "lvmofcoe") notes.insert({"DEPRECATED_SR", name});
        if (storage.type == "linstor") notes.insert({"LINSTOR_SR", name});
    }
}

std::vector<Note> pool_notes(const RowReader& reader, const XapiPool& pool,
                             const XapiNames& names) {
    NoteSet notes;
    const DatabaseRow& row = *pool.row;
    const std::string controller = RowReader::text(row, "vswitch_controller");
    if (!controller.empty()) notes.insert({"VSWITCH_CONTROLLER", controller});
    std::vector<std::string> legacy;
    std::vector<std::string> containers;
    for (const auto& [ref, host] : pool.hosts) {
        const std::string& name = names.hosts.find(ref)->second;
        if (RowReader::flag(*host.row, "ssl_legacy")) legacy.push_back("host " + name);
        if (std::ranges::any_of(host.software, [](const auto& entry) {
                return entry.first.find("xscontainer") != std::string::npos;
            })) {
            containers.push_back("host " + name);
        }
    }
    for (const auto& [ref, vm] : pool.vms) {
        const bool monitored = says_true(vm.other, "xscontainer-monitor");
        if (monitored) containers.push_back("VM " + names.vms.find(ref)->second);
    }
    if (!legacy.empty()) notes.insert({"LEGACY_SSL", listed(legacy)});
    if (!containers.empty()) notes.insert({"CONTAINER_MANAGEMENT", listed(containers)});
    for (const auto& [ref, cluster] : reader.database().table("Cluster")) {
        notes.insert({"CLUSTERING", RowReader::text(cluster, "cluster_stack")});
    }
    if (pool.other.find("rolling_upgrade_in_progress") != pool.other.end()) {
        notes.insert({"ROLLING_UPGRADE_IN_PROGRESS", ""});
    }
    if (says_true(reader.map(row, "health_check_config"), "Enrollment")) {
        notes.insert({"HEALTH_CHECK", ""});
    }
    if (RowReader::flag(row, "is_psr_pending")) notes.insert({"PSR_PENDING", ""});
    add_licence_notes(pool, notes);
    add_storage_notes(pool, names, notes);
    return {notes.begin(), notes.end()};
}

/// Shared storage with running VMs on it must be attached everywhere; other storage must be
/// where it has a PBD, if it is shared or its VMs are up.
void add_unplugged_notes(const XapiPool& pool, const XapiNames& names,
                         std::map<std::string, NoteSet, std::less<>>& notes) {
    Refs in_use;
    for (const auto& [ref, vm] : pool.vms) {
        if (!vm.is_up()) continue;
        for (const XapiDisk& disk : vm.disks) in_use.insert(disk.storage);
    }
    for (const auto& [ref, storage] : pool.storages) {
        const bool used = in_use.contains(ref);
        if (!storage.shared && !used) continue;
        for (const auto& [host_ref, host] : pool.hosts) {
            if (host.storages.contains(ref)) continue;
            const bool expected = storage.hosts.contains(host_ref) || (storage.shared && used);
            const std::string& name = names.storages.find(ref)->second;
            if (expected) notes[host_ref].insert({"PBD_UNPLUGGED", name});
        }
    }
}

/// What differs from the coordinator's CPU; empty when nothing does, or it is not known.
std::string cpu_difference(const XapiHost& host, const XapiHost& coordinator) {
    const std::string vendor = value_of(host.cpu, "vendor");
    const std::string wanted = value_of(coordinator.cpu, "vendor");
    if (vendor != wanted && !vendor.empty() && !wanted.empty()) {
        return "vendor " + vendor + " instead of " + wanted;
    }
    for (const std::string_view key : {"features_hvm", "features_pv", "features"}) {
        const std::string features = value_of(host.cpu, key);
        const std::string others = value_of(coordinator.cpu, key);
        if (features.empty() || others.empty() || features == others) continue;
        return std::string(key) + " " + features + " instead of " + others;
    }
    return "";
}

void add_host_notes(const RowReader& reader, const XapiPool& pool, const std::string& ref,
                    NoteSet& notes) {
    const XapiHost& host = pool.hosts.find(ref)->second;
    std::string mode = RowReader::text(*host.row, "power_on_mode");
    std::ranges::transform(mode, mode.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (mode == "ilo") notes.insert({"POWER_ON_ILO", ""});
    const std::vector<std::string> guidances = reader.set(*host.row, "pending_guidances");
    if (!guidances.empty()) notes.insert({"PENDING_GUIDANCE", listed(guidances)});
    const auto coordinator = pool.hosts.find(pool.coordinator);
    if (coordinator == pool.hosts.end()) return;
    const std::string difference = cpu_difference(host, coordinator->second);
    if (!difference.empty()) notes.insert({"CPU_DIFFERS", difference});
}

bool has_pv_drivers(const RowReader& reader, const DatabaseRow* metrics) {
    if (metrics == nullptr) return false;
    if (metrics->find("PV_drivers_detected") != nullptr) {
        return RowReader::flag(*metrics, "PV_drivers_detected");
    }
    return !reader.map(*metrics, "PV_drivers_version").empty();
}

/// What the guest tells about itself; a guest without drivers tells nothing.
void add_guest_notes(const VmContext& context, const XapiVm& vm, NoteSet& notes) {
    const RowReader& reader = *context.reader;
    const std::string ref = RowReader::ref(*vm.row, "guest_metrics");
    const DatabaseRow* metrics = reader.database().row("VM_guest_metrics", ref);
    TextMap other;
    if (metrics != nullptr) other = reader.map(*metrics, "other");
    const auto reason = other.find("data-cant-suspend-reason");
    if (reason != other.end()) notes.insert({"VM_NON_SUSPENDABLE", reason->second});
    const bool can_suspend = other.find("feature-suspend") != other.end();
    if (vm.domain == "hvm" && !can_suspend && !has_pv_drivers(reader, metrics)) {
        notes.insert({"VM_LACKS_FEATURE", ""});
    }
}

/// VGPUs, PCI and USB devices. A virtual function that belongs to an NVIDIA SR-IOV VGPU is
/// judged with its VGPU, not as a PCI device.
void add_device_notes(const VmContext& context, const std::string& vm_ref, const XapiVm& vm,
                      NoteSet& notes) {
    const RowReader& reader = *context.reader;
    const Database& database = reader.database();
    Refs functions;
    if (const auto vgpus = context.vgpus.find(vm_ref); vgpus != context.vgpus.end()) {
        for (const DatabaseRow* vgpu : vgpus->second) {
            const DatabaseRow* type = database.row("VGPU_type", RowReader::ref(*vgpu, "type"));
            const std::string kind =
                type == nullptr ? "unknown type" : RowReader::text(*type, "implementation");
            if (kind == "nvidia_sriov") functions.insert(RowReader::ref(*vgpu, "PCI"));
            const std::string pgpu_ref = RowReader::ref(*vgpu, "resident_on");
            const DatabaseRow* pgpu = database.row("PGPU", pgpu_ref);
            const bool compatible =
                pgpu != nullptr && !reader.map(*pgpu, "compatibility_metadata").empty();
            const bool movable = (kind == "nvidia" || kind == "nvidia_sriov") && compatible;
            if (!movable) notes.insert({"VM_HAS_VGPU", kind});
        }
    }
    for (const std::string& pci_ref : reader.set(*vm.row, "attached_PCIs")) {
        if (functions.contains(pci_ref)) continue;
        const DatabaseRow* pci = database.row("PCI", pci_ref);
        const std::string id = pci == nullptr ? pci_ref : RowReader::text(*pci, "pci_id");
        notes.insert({"VM_HAS_PCI_ATTACHED", id});
    }
    const std::string devices = value_of(vm.other, "pci");
    if (!devices.empty()) notes.insert({"VM_HAS_PCI_ATTACHED", devices});
    if (context.vusbs.contains(vm_ref)) notes.insert({"VM_HAS_VUSBS", ""});
}

/// Why xapi would refuse to migrate a VM that is up.
void add_immobility_notes(const VmContext& context, const std::string& ref, const XapiVm& vm,
                          NoteSet& notes) {
    const RowReader& reader = *context.reader;
    const TextMap blocked = reader.map(*vm.row, "blocked_operations");
    if (const auto found = blocked.find("pool_migrate"); found != blocked.end()) {
        notes.insert({"OPERATION_BLOCKED", found->second});
    }
    if (vm.power == XapiPower::paused) notes.insert({"VM_PAUSED", ""});
    const std::string metrics_ref = RowReader::ref(*vm.row, "metrics");
    if (const DatabaseRow* metrics = reader.database().row("VM_metrics", metrics_ref)) {
        if (RowReader::flag(*metrics, "nomigrate")) notes.insert({"VM_IS_IMMOBILE", "nomigrate"});
        if (RowReader::flag(*metrics, "nested_virt")) {
            notes.insert({"VM_IS_IMMOBILE", "nested virtualisation"});
        }
    }
    add_guest_notes(context, vm, notes);
    for (const XapiDisk& disk : vm.disks) {
        const std::string& name = context.names->storages.find(disk.storage)->second;
        if (disk.reset_and_cached) notes.insert({"VDI_ON_BOOT_RESET", name});
        const bool local = !context.pool->storages.find(disk.storage)->second.shared;
        if (disk.change_tracking && local) notes.insert({"VDI_CBT_ENABLED", ""});
    }
    add_device_notes(context, ref, vm, notes);
    if (!context.motion_licensed) notes.insert({"LICENCE_NO_MOTION", ""});
}

void add_cd_notes(const VmContext& context, const XapiVm& vm, NoteSet& notes) {
    for (const std::string& cd : vm.cds) {
        const XapiStorage& storage = context.pool->storages.find(cd)->second;
        const std::string& name = context.names->storages.find(cd)->second;
        if (vm.power == XapiPower::suspended) {
            notes.insert({"VM_SUSPENDED_WITH_CD", name});
        } else if (!vm.is_up()) {
            continue;
        } else if (storage.tools) {
            notes.insert({"TOOLS_CD", ""});
        } else if (!storage.shared) {
            notes.insert({"LOCAL_CD", name});
        } else {
            notes.insert({"CD_INSERTED", name});
        }
    }
}

void add_configuration_notes(const VmContext& context, const XapiVm& vm, NoteSet& notes) {
    if (vm.domain == "pv") notes.insert({"PV_GUEST", ""});
    if (says_true(vm.other, "auto_poweron")) notes.insert({"AUTO_POWERON", ""});
    const std::string cores = value_of(vm.platform, "cores-per-socket");
    std::int64_t per_socket = 0;
    std::from_chars(cores.data(), cores.data() + cores.size(), per_socket);
    if (per_socket > 0 && vm.vcpus && *vm.vcpus % per_socket != 0) {
        notes.insert({"VCPU_TOPOLOGY", std::to_string(*vm.vcpus) + " vCPUs, " +
                                           std::to_string(per_socket) + " cores per socket"});
    }
    for (const std::string& network : vm.networks) {
        const bool sriov = context.pool->networks.find(network)->second.sriov;
        if (sriov && vm.is_up()) notes.insert({"VM_HAS_SRIOV_VIF", ""});
    }
    const std::vector<std::string> guidances = context.reader->set(*vm.row, "pending_guidances");
    if (!guidances.empty()) notes.insert({"PENDING_GUIDANCE", listed(guidances)});
}

void add_state_notes(const VmContext& context, const XapiVm& vm, NoteSet& notes) {
    if (!vm.going_to.empty()) {
        notes.insert({"MIGRATING", context.names->hosts.find(vm.going_to)->second});
    }
    if (vm.power != XapiPower::suspended) return;
    const Database& database = context.reader->database();
    const DatabaseRow* image = database.row("VDI", RowReader::ref(*vm.row, "suspend_VDI"));
    std::string where;
    if (image != nullptr) {
        const auto name = context.names->storages.find(RowReader::ref(*image, "SR"));
        if (name != context.names->storages.end()) where = name->second;
    }
    notes.insert({"VM_SUSPENDED", where});
}

}  // namespace

XapiNotes find_xapi_notes(const RowReader& reader, const XapiPool& pool, const XapiNames& names) {
    XapiNotes notes;
    notes.pool = pool_notes(reader, pool, names);

    std::map<std::string, NoteSet, std::less<>> host_notes;
    add_unplugged_notes(pool, names, host_notes);
    for (const auto& [ref, host] : pool.hosts) {
        NoteSet& set = host_notes[ref];
        add_host_notes(reader, pool, ref, set);
        notes.hosts[ref].assign(set.begin(), set.end());
    }

    VmContext context{&reader,
                      &pool,
                      &names,
                      rows_by_vm(reader.database(), "VGPU"),
                      rows_by_vm(reader.database(), "VUSB"),
                      !is_restricted(pool, "restrict_xen_motion")};
    for (const auto& [ref, vm] : pool.vms) {
        NoteSet set;
        if (vm.is_up()) add_immobility_notes(context, ref, vm, set);
        add_cd_notes(context, vm, set);
        add_configuration_notes(context, vm, set);
        add_state_notes(context, vm, set);
        notes.vms[ref].assign(set.begin(), set.end());
    }
    return notes;
}

}  // namespace vacate::codec
