// The pause of a pre-copy, written down once more: for the naive judge, and to doubt the model
// with.
#pragma once

#include <cstdint>

#include "model/pool.hpp"

namespace vacate {

/// What the guest's pause comes to, in µs. Exponentials are not the same to the last bit in all
/// arithmetics: `is_close` says that a stop rule was decided by less than a millionth.
struct NaivePause {
    std::int64_t microseconds = 0;
    bool is_close = false;
    bool is_exact = true;  // no exponential was taken
};

/// The pause of `vm` when it leaves `from` for `to` and all others that are allowed to move at
/// the same time do so. Nothing of model/precopy is used; rounding is as its contracts say.
[[nodiscard]] NaivePause naive_pause(const Pool& pool, const Vm& vm, const Host& from,
                                     const Host& to);

}  // namespace vacate
