// Memory given up for the time of the work: what is read, when it may be, what plans make of it.
#include <algorithm>
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "model/codec/scenario.hpp"
#include "model/order.hpp"
#include "model/plan.hpp"
#include "model/precheck.hpp"
#include "sim/search/evacuation.hpp"
#include "sim/search/goal.hpp"
#include "sim/search/planner.hpp"
#include "sim/search/reach.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

// Three VMs of 9 GiB on three hosts of 16 GiB: no two of them fit on one host.
World crowded() {
    return draw(R"(
        a  v1  16G : app 9G
        b  v1  16G : db 9G
        c  v1  16G : mail 9G
    )");
}

Step squeeze(const World& world, std::string_view name) { return SqueezeMemory{vm(world, name)}; }
Step restore(const World& world, std::string_view name) { return RestoreMemory{vm(world, name)}; }

TEST_CASE("squeeze: a host is charged with less from its end on, with all from the undo's begin",
          "[squeeze][transition]") {
    World world = crowded();
    let_squeeze(world, "app", 4_GiB);
    CHECK(committed(world, "a") == 9_GiB);
    REQUIRE(begin(world, squeeze(world, "app")));
    CHECK(committed(world, "a") == 9_GiB);
    CHECK(refusal(world, migrate(world, "app", "b")) == "sense");  // it is busy
    REQUIRE(end(world, squeeze(world, "app")));
    CHECK(committed(world, "a") == 5_GiB);
    REQUIRE(act(world, migrate(world, "app", "b")));  // 9 + 5 of 16
    CHECK(committed(world, "b") == 14_GiB);
    // Two more are free, four are needed.
    CHECK(refusal(world, restore(world, "app")) == "R1");
    REQUIRE(act(world, migrate(world, "app", "a")));
    REQUIRE(begin(world, restore(world, "app")));
    CHECK(committed(world, "a") == 9_GiB);
    REQUIRE(fail(world, restore(world, "app")));
    CHECK(committed(world, "a") == 5_GiB);
    REQUIRE(act(world, restore(world, "app")));
    CHECK(refusal(world, restore(world, "app")) == "sense");
}

TEST_CASE("squeeze: no VM moves that could still give up memory, no range changes when mixed",
          "[squeeze][R14]") {
    World world = draw("a v1 16G : app 4G\nb v1 16G :");
    let_squeeze(world, "app", 1_GiB);
    CHECK(refusal(world, migrate(world, "app", "b")) == "R14");
    CHECK(refusal(world, squeeze(world, "app")).empty());
    world.state.hosts[host(world, "b")].upgraded = true;
    CHECK(refusal(world, squeeze(world, "app")) == "R14");
    world.state.vms[vm(world, "app")].squeezed = true;
    CHECK(refusal(world, migrate(world, "app", "b")).empty());
    CHECK(refusal(world, restore(world, "app")) == "R14");
}

TEST_CASE("squeeze: what a host has no room for is owed, with the bytes", "[squeeze][R15]") {
    World world = crowded();
    let_squeeze(world, "app", 4_GiB);
    const PoolState before = world.state;
    REQUIRE(act(world, squeeze(world, "app")));
    REQUIRE(act(world, migrate(world, "app", "b")));
    const auto owed = not_restored(world.pool, before, world.state);
    REQUIRE(owed.size() == 1);
    CHECK(explain(world.pool, owed[0]) ==
          "app stays squeezed: its full range needs 4 GiB more on b, which has 2 GiB free, 2 GiB "
          "too little");
}

// ---- plans

std::vector<std::string> kinds_about(const Plan& plan, Id<Vm> vm) {
    std::vector<std::string> kinds;
    for (const Step& step : plan.steps) {
        if (subject_of(step).vm == vm) kinds.emplace_back(kind_name(step.index()));
    }
    return kinds;
}

TEST_CASE("squeeze: what is impossible as it is becomes possible", "[squeeze][search]") {
    World world = crowded();
    REQUIRE_FALSE(plan_upgrade(world.pool, world.state).has_value());
    let_squeeze(world, "app", 2_GiB);  // 7 + 9 on one host
    const auto planned = plan_upgrade(world.pool, world.state);
    REQUIRE(planned.has_value());
    const PoolState& end = planned->simulation.final_state;
    CHECK(is_done(world.pool, world.state, end));
    CHECK_FALSE(end.vms[vm(world, "app")].squeezed);
    REQUIRE(planned->proof.has_value());
    CHECK(planned->proof->weaknesses.empty());
    const auto kinds = kinds_about(planned->plan, vm(world, "app"));
    REQUIRE(kinds.size() >= 3);
    CHECK(kinds.front() == "squeeze_memory");
    CHECK(kinds.back() == "restore_memory");
    // Before the first host is taken out of use, and behind the last upgrade.
    const auto place = [&](std::string_view kind, bool last) {
        std::size_t found = 0;
        bool seen = false;
        for (const Id<Step> id : planned->plan.steps.ids()) {
            if (kind_name(planned->plan.steps[id].index()) != kind || (seen && !last)) continue;
            found = id.index;
            seen = true;
        }
        return found;
    };
    CHECK(place("squeeze_memory", true) < place("disable_host", false));
    CHECK(place("restore_memory", false) > place("upgrade", true));
}

TEST_CASE("squeeze: a copy is as large as what is left", "[squeeze][search]") {
    World world = draw("a v1 16G : app 8G\nb v1 16G :");
    let_squeeze(world, "app", 6_GiB);
    const auto planned = plan_upgrade(world.pool, world.state);
    REQUIRE(planned.has_value());
    // The coordinator's VM leaves it once; wherever it is then, it may have to come back.
    CHECK(planned->simulation.bytes_moved.count >= (2_GiB).count);
    CHECK(planned->simulation.bytes_moved.count < planned->simulation.moves * (3_GiB).count);
}

// Once upgraded, hosts have room for the squeezed VMs only.
TEST_CASE("squeeze: what fits nowhere at the end stays squeezed, the rest does not",
          "[squeeze][search]") {
    World world = draw(R"(
        a  v1  16G after=10G : app 9G
        b  v1  16G after=10G : db 9G
        c  v1  16G after=8G : mail 6G
    )");
    for (const char* name : {"app", "db"}) let_squeeze(world, name, 4_GiB);
    let_squeeze(world, "mail", 5_GiB);
    const auto planned = plan_upgrade(world.pool, world.state);
    REQUIRE(planned.has_value());
    const PoolState& end = planned->simulation.final_state;
    // 9 + 9 + 6 of 10 + 10 + 8: one on each host, and that is where they end.
    for (const char* name : {"app", "db", "mail"}) CHECK_FALSE(end.vms[vm(world, name)].squeezed);
    world.pool.hosts[host(world, "b")].memory_after = 8_GiB;  // now 9 GiB fit on a alone
    const auto tighter = plan_upgrade(world.pool, world.state);
    REQUIRE(tighter.has_value());
    const auto owed = not_restored(world.pool, world.state, tighter->simulation.final_state);
    REQUIRE(owed.size() == 1);
    CHECK(owed[0].cause == Cause::still_squeezed);
}

TEST_CASE("squeeze: emptying hosts and given placements use it too", "[squeeze][search]") {
    World world = crowded();
    let_squeeze(world, "app", 2_GiB);
    const auto emptied = plan_evacuation(world.pool, world.state, {host(world, "a")}, {});
    REQUIRE(emptied.has_value());
    CHECK(emptied->simulation.final_state.hosts[host(world, "a")].vms == 0);
    Placement goal = placement_of(world.state);
    goal[vm(world, "app")] = host(world, "b");
    const auto there = plan_goal(world.pool, world.state, goal, {});
    REQUIRE(there.has_value());
    CHECK(there->simulation.final_state.vms[vm(world, "app")].squeezed);  // 9 + 9 do not fit
}

// ---- orders

TEST_CASE("squeeze: ranges in orders", "[squeeze][order]") {
    World world = crowded();
    let_squeeze(world, "app", 8_GiB);
    CHECK(order_of(world.pool, squeeze(world, "app")).range == "1073741824 1073741824");
    CHECK(order_of(world.pool, restore(world, "app")).range.empty());
    CHECK(read_range("1 2") == MemoryRange{Bytes{1}, Bytes{2}});
    for (const char* wrong : {"", "1", "1 ", " 1", "2 1", "1 2 3", "-1 2", "a b", "1 2x"}) {
        CAPTURE(wrong);
        CHECK_FALSE(read_range(wrong).has_value());
    }
    CHECK(describe(world.pool, squeeze(world, "app")) == "squeeze the memory of app to 1 GiB");
}

// ---- texts

std::string text_with(const std::string& vm, const std::string& version = "1") {
    return R"({"about": "x", "pool": {"coordinator": "b", "target": {"platform": "2"}},
        "hosts": [{"name": "b", "memory": "16 GiB", "version": {"platform": "1"}},
                  {"name": "c", "memory": "16 GiB", "version": {"platform": ")" +
           version + R"("}}],
        "vms": [{"name": "web", "memory": "8 GiB", "overhead": "0 B", )" +
           vm + "}]}";
}

Vm read_vm(const std::string& text) {
    const auto scenario = read_scenario(text, "test");
    REQUIRE(scenario.has_value());
    const auto again = read_scenario(print_scenario(*scenario), "test");
    REQUIRE(again.has_value());
    CHECK(again->pool == scenario->pool);
    CHECK(again->state == scenario->state);
    return scenario->pool.vms[Id<Vm>{0}];
}

TEST_CASE("squeeze: a VM counts with what is left, and says what it gives up",
          "[squeeze][scenario]") {
    const Vm one = read_vm(text_with(
        R"("host": "b", "squeeze_to": "5 GiB", "static_min": "2 GiB", "working_set": "6 GiB")"));
    CHECK(one.memory == 5_GiB);
    CHECK(one.admission == 5_GiB);
    CHECK(one.ram == 5_GiB);
    CHECK(one.squeeze == 3_GiB);
    CHECK(one.static_min == 2_GiB);
    CHECK(one.working_set == 5_GiB);
    // Done already: nothing is left to give up.
    CHECK(read_vm(text_with(R"("host": "b", "dynamic_min": "5 GiB", "squeeze_to": "5 GiB")"))
              .squeeze == Bytes{});
}

std::string problem_with(const std::string& vm) {
    const auto scenario = read_scenario(text_with(vm), "test");
    REQUIRE_FALSE(scenario.has_value());
    REQUIRE(scenario.error().items.size() == 1);
    const Error::Item& item = scenario.error().items.front();
    return item.place + " | " + item.sentence + " | " + item.remedy;
}

TEST_CASE("squeeze: what cannot be squeezed is an error", "[squeeze][scenario]") {
    CHECK(problem_with(R"("host": "b", "squeeze_to": "9 GiB")") ==
          "/vms/0/squeeze_to | VM web: squeeze_to 9 GiB is more than dynamic_min 8 GiB | write "
          "less than dynamic_min, or leave squeeze_to out");
    CHECK(problem_with(R"("host": "b", "static_min": "3 GiB", "squeeze_to": "2 GiB")") ==
          "/vms/0/squeeze_to | VM web: squeeze_to 2 GiB is less than static_min 3 GiB | write at "
          "least static_min");
    CHECK(problem_with(R"("host": "b", "domain_type": "pvh", "squeeze_to": "2 GiB")") ==
          "/vms/0/squeeze_to | VM web: squeeze_to 2 GiB gains nothing: wherever a pvh guest comes "
          "to, all of its memory must be free | leave squeeze_to out");
    CHECK(problem_with(R"("host": "b", "static_min": "9 GiB")") ==
          "/vms/0/static_min | VM web: static_min 9 GiB is more than dynamic_min 8 GiB | "
          "static_min is at most dynamic_min");
}

TEST_CASE("squeeze: where it is too late or of no use, all of the memory counts and it is said",
          "[squeeze][precheck]") {
    const auto finding_of = [](const std::string& text) {
        const auto scenario = read_scenario(text, "test");
        REQUIRE(scenario.has_value());
        for (const Finding& one : precheck(scenario->pool, scenario->state)) {
            if (one.subject == "VM web") return one.code + ": " + one.sentence;
        }
        return std::string();
    };
    const std::string halted = R"("power": "halted", "squeeze_to": "5 GiB")";
    CHECK(read_vm(text_with(halted)).memory == 8_GiB);
    CHECK(finding_of(text_with(halted)) ==
          "CANNOT_BE_SQUEEZED: web keeps its 8 GiB and is not squeezed to 5 GiB: it does not run");
    const std::string runs = R"("host": "b", "squeeze_to": "5 GiB")";
    CHECK(read_vm(text_with(runs, "2")).memory == 8_GiB);  // c runs its target already
    CHECK(finding_of(text_with(runs, "2")) ==
          "CANNOT_BE_SQUEEZED: web keeps its 8 GiB and is not squeezed to 5 GiB: the pool runs "
          "mixed versions, where no range can be changed (R14)");
    CHECK(finding_of(text_with(runs)) ==
          "MEMORY_IS_SQUEEZED: a plan squeezes web from 8 GiB to 5 GiB first and restores it at "
          "the end");
}

}  // namespace
}  // namespace vacate
