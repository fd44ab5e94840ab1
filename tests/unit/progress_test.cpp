// How far work is, in a line.
#include <catch2/catch.hpp>

#include "tools/whatif/progress.hpp"

namespace vacate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t wide = 200;

TEST_CASE("a line of progress has a bar, a share and what is still to go", "[progress]") {
    // 30 % of 20 cells are 6.
    CHECK(progress_line(0.3, minutes(1) + seconds(12), "12 plans", wide) ==
          "[######--------------]  30 %  1 min 12 s to go  12 plans");
    CHECK(progress_line(1, Duration{}, "done", wide) ==
          "[####################] 100 %  0 ms to go  done");
}

TEST_CASE("what nobody knows yet is left out", "[progress]") {
    CHECK(progress_line(0, Duration{-1}, "0 of 8 rows", wide) ==
          "[--------------------]   0 %  0 of 8 rows");
}

TEST_CASE("a share beyond the end is the end", "[progress]") {
    CHECK(progress_line(7, Duration{-1}, "", wide) == progress_line(1, Duration{-1}, "", wide));
    CHECK(progress_line(-1, Duration{-1}, "", wide) == progress_line(0, Duration{-1}, "", wide));
}

TEST_CASE("a line of progress never wraps", "[progress]") {
    CHECK(progress_line(0.5, minutes(3), std::string(500, 'x'), 79).size() == 79);
}

}  // namespace
}  // namespace vacate
