// What only a live pool can tell before it is touched.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "model/order.hpp"
#include "tools/xapi/capture.hpp"

namespace vacate::xapi {

struct PreflightOptions {
    std::vector<Order> orders;          // of the plan, in its order
    std::string backup_file;            // where the database will be written; empty: nowhere
    std::string run;                    // its own lock is no obstacle
    std::chrono::seconds skew_max{30};  // between the clocks of two hosts
};

/// Asks the pool, and changes nothing of it: free memory as it computes it, another run's lock,
/// pending tasks, operations on VMs and disks, disks in use by control domains, the hosts' clocks,
/// whether the user may back up the database and whether there is room for it, and for every move
/// of the plan whether the pool would allow it. Moves from or to a host that will be upgraded by
/// then cannot be asked about; a finding says how many.
///
/// Returns: findings, sorted by severity; with what is not known because the pool did not answer.
[[nodiscard]] Findings preflight(Client& client, const Captured& captured, const Scenario& scenario,
                                 const PreflightOptions& options);

}  // namespace vacate::xapi
