// Recorded measurements beside what the kernel says of them, for any values of the parameters.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/kernel/calibrate.hpp"

namespace vacate {

/// One number that was measured.
struct Measurement {
    std::uint32_t run = 0;   // of the measurements' runs
    std::uint32_t move = 0;  // of the run; behind the last one: its makespan
    Measured kind = Measured::total;
    double seconds = 0;
};

/// A run of a recording, with the pool and state that it is replayed on.
struct RunToReplay {
    const RecordedCase* in_case = nullptr;
    const RecordedRun* run = nullptr;
    const Recording* recording = nullptr;
    std::int64_t rounds_max = 0;  // many more than it takes; beyond, it never completes
};

/// Values of some parameters, instead of those of the recordings.
using FitValues = std::vector<std::pair<const FitParameter*, double>>;

/// All runs of some recordings, by the names of case and run; those that cannot be replayed or
/// have nothing that was measured are left out, the former with a reason.
[[nodiscard]] std::vector<RunToReplay> runs_of(std::span<const Recording> recordings,
                                               std::vector<std::string>& left_out);

/// The measurements of some runs.
class Replayed {
  public:
    /// Requires: the runs live as long as this.
    Replayed(std::vector<RunToReplay> runs, const ForEach& for_each);

    [[nodiscard]] const std::vector<RunToReplay>& runs() const { return runs_; }
    [[nodiscard]] const std::vector<Measurement>& measurements() const { return measurements_; }
    /// Which migrations, and makespans, the measurements are of: the same number for the same.
    [[nodiscard]] const std::vector<std::uint32_t>& subjects() const { return subjects_; }
    /// How many of those there are.
    [[nodiscard]] std::size_t size() const { return size_; }

    /// By measurement, (predicted - measured) / measured; 10 where a run stops half-way, or a
    /// migration never completes.
    [[nodiscard]] std::vector<double> errors(const FitValues& values) const;

    /// Every n-th run, so that they have at most about so many migrations, at least one run.
    [[nodiscard]] Replayed sample(std::size_t migrations) const;

  private:
    std::vector<RunToReplay> runs_;
    ForEach for_each_;
    std::vector<Measurement> measurements_;  // by run
    std::vector<std::uint32_t> subjects_;    // by measurement
    std::vector<std::size_t> first_;         // by run: its first measurement
    std::size_t size_ = 0;
};

/// Errors by kind of measurement.
[[nodiscard]] ErrorsByKind spreads_of(const std::vector<Measurement>& measurements,
                                      const std::vector<double>& errors);

}  // namespace vacate
