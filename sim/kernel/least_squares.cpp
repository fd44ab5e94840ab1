// Levenberg-Marquardt steps on robust weights, and what the slopes say of the result.
#include "sim/kernel/least_squares.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "model/check.hpp"

namespace vacate {
namespace {

constexpr double huber_turn = 1.345;
constexpr double tukey_end = 4.685;
constexpr double least_scale = 1e-4;  // no measurement is better than 0.01 %
constexpr double entangled_from = 30;
constexpr double involved_from = 0.3;  // of a direction of length 1
constexpr std::size_t least_clusters = 8;
constexpr int rescales_max = 6;
constexpr int steps_max = 10;  // between two looks at the scales
constexpr double damping_max = 1e12;
constexpr double still = 1e-2;         // of the step that slopes are taken over
constexpr double worth_a_step = 1e-6;  // of the cost

enum class Loss { huber, tukey };

double weight_of(Loss loss, double z) {
    return loss == Loss::huber ? huber_weight(z) : tukey_weight(z);
}

// What a residual costs, twice as much as usual: z^2 in the middle.
double cost_of(Loss loss, double z) {
    const double size = std::abs(z);
    if (loss == Loss::huber) {
        return size <= huber_turn ? z * z : huber_turn * (2 * size - huber_turn);
    }
    const double most = tukey_end * tukey_end / 3;
    if (size >= tukey_end) return most;
    const double rest = 1 - (z / tukey_end) * (z / tukey_end);
    return most * (1 - rest * rest * rest);
}

// The slope of weight times z.
double slope_of_influence(double z) {
    if (std::abs(z) >= tukey_end) return 0;
    const double share = (z / tukey_end) * (z / tukey_end);
    return (1 - share) * (1 - 5 * share);
}

// Of secants that disagree much, the flattest; of those that do not even agree on up or down,
// none: a jump is near.
double slope_of(const std::vector<std::vector<double>>& secants, std::size_t row) {
    double least = secants.front()[row];
    double most = least;
    double flattest = least;
    for (const std::vector<double>& secant : secants) {
        least = std::min(least, secant[row]);
        most = std::max(most, secant[row]);
        if (std::abs(secant[row]) < std::abs(flattest)) flattest = secant[row];
    }
    if (least < 0 && most > 0) return 0;
    const double steepest = std::max(std::abs(least), std::abs(most));
    if (steepest > 3 * std::abs(flattest) || secants.size() < 2) return flattest;
    return (secants[0][row] + secants[1][row]) / 2;
}

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;

Index index_of(std::size_t i) { return static_cast<Index>(i); }

class Fitter {
  public:
    Fitter(const FitProblem& problem, const std::vector<double>& start)
        : problem_(problem), at_(start), residuals_(problem.residuals(start)) {
        for (const std::uint32_t kind : problem.kind) {
            kinds_ = std::max(kinds_, std::size_t{kind} + 1);
        }
    }

    RobustFit run() {
        bool settled = settle(Loss::huber);
        settled = settle(Loss::tukey) && settled;
        RobustFit fit;
        fit.converged = settled;
        describe(fit);
        return fit;
    }

  private:
    void rescale();
    bool settle(Loss loss);
    bool descend(Loss loss);
    [[nodiscard]] double cost(Loss loss, const std::vector<double>& residuals) const;
    [[nodiscard]] std::vector<std::size_t> free_ones(const Vector& downhill) const;
    [[nodiscard]] Vector step_on(const Matrix& normal, const Vector& downhill,
                                 double damping) const;
    void describe(RobustFit& fit) const;
    [[nodiscard]] Matrix scatter(const Matrix& slopes, const Vector& influence,
                                 const Matrix& inverse, double mean_slope) const;
    [[nodiscard]] double scale(std::size_t row) const { return scales_[problem_.kind[row]]; }

    const FitProblem& problem_;
    std::vector<double> at_;
    std::vector<double> residuals_;
    std::vector<double> scales_;
    std::size_t kinds_ = 0;
};

// The variables take part of the scatter away; what is left is as much too small.
void Fitter::rescale() {
    scales_.assign(kinds_, least_scale);
    const auto rows = static_cast<double>(residuals_.size());
    const double left = std::max(1.0, rows - static_cast<double>(at_.size()));
    for (std::size_t kind = 0; kind < kinds_; ++kind) {
        std::vector<double> own;
        for (std::size_t i = 0; i < residuals_.size(); ++i) {
            if (problem_.kind[i] == kind) own.push_back(residuals_[i]);
        }
        const double found = median_scale(std::move(own)) * std::sqrt(rows / left);
        scales_[kind] = std::max(least_scale, found);
    }
}

double Fitter::cost(Loss loss, const std::vector<double>& residuals) const {
    double sum = 0;
    for (std::size_t i = 0; i < residuals.size(); ++i)
        sum += cost_of(loss, residuals[i] / scale(i));
    return sum;
}

// Scales and values in turn, until neither moves.
bool Fitter::settle(Loss loss) {
    rescale();
    for (int i = 0; i < rescales_max; ++i) {
        const std::vector<double> before = scales_;
        const bool done = descend(loss);
        if (loss == Loss::tukey && i >= 2) return done;  // fixed then: the cost has one bottom
        rescale();
        bool same = true;
        for (std::size_t kind = 0; kind < kinds_; ++kind) {
            same = same && std::abs(scales_[kind] - before[kind]) <= 1e-3 * before[kind];
        }
        if (same && done) return true;
    }
    return loss == Loss::huber;  // Tukey's go on from wherever this is
}

// The variables that are not pressed against a bound.
std::vector<std::size_t> Fitter::free_ones(const Vector& downhill) const {
    std::vector<std::size_t> free;
    for (std::size_t j = 0; j < at_.size(); ++j) {
        const double push = downhill[index_of(j)];
        const bool pressed =
            (at_[j] <= problem_.least[j] && push <= 0) || (at_[j] >= problem_.most[j] && push >= 0);
        if (!pressed) free.push_back(j);
    }
    return free;
}

Vector Fitter::step_on(const Matrix& normal, const Vector& downhill, double damping) const {
    const std::vector<std::size_t> free = free_ones(downhill);
    const Index count = index_of(free.size());
    Matrix part(count, count);
    Vector towards(count);
    for (Index a = 0; a < count; ++a) {
        const Index from = index_of(free[static_cast<std::size_t>(a)]);
        towards[a] = downhill[from];
        for (Index b = 0; b < count; ++b) {
            part(a, b) = normal(from, index_of(free[static_cast<std::size_t>(b)]));
        }
        part(a, a) += damping * std::max(part(a, a), 1e-30);
    }
    Vector step = Vector::Zero(index_of(at_.size()));
    if (count == 0) return step;
    const Vector solved = part.ldlt().solve(towards);
    for (Index a = 0; a < count; ++a) step[index_of(free[static_cast<std::size_t>(a)])] = solved[a];
    return step;
}

// Levenberg-Marquardt at fixed scales. Returns: whether it came to rest.
bool Fitter::descend(Loss loss) {
    double damping = 1e-3;
    double present = cost(loss, residuals_);
    for (int i = 0; i < steps_max; ++i) {
        const Slopes slopes = slopes_at(problem_, at_);
        const Eigen::Map<const Matrix> raw(slopes.values.data(), index_of(slopes.rows),
                                           index_of(slopes.columns));
        Vector weights(index_of(slopes.rows));
        Vector pulls(index_of(slopes.rows));
        for (std::size_t row = 0; row < slopes.rows; ++row) {
            const double z = residuals_[row] / scale(row);
            weights[index_of(row)] = weight_of(loss, z) / (scale(row) * scale(row));
            pulls[index_of(row)] = weights[index_of(row)] * residuals_[row];
        }
        const Matrix normal = raw.transpose() * weights.asDiagonal() * raw;
        const Vector downhill = -(raw.transpose() * pulls);
        bool better = false;
        bool small = false;
        while (!better && damping < damping_max) {
            const Vector step = step_on(normal, downhill, damping);
            std::vector<double> next = at_;
            double moved = 0;
            for (std::size_t j = 0; j < next.size(); ++j) {
                next[j] =
                    std::clamp(at_[j] + step[index_of(j)], problem_.least[j], problem_.most[j]);
                moved = std::max(moved, std::abs(next[j] - at_[j]) / problem_.step[j]);
            }
            small = moved < still;
            if (small) break;
            std::vector<double> residuals = problem_.residuals(next);
            const double reached = cost(loss, residuals);
            better = reached < present;
            if (better) {
                small = present - reached < worth_a_step * present;
                present = reached;
                at_ = std::move(next);
                residuals_ = std::move(residuals);
                damping = std::max(1e-9, damping / 10);
            } else {
                damping *= 10;
            }
        }
        if (!better || small) return true;
    }
    return false;
}

// What the errors within clusters leave of certainty: the sandwich of slopes and sums.
Matrix Fitter::scatter(const Matrix& slopes, const Vector& influence, const Matrix& inverse,
                       double mean_slope) const {
    std::uint32_t clusters = 0;
    for (const std::uint32_t cluster : problem_.cluster) clusters = std::max(clusters, cluster + 1);
    Matrix sums = Matrix::Zero(index_of(clusters), slopes.cols());
    std::vector<std::uint8_t> used(clusters, 0);
    for (Index row = 0; row < slopes.rows(); ++row) {
        const std::uint32_t cluster = problem_.cluster[static_cast<std::size_t>(row)];
        sums.row(cluster) += influence[row] * slopes.row(row);
        used[cluster] = 1;
    }
    const auto count = static_cast<std::size_t>(std::count(used.begin(), used.end(), 1));
    if (count < least_clusters) return Matrix::Zero(slopes.cols(), slopes.cols());
    const double few = static_cast<double>(count) / static_cast<double>(count - 1);
    return inverse * (sums.transpose() * sums) * inverse * (few / (mean_slope * mean_slope));
}

void Fitter::describe(RobustFit& fit) const {
    const std::size_t rows = residuals_.size();
    const Slopes slopes = slopes_at(problem_, at_);
    fit.values = at_;
    fit.residuals = residuals_;
    fit.scales = scales_;
    fit.standard_errors.assign(at_.size(), 0);
    std::vector<std::size_t> free;
    for (std::size_t j = 0; j < at_.size(); ++j) {
        fit.at_bound.push_back(at_[j] <= problem_.least[j] || at_[j] >= problem_.most[j] ? 1 : 0);
        if (fit.at_bound.back() == 0) free.push_back(j);
    }
    Matrix scaled(index_of(rows), index_of(free.size()));
    Vector influence(index_of(rows));
    Vector turns(index_of(rows));
    for (std::size_t i = 0; i < rows; ++i) {
        const double z = residuals_[i] / scale(i);
        const double weight = tukey_weight(z);
        fit.weights.push_back(weight);
        influence[index_of(i)] = weight * z;
        turns[index_of(i)] = slope_of_influence(z);
        for (std::size_t j = 0; j < free.size(); ++j) {
            // What was left out holds nothing.
            const double slope = weight > 0 ? slopes.at(i, free[j]) / scale(i) : 0;
            scaled(index_of(i), index_of(j)) = slope;
        }
    }
    const auto kept = static_cast<std::size_t>(
        std::count_if(fit.weights.begin(), fit.weights.end(), [](double one) { return one > 0; }));
    if (free.empty() || kept <= free.size()) {
        fit.determined = free.empty();
        return;
    }
    const Eigen::ColPivHouseholderQR<Matrix> rank(scaled);
    fit.determined = rank.rank() == scaled.cols();
    if (!fit.determined) return;
    fit.degrees = kept - free.size();
    const auto n = static_cast<double>(kept);
    const double mean_slope = turns.sum() / n;
    if (mean_slope <= 0) return;
    const Matrix inverse =
        (scaled.transpose() * scaled).ldlt().solve(Matrix::Identity(scaled.cols(), scaled.cols()));
    const double variance = turns.squaredNorm() / n - mean_slope * mean_slope;
    const double kappa =
        1 + static_cast<double>(free.size()) / n * variance / (mean_slope * mean_slope);
    const double common = kappa * kappa * influence.squaredNorm() /
                          static_cast<double>(fit.degrees) / (mean_slope * mean_slope);
    const Matrix together = scatter(scaled, influence, inverse, mean_slope);
    for (std::size_t j = 0; j < free.size(); ++j) {
        const Index at = index_of(j);
        fit.standard_errors[free[j]] =
            std::sqrt(std::max(common * inverse(at, at), together(at, at)));
    }
}

}  // namespace

double huber_weight(double z) {
    const double size = std::abs(z);
    return size <= huber_turn ? 1 : huber_turn / size;
}

double tukey_weight(double z) {
    if (std::abs(z) >= tukey_end) return 0;
    const double rest = 1 - (z / tukey_end) * (z / tukey_end);
    return rest * rest;
}

double median_scale(std::vector<double> residuals) {
    if (residuals.empty()) return 0;
    for (double& residual : residuals) residual = std::abs(residual);
    std::sort(residuals.begin(), residuals.end());
    const std::size_t half = residuals.size() / 2;
    const double median =
        residuals.size() % 2 == 1 ? residuals[half] : (residuals[half - 1] + residuals[half]) / 2;
    return 1.4826 * median;
}

// The expansion of Fisher and Cornish around the normal quantile.
double student_t975(std::size_t degrees) {
    constexpr double z = 1.959963985;
    const double v = 1 / static_cast<double>(degrees);
    const double z2 = z * z;
    const double first = z * (z2 + 1) / 4;
    const double second = z * (5 * z2 * z2 + 16 * z2 + 3) / 96;
    const double third = z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / 384;
    const double fourth =
        z * (79 * z2 * z2 * z2 * z2 + 776 * z2 * z2 * z2 + 1482 * z2 * z2 - 1920 * z2 - 945) /
        92160;
    return z + v * (first + v * (second + v * (third + v * fourth)));
}

Slopes slopes_at(const FitProblem& problem, const std::vector<double>& at) {
    const std::vector<double> here = problem.residuals(at);
    Slopes slopes{here.size(), at.size(), {}};
    slopes.values.reserve(here.size() * at.size());
    for (std::size_t j = 0; j < at.size(); ++j) {
        std::vector<std::vector<double>> secants;  // short ones before long ones
        for (const double steps : {1.0, -1.0, 2.5, -2.5}) {
            std::vector<double> moved = at;
            moved[j] =
                std::clamp(at[j] + steps * problem.step[j], problem.least[j], problem.most[j]);
            const double by = moved[j] - at[j];
            if (by == 0) continue;
            std::vector<double> secant = problem.residuals(moved);
            for (std::size_t i = 0; i < secant.size(); ++i) secant[i] = (secant[i] - here[i]) / by;
            secants.push_back(std::move(secant));
        }
        VACATE_CHECK(!secants.empty(), "a variable that cannot move has no slope");
        for (std::size_t i = 0; i < here.size(); ++i) slopes.values.push_back(slope_of(secants, i));
    }
    return slopes;
}

Distinction distinguish(const Slopes& slopes, const std::vector<double>& weights) {
    Distinction answer;
    if (slopes.columns < 2) return answer;
    Matrix columns(index_of(slopes.rows), index_of(slopes.columns));
    for (std::size_t j = 0; j < slopes.columns; ++j) {
        for (std::size_t i = 0; i < slopes.rows; ++i) {
            columns(index_of(i), index_of(j)) = slopes.at(i, j) * std::sqrt(weights[i]);
        }
        const double length = columns.col(index_of(j)).norm();
        if (length > 0) columns.col(index_of(j)) /= length;
    }
    const Eigen::JacobiSVD<Matrix> parts(columns, Eigen::ComputeThinV);
    const Vector& values = parts.singularValues();
    const Index last = values.size() - 1;
    answer.condition =
        values[last] > 0 ? values[0] / values[last] : std::numeric_limits<double>::infinity();
    if (answer.condition < entangled_from && index_of(slopes.columns) == values.size()) {
        return answer;
    }
    const auto direction = parts.matrixV().col(parts.matrixV().cols() - 1);
    for (std::size_t j = 0; j < slopes.columns; ++j) {
        if (std::abs(direction[index_of(j)]) >= involved_from) {
            answer.entangled.push_back(static_cast<std::uint32_t>(j));
        }
    }
    return answer;
}

RobustFit fit_robustly(const FitProblem& problem, const std::vector<double>& start) {
    return Fitter(problem, start).run();
}

}  // namespace vacate
