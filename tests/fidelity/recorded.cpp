// Reading, replaying and splitting.
#include "tests/fidelity/recorded.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "model/codec/recording.hpp"
#include "sim/kernel/replay.hpp"

namespace vacate {

std::string text_of_project(const std::string& relative) {
    std::ifstream file(std::string(VACATE_SOURCE_DIR "/") + relative, std::ios::binary);
    REQUIRE(file);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

ReplayedSet replay_set(const std::string& name) {
    const std::string path = "scenarios/recorded/" + name + ".json";
    auto recording = read_recording(text_of_project(path), path);
    REQUIRE(recording);
    Replay replay = replay_all(*recording);
    REQUIRE(replay.stalled == 0);
    return {std::move(*recording), std::move(replay.runs)};
}

std::vector<ReplayedRun> runs_of(const ReplayedSet& set, const std::string& prefix) {
    std::vector<ReplayedRun> runs;
    for (const ReplayedRun& run : set.runs) {
        if (set.recording.cases[run.of_case].name.starts_with(prefix)) runs.push_back(run);
    }
    return runs;
}

std::vector<ReplayedRun> judged_half(const ReplayedSet& set, const std::vector<ReplayedRun>& runs) {
    std::vector<std::string> names;
    for (const ReplayedRun& run : runs) names.push_back(set.recording.cases[run.of_case].name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::vector<ReplayedRun> half;
    for (const ReplayedRun& run : runs) {
        const std::string& name = set.recording.cases[run.of_case].name;
        const auto rank = std::lower_bound(names.begin(), names.end(), name) - names.begin();
        if (rank % 2 == 1) half.push_back(run);
    }
    return half;
}

Fidelity stated(const std::string& what, const ReplayedSet& set,
                const std::vector<ReplayedRun>& runs) {
    const Fidelity fidelity = judge(set.recording, runs);
    const auto line = [&what](const char* figure, const ErrorSpread& spread) {
        if (spread.count == 0) return;
        std::printf("%s, %s: mean %.1f, median %.1f, 90th %.1f, bias %+.1f %% of %zu\n",
                    what.c_str(), figure, 100 * spread.mean, 100 * spread.median, 100 * spread.p90,
                    100 * spread.bias, spread.count);
    };
    line("migrations", fidelity.total);
    line("whole runs", fidelity.makespan);
    line("silence", fidelity.gap);
    line("bytes", fidelity.sent);
    if (fidelity.gap.count > 0) {
        std::printf("%s: %zu of %zu silences within 60 ms or 20 %%\n", what.c_str(),
                    fidelity.gaps_close, fidelity.gap.count);
    }
    return fidelity;
}

}  // namespace vacate
