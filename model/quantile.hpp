// Values of a distribution from where they stand in it: its inverse, in integers.
#pragma once

#include <cstdint>
#include <vector>

#include "model/chance.hpp"

namespace vacate {

/// The standard normal value below which lies the share (2 u + 1) / 2^65, in 2^-32.
///
/// Interpolated in a table by five differences: off by less than 10^-6, but for a share below
/// 2^-33 or above 1 - 2^-33, which gives what that one does: 6.34 standard deviations.
[[nodiscard]] std::int64_t normal_quantile(std::uint64_t u);

/// The logarithm of `number` to base 2, in 2^-32, off by less than 2^-30. Requires: number > 0.
[[nodiscard]] std::int64_t log2_of(std::uint64_t number);

/// `number` times 2 to the power of `exponent` 2^-32, rounded, at most 2^62.
/// Off by less than 10^-9 of it and half a unit. Requires: 0 <= number < 2^62.
[[nodiscard]] std::int64_t times_power_of_two(std::int64_t number, std::int64_t exponent);

/// The inverse of a distribution: the value below which the share u / 2^64 of it lies.
///
/// Whoever draws u uniformly draws from the distribution, and a larger u never gives a smaller
/// value. Exact for fixed, uniform and recorded; a triangular one is resolved to 2^-36 of its
/// share; a log-normal one is off by less than 2 * 10^-6 of its standard deviation in the
/// exponent.
class Quantiles {
  public:
    /// Requires: as many values as the kind has, in order; of a log-normal one, above 0.
    explicit Quantiles(const Distribution& distribution);

    [[nodiscard]] std::int64_t at(std::uint64_t u) const;

  private:
    [[nodiscard]] std::int64_t triangular(std::uint64_t u) const;

    Distribution::Kind kind_;
    std::vector<std::int64_t> values_;
    std::int64_t deviation_ = 0;  // of a log-normal one: of the logarithm to base 2, in 2^-32
};

}  // namespace vacate
