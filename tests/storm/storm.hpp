// One run of the real executor through the storm of one seed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/storm/weather.hpp"

namespace vacate::storm {

/// What happened in how many runs, or how often.
struct Tally {
    std::int64_t runs = 0;
    std::int64_t done = 0;
    std::int64_t stopped = 0;
    std::int64_t resumed = 0;  // after a stop
    std::int64_t turns = 0;
    std::int64_t records = 0;
    std::int64_t orders = 0;
    std::array<std::int64_t, live::wire_fault_names.size()> wire{};
    std::array<std::int64_t, meddlings> meddled{};
    std::array<std::int64_t, deaths> died{};
    std::array<std::int64_t, live::happening_names.size()> happened{};
    std::int64_t told = 0;

    Tally& operator+=(const Tally& other);
    friend bool operator==(const Tally&, const Tally&) = default;
};

struct Outcome {
    std::optional<std::string> violation;
    std::string sentence;            // how the run ended, in the executor's words
    std::vector<std::string> story;  // line by line, where it was asked for
    bool died_at_record = false;     // where that was asked for
    Tally tally;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// The same seed: the same outcome.
[[nodiscard]] Outcome weather_out(std::uint64_t seed, bool tell_story = false);

/// The same storm, but that the process dies, once, when it writes this record of its journal.
[[nodiscard]] Outcome weather_out_dying(std::uint64_t seed, std::int64_t record,
                                        bool tell_story = false);

/// Says on stderr which seed this thread was in when the program dies.
void name_seed_on_abort();

}  // namespace vacate::storm
