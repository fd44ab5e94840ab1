// What changed since a plan was made, and a plan file that says what it was made for.
#include <catch2/catch.hpp>

#include "model/codec/plan_text.hpp"
#include "model/origin.hpp"
#include "reports/plan_answer.hpp"
#include "sim/search/planner.hpp"
#include "tests/support/world.hpp"

namespace vacate {
namespace {

std::vector<std::string> drift_of(const World& before, const World& after) {
    std::vector<std::string> all;
    for (const Drift& one :
         drift_since(origin_of(before.pool, before.state), after.pool, after.state)) {
        all.push_back(drift_name(one.kind) + " " + one.subject + ": " + one.was + " -> " + one.now);
    }
    return all;
}

using Lines = std::vector<std::string>;

TEST_CASE("nothing has changed in a pool that is the same", "[origin]") {
    const World world = draw("a v1 16G : x 4G\nb v1 16G :\n");
    CHECK(drift_of(world, world).empty());
}

TEST_CASE("VMs that moved, grew, went and came are told by name", "[origin]") {
    const World before = draw("a v1 16G : x 4G, y 2G, z 1G\nb v1 16G :\n");
    const World after = draw("a v1 16G : x 6G, n 1G\nb v1 16G : y 2G\n");
    CHECK(drift_of(before, after) == Lines{"vm_new n:  -> 1 GiB on a",
                                           "vm_bigger x: 4 GiB -> 6 GiB", "vm_elsewhere y: a -> b",
                                           "vm_gone z: 1 GiB -> gone"});
}

TEST_CASE("hosts that were upgraded, shrank, went and came are told by name", "[origin]") {
    const World before = draw("a v1 16G after=15G :\nb v1 16G :\nc v1 16G :\n");
    const World after = draw("a v2 15G :\nb v1 12G disabled :\nd v1 16G :\n");
    CHECK(drift_of(before, after) == Lines{"host_upgraded a: v1 -> v2",
                                           "host_memory b: 16 GiB -> 12 GiB",
                                           "host_disabled b: enabled -> not enabled",
                                           "host_gone c: v1 -> gone", "host_new d:  -> v1"});
}

TEST_CASE("a plan file says what it was made for and with", "[origin][plan_text]") {
    const World world = draw("a v1 16G : x 4G\nb v1 16G : y 2G\nc v1 16G :\n");
    PlanOptions options;
    options.effort = 1000;
    const auto planned = plan_upgrade(world.pool, world.state, options);
    REQUIRE(planned);
    const Overrides made{
        {"hosts.*.link=10Gbps", "vms.x.memory=4 GiB"}, "{\"hosts\": {}}", "d.json", {}};
    const PlanAnswer answer{world.pool,
                            world.state,
                            planned->plan,
                            planned->simulation,
                            "plan",
                            {},
                            {},
                            {},
                            {},
                            {},
                            false,
                            made,
                            {},
                            {},
                            {},
                            false};
    const std::string text = plan_json(answer);
    const auto file = read_plan_file(text, "plan", world.pool, UnknownNames::refused);
    REQUIRE(file);
    CHECK(file->plan.steps == planned->plan.steps);
    REQUIRE(file->origin);
    CHECK(*file->origin == origin_of(world.pool, world.state));
    const auto overrides = read_plan_overrides(text, "plan");
    REQUIRE(overrides);
    CHECK(overrides->sets == made.sets);
    CHECK(overrides->defaults == made.defaults);
    CHECK(overrides->defaults_source == made.defaults_source);
    const World other = draw("a v1 16G : x 4G\nb v1 16G :\nc v1 16G :\n");
    const auto lenient = read_plan_file(text, "plan", other.pool, UnknownNames::listed);
    REQUIRE(lenient);
    REQUIRE_FALSE(lenient->missing.empty());
    CHECK(lenient->missing.front().name == "y");
    CHECK_FALSE(read_plan_file(text, "plan", other.pool, UnknownNames::refused));
}

}  // namespace
}  // namespace vacate
