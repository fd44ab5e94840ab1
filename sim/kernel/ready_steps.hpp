// The steps whose predecessors have ended and that have not begun: whom to ask, and when.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "model/rule.hpp"
#include "model/step.hpp"

namespace vacate {

/// Asks steps whether they may begin, in plan order, but none that is known to be refused still.
///
/// Who is refused for a reason that lies with one host waits in a line at that host until some
/// step there has ended. Only this makes room: it frees memory and windows, which what begins
/// only uses up. So the answers are those that asking everybody each time would give.
class ReadySteps {
  public:
    using StepId = Id<Step>;
    /// Begins a step, or says why not.
    using Begin = std::function<std::optional<Violation>(StepId)>;

    ReadySteps(std::size_t hosts, const Table<Step>& steps) : steps_(steps), lines_(hosts + 1) {}

    /// A step has become ready.
    void add(StepId id) {
        loose_.push_back(id);
        ++count_;
    }

    /// A step has ended: those who wait at its hosts are to be asked again.
    void note_end(const Step& step);

    /// Asks every step that might begin now, in plan order.
    void dispatch(const Begin& begin);

    [[nodiscard]] bool empty() const { return count_ == 0; }

    /// The one that stands first in the plan. Requires: not empty.
    [[nodiscard]] StepId first() const;

  private:
    using Line = std::uint32_t;  // index of a host; behind the last: the window of the pool
    static constexpr Line no_line = 0xffff'ffff;

    [[nodiscard]] Line line_for(StepId id, const Violation& violation) const;
    void wake(Line line);
    void queue_head(Line line);
    void ask_loose(const Begin& begin, StepId id);
    void ask_head(const Begin& begin, Line line);
    void put_in_lines();

    const Table<Step>& steps_;
    std::vector<StepId> loose_;                     // to be asked each time
    std::vector<std::vector<StepId>> lines_;        // heaps, first in the plan first
    std::vector<Line> awake_;                       // lines to be asked next time
    std::vector<std::pair<StepId, Line>> heads_;    // heap, while dispatching
    std::vector<std::pair<StepId, Line>> refused_;  // while dispatching; to be put in line
    std::vector<StepId> stubborn_;                  // while dispatching; stay loose
    std::size_t count_ = 0;
};

}  // namespace vacate
