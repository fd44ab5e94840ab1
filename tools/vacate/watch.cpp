// The clock and the line.
#include "tools/vacate/watch.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "model/rule.hpp"

namespace vacate {
namespace {

// What the objective is about, and its bound.
std::pair<std::int64_t, std::int64_t> value_and_bound(Objective objective,
                                                      const SearchProgress& progress) {
    const Figures& best = *progress.best;
    const LowerBounds& bounds = progress.bounds;
    switch (objective) {
        case Objective::makespan:
            return {best.makespan.count(), bounds.makespan.makespan.count()};
        case Objective::window:
            return {best.window.count(), bounds.window.makespan.count()};
        case Objective::moves:
            return {best.moves, bounds.moves.moves};
        case Objective::pause:
            return {best.pause.count(), bounds.pause.makespan.count()};
        case Objective::spread:
            return {best.away, bounds.spread.moves};
    }
    return {0, -1};
}

std::string amount_text(Objective objective, std::int64_t amount) {
    const bool is_count = objective == Objective::moves || objective == Objective::spread;
    return is_count ? std::to_string(amount) : display(Duration{amount});
}

}  // namespace

Watch::Watch(std::optional<Duration> limit, std::int64_t effort, bool with_lines,
             Objective objective)
    : limit_(limit), effort_(effort), with_lines_(with_lines), objective_(objective) {}

bool Watch::look(const SearchProgress& progress) {
    show(progress);
    if (Interrupt::came()) reason_ = "it was interrupted";
    if (limit_ && Clock::now() - begun_ >= *limit_) {
        reason_ = "its time limit of " + display(*limit_) + " was reached";
    }
    return !reason_.empty();
}

// By whichever ends it first, its effort or its time.
double Watch::part_of(const SearchProgress& progress) const {
    const double effort = static_cast<double>(progress.effort) / static_cast<double>(effort_);
    if (!limit_ || limit_->count() <= 0) return effort;
    const std::chrono::duration<double> passed = Clock::now() - begun_;
    return std::max(effort, passed / std::chrono::duration<double>(*limit_));
}

void Watch::show(const SearchProgress& progress) {
    std::optional<std::int64_t> value;
    if (progress.best) value = value_and_bound(objective_, progress).first;
    std::string words = std::to_string(progress.candidates) + " plans";
    if (value) {
        const std::int64_t bound = value_and_bound(objective_, progress).second;
        const auto name = objective_names[static_cast<std::size_t>(objective_)];
        words += ", " + std::string(name) + " " + amount_text(objective_, *value);
        if (bound > 0) {
            std::array<char, 32> gap{};
            std::snprintf(gap.data(), gap.size(), "%.1f %%",
                          static_cast<double>(*value - bound) / static_cast<double>(bound) * 100);
            // On a terminal there is room for one of the two.
            if (with_lines_) words += ", bound " + amount_text(objective_, bound);
            words += std::string(", gap ") + gap.data();
        }
    } else {
        words += ", no plan yet";
    }
    if (!with_lines_) return progress_.show(part_of(progress), words);
    if (value == shown_value_) return;
    shown_value_ = value;
    std::fprintf(stderr, "%.1f s, effort %lld, %s\n",
                 std::chrono::duration<double>(Clock::now() - begun_).count(),
                 static_cast<long long>(progress.effort), words.c_str());
    std::fflush(stderr);
}

}  // namespace vacate
