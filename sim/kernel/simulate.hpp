// The kernel: next-event simulation of a plan over max-min fair links, pre-copy round by round.
#pragma once

#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "model/event.hpp"
#include "model/plan.hpp"
#include "model/schedule.hpp"

namespace vacate {

/// One run of a plan: its figures, its events and where it ends.
struct Simulation : Schedule {
    Timeline timeline;  // empty unless asked for
    PoolState final_state;
    friend bool operator==(const Simulation&, const Simulation&) = default;
};

/// Why a plan came to a stop: nothing is under way, and no step that is ready may begin.
struct Stall {
    Instant at{};
    BrokenStep broken;
    friend bool operator==(const Stall&, const Stall&) = default;
};

struct SimulationOptions {
    bool timeline = true;
};

/// Runs a plan: a step begins as soon as what it comes after has ended, the throttles R12 and
/// R13 let it, and apply() accepts it; of several, the one that stands first in the plan.
///
/// Links: every host has its migration link in each direction (one for both when half duplex)
/// and what it can send over all streams; streams share them max-min fairly, each at most
/// timing.stream_cap. A migration is: control plane, pre-copy rounds, each of what was dirtied
/// during the last, the pause with the rest and pause_overhead, control plane. A storage motion
/// copies its disks first.
///
/// Requires: plan.after names earlier steps only.
/// Fails:    where a step can never begin.
/// Costs:    one event per round, phase and step; links re-solved only where an event touches.
/// Source:   Clark et al., NSDI 2005, for pre-copy.
[[nodiscard]] tl::expected<Simulation, Stall> simulate(const Pool& pool, const PoolState& state,
                                                       const Plan& plan,
                                                       const SimulationOptions& options = {});

}  // namespace vacate
