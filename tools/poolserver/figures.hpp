// Memory of VMs and hosts in the terms of XAPI.
#pragma once

#include "model/codec/scenario.hpp"
#include "model/memory.hpp"

namespace vacate::poolserver {

/// Which formula the coordinator's xapi computes overheads by: the one that explains more VMs of
/// the scenario, which may state overheads outright; of two alike, that of the coordinator's xapi.
[[nodiscard]] OverheadEra era_of(const Scenario& scenario);

/// Memory of a VM in the terms of XAPI. A scenario keeps dynamic_min, overhead and, for pvh
/// guests, static_max. The rest is chosen so that the formula gives that overhead: static_max
/// equal to dynamic_min, else above it, else with a shadow multiplier.
struct GuestFigures {
    GuestMemory guest;
    Bytes overhead;  // what the scenario charges; what memory_overhead() gives, where it can
};
[[nodiscard]] GuestFigures guest_figures(const Vm& vm, OverheadEra era);

/// Memory of a host in the terms of XAPI: host_memory_for_vms() of it is `memory`.
struct HostFigures {
    Bytes total;
    Bytes overhead;
    GuestMemory dom0;
    Bytes dom0_overhead;
};
[[nodiscard]] HostFigures host_figures(Bytes memory, OverheadEra era);

}  // namespace vacate::poolserver
