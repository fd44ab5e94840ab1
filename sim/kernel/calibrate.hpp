// Calibration: the copying parameters that explain recorded migrations best, and how surely.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/fidelity.hpp"
#include "sim/kernel/fit_parameters.hpp"

namespace vacate {

/// What is measured of migrations. A makespan counts only where no migration of its run has a
/// total of its own.
enum class Measured : std::uint32_t { total, pause, gap, makespan };
inline constexpr std::size_t measured_kinds = 4;

/// How far predictions are off, by kind.
using ErrorsByKind = std::array<ErrorSpread, measured_kinds>;

/// What became of one parameter.
enum class FitVerdict {
    fitted,     // estimate and interval
    one_sided,  // the recordings only say that it is not what it was, or stands at a bound
    left,       // as it was; the note says why
};

struct FittedValue {
    const FitParameter* parameter = nullptr;
    FitVerdict verdict = FitVerdict::left;
    std::optional<std::int64_t> before;  // nothing: the recordings give several values
    std::int64_t value = 0;
    std::int64_t low = 0;  // 95 % interval, of what is fitted
    std::int64_t high = 0;
    std::size_t rests_on = 0;  // migrations, and makespans that stand for their run
    std::string note;
    friend bool operator==(const FittedValue&, const FittedValue&) = default;
};

/// A measurement that the fit does not believe.
struct DoubtedMeasurement {
    std::string in_case;
    std::string run;
    std::string vm;  // empty for a makespan
    Measured kind = Measured::total;
    double measured = 0;   // s
    double predicted = 0;  // s
    friend bool operator==(const DoubtedMeasurement&, const DoubtedMeasurement&) = default;
};

struct Calibration {
    bool done = false;                // something was learned
    std::string reason;               // why not
    std::vector<FittedValue> values;  // those asked for, in the order of fit_parameters()
    std::size_t runs = 0;             // that were fitted to
    std::size_t migrations = 0;       // measured ones among them
    ErrorsByKind before;
    ErrorsByKind after;
    std::size_t runs_judged = 0;  // 0 unless split
    std::size_t migrations_judged = 0;
    ErrorsByKind judged_before;
    ErrorsByKind judged;
    std::vector<DoubtedMeasurement> doubted;  // by case, run and migration
    std::vector<std::string> left_out;        // runs that cannot be replayed, and why
    bool converged = true;
    std::pair<Duration, Duration> overhead{};  // its value as `before` and `after`
    friend bool operator==(const Calibration&, const Calibration&) = default;
};

/// Runs a task for 0 .. count-1, in any order, perhaps several at once.
using ForEach =
    std::function<void(std::size_t count, const std::function<void(std::size_t)>& task)>;

struct CalibrationOptions {
    std::vector<const FitParameter*> fit;  // empty: whatever the recordings tell apart
    bool split = false;  // fit to every other run by case and name, judge on the rest
    ForEach for_each;    // empty: one after the other; never changes the answer
};

/// Fits parameters to recordings, through replays in the kernel.
///
/// A parameter is fitted when at least 3 measurements depend on it, when it can be told from
/// those before it in fit_parameters(), when every parameter has some measurements to itself,
/// and when the interval that comes out says more than what was known. Unless it is asked for
/// by name, one that differs between VMs, hosts or cases of the recordings counts as known.
///
/// Returns: the same for any order of recordings, cases and runs.
/// Costs:   some hundred replays of at most 200 migrations, then two replays of everything for
///          each parameter and step.
[[nodiscard]] Calibration calibrate(std::span<const Recording> recordings,
                                    const CalibrationOptions& options = {});

/// How far the kernel is off on recordings as they are.
[[nodiscard]] ErrorsByKind errors_of(std::span<const Recording> recordings);

}  // namespace vacate
