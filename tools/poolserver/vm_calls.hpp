// Calls that change the power state of a VM, or ask whether they could.
#pragma once

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// VM.start, start_on, resume, resume_on, suspend, pause, unpause, clean and hard shutdown and
/// reboot, power_state_reset; assert_can_boot_here, assert_agile, get_possible_hosts,
/// assert_operation_valid, update_allowed_operations, and what changes blocked_operations.
///
/// What takes time takes it as the scenario's timing says; what that does not know is at most
/// some seconds. Requires: `parts` lives as long as its service.
void add_vm_calls(VmParts& parts);

}  // namespace vacate::poolserver
