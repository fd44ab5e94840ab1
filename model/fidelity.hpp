// How far what was predicted of recorded migrations is from what was measured.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/recording.hpp"

namespace vacate {

/// What is predicted of one recorded migration.
struct MoveForecast {
    Instant start{};
    Duration total{};
    Duration pause{};
    Duration gap{};
    Bytes sent;
    std::int32_t rounds = 0;
    bool completed = true;  // false: only the end of its rounds stopped it
    friend bool operator==(const MoveForecast&, const MoveForecast&) = default;
};

struct RunForecast {
    std::vector<MoveForecast> moves;  // as the run lists them
    Duration makespan{};              // from the first start to the last end
    friend bool operator==(const RunForecast&, const RunForecast&) = default;
};

/// One run of a recording, carried out.
struct ReplayedRun {
    std::size_t of_case = 0;
    std::size_t of_run = 0;
    RunForecast forecast;
    friend bool operator==(const ReplayedRun&, const ReplayedRun&) = default;
};

/// Relative errors, as parts of what was measured: 0.05 is 5 %.
struct ErrorSpread {
    std::size_t count = 0;
    double mean = 0;  // of their size, as are the next three
    double median = 0;
    double p90 = 0;
    double p95 = 0;
    double bias = 0;  // mean with the sign; above 0 when too long was predicted
    friend bool operator==(const ErrorSpread&, const ErrorSpread&) = default;
};

/// The spread of signed relative errors. All zero when there are none.
[[nodiscard]] ErrorSpread spread_of(std::vector<double> errors);

/// How far the kernel is from what was measured.
///
/// A migration that did not complete, and one that the kernel sees never complete, have no error
/// but an outcome: it agrees when both did not complete, and also when the prediction is longer
/// than the migration was watched.
struct Fidelity {
    ErrorSpread total;     // of single migrations
    ErrorSpread makespan;  // of whole runs
    ErrorSpread pause;
    ErrorSpread gap;
    ErrorSpread sent;
    std::size_t gaps_close = 0;  // within 60 ms or 20 %
    std::size_t agreed = 0;      // did not complete, predicted so
    std::size_t disagreed = 0;   // one of the two did not complete
    friend bool operator==(const Fidelity&, const Fidelity&) = default;
};

/// True when a predicted outside gap is within 60 ms or 20 % of the measured one.
[[nodiscard]] bool is_close(Duration predicted, Duration measured);

/// Judges some runs of a recording.
[[nodiscard]] Fidelity judge(const Recording& recording, std::span<const ReplayedRun> runs);

/// A figure of a case: the median of what was measured, and of what was predicted for the same
/// migrations. Nothing where none was measured.
struct FigurePair {
    Duration measured{};
    Duration predicted{};
    friend bool operator==(const FigurePair&, const FigurePair&) = default;
};
struct CaseFigures {
    std::size_t of_case = 0;
    std::size_t runs = 0;
    std::size_t incomplete = 0;            // migrations that did not complete
    std::size_t predicted_incomplete = 0;  // the same as predicted
    std::size_t moves = 0;
    std::optional<FigurePair> total, makespan, pause, gap;
    friend bool operator==(const CaseFigures&, const CaseFigures&) = default;
};

/// The figures of every case that has runs, in order.
[[nodiscard]] std::vector<CaseFigures> figures_of(const Recording& recording,
                                                  std::span<const ReplayedRun> runs);

}  // namespace vacate
