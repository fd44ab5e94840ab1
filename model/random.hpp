// The one generator of chance: xoshiro256** with integer distributions of our own.
#pragma once

#include <array>
#include <cstdint>

namespace vacate {

/// Deterministic on every platform; a parameter wherever it is used, never a global.
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018.
class Random {
  public:
    explicit constexpr Random(std::uint64_t seed) {
        for (std::uint64_t& word : words_) word = split_mix(seed);
    }

    /// The next 64 bits.
    constexpr std::uint64_t next() {
        const std::uint64_t result = rotate_left(words_[1] * 5, 7) * 9;
        const std::uint64_t shifted = words_[1] << 17;
        words_[2] ^= words_[0];
        words_[3] ^= words_[1];
        words_[1] ^= words_[2];
        words_[0] ^= words_[3];
        words_[2] ^= shifted;
        words_[3] = rotate_left(words_[3], 45);
        return result;
    }

    /// Uniform over 0 .. count-1, without bias. Requires: count > 0.
    constexpr std::uint64_t below(std::uint64_t count) {
        const std::uint64_t first_fair = (0 - count) % count;
        std::uint64_t draw = next();
        while (draw < first_fair) draw = next();
        return draw % count;
    }

    /// Uniform over low .. high, both included. Requires: low <= high, high - low < 2^63.
    constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }

    /// True with the chance numerator / denominator. Requires: denominator > 0.
    constexpr bool chance(std::uint64_t numerator, std::uint64_t denominator) {
        return below(denominator) < numerator;
    }

    /// A generator of its own, for a part that must not disturb this one's sequence.
    constexpr Random split() { return Random(next()); }

    /// A generator for one thing that chance decides: the same words, the same sequence, whatever
    /// else is drawn, in which order and on which thread. Sequences of different words have
    /// nothing to do with each other but for the odd chance of 2^-64.
    static constexpr Random stream(std::uint64_t seed, std::uint64_t run, std::uint64_t purpose,
                                   std::uint64_t subject) {
        std::uint64_t key = seed;
        for (const std::uint64_t word : {run, purpose, subject}) key = split_mix(key) ^ word;
        return Random(split_mix(key));
    }

    /// 64 coins at once, each 1 with the chance `share` / 2^32: bit n is the coin n. A larger
    /// share only turns more of them to 1.
    constexpr std::uint64_t coins(std::uint64_t share) {
        if (share >> 32 != 0) return ~std::uint64_t{0};
        // Each coin compares a binary fraction, of which a draw gives one digit, with the share.
        std::uint64_t below = 0;
        for (int digit = 0; digit < 32; ++digit) {
            below = (share >> digit & 1) != 0 ? below | ~next() : below & ~next();
        }
        return below;
    }

  private:
    static constexpr std::uint64_t rotate_left(std::uint64_t word, int bits) {
        return (word << bits) | (word >> (64 - bits));
    }
    static constexpr std::uint64_t split_mix(std::uint64_t& seed) {
        seed += 0x9e3779b97f4a7c15u;
        std::uint64_t word = seed;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
        return word ^ (word >> 31);
    }
    std::array<std::uint64_t, 4> words_{};
};

}  // namespace vacate
