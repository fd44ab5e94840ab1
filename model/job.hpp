// What is to be done: to which hosts, and where VMs are to end.
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
    place,     // no host is touched: VMs go where they are wanted
};
inline constexpr std::array<std::string_view, 4> host_action_names{"upgrade", "reboot", "evacuate",
                                                                   "place"};

/// Where VMs end when the last host is done.
enum class Home {
    none,      // where the work left them
    original,  // where they were before it, as many as can be
    balanced,  // so that all hosts are about equally full
};
inline constexpr std::array<std::string_view, 3> home_names{"none", "original", "balanced"};

/// Where each VM is to be; none: it does not matter where.
using Placement = Table<Vm, Id<Host>>;

/// A job for some hosts; without hosts it is the upgrade of all, or a placement.
struct Job {
    HostAction action = HostAction::upgrade;
    std::vector<Id<Host>> hosts;  // sorted
    Home home = Home::none;
    Placement goal = {};  // of place, a row for each VM; else empty
    friend bool operator==(const Job&, const Job&) = default;
};

/// What forbids a job from the start: members before the coordinator, more hosts than may be out.
[[nodiscard]] Findings job_blockers(const Pool& pool, const PoolState& state, const Job& job);

/// Makes of a pool the pool of a job, so that the same rules and the same search fit.
///
/// Hosts without a part in it have their present version as target: nothing is to be done to
/// them. A reboot is an upgrade to the version that the host runs already, with the time and the
/// memory that it has; the versions stay equal, so R2 and R3 ask for nothing, R4 and R11 stay. No
/// backup is owed for it (R14). For a placement nothing is to be done to any host. The upgrade of
/// all changes nothing.
void narrow(const Job& job, Pool& pool, PoolState& state);

}  // namespace vacate
