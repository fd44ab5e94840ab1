// Who belongs to the pool: hosts that are declared dead, forgotten, ejected or would join.
#pragma once

#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {

/// host.declare_dead, host.destroy, host.is_in_emergency_mode, pool.eject, pool.join,
/// pool.join_force, pool.is_slave. Requires: all arguments live as long as `service` is called.
void add_membership_calls(PoolService& service, Hosts& hosts, Behaviour& behaviour);

}  // namespace vacate::poolserver
