// The states that a plan leads through, and what the loss of hosts does to each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/change.hpp"
#include "model/restart.hpp"
#include "sim/kernel/simulate.hpp"

namespace vacate {

/// A state that lasts for a while: from the begin or end of an upgrade on.
struct Stage {
    Instant at{};
    std::string what;  // "srv-3 goes down"
    PoolState state;
};

/// The start, every instant at which an upgrade begins or ends, and the end.
/// Requires: a run with its timeline.
[[nodiscard]] std::vector<Stage> stages_of(const Scenario& scenario, const Simulation& run);

/// The pool in the middle of a run, `host` lost at an instant: what is under way there fails,
/// everything else that was begun ends first, as an executor lets it.
struct Interrupted {
    Instant settled{};  // when all of that has ended
    Scenario scenario;  // without the host
    std::vector<std::string> down;
};
/// Requires: a run with its timeline; another host than this one. Two hosts are left or more.
[[nodiscard]] Interrupted interrupt(const Scenario& scenario, const Simulation& run, Id<Host> host,
                                    Instant at);

/// Losses that could be survived at once, whichever hosts are hit, by the packing of R9, with
/// every running VM protected that is not tied to its host; no more than limits::spare_host_subsets
/// losses are tried.
[[nodiscard]] std::int64_t spare_hosts_of(const Pool& pool, const PoolState& state);

}  // namespace vacate
