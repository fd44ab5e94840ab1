// Scenario text becomes the pool that scenarios/README.md promises, or every error at once.
#include "model/codec/scenario.hpp"

#include <catch2/catch.hpp>

#include "model/limits.hpp"

namespace vacate {
namespace {

using namespace std::chrono_literals;

/// Two hosts, two VMs, nothing that is not required.
const std::string smallest = R"({
  "about": "smallest",
  "pool": {"coordinator": "a", "target": {"platform": "3.4.0", "xapi": "25.33"}},
  "storages": [{"name": "san"}, {"name": "disk-a", "shared": false}],
  "networks": [{"name": "net-1"}, {"name": "net-0"}],
  "hosts": [
    {"name": "b", "memory": "16 GiB", "version": {"platform": "3.2.1"}},
    {"name": "a", "memory": "16 GiB", "version": {"platform": "3.2.1"}}
  ],
  "vms": [
    {"name": "web", "host": "b", "memory": "1 GiB"},
    {"name": "db", "host": "a", "memory": "4 GiB", "storages": ["san"], "networks": ["net-1"]}
  ]
})";

/// `text` with the first `from` replaced by `to`.
std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Scenario read(const std::string& text, const Overrides& overrides = {}) {
    const Result<Scenario> scenario = read_scenario(text, "test.json", overrides);
    if (!scenario) {
        for (const Error::Item& item : scenario.error().items) {
            UNSCOPED_INFO(item.place << "   " << item.sentence << "; " << item.remedy);
        }
    }
    REQUIRE(scenario);
    return *scenario;
}

Scenario read_set(const std::string& text, std::vector<std::string> sets) {
    return read(text, Overrides{std::move(sets), "", ""});
}

using Lines = std::vector<std::string>;

/// Every problem as "place | sentence | remedy".
Lines problems_of(const std::string& text, const Overrides& overrides = {}) {
    const Result<Scenario> scenario = read_scenario(text, "test.json", overrides);
    Lines lines;
    if (scenario) return lines;
    CHECK(scenario.error().source == "test.json");
    for (const Error::Item& item : scenario.error().items) {
        lines.push_back(item.place + " | " + item.sentence + " | " + item.remedy);
    }
    return lines;
}

Lines problems_of_set(std::vector<std::string> sets) {
    return problems_of(smallest, Overrides{std::move(sets), "", ""});
}

const Host& host(const Scenario& scenario, const std::string& name) {
    for (const Host& one : scenario.pool.hosts) {
        if (one.name == name) return one;
    }
    FAIL("no host " << name);
    return scenario.pool.hosts[Id<Host>{0}];
}

const Vm& vm(const Scenario& scenario, const std::string& name) {
    for (const Vm& one : scenario.pool.vms) {
        if (one.name == name) return one;
    }
    FAIL("no VM " << name);
    return scenario.pool.vms[Id<Vm>{0}];
}

Findings without_assumptions(Findings findings) {
    std::erase_if(findings, [](const Finding& finding) { return finding.code == "ASSUMED"; });
    return findings;
}

void check_round_trip(Scenario scenario) {
    const std::string text = print_scenario(scenario);
    INFO(text);
    const Scenario again = read(text);
    scenario.remarks = without_assumptions(scenario.remarks);
    CHECK(again == scenario);
    CHECK(print_scenario(again) == text);
}

TEST_CASE("tables are in name order and references follow", "[scenario]") {
    const Scenario scenario = read(smallest);
    const Pool& pool = scenario.pool;
    REQUIRE(pool.hosts.size() == 2);
    CHECK(pool.hosts[Id<Host>{0}].name == "a");
    CHECK(pool.hosts[Id<Host>{1}].name == "b");
    CHECK(pool.networks[Id<Network>{0}].name == "net-0");
    CHECK(pool.vms[Id<Vm>{0}].name == "db");
    CHECK(pool.coordinator == Id<Host>{0});
    CHECK(pool.vms[Id<Vm>{0}].networks == std::vector{Id<Network>{1}});
    CHECK(scenario.state.vms[Id<Vm>{0}].host == Id<Host>{0});
    CHECK(scenario.state.vms[Id<Vm>{1}].host == Id<Host>{1});
    CHECK(pool.groups_of.size() == 2);
    check_round_trip(scenario);
}

TEST_CASE("defaults are those of scenarios/README.md", "[scenario]") {
    const Scenario scenario = read(smallest);
    const Host& a = host(scenario, "a");
    CHECK(a.memory == 16_GiB);
    CHECK(a.memory_after == 16_GiB);
    CHECK(a.link == 1_Gbps);
    CHECK(a.full_duplex);
    CHECK(a.send_budget == 21_Gbps);
    CHECK(a.networks.size() == 2);
    CHECK(a.storages == std::vector{Id<Storage>{1}});  // disk-a is not shared
    CHECK(a.upgrade_time == 15min);
    CHECK(a.cpus == 0);
    CHECK(a.version.manager == absent_dotted());
    const Vm& db = vm(scenario, "db");
    CHECK(db.ram == 4_GiB);
    // 4096 MiB and one vCPU: 2 + ceil((256 + 8192) / 256) + ceil(38 / 256) = 36 MiB.
    CHECK(db.memory == 4_GiB + 36_MiB);
    CHECK(db.admission == db.memory);
    CHECK(db.dirty_rate.count == 4 << 20);
    CHECK(db.working_set.count == (std::int64_t{4} << 30) / 10);
    CHECK_FALSE(db.pause_limit);
    CHECK(db.mobility == Mobility::live);
    const Policy& policy = scenario.pool.policy;
    CHECK(policy == Policy{2, 3, 3, 1'000'000, 3, true, 0});
    const Timing& timing = scenario.pool.timing;
    CHECK(timing.stream_cap.count == 262'500'000);
    CHECK(timing.storage_stream_cap.count == 60'000'000);
    CHECK(timing.link_efficiency_permille == 949);
    CHECK(timing.before == 2s);
    CHECK(timing.after == 1s);
    CHECK(timing.pause_overhead == 450ms);
    CHECK(timing.downtime_limit == 300ms);
    CHECK(timing.rounds_max == 5);
    CHECK(timing.host_step == 5s);
    CHECK(timing.preparation == 5s);
    CHECK(timing.backup == 30s);
    CHECK(timing.stop == 60s);
    CHECK(timing.start == 60s);
    CHECK(timing.suspend_rate.count == 100'000'000);
    CHECK(scenario.pool.version_rule == VersionRule::platform_and_xapi);
    CHECK_FALSE(scenario.state.ha.on);
    CHECK(read_set(smallest, {"timing.stop_rule=qemu"}).pool.timing.rounds_max == 100'000);
}

TEST_CASE("every assumption is listed once", "[scenario]") {
    const Scenario scenario = read(smallest);
    REQUIRE(scenario.remarks.size() == 4);
    CHECK(scenario.remarks[0] == Finding{Severity::know, "ASSUMED", "hosts.*.link",
                                         "taken as 1 Gbps for 2 of 2 hosts: a and b",
                                         "--set 'hosts.*.link=...'"});
    CHECK(scenario.remarks[1].subject == "hosts.*.upgrade_time");
    CHECK(scenario.remarks[2].subject == "vms.*.dirty_rate");
    CHECK(scenario.remarks[3].sentence ==
          "taken as a tenth of dynamic_min for 2 of 2 VMs: db and web");
    const Scenario less =
        read(smallest, Overrides{{"hosts.a.link=10Gbps", "vms.*.working_set=1 MiB"},
                                 R"({"vms": {"dirty_rate": "2 MiB/s"}})",
                                 "defaults.json"});
    REQUIRE(less.remarks.size() == 2);
    CHECK(less.remarks[0].sentence == "taken as 1 Gbps for 1 of 2 hosts: b");
    CHECK(vm(less, "db").dirty_rate.count == 2 << 20);
    CHECK(vm(less, "db").working_set == 1_MiB);
}

TEST_CASE("every field is read and printed", "[scenario]") {
    const Scenario scenario = read(R"({
      "about": "all \"fields\"",
      "pool": {"name": "p", "coordinator": "h", "target": {"label": "8.3", "platform": "3.4.0",
               "xapi": "25.31", "xapi_build": "25.31.1-2.1", "xen": "4.17.5-13"},
               "overhead_era": "before_26_3", "ha_enabled": true, "wlb_enabled": true,
               "auto_power_on": true, "notes": []},
      "policy": {"hosts_down_max": 7, "migrations_per_host_max": 1, "migrations_per_pair_max": 2,
                 "migrations_per_pool_max": 4, "storage_motions_per_source_max": 5,
                 "one_way": false, "spare_hosts": 8},
      "timing": {"stream_cap": "8 Gbps", "storage_stream_cap": "1 Gbps", "link_efficiency": "1.0",
                 "before": "1 s", "after": "2 s", "pause_overhead": "3 ms", "stop_rule": "qemu",
                 "downtime_limit": "4 ms", "rounds_max": 9, "host_step": "5 us",
                 "preparation": "6 s", "backup": "7 min", "stop": "8 h", "start": "9 s",
                 "suspend_rate": "1 kB/s"},
      "networks": [{"name": "n"}],
      "storages": [{"name": "s", "type": "nfs", "shared": true, "free": "1 TiB"},
                   {"name": "t", "type": "lvm", "shared": false}],
      "hosts": [{"name": "h", "memory_total": "64 GiB", "memory_overhead": "1 GiB",
                 "dom0_memory": "3 GiB", "memory_after_upgrade": "56 GiB", "link": "10 Gbps",
                 "duplex": "half", "send_budget": "5 Gbps",
                 "version": {"platform": "3.2.1", "xapi": "1.249"},
                 "target": {"platform": "3.4.0", "xen": "4.17-abc"}, "networks": ["n", "n"],
                 "storages": ["t"], "cpu": {"vendor": "AMD", "hvm": "1-ffffffff", "pv": ""},
                 "cpus": 32, "domain": "rack 1", "upgrade_time": "20 min", "live": true,
                 "enabled": false, "notes": [{"code": "POWER_ON_ILO", "detail": "x"}]},
                {"name": "dead", "memory": "1 GiB", "live": false, "version": {"xen": "?"}}],
      "vms": [{"name": "v", "power": "running", "host": "h", "memory": "8 GiB",
               "dynamic_min": "4 GiB", "vcpus": 4, "domain_type": "pvh",
               "shadow_multiplier": "1.5", "overhead": "40 MiB", "dirty_rate": "0 B/s",
               "working_set": "5 GiB", "pause_limit": "200 ms", "networks": ["n"],
               "storages": ["s", "t"], "disk": "10 GiB", "cd": "s",
               "cpu": {"vendor": "AMD", "features": "00000001"}, "vcpu_unrestricted": true,
               "protect": true, "when_pinned": "storage", "notes": []},
              {"name": "w", "power": "suspended", "memory": "1 GiB"},
              {"name": "x", "memory": "1 GiB"}],
      "groups": [{"name": "g", "kind": "together", "vms": ["x", "w"]}],
      "remarks": ["tags of \u00e9 are not represented"]
    })");
    const Host& h = host(scenario, "h");
    CHECK(h.memory == 60_GiB);
    CHECK(h.memory_after == 56_GiB);
    CHECK(h.hvm_features->words == std::vector<std::uint32_t>{1, 0xffff'ffff});
    CHECK(h.pv_features->words.empty());
    CHECK(h.networks.size() == 1);
    CHECK(h.target.hypervisor == Dotted{4, 17});
    CHECK(scenario.pool.version_rule == VersionRule::platform_and_xapi);
    CHECK(host(scenario, "dead").version.hypervisor.empty());
    const Vm& v = vm(scenario, "v");
    CHECK(v.memory == 4_GiB + 40_MiB);
    CHECK(v.admission == 8_GiB + 40_MiB);  // pvh is admitted with its static maximum
    CHECK(v.working_set == 4_GiB);         // never more than there is to copy
    CHECK(v.mobility == Mobility::storage);
    CHECK(scenario.state.hosts[Id<Host>{1}].phase == HostPhase::disabled);
    CHECK(scenario.state.hosts[Id<Host>{0}].phase == HostPhase::lost);
    CHECK(scenario.state.hosts_out == 1);
    CHECK(scenario.state.ha.on);
    CHECK(scenario.state.vms[Id<Vm>{1}].power == Power::suspended);
    CHECK(scenario.state.vms[Id<Vm>{2}].power == Power::halted);
    CHECK(scenario.pool.groups_of[Id<Vm>{2}] == std::vector{Id<Group>{0}});
    CHECK(scenario.remarks.front() == Finding{Severity::know, "NOT_REPRESENTED", "input",
                                              "tags of \u00e9 are not represented", ""});
    check_round_trip(scenario);
}

TEST_CASE("the coordinator's target decides which xapi judges versions", "[scenario]") {
    const auto rule = [](const std::string& xapi) {
        return read_set(smallest, {"pool.target.xapi=" + xapi}).pool.version_rule;
    };
    CHECK(rule("25.30") == VersionRule::platform);
    CHECK(rule("25.32") == VersionRule::three_keys);
    CHECK(rule("25.33") == VersionRule::platform_and_xapi);
    CHECK(read_set(smallest, {"pool.version_rule=platform"}).pool.version_rule ==
          VersionRule::platform);
}

TEST_CASE("a host that runs its target counts as upgraded", "[scenario]") {
    const Scenario scenario =
        read_set(smallest, {R"(hosts.a.version={"platform": "3.4.0", "xapi": "25.33"})",
                            "hosts.*.memory_after_upgrade=15 GiB"});
    CHECK(scenario.state.hosts_upgraded == 1);
    CHECK(host(scenario, "a").memory_after == 16_GiB);  // nothing will change any more
    CHECK(host(scenario, "b").memory_after == 15_GiB);
    check_round_trip(scenario);
}

TEST_CASE("an immobile VM is treated as when_pinned says", "[scenario]") {
    const auto mobility = [](std::vector<std::string> sets) {
        const Scenario scenario = read_set(smallest, std::move(sets));
        check_round_trip(scenario);
        return vm(scenario, "db").mobility;
    };
    const std::string local = R"(vms.db.storages=["san", "disk-a"])";
    const std::string device = R"(vms.db.notes=[{"code": "VM_HAS_PCI_ATTACHED"}])";
    CHECK(mobility({"vms.db.when_pinned=suspend"}) == Mobility::live);
    CHECK(mobility({local}) == Mobility::pinned);
    CHECK(mobility({device}) == Mobility::pinned);
    CHECK(mobility({"vms.db.power=paused"}) == Mobility::pinned);
    // xapi suspends what is only kept from migrating, not what has a device passed through.
    const std::string blocked = R"(vms.db.notes=[{"code": "OPERATION_BLOCKED"}])";
    CHECK(mobility({blocked, "vms.db.when_pinned=suspend"}) == Mobility::suspend);
    CHECK(mobility({local, "vms.db.when_pinned=suspend"}) == Mobility::suspend);
    CHECK(mobility({device, "vms.db.when_pinned=suspend"}) == Mobility::pinned);
    CHECK(mobility({device, "vms.db.when_pinned=restart"}) == Mobility::restart);
    CHECK(mobility({local, "vms.db.when_pinned=restart"}) == Mobility::restart);
    CHECK(mobility({local, "vms.db.when_pinned=storage"}) == Mobility::storage);

    const Scenario both = read_set(smallest, {local, device, "vms.*.when_pinned=storage"});
    CHECK(vm(both, "db").mobility == Mobility::pinned);
    CHECK(vm(both, "web").mobility == Mobility::live);
    const Finding& remark = both.remarks.back();
    CHECK(remark.code == "CANNOT_TAKE_DISKS_ALONG");
    CHECK(remark.subject == "VM db");
    CHECK(remark.severity == Severity::act);
    CHECK(remark.sentence.find("VM_HAS_PCI_ATTACHED") != std::string::npos);
    check_round_trip(both);
}

TEST_CASE("a paused VM runs and says so", "[scenario]") {
    const Scenario scenario = read_set(smallest, {"vms.db.power=paused"});
    CHECK(vm(scenario, "db").notes == std::vector{Note{"VM_PAUSED", ""}});
    CHECK(scenario.state.vms[Id<Vm>{0}].power == Power::running);
    CHECK(scenario.state.hosts[Id<Host>{0}].committed == vm(scenario, "db").memory);
    check_round_trip(scenario);
}

TEST_CASE("broken JSON is placed by line and column", "[scenario][hostile]") {
    CHECK(problems_of("{\n \"about\": \"x\",\n  oops}") ==
          Lines{"line 3, column 3 | syntax error while parsing object key - invalid literal; last "
                "read: '\"x\",<U+000A>  o'; expected string literal | correct the JSON"});
    REQUIRE(problems_of("").size() == 1);
    CHECK(problems_of("").front().starts_with("line 1, column 1 | "));
    CHECK(problems_of("{\"a\": 1e999}").front().find("number overflow") != std::string::npos);
    CHECK(problems_of("[]") ==
          Lines{R"( | an array is not a scenario | write {"about": "...", ...})"});
    CHECK(problems_of(smallest.substr(0, smallest.size() / 2)).size() == 1);
    CHECK(problems_of(smallest + "}").size() == 1);
    CHECK(problems_of("{\"about\": \"\xff\"}").size() == 1);
}

TEST_CASE("deep nesting is refused before it hurts", "[scenario][hostile]") {
    const std::string deep(1'000'000, '[');
    CHECK(
        problems_of("{\"vms\": " + deep) ==
        Lines{"/vms/0/0/0/0 | values are nested more than 32 deep | a scenario needs six levels"});
    CHECK(problems_of(deep).size() == 1);
    const Overrides set{{"pool.notes=" + deep}, "", ""};
    CHECK(problems_of(smallest, set).size() == 1);
    const Overrides defaults{{}, deep, "d.json"};
    CHECK(problems_of(smallest, defaults).size() == 1);
}

TEST_CASE("a member that is there twice is an error", "[scenario][hostile]") {
    CHECK(problems_of(with(smallest, R"("memory": "16 GiB")",
                           R"("memory": "16 GiB", "memory": "8 GiB")")) ==
          Lines{"/hosts/0/memory | the member \"memory\" is there twice | keep one of the two"});
    CHECK(problems_of(with(smallest, "{", R"({"policy": {}, "policy": {},)")) ==
          Lines{"/policy | the member \"policy\" is there twice | keep one of the two"});
}

TEST_CASE("all errors come at once, in the order of the text", "[scenario][hostile]") {
    std::string text = with(smallest, R"("memory": "16 GiB")", R"("memory": 64, "lnik": "1 Gbps")");
    text = with(text, R"("memory": "16 GiB")", R"("memory": "16")");
    text = with(text, R"("host": "b")", R"("host": "c")");
    text = with(text, R"(["san"])", R"(["sam"])");
    text = with(text, R"("coordinator": "a")", R"("coordinator": "A1", "version_rule": "three")");
    CHECK(problems_of(text) ==
          Lines{"/pool/coordinator | there is no host \"A1\" | hosts are a and b",
                "/pool/version_rule | \"three\" is not known here | known are platform, "
                "three_keys and platform_and_xapi",
                "/hosts/0/memory | host b: \"64\" has no unit | write \"64 GiB\" or \"64 GB\"",
                "/hosts/0/lnik | host b: there is no member \"lnik\" here | did you mean "
                "\"link\"?",
                "/hosts/1/memory | host a: \"16\" has no unit | write \"16 GiB\" or \"16 GB\"",
                "/vms/0/host | VM web: there is no host \"c\" | hosts are a and b",
                "/vms/1/storages/0 | VM db: there is no storage \"sam\" | did you mean \"san\"?"});
}

TEST_CASE("too many errors end in their number", "[scenario][hostile]") {
    std::string vms;
    for (int i = 0; i < 1000; ++i) vms += R"({"name": "v)" + std::to_string(i) + "\"},";
    const Lines lines = problems_of(with(smallest, R"({"name": "web")", vms + R"({"name": "web")"));
    REQUIRE(lines.size() == limits::errors_listed);
    CHECK(lines.front() == "/vms/0 | VM v0: \"memory\" is missing | add \"memory\": \"4 GiB\"");
    CHECK(lines.back() == " | and 901 more problems | ");
}

TEST_CASE("wrong kinds are named", "[scenario][hostile]") {
    CHECK(problems_of(R"({"about": 1, "pool": [], "hosts": {}, "vms": null, "remarks": "x"})") ==
          Lines{"/about | 1 is not a text | write \"1\"",
                "/pool | an array is not an object | write {\"name\": ...}",
                "/hosts | an object is not an array | write [...]",
                "/vms | null is not an array | write [...]",
                "/remarks | \"x\" is not an array of names | write [\"x\"]"});
    CHECK(problems_of(R"({"about": "", "pool": {"coordinator": "a"}, "hosts": []})") ==
          Lines{"/hosts | there is no host | describe at least one"});
    CHECK(problems_of(R"({"about": ""})") ==
          Lines{" | \"pool\" is missing | add \"pool\": {\"coordinator\": \"...\"}",
                " | \"hosts\" is missing | add \"hosts\": [...]"});
    CHECK(problems_of(with(smallest, R"("memory": "16 GiB")",
                           R"("memory": "16 GiB", "live": "yes", "cpus": 1.5, "networks": [3])")) ==
          Lines{"/hosts/0/live | host b: \"yes\" is not true or false | write true or false, "
                "without quotes",
                "/hosts/0/cpus | host b: 1.5 is not a whole number | write 0 to 65536",
                "/hosts/0/networks/0 | host b: 3 is not a text | write \"3\""});
}

TEST_CASE("names are unique, not empty and not endless", "[scenario][hostile]") {
    CHECK(
        problems_of(with(smallest, R"("name": "b")", R"("name": "a")")) ==
        Lines{"/hosts/1/name | host a: \"a\" is also the name of /hosts/0 | rename one of the two",
              "/vms/0/host | VM web: there is no host \"b\" | hosts are a and a"});
    CHECK(problems_of(with(smallest, R"("name": "web")", R"("name": "db")")) ==
          Lines{"/vms/1/name | VM db: \"db\" is also the name of /vms/0: the VM is on two hosts, "
                "\"b\" and \"a\" | a VM runs on one host; remove one of the two"});
    CHECK(problems_of(with(smallest, R"("name": "web")", R"("name": "")")) ==
          Lines{"/vms/0/name | the name is empty | give it a name"});
    const Lines lines = problems_of(
        with(smallest, R"("name": "web")", "\"name\": \"" + std::string(1025, 'x') + '"'));
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().find("is 1025 bytes long") != std::string::npos);
    CHECK(lines.front().size() < 400);
}

TEST_CASE("names in errors cannot steer a terminal", "[scenario][hostile]") {
    const Lines lines = problems_of(
        with(smallest, R"({"name": "web")", R"({"name": "\u001b[31m\u202e", "\u0007": 1)"));
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().find("VM \\u001b[31m\\u202e: there is no member \"\\u0007\"") !=
          std::string::npos);
    for (const char letter : lines.front()) CHECK(static_cast<unsigned char>(letter) >= 0x20);
}

TEST_CASE("power and host must fit", "[scenario][hostile]") {
    CHECK(problems_of(with(smallest, R"("host": "b")", R"("power": "running")")) ==
          Lines{"/vms/0/power | VM web: it is running, but no host is given | say on which host, "
                "or make it halted"});
    CHECK(problems_of(with(smallest, R"("host": "b")", R"("power": "halted", "host": "b")")) ==
          Lines{"/vms/0/host | VM web: it is halted, but on host \"b\" | leave the host out, or "
                "make it running"});
}

TEST_CASE("an overcommitted host is an error with its arithmetic", "[scenario][hostile]") {
    // web: 1024 + 2 + 9 + 1 = 1036 MiB; host b then lacks 1036 - 512 MiB.
    CHECK(
        problems_of(with(smallest, R"("memory": "16 GiB")", R"("memory": "512 MiB")")) ==
        Lines{"/hosts/0/memory | host b: the VMs on it need 1036 MiB, it has 512 MiB: 524 MiB too "
              "much | move VMs off it, or correct the amounts; overheads count"});
}

TEST_CASE("memory of a host comes whole or in parts", "[scenario][hostile]") {
    const auto with_memory = [](const std::string& members) {
        return with(smallest, R"("memory": "16 GiB")", members);
    };
    const std::string parts =
        R"("memory_total": "20 GiB", "memory_overhead": "1 GiB", "dom0_memory": "2 GiB")";
    CHECK(host(read(with_memory(parts)), "b").memory == 17_GiB);
    CHECK(host(read_set(with_memory(parts), {"hosts.b.memory=9 GiB"}), "b").memory == 9_GiB);
    CHECK(problems_of(with_memory(parts + R"(, "memory": "1 GiB")")).size() == 1);
    CHECK(problems_of(with_memory(R"("domain": "")")).front() ==
          "/hosts/0 | host b: \"memory\" is missing | give memory, or memory_total, "
          "memory_overhead and dom0_memory");
    CHECK(problems_of(with_memory(R"("memory_total": "20 GiB")")).size() >= 2);
    CHECK(problems_of(with_memory(with(parts, "20 GiB", "2 GiB"))).front() ==
          "/hosts/0/memory_total | host b: memory_overhead and dom0_memory take 3 GiB of 2 GiB | "
          "check the three amounts");
}

TEST_CASE("memory of a VM must add up", "[scenario][hostile]") {
    CHECK(problems_of(with(smallest, R"("memory": "1 GiB")",
                           R"("memory": "1 GiB", "dynamic_min": "2 GiB")")) ==
          Lines{"/vms/0/dynamic_min | VM web: dynamic_min 2 GiB is more than memory 1 GiB | "
                "dynamic_min is at most memory"});
    CHECK(problems_of(with(smallest, R"("memory": "1 GiB")", R"("memory": "0 B")")).size() == 1);
    CHECK_FALSE(
        problems_of(with(smallest, R"("memory": "1 GiB")", R"("memory": "1024 TiB")")).empty());
    CHECK_FALSE(
        problems_of(with(smallest, R"("memory": "1 GiB")",
                         R"("memory": "1 TiB", "shadow_multiplier": "1000", "vcpus": 65536)"))
            .empty());
}

TEST_CASE("versions must say something and must not fall", "[scenario][hostile]") {
    CHECK(problems_of(with(smallest, R"({"platform": "3.2.1"})", R"({"label": "8"})")) ==
          Lines{"/hosts/0/version | host b: the version says nothing but a label | give at least "
                "one of platform, xapi, xapi_build and xen"});
    CHECK(
        problems_of(with(smallest, R"("3.2.1")", R"("3.5")")) ==
        Lines{"/hosts/0/version | host b: it runs platform 3.5, its target has 3.4.0 | downgrades "
              "are not possible; choose a target that is not older"});
    CHECK(
        problems_of(with(smallest, R"(, "target": {"platform": "3.4.0", "xapi": "25.33"})", "")) ==
        Lines{
            "/pool | \"target\" is missing, and these hosts have none of their own: a and b | add "
            "\"target\": {\"platform\": \"3.4.0\"} to the pool"});
}

TEST_CASE("groups, notes and features are checked", "[scenario][hostile]") {
    const auto with_group = [](const std::string& group) {
        return problems_of(
            with(smallest, R"("vms": [)", R"("groups": [)" + group + R"(], "vms": [)"));
    };
    CHECK(with_group(R"({"name": "g", "kind": "apart", "vms": ["db", "web"]})").empty());
    CHECK(with_group(R"({"name": "g", "kind": "apart", "vms": ["db"]})") ==
          Lines{"/groups/0/vms | group g: a group of 1 says nothing | name two VMs or more"});
    CHECK(with_group(R"({"name": "g", "kind": "part", "vms": ["db", "db", "wbe"]})") ==
          Lines{"/groups/0/kind | group g: \"part\" is not known here | did you mean \"apart\"?",
                "/groups/0/vms | group g: VM \"db\" is in it twice | name it once",
                "/groups/0/vms/2 | group g: there is no VM \"wbe\" | did you mean \"web\"?"});
    const auto with_host = [](const std::string& members) {
        return problems_of(with(smallest, R"("name": "b")", R"("name": "b", )" + members));
    };
    CHECK(with_host(R"("notes": [{"code": "POWER_ON_ILOO"}])") ==
          Lines{"/hosts/0/notes/0/code | host b: there is no note \"POWER_ON_ILOO\" here | did you "
                "mean \"POWER_ON_ILO\"?"});
    CHECK(with_host(R"("cpu": {"vendor": "x", "hvm": "123456789"})").size() == 1);
    CHECK(with_host(R"("cpu": {"vendor": "x", "hvm": "12-"})").size() == 1);
    CHECK(with_host(R"("cpu": {"vendor": "x", "hvm": "12--3"})").size() == 1);
    CHECK(with_host(R"("cpu": {"hvm": "12"})").size() == 1);
    CHECK(with_host(R"("cpu": {"vendor": "x"})").size() == 1);
    CHECK(with_host(R"("link": "0 bps")").size() == 1);
}

TEST_CASE("policy and timing stay in their ranges", "[scenario][hostile]") {
    const auto count = [](const std::string& set) { return problems_of_set({set}).size(); };
    CHECK(count("policy.spare_hosts=8") == 0);
    CHECK(count("policy.spare_hosts=9") == 1);
    CHECK(count("policy.spare_hosts=-1") == 1);
    CHECK(count("policy.hosts_down_max=0") == 1);
    CHECK(count("policy.hosts_down_max=99999999999999999999") == 1);
    CHECK(count("timing.rounds_max=100001") == 1);
    CHECK(count("timing.link_efficiency=1.001") == 1);
    CHECK(count("timing.link_efficiency=0") == 1);
    CHECK(count("timing.link_efficiency=0.9") == 0);
    // In a file there are quotes for it.
    CHECK(problems_of(with(smallest, "{", R"({"timing": {"link_efficiency": 0.9},)")) ==
          Lines{"/timing/link_efficiency | 0.9 is not a text | write \"0.9\""});
    CHECK(count("timing.before=367 h 8784 h") == 1);
}

TEST_CASE("--set reaches every field, the last one wins", "[scenario][set]") {
    const Scenario scenario =
        read_set(smallest, {"policy.spare_hosts=1", "hosts.*.link=10Gbps",
                            "hosts.\"b\".link=25 Gbps", "hosts.a.version.platform=3.10",
                            "pool.target.xen=4.17", "pool.target.platform=3.40", "about=other",
                            "vms.db.networks=[\"net-0\"]", "vms.db.protect=true",
                            "vms.db.protect=false", "hosts.a.domain=7", "timing.before=3 s"});
    CHECK(scenario.about == "other");
    CHECK(scenario.pool.policy.spare_hosts == 1);
    CHECK(host(scenario, "a").link == 10_Gbps);
    CHECK(host(scenario, "b").link == 25_Gbps);
    CHECK(host(scenario, "a").version.platform == Dotted{3, 10});
    CHECK(host(scenario, "a").target.hypervisor == Dotted{4, 17});
    CHECK(host(scenario, "a").domain == "7");
    CHECK(vm(scenario, "db").networks == std::vector{Id<Network>{0}});
    CHECK_FALSE(vm(scenario, "db").protect);
    CHECK(scenario.pool.timing.before == 3s);

    const std::string dotted = with(smallest, R"("name": "db")", R"("name": "a.\"b\" =*")");
    CHECK(vm(read_set(dotted, {R"(vms."a.\"b\" =*".protect=true)"}), "a.\"b\" =*").protect);
}

TEST_CASE("a --set that cannot be applied is an error with its path", "[scenario][set]") {
    CHECK(
        problems_of_set({"hosts.*.lnik=1 Gbps", "hots.a.link=1", "hosts.c.link=1 Gbps",
                         "vms.dbb.protect=true", "groups.*.kind=apart", "policy=1", "pool.name.x=1",
                         "nonsense", "hosts.a.version.zen=1"}) ==
        Lines{"--set hosts.*.lnik | there is no member \"lnik\" in hosts | did you mean \"link\"?",
              "--set hots.a.link | there is no section \"hots\" | did you mean \"hosts\"?",
              "--set hosts.c.link | there is no host \"c\" | hosts are b and a",
              "--set vms.dbb.protect | there is no VM \"dbb\" | did you mean \"db\"?",
              "--set groups.*.kind | \"*\" meets nothing: there are no groups | ",
              "--set policy | the path ends too early | write policy.field=value",
              "--set pool.name.x | there is no member \"x\" in name | ",
              "--set nonsense | this is no assignment | write section.field=value or "
              "section.NAME.field=value, a name with a dot in double quotes",
              "--set hosts.a.version.zen | there is no member \"zen\" in version | did you mean "
              "\"xen\"?"});
    for (const char* path : {"", "=", ".=", "a=", "pool.=1", ".pool=1", "hosts.a=1", "hosts.\"a=1",
                             "hosts.\"a\"x.link=1", "pool", "hosts.a.version.xen.x=1"}) {
        INFO(path);
        CHECK(problems_of_set({path}).size() == 1);
    }
}

TEST_CASE("a wrong value of --set is said once, at its path", "[scenario][set]") {
    CHECK(
        problems_of_set({"hosts.*.link=10"}) ==
        Lines{
            "--set hosts.*.link | host b: \"10\" has no unit | write \"10 Gbps\" or \"10 MiB/s\""});
    CHECK(problems_of_set({R"(hosts.*.cpu={"vendor": "x", "hvmm": "1", "hvm": "1"})"}) ==
          Lines{"--set hosts.*.cpu | host b: there is no member \"hvmm\" here | did you mean "
                "\"hvm\"?"});
    CHECK(problems_of_set({"pool.target.platform=3.0"}).size() == 2);  // both hosts would fall
}

TEST_CASE("defaults supply what is missing and nothing else", "[scenario][set]") {
    const auto read_with = [](const std::string& defaults) {
        return read(smallest, Overrides{{}, defaults, "d.json"});
    };
    const Scenario scenario = read_with(
        R"({"hosts": {"link": "10 Gbps", "memory": "1 GiB"}, "timing": {"before": "7 s"}})");
    CHECK(host(scenario, "a").link == 10_Gbps);
    CHECK(host(scenario, "a").memory == 16_GiB);
    CHECK(scenario.pool.timing.before == 7s);

    const auto problems = [](const std::string& defaults) {
        return problems_of(smallest, Overrides{{}, defaults, "d.json"});
    };
    CHECK(
        problems(R"({"hosst": {}, "hosts": {"lnik": 1}, "vms": 3, "remarks": []})") ==
        Lines{"d.json /hosst | there is no section \"hosst\" | did you mean \"hosts\"?",
              "d.json /hosts/lnik | there is no member \"lnik\" in hosts | did you mean \"link\"?",
              "d.json /vms | the defaults of a section are no object | write {\"vms\": "
              "{\"notes\": ...}}",
              "d.json /remarks | there is no section \"remarks\" | sections are pool, policy, "
              "timing, "
              "chance, networks, storages, hosts, vms and groups"});
    CHECK(problems(R"({"hosts": {"link": "10"}})") ==
          Lines{"d.json /hosts/link | host b: \"10\" has no unit | write \"10 Gbps\" or \"10 "
                "MiB/s\""});
    CHECK(problems("{").front().starts_with("d.json line 1, column 2 | "));
    CHECK(problems("[]").size() == 1);
    CHECK(problems(R"({"hosts": {}, "hosts": {}})").size() == 1);
}

TEST_CASE("read_any tells the formats apart", "[scenario]") {
    CHECK(read_any("\xef\xbb\xbf \n" + smallest, "x").has_value());
    CHECK(read_any(smallest, "x", Overrides{{"policy.spare_hosts=1"}, "", ""})
              ->pool.policy.spare_hosts == 1);
    CHECK_FALSE(read_any("", "x"));
    CHECK_FALSE(read_any("\xef\xbb\xbf\n", "x"));
    CHECK_FALSE(read_any("<nonsense", "x"));
    CHECK_FALSE(read_any("nonsense", "x"));
}

}  // namespace
}  // namespace vacate
