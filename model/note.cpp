// The table behind the notes: what each code means, how much it matters, and what helps.
#include "model/note.hpp"

#include <array>

#include "model/check.hpp"
#include "model/set_path.hpp"

namespace vacate {
namespace {

using enum NoteSubject;
using enum Severity;

// In a sentence "{}" is the detail; where there is none, " ({})" or ": {}" goes with it. In a
// remedy "{name}" is the name of the thing, as --set wants it.
constexpr std::array kinds{
    // The pool: XenCenter's checks of the pool, and what its other_config and licence say.
    NoteKind{pool, "CLUSTERING", act, false, true,
             "the pool is clustered ({}), and some releases cannot be upgraded host by host then",
             "see the notes of the target release; keep a quorum of hosts up at all times"},
    NoteKind{pool, "CONTAINER_MANAGEMENT", act, false, true,
             "container management is in use ({}) and is gone in newer releases",
             "move the containers to something else before the upgrade"},
    NoteKind{pool, "DEPRECATED_SR", act, false, true,
             "the storage {} is of a type that newer releases no longer attach",
             "move its disks to other storage first: xe vdi-pool-migrate"},
    NoteKind{pool, "GFS2_SR", act, false, true,
             "the storage {} is GFS2, which some releases cannot upgrade over",
             "see the notes of the target release; detach it first: xe pbd-unplug"},
    NoteKind{pool, "HEALTH_CHECK", act, false, true,
             "the pool is enrolled in Health Check, which newer releases do not have",
             "end the enrolment in XenCenter before the upgrade"},
    NoteKind{pool, "LEGACY_SSL", blocks, false, true,
             "legacy SSL is on ({}), and newer releases refuse to speak it",
             "turn it off: xe pool-disable-ssl-legacy"},
    NoteKind{pool, "LICENCE_NO_MOTION", act, false, true,
             "the licence forbids live migration: no VM can leave its host running",
             "license the pool, or let its VMs be suspended: --set 'vms.*.when_pinned=suspend'"},
    NoteKind{pool, "LICENCE_NO_RPU", know, false, true,
             "the licence does not include XenCenter's rolling upgrade wizard",
             "the hosts can be upgraded one by one without the wizard"},
    NoteKind{pool, "LICENCE_NO_STORAGE_MOTION", know, false, true,
             "the licence forbids storage motion: no VM can take its disks along", ""},
    NoteKind{pool, "LINSTOR_SR", act, false, true,
             "the storage {} is LINSTOR, whose packages and controller are upgraded on their own",
             "follow the XOSTOR notes: upgrade the LINSTOR packages of all hosts first"},
    NoteKind{pool, "PSR_PENDING", blocks, false, true,
             "the rotation of the pool secret has not finished",
             "let it end: xe pool-secret-rotate"},
    NoteKind{pool, "ROLLING_UPGRADE_IN_PROGRESS", act, false, true,
             "the pool says that a rolling upgrade is under way",
             "continue that upgrade; if there is none, see whether all hosts run one version"},
    NoteKind{pool, "VSWITCH_CONTROLLER", blocks, false, true,
             "a vSwitch controller is configured ({}), which newer releases do not have",
             "remove it: xe pool-set-vswitch-controller address="},
    // Hosts.
    NoteKind{host, "CPU_DIFFERS", know, false, true,
             "its CPU is not what the coordinator has ({}); a VM that saw more features at its "
             "boot cannot go everywhere",
             ""},
    NoteKind{host, "PBD_UNPLUGGED", act, false, true, "the storage {} is not attached to it",
             "attach it: xe pbd-plug"},
    NoteKind{host, "PENDING_GUIDANCE", act, false, true,
             "updates wait for something to be done on it: {}",
             "do it before the upgrade: reboot the host or restart its toolstack"},
    NoteKind{host, "POWER_ON_ILO", blocks, false, true,
             "it is powered on through iLO, which newer releases do not support",
             "change it: xe host-set-power-on-mode power-on-mode="},
    // VMs that cannot be migrated live, in the order in which xapi looks.
    NoteKind{vm, "OPERATION_BLOCKED", act, true, true, "its migration is blocked by its owner ({})",
             "xe vm-param-remove param-name=blocked-operations param-key=pool_migrate, or --set "
             "'vms.{name}.when_pinned=suspend'"},
    NoteKind{vm, "VM_PAUSED", act, true, false, "it is paused, and a paused VM cannot be migrated",
             "xe vm-unpause, or --set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VM_IS_IMMOBILE", act, true, false, "it cannot be migrated or suspended ({})",
             "--set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VM_NON_SUSPENDABLE", act, true, false,
             "its guest says that it cannot be suspended: {}",
             "settle that in the guest, or --set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VM_LACKS_FEATURE", act, true, false,
             "its guest has no PV drivers and cannot be suspended for a migration",
             "install the guest tools, or --set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VDI_ON_BOOT_RESET", act, true, false,
             "it has a cached disk that is reset at every boot, on the storage {}",
             "xe vdi-param-set on-boot=persist while it is halted, or --set "
             "'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VM_HAS_PCI_ATTACHED", act, true, false,
             "a PCI device is passed through to it ({})", "--set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VM_HAS_VGPU", act, true, false,
             "it has a virtual GPU that cannot be migrated ({})",
             "--set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "VM_HAS_VUSBS", act, true, false, "a USB device is passed through to it",
             "xe vusb-destroy, or --set 'vms.{name}.when_pinned=restart'"},
    NoteKind{vm, "LICENCE_NO_MOTION", act, true, true, "the licence forbids its live migration",
             "license the pool, or --set 'vms.{name}.when_pinned=suspend'"},
    // VMs: to be settled before or during the upgrade.
    NoteKind{vm, "AUTO_POWERON", know, false, true,
             "it starts by itself when its host boots, once the pool's auto_poweron is on",
             "a plan turns the pool's auto_poweron off and on again"},
    NoteKind{vm, "CD_INSERTED", know, false, true,
             "there is a CD in its drive, on the storage {}, which every host it goes to needs",
             ""},
    NoteKind{vm, "LOCAL_CD", act, false, true,
             "the CD in its drive is on the storage {} of one host and ties it to that host",
             "xe vm-cd-eject, or let the plan eject it"},
    NoteKind{vm, "MIGRATING", act, false, true, "it is being migrated to {} right now",
             "let the migration end, then take the dump again"},
    NoteKind{vm, "PENDING_GUIDANCE", act, false, true,
             "updates wait for something to be done to it: {}", "restart it when that suits"},
    NoteKind{vm, "PV_GUEST", act, false, true,
             "it is a paravirtual (PV) guest, which newer releases no longer run",
             "convert it to HVM, or see whether the target release still runs PV guests"},
    NoteKind{vm, "TOOLS_CD", act, false, true,
             "the guest tools CD is in its drive; each host has an image of its own version",
             "xe vm-cd-eject"},
    NoteKind{vm, "VCPU_TOPOLOGY", act, false, true,
             "its number of vCPUs is no multiple of its cores per socket ({}), and newer releases "
             "refuse to start such a VM",
             "while it is halted: xe vm-param-set VCPUs-max= or platform:cores-per-socket="},
    NoteKind{vm, "VDI_CBT_ENABLED", act, false, true,
             "changed blocks are tracked on its local disks, which forbids moving them",
             "before a storage motion: xe vdi-disable-cbt"},
    NoteKind{vm, "VM_HAS_SRIOV_VIF", know, false, true,
             "it has an SR-IOV network interface and needs a free one where it goes", ""},
    NoteKind{vm, "VM_SUSPENDED", know, false, true,
             "it is suspended, its memory is on the storage {}; while the pool is mixed it can "
             "only be resumed on upgraded hosts",
             "xe vm-resume before the upgrade if it is needed during it"},
    NoteKind{vm, "VM_SUSPENDED_WITH_CD", act, false, true,
             "it is suspended with a CD in its drive, on the storage {}: without it, it cannot be "
             "resumed",
             "xe vm-resume, xe vm-cd-eject and suspend it again, or keep that storage attached"},
};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

/// "db-1" of "VM db-1".
std::string name_of(const std::string& subject_name) {
    const std::size_t space = subject_name.find(' ');
    return space == std::string::npos ? subject_name : subject_name.substr(space + 1);
}

}  // namespace

const NoteKind* find_note_kind(NoteSubject subject, std::string_view code) {
    for (const NoteKind& kind : kinds) {
        if (kind.subject == subject && kind.code == code) return &kind;
    }
    return nullptr;
}

std::string known_note_codes(NoteSubject subject) {
    std::string codes;
    for (const NoteKind& kind : kinds) {
        if (kind.subject != subject) continue;
        if (!codes.empty()) codes += ", ";
        codes += kind.code;
    }
    return codes;
}

Finding finding_of(NoteSubject subject, const Note& note, const std::string& subject_name) {
    const NoteKind* kind = find_note_kind(subject, note.code);
    VACATE_CHECK(kind != nullptr, "a note must have a code that note.cpp knows");
    Finding finding{kind->severity, note.code, subject_name, std::string(kind->sentence),
                    std::string(kind->remedy)};
    if (note.detail.empty()) {
        replace_all(finding.sentence, " ({})", "");
        replace_all(finding.sentence, ": {}", "");
        replace_all(finding.sentence, " {}", "");
    }
    replace_all(finding.sentence, "{}", note.detail);
    replace_all(finding.remedy, "{name}", name_in_set_option(name_of(subject_name)));
    return finding;
}

}  // namespace vacate
