// What was said of things that are gone, and pools that are not the run's.
#include <catch2/catch.hpp>

#include "tests/support/world.hpp"
#include "tools/xapi/look.hpp"

namespace vacate {
namespace {

TEST_CASE("what was set of a VM that is gone is passed over, the rest holds", "[xapi][look]") {
    const World world = draw("a v1 16G : x 4G\nb v1 16G :\n");
    const std::string text = print_scenario({{}, world.pool, world.state, {}, {}});
    Overrides overrides;
    overrides.sets = {"vms.gone.when_pinned=restart", "hosts.a.upgrade_time=7 min"};
    REQUIRE_FALSE(read_scenario(text, "pool", overrides));
    const auto read = xapi::read_what_is_there(text, "pool", overrides);
    REQUIRE(read);
    CHECK(read->pool.hosts[host(world, "a")].upgrade_time == std::chrono::minutes(7));
    CHECK_FALSE(xapi::read_what_is_there("no scenario", "pool", overrides));
}

TEST_CASE("another pool is told by its uuid", "[xapi][look]") {
    xapi::Records records;
    records.put("pool", {{"OpaqueRef:1", {{"uuid", wire::text("pool-1")}}}});
    CHECK(xapi::is_same_pool(records, "pool-1", "10.0.0.1"));
    CHECK(xapi::is_same_pool(records, "", "10.0.0.1"));  // of a run that noted none
    const auto other = xapi::is_same_pool(records, "pool-2", "10.0.0.1");
    REQUIRE_FALSE(other);
    CHECK(other.error().kind == Error::Kind::outside);
}

}  // namespace
}  // namespace vacate
