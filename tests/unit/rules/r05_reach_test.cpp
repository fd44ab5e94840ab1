// R5: the target is there, takes VMs, and has what the VM needs.
#include <catch2/catch.hpp>

#include "model/audit.hpp"
#include "tests/support/acts.hpp"

namespace vacate {
namespace {

World three_hosts() {
    return draw(R"(
        a  v1  16G : db 2G
        b  v1  16G :
        c  v1  16G :
    )");
}

Cause cause_of(const World& world, const Step& step) {
    const auto violation = forbids(world.pool, world.state, step);
    return violation ? violation->cause : Cause::wrong_state;
}

TEST_CASE("R5: the target is enabled, and another host than the source", "[transition][R5]") {
    World world = three_hosts();
    CHECK(refusal(world, migrate(world, "db", "a")) == "R5");
    CHECK(cause_of(world, migrate(world, "db", "a")) == Cause::same_host);
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    REQUIRE(begin(world, disable(world, "b")));
    CHECK(refusal(world, migrate(world, "db", "b")) == "R5");
    REQUIRE(fail(world, disable(world, "b")));
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    REQUIRE(act(world, disable(world, "b")));
    REQUIRE(begin(world, enable(world, "b")));
    CHECK(cause_of(world, migrate(world, "db", "b")) == Cause::host_disabled);  // not enabled yet
    REQUIRE(end(world, enable(world, "b")));
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

TEST_CASE("R5: the source may be disabled, the target may be neither lost nor down",
          "[transition][R5]") {
    World world = three_hosts();
    REQUIRE(act(world, disable(world, "a")));
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    REQUIRE(take(world, HostLost{host(world, "b")}));
    CHECK(refusal(world, migrate(world, "db", "b")) == "R5");
    CHECK(cause_of(world, migrate(world, "db", "b")) == Cause::host_lost);
    CHECK(refusal(world, migrate(world, "db", "c")).empty());
}

TEST_CASE("R5: the target sees every storage and network of the VM", "[transition][R5]") {
    World world = three_hosts();
    world.pool.hosts[host(world, "b")].storages = {Id<Storage>{0}};
    CHECK(cause_of(world, migrate(world, "db", "b")) == Cause::storage_unseen);
    CHECK(refusal(world, migrate(world, "db", "c")).empty());
    world.pool.hosts[host(world, "c")].networks.clear();
    CHECK(cause_of(world, migrate(world, "db", "c")) == Cause::network_unseen);
    world.pool.vms[vm(world, "db")].networks.clear();
    CHECK(refusal(world, migrate(world, "db", "c")).empty());
}

TEST_CASE("R5: a CD in the drive must be seen too, until it is ejected", "[transition][R5]") {
    World world = draw(R"(
        a  v1  16G : db 2G cd
        b  v1  16G :
    )");
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    world.pool.hosts[host(world, "b")].storages = {Id<Storage>{1}};  // no CDs there
    CHECK(refusal(world, migrate(world, "db", "b")) == "R5");
    CHECK(cause_of(world, migrate(world, "db", "b")) == Cause::cd_unseen);
    REQUIRE(act(world, EjectCd{vm(world, "db")}));
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

TEST_CASE("R5: the CPU has every feature the VM was booted with, and enough cores",
          "[transition][R5]") {
    World world = three_hosts();
    Vm& db = world.pool.vms[vm(world, "db")];
    db.features = CpuFeatures{"intel", {0b0110}};
    world.pool.hosts[host(world, "b")].hvm_features = CpuFeatures{"intel", {0b0100}};
    world.pool.hosts[host(world, "c")].hvm_features = CpuFeatures{"intel", {0b1110}};
    CHECK(cause_of(world, migrate(world, "db", "b")) == Cause::cpu_features);  // lacks 0b0010
    CHECK(refusal(world, migrate(world, "db", "c")).empty());
    db.domain = DomainType::pv;  // asks the PV features, which are not known: nothing is refused
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.vcpus = 8;
    world.pool.hosts[host(world, "b")].cpus = 7;
    CHECK(cause_of(world, migrate(world, "db", "b")) == Cause::cpu_count);
    db.vcpus = 7;
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
    db.vcpus = 8;
    db.vcpu_unrestricted = true;
    CHECK(refusal(world, migrate(world, "db", "b")).empty());
}

TEST_CASE("R5: disks that move need room and a storage that the target sees", "[transition][R5]") {
    World world = draw(R"(
        a  v1  16G : db 2G storage, web 2G storage
        b  v1  16G :
    )");
    const Id<Storage> local = world.pool.storages.push_back({"local-a", "lvm", false, Bytes{}});
    const Id<Storage> far = world.pool.storages.push_back({"local-b", "lvm", false, 10_GiB});
    world.pool.hosts[host(world, "a")].storages.push_back(local);
    world.pool.hosts[host(world, "b")].storages.push_back(far);
    for (const char* name : {"db", "web"}) {
        world.pool.vms[vm(world, name)].storages = {local};
        world.pool.vms[vm(world, name)].local_disk = 6_GiB;
    }
    const auto motion = [&world](const char* name, Id<Storage> to) {
        return MigrateStorage{vm(world, name), host(world, "a"), host(world, "b"), to};
    };
    CHECK(cause_of(world, motion("db", local)) == Cause::storage_unseen);
    CHECK(refusal(world, motion("db", far)).empty());  // 6 of 10
    REQUIRE(begin(world, motion("db", far)));
    CHECK(cause_of(world, motion("web", far)) == Cause::storage_space);  // 10 - 6 = 4, 6 needed
    CHECK(refusal(world, motion("web", Id<Storage>{1})).empty());        // the shared one has 1000
    REQUIRE(fail(world, motion("db", far)));
    CHECK(refusal(world, motion("web", far)).empty());  // what failed gives its room back
}

TEST_CASE("R5: audit() names a VM that is where it cannot run", "[transition][R5]") {
    World world = three_hosts();
    world.pool.hosts[host(world, "b")].storages.clear();
    CHECK(audit(world.pool, world.state).empty());
    REQUIRE(take(world, VmSeen{vm(world, "db"), Power::running, host(world, "b")}));
    const auto found = audit(world.pool, world.state);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == Rule::r5_reach);
    CHECK(found[0].vm == vm(world, "db"));
}

}  // namespace
}  // namespace vacate
