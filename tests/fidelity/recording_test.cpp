// The formats of recordings: what is read, what is refused and where, what replays how.
#include <catch2/catch.hpp>

#include "model/codec/recording.hpp"
#include "sim/kernel/replay.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;

// 1 GiB over 1 Gbit/s at efficiency 1: 1073741824 / 125000000 = 8.59 s, and no other times.
constexpr std::string_view small = R"({
  "recording": {"about": "one"},
  "defaults": {"timing": {"link_efficiency": "1", "before": "0 s", "after": "0 s",
      "pause_overhead": "0 s", "stream_cap": "10 Gbps", "page_header": "0 B"},
      "vms": {"dirty_rate": "0 B/s", "working_set": "0 B"}},
  "cases": [{"name": "c", "scenario": {
      "hosts": [{"name": "a", "link": "1 Gbps"}, {"name": "b", "link": "1 Gbps"}],
      "vms": [{"name": "v", "memory": "1 GiB"}, {"name": "w", "memory": "1 GiB"}]},
    "moves": [{"vm": "v", "from": "a", "to": "b"},
              {"vm": "w", "from": "a", "to": "b", "after": [0]},
              {"vm": "v", "from": "b", "to": "a"}],
    "runs": [{"name": "1", "makespan": "20 s", "start": [null, null, "30 s"],
              "total": ["10 s", null, "8 s"]}]}]
})";

std::string with(std::string_view from, std::string_view to) {
    std::string text(small);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Error error_of(const std::string& text) {
    const auto recording = read_recording(text, "r.json");
    REQUIRE_FALSE(recording);
    return recording.error();
}

TEST_CASE("a small recording is replayed in the order and at the times that it gives",
          "[recording]") {
    REQUIRE(holds_recording(small));
    const auto recording = read_recording(small, "r.json");
    REQUIRE(recording);
    const RecordedCase& one = recording->cases.front();
    const auto forecast = replay_run(one, one.runs.front());
    REQUIRE(forecast);
    const Duration once = transfer_time(gibibytes(1), gigabits_per_second(1));
    CHECK(forecast->moves[0].start == Instant{});
    CHECK(forecast->moves[0].total == once);
    CHECK(forecast->moves[1].start == Instant{once});
    CHECK(forecast->moves[2].start == Instant{30s});
    CHECK(forecast->makespan == 30s + once);
    // 8.59 s against 10 and 8 s: 14.1 % too short, 7.4 % too long; 38.59 against 20 s.
    const Fidelity fidelity = judge(*recording, std::vector<ReplayedRun>{{0, 0, *forecast}});
    CHECK(fidelity.total.count == 2);
    CHECK(fidelity.total.mean == Approx(0.1075).margin(0.0002));
    CHECK(fidelity.total.bias == Approx(-0.0336).margin(0.0002));
    CHECK(fidelity.makespan.mean == Approx(0.9295).margin(0.0002));
}

TEST_CASE("what is set or given by default goes to the scenario of every case", "[recording]") {
    Overrides overrides;
    overrides.sets = {"hosts.*.link=2 Gbps"};
    overrides.defaults = R"({"timing": {"before": "3 s"}})";
    overrides.defaults_source = "d.json";
    const auto recording = read_recording(small, "r.json", overrides);
    REQUIRE(recording);
    const RecordedCase& one = recording->cases.front();
    const auto forecast = replay_run(one, one.runs.front());
    REQUIRE(forecast);
    CHECK(forecast->moves[0].total == 3s + transfer_time(gibibytes(1), gigabits_per_second(2)));
}

TEST_CASE("what is wrong with a recording is said where it is", "[recording]") {
    const Error twice =
        error_of(with(R"("from": "a", "to": "b"},)", R"("from": "x", "to": "b"},)"));
    REQUIRE_FALSE(twice.items.empty());
    CHECK(twice.items.front().place == "/cases/0/moves/0/from");
    CHECK(error_of(with("[0]", "[1]")).items.front().place == "/cases/0/moves/1/after/0");
    CHECK(error_of(with(R"("from": "b", "to": "a")", R"("from": "a", "to": "b")"))
              .items.front()
              .place == "/cases/0/moves/2/from");
    CHECK(error_of(with(R"("8 s"])", R"("8"])")).items.front().place == "/cases/0/runs/0/total/2");
    CHECK(error_of(with(R"(["10 s", null, "8 s"])", R"(["10 s"])")).items.front().place ==
          "/cases/0/runs/0/total");
    CHECK(error_of(with(R"("link_efficiency": "1")", R"("efficiency": "1")")).items.front().place ==
          "/defaults/timing/efficiency");
    CHECK(error_of(with(R"("before": "0 s")", R"("before": "soon")")).items.front().place ==
          "/defaults/timing/before");
}

TEST_CASE("a migration that did not end agrees with one that never would", "[recording]") {
    // 200 MB/s written to 512 MiB of it, 125 MB/s sent: never below 300 ms of the link.
    std::string text = with(R"("dirty_rate": "0 B/s", "working_set": "0 B")",
                            R"("dirty_rate": "200 MB/s", "working_set": "512 MiB")");
    text.replace(text.find(R"("link_efficiency")"), 0, R"("stop_rule": "qemu", )");
    text.replace(text.find(R"("after": [0]})"), 13,
                 R"("completed": false, "total": "60 s", "after": []})");
    const auto recording = read_recording(text, "r.json");
    REQUIRE(recording);
    const Replay replay = replay_all(*recording);
    const Fidelity fidelity = judge(*recording, replay.runs);
    CHECK(fidelity.agreed == 1);
    CHECK(fidelity.disagreed == 2);  // the other two ended, they say
}

TEST_CASE("what the QEMU lab prints is read as it is", "[recording]") {
    const std::string text = R"([{"id": "q", "mem_mb": 64, "cap_mbit": 0, "fill_mb": 48,
        "rate_pps": 100, "wss_mb": 2, "pattern": "random", "max_bandwidth_bytes": 33554432,
        "capabilities": {"auto-converge": true}, "vms": [{"src": 1, "dst": 3}],
        "result": [{"outcome": "completed", "heartbeat": {"switch_gap_ms": 80.5},
          "qemu": {"transferred_bytes": 50849179, "downtime_ms": null},
          "events": [[1.5, "STOP", null], [1.6, "MIGRATION", "completed"]]}]},
       {"id": "bad", "mem_mb": 64, "cap_mbit": 100, "error": "no guest"}])";
    REQUIRE(holds_recording(text));
    const auto recording = read_recording(text, "lab.json");
    REQUIRE(recording);
    REQUIRE(recording->cases.size() == 1);
    REQUIRE(recording->remarks.size() == 1);
    CHECK(recording->remarks.front().sentence ==
          "bad was not replayed because it failed in the lab");
    const RecordedCase& one = recording->cases.front();
    const RecordedMove& move = one.runs.front().moves.front();
    CHECK(move.total == 1600ms);
    CHECK(move.pause == 100ms);
    CHECK(move.gap == 80'500us);
    CHECK(move.sent == Bytes{50'849'179});
    CHECK(one.pool.hosts[move.to].name == "h3");
    const Vm& vm = one.pool.vms[move.vm];
    CHECK(vm.dirty_rate == Bandwidth{409'600});
    CHECK_FALSE(vm.sweeps);
    CHECK(one.pool.timing.live_cap == Bandwidth{33'554'432});
    CHECK(one.pool.timing.auto_converge);
    const std::string wrong = R"([{"id": "q", "mem_mb": "64", "cap_mbit": 0}])";
    CHECK(error_of(wrong).items.front().place == "/0/mem_mb");
}

}  // namespace
}  // namespace vacate
