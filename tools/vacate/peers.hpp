// What a peer would do with the same pool: its plan, run through the same simulation.
#pragma once

#include <string>

#include "model/codec/scenario.hpp"
#include "reports/plan_answer.hpp"
#include "sim/kernel/simulate.hpp"

namespace vacate {

struct Peer {
    ComparedPlan compared;
    Plan plan;              // that of `run`; empty when it got stuck
    Simulation simulation;  // likewise
};

/// The plan of "wizard" or "rpu".
[[nodiscard]] Peer peer_of(const Scenario& scenario, const std::string& name);

}  // namespace vacate
