// decay() against the exponential of the mathematics library.
#include "model/decay.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "model/random.hpp"

namespace vacate {
namespace {

long double exact(std::int64_t dividend, std::int64_t divisor) {
    const long double quotient =
        static_cast<long double>(dividend) / static_cast<long double>(divisor);
    return std::exp(-quotient) * static_cast<long double>(whole_share);
}

TEST_CASE("decay: less than two units below the exponential, and never above", "[decay]") {
    Random random(1);
    for (int i = 0; i < 200'000; ++i) {
        // Divisors of all sizes, quotients from far below a unit to beyond where all is gone.
        const std::int64_t divisor = random.between(1, std::int64_t{1} << random.between(0, 57));
        const std::int64_t most = std::int64_t{1} << random.between(0, 62);
        const std::int64_t dividend = random.between(0, most);
        if (dividend / divisor > 40) continue;
        const auto found = static_cast<long double>(decay(dividend, divisor));
        const long double wanted = exact(dividend, divisor);
        CAPTURE(dividend, divisor);
        REQUIRE(found <= wanted + 1e-6L);
        REQUIRE(found > wanted - 2);
    }
}

TEST_CASE("decay: all at nothing, a 1/e at one, nothing far out", "[decay]") {
    CHECK(decay(0, 1) == whole_share);
    CHECK(decay(0, std::numeric_limits<std::int64_t>::max()) == whole_share);
    // 2^32 / e = 1 580 030 168.7
    CHECK(decay(7, 7) >= 1'580'030'167);
    CHECK(decay(7, 7) <= 1'580'030'168);
    CHECK(decay(24, 1) == 0);  // 2^32 e^-24 = 0.16
    CHECK(decay(std::numeric_limits<std::int64_t>::max(), 1) == 0);
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    CHECK(decay(largest, largest) == decay(1, 1));
}

TEST_CASE("decay: never grows with the dividend", "[decay]") {
    for (const std::int64_t divisor : {1'000ll, 999'983ll, 1ll << 40}) {
        std::int64_t last = whole_share;
        const std::int64_t step = divisor / 997 + 1;
        for (std::int64_t dividend = 0; dividend < 26 * divisor; dividend += step) {
            const std::int64_t now = decay(dividend, divisor);
            REQUIRE(now <= last);
            REQUIRE(decay(dividend + 1, divisor) <= now);
            last = now;
        }
        CHECK(last == 0);
    }
}

}  // namespace
}  // namespace vacate
