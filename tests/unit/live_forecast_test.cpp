// How a run's own migrations change what it expects.
#include <catch2/catch.hpp>

#include "sim/live/forecast.hpp"

namespace vacate {

using live::Pace;
using std::chrono::seconds;

TEST_CASE("few migrations change the pace a little, many change it to theirs", "[live][pace]") {
    Pace pace(4);
    CHECK(pace.permille() == 1000);
    pace.add(seconds(10), seconds(20));
    CHECK(pace.permille() == 1200);  // (1 x 2000 + 4 x 1000) / 5
    for (int i = 0; i < 95; ++i) pace.add(seconds(10), seconds(20));
    CHECK(pace.permille() == 1960);  // (96 x 2000 + 4 x 1000) / 100
}

TEST_CASE("one migration that took for ever does not change the pace much", "[live][pace]") {
    Pace pace(4);
    for (int i = 0; i < 5; ++i) pace.add(seconds(10), seconds(10));
    pace.add(seconds(10), seconds(100'000));
    CHECK(pace.permille() == 1000);  // the median
}

TEST_CASE("what was promised no time says nothing", "[live][pace]") {
    Pace pace(4);
    pace.add(seconds(0), seconds(20));
    CHECK(pace.permille() == 1000);
}

}  // namespace vacate
