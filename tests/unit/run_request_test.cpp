// A request comes back from its journal as it was.
#include <catch2/catch.hpp>

#include "tools/run/request.hpp"

namespace vacate {
namespace {

TEST_CASE("a request is read back as it was printed", "[run]") {
    RunRequest request;
    request.url = "https://10.0.0.1";
    request.addresses = {"10.0.0.1", "10.0.0.2"};
    request.sets = {"hosts.*.link=10Gbps", "policy.hosts_down_max=2"};
    request.by = UpgradeBy::guide;
    request.ask_before_hosts = true;
    request.go_on_without = false;
    request.speed = 600;
    const auto again = read_request(print_request(request), "a.journal");
    REQUIRE(again);
    CHECK(*again == request);
}

TEST_CASE("a request that is none is refused by member", "[run]") {
    CHECK_FALSE(read_request("[]", "a.journal"));
    const auto wrong = read_request(R"({"url": 5, "speed": "fast", "by": 7})", "a.journal");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().items[0].sentence == "of another kind than expected: url, speed, by");
}

}  // namespace
}  // namespace vacate
