// Which genomes are worth a look: first a sweep, then small changes of the best.
#pragma once

#include <vector>

#include "model/random.hpp"
#include "sim/search/construct.hpp"

namespace vacate {

/// What is tried first, in this order: a wide one by the clock, a plain sequence that nearly
/// always works, then plans by the clock from the widest down: the number of rounds decides most.
[[nodiscard]] std::vector<Genome> sweep(int widest);

/// The variants of `best` that differ in one choice or two: width, partial drains, order of the
/// members, packing, whether the coordinator waits.
[[nodiscard]] std::vector<Genome> variants(const Genome& best, int widest);

/// A random change of `best`; now and then a large one.
[[nodiscard]] Genome mutated(const Pool& pool, const PoolState& state, const Genome& best,
                             int widest, Random& random);

/// Unlike ways through pools where the sweep found none.
[[nodiscard]] std::vector<Genome> last_resorts(Random& random);

}  // namespace vacate
