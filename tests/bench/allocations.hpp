// Counts what a benchmark takes from the heap.
#pragma once

#include <cstdint>

namespace vacate::bench {

/// Bytes that operator new gave out since the program began, freed ones included.
[[nodiscard]] std::uint64_t bytes_allocated();

}  // namespace vacate::bench
