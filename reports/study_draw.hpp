// Pictures of a study: maps, curves, bars, histograms, matrices and tables, for HTML and as SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/draw.hpp"
#include "reports/study_parts.hpp"

namespace vacate {

/// A picture with what stands above it.
struct StudyPicture {
    std::string caption;
    Picture picture;
};

/// Makespan over growth, as far as there is a plan: a curve for each row of headroom.
[[nodiscard]] std::vector<StudyPicture> draw_headroom(const StudyFile& file);
/// A bar for each row of headroom: how far it goes, for the upgrade and for a loss.
[[nodiscard]] Picture draw_frontier(const StudyFile& file);
/// Where a sweep has one axis: the main figure along it, a curve for each variant.
[[nodiscard]] std::vector<StudyPicture> draw_sweep(const StudyFile& file, std::string_view ask);
/// For each row of risk when its runs end: a histogram and the percentiles, on one clock.
[[nodiscard]] Picture draw_risk(const StudyFile& file);
[[nodiscard]] Picture draw_heat_map(const Heat& heat, const HeatMap& map);
/// Hosts lost downwards, stages across.
[[nodiscard]] Picture draw_losses(const LossMatrix& matrix);
/// A table in letters.
[[nodiscard]] Picture draw_table(const ReportTable& table);

}  // namespace vacate
