// The robust solver: weights, known answers, what cannot be told apart, honest intervals.
#include "sim/kernel/least_squares.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "model/random.hpp"
#include "tests/support/noise.hpp"

namespace vacate {
namespace {

/// y = at[0] + at[1] x at x = 0, 1, 2 ...; slopes over a step of 0.001.
FitProblem line_through(std::vector<double> y) {
    FitProblem problem;
    problem.least = {-1e6, -1e6};
    problem.most = {1e6, 1e6};
    problem.step = {1e-3, 1e-3};
    problem.kind.assign(y.size(), 0);
    for (std::uint32_t i = 0; i < y.size(); ++i) problem.cluster.push_back(i);
    problem.residuals = [y = std::move(y)](const std::vector<double>& at) {
        std::vector<double> residuals;
        for (std::size_t i = 0; i < y.size(); ++i) {
            residuals.push_back(at[0] + at[1] * static_cast<double>(i) - y[i]);
        }
        return residuals;
    };
    return problem;
}

}  // namespace

TEST_CASE("weights are 1 near nothing and fall as their authors say", "[least_squares]") {
    CHECK(huber_weight(0) == 1);
    CHECK(huber_weight(-1.345) == 1);
    CHECK(huber_weight(2.69) == Approx(0.5));  // 1.345 / 2.69
    CHECK(tukey_weight(0) == 1);
    CHECK(tukey_weight(2.3425) == Approx(0.5625));  // (1 - 1/4)^2 at half of 4.685
    CHECK(tukey_weight(-4.685) == 0);
    CHECK(tukey_weight(100) == 0);
}

TEST_CASE("the scale is the median size, 1.4826 times", "[least_squares]") {
    CHECK(median_scale({}) == 0);
    CHECK(median_scale({-2, 1, 1000}) == Approx(2.9652));
    CHECK(median_scale({1, -3, 5, 1000}) == Approx(4 * 1.4826));
}

TEST_CASE("quantiles of Student's t are those of the tables", "[least_squares]") {
    CHECK(student_t975(3) == Approx(3.182).epsilon(0.01));
    CHECK(student_t975(4) == Approx(2.776).epsilon(0.005));
    CHECK(student_t975(10) == Approx(2.228).epsilon(0.001));
    CHECK(student_t975(30) == Approx(2.042).epsilon(0.001));
    CHECK(student_t975(1000) == Approx(1.962).epsilon(0.001));
}

TEST_CASE("a line through points on it is found from far away", "[least_squares]") {
    std::vector<double> y;
    for (int x = 0; x < 10; ++x) y.push_back(2 + 3.0 * x);
    const RobustFit fit = fit_robustly(line_through(y), {-50, 40});
    CHECK(fit.converged);
    CHECK(fit.determined);
    CHECK(fit.values[0] == Approx(2).margin(1e-4));
    CHECK(fit.values[1] == Approx(3).margin(1e-4));
    CHECK(fit.degrees == 8);
}

TEST_CASE("a point far off the line changes nothing and is told", "[least_squares]") {
    std::vector<double> y;
    for (int x = 0; x < 20; ++x) y.push_back(2 + 3.0 * x + (x % 2 == 0 ? 0.1 : -0.1));
    const RobustFit clean = fit_robustly(line_through(y), {0, 0});
    y[17] += 500;
    const RobustFit fit = fit_robustly(line_through(y), {0, 0});
    CHECK(fit.values[0] == Approx(clean.values[0]).margin(0.05));
    CHECK(fit.values[1] == Approx(clean.values[1]).margin(0.01));
    CHECK(fit.weights[17] == 0);
    CHECK(fit.weights[16] > 0.5);
}

TEST_CASE("variables that do the same are reported, not guessed", "[least_squares]") {
    // Two columns, the second twice the first.
    const Slopes same{4, 2, {1, 2, 3, 4, 2, 4, 6, 8}};
    const Distinction told = distinguish(same, {1, 1, 1, 1});
    CHECK(told.condition > 1e6);
    CHECK(told.entangled == std::vector<std::uint32_t>{0, 1});
    // Orthogonal ones: condition 1. The third row counts for nothing.
    const Slopes apart{3, 2, {1, 0, 7, 0, 1, 9}};
    CHECK(distinguish(apart, {1, 1, 0}).condition == Approx(1));
    CHECK(distinguish(apart, {1, 1, 0}).entangled.empty());

    FitProblem problem = line_through({1, 1, 1, 1, 1, 1});
    problem.residuals = [](const std::vector<double>& at) {
        return std::vector<double>(6, at[0] + at[1] - 1);
    };
    const RobustFit fit = fit_robustly(problem, {0, 0});
    CHECK_FALSE(fit.determined);
    CHECK(fit.values[0] + fit.values[1] == Approx(1).margin(1e-3));
}

TEST_CASE("what is pressed against a bound stays there", "[least_squares]") {
    std::vector<double> y;
    for (int x = 0; x < 10; ++x) y.push_back(-5 + 3.0 * x);
    FitProblem problem = line_through(y);
    problem.least[0] = 0;
    const RobustFit fit = fit_robustly(problem, {1, 1});
    CHECK(fit.values[0] == 0);
    CHECK(fit.at_bound[0] == 1);
    CHECK(fit.at_bound[1] == 0);
    CHECK(fit.standard_errors[0] == 0);
}

TEST_CASE("a jump on one side does not make a slope", "[least_squares]") {
    FitProblem problem = line_through({0});
    problem.least = {-10};
    problem.most = {10};
    problem.step = {1};
    problem.residuals = [](const std::vector<double>& at) {
        return std::vector<double>{2 * at[0] + (at[0] > 0.5 ? 100 : 0)};
    };
    CHECK(slopes_at(problem, {0}).at(0, 0) == 2);
    CHECK(slopes_at(problem, {-5}).at(0, 0) == 2);
    CHECK(slopes_at(problem, {10}).at(0, 0) == 2);
}

TEST_CASE("intervals hold the truth about 95 times of 100", "[least_squares]") {
    // 400 lines of 30 points with normal noise: 380 expected inside, standard deviation
    // sqrt(400 x 0.95 x 0.05) = 4.4; four of those to both sides.
    int inside = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        std::vector<double> y;
        for (int x = 0; x < 30; ++x) y.push_back(1 + 0.5 * x + normal(random));
        const RobustFit fit = fit_robustly(line_through(y), {0, 0});
        const double half = student_t975(fit.degrees) * fit.standard_errors[1];
        if (std::abs(fit.values[1] - 0.5) <= half) ++inside;
    }
    CAPTURE(inside);
    CHECK(inside >= 362);
    CHECK(inside <= 398);
}

}  // namespace vacate
