// What only a live pool can tell before it is touched.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "model/order.hpp"
#include "tools/xapi/capture.hpp"

namespace vacate::xapi {

struct PreflightOptions {
    std::vector<Order> orders;          // of the plan, in its order
    std::string backup_file;            // where the database will be written; empty: nowhere
    std::string run;                    // its own lock and tasks are no obstacle
    std::set<std::string> ours;         // VMs that this run is at work on: no obstacle either
    bool resumes = false;               // what the pool does not say keeps nobody from going on
    std::chrono::seconds skew_max{30};  // between the clocks of two hosts
    bool compares_our_clock = false;    // with theirs; a simulated pool has a time of its own
};

/// Asks the pool, and changes nothing of it: free memory as it computes it, another run's lock,
/// pending tasks, operations on VMs and disks, disks in use by control domains, the hosts' clocks,
/// whether the user may back up the database and whether there is room for it, and for every move
/// of the plan whether the pool would allow it. Of moves from or to a host that will be upgraded by
/// then only what no upgrade changes is judged: not versions, nor CPUs.
///
/// Returns: findings, sorted by severity; with what is not known because the pool refuses to say,
///          or blocking, unless a run goes on, because it did not answer.
[[nodiscard]] Findings preflight(Client& client, const Captured& captured, const Scenario& scenario,
                                 const PreflightOptions& options);

}  // namespace vacate::xapi
