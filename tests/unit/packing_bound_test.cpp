// The packing bound on shapes whose shortest schedule can be worked out by hand.
#include <catch2/catch.hpp>

#include "sim/search/packing_bound.hpp"

namespace vacate {
namespace {

using std::chrono::seconds;

// Members of 100 GiB, down for 900 s, emptied and filled in 300 s each.
Trapezoids shapes(std::int64_t count, std::int64_t together, std::int64_t free_gibibytes) {
    Trapezoids members;
    members.count = count;
    members.together = together;
    members.height = gibibytes(100);
    members.plateau = seconds(900);
    members.ramp_out = seconds(300);
    members.ramp_in = seconds(300);
    members.ceiling = gibibytes(free_gibibytes);
    return members;
}

Duration least(const Trapezoids& members) {
    return least_packing_time(members, Duration{}, seconds(100'000));
}

// Never above what a schedule takes; below it by the slots that time is cut into, and by what the
// weights miss: `percent` says how much that may be.
void check_close(Duration bound, Duration optimum, std::int64_t percent) {
    CHECK(bound <= optimum);
    CHECK(bound >= optimum - optimum * percent / 100);
}

TEST_CASE("packing bound: one at a time, with room for nothing else", "[search][bound]") {
    // 120 GiB are free. When one is back and empty, the next holds no more than 20 GiB less than
    // it could: 80 GiB are to leave, 240 s, and fill the first meanwhile. 3 x 900 + 2 x 240.
    check_close(least(shapes(3, 1, 120)), seconds(3'180), 3);
}

TEST_CASE("packing bound: room for two, one after the other without a gap", "[search][bound]") {
    // 200 GiB: while one is down or filled again, the next is emptied beside it.
    check_close(least(shapes(4, 1, 200)), seconds(3'600), 1);
}

TEST_CASE("packing bound: two at a time, in step", "[search][bound]") {
    // 200 GiB for two at once: both are back before the next two can be emptied at all, so in
    // the gap of 300 s one pair is filled by what leaves the other. 2 x 900 + 300.
    check_close(least(shapes(4, 2, 200)), seconds(2'100), 3);
}

TEST_CASE("packing bound: all at once is one round", "[search][bound]") {
    check_close(least(shapes(5, 5, 500)), seconds(900), 1);
    CHECK(least_packing_time(shapes(5, 5, 500), seconds(1'000), seconds(5'000)) == seconds(1'000));
}

TEST_CASE("packing bound: the coordinator is filled first of all", "[search][bound]") {
    // It comes back empty, and 100 GiB are free in all: the others are as full as can be, and
    // 100 GiB of theirs reach it in 300 s. 300 + 2 x 900 + 300 between the two.
    Trapezoids members = shapes(2, 1, 100);
    members.first = gibibytes(100);
    members.first_ramp = seconds(300);
    check_close(least(members), seconds(2'400), 3);
}

TEST_CASE("packing bound: one is three times as large", "[search][bound]") {
    // 300 GiB for hosts of 100 and 300: while the small one is down the large one is emptied of
    // 200; the last 100 fill the small one again, in 300 s. 900 + 300 + 900, in either order.
    Trapezoids members = shapes(2, 2, 300);
    members.each = {{gibibytes(100), seconds(900), seconds(300), seconds(300)},
                    {gibibytes(300), seconds(900), seconds(900), seconds(900)}};
    check_close(least(members), seconds(2'100), 3);
}

TEST_CASE("packing bound: one is down for twice as long", "[search][bound]") {
    // As one at a time, with room for nothing else, 240 s between the two: 900 + 240 + 1800.
    Trapezoids members = shapes(2, 1, 120);
    members.each = {{gibibytes(100), seconds(900), seconds(300), seconds(300)},
                    {gibibytes(100), seconds(1'800), seconds(300), seconds(300)}};
    check_close(least(members), seconds(2'940), 4);
}

TEST_CASE("packing bound: nothing is claimed without a shape", "[search][bound]") {
    Trapezoids members = shapes(3, 1, 120);
    members.plateau = Duration{};
    CHECK(least_packing_time(members, seconds(7), seconds(70)) == seconds(7));
    members = shapes(3, 1, 0);
    CHECK(least_packing_time(members, seconds(7), seconds(70)) == seconds(7));
}

}  // namespace
}  // namespace vacate
