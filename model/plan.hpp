// A plan: steps that are legal read top to bottom, and what may overlap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/rule.hpp"
#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

/// What a plan is expected to give; all of it comes from one simulation and one bound.
struct Promise {
    Duration makespan{};       // from the first disable to the last enable
    Duration mixed_window{};   // time in mixed versions
    std::int64_t moves = 0;    // migrations, storage motions included
    Bytes bytes_moved;         // over the network, pre-copy rounds included
    Duration pause_total{};    // of all guests
    Duration bound{};          // no plan is shorter
    std::string bound_reason;  // why, in words
    friend bool operator==(const Promise&, const Promise&) = default;
};

struct Plan {
    Table<Step> steps;                         // legal read top to bottom
    Table<Step, std::vector<Id<Step>>> after;  // what must have ended first; earlier steps only
    std::uint64_t fingerprint = 0;             // of the pool and state it was made for
    Promise promise;
    friend bool operator==(const Plan&, const Plan&) = default;
};

/// A digest of everything in a pool and a state that a plan depends on.
///
/// FNV-1a over the values; names included, remarks not. Two pools that differ anywhere else
/// have different fingerprints but for the odd chance of 2^-64.
[[nodiscard]] std::uint64_t fingerprint(const Pool& pool, const PoolState& state);

/// A step of a plan that a rule forbids when the plan is read top to bottom.
struct BrokenStep {
    Id<Step> step;
    Violation violation;
    friend bool operator==(const BrokenStep&, const BrokenStep&) = default;
};

/// Reads `steps` top to bottom from `state`, each step as a whole.
///
/// Returns: the state behind the last step.
/// Fails:   with the first step that is forbidden.
[[nodiscard]] tl::expected<PoolState, BrokenStep> replay(const Pool& pool, PoolState state,
                                                         const Table<Step>& steps);

/// True when nothing is left to do: every host runs its target, none is lost, no step is under
/// way, and nothing is owed (R15).
[[nodiscard]] bool is_done(const Pool& pool, const PoolState& before, const PoolState& state);

}  // namespace vacate
