// host.evacuate: xapi's plan, carried out by a sliding window of migrations.
#pragma once

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// host.evacuate, host.assert_can_evacuate, host.get_vms_which_prevent_evacuation, and the calls
/// that ask a balancer that no pool here has.
///
/// Source: xapi, ocaml/xapi/xapi_host.ml:285-424,623-774.
/// Requires: `parts` lives as long as its service.
void add_evacuation_calls(VmParts& parts);

}  // namespace vacate::poolserver
