// Migrations by XAPI: how long they take, what they hold meanwhile, why they are refused.
#include "sim/kernel/simulate.hpp"
#include "tests/unit/poolserver/vm_bench.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

Id<Vm> vm_id(const Pool& pool, const std::string& name) {
    for (const Id<Vm> id : pool.vms.ids()) {
        if (pool.vms[id].name == name) return id;
    }
    FAIL("no VM " << name);
    return Id<Vm>::none();
}
Id<Host> host_id(const Pool& pool, const std::string& name) {
    for (const Id<Host> id : pool.hosts.ids()) {
        if (pool.hosts[id].name == name) return id;
    }
    FAIL("no host " << name);
    return Id<Host>::none();
}

Migrate move_of(const Pool& pool, const std::string& vm, const std::string& from,
                const std::string& to) {
    return {vm_id(pool, vm), host_id(pool, from), host_id(pool, to)};
}

/// All steps at once, as far as the simulator's throttles let them.
Simulation simulated(const Scenario& scenario, const std::vector<Step>& steps) {
    Plan plan;
    for (const Step& step : steps) plan.steps.push_back(step);
    plan.after = Table<Step, std::vector<Id<Step>>>(steps.size());
    const auto run = simulate(scenario.pool, scenario.state, plan);
    REQUIRE(run);
    return *run;
}

std::string with(const std::string& scenario, const std::string& before,
                 const std::string& inserted) {
    std::string changed = scenario;
    const std::size_t at = changed.find(before);
    REQUIRE(at != std::string::npos);
    return changed.insert(at, inserted);
}

std::string busy_link() {
    return with(three_hosts(), R"("networks": [{"name": "lan"})",
                R"("timing": {"reservation": "3 s", "stream_cap": "8 Gbps"}, )");
}

}  // namespace

TEST_CASE("a migration ends when the simulator says", "[poolserver][migrations]") {
    const Scenario scenario = scenario_in(three_hosts());
    const Simulation expected = simulated(scenario, {move_of(scenario.pool, "db", "a", "c")});
    VmBench bench(scenario);
    const auto call = bench.migrate("db", "c");
    CHECK(bench.await(call) == expected.times[Id<Step>{0}].end);
    CHECK(call->answer->has_value());
    CHECK(bench.where("db") == "c");
    const auto figures = bench.behaviour.vms().migrations.figures(bench.vm("db"));
    REQUIRE(figures);
    CHECK(figures->pause == expected.times[Id<Step>{0}].pause);
    CHECK(figures->sent == expected.times[Id<Step>{0}].sent);
}

TEST_CASE("migrations share links and wait for the coordinator's lock as in the simulator",
          "[poolserver][migrations]") {
    for (const std::string& text : {three_hosts(), busy_link()}) {
        const Scenario scenario = scenario_in(text);
        const Pool& pool = scenario.pool;
        const Simulation expected =
            simulated(scenario, {move_of(pool, "db", "a", "c"), move_of(pool, "web", "a", "b")});
        VmBench bench(scenario);
        const auto db = bench.migrate("db", "c");
        const auto web = bench.migrate("web", "b");
        Instant web_end{};
        Instant db_end{};
        while (!db->replied || !web->replied) {
            bench.service.advance(*bench.service.next_at());
            if (!db->replied) db_end = *bench.service.next_at();
            if (!web->replied) web_end = *bench.service.next_at();
        }
        const auto micros = [](Instant instant) { return instant.time_since_epoch().count(); };
        CHECK(micros(db_end) == micros(expected.times[Id<Step>{0}].end));
        CHECK(micros(web_end) == micros(expected.times[Id<Step>{1}].end));
    }
}

TEST_CASE("a storage motion ends when the simulator says, its disk on the other storage",
          "[poolserver][migrations]") {
    const Scenario scenario = scenario_in(three_hosts());
    const Pool& pool = scenario.pool;
    Id<Storage> san{};
    for (const Id<Storage> id : pool.storages.ids()) {
        if (pool.storages[id].name == "san") san = id;
    }
    const MigrateStorage step{vm_id(pool, "lone"), host_id(pool, "a"), host_id(pool, "b"), san};
    const Simulation expected = simulated(scenario, {step});
    VmBench bench(scenario);
    Database& database = bench.service.database();
    const std::string lone = bench.vm("lone");
    CHECK(bench.error_of(bench.migrate("lone", "b")) ==
          Words{"VM_REQUIRES_SR", lone, bench.storage("local-a")});
    std::string vbd;
    for (const std::string& each : database.set_of(lone, "VBDs")) {
        if (database.text_of(each, "type") == "Disk") vbd = each;
    }
    const std::string vdi = database.text_of(vbd, "VDI");
    const std::int64_t used = database.number_of(bench.storage("san"), "physical_utilisation");
    const Value destination = bench.client.value(
        "host.migrate_receive", {text(bench.host("b")), text(null_ref), {Struct{}}});
    const auto send = [&](const Struct& map) {
        return bench.client.begin_here(
            "VM.migrate_send", {text(lone), destination, {true}, {map}, {Struct{}}, {Struct{}}});
    };
    CHECK(bench.error_of(send({})) == Words{"VDI_NOT_IN_MAP", vdi});
    const Instant begun = bench.service.agenda().now();
    const auto call = send({{vdi, text(bench.storage("san"))}});
    // 5 GiB are taken at the target from the start.
    CHECK(database.number_of(bench.storage("san"), "physical_utilisation") ==
          used + gibibytes(5).count);
    CHECK(bench.await(call) - begun == expected.times[Id<Step>{0}].end - Instant{});
    CHECK(*call->answer == Answer(text(lone)));
    CHECK(database.find(vdi) == nullptr);
    CHECK(database.text_of(database.text_of(vbd, "VDI"), "SR") == bench.storage("san"));
    CHECK(bench.where("lone") == "b");
}

TEST_CASE("memory is held on both hosts until a migration ends", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::string db = bench.vm("db");
    const std::int64_t charge = bench.service.database().number_of(db, "memory_dynamic_min") +
                                bench.service.database().number_of(db, "memory_overhead");
    const std::int64_t a = bench.free("a");
    const std::int64_t c = bench.free("c");
    const auto call = bench.migrate("db", "c");
    CHECK(bench.free("a") == a);
    CHECK(bench.free("c") == c - charge);
    CHECK(bench.field(db, "scheduled_to_be_resident_on") == bench.host("c"));
    const auto& current =
        std::get<Struct>(bench.service.database().get(db, "current_operations").of);
    REQUIRE(current.size() == 1);
    CHECK(current[0].value == text("pool_migrate"));
    CHECK(bench.allowed("db") == Words{"hard_reboot", "hard_shutdown"});
    bench.succeed(call);
    CHECK(bench.free("a") == a + charge);
    CHECK(bench.free("c") == c - charge);
    CHECK(bench.field(db, "scheduled_to_be_resident_on") == null_ref);
    CHECK(std::get<Struct>(bench.service.database().get(db, "current_operations").of).empty());
    CHECK(std::get<Struct>(bench.service.database().get(bench.host("c"), "current_operations").of)
              .empty());
}

TEST_CASE("of two migrations for the last memory the first gets it", "[poolserver][migrations]") {
    // c has 12 GiB: app (8 GiB and overhead) leaves less than db's 4 GiB and overhead.
    VmBench bench(scenario_in(three_hosts()));
    const auto app = bench.migrate("app", "c");
    const std::int64_t left = bench.free("c");
    const std::string db = bench.vm("db");
    const std::int64_t needed = bench.service.database().number_of(db, "memory_dynamic_min") +
                                bench.service.database().number_of(db, "memory_overhead");
    REQUIRE(left < needed);
    CHECK(bench.error_of(bench.migrate("db", "c")) ==
          Words{"HOST_NOT_ENOUGH_FREE_MEMORY", std::to_string(needed), std::to_string(left)});
    bench.succeed(app);
    CHECK(bench.free("c") == left);  // the one that was refused took nothing
}

TEST_CASE("a migration is cancelled until its guest stands still", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::int64_t c = bench.free("c");
    const Array arguments{text(bench.vm("db")), text(bench.host("c")), {Struct{}}};
    const std::string task = bench.client.words("Async.VM.pool_migrate", arguments);
    bench.service.advance(at(10s));
    CHECK(bench.free("c") < c);
    bench.client.value("task.cancel", {text(task)});
    CHECK(bench.client.words("task.get_status", {text(task)}) == "cancelled");
    CHECK(bench.client.value("task.get_error_info", {text(task)}) ==
          Value{Array{text("TASK_CANCELLED"), text(task)}});
    CHECK(bench.free("c") == c);
    CHECK(bench.where("db") == "a");

    // The same again, with the cancel when the guest has stopped: it goes on and succeeds.
    const Instant begun = bench.service.agenda().now();
    const std::string late = bench.client.words("Async.VM.pool_migrate", arguments);
    while (bench.client.value("task.get_allowed_operations", {text(late)}) != Value{Array{}}) {
        REQUIRE(bench.service.next_at());
        bench.service.advance(*bench.service.next_at());
    }
    CHECK(bench.client.words("task.get_status", {text(late)}) == "pending");
    CHECK(bench.service.agenda().now() > begun + 5s);
    CHECK(bench.client.error("task.cancel", {text(late)})[0] == "OPERATION_NOT_ALLOWED");
    bench.run(10min);
    CHECK(bench.client.words("task.get_status", {text(late)}) == "success");
    CHECK(bench.where("db") == "c");
}

TEST_CASE("a task's progress is coarse and never falls", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::string task = bench.client.words(
        "Async.VM.pool_migrate", {text(bench.vm("app")), text(bench.host("c")), {Struct{}}});
    std::vector<double> seen;
    while (bench.client.words("task.get_status", {text(task)}) == "pending") {
        const Value progress = bench.client.value("task.get_progress", {text(task)});
        const double now = std::get<double>(progress.of);
        if (seen.empty() || seen.back() != now) seen.push_back(now);
        bench.service.advance(*bench.service.next_at());
    }
    CHECK(std::ranges::is_sorted(seen));
    CHECK(seen.size() > 3);    // 8 GiB at 2.1 Gbit/s take half a minute
    CHECK(seen.size() <= 10);  // tenths, and no more
}

TEST_CASE("a migration that fails leaves its VM at its source, or halted",
          "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::int64_t a = bench.free("a");
    const std::int64_t c = bench.free("c");
    bench.behaviour.vms().migrations.set_faults(
        [](const MigrationOrder&, std::uint64_t ordinal) -> std::optional<MigrationFault> {
            return MigrationFault{500, ordinal == 1, 1000};
        });
    for (const bool halts : {false, true}) {
        const Words error = bench.error_of(bench.migrate("db", "c"));
        REQUIRE(error.size() == 5);
        CHECK(Words(error.begin(), error.begin() + 4) ==
              Words{"VM_MIGRATE_FAILED", bench.vm("db"), bench.host("a"), bench.host("c")});
        CHECK(bench.power("db") == (halts ? "Halted" : "Running"));
        CHECK(bench.where("db") == (halts ? "" : "a"));
        CHECK(bench.free("c") == c);
    }
    CHECK(bench.free("a") > a);
}

TEST_CASE("pool_migrate is refused by the first cause in xapi's order",
          "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    const std::string db = bench.vm("db");
    const auto error = [&](Struct options = {}) {
        return bench.error_of(bench.migrate("db", "c", std::move(options)));
    };
    // From the last cause to the first: each new one hides those behind it.
    database.set(bench.host("c"), "cpu_info", {Struct{{"cpu_count", text("0")}}});
    CHECK(error() == Words{"HOST_NOT_ENOUGH_PCPUS", "1", "0"});
    database.set(database.text_of(bench.host("c"), "metrics"), "memory_total",
                 {std::int64_t{1} << 30});
    const std::string needed = std::to_string(database.number_of(db, "memory_dynamic_min") +
                                              database.number_of(db, "memory_overhead"));
    CHECK(error() == Words{"HOST_NOT_ENOUGH_FREE_MEMORY", needed, "0"});
    const std::string dmz = database.find_by_name("network", "dmz").at(0);
    for (const std::string& vif : database.set_of(db, "VIFs")) {
        database.set(vif, "network", text(dmz));
    }
    CHECK(error() == Words{"VM_REQUIRES_NETWORK", db, dmz});
    for (const std::string& pbd : database.set_of(bench.host("c"), "PBDs")) {
        database.set(pbd, "currently_attached", {false});
    }
    CHECK(error() == Words{"VM_REQUIRES_SR", db, bench.storage("san")});
    database.set(db, "hardware_platform_version", {std::int64_t{9}});
    CHECK(error() == Words{"VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION",
                           bench.host("c"), "[0; 1; 2]", db, "9"});
    database.set(bench.host("c"), "enabled", {false});
    CHECK(error() == Words{"HOST_DISABLED", bench.host("c")});
    database.set(database.text_of(bench.host("c"), "metrics"), "live", {false});
    CHECK(error() == Words{"HOST_NOT_LIVE"});
    database.put_entry(bench.service.pool(), "other_config", "rolling_upgrade_in_progress",
                       text("true"));
    database.put_entry(bench.host("c"), "software_version", "platform_version", text("3.2.0"));
    CHECK(error() == Words{"NOT_SUPPORTED_DURING_UPGRADE"});
    database.set(db, "VUSBs", {Array{text("OpaqueRef:usb")}});
    CHECK(error() == Words{"VM_HAS_VUSBS", db});
    database.create("VGPU", "gpu", {{"VM", text(db)}});
    CHECK(error() == Words{"VM_HAS_VGPU", db});
    database.put_entry(db, "other_config", "pci", text("0/0000:04:00.0"));
    CHECK(error() == Words{"VM_HAS_PCI_ATTACHED", db});
    const std::string vdi = database.text_of(database.set_of(db, "VBDs").at(0), "VDI");
    database.set(vdi, "on_boot", text("reset"));
    database.set(vdi, "allow_caching", {true});
    CHECK(error() == Words{"VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION"});
    const std::string guest = database.text_of(db, "guest_metrics");
    database.set(guest, "PV_drivers_detected", {false});
    database.put_entry(guest, "other", "feature-suspend", std::nullopt);
    CHECK(error() == Words{"VM_LACKS_FEATURE", db});
    database.put_entry(guest, "other", "data-cant-suspend-reason", text("a licence"));
    CHECK(error() == Words{"VM_NON_SUSPENDABLE", db, "a licence"});
    database.set(database.text_of(db, "metrics"), "nomigrate", {true});
    CHECK(error() == Words{"VM_IS_IMMOBILE", db});
    // A forced one does not ask about that, nor about drivers.
    CHECK(error({{"force", text("true")}}) == Words{"VM_NON_SUSPENDABLE", db, "a licence"});
    database.put_entry(db, "current_operations", "OpaqueRef:other", text("clean_shutdown"));
    CHECK(error() ==
          Words{"OTHER_OPERATION_IN_PROGRESS", "VM", db, "clean_shutdown", "OpaqueRef:other"});
    database.set(db, "power_state", text("Paused"));
    CHECK(error() == Words{"VM_BAD_POWER_STATE", db, "running", "paused"});
    database.put_entry(db, "blocked_operations", "pool_migrate", text("by hand"));
    CHECK(error() == Words{"OPERATION_BLOCKED", db, "by hand"});
}

TEST_CASE("what the guest's CPU had comes before everything", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    const std::string db = bench.vm("db");
    database.put_entry(db, "blocked_operations", "pool_migrate", text("by hand"));
    database.set(db, "last_boot_CPU_flags",
                 {Struct{{"vendor", text("GenuineIntel")}, {"features", text("000000ff")}}});
    database.set(bench.host("c"), "cpu_info",
                 {Struct{{"vendor", text("GenuineIntel")}, {"features_hvm", text("0000000f")}}});
    const Words incompatible = bench.error_of(bench.migrate("db", "c"));
    CHECK(Words(incompatible.begin(), incompatible.begin() + 3) ==
          Words{"VM_INCOMPATIBLE_WITH_THIS_HOST", db, bench.host("c")});
    CHECK(bench.error_of(bench.migrate("db", "c", {{"force", text("true")}})) ==
          Words{"OPERATION_BLOCKED", db, "by hand"});
}

TEST_CASE("a migration onto an older host passes until the pool is marked as mixed",
          "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    database.put_entry(bench.host("c"), "software_version", "platform_version", text("3.2.0"));
    bench.run(10s);
    bench.behaviour.rolling_flag().versions_changed();
    bench.succeed(bench.migrate("web", "c"));  // within the first 30 s: nobody checks
    CHECK_FALSE(is_mixed(bench.service));
    bench.service.advance(at(30s));  // the coordinator's next round
    CHECK(is_mixed(bench.service));
    CHECK(bench.error_of(bench.migrate("db", "c")) == Words{"NOT_SUPPORTED_DURING_UPGRADE"});
    bench.succeed(bench.migrate("web", "b"));  // to a newer one it may
    const Value destination = bench.client.value(
        "host.migrate_receive", {text(bench.host("c")), text(null_ref), {Struct{}}});
    CHECK(bench.client.error(
              "VM.assert_can_migrate",
              {text(bench.vm("db")), destination, {true}, {Struct{}}, {Struct{}}, {Struct{}}}) ==
          Words{"NOT_SUPPORTED_DURING_UPGRADE"});
    database.put_entry(bench.host("c"), "software_version", "platform_version", text("3.3.0"));
    bench.behaviour.rolling_flag().versions_changed();
    bench.run(30s);
    CHECK_FALSE(is_mixed(bench.service));
}

TEST_CASE("a fourth storage motion from one host is refused", "[poolserver][migrations]") {
    std::string more = three_hosts();
    for (const char* name : {"lone2", "lone3", "lone4"}) {
        more = with(more, R"({"name": "mute")",
                    R"({"name": ")" + std::string(name) +
                        R"(", "host": "a", "memory": "512 MiB", "storages": ["local-a"],
                            "disk": "5 GiB", "when_pinned": "storage"}, )");
    }
    VmBench bench(scenario_in(more));
    const Value destination = bench.client.value(
        "host.migrate_receive", {text(bench.host("b")), text(null_ref), {Struct{}}});
    std::vector<std::shared_ptr<Outcome>> calls;
    for (const char* name : {"lone", "lone2", "lone3", "lone4"}) {
        Struct map;
        for (const std::string& vbd : bench.service.database().set_of(bench.vm(name), "VBDs")) {
            const std::string vdi = bench.field(vbd, "VDI");
            if (vdi != null_ref) map.push_back({vdi, text(bench.storage("san"))});
        }
        calls.push_back(bench.client.begin_here(
            "VM.migrate_send",
            {text(bench.vm(name)), destination, {true}, {map}, {Struct{}}, {Struct{}}}));
    }
    CHECK(bench.error_of(calls[3]) == Words{"TOO_MANY_STORAGE_MIGRATES", "3"});
    for (std::size_t i = 0; i < 3; ++i) bench.succeed(calls[i]);
}

TEST_CASE("a migration network must reach the target with an address", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    // Management is on dmz where a host has that, so that lan has no address on b.
    const std::string dmz = database.find_by_name("network", "dmz").at(0);
    const std::string lan = database.find_by_name("network", "lan").at(0);
    CHECK(bench.error_of(bench.migrate("db", "c", {{"network", text(dmz)}})) ==
          Words{"PIF_NOT_PRESENT", bench.host("c"), dmz});
    std::string pif;
    for (const std::string& each : database.set_of(bench.host("b"), "PIFs")) {
        if (database.text_of(each, "network") == lan) pif = each;
    }
    CHECK(bench.error_of(bench.migrate("db", "b", {{"network", text(lan)}})) ==
          Words{"INTERFACE_HAS_NO_IP", pif});
    database.set(pif, "currently_attached", {false});
    CHECK(bench.error_of(bench.migrate("db", "b", {{"network", text(lan)}})) ==
          Words{"REQUIRED_PIF_IS_UNPLUGGED", pif});
    bench.succeed(bench.migrate("db", "b", {{"network", text(dmz)}}));
}

TEST_CASE("a VM moved or stopped by hand ends the calls about it", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::int64_t c = bench.free("c");
    const auto call = bench.migrate("db", "c");
    bench.service.advance(at(5s));
    bench.behaviour.interventions().move_vm(bench.vm("db"), bench.host("b"));
    CHECK(call->answer->error().description[0] == "INTERNAL_ERROR");
    CHECK(bench.where("db") == "b");
    CHECK(bench.free("c") == c);
    bench.behaviour.interventions().stop_vm(bench.vm("db"));
    CHECK(bench.power("db") == "Halted");
    const auto web = bench.migrate("web", "c");
    bench.run(5s);
    bench.behaviour.interventions().stop_work_on(bench.host("c"));
    CHECK(bench.error_of(web) == Words{"HOST_OFFLINE", bench.host("c")});
    CHECK(bench.where("web") == "a");
    bench.run();
    CHECK(bench.free("c") == c);
}

TEST_CASE("a hard shutdown overtakes a migration", "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    const std::int64_t c = bench.free("c");
    const auto call = bench.migrate("db", "c");
    bench.service.advance(at(5s));
    const auto stop = bench.client.begin_here("VM.hard_shutdown", {text(bench.vm("db"))});
    CHECK(call->answer->error().description[0] == "TASK_CANCELLED");
    bench.succeed(stop);
    CHECK(bench.power("db") == "Halted");
    CHECK(bench.free("c") == c);
}

TEST_CASE("a VM that does not run is sent by copying its disks, a suspended one with its image",
          "[poolserver][migrations]") {
    VmBench bench(scenario_in(three_hosts()));
    Database& database = bench.service.database();
    const std::string lone = bench.vm("lone");
    std::string vbd;
    for (const std::string& each : database.set_of(lone, "VBDs")) {
        if (database.text_of(each, "type") == "Disk") vbd = each;
    }
    const Value destination = bench.client.value(
        "host.migrate_receive", {text(bench.host("b")), text(null_ref), {Struct{}}});
    const std::string vdi = database.text_of(vbd, "VDI");
    const auto send = [&](const Struct& map, const Struct& options = {}) {
        return bench.client.begin_here(
            "VM.migrate_send", {text(lone), destination, {true}, {map}, {Struct{}}, {options}});
    };
    const Struct to_san{{vdi, text(bench.storage("san"))}};
    const auto time_of = [&](Bytes size) {
        return transfer_time(size, bench.scenario.pool.timing.suspend_rate);
    };
    const auto storage_of = [&](const std::string& disk) { return database.text_of(disk, "SR"); };
    SECTION("halted: 5 GiB of disk") {
        bench.succeed(bench.client.begin_here("VM.hard_shutdown", {text(lone)}));
        CHECK(bench.error_of(send({})) == Words{"VDI_NOT_IN_MAP", vdi});
        CHECK(bench.error_of(send(to_san, {{"copy", text("true")}}))[0] == "NOT_IMPLEMENTED");
        const Instant begun = bench.service.agenda().now();
        const auto call = send(to_san);
        CHECK(bench.client.error("VM.start", {text(lone), {false}, {false}})[0] ==
              "OTHER_OPERATION_IN_PROGRESS");
        CHECK(bench.await(call) - begun == time_of(gibibytes(5)));
        CHECK(*call->answer == Answer(text(lone)));
        CHECK(bench.power("lone") == "Halted");
    }
    SECTION("suspended: 5 GiB of disk and 1 GiB of image, which lies on the host's own storage") {
        bench.succeed(bench.client.begin_here("VM.suspend", {text(lone)}));
        CHECK(storage_of(database.text_of(lone, "suspend_VDI")) == bench.storage("san"));
        database.set(database.text_of(lone, "suspend_VDI"), "SR", text(bench.storage("local-a")));
        const Instant begun = bench.service.agenda().now();
        CHECK(bench.await(send(to_san)) - begun == time_of(gibibytes(6)));
        CHECK(bench.power("lone") == "Suspended");
        CHECK(storage_of(database.text_of(lone, "suspend_VDI")) == bench.storage("san"));
        bench.succeed(bench.client.begin_here(
            "VM.resume_on", {text(lone), text(bench.host("b")), {false}, {false}}));
        CHECK(bench.where("lone") == "b");
    }
    SECTION("cancelled: nothing moved, nothing is taken") {
        bench.succeed(bench.client.begin_here("VM.hard_shutdown", {text(lone)}));
        const std::int64_t used = database.number_of(bench.storage("san"), "physical_utilisation");
        const std::string task =
            bench.client.words("Async.VM.migrate_send",
                               {text(lone), destination, {true}, {to_san}, {Struct{}}, {Struct{}}});
        bench.run(1s);
        bench.client.value("task.cancel", {text(task)});
        CHECK(bench.client.words("task.get_status", {text(task)}) == "cancelled");
        CHECK(database.number_of(bench.storage("san"), "physical_utilisation") == used);
        CHECK(database.text_of(vbd, "VDI") == vdi);
        return;
    }
    CHECK(database.find(vdi) == nullptr);
    CHECK(storage_of(database.text_of(vbd, "VDI")) == bench.storage("san"));
}

}  // namespace vacate::poolserver
