// What check says of VMs that cannot be migrated live, and what it proposes.
#include "model/precheck.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/world.hpp"

namespace vacate {
namespace {

constexpr const char* lets = " lets a plan do that while its host is upgraded";

// Host a sees a disk store that b does not; the VM on it has 1 GiB there.
World with_local_disk(const std::string& name) {
    World world = draw("a v1 16G : db 4G pinned\nb v1 16G :");
    Vm& one = world.pool.vms[vm(world, "db")];
    const auto disks = Id<Storage>{static_cast<std::uint32_t>(world.pool.storages.size())};
    world.pool.storages.push_back(
        Storage{.name = "disks", .type = "lvm", .shared = false, .free = Bytes{}});
    one.name = name;
    one.storages = {disks};
    one.local_disk = gibibytes(1);
    return world;
}

std::string remedy_of(const World& world, const std::string& code) {
    const Findings findings = precheck(world.pool, world.state);
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&](const Finding& one) { return one.code == code; });
    REQUIRE(found != findings.end());
    CHECK(found->severity == Severity::blocks);
    return found->remedy;
}

TEST_CASE("a remedy for local disks can be typed as it stands", "[precheck]") {
    const std::string rest = ".when_pinned=suspend' (or restart, or storage)";
    CHECK(remedy_of(with_local_disk("db-1"), "VM_REQUIRES_SR") == "--set 'vms.db-1" + rest + lets);
    CHECK(remedy_of(with_local_disk("*"), "VM_REQUIRES_SR") == "--set 'vms.\"*\"" + rest + lets);
    CHECK(remedy_of(with_local_disk("say \"a\""), "VM_REQUIRES_SR") ==
          R"(--set 'vms."say \"a\"")" + rest + lets);
}

TEST_CASE("a VM that cannot be suspended is offered a restart only", "[precheck]") {
    World world = with_local_disk("db");
    world.pool.vms[vm(world, "db")].notes = {{"VM_LACKS_FEATURE", ""}};
    CHECK(remedy_of(world, "VM_LACKS_FEATURE") ==
          "install the guest tools, or --set 'vms.db.when_pinned=restart'");
    CHECK(remedy_of(world, "VM_REQUIRES_SR") ==
          std::string("--set 'vms.db.when_pinned=restart'") + lets);
}

}  // namespace
}  // namespace vacate
