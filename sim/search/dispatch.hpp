// One whole upgrade decided as time passes: whoever can send, sends to whoever can take.
#pragma once

#include <optional>
#include <vector>

#include "sim/search/construct.hpp"
#include "sim/search/draft.hpp"

namespace vacate {

/// Appends the upgrade of every member to `draft`, the coordinator's first where it waits.
///
/// The coordinator and the first genome.width members are packed into the rest; their moves
/// begin as links allow, the coordinator's before the others', and unless genome.wait is set,
/// none that would end after the coordinator is empty. From then on, at every moment that a move
/// ends or a host is back: hosts that are empty go down; a member whose whole content fits into
/// what is free on upgraded hosts is emptied into them, the largest VM first; up to
/// genome.partial more use the room that is left over, or with genome.level so many share all
/// room evenly. Where nothing can go on, one member is evacuated as a whole, with stepping stones.
///
/// Times are guesses at the smallest share of the links; they choose the order of the steps and
/// the targets, nothing else.
///
/// Requires: draft.prepare() was called; `members` are the hosts to upgrade but the coordinator.
/// Returns:  where it got stuck, or nothing.
/// Costs:    for each step, a look at the members that drain and at the hosts that take VMs.
[[nodiscard]] std::optional<Stuck> dispatch(Draft& draft, const Genome& genome,
                                            const std::vector<Id<Host>>& members);

}  // namespace vacate
