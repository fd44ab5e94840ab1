// The figures of each question.
#include "model/study_row.hpp"

#include <algorithm>
#include <array>

namespace vacate {

const std::vector<std::string>& figure_names(Ask ask) {
    using Names = std::vector<std::string>;
    static const std::array<Names, ask_names.size()> all{
        Names{"feasible", "makespan_us", "p50_us", "p95_us", "within_window_ppm", "mixed_window_us",
              "moves", "bytes_moved", "tightest_host", "tightest_free_bytes", "spare_hosts",
              "vms_down", "reason"},
        Names{"upgrade_headroom", "upgrade_steps", "upgrade_more_bytes", "upgrade_limit",
              "upgrade_rules", "upgrade_reason", "loss_headroom", "loss_steps", "loss_more_bytes",
              "loss_limit", "loss_rules", "loss_reason"},
        Names{"of", "least", "least_value", "needed_us", "limit", "reason"},
        Names{"feasible", "losses", "stages", "cases", "survivable", "not_survivable", "not_found",
              "vms_at_risk", "first_break_at_us", "first_break", "reason"},
        Names{"feasible", "runs", "finish_ppm", "within_window_ppm", "p50_us", "p95_us", "p99_us",
              "window_us", "vms_stopped", "vms_left_down_ppm", "reason"},
        Names{"feasible", "hosts_tonight", "hosts", "makespan_us", "needed_us", "hosts_left",
              "mixed", "fullest_host", "fullest_free_bytes", "losses_survived", "reason"}};
    return all[static_cast<std::size_t>(ask)];
}

const Cell& figure_of(const StudyRow& row, std::string_view name) {
    static const Cell nothing;
    const auto found = std::find_if(row.figures.begin(), row.figures.end(),
                                    [name](const Figure& one) { return one.name == name; });
    return found == row.figures.end() ? nothing : found->value;
}

}  // namespace vacate
