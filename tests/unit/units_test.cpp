// Quantities: exact counts, and which way each conversion rounds.
#include "model/units.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <type_traits>

namespace vacate {
namespace {

template <class A, class B>
concept addable = requires(A a, B b) {
    a + b;
};
template <class A, class B>
concept comparable = requires(A a, B b) {
    a < b;
};

TEST_CASE("kinds of quantities do not mix", "[units]") {
    STATIC_REQUIRE(addable<Bytes, Bytes>);
    STATIC_REQUIRE_FALSE(addable<Bytes, Bandwidth>);
    STATIC_REQUIRE_FALSE(comparable<Bytes, Bandwidth>);
    STATIC_REQUIRE_FALSE(addable<Bytes, std::int64_t>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::int64_t, Instant>);
}

TEST_CASE("memory is binary and links are decimal", "[units]") {
    CHECK(kibibytes(1) == 1024_B);
    CHECK(1_MiB == 1'048'576_B);
    CHECK(1_GiB == 1'073'741'824_B);
    CHECK(8_Mbps == Bandwidth{1'000'000});  // 8 bits are a byte
    CHECK(10_Gbps == Bandwidth{1'250'000'000});
}

TEST_CASE("sums, differences and multiples are exact up to the edge of 64 bits", "[units]") {
    const Bytes most{std::numeric_limits<std::int64_t>::max()};
    CHECK(most - 1_B + 1_B == most);
    CHECK(3_GiB * 4 == 12_GiB);
    Bytes sum = 1_GiB;
    sum += 1_GiB;
    sum -= 3_GiB;
    CHECK(sum == Bytes{-1'073'741'824});
    CHECK(sum < 0_B);
}

TEST_CASE("division rounds towards plus infinity, for either sign", "[units]") {
    CHECK(divide_up(0, 7) == 0);
    CHECK(divide_up(7, 7) == 1);
    CHECK(divide_up(8, 7) == 2);
    CHECK(divide_up(-8, 7) == -1);  // -1.14
    CHECK(divide_up(-7, 7) == -1);
}

TEST_CASE("a transfer takes at least the time its bytes need", "[units]") {
    // 1 GiB over 10 Gbit/s: 1 073 741 824 / 1 250 = 858 993.4592 µs
    CHECK(transfer_time(1_GiB, 10_Gbps) == Duration{858'994});
    CHECK(transfer_time(0_B, 1_Mbps) == Duration{0});
    CHECK(transfer_time(1_B, Bandwidth{3'000'000}) == Duration{1});  // 0.33 µs
}

TEST_CASE("amounts and rates at the limits do not overflow on the way", "[units]") {
    // 2^50 B at 10^12 B/s: 1 125.899 906 84 s, by way of 1.1e21, which needs 70 bits
    const Bytes pebibyte{std::int64_t{1} << 50};
    CHECK(transfer_time(pebibyte, Bandwidth{1'000'000'000'000}) == Duration{1'125'899'907});
    // 10 Tbit/s for 10^6 s: 1.25e18 B, by way of 1.25e24
    // 10 Tbit/s for 10^6 s: 1.25e18 B, by way of 1.25e24
    CHECK(moved_in(Bandwidth{1'250'000'000'000}, Duration{1'000'000'000'000}) ==
          Bytes{1'250'000'000'000'000'000});
}

TEST_CASE("a rate never moves more than its share", "[units]") {
    CHECK(moved_in(10_Gbps, Duration{858'993}) == Bytes{1'073'741'250});  // 1 250 B/µs
    CHECK(moved_in(Bandwidth{999'999}, Duration{1}) == 0_B);              // 0.999999 B
    CHECK(moved_in(Bandwidth{3}, Duration{1'000'000}) == 3_B);
}

TEST_CASE("what moves within a transfer's time is at least the transfer", "[units][law]") {
    for (const std::int64_t rate : {1, 3, 7, 999'983, 125'000'000}) {
        for (const std::int64_t amount : {1, 2, 4095, 65'537, 1'073'741'823}) {
            const Duration needed = transfer_time(Bytes{amount}, Bandwidth{rate});
            CHECK(moved_in(Bandwidth{rate}, needed) >= Bytes{amount});
            CHECK(moved_in(Bandwidth{rate}, needed - Duration{1}) < Bytes{amount});
        }
    }
}

TEST_CASE("used memory is rounded up to whole MiB", "[units]") {
    CHECK(round_up_to_mebibyte(0_B) == 0_B);
    CHECK(round_up_to_mebibyte(1_B) == 1_MiB);
    CHECK(round_up_to_mebibyte(1_MiB) == 1_MiB);
    CHECK(round_up_to_mebibyte(1_MiB + 1_B) == 2_MiB);
}

}  // namespace
}  // namespace vacate
