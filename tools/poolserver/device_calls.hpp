// Calls about drives, storage connections and the memory of a VM.
#pragma once

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// VBD.eject and insert, PBD.plug and unplug, VM.set_memory_dynamic_range, _min and _max.
/// Requires: `parts` lives as long as its service.
void add_device_calls(VmParts& parts);

}  // namespace vacate::poolserver
