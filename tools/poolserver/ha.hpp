// High availability, as far as an upgrade meets it: whether a plan exists, on and off, fencing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {

/// How many of the enabled hosts can be lost so that their protected VMs fit on the others, at
/// most `most`. The hosts whose protected VMs need most memory are lost first; VMs go largest
/// first to the host with most memory left.
///
/// Source: xapi, ocaml/xapi/xapi_ha_vm_failover.ml, its approximate plan; agility is not asked.
[[nodiscard]] std::int64_t survivable_losses(const PoolService& service, std::int64_t most,
                                             const std::string& without = {});

/// Why HA refuses that the host is disabled, if it does.
[[nodiscard]] std::optional<Failure> breaks_plan(const PoolService& service,
                                                 const std::string& host);

/// Turns HA off in the records and deletes its state files.
void end_ha(PoolService& service);

/// pool.enable_ha, disable_ha, set_ha_host_failures_to_tolerate, ha_failover_plan_exists,
/// ha_compute_max_host_failures_to_tolerate, host.emergency_ha_disable; and restarts the
/// protected VMs of hosts that were fenced.
///
/// Simplified: a state file needs a shared storage that every host has attached, and no space.
/// Requires: `service` and `hosts` outlive the service's calls; `step` is what on or off takes.
void add_ha_calls(PoolService& service, Hosts& hosts, Duration step);

}  // namespace vacate::poolserver
