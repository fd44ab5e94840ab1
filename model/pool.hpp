// The immutable description of a pool: hosts, VMs, networks, storage, groups and policy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/copying.hpp"
#include "model/ids.hpp"
#include "model/memory.hpp"
#include "model/note.hpp"
#include "model/units.hpp"
#include "model/version.hpp"

namespace vacate {

/// A network that VMs attach to.
struct Network {
    std::string name;
    friend bool operator==(const Network&, const Network&) = default;
};

/// A storage repository (SR).
struct Storage {
    std::string name;
    std::string type;    // lvmoiscsi, nfs, iso, lvm, ...
    bool shared = true;  // whether more than one host may attach it
    Bytes free;          // room for disks that move to it
    friend bool operator==(const Storage&, const Storage&) = default;
};

/// What a CPU offers, or what a VM saw when it booted.
struct CpuFeatures {
    std::string vendor;
    std::vector<std::uint32_t> words;  // feature bits; a shorter set is padded with zeros
    friend bool operator==(const CpuFeatures&, const CpuFeatures&) = default;
};

/// True when `guest` can run on `host`: the same vendor, and no feature that is not there.
///
/// Source: xapi, ocaml/xapi/cpuid_helpers.ml.
[[nodiscard]] bool runs_on(const CpuFeatures& guest, const CpuFeatures& host);

/// A hypervisor host. Its upgrade changes `version` to `target` and `memory` to `memory_after`.
struct Host {
    std::string name;
    Bytes memory;                  // for VMs, dom0 and hypervisor taken off, as it is now
    Bytes memory_after;            // the same once upgraded: dom0 may have grown
    Bandwidth link;                // of the migration network, each direction
    bool full_duplex = true;       // false: both directions share `link`
    Bandwidth send_budget;         // what dom0 can encrypt and send over all streams
    Bandwidth guest_traffic;       // of its VMs on the migration network, each direction
    std::int64_t streams_max = 0;  // that copy out of it at once; 0: any number
    CopyingChanges timing;         // of what leaves it, where it differs from the pool's
    Version version;
    Version target;
    std::optional<CpuFeatures> hvm_features;  // absent: not known, nothing is refused
    std::optional<CpuFeatures> pv_features;
    std::vector<Id<Network>> networks;  // sorted
    std::vector<Id<Storage>> storages;  // attached ones, sorted
    std::string domain;                 // what fails together with it; empty: only itself
    std::int64_t cpus = 0;              // 0: not known
    Duration upgrade_time{};            // reboot and being ready again included
    std::vector<Note> notes;            // sorted
    friend bool operator==(const Host&, const Host&) = default;
};

/// What the operator lets us do with a VM while its host is upgraded.
enum class Mobility {
    live,     // pool_migrate to another host
    suspend,  // cannot move: suspend before, resume in place after
    restart,  // cannot move: shut down before, start in place after
    storage,  // its disks are on local storage: move them along (migrate_send)
    pinned,   // cannot move, and nothing else is allowed: its host stays
};

/// One part of a VM's memory, and how it is written.
struct DirtyClass {
    Bandwidth rate;      // pages written
    Bytes set;           // at most this much of it is dirty
    bool sweeps = true;  // one page after the other; else at random, some of them twice
    friend bool operator==(const DirtyClass&, const DirtyClass&) = default;
};

/// A virtual machine.
struct Vm {
    std::string name;
    Bytes memory;      // charged to every host that holds it, overhead included
    Bytes admission;   // must be free on a host before it may come; at least `memory`
    Bytes ram;         // bytes that a migration copies: dynamic_min
    Bytes squeeze;     // given up before it moves, and on top of all three until then; 0: nothing
    Bytes static_min;  // the least that dynamic_min may be; 0: not known
    std::optional<Bytes> squeeze_to;  // what the operator lets dynamic_min be meanwhile
    DomainType domain = DomainType::hvm;
    std::int64_t vcpus = 1;
    bool vcpu_unrestricted = false;         // may have more vCPUs than the host has CPUs
    std::optional<CpuFeatures> features;    // seen at boot; absent: not known
    Bandwidth dirty_rate;                   // how fast it writes pages
    Bytes working_set;                      // at most this much of them is dirty
    bool sweeps = true;                     // see DirtyClass
    Bandwidth cold_rate;                    // pages written besides, none of them twice
    std::vector<DirtyClass> dirty_classes;  // more parts of its memory
    std::int64_t zero_permille = 0;         // of `ram` that is zero pages
    Bandwidth disk_writes;                  // go over the link too while its disks are mirrored
    CopyingChanges timing;                  // where it differs from its host's and the pool's
    std::optional<Duration> pause_limit;    // longest stop-and-copy it can bear
    std::vector<Id<Network>> networks;      // sorted
    std::vector<Id<Storage>> storages;      // of its disks, sorted
    std::optional<Id<Storage>> cd;          // where the CD in its drive is
    Bytes local_disk;                       // bytes of its disks on storage of one host only
    Mobility mobility = Mobility::live;
    bool protect = false;     // must be restartable after a host loss (R9)
    std::vector<Note> notes;  // sorted
    friend bool operator==(const Vm&, const Vm&) = default;
};

/// VMs that must stay apart, or stay together (R7).
struct Group {
    enum class Kind { apart, together };
    std::string name;
    Kind kind = Kind::apart;
    std::vector<Id<Vm>> members;  // sorted, at least two
    friend bool operator==(const Group&, const Group&) = default;
};

/// What the operator asks for.
struct Policy {
    std::int64_t hosts_down_max = 1;           // emptied or down at once (R6)
    std::int64_t migrations_per_host_max = 3;  // R13
    std::int64_t migrations_per_pair_max = 3;
    std::int64_t migrations_per_pool_max = 1'000'000;
    std::int64_t storage_motions_per_source_max = 3;
    bool one_way = true;                 // no host sends and receives at the same time (R12)
    std::int64_t spare_hosts = 0;        // losses that must stay survivable (R9)
    bool upgraded_targets_only = false;  // while versions are mixed, VMs move to no old host (R2)
    friend bool operator==(const Policy&, const Policy&) = default;
};

/// How long migrations and everything else take; see scenarios/README.md for the sources.
struct Timing : Copying {
    Duration reservation{};  // of memory on the target: one after the other in the whole pool
    std::int64_t opposing_permille = 1000;  // of its rate a stream keeps for each opposing one
    Duration host_step{};                   // disable or enable a host
    Duration preparation{};                 // HA, WLB, CD, auto power-on: each
    Duration backup{};                      // pool database dump
    Duration stop{};                        // clean shutdown
    Duration start{};                       // boot
    Bandwidth suspend_rate;                 // writing or reading a suspend image
    friend bool operator==(const Timing&, const Timing&) = default;
};

/// Everything about a pool that does not change during a run.
struct Pool {
    std::string name;
    Table<Host> hosts;        // in name order
    Table<Vm> vms;            // in name order
    Table<Network> networks;  // in name order
    Table<Storage> storages;  // in name order
    Table<Group> groups;      // in name order
    Id<Host> coordinator;
    VersionRule version_rule = VersionRule::platform_and_xapi;
    Policy policy;
    Timing timing;
    std::vector<Note> notes;                      // sorted
    Table<Vm, std::vector<Id<Group>>> groups_of;  // the groups each VM is in
    friend bool operator==(const Pool&, const Pool&) = default;
};

/// True when `storage` is attached to `host`.
[[nodiscard]] bool sees(const Host& host, Id<Storage> storage);
/// True when `network` reaches `host`.
[[nodiscard]] bool reaches(const Host& host, Id<Network> network);
/// True when the VM is suspended or stopped while its host is upgraded, and needs no memory then.
[[nodiscard]] bool parks(const Vm& vm);
/// What `dynamic_min` is while the VM is not squeezed.
[[nodiscard]] inline Bytes full_ram(const Vm& vm) { return vm.ram + vm.squeeze; }
/// What must be free for it then.
///
/// Source: xapi, ocaml/xapi/memory_check.ml, as memory_for_admission().
[[nodiscard]] Bytes full_admission(const Vm& vm);
/// Makes it a VM that gives up nothing: it counts with all of its memory.
void keep_range(Vm& vm);
/// True when R9 asks for anything: spare hosts, and a VM to be protected.
[[nodiscard]] bool promises_refuge(const Pool& pool);
/// True when the host's version is not yet its target.
[[nodiscard]] bool needs_upgrade(const Host& host);

}  // namespace vacate
