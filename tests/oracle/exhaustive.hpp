// Whether a tiny pool can be upgraded at all: every order of every move, judged naively.
#pragma once

#include <cstdint>
#include <vector>

#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate::oracle {

enum class Answer {
    possible,    // `steps` lead to the goal
    impossible,  // every situation that can be reached was looked at
    capped,      // there are more than were allowed; this is no answer
};

struct Exhausted {
    Answer answer = Answer::capped;
    std::vector<Step> steps;  // where possible: what leads to the goal, undo not included
    std::int64_t situations = 0;
};

/// How fine the steps are.
enum class Grain {
    single,  // disable, upgrade and enable are steps of their own
    whole,   // an empty host goes through all three at once; see exhaustive.cpp for why
};

/// Looks at every situation that can be reached from `state` by whole steps, those with most
/// hosts upgraded first. It knows the rules from the naive judge alone.
[[nodiscard]] Exhausted exhaust(const Pool& pool, const PoolState& state, Grain grain,
                                std::int64_t situations_max);

}  // namespace vacate::oracle
