// R9: whatever is lost, the protected VMs find room, before, during and after every step.
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

TEST_CASE("R9: a host stays in use while a protected VM needs it as its refuge",
          "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G : db 8G protect
        b  v1  16G :
        c  v1   4G :
    )");
    CHECK(refusal(world, disable(world, "b")).empty());
    world.pool.policy.spare_hosts = 1;
    CHECK(refusal(world, disable(world, "b")) == "R9");  // a lost: db needs 8, c has 4
    CHECK(refusal(world, disable(world, "c")).empty());  // a lost: b has 16
    world.pool.vms[vm(world, "db")].protect = false;
    CHECK(refusal(world, disable(world, "b")).empty());
}

TEST_CASE("R9: a move must not use the room that a loss would need", "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G : db 8G protect
        b  v1  16G : web 4G
        c  v1  16G : log 9G
        d  v1  16G : old 12G
    )");
    world.pool.policy.spare_hosts = 1;
    // a lost: db needs 8. b has 12, c 7, d 4. With log on b: 16 - 4 - 9 = 3.
    CHECK(refusal(world, migrate(world, "log", "b")) == "R9");
    CHECK(refusal(world, migrate(world, "web", "c")).empty());  // b keeps 12 free
}

TEST_CASE("R9: where a VM arrives there must be a refuge too", "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G disabled : db 8G protect
        b  v1  16G :
        c  v1   4G :
    )");
    world.pool.policy.spare_hosts = 1;
    // On a, db could flee to b. On b it could flee nowhere: a is disabled, c has 4.
    CHECK(audit(world.pool, world.state).empty());
    CHECK(refusal(world, migrate(world, "db", "b")) == "R9");
    REQUIRE(act(world, enable(world, "a")));
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

TEST_CASE("R9: what fails together is lost together", "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G : db 8G protect
        b  v1  16G :
        c  v1  16G :
    )");
    world.pool.policy.spare_hosts = 1;
    CHECK(refusal(world, disable(world, "c")).empty());  // b takes db
    for (const char* name : {"a", "b"}) world.pool.hosts[host(world, name)].domain = "rack";
    CHECK(refusal(world, disable(world, "c")) == "R9");  // a and b are lost at once
    CHECK(refusal(world, disable(world, "b")).empty());  // c takes db
}

TEST_CASE("R9: two losses need room for two", "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G : db 8G protect
        b  v1  16G : web 8G protect
        c  v1  16G :
        d  v1  16G :
    )");
    world.pool.policy.spare_hosts = 2;
    CHECK(refusal(world, disable(world, "d")).empty());  // a, b lost: c takes 8 + 8
    world.pool.vms[vm(world, "web")].memory = 9_GiB;
    world.pool.vms[vm(world, "web")].admission = 9_GiB;
    CHECK(refusal(world, disable(world, "d")) == "R9");  // 8 + 9 > 16
}

TEST_CASE("R9: audit() and apply() agree on what is survivable", "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G : db 8G protect
        b  v1  16G :
        c  v1   4G :
    )");
    world.pool.policy.spare_hosts = 1;
    CHECK(audit(world.pool, world.state).empty());
    CHECK_FALSE(loss_without_refuge(world.pool, world.state));
    REQUIRE(take(world, HostLost{host(world, "b")}));
    const auto found = audit(world.pool, world.state);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == Rule::r9_spare);
    CHECK(found[0].vm == vm(world, "db"));
    CHECK(found[0].host == host(world, "a"));
}

TEST_CASE("R9: a refuge must have what the VM needs", "[transition][R9]") {
    World world = draw(R"(
        a  v1  16G : db 8G protect
        b  v1  16G :
        c  v1  16G :
    )");
    world.pool.policy.spare_hosts = 1;
    world.pool.hosts[host(world, "b")].storages.clear();
    CHECK(refusal(world, disable(world, "c")) == "R9");  // b does not see the disks
    CHECK(refusal(world, disable(world, "b")).empty());
}

}  // namespace
}  // namespace vacate
