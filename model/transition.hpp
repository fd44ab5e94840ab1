// apply(): the one function that moves a state past an event.
#pragma once

#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "model/event.hpp"
#include "model/rule.hpp"
#include "model/state.hpp"

namespace vacate {

/// Moves `state` past `event`, or leaves it untouched and says which rule forbids it.
///
/// Began is judged by every rule that the table in transition.cpp lists for its step; Ended and
/// Failed must belong to a step that began. Facts (HostLost, HostFound, VmSeen) are believed:
/// the state follows and audit() lists what is broken then.
///
/// Requires: the ids of the event are ids of `pool`.
/// Fails:    with the first rule in order of its number; R12 and R13 are throttles and not
///           judged here, see throttle.hpp.
/// Costs:    constant, plus the members of the VM's groups; with spare hosts asked for, a
///           packing of the protected VMs of every host.
[[nodiscard]] tl::expected<void, Violation> apply(const Pool& pool, PoolState& state,
                                                  const Event& event);

/// What apply() would say to Began{step}, without the change.
[[nodiscard]] std::optional<Violation> forbids(const Pool& pool, const PoolState& state,
                                               const Step& step);

/// Every rule that forbids the step, not only the first.
[[nodiscard]] std::vector<Violation> all_violations(const Pool& pool, const PoolState& state,
                                                    const Step& step);

/// Began and Ended at once: the step as a whole, with nothing else between.
[[nodiscard]] tl::expected<void, Violation> perform(const Pool& pool, PoolState& state,
                                                    const Step& step);

}  // namespace vacate
