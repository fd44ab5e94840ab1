// What chance may bring, read from a scenario: every kind, every default, every error.
#include "model/chance.hpp"

#include <catch2/catch.hpp>

#include "model/codec/amount.hpp"
#include "model/codec/scenario.hpp"

namespace vacate {
namespace {

using Kind = Distribution::Kind;
using Lines = std::vector<std::string>;

/// Two hosts and two VMs, with what is given as the section `chance` and of a and db.
std::string scenario_text(const std::string& chance, const std::string& of_host = "",
                          const std::string& of_vm = "") {
    return R"({"about": "x", "pool": {"coordinator": "a", "target": {"platform": "3.4.0"}})" +
           (chance.empty() ? "" : ", \"chance\": " + chance) + R"(, "hosts": [
    {"name": "b", "memory": "16 GiB", "version": {"platform": "3.2.1"}},
    {"name": "a", "memory": "16 GiB", "version": {"platform": "3.2.1"})" +
           (of_host.empty() ? "" : ", \"chance\": " + of_host) + R"(}],
  "vms": [{"name": "web", "host": "b", "memory": "1 GiB"},
          {"name": "db", "host": "a", "memory": "4 GiB")" +
           (of_vm.empty() ? "" : ", \"chance\": " + of_vm) + "}]}";
}

Chance read(const std::string& text, const Overrides& overrides = {}) {
    const Result<Scenario> scenario = read_scenario(text, "test.json", overrides);
    REQUIRE(scenario);
    const Result<Scenario> again = read_scenario(print_scenario(*scenario), "again.json");
    REQUIRE(again);
    CHECK(again->chance == scenario->chance);
    CHECK(print_scenario(*again) == print_scenario(*scenario));
    return scenario->chance;
}

Lines problems_of(const std::string& text, const Overrides& overrides = {}) {
    const Result<Scenario> scenario = read_scenario(text, "test.json", overrides);
    Lines lines;
    if (scenario) return lines;
    for (const Error::Item& item : scenario.error().items) {
        lines.push_back(item.place + " | " + item.sentence + " | " + item.remedy);
    }
    return lines;
}

TEST_CASE("a scenario that says nothing of chance leaves nothing to it", "[chance]") {
    CHECK(read(scenario_text("")) == Chance{});
    CHECK(read(scenario_text("{}", "{}", "{}")) == Chance{});
    CHECK_FALSE(varies(Chance{}));
}

TEST_CASE("every distribution is read in its unit, and printed back", "[chance]") {
    const auto time = [](const std::string& text) {
        return *read(scenario_text("{\"upgrade_time\": " + text + "}")).hosts.upgrade_time;
    };
    CHECK(time(R"("15 min")") == Distribution{Kind::fixed, {900'000'000}});
    CHECK(time(R"({"uniform": {"low": "0 s", "high": "1 ms"}})") ==
          Distribution{Kind::uniform, {0, 1000}});
    CHECK(time(R"({"triangular": {"mode": "2 s", "high": "3 s", "low": "1 s"}})") ==
          Distribution{Kind::triangular, {1'000'000, 2'000'000, 3'000'000}});
    CHECK(time(R"({"lognormal": {"median": "1 s", "p95": "2 s"}})") ==
          Distribution{Kind::lognormal, {1'000'000, 2'000'000}});
    CHECK(time(R"({"recorded": ["3 s", "1 s", "2 s", "1 s"]})") ==
          Distribution{Kind::recorded, {1'000'000, 1'000'000, 2'000'000, 3'000'000}});
    const Chance ratios = read(scenario_text(R"({
        "upgrade_factor": {"uniform": {"low": "0.5", "high": "1.25"}},
        "dirty_factor": {"lognormal": {"median": "1", "p95": "1000"}},
        "stream_factor": "0.001"})"));
    CHECK(ratios.hosts.upgrade_factor == Distribution{Kind::uniform, {500, 1250}});
    CHECK(ratios.vms.dirty_factor == Distribution{Kind::lognormal, {1000, 1'000'000}});
    CHECK(ratios.vms.stream_factor == Distribution{Kind::fixed, {1}});
}

// 2.2 % of the mean between repeats of a plan: e^(1.645 * 0.022) = 1.0369.
TEST_CASE("only the spread of a stream has a default, which was measured", "[chance]") {
    const Chance chance =
        read(scenario_text(R"({"stream_factor": {"lognormal": {"median": "1"}}})"));
    CHECK(chance.vms.stream_factor == Distribution{Kind::lognormal, {1000, 1037}});
    CHECK(problems_of(scenario_text(R"({"dirty_factor": {"lognormal": {"median": "1"}}})")) ==
          Lines{"/chance/dirty_factor/lognormal | \"p95\" is missing | "});
}

TEST_CASE("chances are exact, to the millionth", "[chance]") {
    const Chance chance =
        read(scenario_text(R"({"late_chance": "0.000001", "late_by": "1 s", "lost_chance": "1"})"));
    CHECK(chance.hosts.late_chance == 1);
    CHECK(chance.hosts.lost_chance == 1'000'000);
    CHECK(print_chance(1) == "0.000001");
    CHECK(print_chance(1'000'000) == "1.0");
    CHECK(print_chance(25'000) == "0.025");
    const auto refusal = [](const std::string& text) {
        const auto chance_of_text = parse_chance(text);
        REQUIRE_FALSE(chance_of_text.has_value());
        return chance_of_text.error().sentence;
    };
    CHECK(refusal("5 %") == "\"5 %\" is a percentage");
    CHECK(refusal("1.000001") == "\"1.000001\" is more than 1");
    CHECK(refusal("12") == "\"12\" is more than 1");
    CHECK(refusal("-0.1") == "\"-0.1\" is negative");
    CHECK(refusal("0.0000001") == "\"0.0000001\" has more than 6 digits behind the point");
    CHECK(refusal("often") == "\"often\" is no chance");
}

TEST_CASE("what a host or VM has of its own stands before what is said of all", "[chance]") {
    const Chance chance = read(scenario_text(
        R"({"upgrade_factor": "1.5", "late_chance": "0.1", "late_by": "9 s", "lost_chance": "0.2",
            "dirty_factor": "2.0", "failure_chance": "0.3"})",
        R"({"upgrade_time": "7 min", "late_chance": "0.5"})", R"({"failure_chance": "0"})"));
    const Id<Host> a{0};
    const Id<Host> b{1};
    REQUIRE(chance.of_host.size() == 1);
    const HostFate own = fate_of(chance, a);
    REQUIRE(own.upgrade_time != nullptr);
    CHECK(*own.upgrade_time == Distribution{Kind::fixed, {420'000'000}});
    CHECK(own.upgrade_factor == nullptr);  // the time replaced it
    CHECK(own.late_chance == 500'000);
    CHECK(own.late_by == &*chance.hosts.late_by);
    CHECK(own.lost_chance == 200'000);
    CHECK(fate_of(chance, b).upgrade_factor == &*chance.hosts.upgrade_factor);
    CHECK(fate_of(chance, b).late_chance == 100'000);
    CHECK(fate_of(chance, Id<Vm>{0}).failure_chance == 0);  // db
    CHECK(fate_of(chance, Id<Vm>{0}).dirty_factor == &*chance.vms.dirty_factor);
    CHECK(fate_of(chance, Id<Vm>{1}).failure_chance == 300'000);
}

TEST_CASE("runs differ only where something varies", "[chance]") {
    const auto differ = [](const std::string& text) { return varies(read(scenario_text(text))); };
    CHECK_FALSE(differ(R"({"upgrade_factor": "1.5", "lost_chance": "1", "failure_chance": "0"})"));
    CHECK_FALSE(differ(R"({"late_chance": "0", "late_by": {"uniform": {"low": "1 s",
        "high": "2 s"}}})"));
    CHECK_FALSE(differ(R"({"upgrade_time": {"recorded": ["5 min", "5 min"]}})"));
    CHECK_FALSE(differ(R"({"links": [{"at": "1 s", "share": "0.5"}]})"));
    CHECK(differ(R"({"links": [{"at": "1 s", "share": "0.5", "chance": "0.5"}]})"));
    CHECK(differ(R"({"upgrade_time": {"recorded": ["5 min", "6 min"]}})"));
    CHECK(differ(R"({"failure_chance": "0.01"})"));
    CHECK(varies(read(scenario_text("", R"({"lost_chance": "0.1"})"))));
    CHECK(varies(read(scenario_text("", "", R"({"failure_chance": "0.1"})"))));
}

TEST_CASE("faults of links name their hosts, or mean all", "[chance]") {
    const Chance chance = read(scenario_text(R"({"links": [
        {"at": "10 min", "share": "0.5"},
        {"hosts": ["b", "a", "b"], "chance": "0.25", "share": {"uniform": {"low": "0.1",
         "high": "1"}}, "at": {"uniform": {"low": "0 s", "high": "1 h"}}, "lasts": "5 min"}]})"));
    REQUIRE(chance.links.size() == 2);
    CHECK(chance.links[0].hosts.empty());
    CHECK(chance.links[0].chance == sure);
    CHECK_FALSE(chance.links[0].lasts.has_value());
    CHECK(chance.links[1].hosts == std::vector{Id<Host>{0}, Id<Host>{1}});
    CHECK(chance.links[1].share == Distribution{Kind::uniform, {100, 1000}});
    CHECK(chance.links[1].lasts == Distribution{Kind::fixed, {300'000'000}});
}

TEST_CASE("all that is wrong is said at once, with place and remedy", "[chance]") {
    CHECK(
        problems_of(scenario_text(R"({
        "upgrade_time": {"unifrom": {"low": "1 s", "high": "2 s"}},
        "late_chance": 0.5,
        "late_by": {"triangular": {"low": "3 s", "mode": "2 s", "high": "4 s"}},
        "lost_chance": "2",
        "stream_factor": {"uniform": {"low": "0", "high": "1"}},
        "dirty_factor": {"recorded": []},
        "failure_chance": "1 %",
        "links": [{"share": "1.5", "hosts": ["c"]},
                  {"at": "5", "share": "0.5", "hosts": []}]})")) ==
        Lines{"/chance/upgrade_time | this is no distribution | write \"15 min\", or one of "
              "uniform, triangular, lognormal and recorded",
              "/chance/upgrade_time/unifrom | there is no member \"unifrom\" here | did you mean "
              "\"uniform\"?",
              "/chance/late_chance | 0.5 is not a text | write \"0.5\"",
              "/chance/late_by/triangular | low is more than mode | write them in ascending order",
              "/chance/lost_chance | \"2\" is more than 1 | write a chance from 0 to 1: \"0.05\" "
              "for 5 %",
              "/chance/stream_factor/uniform/low | \"0\" is out of range | write a ratio above 0 "
              "and at most 1000",
              "/chance/dirty_factor/recorded | there are 0 recorded values | list 1 to 100000",
              "/chance/failure_chance | \"1 %\" is a percentage | write a chance from 0 to 1: "
              "\"0.05\" for 5 %",
              "/chance/links/0 | \"at\" is missing | ",
              "/chance/links/0/share | \"1.5\" is out of range | write a ratio above 0 and at most "
              "1",
              "/chance/links/0/hosts/0 | there is no host \"c\" | hosts are a and b",
              "/chance/links/1/at | \"5\" has no unit | write \"5 s\" or \"5 min\"",
              "/chance/links/1/hosts | it is the fault of no host | name one, or leave hosts out "
              "to mean all"});
    CHECK(problems_of(scenario_text(R"({"late_chance": "0.1", "upgrade_time": {}})",
                                    R"({"upgrade_time": "1 s", "upgrade_factor": "2.0"})")) ==
          Lines{"/chance | \"late_by\" is missing | say how late: \"late_by\": \"20 min\"",
                "/chance/upgrade_time | this is no distribution | write \"15 min\", or one of "
                "uniform, triangular, lognormal and recorded",
                "/hosts/1/chance/upgrade_factor | host a: upgrade_time and upgrade_factor are both "
                "given | keep one of the two"});
    CHECK(problems_of(scenario_text(
              R"({"upgrade_time": {"lognormal": {"median": "0 s", "p95": "1 s"}}})")) ==
          Lines{"/chance/upgrade_time/lognormal/median | a log-normal time is above 0 | write its "
                "median"});
}

TEST_CASE("chance is reached by --set and by defaults", "[chance]") {
    Overrides sets;
    sets.sets = {"chance.lost_chance=0.1", R"(chance.upgrade_factor={"uniform": {"low": "1",
                 "high": "2"}})",
                 "hosts.*.chance.late_chance=0.5", "hosts.*.chance.late_by=5 min",
                 "vms.db.chance.failure_chance=0.25"};
    const Chance chance = read(scenario_text(""), sets);
    CHECK(chance.hosts.lost_chance == 100'000);
    CHECK(chance.hosts.upgrade_factor == Distribution{Kind::uniform, {1000, 2000}});
    CHECK(chance.of_host.size() == 2);
    CHECK(chance.of_vm.size() == 1);
    CHECK(fate_of(chance, Id<Vm>{0}).failure_chance == 250'000);
    Overrides defaults;
    defaults.defaults = R"({"chance": {"lost_chance": "0.5", "failure_chance": "0.5"}})";
    defaults.defaults_source = "d.json";
    const Chance completed = read(scenario_text(R"({"lost_chance": "0.1"})"), defaults);
    CHECK(completed.hosts.lost_chance == 100'000);
    CHECK(completed.vms.failure_chance == 500'000);
}

}  // namespace
}  // namespace vacate
