// VACATE_CHECK: a condition that only a bug of ours can break, armed in every build.
#pragma once

namespace vacate {

/// Prints the sentence and the place to stderr, then aborts. Never returns.
[[noreturn]] void fail_check(const char* condition, const char* sentence, const char* file,
                             int line);

}  // namespace vacate

#define VACATE_CHECK(condition, sentence) \
    (static_cast<bool>(condition)         \
         ? void(0)                        \
         : ::vacate::fail_check(#condition, sentence, __FILE__, __LINE__))
