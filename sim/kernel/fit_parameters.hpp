// What can be fitted to recordings, by name: where it stands, how it is searched for.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/recording.hpp"

namespace vacate {

/// One value that is fitted; the same for the whole pool, for all hosts, or for all VMs.
struct FitParameter {
    std::string_view name;     // "stream_cap"
    std::string_view section;  // of a fragment that has it: timing, hosts or vms
    Measure measure;
    bool by_factor;  // searched for in factors, else in sums
    double least;    // B/s, µs, B or thousandths
    double most;
    double step;  // slopes are taken over: part of it by factor, else an amount
    std::vector<double> (*trials)(double start);  // where to look first, near to far
    std::string_view untouched;                   // why, where no measurement depends on it
    double (*get)(const Pool& pool, Id<Vm> vm, Id<Host> from);
    void (*set)(Pool& pool, double value);
};

/// All of them. Where two cannot be told apart the earlier one is fitted.
[[nodiscard]] std::span<const FitParameter> fit_parameters();

/// The one called `name`, or nullptr.
[[nodiscard]] const FitParameter* find_fit_parameter(std::string_view name);

/// `before` and `after` of a pool whose sum is `overhead`, in the proportion that they have,
/// `after` in whole milliseconds; all before when both are 0.
[[nodiscard]] std::pair<Duration, Duration> divided_overhead(const Copying& copying,
                                                             Duration overhead);

}  // namespace vacate
