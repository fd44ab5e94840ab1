// SimGrid 3.32 as the second opinion on transfers and on live migrations.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/support/evacuation.hpp"
#include "tests/support/flow_run.hpp"

namespace vacate {

/// Transfers over a star of their own.
struct FlowCase {
    std::vector<StarHost> hosts;
    std::vector<FlowJob> jobs;
};

/// VMs that move at once over a star of their own.
struct MoveCase {
    std::vector<StarHost> hosts;
    std::vector<Mover> movers;  // none as fast to write as its stream: SimGrid would never stop
    double cap = 0;
};

struct Move {
    double total_s = 0;
    double pause_s = 0;
};

struct PeerAnswers {
    std::vector<std::vector<double>> ended_s;  // by flow case and job
    std::vector<std::vector<Move>> moves;      // by move case and mover
};

/// Runs all cases side by side in one simulation, each on hosts of its own.
/// Requires: called once per process, because SimGrid has but one engine.
[[nodiscard]] PeerAnswers ask_simgrid(const std::vector<FlowCase>& flows,
                                      const std::vector<MoveCase>& moves);

}  // namespace vacate
