// What makes one plan better than another: the operator's objective first, the others in order.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/schedule.hpp"
#include "model/state.hpp"

namespace vacate {

/// What the operator wants least of.
enum class Objective {
    makespan,  // time from the first to the last step
    window,    // time in mixed versions
    moves,     // migrations, then bytes moved
    pause,     // total guest pause
    spread,    // VMs that end up on another host than they began on
};

/// The figures of one plan; smaller is better in each.
struct Figures {
    std::int64_t owed =
        0;  // what is not put back at the end (R15): a CD whose storage is not seen there
    Duration makespan{};
    Duration window{};
    std::int64_t moves = 0;
    Bytes bytes_moved;
    Duration pause{};
    std::int64_t away = 0;  // VMs that end on another host than they began on
    Bytes squeezed;         // memory that VMs do not have back at the end
    friend bool operator==(const Figures&, const Figures&) = default;
};

[[nodiscard]] Figures figures_of(const Pool& pool, const PoolState& before, const PoolState& after,
                                 const Schedule& schedule);

/// Compares by memory that is not given back, then by `objective`, ties by makespan, window, moves,
/// bytes, pause, spread and what is owed, in this order.
[[nodiscard]] std::strong_ordering compare(Objective objective, const Figures& a, const Figures& b);

/// True when `a` is nowhere worse than `b` in makespan, moves and window, and somewhere better.
[[nodiscard]] bool dominates(const Figures& a, const Figures& b);

/// "makespan"; the names that --objective takes.
inline constexpr std::array<std::string_view, 5> objective_names{"makespan", "window", "moves",
                                                                 "pause", "spread"};

}  // namespace vacate
