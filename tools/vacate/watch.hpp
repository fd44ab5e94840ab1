// Watches a search from outside: its time limit, Ctrl-C, and its progress on standard error.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sim/search/planner.hpp"
#include "tools/whatif/interrupt.hpp"
#include "tools/whatif/progress.hpp"

namespace vacate {

/// Ends a search when its time is up or at the first Ctrl-C; the second one quits the program.
///
/// Progress goes to standard error, as Progress tells it; with `with_lines`, a line for every
/// better plan.
///
/// Requires: one at a time; it owns the handlers of signals while it lives.
class Watch {
  public:
    /// `effort` is what the search may spend.
    Watch(std::optional<Duration> limit, std::int64_t effort, bool with_lines, Objective objective);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// To be told of the search. Returns: true to end it.
    bool look(const SearchProgress& progress);

    /// Why the search was ended, in words; empty when it was not.
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    using Clock = std::chrono::steady_clock;

    void show(const SearchProgress& progress);
    [[nodiscard]] double part_of(const SearchProgress& progress) const;

    Interrupt interrupt_;
    std::optional<Duration> limit_;
    std::int64_t effort_;
    bool with_lines_;
    Objective objective_;
    Clock::time_point begun_ = Clock::now();
    std::optional<std::int64_t> shown_value_;
    Progress progress_;
    std::string reason_;
};

}  // namespace vacate
