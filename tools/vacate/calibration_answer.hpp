// What vacate calibrate has to say, as text, as JSON and as a fragment for scenarios.
#pragma once

#include <span>
#include <string>

#include "reports/report.hpp"
#include "sim/kernel/calibrate.hpp"

namespace vacate {

/// Tables of what was fitted, of what was left and why, and of the errors before and after.
[[nodiscard]] Report report_calibration(const Calibration& calibration);

/// The same as JSON, in the form that tools/README.md documents.
[[nodiscard]] std::string calibration_json(const Calibration& calibration);

/// The values that were learned, for "include" in scenarios. Requires: calibration.done.
[[nodiscard]] std::string calibration_fragment(std::span<const Recording> recordings,
                                               const Calibration& calibration);

}  // namespace vacate
