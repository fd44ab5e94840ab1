// Which parameters recordings tell apart, their fit, and how it does on what it did not see.
#include "sim/kernel/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/kernel/least_squares.hpp"
#include "sim/kernel/replayed.hpp"

namespace vacate {
namespace {

constexpr std::size_t sampled_migrations = 200;  // for the first look around
constexpr std::size_t spare_measured = 4;        // migrations beyond the number of parameters
constexpr std::size_t least_rests = 3;           // measurements that a parameter must show in
constexpr double noticed = 1e-3;       // of a measurement, for ten steps of a parameter or
constexpr double noticed_part = 0.1;   // that part of it
constexpr double worth_moving = 0.99;  // of the cost before, in the first look
constexpr double clearly = 1.1;        // of the cost, to refute a value
constexpr double wide_factor = 1.5;    // an interval that says no more is none
constexpr double wide_share = 0.5;
constexpr double doubted_below = 0.25;  // Tukey's weight beyond 3.3 scales
constexpr double rounding = 0.29;       // standard deviation of what is cut to whole numbers

double to_search(const FitParameter& one, double value) {
    return one.by_factor ? std::log(std::max(value, one.least)) : value;
}
double from_search(const FitParameter& one, double at) {
    return std::clamp(one.by_factor ? std::exp(at) : at, one.least, one.most);
}

// Four digits, in bits per second where it is a rate: what people write. `way` is round, floor
// or ceil.
std::int64_t four_digits(const FitParameter& one, double value, double (*way)(double)) {
    if (one.measure == Measure::ratio || value <= 0) return std::llround(way(value));
    const bool is_rate = one.measure == Measure::rate;
    const double unit = is_rate ? 0.125 : 1;
    const double digits = std::floor(std::log10(value / unit)) - 3;
    const double place = unit * std::pow(10, std::max(is_rate ? 3.0 : 0.0, digits));
    return std::llround(std::clamp(way(value / place) * place, one.least, one.most));
}
double nearest(double value) { return std::round(value); }
double lower(double value) { return std::floor(value); }
double higher(double value) { return std::ceil(value); }

// Half as long and twice as long are equally wrong; small errors stay what they are.
std::vector<double> logarithms(std::vector<double> errors) {
    for (double& error : errors) error = std::log(std::max(1e-3, 1 + error));
    return errors;
}

struct Candidate {
    const FitParameter* parameter = nullptr;
    std::optional<double> given;  // what the recordings say; nothing when they say several things
    double start = 0;
    double value = 0;
    FitVerdict verdict = FitVerdict::left;
    double error = 0;  // standard error, where it is searched for
    double quantile = 0;
    std::size_t rests_on = 0;
    std::string note;
};

// The values of a parameter that the runs are recorded with; no more than two are looked for.
std::vector<double> values_in(const std::vector<RunToReplay>& runs, const FitParameter& one) {
    std::vector<double> values;
    for (const RunToReplay& run : runs) {
        for (const RecordedMove& move : run.run->moves) {
            const double value = one.get(run.in_case->pool, move.vm, move.from);
            if (std::find(values.begin(), values.end(), value) != values.end()) continue;
            values.push_back(value);
            if (values.size() > 1) return values;
        }
    }
    return values;
}

class Calibrator {
  public:
    Calibrator(std::vector<RunToReplay> runs, const CalibrationOptions& options)
        : options_(options),
          all_(std::move(runs), options.for_each),
          sample_(all_.sample(sampled_migrations)) {}

    [[nodiscard]] const Replayed& replayed() const { return all_; }
    /// Fits, and tells what it came to. Returns: the values that are not what they were.
    FitValues run(Calibration& answer);

  private:
    using Active = std::vector<std::size_t>;  // of candidates_

    void choose_candidates();
    void look_around(const Active& active, std::vector<std::uint8_t>& touched);
    [[nodiscard]] FitProblem problem_of(const Active& active) const;
    [[nodiscard]] std::vector<double> point_of(const Active& active) const;
    [[nodiscard]] FitValues values_of(const Active& active, const std::vector<double>& at) const;
    void count_rests(const Active& active, const Slopes& slopes,
                     const std::vector<double>& weights);
    bool drop_untouched(Active& active, const std::vector<std::uint8_t>& touched);
    bool drop_rare(Active& active);
    bool drop_entangled(Active& active, const Slopes& slopes, const std::vector<double>& weights);
    bool drop_excess(Active& active);
    void drop_settled(Active& active);
    [[nodiscard]] double cost() const;
    [[nodiscard]] bool refuted(std::size_t candidate);
    bool drop_vague(Active& active);
    void leave(Active& active, std::size_t position, std::string note);
    [[nodiscard]] Active chosen();
    RobustFit fit(const Active& active);
    void tell(const Active& active, const RobustFit& fit, Calibration& answer) const;
    [[nodiscard]] FittedValue told(const Candidate& one) const;
    [[nodiscard]] std::string reason() const;

    const CalibrationOptions& options_;
    Replayed all_;
    Replayed sample_;
    std::vector<Candidate> candidates_;
};

void Calibrator::choose_candidates() {
    for (const FitParameter& one : fit_parameters()) {
        const bool asked =
            std::find(options_.fit.begin(), options_.fit.end(), &one) != options_.fit.end();
        if (!options_.fit.empty() && !asked) continue;
        const std::vector<double> values = values_in(all_.runs(), one);
        Candidate candidate;
        candidate.parameter = &one;
        if (!values.empty()) candidate.start = candidate.value = values.front();
        if (values.size() == 1) candidate.given = values.front();
        if (values.size() > 1 && !asked) {
            candidate.note = "the recordings give several values, which are taken as known";
        }
        candidates_.push_back(std::move(candidate));
    }
}

// Those of the active candidates from `at`, the others as they stand where they were moved.
FitValues Calibrator::values_of(const Active& active, const std::vector<double>& at) const {
    FitValues values;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const Candidate& one = candidates_[i];
        const auto found = std::find(active.begin(), active.end(), i);
        if (found != active.end()) {
            const double searched = at[static_cast<std::size_t>(found - active.begin())];
            values.emplace_back(one.parameter, from_search(*one.parameter, searched));
        } else if (one.given != one.value && (one.given || one.verdict != FitVerdict::left)) {
            values.emplace_back(one.parameter, one.value);
        }
    }
    return values;
}

std::vector<double> Calibrator::point_of(const Active& active) const {
    std::vector<double> at;
    for (const std::size_t i : active) {
        at.push_back(to_search(*candidates_[i].parameter, candidates_[i].value));
    }
    return at;
}

// One parameter after the other, twice: a value far off is no place to begin from.
void Calibrator::look_around(const Active& active, std::vector<std::uint8_t>& touched) {
    const auto cost_at = [&](double& reached) {
        const std::vector<double> errors = sample_.errors(values_of(active, point_of(active)));
        reached = 0;
        for (const double error : logarithms(errors)) reached += std::min(1.0, std::abs(error));
        return errors;
    };
    double best = 0;
    std::vector<double> errors = cost_at(best);
    for (int sweep = 0; sweep < 2; ++sweep) {
        for (const std::size_t i : active) {
            Candidate& one = candidates_[i];
            double kept = one.value;
            for (const double trial : one.parameter->trials(one.start)) {
                if (trial < one.parameter->least || trial > one.parameter->most) continue;
                one.value = trial;
                double reached = 0;
                const std::vector<double> now = cost_at(reached);
                if (now != errors) touched[i] = 1;
                if (reached >= worth_moving * best) continue;
                best = reached;
                kept = trial;
                errors = now;
            }
            one.value = kept;
        }
    }
}

FitProblem Calibrator::problem_of(const Active& active) const {
    FitProblem problem;
    problem.residuals = [this, active](const std::vector<double>& at) {
        return logarithms(all_.errors(values_of(active, at)));
    };
    for (const std::size_t i : active) {
        const FitParameter& one = *candidates_[i].parameter;
        problem.least.push_back(to_search(one, one.least));
        problem.most.push_back(to_search(one, one.most));
        problem.step.push_back(one.step);
    }
    for (const Measurement& one : all_.measurements()) {
        problem.kind.push_back(static_cast<std::uint32_t>(one.kind));
        problem.cluster.push_back(one.run);
    }
    return problem;
}

// ---- what is not fitted, and why

void Calibrator::leave(Active& active, std::size_t position, std::string note) {
    Candidate& one = candidates_[active[position]];
    one.note = std::move(note);
    one.verdict = FitVerdict::left;
    one.value = one.start;
    active.erase(active.begin() + static_cast<std::ptrdiff_t>(position));
}

bool Calibrator::drop_untouched(Active& active, const std::vector<std::uint8_t>& touched) {
    const std::size_t before = active.size();
    for (std::size_t j = active.size(); j-- > 0;) {
        const Candidate& one = candidates_[active[j]];
        if (touched[active[j]] == 0) leave(active, j, std::string(one.parameter->untouched));
    }
    return active.size() < before;
}

// In how many migrations it shows when the parameter changes a little.
void Calibrator::count_rests(const Active& active, const Slopes& slopes,
                             const std::vector<double>& weights) {
    for (std::size_t j = 0; j < active.size(); ++j) {
        Candidate& one = candidates_[active[j]];
        const FitParameter& parameter = *one.parameter;
        const double by =
            std::max(10 * parameter.step, parameter.by_factor ? 0.0 : one.value * noticed_part);
        std::set<std::uint32_t> subjects;
        for (std::size_t row = 0; row < slopes.rows; ++row) {
            if (weights[row] < doubted_below) continue;
            const double change = std::abs(slopes.at(row, j)) * by;
            if (change >= noticed) subjects.insert(all_.subjects()[row]);
        }
        one.rests_on = subjects.size();
    }
}

double Calibrator::cost() const {
    double sum = 0;
    for (const double error : logarithms(sample_.errors(values_of({}, {})))) {
        sum += std::min(1.0, std::abs(error));
    }
    return sum;
}

// Whether the value that a parameter began with explains clearly less than the present one.
bool Calibrator::refuted(std::size_t candidate) {
    Candidate& one = candidates_[candidate];
    const FitVerdict verdict = one.verdict;
    one.verdict = FitVerdict::one_sided;  // counts although it is not among the active
    const double with = cost();
    const double value = one.value;
    one.value = one.start;
    const double without = cost();
    one.value = value;
    one.verdict = verdict;
    return without > clearly * with;
}

// What no measurement near the best value shows: it may stand where the look around put it.
bool Calibrator::drop_rare(Active& active) {
    bool dropped = false;
    for (std::size_t j = active.size(); j-- > 0;) {
        Candidate& one = candidates_[active[j]];
        if (one.rests_on >= least_rests) continue;
        if (one.value == one.start || !refuted(active[j])) {
            const bool none = one.rests_on == 0;
            leave(active, j,
                  none ? std::string(one.parameter->untouched)
                       : "only " + std::to_string(one.rests_on) +
                             " measured migrations depend on it");
            dropped = true;
            continue;
        }
        one.verdict = FitVerdict::one_sided;
        one.note = one.value > one.start ? "no less than about this; not bounded above"
                                         : "no more than about this; not bounded below";
        active.erase(active.begin() + static_cast<std::ptrdiff_t>(j));
    }
    return dropped;
}

bool Calibrator::drop_entangled(Active& active, const Slopes& slopes,
                                const std::vector<double>& weights) {
    const Distinction distinction = distinguish(slopes, weights);
    if (distinction.entangled.size() < 2) return false;
    const std::size_t last = distinction.entangled.back();
    std::string others;
    for (const std::uint32_t j : distinction.entangled) {
        if (j == last) continue;
        others +=
            (others.empty() ? "" : " and ") + std::string(candidates_[active[j]].parameter->name);
    }
    leave(active, last, "cannot be told from " + others + " in these recordings");
    return true;
}

bool Calibrator::drop_excess(Active& active) {
    bool dropped = false;
    while (!active.empty() && active.size() + spare_measured > all_.size()) {
        const std::string all = std::to_string(all_.size());
        leave(active, active.size() - 1,
              all + " measured migrations are too few for " + std::to_string(active.size()) +
                  (active.size() == 1 ? " parameter" : " parameters"));
        dropped = true;
    }
    return dropped;
}

// Pressed against the bound where it began: nothing else explains more.
void Calibrator::drop_settled(Active& active) {
    for (std::size_t j = active.size(); j-- > 0;) {
        const Candidate& one = candidates_[active[j]];
        if (one.verdict == FitVerdict::one_sided && one.value == one.start) {
            leave(active, j, "no other value explains more");
        }
    }
}

// The interval holds what was known and is wide beside it: nothing was learned.
bool Calibrator::drop_vague(Active& active) {
    std::size_t worst = active.size();
    double widest = 1;
    for (std::size_t j = 0; j < active.size(); ++j) {
        const Candidate& one = candidates_[active[j]];
        if (one.error <= 0) continue;
        const FitParameter& parameter = *one.parameter;
        const double half = one.quantile * one.error;
        const double away =
            std::abs(to_search(parameter, one.value) - to_search(parameter, one.start));
        const double known = parameter.by_factor ? std::log(wide_factor)
                                                 : wide_share * std::max(one.value, one.start);
        const double width = known > 0 ? half / known : 2;
        if (away < half && width > widest) {
            widest = width;
            worst = j;
        }
    }
    if (worst == active.size()) return false;
    leave(active, worst, "the recordings say too little of it");
    return true;
}

// ---- the fit

// How far a fit leaves the middle of every kind of measurement, as a logarithm.
double spread_in(const FitProblem& problem, const RobustFit& fit) {
    std::vector<std::vector<double>> by_kind(measured_kinds);
    for (std::size_t i = 0; i < fit.residuals.size(); ++i) {
        by_kind[problem.kind[i]].push_back(fit.residuals[i]);
    }
    double sum = 0;
    for (std::vector<double>& own : by_kind) {
        const auto count = static_cast<double>(own.size());
        sum += count * std::log(std::max(1e-4, median_scale(std::move(own))));
    }
    return sum;
}

Calibrator::Active Calibrator::chosen() {
    Active active;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        if (candidates_[i].note.empty()) active.push_back(i);
    }
    while (!active.empty()) {
        for (const std::size_t i : active) candidates_[i].value = candidates_[i].start;
        if (drop_excess(active) && active.empty()) break;
        std::vector<std::uint8_t> touched(candidates_.size(), 0);
        look_around(active, touched);
        drop_untouched(active, touched);
        if (active.empty()) break;
        const FitProblem problem = problem_of(active);
        const std::vector<double> at = point_of(active);
        const Slopes slopes = slopes_at(problem, at);
        std::vector<double> weights = problem.residuals(at);
        const double scale = std::max(1e-3, median_scale(weights));
        for (double& weight : weights) weight = huber_weight(weight / scale);
        count_rests(active, slopes, std::vector<double>(weights.size(), 1));
        const std::size_t before = active.size();
        drop_rare(active);
        if (active.empty()) break;
        if (active.size() < before) continue;
        if (!drop_entangled(active, slopes, weights)) break;
    }
    return active;
}

RobustFit Calibrator::fit(const Active& active) {
    const FitProblem problem = problem_of(active);
    RobustFit fit = fit_robustly(problem, point_of(active));
    // What was recorded may be the better place to begin from.
    for (const std::size_t i : active) candidates_[i].value = candidates_[i].start;
    RobustFit other = fit_robustly(problem, point_of(active));
    if (spread_in(problem, other) < spread_in(problem, fit)) fit = std::move(other);
    for (std::size_t j = 0; j < active.size(); ++j) {
        Candidate& one = candidates_[active[j]];
        one.value = from_search(*one.parameter, fit.values[j]);
        one.error = fit.standard_errors[j];
        if (one.parameter->measure == Measure::ratio && one.error > 0) {
            one.error = std::hypot(one.error, rounding);
        }
        one.quantile = fit.degrees >= 3 ? student_t975(fit.degrees) : 0;
        one.verdict = FitVerdict::fitted;
        if (fit.at_bound[j] != 0) {
            one.verdict = FitVerdict::one_sided;
            one.note = "at the end of what it may be";
        }
    }
    return fit;
}

FitValues Calibrator::run(Calibration& answer) {
    choose_candidates();
    answer.runs = all_.runs().size();
    answer.migrations = all_.size();
    Active active = chosen();
    RobustFit last;
    while (!active.empty()) {
        last = fit(active);
        const FitProblem problem = problem_of(active);
        const Slopes slopes = slopes_at(problem, last.values);
        count_rests(active, slopes, last.weights);
        const std::size_t before = active.size();
        drop_settled(active);
        if (active.size() == before) drop_rare(active);
        if (active.size() < before) continue;
        if (!drop_entangled(active, slopes, last.weights) && !drop_vague(active)) break;
    }
    tell(active, last, answer);
    return values_of({}, {});
}

FittedValue Calibrator::told(const Candidate& one) const {
    const FitParameter& parameter = *one.parameter;
    FittedValue value;
    value.parameter = &parameter;
    value.verdict = one.verdict;
    if (one.given) value.before = std::llround(*one.given);
    value.note = one.note;
    value.value = std::llround(one.value);
    value.low = value.high = value.value;
    if (one.verdict == FitVerdict::left) return value;
    value.rests_on = one.rests_on;
    value.value = four_digits(parameter, one.value, nearest);
    const double half = one.quantile * one.error;
    const double at = to_search(parameter, one.value);
    value.low = four_digits(parameter, from_search(parameter, at - half), lower);
    value.high = four_digits(parameter, from_search(parameter, at + half), higher);
    return value;
}

std::string Calibrator::reason() const {
    if (all_.runs().empty()) return "no completed migration was measured";
    if (all_.size() < 1 + spare_measured) {
        return std::to_string(all_.size()) + " measured migrations are too few: at least " +
               std::to_string(1 + spare_measured) + " are needed for one parameter";
    }
    return "the recordings tell nothing apart; the reason stands beside each parameter";
}

void Calibrator::tell(const Active& active, const RobustFit& fit, Calibration& answer) const {
    for (const Candidate& one : candidates_) {
        answer.values.push_back(told(one));
        answer.done = answer.done || one.verdict != FitVerdict::left;
    }
    if (!answer.done) answer.reason = reason();
    for (const FittedValue& one : answer.values) {
        if (one.parameter->name != "overhead" || all_.runs().empty()) continue;
        answer.overhead =
            divided_overhead(all_.runs().front().in_case->pool.timing, Duration{one.value});
    }
    if (active.empty()) return;
    answer.converged = fit.converged;
    for (std::size_t i = 0; i < fit.weights.size(); ++i) {
        if (fit.weights[i] >= doubted_below) continue;
        const Measurement& one = all_.measurements()[i];
        const RunToReplay& run = all_.runs()[one.run];
        const bool is_move = one.move < run.run->moves.size();
        answer.doubted.push_back(
            {run.in_case->name, run.run->name,
             is_move ? run.in_case->pool.vms[run.run->moves[one.move].vm].name : std::string(),
             one.kind, one.seconds, one.seconds * std::exp(fit.residuals[i])});
    }
}

void compare(const Replayed& replayed, const FitValues& values, ErrorsByKind& before,
             ErrorsByKind& after) {
    before = spreads_of(replayed.measurements(), replayed.errors({}));
    after = spreads_of(replayed.measurements(), replayed.errors(values));
}

}  // namespace

Calibration calibrate(std::span<const Recording> recordings, const CalibrationOptions& options) {
    Calibration answer;
    std::vector<RunToReplay> runs = runs_of(recordings, answer.left_out);
    std::vector<RunToReplay> kept_back;
    if (options.split) {
        std::vector<RunToReplay> fitted;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            (i % 2 == 0 ? fitted : kept_back).push_back(runs[i]);
        }
        runs = std::move(fitted);
    }
    Calibrator calibrator(std::move(runs), options);
    calibrator.run(answer);
    FitValues values;
    for (const FittedValue& one : answer.values) {
        if (one.verdict != FitVerdict::left) {
            values.emplace_back(one.parameter, static_cast<double>(one.value));
        }
    }
    compare(calibrator.replayed(), values, answer.before, answer.after);
    if (options.split) {
        const Replayed judged(std::move(kept_back), options.for_each);
        answer.runs_judged = judged.runs().size();
        answer.migrations_judged = judged.size();
        compare(judged, values, answer.judged_before, answer.judged);
    }
    return answer;
}

}  // namespace vacate
