// The pool that tests of VMs begin with.
#include "tests/unit/poolserver/vm_bench.hpp"

namespace vacate::poolserver {

Scenario scenario_in(const std::string& text) {
    const Result<Scenario> scenario = read_scenario(text, "test");
    if (!scenario) {
        for (const auto& item : scenario.error().items) UNSCOPED_INFO(item.place << item.sentence);
    }
    REQUIRE(scenario);
    return *scenario;
}

std::string three_hosts() {
    return R"json({
        "about": "three",
        "pool": {"name": "three", "coordinator": "a",
                 "target": {"platform": "3.4.0", "xapi": "25.33", "xapi_build": "25.33.1",
                            "xen": "4.17.5"}},
        "networks": [{"name": "lan"}, {"name": "dmz"}],
        "storages": [{"name": "san", "type": "nfs", "free": "100 GiB"},
                     {"name": "local-a", "type": "ext", "shared": false, "free": "50 GiB"},
                     {"name": "iso", "type": "iso"}],
        "hosts": [
          {"name": "a", "memory": "16 GiB", "link": "10 Gbps", "cpus": 8,
           "version": {"platform": "3.3.0", "xapi": "25.6", "xapi_build": "25.6.0",
                       "xen": "4.17.4"},
           "networks": ["lan", "dmz"], "storages": ["san", "local-a", "iso"]},
          {"name": "b", "memory": "16 GiB", "link": "10 Gbps", "cpus": 8,
           "version": {"platform": "3.3.0", "xapi": "25.6", "xapi_build": "25.6.0",
                       "xen": "4.17.4"},
           "networks": ["lan", "dmz"], "storages": ["san"]},
          {"name": "c", "memory": "12 GiB", "link": "10 Gbps", "cpus": 4,
           "version": {"platform": "3.3.0", "xapi": "25.6", "xapi_build": "25.6.0",
                       "xen": "4.17.4"},
           "networks": ["lan"], "storages": ["san"]}
        ],
        "vms": [
          {"name": "db", "host": "a", "memory": "4 GiB", "storages": ["san"],
           "networks": ["lan"], "dirty_rate": "50 MB/s", "working_set": "1 GiB"},
          {"name": "web", "host": "a", "memory": "2 GiB", "storages": ["san"],
           "networks": ["lan"], "dirty_rate": "10 MB/s", "working_set": "256 MiB"},
          {"name": "lone", "host": "a", "memory": "1 GiB", "storages": ["local-a"],
           "disk": "5 GiB", "when_pinned": "storage"},
          {"name": "mute", "host": "a", "memory": "1 GiB", "storages": ["san"],
           "notes": [{"code": "VM_LACKS_FEATURE"}], "when_pinned": "restart"},
          {"name": "app", "host": "b", "memory": "8 GiB", "storages": ["san"],
           "networks": ["lan"], "dirty_rate": "100 MB/s", "working_set": "2 GiB"},
          {"name": "off", "power": "halted", "memory": "2 GiB", "storages": ["san"]}
        ]})json";
}

}  // namespace vacate::poolserver
