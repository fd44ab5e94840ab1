// The clock and the line.
#include "tools/vacate/watch.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "model/rule.hpp"

namespace vacate {
namespace {

// What the objective is about, and its bound; negative where it has none.
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
            return {best.away, -1};
    }
    return {0, -1};
}

std::string amount_text(Objective objective, std::int64_t amount) {
    const bool is_count = objective == Objective::moves || objective == Objective::spread;
    return is_count ? std::to_string(amount) : display(Duration{amount});
}

}  // namespace

Watch::Watch(std::optional<Duration> limit, bool with_lines, Objective objective)
    : limit_(limit),
      with_lines_(with_lines),
      on_terminal_(isatty(STDERR_FILENO) != 0),
      objective_(objective) {}

Watch::~Watch() {
    if (line_is_open_) std::fputs("\r\033[K", stderr);
}

bool Watch::look(const SearchProgress& progress) {
    show(progress);
    if (Interrupt::came()) reason_ = "it was interrupted";
    if (limit_ && Clock::now() - begun_ >= *limit_) {
        reason_ = "its time limit of " + display(*limit_) + " was reached";
    }
    return !reason_.empty();
}

void Watch::show(const SearchProgress& progress) {
    if (!on_terminal_ && !with_lines_) return;
    const auto now = Clock::now();
    const bool as_lines = with_lines_ || !on_terminal_;
    std::optional<std::int64_t> value;
    if (progress.best) value = value_and_bound(objective_, progress).first;
    constexpr auto pause = std::chrono::milliseconds(200);
    if (as_lines ? value == shown_value_ : now - shown_at_ < pause) return;
    shown_at_ = now;
    shown_value_ = value;
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.1f s",
                  std::chrono::duration<double>(now - begun_).count());
    std::string line = std::string(seconds.data()) + ", effort " + std::to_string(progress.effort) +
                       ", " + std::to_string(progress.candidates) + " plans";
    if (value) {
        const std::int64_t bound = value_and_bound(objective_, progress).second;
        const auto name = objective_names[static_cast<std::size_t>(objective_)];
        line += ", " + std::string(name) + " " + amount_text(objective_, *value);
        if (bound > 0) {
            std::array<char, 32> gap{};
            std::snprintf(gap.data(), gap.size(), "%.1f %%",
                          static_cast<double>(*value - bound) / static_cast<double>(bound) * 100);
            line += ", bound " + amount_text(objective_, bound) + ", gap " + gap.data();
        }
    } else {
        line += ", no plan yet";
    }
    const std::string shown = as_lines ? line + "\n" : "\r" + line + "\033[K";
    std::fputs(shown.c_str(), stderr);
    std::fflush(stderr);
    line_is_open_ = !as_lines;
}

}  // namespace vacate
