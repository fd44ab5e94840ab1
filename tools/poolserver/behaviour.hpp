// Everything that the simulated pool does beyond answering from its records.
#pragma once

#include "model/codec/scenario.hpp"
#include "tools/poolserver/interventions.hpp"
#include "tools/poolserver/rolling_flag.hpp"
#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// Registers all behaviour with a service. Its parts are what faults and operators act through.
///
/// Requires: it lives as long as the service is called; neither moves.
class Behaviour {
  public:
    Behaviour(PoolService& service, const Scenario& scenario,
              const Placement::Options& placement = Placement::Options{});
    Behaviour(const Behaviour&) = delete;
    Behaviour& operator=(const Behaviour&) = delete;

    [[nodiscard]] VmParts& vms() { return vms_; }
    [[nodiscard]] Interventions& interventions() { return interventions_; }
    [[nodiscard]] RollingFlag& rolling_flag() { return rolling_flag_; }

  private:
    VmParts vms_;
    Interventions interventions_;
    RollingFlag rolling_flag_;
};

}  // namespace vacate::poolserver
