// Halvings by shifting, the rest by its series.
#include "model/decay.hpp"

#include "model/units.hpp"

namespace vacate {
namespace {

constexpr int fraction_bits = 57;  // a quotient below 24 times 2^63 leaves room for no more
constexpr std::int64_t one = std::int64_t{1} << fraction_bits;
constexpr std::int64_t log_of_two = 99'893'036'290'645'747;  // ln 2, in 2^-57

}  // namespace

std::int64_t decay(std::int64_t dividend, std::int64_t divisor) {
    constexpr std::int64_t gone = 24;  // e^-24 is below a unit
    if (dividend / divisor >= gone) return 0;
    const Wide exponent = (static_cast<Wide>(dividend) << fraction_bits) / divisor;
    const auto halvings = static_cast<int>(exponent / log_of_two);
    const Wide rest = exponent % log_of_two;
    // 1 - x (1 - x/2 (1 - x/3 (...))), from the inside out; x < 0.7, so that 18 terms are enough.
    Wide sum = one;
    for (int term = 18; term >= 1; --term) sum = one - ((rest * sum) >> fraction_bits) / term;
    return static_cast<std::int64_t>(sum >> (fraction_bits - 32 + halvings));
}

}  // namespace vacate
