// The list of what is registered.
#include "tools/poolserver/behaviour.hpp"

#include "tools/poolserver/device_calls.hpp"
#include "tools/poolserver/evacuation.hpp"
#include "tools/poolserver/migration_calls.hpp"
#include "tools/poolserver/vm_calls.hpp"

namespace vacate::poolserver {

Behaviour::Behaviour(PoolService& service, const Scenario& scenario,
                     const Placement::Options& placement)
    : vms_(service, scenario, placement), interventions_(vms_), rolling_flag_(vms_) {
    add_vm_calls(vms_);
    add_migration_calls(vms_);
    add_evacuation_calls(vms_);
    add_device_calls(vms_);
    vms_.operations.update_all();
}

}  // namespace vacate::poolserver
