// How far predictions are from what was measured, set by set. Bounds are those of the reference
// model: "Use" in its validation section, or the noise of the measurements themselves.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <set>

#include "model/codec/recording.hpp"
#include "sim/kernel/replay.hpp"
#include "tests/fidelity/recorded.hpp"
#include "tests/support/shared_data.hpp"

namespace vacate {
namespace {

// The names of the cases of which some migration fulfils the condition.
template <class Condition>
std::set<std::string> cases_where(const ReplayedSet& set, const std::vector<ReplayedRun>& runs,
                                  Condition condition) {
    std::set<std::string> names;
    for (const ReplayedRun& replayed : runs) {
        const RecordedCase& one = set.recording.cases[replayed.of_case];
        const RecordedRun& run = one.runs[replayed.of_run];
        for (std::size_t i = 0; i < run.moves.size(); ++i) {
            if (condition(run.moves[i], replayed.forecast.moves[i])) names.insert(one.name);
        }
    }
    return names;
}

std::vector<ReplayedRun> qmp_runs(const ReplayedSet& set) {
    std::vector<ReplayedRun> runs;
    for (const ReplayedRun& run : set.runs) {
        if (!set.recording.cases[run.of_case].name.starts_with("V-")) runs.push_back(run);
    }
    return runs;
}

double relative(Duration predicted, Duration measured) {
    return static_cast<double>((predicted - measured).count()) /
           static_cast<double>(measured.count());
}

double part(std::size_t some, std::size_t all) {
    return static_cast<double>(some) / static_cast<double>(all);
}

Duration makespan_of(const ReplayedSet& set, const std::string& name) {
    const std::vector<ReplayedRun> runs = runs_of(set, name);
    REQUIRE(runs.size() == 1);
    return runs.front().forecast.makespan;
}

TEST_CASE("QEMU lab: migrations last as measured", "[fidelity]") {
    const ReplayedSet set = replay_set("qemu-lab");
    const std::vector<ReplayedRun> runs = qmp_runs(set);
    const Fidelity all = stated("QEMU lab", set, runs);
    const Fidelity half = stated("QEMU lab, judged half", set, judged_half(set, runs));
    CHECK(all.total.median <= 0.03);
    CHECK(half.total.median <= 0.03);
    CHECK(all.sent.median <= 0.02);
    // Beyond a tenth: only guests that both cores of the lab were too few for (1 Gbit/s), and the
    // throttled one, which catches up on what it could not write.
    const auto far = cases_where(set, runs, [](const RecordedMove& move, const MoveForecast& one) {
        if (!move.completed || !one.completed) return false;
        return std::abs(relative(one.total, *move.total)) > 0.1;
    });
    for (const std::string& name : far) std::printf("more than 10 %% off: %s\n", name.c_str());
    CHECK(far == std::set<std::string>{"B-256-1000mbit", "F-auto-converge", "I-512-1000mbit"});
}

TEST_CASE("QEMU lab: a client outside misses the guest for as long as measured", "[fidelity]") {
    const ReplayedSet set = replay_set("qemu-lab");
    const std::vector<ReplayedRun> runs = qmp_runs(set);
    const Fidelity all = stated("QEMU lab", set, runs);
    const auto far = cases_where(set, runs, [](const RecordedMove& move, const MoveForecast& one) {
        return move.gap && one.completed && !is_close(one.gap, *move.gap);
    });
    for (const std::string& name : far) std::printf("silence otherwise: %s\n", name.c_str());
    // The others shared a link, or stopped at another of the looks 50 ms apart.
    CHECK(part(all.gaps_close, all.gap.count) >= 0.8);
    CHECK(all.gap.median <= 0.2);
}

TEST_CASE("QEMU lab: what never ends is told apart from what does", "[fidelity]") {
    const ReplayedSet set = replay_set("qemu-lab");
    const std::vector<ReplayedRun> runs = qmp_runs(set);
    CHECK(judge(set.recording, runs_of(set, "C-rate20000-noconv")).agreed == 2);
    const auto wrong =
        cases_where(set, runs, [](const RecordedMove& move, const MoveForecast& one) {
            if (move.completed && one.completed) return false;
            return move.completed || (one.completed && one.total <= *move.total);
        });
    // D-wss32 ended by luck, after 7 and 53 rounds; F-auto-converge once in 50 s, once not in 60.
    CHECK(wrong == std::set<std::string>{"D-wss32", "F-auto-converge"});
}

TEST_CASE("Grid'5000: mean error and makespan of plans of ten migrations", "[fidelity]") {
    const ReplayedSet set = replay_set("grid5000");
    const Fidelity all = stated("Grid'5000", set, set.runs);
    const Fidelity half = stated("Grid'5000, judged half", set, judged_half(set, set.runs));
    CHECK(all.total.count == 1000);
    for (const Fidelity& fidelity : {all, half}) {
        CHECK(fidelity.total.mean <= 0.05);
        CHECK(fidelity.makespan.mean <= 0.015);
        CHECK(std::abs(fidelity.total.bias) <= 0.035);
    }
}

TEST_CASE("OpenStack: medians of evacuations one by one, totals of those side by side",
          "[fidelity]") {
    const ReplayedSet set = replay_set("openstack");
    stated("OpenStack", set, set.runs);
    stated("OpenStack, judged half", set, judged_half(set, set.runs));
    std::size_t compared = 0;
    for (const CaseFigures& figures : figures_of(set.recording, set.runs)) {
        const std::string& name = set.recording.cases[figures.of_case].name;
        INFO(name);
        // Its VMs of 8 GiB took 16.2 s, as those of 4 GiB do elsewhere; alike ones took 25.9 s.
        if (name == "osic-tun_off_shared_storage_medium_parallel-medium-p1") continue;
        REQUIRE(figures.total);
        CHECK(std::abs(relative(figures.total->predicted, figures.total->measured)) <= 0.05);
        REQUIRE(figures.makespan);
        CHECK(std::abs(relative(figures.makespan->predicted, figures.makespan->measured)) <= 0.1);
        ++compared;
    }
    CHECK(compared >= 10);
}

TEST_CASE("XenServer: the order of evacuations, and what kernel TLS wins", "[fidelity]") {
    const ReplayedSet set = replay_set("xenserver");
    stated("XenServer", set, set.runs);
    const std::string base = "xenserver-evacuate-25g-";
    const Duration idle_tls = makespan_of(set, base + "idle-ktls-sender");
    const Duration medium_tls = makespan_of(set, base + "medium-ktls-sender");
    const Duration idle = makespan_of(set, base + "idle-stunnel");
    const Duration high = makespan_of(set, base + "high-stunnel");
    CHECK(idle_tls < medium_tls);
    CHECK(medium_tls < idle);
    CHECK(idle < high);
    CHECK(std::abs(relative(idle, idle_tls) + 1 - 1.13) <= 0.113);
    // 1341 s against the 163 s of the idle one with kernel TLS.
    CHECK(std::abs(relative(high, idle_tls) + 1 - 8.23) <= 0.823);
}

TEST_CASE("XenServer: other transports are predicted from the loads measured with one",
          "[fidelity]") {
    const std::string path = "scenarios/recorded/xenserver.json";
    const std::string text = text_of_project(path);
    const auto makespan_with = [&](const std::string& name, const std::string& budget,
                                   const std::string& cap) {
        Overrides overrides;
        overrides.sets = {"hosts.*.send_budget=" + budget, "timing.stream_cap=" + cap};
        const auto recording =
            read_recording(text, path, overrides, "xenserver-evacuate-25g-" + name);
        REQUIRE(recording);
        const Replay replay = replay_all(*recording);
        REQUIRE(replay.runs.size() == 1);
        return replay.runs.front().forecast.makespan;
    };
    const auto ratio = [&](const std::string& name, const std::string& budget) {
        return 1 + relative(makespan_with(name, budget, "2.1 Gbps"),
                            makespan_with(name, "24 Gbps", "25 Gbps"));
    };
    // Stunnel against kernel TLS: 185/163, 249/171 and 1341/835 s (xen-api, migration-tls.md).
    CHECK(std::abs(ratio("idle-stunnel", "21 Gbps") - 1.13) <= 0.113);
    CHECK(std::abs(ratio("medium-ktls-sender", "16.3 Gbps") - 1.46) <= 0.146);
    CHECK(std::abs(ratio("high-stunnel", "14.8 Gbps") - 1.60) <= 0.16);
}

TEST_CASE("published single migrations: the typical error", "[fidelity]") {
    const ReplayedSet qemu = replay_set("qemu-published");
    const Fidelity all = stated("QEMU published", qemu, qemu.runs);
    stated("QEMU published, judged half", qemu, judged_half(qemu, qemu.runs));
    // From 1 s to an hour on machines of ten years, of which little is told.
    CHECK(all.total.median <= 0.15);
    CHECK(all.total.count >= 30);
}

TEST_CASE("our files say what the measurements say", "[fidelity][shared]") {
    struct Origin {
        std::string file, from, cases;
    };
    const std::vector<Origin> origins{
        {"qemu-lab", "recordings/qemu-7.2-live-migrations.json", ""},
        {"grid5000", "recordings/published-migrations.json", "kherbache"},
        {"openstack", "recordings/published-migrations.json", "osic"},
        {"xenserver", "recordings/published-migrations.json", "xenserver-evacuate"},
        {"qemu-published", "recordings/published-migrations.json", "qemu"},
        {"proxmox", "recordings/published-migrations.json", "proxmox"}};
    for (const Origin& origin : origins) {
        INFO(origin.file);
        const auto text = read_shared(origin.from);
        if (!text) continue;
        CHECK(holds_recording(*text));
        const std::string path = "scenarios/recorded/" + origin.file + ".json";
        const auto ours = recording_text(*text, origin.from, origin.cases);
        REQUIRE(ours);
        CHECK(*ours == text_of_project(path));
        // And so they replay alike.
        const auto theirs = read_recording(*text, origin.from, {}, origin.cases);
        REQUIRE(theirs);
        CHECK(replay_all(*theirs).runs == replay_set(origin.file).runs);
    }
}

}  // namespace
}  // namespace vacate
