// How far a long piece of work is: a bar on a terminal, now and then a line elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "model/units.hpp"

namespace vacate {

/// "[######--------------]  30 %  1 min 12 s to go  12 plans", cut off at `columns`. What is still
/// to go is left out where `left` is negative.
[[nodiscard]] std::string progress_line(double part, Duration left, const std::string& words,
                                        std::size_t columns);

/// Tells on standard error. On a terminal a bar is written over and goes away in the end; it
/// appears after a moment, so that short work shows none. Elsewhere a line is written every half
/// minute. Nothing is coloured.
class Progress {
  public:
    Progress();
    ~Progress() { erase(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `part` of the work is done, from 0 to 1; where it falls, other work has begun.
    void show(double part, const std::string& words);
    /// Takes the bar away, for other output.
    void erase();
    /// Since the work began.
    [[nodiscard]] Duration passed() const;

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] Duration left_of(double part) const;

    bool on_terminal_;
    bool is_open_ = false;
    double part_ = 0;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point shown_ = begun_;
};

}  // namespace vacate
