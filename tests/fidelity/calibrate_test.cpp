// Recordings made by the kernel itself: the fit finds the values they were made with.
#include "sim/kernel/calibrate.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>
#include <thread>

#include "model/random.hpp"
#include "sim/kernel/replay.hpp"
#include "tests/support/noise.hpp"
#include "tests/support/world.hpp"

namespace vacate {
namespace {

using std::chrono::milliseconds;

/// How a recording is made.
struct Making {
    std::uint64_t seed = 1;
    int runs = 10;
    double noise = 0.02;  // of a total, one standard deviation
    double pause_noise = 0.1;
    bool pauses = true;
    bool equal_sizes = false;
    int wrong_every = 0;  // every n-th total is half as long again
};

Bandwidth mebibytes_per_second(std::int64_t n) { return Bandwidth{n * 1024 * 1024}; }

/// Twelve VMs on one of two hosts with a link of 10 Gbit/s: nothing but the stream's cap binds.
World world_of(const Making& making) {
    World world = draw(making.equal_sizes ? R"(
        a  v1  2000G : k00 8G, k01 8G, k02 8G, k03 8G, k04 8G, k05 8G, k06 8G, k07 8G, k08 8G
        b  v1  2000G :
    )"
                                          : R"(
        a  v1  2000G : k00 1G, k01 2G, k02 3G, k03 4G, k04 6G, k05 8G, k06 12G, k07 16G, k08 24G
        b  v1  2000G :
    )");
    for (Vm& vm : world.pool.vms) {
        vm.dirty_rate = mebibytes_per_second(4);
        vm.working_set = 256_MiB;
    }
    world.pool.timing.stream_cap = Bandwidth{262'500'000};
    world.pool.timing.before = milliseconds(2000);
    world.pool.timing.after = milliseconds(1000);
    world.pool.timing.pause_overhead = milliseconds(450);
    return world;
}

/// What the recordings are made with, and a calibration that knows no better is not.
void make_true(Pool& pool) {
    pool.timing.stream_cap = Bandwidth{471'250'000};  // 3.77 Gbit/s
    pool.timing.before = milliseconds(4800);
    pool.timing.after = milliseconds(2400);
    pool.timing.pause_overhead = milliseconds(800);
}

Duration shaken(Random& random, Duration time, double noise) {
    return Duration{
        std::llround(static_cast<double>(time.count()) * std::exp(noise * normal(random)))};
}

Recording make(const Making& making) {
    Random random(making.seed);
    const World world = world_of(making);
    Recording recording{"made by the kernel", "the kernel", true, {}, {}};
    RecordedCase guessed{"made", world.pool, world.state, {}};
    RecordedCase truth = guessed;
    make_true(truth.pool);
    int count = 0;
    for (int r = 0; r < making.runs; ++r) {
        RecordedRun run;
        run.name = "run " + std::to_string(10 + r);
        // One after the other, in an order that changes.
        for (std::uint32_t i = 0; i < 5; ++i) {
            const auto vm = static_cast<std::uint32_t>((r + 2 * static_cast<int>(i)) % 9);
            RecordedMove move{Id<Vm>{vm}, Id<Host>{0}, Id<Host>{1}, false, true, {},
                              {},         {},          {},          {},    {}};
            if (i > 0) move.after = {i - 1};
            run.moves.push_back(move);
        }
        const auto forecast = replay_run(truth, run);
        REQUIRE(forecast);
        for (std::size_t i = 0; i < run.moves.size(); ++i) {
            run.moves[i].total = shaken(random, forecast->moves[i].total, making.noise);
            if (making.wrong_every > 0 && ++count % making.wrong_every == 0) {
                run.moves[i].total = *run.moves[i].total * 3 / 2;
            }
            if (making.pauses) {
                run.moves[i].pause = shaken(random, forecast->moves[i].pause, making.pause_noise);
            }
        }
        guessed.runs.push_back(std::move(run));
    }
    recording.cases.push_back(std::move(guessed));
    return recording;
}

const FittedValue& value_of(const Calibration& calibration, std::string_view name) {
    const auto found =
        std::find_if(calibration.values.begin(), calibration.values.end(),
                     [name](const FittedValue& one) { return one.parameter->name == name; });
    REQUIRE(found != calibration.values.end());
    return *found;
}

std::string text_of(const Calibration& calibration) {
    std::ostringstream text;
    for (const FittedValue& one : calibration.values) {
        text << one.parameter->name << ' ' << static_cast<int>(one.verdict) << ' ' << one.value
             << " [" << one.low << ", " << one.high << "] " << one.rests_on << ' ' << one.note
             << '\n';
    }
    return text.str();
}

CalibrationOptions fitting(const std::vector<std::string_view>& names) {
    CalibrationOptions options;
    for (const std::string_view name : names) options.fit.push_back(find_fit_parameter(name));
    return options;
}

bool holds(const FittedValue& one, std::int64_t truth) {
    return one.verdict == FitVerdict::fitted && one.low <= truth && truth <= one.high;
}

constexpr std::int64_t true_cap = 471'250'000;
constexpr std::int64_t true_overhead = 7'200'000;
constexpr std::int64_t true_pause = 800'000;

}  // namespace

TEST_CASE("values are found in what was measured without noise", "[calibrate]") {
    Making making;
    making.noise = making.pause_noise = 0;
    const Recording recording = make(making);
    const Calibration calibration = calibrate({&recording, 1});
    INFO(text_of(calibration));
    REQUIRE(calibration.done);
    CHECK(static_cast<double>(value_of(calibration, "stream_cap").value) ==
          Approx(true_cap).epsilon(0.002));
    CHECK(static_cast<double>(value_of(calibration, "overhead").value) ==
          Approx(true_overhead).epsilon(0.005));
    CHECK(static_cast<double>(value_of(calibration, "pause_overhead").value) ==
          Approx(true_pause).epsilon(0.01));
    CHECK(calibration.after[0].p95 < 0.002);
    CHECK(calibration.before[0].median > 0.2);
    CHECK(calibration.migrations == 50);
}

TEST_CASE("the intervals hold the truth in about 95 of 100 recordings", "[calibrate]") {
    // Each of three values in 100 recordings: 95 expected inside, standard deviation
    // sqrt(100 x 0.95 x 0.05) = 2.18; four of those below. All 300 together: 285, four times
    // sqrt(300 x 0.95 x 0.05) = 3.77 to both sides, at most all.
    const CalibrationOptions options = fitting({"stream_cap", "overhead", "pause_overhead"});
    int caps = 0;
    int overheads = 0;
    int pauses = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Making making;
        making.seed = seed;
        making.wrong_every = seed % 2 == 0 ? 12 : 0;  // half of them with 4 outliers in 50
        const Recording recording = make(making);
        const Calibration calibration = calibrate({&recording, 1}, options);
        caps += holds(value_of(calibration, "stream_cap"), true_cap) ? 1 : 0;
        overheads += holds(value_of(calibration, "overhead"), true_overhead) ? 1 : 0;
        pauses += holds(value_of(calibration, "pause_overhead"), true_pause) ? 1 : 0;
    }
    CAPTURE(caps, overheads, pauses);
    CHECK(caps >= 87);
    CHECK(overheads >= 87);
    CHECK(pauses >= 87);
    CHECK(caps + overheads + pauses >= 270);
    CHECK(caps + overheads + pauses < 300);
}

TEST_CASE("outliers are named and do not move the values", "[calibrate]") {
    Making making;
    making.seed = 7;
    making.wrong_every = 10;  // the 10th, 20th ... total: the last migration of every other run
    const Recording recording = make(making);
    const Calibration calibration =
        calibrate({&recording, 1}, fitting({"stream_cap", "overhead", "pause_overhead"}));
    INFO(text_of(calibration));
    CHECK(holds(value_of(calibration, "stream_cap"), true_cap));
    CHECK(holds(value_of(calibration, "overhead"), true_overhead));
    std::vector<std::string> named;
    for (const DoubtedMeasurement& one : calibration.doubted) {
        if (one.kind == Measured::total) named.push_back(one.run);
    }
    // Five migrations a run: the 10th is the last of the second run.
    CHECK(named == std::vector<std::string>{"run 11", "run 13", "run 15", "run 17", "run 19"});
}

TEST_CASE("what the recordings cannot tell is said, and left as it is", "[calibrate]") {
    SECTION("with VMs of one size, rate and overhead do the same") {
        Making making;
        making.equal_sizes = true;
        const Recording recording = make(making);
        const Calibration calibration =
            calibrate({&recording, 1}, fitting({"stream_cap", "overhead"}));
        INFO(text_of(calibration));
        CHECK(value_of(calibration, "stream_cap").verdict == FitVerdict::fitted);
        const FittedValue& overhead = value_of(calibration, "overhead");
        CHECK(overhead.verdict == FitVerdict::left);
        CHECK(overhead.value == 3'000'000);  // as recorded: before 2 s, after 1 s
        CHECK(overhead.note == "cannot be told from stream_cap in these recordings");
    }
    SECTION("without pauses, the fixed part of the pause is overhead") {
        Making making;
        making.pauses = false;
        const Recording recording = make(making);
        const Calibration calibration = calibrate({&recording, 1});
        INFO(text_of(calibration));
        CHECK(value_of(calibration, "pause_overhead").note ==
              "cannot be told from overhead in these recordings");
        CHECK(value_of(calibration, "arrival").note == "no gap was measured that depends on it");
        CHECK(value_of(calibration, "send_budget").note == "no host was held back by it");
    }
    SECTION("one migration tells nothing") {
        Recording recording = make({});
        recording.cases.front().runs.resize(1);
        recording.cases.front().runs.front().moves.resize(1);
        const Calibration calibration = calibrate({&recording, 1});
        CHECK_FALSE(calibration.done);
        CHECK(calibration.reason ==
              "1 measured migrations are too few: at least 5 are needed for one parameter");
    }
    SECTION("nothing measured, nothing fitted") {
        const Calibration calibration = calibrate({});
        CHECK_FALSE(calibration.done);
        CHECK(calibration.reason == "no completed migration was measured");
    }
    SECTION("what differs between VMs is known, unless it is asked for") {
        Recording recording = make({});
        recording.cases.front().pool.vms[Id<Vm>{3}].zero_permille = 300;
        const Calibration calibration = calibrate({&recording, 1});
        CHECK(value_of(calibration, "zero_pages").note ==
              "the recordings give several values, which are taken as known");
        CHECK_FALSE(value_of(calibration, "zero_pages").before);
    }
}

TEST_CASE("neither order nor threads change a calibration", "[calibrate]") {
    Making making;
    making.wrong_every = 9;
    Recording recording = make(making);
    making.seed = 2;
    Recording other = make(making);
    other.cases.front().name = "made later";
    CalibrationOptions options = fitting({"stream_cap", "overhead", "pause_overhead"});
    options.split = true;
    const std::vector<Recording> forwards{recording, other};
    const Calibration first = calibrate(forwards, options);
    std::reverse(recording.cases.front().runs.begin(), recording.cases.front().runs.end());
    const std::vector<Recording> backwards{other, recording};
    options.for_each = [](std::size_t count, const std::function<void(std::size_t)>& task) {
        std::thread odd([&] {
            for (std::size_t i = 1; i < count; i += 2) task(i);
        });
        for (std::size_t i = 0; i < count; i += 2) task(i);
        odd.join();
    };
    const Calibration second = calibrate(backwards, options);
    CHECK(first == second);
    CHECK(first.runs == 10);
    CHECK(first.runs_judged == 10);
    // The noise of the other half is all that is left: 2 % of a total, whose median size is
    // 0.6745 standard deviations, 1.35 %.
    CHECK(first.judged[0].median < 0.02);
    CHECK(first.judged_before[0].median > 0.2);
}

}  // namespace vacate
