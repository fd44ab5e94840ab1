// What a run takes for the target where nobody names it.
#include "tools/xapi/target.hpp"

#include <catch2/catch.hpp>

namespace vacate::xapi {
namespace {

// A captured pool whose coordinator b runs `version`; the order of hosts shall not matter.
std::string pool_with(const std::string& version) {
    return R"({"pool": {"coordinator": "b", "target": {"label": "next", "platform": "4.2.1"}},
               "hosts": [{"name": "a", "version": {"platform": "9.9"}},
                         {"name": "b", "version": )" +
           version + "}]}";
}

const char* const before = R"({"label": "8.2", "platform": "3.2.1", "xapi": "1.249"})";

}  // namespace

TEST_CASE("the target that was assumed is kept as --set takes it", "[xapi][target]") {
    CHECK(
        target_in(pool_with(before)) ==
        std::vector<std::string>{R"(pool.target.label="next")", R"(pool.target.platform="4.2.1")"});
    CHECK(target_in("[]").empty());
    CHECK(target_in("{").empty());
}

TEST_CASE("the target is learned from the coordinator that comes back newer", "[xapi][target]") {
    const std::string known = coordinator_version_in(pool_with(before));
    CHECK_FALSE(learned_target(pool_with(before), known));
    const auto learned = learned_target(
        pool_with(R"({"label": "8.3", "platform": "3.4.0", "xapi": "25.33"})"), known);
    REQUIRE(learned);
    CHECK(*learned == R"(pool.target={"label": "8.3", "platform": "3.4.0", "xapi": "25.33"})");
    // One key may stay as it was; a label alone is no version.
    CHECK(learned_target(pool_with(R"({"platform": "3.2.1", "xapi": "1.250"})"), known));
    CHECK_FALSE(learned_target(
        pool_with(R"({"label": "8.3", "platform": "3.2.1", "xapi": "1.249"})"), known));
    // Back at something older in any key: that was no upgrade.
    CHECK_FALSE(learned_target(pool_with(R"({"platform": "3.4.0", "xapi": "1.248"})"), known));
    CHECK_FALSE(learned_target(pool_with(R"({"platform": "3.4.0"})"), ""));
}

}  // namespace vacate::xapi
