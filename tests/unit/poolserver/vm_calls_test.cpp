// The life of a VM by XAPI: power states, what they allow, what a rolling upgrade forbids.
#include <algorithm>

#include "tests/unit/poolserver/vm_bench.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

Array one(const std::string& ref) { return {text(ref)}; }

std::shared_ptr<Outcome> call(VmBench& bench, const std::string& method, const std::string& vm,
                              Array rest = {}) {
    Array arguments = one(bench.vm(vm));
    for (Value& each : rest) arguments.push_back(std::move(each));
    return bench.client.begin_here(method, std::move(arguments));
}

std::shared_ptr<Outcome> bring_up(VmBench& bench, const std::string& method, const std::string& vm,
                                  const std::string& host = "") {
    Array rest;
    if (!host.empty()) rest.push_back(text(bench.host(host)));
    rest.push_back({false});
    rest.push_back({false});
    return call(bench, method, vm, std::move(rest));
}

/// The pool as marked, with b newer than the others.
void begin_upgrade(VmBench& bench) {
    bench.service.database().put_entry(bench.host("b"), "software_version", "platform_version",
                                       text("3.4.0"));
    bench.behaviour.rolling_flag().start();
    REQUIRE(is_mixed(bench.service));
}

}  // namespace

TEST_CASE("power states last as the scenario's timing says", "[poolserver][vm]") {
    // The defaults: 60 s for a stop and a start, 100 MB/s for an image.
    VmBench bench(scenario_in(three_hosts()));
    const std::int64_t a = bench.free("a");
    Instant begun = bench.service.agenda().now();
    const auto lasted = [&](const std::shared_ptr<Outcome>& outcome) {
        bench.succeed(outcome);
        const Duration time = bench.service.agenda().now() - begun;
        begun = bench.service.agenda().now();
        return time;
    };
    CHECK(lasted(call(bench, "VM.clean_shutdown", "web")) == 60s);
    CHECK(bench.power("web") == "Halted");
    CHECK(bench.where("web").empty());
    CHECK(bench.field(bench.vm("web"), "guest_metrics") == null_ref);
    CHECK(bench.free("a") > a);
    CHECK(lasted(bring_up(bench, "VM.start_on", "web", "a")) == 60s);
    CHECK(bench.power("web") == "Running");
    CHECK(bench.free("a") == a);
    CHECK(bench.field(bench.vm("web"), "guest_metrics") != null_ref);
    CHECK(lasted(call(bench, "VM.clean_reboot", "web")) == 120s);
    CHECK(lasted(call(bench, "VM.pause", "web")) < 1s);
    CHECK(bench.power("web") == "Paused");
    CHECK(bench.allowed("web") == Words{"hard_reboot", "hard_shutdown", "unpause", "snapshot"});
    CHECK(lasted(call(bench, "VM.unpause", "web")) < 1s);
    const Duration image{2 * 1'073'741'824LL / 100};  // 2 GiB at 100 B/us, rounded up
    CHECK(lasted(call(bench, "VM.suspend", "web")) == image + Duration{1});
    CHECK(bench.power("web") == "Suspended");
    const std::string vdi = bench.field(bench.vm("web"), "suspend_VDI");
    CHECK(bench.field(vdi, "SR") == bench.storage("san"));
    CHECK(lasted(bring_up(bench, "VM.resume_on", "web", "b")) == image + Duration{1});
    CHECK(bench.where("web") == "b");
    CHECK(bench.service.database().find(vdi) == nullptr);
    CHECK(lasted(call(bench, "VM.hard_reboot", "web")) == 62s);
    CHECK(lasted(call(bench, "VM.hard_shutdown", "web")) == 2s);
}

TEST_CASE("a state that does not fit is named with the one that would", "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::string db = bench.vm("db");
    const std::string off = bench.vm("off");
    const auto error = [&](const std::string& method, const std::string& vm) {
        return bench.error_of(call(bench, method, vm));
    };
    CHECK(bench.error_of(bring_up(bench, "VM.start", "db")) ==
          Words{"VM_BAD_POWER_STATE", db, "halted", "running"});
    CHECK(bench.error_of(bring_up(bench, "VM.resume", "db")) ==
          Words{"VM_BAD_POWER_STATE", db, "suspended", "running"});
    CHECK(error("VM.hard_shutdown", "off") ==
          Words{"VM_BAD_POWER_STATE", off, "paused, suspended, running", "halted"});
    CHECK(error("VM.suspend", "off") == Words{"VM_BAD_POWER_STATE", off, "running", "halted"});
    CHECK(error("VM.unpause", "db") == Words{"VM_BAD_POWER_STATE", db, "paused", "running"});
    CHECK(error("VM.clean_shutdown", "mute") == Words{"VM_LACKS_FEATURE", bench.vm("mute")});
    CHECK(error("VM.suspend", "mute") == Words{"VM_LACKS_FEATURE", bench.vm("mute")});
    CHECK(bench.error_of(bench.migrate("off", "b")) ==
          Words{"VM_BAD_POWER_STATE", off, "running", "halted"});
}

TEST_CASE("what a VM is allowed is what a real pool allows", "[poolserver][vm]") {
    // As answers of xapi 24.0.0 were recorded: for a running VM, for one without drivers, for
    // one whose pool_migrate is blocked, and in the middle of a rolling upgrade.
    VmBench bench(scenario_in(three_hosts()));
    const Words usual{"changing_dynamic_range",
                      "migrate_send",
                      "pool_migrate",
                      "changing_VCPUs_live",
                      "suspend",
                      "hard_reboot",
                      "hard_shutdown",
                      "clean_reboot",
                      "clean_shutdown",
                      "pause",
                      "checkpoint",
                      "snapshot"};
    CHECK(bench.allowed("db") == usual);
    CHECK(bench.allowed("mute") ==
          Words{"changing_dynamic_range", "hard_reboot", "hard_shutdown", "pause", "snapshot"});
    bench.client.value("VM.add_to_blocked_operations",
                       {text(bench.vm("db")), text("pool_migrate"), text("by hand")});
    Words blocked = usual;
    std::erase(blocked, "pool_migrate");
    CHECK(bench.allowed("db") == blocked);
    bench.client.value("VM.remove_from_blocked_operations",
                       {text(bench.vm("db")), text("pool_migrate")});
    begin_upgrade(bench);
    CHECK(bench.allowed("db") == Words{"migrate_send", "pool_migrate", "changing_VCPUs_live",
                                       "suspend", "hard_reboot", "hard_shutdown", "clean_reboot",
                                       "clean_shutdown", "pause"});
}

TEST_CASE("in a rolling upgrade VMs start and resume on the newest hosts only",
          "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    bench.succeed(call(bench, "VM.suspend", "web"));
    begin_upgrade(bench);
    const Words refused{"NOT_SUPPORTED_DURING_UPGRADE"};
    CHECK(bench.error_of(bring_up(bench, "VM.resume_on", "web", "a")) == refused);
    CHECK(bench.error_of(bring_up(bench, "VM.start_on", "off", "c")) == refused);
    CHECK(bench.client.error("VM.assert_can_boot_here",
                             {text(bench.vm("off")), text(bench.host("b"))}) ==
          Words{"VM_HOST_INCOMPATIBLE_VERSION", bench.host("b"), bench.vm("off")});
    bench.succeed(bring_up(bench, "VM.resume", "web"));  // by itself it finds the newest
    CHECK(bench.where("web") == "b");
    bench.succeed(bring_up(bench, "VM.start", "off"));
    CHECK(bench.where("off") == "b");
    CHECK(bench.error_of(call(bench, "VM.shutdown", "off")) == refused);
    CHECK(bench.client.error("VM.set_memory_dynamic_range", {text(bench.vm("web")),
                                                             {std::int64_t{1} << 30},
                                                             {std::int64_t{1} << 30}}) == refused);
    bench.succeed(call(bench, "VM.clean_shutdown", "off"));
    bench.service.database().set(bench.host("b"), "enabled", {false});
    CHECK(bench.error_of(bring_up(bench, "VM.start", "off")) == Words{"NO_HOSTS_AVAILABLE"});
}

TEST_CASE("a VM that starts by itself goes home, else where most memory is left",
          "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    // Free: a about 8 GiB, b about 8, c 12.
    bench.succeed(bring_up(bench, "VM.start", "off"));
    CHECK(bench.where("off") == "c");
    bench.succeed(call(bench, "VM.hard_shutdown", "off"));
    bench.client.value("VM.set_affinity", {text(bench.vm("off")), text(bench.host("b"))});
    bench.succeed(bring_up(bench, "VM.start", "off"));
    CHECK(bench.where("off") == "b");
    CHECK(bench.client.value("VM.get_possible_hosts", one(bench.vm("off"))) ==
          Value{classes({bench.host("a"), bench.host("b"), bench.host("c")})});
}

TEST_CASE("a start that is cancelled gives its memory back", "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::int64_t b = bench.free("b");
    const std::string task = bench.client.words(
        "Async.VM.start_on", {text(bench.vm("off")), text(bench.host("b")), {false}, {false}});
    CHECK(bench.free("b") < b);
    bench.service.advance(at(30s));
    bench.client.value("task.cancel", {text(task)});
    CHECK(bench.free("b") == b);
    bench.run(1h);
    CHECK(bench.power("off") == "Halted");
    CHECK(bench.client.words("task.get_status", {text(task)}) == "cancelled");
}

TEST_CASE("the dynamic range moves what a host has left, within its limits", "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::string app = bench.vm("app");
    const std::int64_t gibibyte = std::int64_t{1} << 30;
    const std::int64_t b = bench.free("b");
    const auto range = [&](std::int64_t least, std::int64_t most) -> Array {
        return {text(app), {least}, {most}};
    };
    bench.client.value("VM.set_memory_dynamic_range", range(2 * gibibyte, 8 * gibibyte));
    CHECK(bench.free("b") == b + 6 * gibibyte);
    CHECK(bench.behaviour.vms().migrations.ram_of(app) == Bytes{2 * gibibyte});
    CHECK(bench.client.error("VM.set_memory_dynamic_range", range(5 * gibibyte, gibibyte))[0] ==
          "MEMORY_CONSTRAINT_VIOLATION_ORDER");
    // The only error of this code that counts in KiB.
    bench.service.database().set(bench.field(bench.host("b"), "metrics"), "memory_total",
                                 {bench.service.database().number_of(
                                      bench.field(bench.host("b"), "metrics"), "memory_total") -
                                  bench.free("b") + gibibyte});
    CHECK(bench.client.error("VM.set_memory_dynamic_range", range(8 * gibibyte, 8 * gibibyte)) ==
          Words{"HOST_NOT_ENOUGH_FREE_MEMORY", "6291456", "1048576"});
}

TEST_CASE("CDs are ejected and put back", "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    std::string drive;
    std::string disk;
    for (const std::string& vbd : database.set_of(bench.vm("db"), "VBDs")) {
        (database.text_of(vbd, "type") == "CD" ? drive : disk) = vbd;
    }
    const std::string image = database.create(
        "VDI", "cd", {{"SR", text(bench.storage("iso"))}, {"name_label", text("cd.iso")}});
    CHECK(bench.client.error("VBD.eject", one(drive)) == Words{"VBD_IS_EMPTY", drive});
    CHECK(bench.client.error("VBD.eject", one(disk)) == Words{"VBD_NOT_REMOVABLE_MEDIA", disk});
    bench.succeed(bench.client.begin_here("VBD.insert", {text(drive), text(image)}));
    CHECK(bench.client.error("VBD.insert", {text(drive), text(image)}) ==
          Words{"VBD_NOT_EMPTY", drive});
    CHECK(database.set_of(drive, "allowed_operations") ==
          Words{"attach", "eject", "pause", "unpause"});
    // Only a has that storage: the CD pins the VM.
    CHECK(bench.error_of(bench.migrate("db", "b")) ==
          Words{"VM_REQUIRES_SR", bench.vm("db"), bench.storage("iso")});
    CHECK(bench.client.error("VM.assert_agile", one(bench.vm("db"))) ==
          Words{"HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", bench.storage("iso")});
    const Instant begun = bench.service.agenda().now();
    bench.succeed(bench.client.begin_here("VBD.eject", one(drive)));
    CHECK(bench.service.agenda().now() - begun == 5s);  // timing.preparation
    CHECK(database.text_of(drive, "VDI") == null_ref);
    bench.client.value("VM.assert_agile", one(bench.vm("db")));
    bench.succeed(bench.migrate("db", "b"));
    CHECK(bench.error_of(bench.client.begin_here("VBD.insert", {text(drive), text(image)})) ==
          Words{"VM_REQUIRES_SR", bench.vm("db"), bench.storage("iso")});
}

TEST_CASE("a storage is not unplugged under a running VM", "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    std::string here;
    std::string there;
    for (const std::string& pbd : database.set_of(bench.storage("san"), "PBDs")) {
        if (database.text_of(pbd, "host") == bench.host("b")) here = pbd;
        if (database.text_of(pbd, "host") == bench.host("c")) there = pbd;
    }
    const Words error = bench.client.error("PBD.unplug", one(here));
    CHECK(error[0] == "VDI_IN_USE");
    bench.succeed(bench.client.begin_here("PBD.unplug", one(there)));
    CHECK(bench.error_of(bench.migrate("db", "c")) ==
          Words{"VM_REQUIRES_SR", bench.vm("db"), bench.storage("san")});
    bench.succeed(bench.client.begin_here("PBD.plug", one(there)));
    bench.succeed(bench.migrate("db", "c"));
}

TEST_CASE("a suspend needs a storage with room", "[poolserver][vm]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    const std::string san = bench.storage("san");
    database.set(san, "physical_size",
                 {database.number_of(san, "physical_utilisation") + 1'000'000});
    CHECK(bench.error_of(call(bench, "VM.suspend", "app")) ==
          Words{"SR_BACKEND_FAILURE_44", "", "There is insufficient space", ""});
    for (const std::string& pbd : database.set_of(san, "PBDs")) {
        if (database.text_of(pbd, "host") != bench.host("b")) continue;
        database.set(pbd, "currently_attached", {false});
    }
    CHECK(bench.error_of(call(bench, "VM.suspend", "app")) ==
          Words{"VM_NO_SUSPEND_SR", bench.vm("app")});
}

TEST_CASE("drives come and go under a guest that has drivers, and CDs are only changed",
          "[poolserver][vm]") {
    // By xapi, ocaml/xapi/xapi_vbd_helpers.ml, valid_operations; the guests here are HVM.
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    const auto allowed = [&](const std::string& name, std::string_view type) {
        for (const std::string& vbd : database.set_of(bench.vm(name), "VBDs")) {
            if (database.text_of(vbd, "type") == type) {
                return database.set_of(vbd, "allowed_operations");
            }
        }
        return Words{};
    };
    CHECK(allowed("db", "Disk") == Words{"attach", "unplug", "unplug_force", "pause", "unpause"});
    CHECK(allowed("db", "CD") == Words{"attach", "insert", "pause", "unpause"});
    CHECK(allowed("mute", "Disk") == Words{"attach", "pause", "unpause"});
    CHECK(allowed("off", "Disk") == Words{"attach"});
    CHECK(allowed("off", "CD") == Words{"attach", "insert"});
    bench.succeed(call(bench, "VM.suspend", "db"));
    CHECK(allowed("db", "CD") == Words{"attach"});
    bench.succeed(call(bench, "VM.pause", "web"));
    CHECK(allowed("web", "Disk") == Words{"attach", "pause", "unpause"});
}

}  // namespace vacate::poolserver
