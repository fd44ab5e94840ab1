// Why a step cannot be taken: in words that say what the pool looks like instead.
#include <catch2/catch.hpp>

#include "model/explain.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

std::string why_not(const World& world, std::vector<Step> given) {
    const Table<Step> steps(std::move(given));
    const auto legal = replay(world.pool, world.state, steps);
    REQUIRE_FALSE(legal.has_value());
    return explain_broken(world.pool, world.state, steps, legal.error());
}

TEST_CASE("a step out of its state is told with that state", "[explain]") {
    const World world = draw("a v1 16G : db 4G\nb v1 16G : web 4G\nc v1 16G :\n");
    const Id<Vm> db = vm(world, "db");
    const Id<Host> a = host(world, "a");
    const Id<Host> b = host(world, "b");
    const Id<Host> c = host(world, "c");
    CHECK(why_not(world, {Migrate{db, b, c}}) == "db runs on a, not on b");
    // The state is the one behind the steps before.
    CHECK(why_not(world, {Migrate{db, a, b}, Migrate{db, a, c}}) == "db runs on b, not on a");
    CHECK(why_not(world, {EnableHost{a}}) == "a is enabled already");
    CHECK(why_not(world, {DisableHost{a}, DisableHost{a}}) == "a is disabled already");
    CHECK(why_not(world, {EnableHa{}, EnableHa{}}).find("HA is") == 0);
    CHECK(why_not(world, {EjectCd{db}}) == "there is no CD in the drive of db");
    CHECK(why_not(world, {SqueezeMemory{db}}) == "db has no memory to give up");
    // A rule's own sentence, with the rule.
    CHECK(why_not(world, {DisableHost{b}, Migrate{db, a, b}}).find(" (R") != std::string::npos);
}

}  // namespace
}  // namespace vacate
