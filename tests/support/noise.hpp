// Normal noise for tests, from the project's generator.
#pragma once

#include <cmath>

#include "model/random.hpp"

namespace vacate {

/// A draw from the normal distribution of mean 0 and variance 1 (Box and Muller).
[[nodiscard]] inline double normal(Random& random) {
    constexpr double two_to_53 = 9007199254740992.0;
    constexpr double two_pi = 6.283185307179586;
    const double a = (static_cast<double>(random.next() >> 11) + 1) / two_to_53;
    const double b = static_cast<double>(random.next() >> 11) / two_to_53;
    return std::sqrt(-2 * std::log(a)) * std::cos(two_pi * b);
}

}  // namespace vacate
