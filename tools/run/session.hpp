// A run in front of the operator: turns the executor, shows it, and passes words on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/live/executor.hpp"
#include "tools/run/controls.hpp"

namespace vacate {

/// What is worth waking somebody for.
enum class Notice { need_operator, done, failed };
[[nodiscard]] std::string_view notice_name(Notice notice);  // "need-for-operator"

struct SessionOptions {
    std::string pool;
    std::string journal;
    std::int64_t speed = 1;  // seconds of the run's clock per second
    Instant begins_at{};     // of the run's clock: behind the last record of a journal
    Journal history;         // what was written before; the log names its commands
    bool may_draw = true;    // a screen, where standard error is a terminal
    std::function<void(Notice, const std::string& sentence)> notify;  // may be empty
    // Told where the run stands, about once a second and whenever that changes; may be empty.
    std::function<void(const live::Status&, Instant now)> publish;
};

/// How it came to an end.
struct SessionEnd {
    live::Status status;
    Instant now{};
    bool left = false;  // by SIGINT or SIGTERM: nothing runs, the journal can be resumed
};

/// Turns the executor until the run is over, or the operator leaves.
///
/// Words come from `controls` and, where standard input is a terminal, from lines typed there:
/// pause, resume, abort, proceed HOST, skip HOST. The first SIGINT or SIGTERM begins nothing
/// more, lets end what runs and leaves; the second one quits the program, and the journal tells
/// the rest. A terminal that goes away changes nothing.
///
/// Requires: one at a time; it owns the handlers of these signals.
[[nodiscard]] SessionEnd run_session(live::Executor& executor, live::Driver& driver,
                                     live::Ledger& ledger, Controls& controls,
                                     const SessionOptions& options);

}  // namespace vacate
