// Recorded migrations carried out by the kernel.
#pragma once

#include <optional>
#include <vector>

#include "model/fidelity.hpp"
#include "sim/kernel/simulate.hpp"

namespace vacate {

/// Carries out one run: each move when what it came after has ended, and no earlier than it was
/// recorded to begin.
///
/// Requires: ids and `after` as read_recording() leaves them.
/// Fails:    where a move can never begin.
[[nodiscard]] tl::expected<RunForecast, Stall> replay_run(const RecordedCase& recorded,
                                                          const RecordedRun& run);

/// Carries out every run that can be; those that cannot are left out, with the stall of the first.
struct Replay {
    std::vector<ReplayedRun> runs;
    std::size_t stalled = 0;
    std::optional<Stall> stall;
};
[[nodiscard]] Replay replay_all(const Recording& recording);

}  // namespace vacate
