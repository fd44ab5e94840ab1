// Calls about a host as a machine.
#pragma once

#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {

/// host.disable, enable, reboot, shutdown, power_on, set_power_on_mode, restart_agent,
/// shutdown_agent, and call_plugin of prepare_host_upgrade.py.
///
/// Requires: `service` and `hosts` outlive the service's calls.
void add_host_calls(PoolService& service, Hosts& hosts, const Scenario& scenario);

}  // namespace vacate::poolserver
