// From a scenario to the objects of a pool, so that capturing the pool gives the scenario back.
#pragma once

#include <string>
#include <vector>

#include "model/codec/scenario.hpp"
#include "tools/poolserver/database.hpp"
#include "tools/poolserver/figures.hpp"

namespace vacate::poolserver {

/// What the pool's coordinator offers, by its xapi.
[[nodiscard]] Release release_of(const Scenario& scenario);

/// host.software_version of a version.
[[nodiscard]] Struct software_version(const Version& version, const std::string& hostname);

/// What a VM and a host may be asked to do, by their state alone.
///
/// Source: answers of xapi 24.0.0 recorded for running VMs and enabled hosts.
[[nodiscard]] Value vm_operations(std::string_view power_state);
[[nodiscard]] Value host_operations(bool enabled);

struct Addresses {
    std::vector<std::string> of_hosts;  // by host; what is missing is made up in 10.0.0.0/8
};

struct Population {
    std::string pool;
    std::vector<std::string> hosts;         // by Id<Host>
    std::vector<std::string> host_metrics;  // by Id<Host>
    std::vector<std::string> dom0s;         // by Id<Host>
    std::vector<std::string> vms;           // by Id<Vm>
    std::vector<std::string> storages;      // by Id<Storage>
    std::vector<std::string> networks;      // by Id<Network>
};

/// Makes every object of the scenario's pool. `started_at` is the date at the pool's zero.
///
/// Notes become what they were read from; those about objects of classes that are not held here,
/// CLUSTERING and VM_HAS_SRIOV_VIF, nothing. Groups that belong together are VM groups that ask
/// for nothing: XAPI has no such rule.
/// Requires: an empty database of release_of(scenario).
Population populate(Database& database, const Scenario& scenario, DateTime started_at,
                    const Addresses& addresses = {});

}  // namespace vacate::poolserver
