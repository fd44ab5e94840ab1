// Charts of a study made of letters: what is easier to see than to read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/study_row.hpp"
#include "reports/report.hpp"

namespace vacate {

/// "one bought, 10 Gbps, 2": the variant and where in the sweep it is.
[[nodiscard]] std::string case_name(const StudyRow& row);
/// A count; 0 where there is none.
[[nodiscard]] std::int64_t number(const Cell& cell);

/// Of n-k: hosts downwards, stages from left to right. Of headroom: how long the upgrade takes as
/// the VMs grow. Nothing for other questions, or where nothing is to be seen.
[[nodiscard]] std::optional<ReportTable> chart_of(const StudyRow& row);

/// The median makespans of compare where two things are varied, one downwards and one across: a
/// table for each variant.
[[nodiscard]] std::vector<ReportTable> grids_of(const std::vector<StudyRow>& rows);

}  // namespace vacate
