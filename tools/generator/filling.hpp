// VMs for hosts, until each is as full as asked for.
#pragma once

#include <vector>

#include "tools/generator/guest.hpp"

namespace vacate::generator {

/// Draws the VMs of a pool and where they run.
///
/// With options.vms = 0 they are drawn as the mix says until every host is full, the last ones
/// of a host no larger than what is left. Otherwise that many are drawn and their sizes are
/// scaled, in whole GiB, so that together they fill the pool; the largest are placed first.
///
/// Requires: one entry of `memories` for each host, what it has for VMs.
/// Returns:  fewer than options.vms where more do not fit.
[[nodiscard]] std::vector<Guest> fill(const GeneratorOptions& options,
                                      const std::vector<Bytes>& memories, Random& random);

}  // namespace vacate::generator
