// Errors, their spread, and the medians of each case.
#include "model/fidelity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vacate {
namespace {

constexpr Duration close_gap = std::chrono::milliseconds(60);
constexpr double close_share = 0.2;

double relative(Duration predicted, Duration measured) {
    return static_cast<double>((predicted - measured).count()) /
           static_cast<double>(std::max<std::int64_t>(1, measured.count()));
}

// The value that a part of all does not exceed: of 10, the ninth for 0.9.
double quantile(const std::vector<double>& sorted, double part) {
    const auto size = static_cast<double>(sorted.size());
    const auto rank = static_cast<std::size_t>(std::ceil(part * size));
    return sorted[std::min(sorted.size(), std::max<std::size_t>(1, rank)) - 1];
}

struct Gathered {
    std::vector<double> total, makespan, pause, gap, sent;
};

// Complete in neither, or longer than anybody watched: then there is no error to speak of.
bool has_outcome_only(const RecordedMove& move, const MoveForecast& forecast, Fidelity& fidelity) {
    if (move.completed && forecast.completed) return false;
    const bool agrees = !move.completed && (!forecast.completed || forecast.total > *move.total);
    ++(agrees ? fidelity.agreed : fidelity.disagreed);
    return true;
}

void gather(const RecordedMove& move, const MoveForecast& forecast, Gathered& errors,
            Fidelity& fidelity) {
    if (move.total) errors.total.push_back(relative(forecast.total, *move.total));
    if (move.pause) errors.pause.push_back(relative(forecast.pause, *move.pause));
    if (move.gap) {
        errors.gap.push_back(relative(forecast.gap, *move.gap));
        if (is_close(forecast.gap, *move.gap)) ++fidelity.gaps_close;
    }
    if (move.sent) {
        errors.sent.push_back(relative(Duration{forecast.sent.count}, Duration{move.sent->count}));
    }
}

Duration median(std::vector<Duration>& times) {
    std::sort(times.begin(), times.end());
    const std::size_t half = times.size() / 2;
    if (times.size() % 2 == 1) return times[half];
    return (times[half - 1] + times[half]) / 2;
}

// Pairs of one figure, until their medians are taken.
struct Column {
    std::vector<Duration> measured, predicted;
    void add(const std::optional<Duration>& one, Duration other) {
        if (!one) return;
        measured.push_back(*one);
        predicted.push_back(other);
    }
    std::optional<FigurePair> pair() {
        if (measured.empty()) return std::nullopt;
        return FigurePair{median(measured), median(predicted)};
    }
};

}  // namespace

ErrorSpread spread_of(std::vector<double> errors) {
    ErrorSpread spread;
    spread.count = errors.size();
    if (errors.empty()) return spread;
    const auto count = static_cast<double>(errors.size());
    spread.bias = std::accumulate(errors.begin(), errors.end(), 0.0) / count;
    for (double& error : errors) error = std::abs(error);
    std::sort(errors.begin(), errors.end());
    spread.mean = std::accumulate(errors.begin(), errors.end(), 0.0) / count;
    const std::size_t half = errors.size() / 2;
    spread.median = errors.size() % 2 == 1 ? errors[half] : (errors[half - 1] + errors[half]) / 2;
    spread.p90 = quantile(errors, 0.9);
    spread.p95 = quantile(errors, 0.95);
    return spread;
}

bool is_close(Duration predicted, Duration measured) {
    const Duration apart = predicted > measured ? predicted - measured : measured - predicted;
    return apart <= close_gap || std::abs(relative(predicted, measured)) <= close_share;
}

Fidelity judge(const Recording& recording, std::span<const ReplayedRun> runs) {
    Fidelity fidelity;
    Gathered errors;
    for (const ReplayedRun& replayed : runs) {
        const RecordedRun& run = recording.cases[replayed.of_case].runs[replayed.of_run];
        bool all_complete = true;
        for (std::size_t i = 0; i < run.moves.size(); ++i) {
            const MoveForecast& forecast = replayed.forecast.moves[i];
            if (has_outcome_only(run.moves[i], forecast, fidelity)) {
                all_complete = false;
            } else {
                gather(run.moves[i], forecast, errors, fidelity);
            }
        }
        if (run.makespan && all_complete) {
            errors.makespan.push_back(relative(replayed.forecast.makespan, *run.makespan));
        }
    }
    fidelity.total = spread_of(std::move(errors.total));
    fidelity.makespan = spread_of(std::move(errors.makespan));
    fidelity.pause = spread_of(std::move(errors.pause));
    fidelity.gap = spread_of(std::move(errors.gap));
    fidelity.sent = spread_of(std::move(errors.sent));
    return fidelity;
}

std::vector<CaseFigures> figures_of(const Recording& recording, std::span<const ReplayedRun> runs) {
    std::vector<CaseFigures> all;
    for (std::size_t i = 0; i < recording.cases.size(); ++i) {
        CaseFigures figures;
        figures.of_case = i;
        Column total, makespan, pause, gap;
        for (const ReplayedRun& replayed : runs) {
            if (replayed.of_case != i) continue;
            ++figures.runs;
            const RecordedRun& run = recording.cases[i].runs[replayed.of_run];
            makespan.add(run.makespan, replayed.forecast.makespan);
            for (std::size_t j = 0; j < run.moves.size(); ++j) {
                const RecordedMove& move = run.moves[j];
                const MoveForecast& forecast = replayed.forecast.moves[j];
                ++figures.moves;
                if (!move.completed) ++figures.incomplete;
                if (!forecast.completed) ++figures.predicted_incomplete;
                total.add(move.total, forecast.total);
                if (!move.completed) continue;
                pause.add(move.pause, forecast.pause);
                gap.add(move.gap, forecast.gap);
            }
        }
        if (figures.runs == 0) continue;
        figures.total = total.pair();
        figures.makespan = makespan.pair();
        figures.pause = pause.pair();
        figures.gap = gap.pair();
        all.push_back(figures);
    }
    return all;
}

}  // namespace vacate
