// Pools of any size from a seed: for scenarios, tests and benchmarks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/codec/scenario.hpp"

namespace vacate {

/// How large the VMs of a generated pool are, in whole GiB; at most a third of a host.
enum class SizeMix {
    mixed,    // as in most server rooms: many of 1 to 8 GiB, some of 16 to 64
    uniform,  // 1 to 16 GiB, all as likely
    heavy,    // a heavy tail: half have 1 GiB, few up to a quarter of a host
    big,      // 16 to 64 GiB
};

/// What a generated pool is like. Counts are upper limits: see unmet().
struct GeneratorOptions {
    std::uint64_t seed = 1;
    std::string name = "generated";
    std::string about = "a generated pool";

    std::int64_t hosts = 4;              // 1 to limits::hosts
    Bytes host_memory = gibibytes(256);  // of the machine, at least 16 GiB
    std::int64_t unequal_percent = 0;    // hosts with half or one and a half of it
    Bandwidth link = gigabits_per_second(10);
    Duration upgrade_time = std::chrono::minutes(15);
    std::int64_t upgrade_spread_percent = 0;  // of upgrade_time, up and down; below 100
    Bytes dom0_growth;                        // memory that an upgrade takes from the VMs
    bool cpu_mix = false;                     // two generations of CPUs

    std::int64_t vms = 0;            // 0: as many as the fill level takes
    std::int64_t fill_percent = 70;  // of the memory for VMs, 10 to 98
    SizeMix sizes = SizeMix::mixed;
    std::int64_t protect_percent = 0;  // VMs that must be restartable (R9)
    std::int64_t apart = 0;            // groups of two or three VMs on different hosts
    std::int64_t together = 0;         // groups of two or three VMs on one host
    std::int64_t pinned = 0;           // VMs with a PCI device
    Mobility when_pinned = Mobility::restart;
    std::int64_t local_disks = 0;  // VMs with their disks on storage of one host
    Mobility when_local = Mobility::storage;
    std::int64_t cds = 0;  // VMs with a CD in the drive, every other one in the host's own

    std::int64_t hosts_down_max = 0;  // 0: the number of hosts
    std::int64_t spare_hosts = 0;
    bool ha_enabled = false;
};

/// Draws a pool. It is legal as it stands: no host overcommitted, groups intact; and it stays the
/// same for the same options, on every platform. Options that concern other parts of the pool do
/// not change what is drawn for one: more groups leave the VMs as they are.
///
/// The first host is the coordinator. Memory is spread over the hosts in proportion to theirs,
/// each a few percent above or below fill_percent. The machines run XCP-ng 8.2.1 and are upgraded
/// to 8.3.0; dom0 has 1 GiB and a twentieth of the machine, at most 8 GiB.
///
/// Requires: the ranges given in GeneratorOptions.
/// Returns:  what read_scenario(print_scenario()) gives back.
/// Costs:    n log n in hosts and VMs.
[[nodiscard]] Scenario generate(const GeneratorOptions& options);

/// What was asked for and did not fit, one sentence each; empty when all did.
[[nodiscard]] std::vector<std::string> unmet(const GeneratorOptions& options,
                                             const Scenario& scenario);

}  // namespace vacate
