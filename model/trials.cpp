// Ranks and counts over runs.
#include "model/trials.hpp"

#include <algorithm>

namespace vacate {

std::optional<Duration> percentile(std::vector<Duration> values, int percent) {
    if (values.empty()) return std::nullopt;
    const Wide below = static_cast<Wide>(values.size()) * percent;
    const auto rank = static_cast<std::ptrdiff_t>(divide_up(below, 100));  // from 1
    const auto at = values.begin() + (rank - 1);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

std::vector<Duration> figures_of(const Trials& trials, Duration TrialRun::*figure) {
    std::vector<Duration> figures;
    for (const TrialRun& run : trials.runs) {
        if (run.end == RunEnd::finished) figures.push_back(run.*figure);
    }
    return figures;
}

std::int64_t finished(const Trials& trials) {
    return std::count_if(trials.runs.begin(), trials.runs.end(),
                         [](const TrialRun& run) { return run.end == RunEnd::finished; });
}

std::int64_t finished_within(const Trials& trials, Duration window) {
    return std::count_if(trials.runs.begin(), trials.runs.end(), [window](const TrialRun& run) {
        return run.end == RunEnd::finished && run.makespan <= window;
    });
}

std::optional<Duration> last_moment(const HostTrials& host, Duration window, int percent) {
    const std::optional<Duration> needed = percentile(host.to_end, percent);
    if (!needed || *needed > window) return std::nullopt;
    return window - *needed;
}

}  // namespace vacate
