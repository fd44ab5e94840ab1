// The end of a run that found a bug in itself.
#include "model/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace vacate {

void fail_check(const char* condition, const char* sentence, const char* file, int line) {
    std::fprintf(stderr, "vacate: this is a bug: %s\n  %s:%d: %s\n", sentence, file, line,
                 condition);
    std::abort();
}

}  // namespace vacate
