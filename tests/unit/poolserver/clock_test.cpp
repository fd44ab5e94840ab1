// The pool's time against the time on the wall, and moments against the calendar.
#include "tools/poolserver/clock.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tools/poolserver/date_time.hpp"

namespace vacate::poolserver {
namespace {

Instant at_us(std::int64_t count) { return Instant{Duration{count}}; }

TEST_CASE("clock: a factor maps wall to pool and back", "[poolserver][clock]") {
    Clock clock(Speed{60, false});
    CHECK(clock.at(0) == at_us(0));
    CHECK(clock.at(1'000'000) == at_us(60'000'000));  // 1 s is a minute
    CHECK(clock.wall_us_of(at_us(60'000'000)) == 1'000'000);
    CHECK(clock.wall_us_of(at_us(60'000'001)) == 1'000'001);  // rounded up
    CHECK(clock.at(500'000) == at_us(60'000'000));            // never back
}

TEST_CASE("clock: a timer set for an instant never wakes too early", "[poolserver][clock]") {
    for (const double factor : {0.001, 0.3, 1.0, 7.0, 60.1, 1e6}) {
        for (std::int64_t pool_us = 1; pool_us < 4'000'000'000'000; pool_us = pool_us * 3 + 1) {
            Clock clock(Speed{factor, false});
            const std::int64_t wall_us = clock.wall_us_of(at_us(pool_us));
            INFO(factor << " " << pool_us << " " << wall_us);
            CHECK(clock.at(wall_us) >= at_us(pool_us));
        }
    }
}

TEST_CASE("clock: one that jumps moves only when told", "[poolserver][clock]") {
    Clock clock(Speed{1, true});
    CHECK(clock.at(5'000'000) == at_us(0));
    CHECK(clock.reach(at_us(7)) == at_us(7));
    CHECK(clock.reach(at_us(3)) == at_us(7));
    CHECK(clock.at(9'000'000) == at_us(7));
}

TEST_CASE("clock: no time overflows", "[poolserver][clock]") {
    Clock clock(Speed{1e6, false});
    CHECK(clock.at(std::numeric_limits<std::int64_t>::max()) == at_us(4'600'000'000'000'000));
    CHECK(clock.wall_us_of(at_us(std::numeric_limits<std::int64_t>::max())) > 0);
}

TEST_CASE("clock: speeds are numbers in range, or max", "[poolserver][clock]") {
    CHECK(read_speed("60") == Speed{60, false});
    CHECK(read_speed("0.5") == Speed{0.5, false});
    CHECK(read_speed("max") == Speed{1, true});
    for (const char* wrong : {"", "0", "-1", "1e7", "0.0001", "60x", "fast", "nan", "inf", " 1"}) {
        INFO(wrong);
        CHECK_FALSE(read_speed(wrong).has_value());
    }
}

TEST_CASE("moments: printed and read", "[poolserver][clock]") {
    // 2000-02-29 was day 11016 since 1970: 30 years, 7 leap days before, 31 + 28 days.
    const std::int64_t leap = (30 * 365 + 7 + 31 + 28) * 86'400ll;
    CHECK(print_date_time({leap}) == "20000229T00:00:00Z");
    CHECK(print_date_time({leap + 86'399}) == "20000229T23:59:59Z");
    CHECK(print_date_time({-1}) == "19691231T23:59:59Z");
    CHECK(print_date_time({std::numeric_limits<std::int64_t>::max()}) == "99991231T23:59:59Z");
    CHECK(print_date_time({std::numeric_limits<std::int64_t>::min()}) == "00000101T00:00:00Z");
    CHECK(read_date_time("20000229T23:59:59Z") == DateTime{leap + 86'399});
    CHECK(print_date_time({leap, true}) == "20000229T00:00:00");
    CHECK(read_date_time("2000-02-29T00:00:00Z") == DateTime{leap});
    for (const char* wrong : {"", "2000", "20000230T00:00:00Z", "20000229T24:00:00Z",
                              "20000229 00:00:00Z", "20000229T00:00:00+01", "2000022aT00:00:00Z"}) {
        INFO(wrong);
        CHECK_FALSE(read_date_time(wrong).has_value());
    }
}

}  // namespace
}  // namespace vacate::poolserver
