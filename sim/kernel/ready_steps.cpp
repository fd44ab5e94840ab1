// Lines of steps at the hosts that refuse them.
#include "sim/kernel/ready_steps.hpp"

#include <algorithm>

namespace vacate {

void ReadySteps::note_end(const Step& step) {
    const StepSubject subject = subject_of(step);
    for (const Id<Host> host : {subject.host, subject.from, subject.to}) {
        if (!host.is_none()) wake(host.index);
    }
    if (is_migration(step)) wake(static_cast<Line>(lines_.size() - 1));
}

void ReadySteps::wake(Line line) {
    if (lines_[line].empty()) return;
    if (std::find(awake_.begin(), awake_.end(), line) == awake_.end()) awake_.push_back(line);
}

// Asks loose steps and those in the lines that are awake, merged in plan order.
void ReadySteps::dispatch(const Begin& begin) {
    std::sort(loose_.begin(), loose_.end());
    for (const Line line : awake_) queue_head(line);
    awake_.clear();
    std::size_t next = 0;
    while (next < loose_.size() || !heads_.empty()) {
        const bool line_first =
            next == loose_.size() || (!heads_.empty() && heads_.front().first < loose_[next]);
        if (!line_first) {
            ask_loose(begin, loose_[next++]);
            continue;
        }
        const Line line = heads_.front().second;
        std::pop_heap(heads_.begin(), heads_.end(), std::greater<>{});
        heads_.pop_back();
        ask_head(begin, line);
    }
    std::swap(loose_, stubborn_);
    stubborn_.clear();
    put_in_lines();
}

void ReadySteps::queue_head(Line line) {
    if (lines_[line].empty()) return;
    heads_.emplace_back(lines_[line].front(), line);
    std::push_heap(heads_.begin(), heads_.end(), std::greater<>{});
}

void ReadySteps::ask_loose(const Begin& begin, StepId id) {
    const std::optional<Violation> refusal = begin(id);
    if (!refusal) {
        --count_;
        return;
    }
    const Line line = line_for(id, *refusal);
    if (line == no_line) {
        stubborn_.push_back(id);
    } else {
        refused_.emplace_back(id, line);
    }
}

void ReadySteps::ask_head(const Begin& begin, Line line) {
    std::vector<StepId>& waiting = lines_[line];
    const StepId id = waiting.front();
    const std::optional<Violation> refusal = begin(id);
    const Line again = refusal ? line_for(id, *refusal) : no_line;
    const bool full =
        refusal && (refusal->cause == Cause::host_window || refusal->cause == Cause::pool_window);
    if (full && again == line) return;  // and so for everybody behind
    std::pop_heap(waiting.begin(), waiting.end(), std::greater<>{});
    waiting.pop_back();
    queue_head(line);
    if (!refusal) {
        --count_;
    } else if (again == no_line) {
        stubborn_.push_back(id);
    } else {
        refused_.emplace_back(id, again);
    }
}

// Not before everybody was asked: a line that is being asked must not be joined.
void ReadySteps::put_in_lines() {
    for (const auto& [id, line] : refused_) {
        lines_[line].push_back(id);
        std::push_heap(lines_[line].begin(), lines_[line].end(), std::greater<>{});
    }
    refused_.clear();
}

ReadySteps::Line ReadySteps::line_for(StepId id, const Violation& violation) const {
    switch (violation.cause) {
        case Cause::opposite_direction:
        case Cause::host_window:
        case Cause::pair_window:
        case Cause::storage_window:
            return violation.host.index;
        case Cause::memory:
            return is_migration(steps_[id]) ? violation.host.index : no_line;
        case Cause::pool_window:
            return static_cast<Line>(lines_.size() - 1);
        default:
            return no_line;
    }
}

ReadySteps::StepId ReadySteps::first() const {
    StepId least = StepId::none();
    for (const StepId id : loose_) least = std::min(least, id);
    for (const std::vector<StepId>& line : lines_) {
        if (!line.empty()) least = std::min(least, line.front());
    }
    return least;
}

}  // namespace vacate
