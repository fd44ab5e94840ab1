// The VMs of a scenario, with their metrics, drives, interfaces and devices.
#pragma once

#include "tools/poolserver/population.hpp"

namespace vacate::poolserver {

/// Makes them all. Requires: hosts, storages and networks are made, and the database is theirs.
void add_vms(Database& database, const Scenario& scenario, DateTime started_at, OverheadEra era,
             Population& made);

}  // namespace vacate::poolserver
