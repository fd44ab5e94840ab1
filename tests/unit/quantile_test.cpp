// Inverses of distributions: against the exact ones, and what is drawn through them.
#include "model/quantile.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "model/random.hpp"

namespace vacate {
namespace {

using Kind = Distribution::Kind;
constexpr double unit = 4294967296.0;  // 2^32
constexpr double all = 18446744073709551616.0;

double below(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }
double density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0)); }

std::int64_t at_share(const Distribution& spread, double share) {
    return Quantiles(spread).at(static_cast<std::uint64_t>(share * all));
}

// How far the found value is from the true one: the error of its share over the density there.
TEST_CASE("the normal quantile is off by less than a millionth", "[quantile]") {
    double worst = 0;
    for (int i = 1; i <= 60'000; ++i) {
        const double share = i <= 20'000   ? i / 40'000.0                             // the middle
                             : i <= 40'000 ? std::exp2(-(i - 20'000) / 20'000.0 - 1)  // near it
                                           : std::exp2(-(i - 40'000) / 625.0 - 1);    // the tail
        const auto u = static_cast<std::uint64_t>(share * all);
        const double exact_share = (static_cast<double>(u) + 0.5) / all;
        const double z = static_cast<double>(normal_quantile(u)) / unit;
        worst = std::max(worst, std::fabs(below(z) - exact_share) / density(z));
    }
    CHECK(worst < 1e-6);
}

TEST_CASE("the normal quantile is symmetric, ascends and ends at 6.34", "[quantile]") {
    Random random(5);
    std::vector<std::uint64_t> draws(20'000);
    for (std::uint64_t& draw : draws) draw = random.next();
    std::sort(draws.begin(), draws.end());
    for (std::size_t i = 0; i < draws.size(); ++i) {
        REQUIRE(normal_quantile(~draws[i]) == -normal_quantile(draws[i]));
        if (i > 0) REQUIRE(normal_quantile(draws[i - 1]) <= normal_quantile(draws[i]));
    }
    // Below 2^-33 all is taken as that: -6.337957755.
    CHECK(static_cast<double>(normal_quantile(0)) / unit == Approx(-6.337957755).epsilon(1e-9));
    CHECK(normal_quantile(std::uint64_t{1} << 20) == normal_quantile(0));
}

TEST_CASE("logarithms and powers of two in integers", "[quantile]") {
    CHECK(log2_of(1) == 0);
    CHECK(log2_of(std::uint64_t{1} << 63) == std::int64_t{63} << 32);
    CHECK(times_power_of_two(1000, 0) == 1000);
    CHECK(times_power_of_two(1000, std::int64_t{3} << 32) == 8000);
    CHECK(times_power_of_two(1000, -(std::int64_t{1} << 32)) == 500);
    CHECK(times_power_of_two(3, -(std::int64_t{1} << 32)) == 2);  // 1.5 is rounded up
    CHECK(times_power_of_two(5, std::int64_t{61} << 32) == std::int64_t{1} << 62);
    CHECK(times_power_of_two(5, -(std::int64_t{100} << 32)) == 0);
    Random random(9);
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t number = random.next() >> random.below(63) | 1;
        const double exact = std::log2(static_cast<double>(number));
        REQUIRE(std::fabs(static_cast<double>(log2_of(number)) / unit - exact) < 1e-9);
        const std::int64_t exponent = random.between(-(std::int64_t{20} << 32), 20ll << 32);
        const double power = 1e9 * std::exp2(static_cast<double>(exponent) / unit);
        const auto found = static_cast<double>(times_power_of_two(1'000'000'000, exponent));
        REQUIRE(std::fabs(found - power) <= power * 1e-9 + 0.5);
    }
}

TEST_CASE("each kind has its shares where they belong", "[quantile]") {
    CHECK(at_share({Kind::fixed, {7}}, 0.3) == 7);
    // 10 values from 0 to 9, each for a tenth.
    CHECK(at_share({Kind::uniform, {0, 9}}, 0.0) == 0);
    CHECK(at_share({Kind::uniform, {0, 9}}, 0.399) == 3);
    CHECK(at_share({Kind::uniform, {0, 9}}, 0.401) == 4);
    CHECK(at_share({Kind::uniform, {-5, -5}}, 0.9) == -5);
    // Of low 0, mode 30, high 100: 30 % lie below the mode; x^2 / 3000 = 7.5 % at 15, and
    // 1 - (100 - x)^2 / 7000 = 94.4 % at 80.2.
    const Distribution triangle{Kind::triangular, {0, 30'000'000, 100'000'000}};
    CHECK(at_share(triangle, 0.3) == Approx(30e6).epsilon(1e-6));
    CHECK(at_share(triangle, 0.075) == Approx(15e6).epsilon(1e-6));
    CHECK(at_share(triangle, 1 - 19.8 * 19.8 / 7000) == Approx(80.2e6).epsilon(1e-6));
    CHECK(at_share({Kind::triangular, {4, 4, 4}}, 0.5) == 4);
    // A month wide: the widest that a time may be is a leap year.
    const Distribution wide{Kind::triangular, {0, 0, 366ll * 24 * 3600 * 1'000'000}};
    CHECK(at_share(wide, 0.75) == Approx(366.0 * 24 * 3600 * 1e6 / 2).epsilon(1e-6));
    const Distribution skew{Kind::lognormal, {900'000'000, 1'800'000'000}};
    CHECK(at_share(skew, 0.5) == Approx(900e6).epsilon(1e-6));
    CHECK(at_share(skew, 0.95) == Approx(1800e6).epsilon(1e-6));
    CHECK(at_share(skew, 0.05) == Approx(450e6).epsilon(1e-6));  // as far below as above
    CHECK(at_share({Kind::lognormal, {50, 50}}, 0.99) == 50);
    const Distribution list{Kind::recorded, {1, 1, 5, 9}};
    CHECK(at_share(list, 0.49) == 1);
    CHECK(at_share(list, 0.51) == 5);
    CHECK(at_share(list, 0.99) == 9);
}

// ---- what is drawn: Kolmogorov and Smirnov's distance to the exact distribution, and moments

struct Exact {
    Distribution spread;
    double mean;
    double deviation;
    double (*below)(double);
};

TEST_CASE("what is drawn is distributed as it should be", "[quantile][law]") {
    // Uniform from 0 to 1e9; its deviation is 1e9 / sqrt(12). Triangular of 0, 2e8, 1e9: mean
    // 1.2e9 / 3, variance (0 + 4e16 + 1e18 - 0 - 0 - 2e17) / 18. Log-normal of median 1e9 and
    // sigma s = ln 2 / 1.644854 = 0.421404: mean 1e9 e^(s^2 / 2) and deviation mean
    // sqrt(e^(s^2) - 1).
    const double sigma = std::log(2.0) / 1.6448536269514722;
    const double mean = 1e9 * std::exp(sigma * sigma / 2);
    const std::vector<Exact> cases{
        {{Kind::uniform, {0, 1'000'000'000}},
         5e8,
         1e9 / std::sqrt(12.0),
         [](double x) { return x / 1e9; }},
        {{Kind::triangular, {0, 200'000'000, 1'000'000'000}},
         4e8,
         std::sqrt((4e16 + 1e18 - 2e17) / 18),
         [](double x) { return x < 2e8 ? x * x / 2e17 : 1 - (1e9 - x) * (1e9 - x) / 8e17; }},
        {{Kind::lognormal, {1'000'000'000, 2'000'000'000}},
         mean,
         mean * std::sqrt(std::exp(sigma * sigma) - 1),
         [](double x) { return below(std::log(x / 1e9) / (std::log(2.0) / 1.6448536269514722)); }},
    };
    constexpr int count = 40'000;
    for (const Exact& one : cases) {
        CAPTURE(static_cast<int>(one.spread.kind));
        Random random(2'026);
        const Quantiles quantiles(one.spread);
        std::vector<double> drawn;
        double sum = 0;
        for (int i = 0; i < count; ++i) {
            drawn.push_back(static_cast<double>(quantiles.at(random.next())));
            sum += drawn.back();
        }
        double squares = 0;
        for (const double value : drawn) squares += (value - sum / count) * (value - sum / count);
        // Four standard errors of a mean; the deviation's own is at most 2 % here.
        CHECK(std::fabs(sum / count - one.mean) < 4 * one.deviation / std::sqrt(double{count}));
        CHECK(std::sqrt(squares / count) == Approx(one.deviation).epsilon(0.02));
        std::sort(drawn.begin(), drawn.end());
        double distance = 0;
        for (int i = 0; i < count; ++i) {
            const double share = one.below(drawn[static_cast<std::size_t>(i)]);
            distance = std::max({distance, std::fabs(share - double(i) / count),
                                 std::fabs(share - double(i + 1) / count)});
        }
        CHECK(distance * std::sqrt(double{count}) < 1.95);  // more once in 1 000 seeds
    }
}

TEST_CASE("recorded values come equally often", "[quantile][law]") {
    const Quantiles quantiles({Kind::recorded, {10, 20, 30, 40, 50}});
    std::array<std::int64_t, 5> seen{};
    Random random(4);
    for (int i = 0; i < 50'000; ++i) {
        ++seen[static_cast<std::size_t>(quantiles.at(random.next()) / 10 - 1)];
    }
    std::int64_t squares = 0;
    for (const std::int64_t times : seen) squares += (times - 10'000) * (times - 10'000);
    CHECK(squares < 184'700);  // chi-square with 4 degrees of freedom: above 18.47 once in 1 000
}

}  // namespace
}  // namespace vacate
