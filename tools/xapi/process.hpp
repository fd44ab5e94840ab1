// Programs that are run for us: no shell, a clean environment.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "model/result.hpp"

namespace vacate::xapi {

/// The words of a command line: blanks separate, quotes and backslashes as in a shell, and
/// nothing else means anything.
/// Fails: with a sentence, when a quote is not closed or there is no word.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> split_words(
    std::string_view line);

/// True when there is a program of that name or path that we may run.
[[nodiscard]] bool can_run(const std::string& program);

using Variables = std::vector<std::pair<std::string, std::string>>;

/// Runs a program to its end and gives what it printed; its words go to our own standard error.
///
/// Fails: outside, when it cannot be run, prints more than `bytes_max`, or does not exit with 0.
[[nodiscard]] Result<std::string> output_of(const std::vector<std::string>& words,
                                            std::size_t bytes_max);

/// How a program ended.
struct Ended {
    int status = 0;  // exited with it, or 128 + the signal that ended it
    bool left_running = false;
    friend bool operator==(const Ended&, const Ended&) = default;
};

/// Runs a program with `variables` on top of our environment, what it prints appended to the
/// file `log` (mode 0600) by itself, and waits for its end. When `stopped` says so, it is left
/// running.
///
/// Fails: outside, when it cannot be run or the log cannot be written.
[[nodiscard]] Result<Ended> run_logged(const std::vector<std::string>& words,
                                       const Variables& variables, const std::string& log,
                                       const std::function<bool()>& stopped);

}  // namespace vacate::xapi
