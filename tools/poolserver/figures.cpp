// Searches for settings that give the overhead which a scenario states.
#include "tools/poolserver/figures.hpp"

#include "model/check.hpp"

namespace vacate::poolserver {
namespace {

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

}  // namespace vacate::poolserver
