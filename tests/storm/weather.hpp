// What one seed brings: a pool, a mission and a random subset of all that can go wrong.
#pragma once

#include <cstdint>
#include <string>

#include "sim/live/executor.hpp"
#include "sim/live/simulated_driver.hpp"
#include "sim/live/simulated_pool.hpp"

namespace vacate::storm {

/// What operators do to the pool while a run is going on.
enum class Meddling {
    move_vm,
    stop_vm,
    suspend_vm,
    start_vm,
    delete_vm,
    create_vm,
    fill_host,  // with a VM that takes all of its memory
    enable_host,
    disable_host,
    enable_ha,
    insert_cd,
    give_memory_back,  // to a VM that the run squeezed
    crash_member,
    crash_coordinator,
    restart_toolstack,  // of the coordinator
};
inline constexpr std::size_t meddlings = 15;
inline constexpr std::array<std::string_view, meddlings> meddling_names{
    "move a VM",      "stop a VM",           "suspend a VM",      "start a VM",
    "delete a VM",    "create a VM",         "fill a host",       "enable a host",
    "disable a host", "switch HA on",        "insert a disc",     "give memory back",
    "member crashes", "coordinator crashes", "toolstack restarts"};

/// How an executor dies at a record that it writes.
enum class Death {
    before,     // nothing of the turn is written
    torn,       // some records are, the last of them in part
    unsent,     // all of them, nothing is sent
    sending,    // some commands are sent
    disk_full,  // it lives on, but cannot write
};
inline constexpr std::size_t deaths = 5;
inline constexpr std::array<std::string_view, deaths> death_names{
    "dies before it writes", "dies while it writes", "dies before it sends", "dies while it sends",
    "disk full"};

/// All that a seed decides.
struct Weather {
    Scenario start;
    Plan plan;
    live::Mission mission;
    live::Temper temper;
    live::Wire wire;
    std::array<std::int64_t, meddlings> meddles{};  // weights
    Duration meddles_every{};                       // on average; zero: never
    std::int64_t death_permille = 0;                // of the times it writes
    std::int64_t dies_at_write = -1;                // and at this one
    int deaths_max = 0;
    std::int64_t told_permille = 0;  // of meddlings: a word to the executor instead
    bool locked = false;             // another run holds the lock when this one begins
    Instant calm_at{};               // faults and meddling cease
};

/// The same seed, the same weather.
[[nodiscard]] Weather draw_weather(std::uint64_t seed);

}  // namespace vacate::storm
