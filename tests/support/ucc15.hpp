// The scheduling problems of UCC 2015: destinations given, links full duplex, a plan published.
#pragma once

#include <string>
#include <vector>

#include "model/pool.hpp"
#include "model/state.hpp"

namespace vacate {

/// One problem as a pool, where its VMs are to go, and what the published plan takes.
struct TransferProblem {
    Pool pool;
    PoolState state;
    Table<Vm, Id<Host>> goal;
    Duration published{};  // end of the published plan, by the durations in its file
};

/// Reads a problem of btrplace/migrations-UCC-15.
///
/// Memory as accounted there; a link as fast as the migrations of the published plan that a host
/// takes part in at once, each way; a link of L Mbit/s carries L / 9 MB/s. A VM sends so many
/// bytes that alone, over the links of its way, it takes as long as the file says (20, 29, 51 or
/// 70 s, what it dirties included), and dirties nothing more. Throttles are wide open.
///
/// Stops the test program when the text is no such problem.
/// Source: the files' own figures; btrplace/scheduler for what a link carries.
[[nodiscard]] TransferProblem read_ucc15(const std::string& text);

}  // namespace vacate
