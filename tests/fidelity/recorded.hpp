// The recorded sets, replayed, and the half of each that is judged.
#pragma once

#include <string>
#include <vector>

#include "model/fidelity.hpp"

namespace vacate {

/// A set of scenarios/recorded with what the kernel gives for it. No run may stall.
struct ReplayedSet {
    Recording recording;
    std::vector<ReplayedRun> runs;
};

[[nodiscard]] ReplayedSet replay_set(const std::string& name);

/// The runs of the cases whose names begin so.
[[nodiscard]] std::vector<ReplayedRun> runs_of(const ReplayedSet& set, const std::string& prefix);

/// Of some runs, those of every other case in name order: parameters may be fitted to the cases
/// 0, 2, 4 ...; the cases 1, 3, 5 ... are what a fit is judged by.
[[nodiscard]] std::vector<ReplayedRun> judged_half(const ReplayedSet& set,
                                                   const std::vector<ReplayedRun>& runs);

/// Prints the errors of a set, and gives them back.
Fidelity stated(const std::string& what, const ReplayedSet& set,
                const std::vector<ReplayedRun>& runs);

/// The text of a file of the project.
[[nodiscard]] std::string text_of_project(const std::string& relative);

}  // namespace vacate
