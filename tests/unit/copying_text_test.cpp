// Every parameter of copying as text: for the pool, a host and a VM, there and back.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "model/codec/scenario.hpp"
#include "model/codec/scenario_fields.hpp"

namespace vacate {
namespace {

const std::string smallest = R"({
  "about": "smallest",
  "pool": {"coordinator": "a", "target": {"platform": "3.4.0", "xapi": "25.33"}},
  "hosts": [{"name": "a", "memory": "16 GiB", "version": {"platform": "3.2.1"}},
            {"name": "b", "memory": "16 GiB", "version": {"platform": "3.2.1"}}],
  "vms": [{"name": "db", "host": "a", "memory": "4 GiB"}]
})";

Result<Scenario> with_set(const std::string& text, std::vector<std::string> sets) {
    Overrides overrides;
    overrides.sets = std::move(sets);
    return read_scenario(text, "test.json", overrides);
}

// A text that is not the default, and what it counts.
std::pair<std::string, std::int64_t> other_value(const CopyingParameter& one) {
    switch (one.measure) {
        case Measure::rate:
            return {"80 Mbps", 10'000'000};
        case Measure::time:
            return {"1 s 234 ms", 1'234'000};
        case Measure::bytes:
            return {"3 KiB", 3072};
        case Measure::ratio:
            return {"\"0.123\"", 123};
        case Measure::count:
            return {"17", 17};
        case Measure::flag:
            return {"true", 1};
        case Measure::stop_rule:
            break;
    }
    return {"xen", static_cast<std::int64_t>(StopRule::xen)};
}

void check_round_trip(const Scenario& scenario) {
    const Result<Scenario> again = read_scenario(print_scenario(scenario), "test.json", {});
    REQUIRE(again);
    CHECK(again->pool == scenario.pool);
}

TEST_CASE("copying: the members of a scenario are the parameters, in their order",
          "[scenario][copying]") {
    const auto all = copying_parameters();
    REQUIRE(codec::copying_members.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(codec::copying_members[i] == all[i].name);
        CHECK(codec::timing_fields[i].name == all[i].name);
        CHECK(all[i].least <= all[i].fallback);
        CHECK(all[i].fallback <= all[i].most);
    }
}

TEST_CASE("copying: each parameter is one member, set and got back", "[copying]") {
    const auto all = copying_parameters();
    Copying copying;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::int64_t value = other_value(all[i]).second;
        all[i].set(copying, value);
        CHECK(all[i].get(copying) == value);
        Copying alone;
        change(alone, {{static_cast<std::uint32_t>(i), value}});
        for (const CopyingParameter& other : all) {
            if (other.name == all[i].name) continue;
            CHECK(other.get(alone) == other.get(Copying{}));
        }
    }
}

TEST_CASE("copying: every parameter can be set for the pool, a host and a VM",
          "[scenario][copying]") {
    const auto all = copying_parameters();
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        const std::string name(all[i].name);
        const auto [text, value] = other_value(all[i]);
        INFO(name << " = " << text);
        const auto pool = with_set(smallest, {"timing." + name + "=" + text});
        REQUIRE(pool);
        CHECK(all[i].get(pool->pool.timing) == value);
        check_round_trip(*pool);
        const auto hosts = with_set(smallest, {"hosts.*.timing." + name + "=" + text});
        REQUIRE(hosts);
        for (const Host& host : hosts->pool.hosts) {
            CHECK(host.timing == CopyingChanges{{i, value}});
        }
        check_round_trip(*hosts);
        const auto vm = with_set(smallest, {"vms.db.timing." + name + "=" + text});
        REQUIRE(vm);
        CHECK(vm->pool.vms[Id<Vm>{0}].timing == CopyingChanges{{i, value}});
        CHECK(vm->pool.hosts[Id<Host>{0}].timing.empty());
        check_round_trip(*vm);
    }
}

TEST_CASE("copying: QEMU brings its own rounds and chunks, wherever it is set",
          "[scenario][copying]") {
    const auto vm = with_set(smallest, {"vms.db.timing.stop_rule=qemu"});
    REQUIRE(vm);
    Copying copying;
    change(copying, vm->pool.vms[Id<Vm>{0}].timing);
    CHECK(copying.stop_rule == StopRule::qemu);
    CHECK(copying.rounds_max == 100'000);
    CHECK(copying.dirty_log_chunk == gibibytes(1));
    check_round_trip(*vm);
    const auto given =
        with_set(smallest, {"hosts.a.timing.stop_rule=qemu", "hosts.a.timing.rounds_max=7",
                            "hosts.a.timing.dirty_log_chunk=0 B"});
    REQUIRE(given);
    Copying kept;
    change(kept, given->pool.hosts[Id<Host>{0}].timing);
    CHECK(kept.rounds_max == 7);
    CHECK(kept.dirty_log_chunk == Bytes{});
}

TEST_CASE("copying: a bad value is refused with its place and a remedy", "[scenario][copying]") {
    const std::map<Measure, std::vector<std::string>> bad{
        {Measure::rate, {"-1 Mbps", "fast", "12"}},
        {Measure::time, {"-1 s", "12", "367 h 8784 h"}},
        {Measure::bytes, {"-1 B", "12", "2000 TiB"}},
        {Measure::ratio, {"\"0\"", "\"1.001\"", "\"half\""}},
        {Measure::count, {"-1", "100001", "many"}},
        {Measure::flag, {"1", "perhaps"}},
        {Measure::stop_rule, {"kvm", "2"}}};
    for (const CopyingParameter& one : copying_parameters()) {
        for (const std::string& text : bad.at(one.measure)) {
            for (const std::string section : {"timing.", "hosts.a.timing.", "vms.db.timing."}) {
                const std::string set = section + std::string(one.name) + "=" + text;
                INFO(set);
                const auto refused = with_set(smallest, {set});
                REQUIRE_FALSE(refused);
                REQUIRE(refused.error().items.size() == 1);
                const Error::Item& item = refused.error().items.front();
                CHECK(item.place.find(one.name) != std::string::npos);
                CHECK_FALSE(item.sentence.empty());
                CHECK_FALSE(item.remedy.empty());
            }
        }
    }
    CHECK_FALSE(with_set(smallest, {"timing.rounds_max=0"}));
    CHECK_FALSE(with_set(smallest, {"timing.stream_cap=0 bps"}));
    CHECK(with_set(smallest, {"timing.zero_scan=0 bps"}));
    CHECK_FALSE(with_set(smallest, {"hosts.a.timing.reservation=1 s"}));  // the pool's alone
    CHECK_FALSE(with_set(smallest, {"vms.db.timing.host_step=1 s"}));
}

TEST_CASE("copying: how a VM writes, and what shares a host's link", "[scenario][copying]") {
    const auto all =
        with_set(smallest, {"vms.db.dirty_pattern=random", "vms.db.cold_rate=2 MB/s",
                            R"(vms.db.zero_pages="0.3")", "vms.db.disk_writes=5 MB/s",
                            R"(vms.db.dirty_classes=[{"rate": "1 MB/s", "set": "1 MiB"},
                                  {"rate": "2 MB/s", "set": "2 MiB", "pattern": "random"}])",
                            "hosts.a.guest_traffic=100 Mbps", "hosts.a.streams_max=2",
                            "timing.reservation=300 ms", R"(timing.opposing_factor="0.98")"});
    REQUIRE(all);
    const Vm& db = all->pool.vms[Id<Vm>{0}];
    CHECK_FALSE(db.sweeps);
    CHECK(db.cold_rate.count == 2'000'000);
    CHECK(db.zero_permille == 300);
    CHECK(db.disk_writes.count == 5'000'000);
    const std::vector<DirtyClass> classes{{Bandwidth{1'000'000}, 1_MiB, true},
                                          {Bandwidth{2'000'000}, 2_MiB, false}};
    CHECK(db.dirty_classes == classes);
    CHECK(all->pool.hosts[Id<Host>{0}].guest_traffic == 100_Mbps);
    CHECK(all->pool.hosts[Id<Host>{0}].streams_max == 2);
    CHECK(all->pool.timing.reservation == std::chrono::milliseconds(300));
    CHECK(all->pool.timing.opposing_permille == 980);
    check_round_trip(*all);
    for (const char* bad :
         {"vms.db.dirty_pattern=often", R"(vms.db.zero_pages="1.001")", "vms.db.dirty_classes=3",
          R"(vms.db.dirty_classes=[{"rate": "1 MB/s"}])", R"(timing.opposing_factor="0")",
          "hosts.a.streams_max=-1",
          R"(vms.db.dirty_classes=[{"rate": "1 MB/s", "set": "1 MiB", "size": "1 B"}])"}) {
        INFO(bad);
        CHECK_FALSE(with_set(smallest, {bad}));
    }
}

// The row of a member in the table of scenarios/README.md, in its columns.
std::vector<std::string> row_of(std::string_view name) {
    std::ifstream file(VACATE_SOURCE_DIR "/scenarios/README.md");
    REQUIRE(file);
    const std::string begin = "| `" + std::string(name) + "` | ";
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(begin)) continue;
        std::vector<std::string> columns;
        for (std::size_t at = 0; at < line.size();) {
            const std::size_t end = std::min(line.find(" | ", at), line.size());
            columns.push_back(line.substr(at, end - at));
            at = end + 3;
        }
        return columns;
    }
    return {};
}

TEST_CASE("copying: scenarios/README.md has every parameter, with its default",
          "[scenario][copying]") {
    for (const CopyingParameter& one : copying_parameters()) {
        INFO(one.name);
        const std::vector<std::string> row = row_of(one.name);
        REQUIRE(row.size() == 4);
        // The default stands first in its column, in backticks.
        REQUIRE(row[2].starts_with("`"));
        std::string text = row[2].substr(1, row[2].find('`', 1) - 1);
        if (one.measure == Measure::ratio) text = '"' + text + '"';
        const auto read = with_set(smallest, {"timing." + std::string(one.name) + "=" + text});
        REQUIRE(read);
        CHECK(one.get(read->pool.timing) == one.fallback);
        CHECK(row[3].size() > 10);
    }
    for (const std::string_view member :
         {"guest_traffic", "streams_max", "dirty_pattern", "cold_rate", "dirty_classes",
          "zero_pages", "disk_writes", "reservation", "opposing_factor"}) {
        INFO(member);
        CHECK(row_of(member).size() == 4);
    }
}

}  // namespace
}  // namespace vacate
