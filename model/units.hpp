// Exact quantities: bytes, bandwidths, durations and instants, each a type of its own.
#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstdint>

namespace vacate {

/// A signed 64-bit count of one unit. Counts of different units do not mix.
template <class Unit>
struct Quantity {
    std::int64_t count = 0;

    friend constexpr auto operator<=>(const Quantity&, const Quantity&) = default;
    constexpr Quantity& operator+=(Quantity other) {
        count += other.count;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity other) {
        count -= other.count;
        return *this;
    }
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
    friend constexpr Quantity operator*(Quantity a, std::int64_t factor) {
        return Quantity{a.count * factor};
    }
};

using Bytes = Quantity<struct ByteUnit>;               // B
using Bandwidth = Quantity<struct BytePerSecondUnit>;  // B/s

using Duration = std::chrono::duration<std::int64_t, std::micro>;  // µs

/// The clock of a run: it starts at zero and only its owner moves it.
struct RunClock {
    using duration = Duration;
    using rep = Duration::rep;
    using period = Duration::period;
    using time_point = std::chrono::time_point<RunClock, Duration>;
    static constexpr bool is_steady = true;
};
using Instant = RunClock::time_point;  // µs since the run began

constexpr Bytes kibibytes(std::int64_t n) { return Bytes{n * 1024}; }
constexpr Bytes mebibytes(std::int64_t n) { return Bytes{n * 1024 * 1024}; }
constexpr Bytes gibibytes(std::int64_t n) { return Bytes{n * 1024 * 1024 * 1024}; }
/// Decimal, as network links are sold: 1 Mbit/s is 125 000 B/s.
constexpr Bandwidth megabits_per_second(std::int64_t n) { return Bandwidth{n * 125'000}; }
constexpr Bandwidth gigabits_per_second(std::int64_t n) { return Bandwidth{n * 125'000'000}; }

inline namespace literals {
constexpr Bytes operator""_B(unsigned long long n) { return Bytes{static_cast<std::int64_t>(n)}; }
constexpr Bytes operator""_MiB(unsigned long long n) {
    return mebibytes(static_cast<std::int64_t>(n));
}
constexpr Bytes operator""_GiB(unsigned long long n) {
    return gibibytes(static_cast<std::int64_t>(n));
}
constexpr Bandwidth operator""_Mbps(unsigned long long n) {
    return megabits_per_second(static_cast<std::int64_t>(n));
}
constexpr Bandwidth operator""_Gbps(unsigned long long n) {
    return gigabits_per_second(static_cast<std::int64_t>(n));
}
}  // namespace literals

/// A product of two 64-bit counts, which may need more bits than either.
__extension__ typedef __int128 Wide;

/// `dividend / divisor` rounded towards plus infinity. Requires: divisor > 0.
constexpr std::int64_t divide_up(Wide dividend, std::int64_t divisor) {
    const Wide quotient = dividend / divisor;
    const bool inexact = dividend % divisor != 0;
    return static_cast<std::int64_t>(inexact && dividend > 0 ? quotient + 1 : quotient);
}

/// No transfer is taken to last longer, so that sums of times stay in range: 317 years.
inline constexpr Duration longest_transfer{10'000'000'000'000'000};

/// Time that `amount` takes at a steady `rate`, rounded up, at most longest_transfer.
/// Requires: rate > 0, amount >= 0.
constexpr Duration transfer_time(Bytes amount, Bandwidth rate) {
    std::int64_t small = 0;  // most products need no more
    if (!__builtin_mul_overflow(amount.count, std::int64_t{1'000'000}, &small)) {
        const std::int64_t time = small / rate.count + (small % rate.count > 0 ? 1 : 0);
        return std::min(Duration{time}, longest_transfer);
    }
    const Wide needed = static_cast<Wide>(amount.count) * 1'000'000;
    if (needed >= static_cast<Wide>(longest_transfer.count()) * rate.count) {
        return longest_transfer;
    }
    return Duration{divide_up(needed, rate.count)};
}

/// Bytes that a steady `rate` moves in `time`, rounded down, at most 2^62. Requires: both >= 0.
constexpr Bytes moved_in(Bandwidth rate, Duration time) {
    std::int64_t small = 0;  // most products need no more
    if (!__builtin_mul_overflow(rate.count, time.count(), &small)) return Bytes{small / 1'000'000};
    constexpr Wide most = static_cast<Wide>(1) << 62;
    const Wide moved = static_cast<Wide>(rate.count) * time.count() / 1'000'000;
    return Bytes{static_cast<std::int64_t>(moved < most ? moved : most)};
}

/// `amount` rounded up to whole MiB, as XAPI rounds what is used.
constexpr Bytes round_up_to_mebibyte(Bytes amount) {
    return mebibytes(divide_up(amount.count, mebibytes(1).count));
}

}  // namespace vacate
