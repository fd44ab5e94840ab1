// XAPI database dumps become scenarios: real ones with figures checked by hand, made-up ones for
// everything else, broken ones with the place that is wrong.
#include "model/codec/xapi_dump.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "model/codec/scenario.hpp"
#include "model/limits.hpp"
#include "tests/support/shared_data.hpp"

namespace vacate {
namespace {

using Json = nlohmann::json;
using Columns = std::map<std::string, std::string>;

std::string in_attribute(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '&') escaped += "&amp;";
        if (c == '<') escaped += "&lt;";
        if (c == '"') escaped += "&quot;";
        if (c != '&' && c != '<' && c != '"') escaped += c;
    }
    return escaped;
}

/// A dump put together row by row: table, ref, column.
struct Dump {
    std::string minor = "775";
    std::map<std::string, std::map<std::string, Columns>> tables;

    Columns& row(const std::string& table, const std::string& ref) { return tables[table][ref]; }
    [[nodiscard]] std::string text() const {
        std::string xml = "<database><manifest><pair key=\"pool_token\" value=\"SECRET\"/>";
        xml += R"(<pair key="schema_major_vsn" value="5"/><pair key="schema_minor_vsn" value=")";
        xml += minor + "\"/></manifest>";
        for (const auto& [table, rows] : tables) {
            xml += "<table name=\"" + table + "\">";
            for (const auto& [ref, columns] : rows) {
                xml += "<row ref=\"" + ref + "\" __ctime=\"1\" _ref=\"" + ref + "\"";
                for (const auto& [column, value] : columns) {
                    xml += " " + column + "=\"" + in_attribute(value) + "\"";
                }
                xml += "/>\n";
            }
            xml += "</table>";
        }
        return xml + "</database>";
    }
};

void add_host(Dump& dump, const std::string& name) {
    const std::string metrics = "metrics-" + name;
    dump.row("host", name) = {
        {"uuid", name + "-uuid-0"},
        {"name__label", name},
        {"metrics", metrics},
        {"enabled", "true"},
        {"memory__overhead", "1000"},
        {"software_version",
         "(('product_version' '8.3.0') ('platform_version' '3.4.0') ('xapi' "
         "'24.11') ('xapi_build' '24.11.0-1.2.xs8') ('xen' '4.17.5-13'))"},
        {"cpu_info",
         "(('vendor' 'GenuineIntel') ('features_hvm' '1-3') ('features_pv' '1') "
         "('cpu_count' '8'))"}};
    dump.row("host_metrics", metrics) = {{"memory__total", "8000000"}, {"live", "true"}};
    dump.row("VM", "dom0-" + name) = {
        {"is_control_domain", "true"}, {"power_state", "Running"},
        {"resident_on", name},         {"memory__dynamic_min", "3000"},
        {"memory__overhead", "500"},   {"name__label", "Control domain"}};
    dump.row("PIF", "pif-" + name) = {{"host", name},
                                      {"network", "net-1"},
                                      {"management", "true"},
                                      {"bond_slave_of", "OpaqueRef:NULL"},
                                      {"metrics", "pifm-" + name}};
    dump.row("PIF_metrics", "pifm-" + name) = {{"speed", "10000"}};
}

void add_storage(Dump& dump, const std::string& ref, const std::string& name, bool shared,
                 const std::vector<std::string>& hosts) {
    dump.row("SR", ref) = {{"uuid", ref + "-0123456"},       {"name__label", name},
                           {"type", shared ? "nfs" : "lvm"}, {"shared", shared ? "true" : "false"},
                           {"physical_size", "1000"},        {"physical_utilisation", "400"}};
    for (const std::string& host : hosts) {
        dump.row("PBD", ref + "-" + host) = {
            {"host", host}, {"SR", ref}, {"currently_attached", "true"}};
    }
}

void add_disk(Dump& dump, const std::string& vm, const std::string& storage,
              const std::string& type = "Disk") {
    const std::string ref = type + "-" + vm + "-" + storage;
    dump.row("VDI", "vdi-" + ref) = {{"SR", storage}, {"virtual_size", "5000"}};
    dump.row("VBD", ref) = {{"VM", vm}, {"VDI", "vdi-" + ref}, {"type", type}, {"empty", "false"}};
}

void add_vm(Dump& dump, const std::string& ref, const std::string& host) {
    dump.row("VM", ref) = {{"uuid", ref + "-0123456789"},
                           {"name__label", ref},
                           {"power_state", host.empty() ? "Halted" : "Running"},
                           {"resident_on", host.empty() ? "OpaqueRef:NULL" : host},
                           {"memory__static_max", "2000"},
                           {"memory__dynamic_min", "1500"},
                           {"VCPUs__max", "2"},
                           {"HVM__shadow_multiplier", "1.5"},
                           {"HVM__boot_policy", "BIOS%.order"},
                           {"domain_type", "hvm"},
                           {"guest_metrics", "guest"},
                           {"metrics", "vmm-" + ref}};
    dump.row("VM_guest_metrics", "guest") = {{"PV_drivers_detected", "true"},
                                             {"other", "(('feature-suspend' '1'))"}};
    dump.row("VIF", "vif-" + ref) = {{"VM", ref}, {"network", "net-1"}};
    add_disk(dump, ref, "sr-1");
}

/// Two hosts, one shared storage, one network, and the VM vm-1 on host a.
Dump small_pool() {
    Dump dump;
    dump.row("pool", "pool-1") = {{"name_label", "p"}, {"master", "a"}};
    dump.row("network", "net-1") = {{"name__label", "LAN"}, {"uuid", "net-uuid"}};
    add_host(dump, "a");
    add_host(dump, "b");
    add_storage(dump, "sr-1", "NFS", true, {"a", "b"});
    add_vm(dump, "vm-1", "a");
    return dump;
}

Json scenario_of(const std::string& text) {
    const Result<std::string> scenario = scenario_from_xapi_dump(text, "dump.xml");
    if (!scenario) FAIL(scenario.error().items.front().sentence);
    return Json::parse(*scenario);
}
Json scenario_of(const Dump& dump) { return scenario_of(dump.text()); }

Error error_of(const std::string& text) {
    const Result<std::string> scenario = scenario_from_xapi_dump(text, "dump.xml");
    REQUIRE_FALSE(scenario);
    CHECK(scenario.error().source == "dump.xml");
    REQUIRE_FALSE(scenario.error().items.empty());
    return scenario.error();
}

const Json& named(const Json& array, const std::string& name) {
    for (const Json& entry : array) {
        if (entry["name"] == name) return entry;
    }
    FAIL("there is no " << name);
    return array;
}

bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

bool remarks_on(const Json& scenario, const std::string& words) {
    return std::ranges::any_of(scenario["remarks"], [&](const Json& remark) {
        return contains(remark.get<std::string>(), words);
    });
}

/// "CODE" or "CODE detail" of each note.
std::vector<std::string> notes_of(const Json& thing) {
    std::vector<std::string> notes;
    if (!thing.contains("notes")) return notes;
    for (const Json& note : thing["notes"]) {
        std::string text = note["code"].get<std::string>();
        if (note.contains("detail")) text += " " + note["detail"].get<std::string>();
        notes.push_back(text);
    }
    return notes;
}
using Texts = std::vector<std::string>;

Texts notes_of_vm(const Dump& dump) { return notes_of(named(scenario_of(dump)["vms"], "vm-1")); }

TEST_CASE("a small pool is read field by field", "[xapi]") {
    const Json scenario = scenario_of(small_pool());
    const Json& pool = scenario["pool"];
    CHECK(pool["coordinator"] == "a");
    CHECK(pool["overhead_era"] == "before_26_3");
    CHECK(pool["ha_enabled"] == false);
    CHECK(notes_of(pool).empty());
    const Json& host = named(scenario["hosts"], "a");
    CHECK(host["memory_total"] == "8000000 B");
    CHECK(host["memory_overhead"] == "1000 B");
    CHECK(host["dom0_memory"] == "3500 B");  // dynamic_min 3000 and overhead 500
    CHECK(host["link"] == "10000 Mbps");
    CHECK(host["version"] == Json({{"label", "8.3.0"},
                                   {"platform", "3.4.0"},
                                   {"xapi", "24.11"},
                                   {"xapi_build", "24.11.0-1.2.xs8"},
                                   {"xen", "4.17.5-13"}}));
    CHECK(host["cpu"] == Json({{"vendor", "GenuineIntel"}, {"hvm", "1-3"}, {"pv", "1"}}));
    CHECK(host["cpus"] == 8);
    CHECK(host["networks"] == Json({"LAN"}));
    CHECK(host["storages"] == Json({"NFS"}));
    CHECK(notes_of(host).empty());
    CHECK(named(scenario["storages"], "NFS")["free"] == "600 B");  // 1000 - 400
    const Json& vm = named(scenario["vms"], "vm-1");
    CHECK(vm["power"] == "running");
    CHECK(vm["host"] == "a");
    CHECK(vm["memory"] == "2000 B");
    CHECK(vm["dynamic_min"] == "1500 B");
    CHECK(vm["vcpus"] == 2);
    CHECK(vm["shadow_multiplier"] == "1.5");
    CHECK_FALSE(vm.contains("overhead"));  // the column is absent: computed by the decoder
    CHECK_FALSE(vm.contains("disk"));      // on shared storage
    CHECK(vm["storages"] == Json({"NFS"}));
    CHECK(vm["networks"] == Json({"LAN"}));
    CHECK(notes_of(vm).empty());
    CHECK(scenario["vms"].size() == 1);
    CHECK(scenario["remarks"].empty());
    CHECK(scenario["assumed"].size() == 1);  // the target is assumed
    CHECK(read_scenario(scenario.dump(), "dump.xml"));
}

TEST_CASE("an overhead of 0 is what the pool charges a VM that is up", "[xapi]") {
    Dump dump = small_pool();
    add_vm(dump, "vm-2", "");
    for (const char* vm : {"vm-1", "vm-2"}) dump.row("VM", vm)["memory__overhead"] = "0";
    const Json scenario = scenario_of(dump);
    CHECK(named(scenario["vms"], "vm-1")["overhead"] == "0 B");
    CHECK_FALSE(named(scenario["vms"], "vm-2").contains("overhead"));  // not computed yet
}

TEST_CASE("the target is assumed newer in every key that is there", "[xapi]") {
    Dump dump = small_pool();
    dump.row("host", "a")["software_version"] = dump.row("host", "b")["software_version"] =
        "(('platform_version' '3.2.1') ('xapi' '26.3') ('xapi_build' '1.249.36-1.xcpng8.2') "
        "('xen' '(unknown)'))";
    const Json scenario = scenario_of(dump);
    CHECK(scenario["pool"]["target"] == Json({{"label", "next release (assumed)"},
                                              {"platform", "4.2.1"},
                                              {"xapi", "27.3"},
                                              {"xapi_build", "2.249.36-1.xcpng8.2"}}));
    CHECK(read_scenario(scenario.dump(), "dump.xml"));
    CHECK(scenario["pool"]["overhead_era"] == "since_26_3");
    CHECK(scenario["assumed"][0]["section"] == "pool");
    CHECK(scenario["assumed"][0]["member"] == "target");
    const Json all_alike = scenario_of(small_pool());  // every host runs 8.3.0
    const std::string why = all_alike["assumed"][0].dump();
    CHECK(why.find("Every host runs 8.3.0 already") != std::string::npos);
    // A member that is ahead in one key decides that key.
    dump.row("host", "b")["software_version"] = "(('platform_version' '3.2') ('xen' '4.17'))";
    const Json mixed = scenario_of(dump);
    CHECK(mixed["pool"]["target"]["platform"] == "4.2.1");
    CHECK(mixed["pool"]["target"]["xen"] == "5.17");
    CHECK(read_scenario(mixed.dump(), "dump.xml"));
    // Members that are behind the coordinator in some keys, ahead in none: they follow it.
    dump.row("host", "b")["software_version"] =
        "(('platform_version' '3.2.0') ('xapi' '26.3') ('xapi_build' '1.249.36-1.xcpng8.2') "
        "('xen' '(unknown)'))";
    const Json half = scenario_of(dump);
    CHECK(half["pool"]["target"] == half["hosts"][0]["version"]);
    CHECK(half["pool"]["target"]["platform"] == "3.2.1");
    CHECK(read_scenario(half.dump(), "dump.xml"));
}

TEST_CASE("white space is protected in new dumps and old ones alike", "[xapi]") {
    Dump dump = small_pool();
    dump.row("VM", "vm-1")["name__label"] = "my%.first%_vm%%";
    CHECK(named(scenario_of(dump)["vms"], "my first  vm%")["host"] == "a");
}

TEST_CASE("templates, snapshots and control domains are no VMs", "[xapi]") {
    Dump dump = small_pool();
    for (const std::string column : {"is_a_template", "is_a_snapshot", "is_control_domain"}) {
        add_vm(dump, column, "");
        dump.row("VM", column)[column] = "true";
    }
    CHECK(scenario_of(dump)["vms"].size() == 1);
}

TEST_CASE("shared names are told apart, empty and long ones are replaced", "[xapi]") {
    Dump dump = small_pool();
    add_vm(dump, "vm-2", "b");
    dump.row("VM", "vm-1")["name__label"] = "db";
    dump.row("VM", "vm-2")["name__label"] = "db";
    add_vm(dump, "vm-3", "");
    dump.row("VM", "vm-3")["name__label"] = "";
    add_vm(dump, "vm-4", "");
    dump.row("VM", "vm-4")["name__label"] = std::string(1023, 'x') + "\xc3\xa4";
    add_storage(dump, "sr-a", "Local storage", false, {"a"});
    add_storage(dump, "sr-b", "Local storage", false, {"b"});
    add_storage(dump, "sr-c", "Twin", false, {"b"});
    add_storage(dump, "sr-d", "Twin", false, {"b"});
    const Json scenario = scenario_of(dump);
    CHECK(named(scenario["vms"], "db (vm-1-012)")["host"] == "a");
    CHECK(named(scenario["vms"], "db (vm-2-012)")["host"] == "b");
    named(scenario["vms"], "unnamed (vm-3-012)");
    for (const Json& vm : scenario["vms"]) {
        CHECK(vm["name"].get<std::string>().size() <= limits::name_bytes);
    }
    named(scenario["storages"], "Local storage (a)");
    named(scenario["storages"], "Local storage (b)");
    named(scenario["storages"], "Twin (sr-c-012)");
    named(scenario["storages"], "Twin (sr-d-012)");
    CHECK(remarks_on(scenario, "several VMs share a name"));
    CHECK(remarks_on(scenario, "several storages share a name"));
    CHECK(remarks_on(scenario, "VMs without a name"));
    CHECK(read_scenario(scenario.dump(), "dump.xml"));
}

TEST_CASE("the order of rows and the last of two equal refs decide", "[xapi]") {
    const std::string text = small_pool().text();
    std::string twice = text;
    const std::string row = R"(<row ref="vm-1")";
    const std::size_t at = twice.find(row);
    twice.insert(at, row + R"( name__label="old" power_state="Halted"/>)");
    CHECK(scenario_of(twice) == scenario_of(text));
}

TEST_CASE("storage decides where a VM is tied and what it would take along", "[xapi]") {
    Dump dump = small_pool();
    add_storage(dump, "sr-a", "Local", false, {"a"});
    add_disk(dump, "vm-1", "sr-a");
    dump.row("SR", "iso") = {{"name__label", "ISOs"}, {"type", "iso"}, {"shared", "true"}};
    add_disk(dump, "vm-1", "iso", "CD");
    dump.row("SR", "tools") = {{"name__label", "Tools"},
                               {"is_tools_sr", "true"},
                               {"physical_size", "-1"},
                               {"physical_utilisation", "-1"}};
    dump.row("PBD", "iso-a") = {{"host", "a"}, {"SR", "iso"}, {"currently_attached", "true"}};
    dump.row("PBD", "iso-b") = {{"host", "b"}, {"SR", "iso"}, {"currently_attached", "false"}};
    const Json scenario = scenario_of(dump);
    const Json& vm = named(scenario["vms"], "vm-1");
    CHECK(vm["storages"] == Json({"Local", "NFS"}));
    CHECK(vm["disk"] == "5000 B");
    CHECK(vm["cd"] == "ISOs");
    CHECK(named(scenario["hosts"], "a")["storages"] == Json({"ISOs", "Local", "NFS", "Tools"}));
    CHECK(named(scenario["hosts"], "b")["storages"] == Json({"NFS", "Tools"}));
    CHECK(named(scenario["storages"], "Tools")["shared"] == true);
    CHECK(named(scenario["storages"], "Tools")["free"] == "0 B");
    CHECK(notes_of(named(scenario["hosts"], "b")) == Texts{"PBD_UNPLUGGED ISOs"});
    CHECK(notes_of(vm) == Texts{"CD_INSERTED ISOs"});
}

TEST_CASE("of two CDs the local one can be ejected, the other is needed", "[xapi]") {
    Dump dump = small_pool();
    add_storage(dump, "drive", "DVD", false, {"a"});
    add_storage(dump, "iso", "ISOs", true, {"a", "b"});
    add_disk(dump, "vm-1", "drive", "CD");
    add_disk(dump, "vm-1", "iso", "CD");
    const Json vm = named(scenario_of(dump)["vms"], "vm-1");
    CHECK(vm["cd"] == "DVD");
    CHECK(vm["storages"] == Json({"ISOs", "NFS"}));
    CHECK(notes_of(vm) == Texts{"CD_INSERTED ISOs", "LOCAL_CD DVD"});
}

TEST_CASE("a network without PIFs ties VMs that share it to their host", "[xapi]") {
    Dump dump = small_pool();
    dump.row("network", "inner") = {{"name__label", "inner"}};
    dump.row("network", "unused") = {{"name__label", "unused"}};
    dump.row("VIF", "v1") = {{"VM", "vm-1"}, {"network", "inner"}};
    const auto hosts_with_inner = [](const Json& scenario) {
        Texts hosts;
        for (const Json& host : scenario["hosts"]) {
            if (std::ranges::find(host["networks"], "inner") != host["networks"].end()) {
                hosts.push_back(host["name"]);
            }
        }
        return hosts;
    };
    const Json alone = scenario_of(dump);
    CHECK(alone["networks"].size() == 2);
    CHECK(hosts_with_inner(alone) == Texts{"a", "b"});
    add_vm(dump, "vm-2", "a");
    dump.row("VIF", "v2") = {{"VM", "vm-2"}, {"network", "inner"}};
    CHECK(hosts_with_inner(scenario_of(dump)) == Texts{"a"});
    dump.row("network", "inner")["other_config"] = "(('assume_network_is_shared' 'true'))";
    CHECK(hosts_with_inner(scenario_of(dump)) == Texts{"a", "b"});
}

TEST_CASE("the link is the management PIF, its bond's member, or the migration network", "[xapi]") {
    Dump dump = small_pool();
    const auto link = [](const Dump& from) {
        const Json host = named(scenario_of(from)["hosts"], "a");
        return host.contains("link") ? host["link"].get<std::string>() : std::string();
    };
    dump.row("PIF_metrics", "pifm-a")["speed"] = "0";
    CHECK(link(dump).empty());
    dump.row("Bond", "bond") = {{"master", "pif-a"}};
    dump.row("PIF", "slave") = {
        {"host", "a"}, {"network", "net-2"}, {"bond_slave_of", "bond"}, {"metrics", "pifm-slave"}};
    dump.row("PIF_metrics", "pifm-slave") = {{"speed", "25000"}};
    dump.row("network", "net-2") = {{"name__label", "behind the bond"}, {"uuid", "n2"}};
    CHECK(link(dump) == "25000 Mbps");
    const Json host = named(scenario_of(dump)["hosts"], "a");
    CHECK(host["networks"] == Json({"LAN"}));  // a member carries nothing of its own
    dump.row("network", "fast") = {{"name__label", "fast"}, {"uuid", "fast-uuid"}};
    dump.row("PIF", "vlan") = {{"host", "a"}, {"network", "fast"}, {"metrics", "none"}};
    dump.row("PIF", "nic") = {{"host", "a"}, {"network", "net-2"}, {"metrics", "pifm-nic"}};
    dump.row("PIF_metrics", "pifm-nic") = {{"speed", "100000"}};
    dump.row("VLAN", "v") = {{"tagged_PIF", "nic"}, {"untagged_PIF", "vlan"}};
    dump.row("pool", "pool-1")["other_config"] = "(('xo:migrationNetwork' 'fast-uuid'))";
    CHECK(link(dump) == "100000 Mbps");
}

TEST_CASE("power states, migrations and protection are read", "[xapi]") {
    Dump dump = small_pool();
    Columns& vm = dump.row("VM", "vm-1");
    vm["scheduled_to_be_resident_on"] = "b";
    CHECK(notes_of_vm(dump) == Texts{"MIGRATING b"});
    vm["scheduled_to_be_resident_on"] = "a";
    CHECK(notes_of_vm(dump).empty());
    vm["power_state"] = "Paused";
    CHECK(notes_of_vm(dump) == Texts{"VM_PAUSED"});
    CHECK(named(scenario_of(dump)["vms"], "vm-1")["host"] == "a");
    vm["power_state"] = "Suspended";
    vm["suspend_VDI"] = "vdi-Disk-vm-1-sr-1";
    CHECK(notes_of_vm(dump) == Texts{"VM_SUSPENDED NFS"});
    add_disk(dump, "vm-1", "sr-1", "CD");
    CHECK(notes_of_vm(dump) == Texts{"VM_SUSPENDED NFS", "VM_SUSPENDED_WITH_CD NFS"});
    CHECK_FALSE(named(scenario_of(dump)["vms"], "vm-1").contains("host"));
    const auto is_protected = [&] {
        return named(scenario_of(dump)["vms"], "vm-1").contains("protect");
    };
    CHECK_FALSE(is_protected());
    vm["ha_restart_priority"] = "restart";
    CHECK(is_protected());
    vm["ha_restart_priority"] = "2";
    vm["ha_always_run"] = "true";
    CHECK(is_protected());
    vm["ha_restart_priority"] = "best-effort";
    CHECK_FALSE(is_protected());
}

TEST_CASE("the domain type is what was booted, what is set, or what the boot policy says",
          "[xapi]") {
    Dump dump = small_pool();
    const auto domain = [&] {
        return named(scenario_of(dump)["vms"], "vm-1")["domain_type"].get<std::string>();
    };
    Columns& vm = dump.row("VM", "vm-1");
    CHECK(domain() == "hvm");
    vm["domain_type"] = "pvh";
    CHECK(domain() == "pvh");
    dump.row("VM_metrics", "vmm-vm-1") = {{"current_domain_type", "pv_in_pvh"}};
    CHECK(domain() == "pv_in_pvh");
    dump.row("VM_metrics", "vmm-vm-1") = {{"current_domain_type", "unspecified"}};
    vm["domain_type"] = "unspecified";
    CHECK(domain() == "hvm");
    vm["HVM__boot_policy"] = "";
    CHECK(domain() == "pv");
    CHECK(notes_of_vm(dump) == Texts{"PV_GUEST"});
}

TEST_CASE("what keeps a VM from being migrated becomes a note", "[xapi]") {
    Dump dump = small_pool();
    Columns& vm = dump.row("VM", "vm-1");
    SECTION("blocked") {
        vm["blocked_operations"] = "(('pool_migrate' 'by the backup'))";
        CHECK(notes_of_vm(dump) == Texts{"OPERATION_BLOCKED by the backup"});
    }
    SECTION("nomigrate and nested virtualisation") {
        dump.row("VM_metrics", "vmm-vm-1") = {{"nomigrate", "true"}, {"nested_virt", "true"}};
        CHECK(notes_of_vm(dump) ==
              Texts{"VM_IS_IMMOBILE nested virtualisation", "VM_IS_IMMOBILE nomigrate"});
    }
    SECTION("no drivers") {
        dump.row("VM_guest_metrics", "guest") = {{"PV_drivers_detected", "false"}, {"other", "()"}};
        CHECK(notes_of_vm(dump) == Texts{"VM_LACKS_FEATURE"});
        dump.row("VM_guest_metrics", "guest")["other"] = "(('feature-suspend' '1'))";
        CHECK(notes_of_vm(dump).empty());
        dump.row("VM_guest_metrics", "guest") = {{"PV_drivers_version", "(('major' '6'))"}};
        CHECK(notes_of_vm(dump).empty());  // old schema
        vm["guest_metrics"] = "OpaqueRef:NULL";
        CHECK(notes_of_vm(dump) == Texts{"VM_LACKS_FEATURE"});
        vm["domain_type"] = "pvh";
        CHECK(notes_of_vm(dump).empty());
        vm["power_state"] = "Halted";
        vm["domain_type"] = "hvm";
        CHECK(notes_of_vm(dump).empty());  // it does not move
    }
    SECTION("a guest that cannot be suspended, with its own words made safe") {
        dump.row("VM_guest_metrics", "guest")["other"] =
            "(('feature-suspend' '1') ('data-cant-suspend-reason' 'busy%n'))";
        CHECK(notes_of_vm(dump) == Texts{"VM_NON_SUSPENDABLE busy\\n"});
    }
    SECTION("devices") {
        vm["attached_PCIs"] = "('pci-1' 'pci-2')";
        dump.row("PCI", "pci-1") = {{"pci_id", "0000:03:00.0"}};
        dump.row("VUSB", "usb") = {{"VM", "vm-1"}};
        dump.row("VGPU", "vgpu") = {
            {"VM", "vm-1"}, {"type", "t"}, {"PCI", "pci-2"}, {"resident_on", "pgpu"}};
        dump.row("VGPU_type", "t") = {{"implementation", "nvidia_sriov"}};
        dump.row("PGPU", "pgpu") = {{"compatibility_metadata", "(('k' 'v'))"}};
        CHECK(notes_of_vm(dump) == Texts{"VM_HAS_PCI_ATTACHED 0000:03:00.0", "VM_HAS_VUSBS"});
        dump.row("PGPU", "pgpu") = {{"compatibility_metadata", "()"}};
        dump.row("VGPU_type", "t") = {{"implementation", "nvidia"}};
        vm["attached_PCIs"] = "()";
        vm["other_config"] = "(('pci' '0/0000:04:00.0'))";
        CHECK(notes_of_vm(dump) ==
              Texts{"VM_HAS_PCI_ATTACHED 0/0000:04:00.0", "VM_HAS_VGPU nvidia", "VM_HAS_VUSBS"});
    }
    SECTION("disks") {
        Columns& vdi = dump.row("VDI", "vdi-Disk-vm-1-sr-1");
        vdi["on_boot"] = "reset";
        CHECK(notes_of_vm(dump).empty());
        vdi["allow_caching"] = "true";
        vdi["cbt_enabled"] = "true";
        CHECK(notes_of_vm(dump) == Texts{"VDI_ON_BOOT_RESET NFS"});
        dump.row("SR", "sr-1")["shared"] = "false";
        CHECK(notes_of_vm(dump) == Texts{"VDI_CBT_ENABLED", "VDI_ON_BOOT_RESET NFS"});
    }
    SECTION("licence") {
        dump.row("pool", "pool-1")["restrictions"] = "(('restrict_xen_motion' 'true'))";
        CHECK(notes_of_vm(dump) == Texts{"LICENCE_NO_MOTION"});
        CHECK(notes_of(scenario_of(dump)["pool"]) == Texts{"LICENCE_NO_MOTION"});
    }
}

TEST_CASE("what to settle before an upgrade becomes a note", "[xapi]") {
    Dump dump = small_pool();
    Columns& vm = dump.row("VM", "vm-1");
    vm["other_config"] = "(('auto_poweron' 'true'))";
    vm["platform"] = "(('cores-per-socket' '4') ('vcpu-unrestricted' 'true'))";
    vm["VCPUs__max"] = "6";
    dump.row("SR", "sr-1")["is_tools_sr"] = "true";
    add_disk(dump, "vm-1", "sr-1", "CD");
    dump.row("PIF", "pif-a")["sriov_logical_PIF_of"] = "('x')";
    CHECK(notes_of_vm(dump) == Texts{"AUTO_POWERON", "TOOLS_CD",
                                     "VCPU_TOPOLOGY 6 vCPUs, 4 cores per socket",
                                     "VM_HAS_SRIOV_VIF"});
    CHECK(named(scenario_of(dump)["vms"], "vm-1")["vcpu_unrestricted"] == true);
}

TEST_CASE("hosts have notes too", "[xapi]") {
    Dump dump = small_pool();
    Columns& host = dump.row("host", "b");
    host["power_on_mode"] = "iLO";
    host["pending_guidances"] = "('reboot_host')";
    host["cpu_info"] = "(('vendor' 'AuthenticAMD') ('features' '1'))";
    dump.tables["PBD"].erase("sr-1-b");
    const Json scenario = scenario_of(dump);
    CHECK(notes_of(named(scenario["hosts"], "b")) ==
          Texts{"CPU_DIFFERS vendor AuthenticAMD instead of GenuineIntel", "PBD_UNPLUGGED NFS",
                "PENDING_GUIDANCE \"reboot_host\"", "POWER_ON_ILO"});
    CHECK(notes_of(named(scenario["hosts"], "a")).empty());
}

TEST_CASE("pools have notes too", "[xapi]") {
    Dump dump = small_pool();
    Columns& pool = dump.row("pool", "pool-1");
    pool["vswitch_controller"] = "192.0.2.7";
    pool["is_psr_pending"] = "true";
    pool["other_config"] = "(('rolling_upgrade_in_progress' 'true') ('auto_poweron' 'true'))";
    pool["health_check_config"] = "(('Enrollment' 'true') ('UploadTokenSecret' 'SECRET'))";
    pool["ha_enabled"] = "true";
    dump.row("host", "a")["ssl_legacy"] = "true";
    dump.row("host", "a")["license_params"] = "(('restrict_rpu' 'true'))";
    dump.row("Cluster", "c") = {{"cluster_stack", "corosync"}, {"cluster_token", "SECRET"}};
    add_storage(dump, "g", "G", true, {"a", "b"});
    dump.row("SR", "g")["type"] = "gfs2";
    const Json scenario = scenario_of(dump);
    CHECK(notes_of(scenario["pool"]) == Texts{"CLUSTERING corosync", "GFS2_SR G", "HEALTH_CHECK",
                                              "LEGACY_SSL \"host a\"", "LICENCE_NO_RPU",
                                              "PSR_PENDING", "ROLLING_UPGRADE_IN_PROGRESS",
                                              "VSWITCH_CONTROLLER 192.0.2.7"});
    CHECK(scenario["pool"]["auto_power_on"] == true);
    CHECK(scenario["pool"]["ha_enabled"] == true);
    CHECK(read_scenario(scenario.dump(), "dump.xml"));
}

TEST_CASE("anti-affinity groups that hold are kept apart, broken ones are remarked on", "[xapi]") {
    Dump dump = small_pool();
    add_vm(dump, "vm-2", "b");
    dump.row("VM_group", "g") = {
        {"name__label", "dbs"}, {"placement", "anti_affinity"}, {"VMs", "('vm-1' 'gone')"}};
    CHECK(scenario_of(dump)["groups"].empty());  // one member is no group
    dump.row("VM", "vm-2")["groups"] = "('g')";
    const Json groups = scenario_of(dump)["groups"];
    REQUIRE(groups.size() == 1);
    CHECK(groups[0] == Json({{"name", "dbs"}, {"kind", "apart"}, {"vms", {"vm-1", "vm-2"}}}));
    dump.row("VM", "vm-2")["resident_on"] = "a";
    const Json broken = scenario_of(dump);
    CHECK(broken["groups"].empty());
    CHECK(remarks_on(broken, "on one host already"));
    dump.row("VM_group", "g")["placement"] = "normal";
    CHECK_FALSE(remarks_on(scenario_of(dump), "on one host already"));
}

TEST_CASE("memory that the dump does not tell is assumed or left out", "[xapi]") {
    Dump dump = small_pool();
    dump.tables.erase("host_metrics");
    CHECK_FALSE(named(scenario_of(dump)["hosts"], "a").contains("memory"));
    dump.row("host", "a")["boot_free_mem"] = "10000";
    const Json scenario = scenario_of(dump);
    CHECK(named(scenario["hosts"], "a")["memory"] == "6500 B");  // 10000 - (3000 + 500)
    CHECK(scenario["assumed"][1]["name"] == "a");
    CHECK(scenario["assumed"][1]["member"] == "memory");
    dump.tables["VM"].erase("dom0-a");
    CHECK(remarks_on(scenario_of(dump), "host a has no control domain"));
}

TEST_CASE("stored reverse sets are only compared", "[xapi]") {
    Dump dump = small_pool();
    dump.row("host", "a")["resident_VMs"] = "('dom0-a' 'vm-1')";
    dump.row("host", "b")["resident_VMs"] = "('dom0-b')";
    CHECK_FALSE(remarks_on(scenario_of(dump), "resident_VMs"));
    dump.row("host", "b")["resident_VMs"] = "('dom0-b' 'vm-1')";
    CHECK(remarks_on(scenario_of(dump), "for hosts \"b\""));
    dump.row("VBD", "Disk-vm-1-sr-1")["VDI"] = "gone";
    CHECK(remarks_on(scenario_of(dump), "1 drives name a disk"));
}

TEST_CASE("a pool that cannot be is refused, with every reason at once", "[xapi]") {
    Dump dump = small_pool();
    dump.row("pool", "pool-1")["master"] = "gone";
    dump.row("VM", "vm-1")["resident_on"] = "nowhere";
    dump.row("VM", "vm-1")["memory__static_max"] = "much";
    dump.row("VM", "vm-1")["other_config"] = "(('k'";
    add_vm(dump, "vm-2", "");
    dump.row("VM", "vm-2")["power_state"] = "Dreaming";
    const Error error = error_of(dump.text());
    REQUIRE(error.items.size() == 5);
    CHECK(error.items[0].place == "table pool, row pool-1 (p)");
    CHECK(contains(error.items[0].sentence, "gone"));
    CHECK(error.items[1].place == "table VM, row vm-1 (vm-1)");
    CHECK(error.items[1].sentence == "memory_static_max is \"much\", which is no whole number");
    CHECK(contains(error.items[2].sentence, "other_config is no map: expected"));
    CHECK(contains(error.items[3].sentence, "resident_on is nowhere"));
    CHECK(contains(error.items[4].sentence, "Dreaming"));
    Dump running = small_pool();
    running.row("VM", "vm-1")["resident_on"] = "OpaqueRef:NULL";
    CHECK(contains(error_of(running.text()).items[0].sentence, "resident_on is OpaqueRef:NULL"));
    running = small_pool();
    running.row("VM", "vm-1")["HVM__shadow_multiplier"] = "1e9";
    CHECK(contains(error_of(running.text()).items[0].sentence, "HVM_shadow_multiplier"));
}

TEST_CASE("missing rows and foreign schemas are refused", "[xapi]") {
    const auto first = [](const std::string& text) { return error_of(text).items.front(); };
    Dump dump = small_pool();
    dump.row("pool", "pool-2") = {{"master", "a"}};
    CHECK(contains(first(dump.text()).sentence, "there are 2"));
    dump.tables.erase("host");
    CHECK(error_of(dump.text()).items.size() == 2);
    dump = small_pool();
    dump.minor = "39";
    CHECK(contains(first(dump.text()).sentence, "5.39"));
    Dump empty;
    empty.minor = "35";
    empty.tables["VM"];
    const Error::Item mixed = first(empty.text());
    CHECK(contains(mixed.sentence, "mixed mode"));
    CHECK(mixed.remedy == "take the dump before the first host is upgraded");
    CHECK(contains(first("<database></database>").sentence, "no manifest"));
    CHECK(contains(first("<database><manifest/></database>").sentence, "schema"));
}

TEST_CASE("broken, cut and hostile XML is refused with its line", "[xapi]") {
    const auto first = [](const std::string& text) { return error_of(text).items.front(); };
    CHECK(contains(first("").sentence, "ends too early"));
    CHECK(contains(first("<scenario/>").sentence, "not <database>"));
    CHECK(first("<database>\n\n</table>").place == "line 3");
    const std::string whole = small_pool().text();
    for (std::size_t length = 0; length + 1 < whole.size(); length += 97) {
        CHECK_FALSE(scenario_from_xapi_dump(whole.substr(0, length), "cut"));
    }
    const Error::Item bomb = first(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE d [<!ENTITY a \"aaaa\">]><database>&a;</database>");
    CHECK(bomb.place == "line 2");
    CHECK(contains(bomb.sentence, "document type"));
    CHECK_FALSE(bomb.remedy.empty());
    Dump dump = small_pool();
    dump.row("VM", "vm-1")["name__label"] = std::string(limits::attribute_bytes + 1, 'x');
    CHECK(contains(first(dump.text()).sentence, "attribute name__label is longer"));
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += i == 0 ? "<database>" : "<a>";
    CHECK(contains(first(deep).sentence, "too deep"));
    CHECK(contains(first("<database><table name=\"VM\"><row/></table></database>").sentence,
                   "has no ref"));
}

TEST_CASE("secrets stay in the dump", "[xapi]") {
    Dump dump = small_pool();
    dump.row("pool", "pool-1")["wlb_password"] = "SECRET";
    dump.row("pool", "pool-1")["wlb_username"] = "SECRET";
    dump.row("secret", "s") = {{"value", "SECRET"}};
    dump.row("host", "a")["external_auth_configuration"] = "(('pass' 'SECRET'))";
    dump.row("host", "a")["power_on_config"] = "(('power_on_password_secret' 'SECRET'))";
    dump.row("host", "a")["license_server"] = "(('address' 'SECRET'))";
    dump.row("PBD", "sr-1-a")["device_config"] = "(('chappassword' 'SECRET'))";
    dump.row("SR", "sr-1")["sm_config"] = "(('key' 'SECRET'))";
    dump.row("SR", "sr-1")["other_config"] = "(('key' 'SECRET'))";
    dump.row("VM", "vm-1")["other_config"] = "(('key' 'SECRET'))";
    CHECK(contains(dump.text(), "SECRET"));
    CHECK_FALSE(contains(scenario_of(dump).dump(), "SECRET"));
    dump.row("pool", "pool-1")["master"] = "gone";
    for (const Error::Item& item : error_of(dump.text()).items) {
        CHECK_FALSE(contains(item.place + item.sentence + item.remedy, "SECRET"));
    }
}

TEST_CASE("a real pool of two hosts with iSCSI, schema 5.66", "[xapi][data]") {
    const auto text = read_shared("xapi-dumps/two-hosts-iscsi-schema-5.66.xml");
    if (!text) return;
    const Json scenario = scenario_of(*text);
    CHECK(scenario["pool"]["coordinator"] == "dt23");
    CHECK(scenario["vms"].size() == 4);
    CHECK(scenario["storages"].size() == 10);
    CHECK(scenario["networks"].size() == 2);  // the host internal one is left out
    // total - overhead - (dom0's dynamic_min + overhead)
    // 8579674112 - 193835008 - (412090368 + 15728640) = 7958020096
    const Json& host = named(scenario["hosts"], "dt16");
    CHECK(host["memory_total"] == "8579674112 B");
    CHECK(host["memory_overhead"] == "193835008 B");
    CHECK(host["dom0_memory"] == "427819008 B");
    CHECK(host["link"] == "1000 Mbps");
    CHECK(host["cpus"] == 8);
    CHECK(host["storages"].size() == 7);
    const Json& local = named(scenario["vms"], "Local");
    CHECK(local["host"] == "dt16");
    CHECK(local["memory"] == "268435456 B");
    CHECK(local["overhead"] == "4194304 B");
    CHECK(local["storages"] == Json({"Local storage (dt16)"}));
    CHECK(local["disk"] == "4831838208 B");  // 4294967296 + 536870912
    CHECK(notes_of(local) == Texts{"PV_GUEST"});
    CHECK(named(scenario["vms"], "Shared")["storages"] == Json({"large iSCSI"}));
    CHECK(notes_of(scenario["pool"]).empty());

    const Result<Scenario> read = read_any(*text, "dump.xml");
    REQUIRE(read);
    for (const Host& each : read->pool.hosts) CHECK(each.memory == 7958020096_B);
    // 268435456 + 4194304: two of them leave 7958020096 - 2 x 272629760 = 7412760576 on dt16.
    for (const Vm& vm : read->pool.vms) CHECK(vm.memory == 272629760_B);
}

TEST_CASE("a real pool of two hosts, schema 5.57, without host metrics", "[xapi][data]") {
    const auto text = read_shared("xapi-dumps/two-hosts-schema-5.57.xml");
    if (!text) return;
    const Json scenario = scenario_of(*text);
    CHECK(scenario["pool"]["name"] == "Hottub");
    CHECK(scenario["pool"]["coordinator"] == "inflames");
    CHECK(scenario["pool"]["target"]["xapi"] == "2.3");
    // boot_free_mem - dom0's dynamic_min: 3075661824 - 209715200 and 3075665920 - 209715200
    CHECK(named(scenario["hosts"], "incubus")["memory"] == "2865946624 B");
    CHECK(named(scenario["hosts"], "inflames")["memory"] == "2865950720 B");
    CHECK_FALSE(named(scenario["hosts"], "incubus").contains("link"));
    CHECK(named(scenario["hosts"], "incubus")["cpus"] == 2);
    // The target, and the memory of both hosts; what is given with --set is no assumption.
    REQUIRE(scenario["assumed"].size() == 3);
    CHECK(scenario["assumed"][1]["name"] == "incubus");
    CHECK(scenario["assumed"][1]["member"] == "memory");
    const auto assumes = [](const Result<Scenario>& read, const std::string& subject) {
        return std::ranges::any_of(read->remarks, [&](const Finding& one) {
            return one.code == "ASSUMED" && one.subject == subject;
        });
    };
    const Result<Scenario> as_it_is = read_any(*text, "dump.xml");
    REQUIRE(as_it_is);
    CHECK(assumes(as_it_is, "hosts.incubus.memory"));
    CHECK(assumes(as_it_is, "pool.target"));
    Overrides overrides;
    overrides.sets = {"hosts.incubus.memory=4 GiB", "pool.target.platform=9.9"};
    const Result<Scenario> set = read_any(*text, "dump.xml", overrides);
    REQUIRE(set);
    CHECK_FALSE(assumes(set, "hosts.incubus.memory"));
    CHECK_FALSE(assumes(set, "pool.target"));
    CHECK(assumes(set, "hosts.inflames.memory"));
    const Json& guest = named(scenario["vms"], "Windows XP SP2 (1)");
    CHECK(notes_of(guest) == Texts{"CD_INSERTED NFS ISO library", "VM_LACKS_FEATURE"});
    CHECK(guest["cd"] == "NFS ISO library");
    CHECK(notes_of(named(scenario["vms"], "Windows Server 2003 x64 (1)")) == Texts{"TOOLS_CD"});
    CHECK(named(scenario["vms"], "Windows Server 2008 (1)")["power"] == "halted");
    CHECK(read_any(*text, "dump.xml"));
}

TEST_CASE("a real host with double quotes and CRLF, schema 5.55", "[xapi][data]") {
    const auto text = read_shared("xapi-dumps/one-host-double-quotes-schema-5.55.xml");
    if (!text) return;
    const Json scenario = scenario_of(*text);
    // 4077985792 - 218103808
    CHECK(named(scenario["hosts"], "janitor")["memory"] == "3859881984 B");
    CHECK(scenario["vms"].size() == 7);
    // 107374182400 + 4294967296 + 536870912; its fourth disk is on iSCSI
    CHECK(named(scenario["vms"], "GUI Team Build Box")["disk"] == "112206020608 B");
    CHECK(named(scenario["vms"], "Windows XP SP2 (2)")["cd"] == "DVD drives");
    CHECK(named(scenario["hosts"], "janitor")["networks"].size() == 2);
    const Result<Scenario> read = read_any(*text, "dump.xml");
    REQUIRE(read);
    // Kirkwood: 1024 MiB, hvm, 1 vCPU: shadow ceil((256 + 2048) / 256) = 9, and 2: 1035 MiB.
    CHECK(read->pool.vms[Id<Vm>{1}].name == "Kirkwood Server");
    CHECK(read->pool.vms[Id<Vm>{1}].memory == mebibytes(1035));
}

}  // namespace
}  // namespace vacate
