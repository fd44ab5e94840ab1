// Which genomes are worth a look: first a sweep, then small changes of the best.
#pragma once

#include <vector>

#include "model/random.hpp"
#include "sim/search/construct.hpp"

namespace vacate {

/// What is tried first, in this order: a wide one by the clock, a plain sequence that nearly
/// always works, then plans by the clock from the widest down: the number of rounds decides most.
/// `few_out`: R6, not memory, is what limits the width.
[[nodiscard]] std::vector<Genome> sweep(int widest, bool few_out);

/// The variants of `best` that differ in one choice or two: first in the order of the members and
/// the packing, then in partial drains and what is sent when, then in width and order.
[[nodiscard]] std::vector<Genome> variants(const Genome& best, int widest, int round);

constexpr int rounds_of_variants = 3;

/// A random change of `best`; now and then a large one.
[[nodiscard]] Genome mutated(const Pool& pool, const PoolState& state, const Genome& best,
                             int widest, Random& random);

/// A wide genome by the clock with its members in any order: where a search may begin once more.
[[nodiscard]] Genome shuffled(const Pool& pool, const PoolState& state, int widest, Random& random);

/// Unlike ways through pools where the sweep found none.
[[nodiscard]] std::vector<Genome> last_resorts(Random& random);

}  // namespace vacate
