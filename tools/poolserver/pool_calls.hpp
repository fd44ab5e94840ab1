// Calls about the pool as a whole: who is coordinator, what is switched on, what is backed up.
#pragma once

#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {

/// pool.set_wlb_enabled, deconfigure_wlb, designate_new_master, emergency_transition_to_master,
/// emergency_reset_master, recover_slaves, check_update_readiness; GET /host_backup.
///
/// Requires: `service` and `hosts` outlive the service's calls.
void add_pool_calls(PoolService& service, Hosts& hosts);

}  // namespace vacate::poolserver
