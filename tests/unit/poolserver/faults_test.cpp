// Faults by script, by count and by chance, and files of faults that are wrong.
#include "tools/poolserver/faults.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/poolserver/pool_bench.hpp"
#include "tools/poolserver/faults_text.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

std::vector<Fault> faults_in(const std::string& list) {
    const auto faults = read_faults("{\"faults\": [" + list + "]}", "faults", upgrade_scenario());
    if (!faults) {
        FAIL(faults.error().items[0].place + " " + faults.error().items[0].sentence);
    }
    return *faults;
}

SimulatedPool::Options with(const std::string& list, std::uint64_t seed = 1) {
    SimulatedPool::Options options;
    options.faults = faults_in(list);
    options.seed = seed;
    return options;
}

/// What became of a call without a session of its own; the reply is not waited for.
std::shared_ptr<Outcome> begin(PoolBench& bench, const std::string& method, Array parameters) {
    return bench.client.begin_here(method, std::move(parameters));
}

}  // namespace

TEST_CASE("faults of calls: the nth is struck, no other", "[poolserver][faults]") {
    SECTION("refused: nothing happens") {
        PoolBench bench(upgrade_scenario(),
                        with(R"({"what": "refuse_call", "method": "host.disable", "nth": 2})"));
        bench.value("host.disable", {text(bench.host(1))});
        const auto second = begin(bench, "Async.host.disable", {text(bench.host(2))});
        CHECK(second->replied);
        CHECK_FALSE(second->answer);
        bench.pass(1min);
        CHECK(bench.enabled(2));
        bench.value("host.disable", {text(bench.host(2))});
        CHECK_FALSE(bench.enabled(2));
    }
    SECTION("a lost answer: it happens") {
        PoolBench bench(upgrade_scenario(),
                        with(R"({"what": "lose_answer", "method": "host.disable"})"));
        const auto call = begin(bench, "host.disable", {text(bench.host(1))});
        bench.pass(1min);
        CHECK(call->replied);
        CHECK_FALSE(call->answer);
        CHECK_FALSE(bench.enabled(1));
    }
    SECTION("a slow answer: it happens, and is told later") {
        PoolBench bench(
            upgrade_scenario(),
            with(R"({"what": "slow_answer", "method": "host.get_uuid", "by": "20 s"})"));
        const auto call = begin(bench, "host.get_uuid", {text(bench.host(1))});
        bench.pass(20s - 1us);
        CHECK_FALSE(call->replied);
        bench.pass(1us);
        CHECK(call->replied);
        CHECK(call->answer->has_value());
    }
    SECTION("repeated: it happens twice, and is answered once") {
        PoolBench bench(upgrade_scenario(),
                        with(R"({"what": "repeat_call", "method": "task.create"})"));
        bench.value("task.create", {text("one"), text("")});
        CHECK(bench.service.database().table("task").size() == 2);
    }
    SECTION("failed: with its error, and nothing happens") {
        PoolBench bench(upgrade_scenario(),
                        with(R"({"what": "fail_call", "method": "*", "nth": 2,
                                 "error": ["TOO_BUSY", "x"]})"));  // the first is the login
        CHECK(bench.error("host.disable", {text(bench.host(1))}) == Words{"TOO_BUSY", "x"});
        bench.value("host.disable", {text(bench.host(1))});
    }
}

TEST_CASE("faults of migrations: what is left behind", "[poolserver][faults]") {
    const std::string move = R"({"what": "WHAT", "vm": "web", "nth": 1})";
    const auto options = [&](const std::string& what) {
        std::string words = move;
        return with(words.replace(words.find("WHAT"), 4, what));
    };
    SECTION("fails: the VM runs where it was") {
        PoolBench bench(upgrade_scenario(), options("migration_fails"));
        const Array order{
            text(bench.vm("web")), text(bench.host(2)), {Struct{{"live", text("true")}}}};
        CHECK_FALSE(bench.call("VM.pool_migrate", order).has_value());
        CHECK(bench.where("web") == "b");
        bench.value("VM.pool_migrate", order);
        CHECK(bench.where("web") == "c");
        CHECK(bench.pool.faults().story().size() == 1);
    }
    SECTION("halts its VM") {
        PoolBench bench(upgrade_scenario(), options("migration_halts_vm"));
        CHECK_FALSE(bench
                        .call("VM.pool_migrate", {text(bench.vm("web")),
                                                  text(bench.host(2)),
                                                  {Struct{{"live", text("true")}}}})
                        .has_value());
        CHECK(bench.service.database().text_of(bench.vm("web"), "power_state") == "Halted");
    }
}

TEST_CASE("acts happen at their instant, or with a call", "[poolserver][faults]") {
    PoolBench bench(upgrade_scenario(), with(R"(
        {"what": "vm_moved", "at": "1 min", "vm": "web", "host": "c"},
        {"what": "storage_detached", "at": "2 min", "host": "b", "storage": "san"},
        {"what": "vm_stopped", "at": "3 min", "vm": "web"},
        {"what": "vm_started", "at": "4 min", "vm": "web", "host": "b"},
        {"what": "host_crashes", "method": "host.disable", "nth": 1, "after": "30 s",
         "host": "c", "returns": false})"));
    const std::string pbd = bench.service.database().set_of(bench.host(1), "PBDs").at(0);
    bench.pass_until(1min);
    CHECK(bench.where("web") == "c");
    CHECK(bench.service.database().flag_of(pbd, "currently_attached"));
    bench.pass_until(2min);
    CHECK_FALSE(bench.service.database().flag_of(pbd, "currently_attached"));
    bench.pass_until(3min);
    CHECK(bench.where("web") == "");
    bench.pass_until(4min);
    CHECK(bench.where("web") == "b");
    bench.value("host.disable", {text(bench.host(1))});
    bench.pass(30s);
    CHECK_FALSE(bench.pool.listens(2));
    CHECK(bench.pool.faults().story().front() == "60.000000 s vm_moved VM web host c");
    CHECK(bench.pool.faults().story().size() == 5);
}

TEST_CASE("machines come back late, old, or not at all, as the file says", "[poolserver][faults]") {
    PoolBench bench(upgrade_scenario(), with(R"(
        {"what": "host_late", "host": "b", "nth": 1, "by": "7 min"},
        {"what": "host_old_version", "host": "b", "nth": 1},
        {"what": "coordinator_dies", "at": "1 h", "returns": false})"));
    bench.empty(1, 2);
    const Instant called = bench.service.agenda().now();
    bench.value("host.reboot", {text(bench.host(1))});
    bench.pass_until(called.time_since_epoch() + 22min - 1us);
    CHECK_FALSE(bench.enabled(1));
    bench.pass(1us);
    CHECK(bench.enabled(1));
    CHECK(bench.version(1) == "25.33");
    bench.pass_until(1h);
    CHECK_FALSE(bench.pool.listens(0));
}

TEST_CASE("the same seed tells the same story, another one another", "[poolserver][faults]") {
    const auto story = [](std::uint64_t seed) {
        PoolBench bench(upgrade_scenario(), with(R"(
            {"what": "fail_call", "method": "host.get_uuid", "chance": "0.3",
             "error": ["INTERNAL_ERROR"]},
            {"what": "lose_answer", "method": "host.get_uuid", "chance": "0.1"})",
                                                 seed));
        for (int i = 0; i < 200; ++i) {
            begin(bench, "host.get_uuid", {text(bench.host(0))});
            bench.pass(1s);
        }
        return bench.pool.faults().story();
    };
    const auto first = story(7);
    CHECK(first == story(7));
    CHECK(first != story(8));
    // 200 calls, 0.3 and 0.1 of them: 80 in the mean, with a deviation of 7.7.
    CHECK(first.size() > 40);
    CHECK(first.size() < 120);
}

TEST_CASE("a fault of a method that does not exist is refused, for it would never strike",
          "[poolserver][faults]") {
    const auto read = read_faults(R"({"faults": [
        {"what": "refuse_call", "method": "host.rebot"},
        {"what": "refuse_call", "method": "Async.host.reboot"},
        {"what": "refuse_call", "method": ""},
        {"what": "refuse_call", "method": "*"},
        {"what": "refuse_call", "method": "session.login_with_password"},
        {"what": "slow_answer", "method": "system.listMethods", "by": "1 s", "by": "2 s"}
    ]})",
                                  "wrong.json", upgrade_scenario());
    REQUIRE_FALSE(read);
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& item : read.error().items) found.emplace_back(item.place, item.remedy);
    std::ranges::sort(found);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"/faults/0/method", "did you mean \"host.reboot\"?"},
        {"/faults/1/method", "leave \"Async.\" out, both forms are meant"},
        {"/faults/2/method", R"(name one, such as "host.reboot", or "*" for all)"},
        {"/faults/5/by", "keep one of the two"}};  // said once
    CHECK(found == expected);
}

TEST_CASE("a file of faults is refused with everything that is wrong in it",
          "[poolserver][faults]") {
    const auto read = read_faults(R"({"faults": [
        {"what": "host_crash", "at": "1 min", "host": "a"},
        {"what": "host_crashes", "at": "1 min", "host": "d"},
        {"what": "host_crashes", "host": "a"},
        {"what": "slow_answer", "by": "fast"},
        {"what": "fail_call", "method": "*", "nth": 1, "chance": "0.5", "error": []},
        {"what": "vm_moved", "at": "1 min", "vm": "web", "to": "b"},
        {"what": "link_slow", "at": "1 min", "host": "a", "share": "1.5"},
        7
    ], "fault": []})",
                                  "wrong.json", upgrade_scenario());
    REQUIRE_FALSE(read);
    const auto places = [&] {
        Words found;
        for (const auto& item : read.error().items) found.push_back(item.place);
        return found;
    }();
    CHECK(read.error().source == "wrong.json");
    for (const std::string place :
         {"/faults/0/what", "/faults/1/host", "/faults/2/at", "/faults/3/by", "/faults/3",
          "/faults/4/chance", "/faults/4/error", "/faults/5", "/faults/5/to", "/faults/6/share",
          "/faults/7", "/fault"}) {
        INFO(place);
        CHECK(std::ranges::find(places, place) != places.end());
    }
    CHECK(places.size() == 12);
    CHECK(read.error().items[0].remedy == "did you mean \"host_crashes\"?");
    const auto none = read_faults("{", "wrong.json", upgrade_scenario());
    CHECK_FALSE(none);
    CHECK(read_faults(R"({"about": "a quiet day", "faults": []})", "f", upgrade_scenario())
              .has_value());
}

}  // namespace vacate::poolserver
