// A cluster in the Ganeti htools text format to the text of a scenario.
#pragma once

#include <string>
#include <string_view>

#include "model/result.hpp"

namespace vacate {

/// Turns a cluster with shared storage into a scenario text for read_scenario().
///
/// What cannot be represented is said in the scenario's remarks, by name: DRBD secondaries,
/// plain disks (their instances are immobile), tags, policies, several node groups, offline
/// nodes. The master node is the coordinator; where none is marked, the scenario has none and
/// --set pool.coordinator=NAME supplies it.
///
/// Fails: sections or fields missing, numbers that are none, unknown nodes, several masters,
///        duplicate names, each with its line.
/// Source: Ganeti, src/Ganeti/HTools/Backend/Text.hs, man/hbal.rst.
[[nodiscard]] Result<std::string> scenario_from_ganeti(std::string_view text,
                                                       const std::string& source);

}  // namespace vacate
