// The generator of chance: the published sequence, and distributions without bias.
//
// Expected draws come from Blackman and Vigna's xoshiro256** and splitmix64, written down a
// second time apart from random.hpp; that second writing gives the published answers of both
// (splitmix64 of 1234567: 6457827717110365317; xoshiro256** of 1, 2, 3, 4: 11520, 0, 1509978240).
#include "model/random.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>

namespace vacate {
namespace {

constexpr std::uint64_t first_of_seed_1 = 0xb3f2af6d0fc710c5;

TEST_CASE("a seed gives the published sequence", "[random]") {
    struct Known {
        std::uint64_t seed;
        std::array<std::uint64_t, 5> draws;
    };
    const std::array<Known, 4> known{{
        {0,
         {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c,
          0xbba5ad4a1f842e59}},
        {1,
         {first_of_seed_1, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7,
          0xb27a48e29a233673}},
        {42,
         {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1,
          0xfde6dc7fe2ec5e64}},
        {1'234'567,
         {0x30a3a1c363600467, 0x19405f0f579929ca, 0x115beaac046ddbd9, 0xeb17caf48f27d7f6,
          0xa0c94fe1cce9d136}},
    }};
    for (const Known& one : known) {
        CAPTURE(one.seed);
        Random random(one.seed);
        for (const std::uint64_t draw : one.draws) CHECK(random.next() == draw);
    }
}

TEST_CASE("the same seed gives the same draws, at compile time too", "[random]") {
    STATIC_REQUIRE(Random(1).next() == first_of_seed_1);
    Random a(99);
    Random b(99);
    for (int i = 0; i < 1000; ++i) REQUIRE(a.next() == b.next());
}

TEST_CASE("a draw below a count is what is left after division", "[random]") {
    Random random(1);
    for (const std::uint64_t draw : {1, 4, 2, 5, 5, 4, 2, 3, 1, 4, 1, 4}) {
        CHECK(random.below(6) == draw);
    }
}

TEST_CASE("draws that would favour small results are thrown away", "[random]") {
    // Of 2^64 values, 2^63 + 1 are kept and the lowest 2^63 - 1 are not. With seed 1 the first
    // three draws are above; the fourth, 0x642e..., is below and skipped; the fifth counts.
    const std::uint64_t count = (std::uint64_t{1} << 63) + 1;
    Random random(1);
    CHECK(random.below(count) == 3'743'247'123'249'303'748);  // 0xb3f2... - count
    CHECK(random.below(count) == 376'989'097'743'764'713);
    CHECK(random.below(count) == 1'367'008'882'666'915'091);
    CHECK(random.below(count) == 3'637'299'787'140'904'562);
}

TEST_CASE("every result below a count is equally likely", "[random][law]") {
    // 60 000 throws of a die. Chi-square with 5 degrees of freedom exceeds 20.5 once in 1 000
    // seeds; for this seed the second writing gives 4.41.
    std::array<std::int64_t, 6> thrown{};
    Random random(7);
    for (int i = 0; i < 60'000; ++i) ++thrown[random.below(6)];
    CHECK(thrown == std::array<std::int64_t, 6>{9995, 9947, 10157, 10052, 9960, 9889});
    std::int64_t squares = 0;
    for (const std::int64_t count : thrown) squares += (count - 10'000) * (count - 10'000);
    CHECK(squares < 205'000);  // 20.5 * 10 000
}

TEST_CASE("one of one is always zero", "[random]") {
    Random random(3);
    for (int i = 0; i < 100; ++i) REQUIRE(random.below(1) == 0);
}

TEST_CASE("a draw between two numbers includes both", "[random]") {
    Random random(1);
    for (const std::int64_t draw : {0, 3, 1, 3, -2, 3, -3, -3, 3, -3}) {
        CHECK(random.between(-3, 3) == draw);
    }
    CHECK(random.between(5, 5) == 5);
}

TEST_CASE("a chance of none never comes and a chance of all always does", "[random]") {
    Random random(11);
    for (int i = 0; i < 100; ++i) {
        REQUIRE_FALSE(random.chance(0, 3));
        REQUIRE(random.chance(3, 3));
    }
}

TEST_CASE("a split generator is seeded by one draw of its parent", "[random]") {
    Random parent(1);
    Random child = parent.split();
    Random same(first_of_seed_1);
    CHECK(child.next() == 0x2c83f301eb3f9c90);
    CHECK(same.next() == 0x2c83f301eb3f9c90);
    CHECK(parent.next() == 0x853b559647364cea);  // the second draw of seed 1
}

TEST_CASE("a stream is known by its four words alone", "[random]") {
    const std::uint64_t first = Random::stream(1, 2, 3, 4).next();
    CHECK(Random::stream(1, 2, 3, 4).next() == first);
    CHECK(Random::stream(2, 2, 3, 4).next() != first);
    CHECK(Random::stream(1, 3, 3, 4).next() != first);
    CHECK(Random::stream(1, 2, 4, 4).next() != first);
    CHECK(Random::stream(1, 2, 3, 5).next() != first);
    CHECK(Random::stream(1, 3, 2, 4).next() != first);  // their order counts
}

// The first draws of 60 000 streams that differ in one word, as throws of a die each: as many as
// in one long sequence. Chi-square with 5 degrees of freedom exceeds 20.5 once in 1 000.
TEST_CASE("streams that differ in one word have nothing in common", "[random][law]") {
    for (int word = 0; word < 4; ++word) {
        CAPTURE(word);
        std::array<std::int64_t, 6> thrown{};
        for (std::uint64_t i = 0; i < 60'000; ++i) {
            std::array<std::uint64_t, 4> words{1, 1, 1, 1};
            words[static_cast<std::size_t>(word)] = i;
            ++thrown[Random::stream(words[0], words[1], words[2], words[3]).below(6)];
        }
        std::int64_t squares = 0;
        for (const std::int64_t count : thrown) squares += (count - 10'000) * (count - 10'000);
        CHECK(squares < 205'000);
    }
}

TEST_CASE("64 coins each fall by their chance, and by themselves", "[random][law]") {
    CHECK(Random(1).coins(0) == 0);
    CHECK(Random(1).coins(std::uint64_t{1} << 32) == ~std::uint64_t{0});
    constexpr std::uint64_t share = 1'288'490'189;  // 0.3
    constexpr int throws = 2'000;
    std::array<std::int64_t, 64> ones{};
    std::int64_t alike = 0;  // neighbours that are both 1
    Random random(8);
    for (int i = 0; i < throws; ++i) {
        const std::uint64_t coins = random.coins(share);
        for (std::size_t bit = 0; bit < 64; ++bit) {
            ones[bit] += static_cast<std::int64_t>(coins >> bit & 1);
            if (bit > 0) alike += static_cast<std::int64_t>(coins >> bit & coins >> (bit - 1) & 1);
        }
    }
    // 600 of 2 000 with a deviation of sqrt(2000 * 0.3 * 0.7) = 20.5; five of them.
    for (const std::int64_t count : ones) CHECK(std::abs(count - 600) < 103);
    // 63 * 2 000 pairs, 0.09 of them: 11 340; the deviation, pairs overlapping, is below 140.
    CHECK(std::abs(alike - 11'340) < 560);
}

TEST_CASE("a larger chance only turns more coins to 1", "[random]") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const std::uint64_t few = Random(seed).coins(1'000'000'000);
        const std::uint64_t many = Random(seed).coins(1'500'000'000);
        REQUIRE((few & ~many) == 0);
    }
}

}  // namespace
}  // namespace vacate
