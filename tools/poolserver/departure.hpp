// How VMs leave a host whose machine is being shut down under them.
#pragma once

#include <functional>
#include <string>

#include "tools/poolserver/dispatch.hpp"

namespace vacate::poolserver {

/// What xapi does when the operating system below it shuts down: VMs that could not be evacuated
/// are shut down, cleanly within 60 s and then hard; the others are evacuated for at most
/// max(240 s, used memory over 1 Gbit/s); what is left is shut down the same way. VMs that say
/// other_config:auto_poweroff are left alone. Then calls `done`, at once when there is no VM.
///
/// Source: xapi, ocaml/xapi/vm_evacuation.ml.
/// Requires: `service` outlives it.
void leave_vms(PoolService& service, const std::string& host, std::function<void()> done);

}  // namespace vacate::poolserver
