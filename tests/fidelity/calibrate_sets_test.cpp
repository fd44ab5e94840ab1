// Recorded sets, fitted on one half of their runs: the error on the other half is stated.
#include <catch2/catch.hpp>
#include <cstdio>

#include "sim/kernel/calibrate.hpp"
#include "tests/fidelity/recorded.hpp"

namespace vacate {
namespace {

Calibration split(const std::string& set, const std::vector<std::string_view>& names) {
    const ReplayedSet replayed = replay_set(set);
    CalibrationOptions options;
    options.split = true;
    for (const std::string_view name : names) options.fit.push_back(find_fit_parameter(name));
    Calibration calibration = calibrate({&replayed.recording, 1}, options);
    const auto state = [&](const char* what, Measured kind) {
        const ErrorSpread& before = calibration.judged_before[static_cast<std::size_t>(kind)];
        const ErrorSpread& after = calibration.judged[static_cast<std::size_t>(kind)];
        if (after.count == 0) return;
        std::printf(
            "%s, %s of %zu on the half not fitted to: median %.1f %% (as recorded %.1f %%), "
            "95th percentile %.1f %% (%.1f %%)\n",
            set.c_str(), what, after.count, 100 * after.median, 100 * before.median,
            100 * after.p95, 100 * before.p95);
    };
    state("total", Measured::total);
    state("pause", Measured::pause);
    state("gap", Measured::gap);
    return calibration;
}

}  // namespace

TEST_CASE("Grid'5000: what half of the runs give holds for the other half",
          "[fidelity][calibrate]") {
    const Calibration calibration = split("grid5000", {"overhead", "cold_rate"});
    REQUIRE(calibration.done);
    CHECK(calibration.migrations == 500);
    CHECK(calibration.migrations_judged == 500);
    // Clocks of 1 s on migrations of 20 to 60 s: 2.5 % is what the times themselves can tell.
    CHECK(calibration.judged[0].median < 0.04);
    CHECK(calibration.judged[0].median < calibration.judged_before[0].median + 0.01);
}

TEST_CASE("the QEMU lab: what half of the runs give holds for the other half",
          "[fidelity][calibrate]") {
    const Calibration calibration =
        split("qemu-lab", {"link_efficiency", "pause_overhead", "arrival", "queued"});
    REQUIRE(calibration.done);
    CHECK(calibration.judged[0].median < 0.04);
    // The set repeats most cases twice, and every other run is fitted to: the other half is the
    // same laboratory, not another one.
    CHECK(calibration.judged[2].median < calibration.judged_before[2].median + 0.02);
}

}  // namespace vacate
