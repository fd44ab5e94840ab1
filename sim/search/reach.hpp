// The way to a given placement: migrations one after the other, with detours where they cross.
#pragma once

#include <cstdint>
#include <vector>

#include "model/job.hpp"
#include "sim/search/draft.hpp"

namespace vacate {

/// Where every VM is now.
[[nodiscard]] Placement placement_of(const PoolState& state);

/// In which order moves are tried.
enum class ReachOrder {
    largest_first,
    smallest_first,
    shuffled,
};

/// VMs that run and are not where `goal` wants them.
[[nodiscard]] std::vector<Id<Vm>> astray(const PoolState& state, const Placement& goal);

/// Appends migrations to `draft` until every VM is where `goal` wants it, or as many as can be.
///
/// A VM goes straight to its place as soon as it is let in. Where all that are left wait for one
/// another, one steps aside to a third host and goes on from there: of all that make a next
/// straight move possible, the one with the least memory; if none does alone, the one that
/// leaves the fullest host. VMs that must stay together follow one another.
///
/// Returns: those that are not there at the end; what was moved stays in the draft.
/// Costs:   each move looks at every VM that is astray; a detour at every VM and host.
[[nodiscard]] std::vector<Id<Vm>> reach(Draft& draft, const Placement& goal, ReachOrder order,
                                        std::uint64_t salt = 0);

}  // namespace vacate
