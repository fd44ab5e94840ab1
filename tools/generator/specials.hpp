// What makes some VMs of a generated pool unlike the others: devices, local disks, CDs, groups.
#pragma once

#include "model/random.hpp"
#include "model/state.hpp"
#include "tools/generator/generate.hpp"

namespace vacate::generator {

/// Ties some VMs to their hosts and puts others into groups; no VM has two such parts.
///
/// Requires: the storages "local-HOST", "dvd-HOST" and "iso-library" where the options need them.
void add_specials(const GeneratorOptions& options, Random& random, const PoolState& state,
                  Pool& pool);

/// The storage with this name. Requires: there is one.
[[nodiscard]] Id<Storage> storage_named(const Pool& pool, const std::string& name);

/// "srv-007" of 120 for ("srv-", 7, 120): names in the order of their numbers, two digits at
/// least.
[[nodiscard]] std::string numbered(const std::string& prefix, std::int64_t number,
                                   std::int64_t highest);

}  // namespace vacate::generator
