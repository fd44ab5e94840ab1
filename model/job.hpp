// What is to be done to which hosts: upgrade, reboot or empty them.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "model/result.hpp"
#include "model/state.hpp"

namespace vacate {

enum class HostAction {
    upgrade,   // to its target version
    reboot,    // empty it, reboot, enable it again; the version stays
    evacuate,  // empty it and leave it disabled
};
inline constexpr std::array<std::string_view, 3> host_action_names{"upgrade", "reboot", "evacuate"};

/// A job for some hosts; without hosts it is the upgrade of all.
struct Job {
    HostAction action = HostAction::upgrade;
    std::vector<Id<Host>> hosts;  // sorted
    friend bool operator==(const Job&, const Job&) = default;
};

/// What forbids a job from the start: members before the coordinator, more hosts than may be out.
[[nodiscard]] Findings job_blockers(const Pool& pool, const PoolState& state, const Job& job);

/// Makes of a pool the pool of a job, so that the same rules and the same search fit.
///
/// Hosts without a part in it have their present version as target: nothing is to be done to
/// them. A reboot is an upgrade to the version that the host runs already, with the time and the
/// memory that it has; the versions stay equal, so R2 and R3 ask for nothing, R4 and R11 stay. No
/// backup is owed for it (R14). Without hosts nothing is changed.
void narrow(const Job& job, Pool& pool, PoolState& state);

}  // namespace vacate
