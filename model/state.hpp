// The small value that changes during a run: where every VM is and in which phase every host.
#pragma once

#include <cstdint>
#include <optional>

#include "model/pool.hpp"

namespace vacate {

/// What a host is doing.
enum class HostPhase {
    enabled,   // takes VMs
    disabled,  // takes none; being emptied, or back and not yet enabled
    down,      // being upgraded
    lost,      // not reachable; its VMs are gone with it
};

struct HostState {
    HostPhase phase = HostPhase::enabled;
    bool upgraded = false;              // runs its target version
    Bytes committed;                    // memory of VMs here, coming and going
    std::uint32_t vms = 0;              // how many VMs that is
    std::uint16_t sending = 0;          // migrations that leave
    std::uint16_t receiving = 0;        // migrations that arrive
    std::uint16_t storage_motions = 0;  // of those that leave, with disks
    bool busy = false;                  // a disable or enable step is under way
    friend bool operator==(const HostState&, const HostState&) = default;
};

enum class Power { running, suspended, halted };

/// The step that is under way on a VM.
enum class Activity {
    none,
    migrating,
    migrating_storage,
    suspending,
    resuming,
    stopping,
    starting,
    squeezing,  // its dynamic range becomes smaller
    restoring,  // and as it was: charged with all of it already
};

struct VmState {
    Power power = Power::running;
    Activity activity = Activity::none;
    Id<Host> host = Id<Host>::none();    // holds its memory; none unless running or resuming
    Id<Host> to = Id<Host>::none();      // the target while migrating
    Id<Host> parked = Id<Host>::none();  // where we suspended or stopped it, until it is back
    Id<Storage> storage = Id<Storage>::none();  // where its local disks were moved to
    bool cd_ejected = false;                    // by us
    bool squeezed = false;                      // by us: `Vm::squeeze` is given up
    friend bool operator==(const VmState&, const VmState&) = default;
};

/// A switch of the pool that an upgrade turns off and puts back.
struct PoolSwitch {
    bool on = false;          // now
    bool turned_off = false;  // by us, so it must come back (R15)
    friend bool operator==(const PoolSwitch&, const PoolSwitch&) = default;
};

struct PoolState {
    Table<Host, HostState> hosts;
    Table<Vm, VmState> vms;
    PoolSwitch ha;
    PoolSwitch wlb;
    PoolSwitch auto_power_on;
    bool backed_up = false;            // the database, in this run
    std::uint32_t migrations = 0;      // under way in the pool
    std::uint32_t in_flight = 0;       // steps under way, of any kind
    std::uint32_t hosts_out = 0;       // disabled or down: what R6 counts
    std::uint32_t hosts_upgraded = 0;  // those that run their target
    friend bool operator==(const PoolState&, const PoolState&) = default;
};

/// The version that a host runs in `state`.
[[nodiscard]] const Version& version_in(const Pool& pool, const PoolState& state, Id<Host> host);

/// Memory of a host for VMs, at the version that it runs in `state`.
[[nodiscard]] inline Bytes capacity_in(const Pool& pool, const PoolState& state, Id<Host> host) {
    return state.hosts[host].upgraded ? pool.hosts[host].memory_after : pool.hosts[host].memory;
}

/// What a host is charged for a VM that it holds in `state`.
[[nodiscard]] inline Bytes charge_in(const Pool& pool, const PoolState& state, Id<Vm> vm) {
    const Vm& one = pool.vms[vm];
    return state.vms[vm].squeezed ? one.memory : one.memory + one.squeeze;
}

/// What must be free on a host before a VM may come to it in `state`.
[[nodiscard]] inline Bytes admission_in(const Pool& pool, const PoolState& state, Id<Vm> vm) {
    const Vm& one = pool.vms[vm];
    return state.vms[vm].squeezed ? one.admission : full_admission(one);
}

/// Capacity less what is committed; negative when the host is overcommitted.
[[nodiscard]] inline Bytes free_in(const Pool& pool, const PoolState& state, Id<Host> host) {
    return capacity_in(pool, state, host) - state.hosts[host].committed;
}

/// True when the versions of two hosts, lost ones included, make the pool a mixed one.
[[nodiscard]] bool is_mixed(const Pool& pool, const PoolState& state);

/// A state where every VM runs nowhere and every host is enabled and empty.
[[nodiscard]] PoolState empty_state(const Pool& pool);

/// Puts a running VM on a host, for readers and tests; counts its memory there.
void place(const Pool& pool, PoolState& state, Id<Vm> vm, Id<Host> host);

}  // namespace vacate
