// How a verb ends: what it prints where, and with which status.
#pragma once

#include <iosfwd>
#include <string>

#include "model/result.hpp"

namespace vacate {

/// Exit statuses, the same for every verb.
enum class Status : int {
    done = 0,       // the answer is yes
    no = 1,         // the answer is no, and the reason is printed
    bad_input = 2,  // usage or input
    outside = 3,    // the outside failed
    stopped = 4,    // stopped safely, and may be gone on with
};

/// What a verb prints: the result on stdout, words on stderr.
struct Outcome {
    Status status = Status::done;
    std::string out;
    std::string words;
};

/// The outcome of an error: JSON on stdout when asked for, else text on stderr.
[[nodiscard]] Outcome outcome_of(const Error& error, bool json, const std::string& not_done);

/// Writes an outcome out. Returns: its status, or `outside` when stdout cannot be written.
[[nodiscard]] int print(const Outcome& outcome);

}  // namespace vacate
