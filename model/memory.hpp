// Memory exactly as XAPI accounts for it: what a VM needs, and what a host has left.
#pragma once

#include <cstdint>

#include "model/units.hpp"

namespace vacate {

/// How a guest is virtualised; decides its overhead.
enum class DomainType { hvm, pv, pvh, pv_in_pvh };

/// Which xapi computes overheads: from 26.3 on every vCPU costs 38/256 MiB more.
///
/// Source: xapi commit ec3bd4a887 (CA-423172).
enum class OverheadEra { before_26_3, since_26_3 };

/// A shadow multiplier in thousandths: 1000 is 1.0.
using Thousandths = std::int64_t;

/// What XAPI knows about the memory of one VM.
struct GuestMemory {
    DomainType domain = DomainType::hvm;
    Bytes static_max;
    Bytes dynamic_min;
    std::int64_t vcpus = 1;                // VCPUs_max
    Thousandths shadow_multiplier = 1000;  // HVM_shadow_multiplier; PV guests ignore it
    friend bool operator==(const GuestMemory&, const GuestMemory&) = default;
};

/// What the hypervisor needs beside the guest's own memory, in whole MiB.
///
/// Requires: amounts >= 0, vcpus >= 0, multiplier >= 0, all within limits.hpp.
/// Source:   xapi, ocaml/xapi-idl/memory/memory.ml:204-225.
[[nodiscard]] Bytes memory_overhead(const GuestMemory& guest, OverheadEra era);

/// What a VM is charged on a host while it is there: dynamic_min plus its overhead.
///
/// Source: xapi, ocaml/xapi/memory_check.ml:110-190, the sum behind host free memory.
[[nodiscard]] Bytes memory_charged(const GuestMemory& guest, Bytes overhead);

/// What must be free on a host before the evacuation planner sends the VM there: whole MiB of
/// dynamic_min (hvm, pv) or of static_max (pvh, pv_in_pvh), plus its overhead.
[[nodiscard]] Bytes memory_for_admission(const GuestMemory& guest, Bytes overhead);

/// The same at boot, where a pvh guest counts with its dynamic_min.
[[nodiscard]] Bytes memory_for_boot(const GuestMemory& guest, Bytes overhead);

/// Memory of a host for its VMs, dom0 taken off: total - overhead - what dom0 is charged.
///
/// Returns: at least 0, like xapi's host free memory.
/// Source:  xapi, ocaml/xapi/memory_check.ml:110-190.
[[nodiscard]] Bytes host_memory_for_vms(Bytes total, Bytes host_overhead, Bytes dom0_dynamic_min,
                                        Bytes dom0_overhead);

}  // namespace vacate
