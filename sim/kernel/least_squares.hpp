// Robust non-linear least squares: values that explain measurements, some of which are wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace vacate {

/// What is to be explained: residuals as a function of variables.
struct FitProblem {
    /// As many residuals for any variables within the bounds, NaN never.
    std::function<std::vector<double>(const std::vector<double>&)> residuals;
    std::vector<double> least;           // by variable
    std::vector<double> most;            // by variable
    std::vector<double> step;            // by variable: the change that slopes are taken over
    std::vector<std::uint32_t> kind;     // by residual: those of a kind scatter alike
    std::vector<std::uint32_t> cluster;  // by residual: those of one may be wrong together
};

/// How much a residual counts that is so many scales large: Huber's minimax rule, 1 up to 1.345
/// and falling as 1/z from there.
[[nodiscard]] double huber_weight(double z);

/// Tukey's biweight, which leaves out what is beyond 4.685 scales.
/// Source: the two constants give 95 % efficiency for normal errors (Holland and Welsch 1977).
[[nodiscard]] double tukey_weight(double z);

/// The scatter of residuals around 0 as their median size tells it: 1.4826 times that, the
/// standard deviation for normal errors. 0 for none.
[[nodiscard]] double median_scale(std::vector<double> residuals);

/// The value that a Student t variable stays below with a chance of 97.5 %.
/// Requires: degrees >= 3; then it is less than 1 % off.
[[nodiscard]] double student_t975(std::size_t degrees);

/// Slopes of residuals, one row for each and one column for each variable.
struct Slopes {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<double> values;  // column by column
    [[nodiscard]] double at(std::size_t row, std::size_t column) const {
        return values[column * rows + row];
    }
};

/// Taken over a step, and over two and a half, to both sides. Where these disagree much a jump
/// is near: then the flattest counts, or none if they do not agree on up or down.
[[nodiscard]] Slopes slopes_at(const FitProblem& problem, const std::vector<double>& at);

/// How well the data tell variables apart.
struct Distinction {
    double condition = 1;                  // of the slopes, each column scaled to length 1
    std::vector<std::uint32_t> entangled;  // the variables that a change of together hides
};

/// `weights` by residual. Variables are entangled when the condition is 30 or more.
/// Requires: no column is 0.
/// Source: Belsley, Kuh and Welsch, "Regression diagnostics", 1980, for the condition of 30.
[[nodiscard]] Distinction distinguish(const Slopes& slopes, const std::vector<double>& weights);

/// What a fit came to.
struct RobustFit {
    std::vector<double> values;
    std::vector<double> standard_errors;  // 0 for one at its bound
    std::vector<std::uint8_t> at_bound;   // by variable
    std::vector<double> residuals;
    std::vector<double> weights;  // by residual, 0 .. 1
    std::vector<double> scales;   // by kind
    std::size_t degrees = 0;      // of freedom; 0: nothing can be said of errors
    bool converged = false;
    bool determined = true;  // else the slopes leave some direction open
};

/// Fits by Levenberg-Marquardt steps within bounds on weights that are taken anew for every
/// step: Huber's first, which find their way from far, then Tukey's, which ignore what is far
/// off. Every kind of residual has its scale, from the median.
///
/// Standard errors are the larger of two: as if errors were independent (Huber's covariance of
/// an M-estimate), and, with 8 clusters or more, as if those of a cluster were not.
///
/// Requires: as many entries of kind and cluster as residuals, start within the bounds.
/// Costs:    four evaluations a variable and step, at most 60 steps.
/// Source:   Huber and Ronchetti, "Robust statistics", 2009; Marquardt 1963.
[[nodiscard]] RobustFit fit_robustly(const FitProblem& problem, const std::vector<double>& start);

}  // namespace vacate
