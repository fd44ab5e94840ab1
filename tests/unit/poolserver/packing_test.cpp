// Which VM goes where, held against the cases of xapi's own tests.
#include "tools/poolserver/packing.hpp"

#include <catch2/catch.hpp>

#include "model/units.hpp"

// Sizes, hosts and expected places: xapi, ocaml/tests/test_ha_vm_failover.ml, the cases of
// "3 phases planning" and of the spread-evenly and no-breach plans; sizes there are GiB.

namespace vacate::poolserver {
namespace {

PackedVm vm(const std::string& name, std::int64_t size, const std::string& group = "") {
    return {name, gibibytes(size), group};
}

Room room(std::initializer_list<std::pair<const char*, std::int64_t>> hosts) {
    Room room;
    for (const auto& [host, size] : hosts) room.emplace_back(host, gibibytes(size));
    return room;
}

}  // namespace

TEST_CASE("without groups each VM, largest first, goes where most is left",
          "[poolserver][packing]") {
    CHECK(pack_apart({vm("s", 1), vm("l", 6), vm("m", 5)}, room({{"a", 8}, {"b", 7}}), {}) ==
          Places{{"l", "a"}, {"m", "b"}, {"s", "a"}});
    // 5 fits on neither of 4 and 3, and is not split up; 3 goes on.
    CHECK(pack({vm("l", 5), vm("s", 3)}, room({{"a", 4}, {"b", 3}})) == Places{{"s", "a"}});
}

TEST_CASE("a group is spread evenly where everything fits", "[poolserver][packing]") {
    const std::vector<PackedVm> four{vm("vm4", 24, "g"), vm("vm3", 23, "g"), vm("vm2", 22, "g"),
                                     vm("vm1", 21, "g")};
    CHECK(pack_apart(four, room({{"master", 200}, {"slave2", 60}}), {}) ==
          Places{{"vm1", "slave2"}, {"vm2", "master"}, {"vm3", "slave2"}, {"vm4", "master"}});
}

TEST_CASE("groups share what a host has left", "[poolserver][packing]") {
    const std::vector<PackedVm> seven{vm("vm6", 120, "1"), vm("vm5", 60, "2"), vm("vm7", 130, "2"),
                                      vm("vm1", 1, "1"),   vm("vm3", 6, "2"),  vm("vm2", 5, "1"),
                                      vm("vm4", 7, "2")};
    // The master has more at first, and less once vm2 is there.
    CHECK(pack_apart(seven, room({{"master", 512}, {"slave2", 510}}), {}) ==
          Places{{"vm7", "slave2"},
                 {"vm6", "master"},
                 {"vm5", "master"},
                 {"vm4", "slave2"},
                 {"vm3", "master"},
                 {"vm2", "master"},
                 {"vm1", "slave2"}});
}

TEST_CASE("a host with a VM of the group comes after one without", "[poolserver][packing]") {
    const Neighbours neighbours{{"g", {{"slave2", 1}}}};
    CHECK(pack_apart({vm("vm1", 120, "g")}, room({{"master", 512}, {"slave2", 136}}), neighbours) ==
          Places{{"vm1", "master"}});
    CHECK(pack_apart({vm("vm1", 120, "g")}, room({{"master", 512}, {"slave2", 136}}), {}) ==
          Places{{"vm1", "slave2"}});
}

TEST_CASE("where an even spread leaves VMs behind, two hosts are enough for a group",
          "[poolserver][packing]") {
    const Room hosts = room({{"master", 100}, {"slave2", 90}, {"slave3", 70}});
    const std::vector<PackedVm> five{vm("vm1", 85), vm("vm2", 65), vm("g3", 30, "g"),
                                     vm("g2", 20, "g"), vm("g1", 10, "g")};
    // Even, g3 would be on the master and leave 70 there, too little for vm1.
    CHECK(pack_apart(five, hosts, {}) == Places{{"g1", "slave3"},
                                                {"g2", "slave2"},
                                                {"g3", "slave3"},
                                                {"vm2", "slave2"},
                                                {"vm1", "master"}});
}

TEST_CASE("where that does not do either, groups do not count", "[poolserver][packing]") {
    const Room hosts = room({{"master", 100}, {"slave2", 80}, {"slave3", 70}});
    const std::vector<PackedVm> five{vm("vm1", 95), vm("vm2", 75), vm("g3", 30, "g"),
                                     vm("g2", 20, "g"), vm("g1", 10, "g")};
    CHECK(pack_apart(five, hosts, {}) == Places{{"g1", "slave3"},
                                                {"g2", "slave3"},
                                                {"g3", "slave3"},
                                                {"vm2", "slave2"},
                                                {"vm1", "master"}});
    // 513 fits nowhere: the plain plan says so, and places the other.
    CHECK(pack_apart({vm("vm1", 120, "g"), vm("vm2", 513, "g")},
                     room({{"master", 512}, {"slave2", 256}}), {}) == Places{{"vm1", "master"}});
}

}  // namespace vacate::poolserver
