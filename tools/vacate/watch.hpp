// Watches a search from outside: its time limit, Ctrl-C, and its progress on standard error.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sim/search/planner.hpp"
#include "tools/whatif/interrupt.hpp"

namespace vacate {

/// Ends a search when its time is up or at the first Ctrl-C; the second one quits the program.
///
/// Progress goes to standard error: one line that is written over on a terminal; with
/// `with_lines`, a line for every better plan, wherever standard error goes.
///
/// Requires: one at a time; it owns the handlers of signals while it lives.
class Watch {
  public:
    Watch(std::optional<Duration> limit, bool with_lines, Objective objective);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// To be told of the search. Returns: true to end it.
    bool look(const SearchProgress& progress);

    /// Why the search was ended, in words; empty when it was not.
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    using Clock = std::chrono::steady_clock;

    void show(const SearchProgress& progress);

    Interrupt interrupt_;
    std::optional<Duration> limit_;
    bool with_lines_;
    bool on_terminal_;
    Objective objective_;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point shown_at_{};
    std::optional<std::int64_t> shown_value_;
    bool line_is_open_ = false;
    std::string reason_;
};

}  // namespace vacate
