// A run for the eyes: one line a record, or a screen that is drawn over.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/journal.hpp"
#include "sim/live/executor.hpp"

namespace vacate {

/// Turns records into lines. Knows the orders of a run, so that answers can name them.
class RunLog {
  public:
    /// "0:42:10  migrate db-1 from srv-3 to srv-1: done"; empty for what only programs need.
    [[nodiscard]] std::string line_of(const Record& record);

  private:
    std::map<std::uint64_t, Order> orders_;
    std::set<std::string> disabled_;  // hosts, as far as the records tell
    std::set<int> told_;              // rules that were put into words
};

/// What a screen shows.
struct Screen {
    std::string pool;
    live::Status status;
    Instant now{};
    std::map<std::uint64_t, std::int64_t> permille;  // of commands under way, by key
    std::deque<std::string> tail;                    // the last lines of the log, oldest first
    std::string next;                                // what to do where the run waits to be told
    std::size_t rows = 24;
    std::size_t columns = 80;
};

/// The screen as lines, none longer than `columns` characters, at most `rows` of them: first
/// where the run stands and when it ends, then what is under way, hosts and findings; the tail of
/// the log takes what is left.
[[nodiscard]] std::vector<std::string> draw_screen(const Screen& screen);

/// What a run does or waits for; where it waits, since when, and what comes of it when.
[[nodiscard]] std::string timed_sentence(const live::Status& status);

/// "looking", "working", ... as Status::standing says it.
[[nodiscard]] std::string_view standing_name(live::Standing standing);

}  // namespace vacate
