// A live pool as a scenario, and what is asked of it before it is touched.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/e2e/live_pool.hpp"
#include "tools/xapi/preflight.hpp"

namespace vacate::e2e {
namespace {

using Json = nlohmann::json;

/// A scenario without what says where it is from.
Json without_about(const std::string& text) {
    Json scenario = Json::parse(text);
    scenario.erase("about");
    return scenario;
}

xapi::Captured captured_from(xapi::Client& client, NameBooks& books) {
    auto captured = xapi::capture(client, "the pool", books);
    if (!captured) FAIL(captured.error().items[0].sentence);
    return std::move(*captured);
}

std::string dump_of(xapi::Client& client) {
    std::string dump;
    const auto fetched = client.download("/pool/xmldbdump",
                                         [&](std::string_view piece) {
                                             dump += piece;
                                             return true;
                                         },
                                         {});
    REQUIRE(fetched.has_value());
    return dump;
}

Scenario read(const std::string& text) {
    Overrides overrides;
    overrides.sets = {"pool.target.platform=3.4.0", "pool.target.xapi=25.33"};
    const auto scenario = read_scenario(text, "capture", overrides);
    if (!scenario) FAIL(scenario.error().items[0].place + scenario.error().items[0].sentence);
    return *scenario;
}

const Finding* finding(const Findings& findings, const std::string& code) {
    const auto found = std::ranges::find(findings, code, &Finding::code);
    return found == findings.end() ? nullptr : &*found;
}

xapi::Value call(xapi::Client& client, const std::string& method, xapi::Array parameters) {
    const xapi::CallResult result = client.call(method, std::move(parameters), xapi::Manner::acts);
    if (!result) FAIL(method + ": " + result.error().sentence);
    return *result;
}

std::string ref_of(xapi::Client& client, const std::string& kind, const std::string& name) {
    const xapi::Value refs = call(client, kind + ".get_by_name_label", {wire::text(name)});
    return xapi::texts_of(refs).at(0);
}

}  // namespace

TEST_CASE("capture: the same scenario as from the pool's database dump", "[xapi][capture]") {
    const std::string folder = std::string(VACATE_SOURCE_DIR) + "/scenarios/typical/";
    const std::pair<const char*, std::string> texts[]{
        {"three hosts", three_hosts()},
        {"4 hosts", text_of_file(folder + "4-hosts.json")},
        {"16 hosts", text_of_file(folder + "16-hosts.json")}};
    for (const auto& [name, text] : texts) {
        const LivePool pool(text);
        xapi::Client client(pool.access());
        NameBooks books;
        const xapi::Captured captured = captured_from(client, books);
        const auto from_dump = scenario_from_xapi_dump(dump_of(client), "dump");
        REQUIRE(from_dump.has_value());
        INFO(name);
        CHECK(without_about(captured.scenario.text) == without_about(*from_dump));
        const Scenario scenario = read(captured.scenario.text);
        CHECK(xapi::compare_free_memory(client, captured, scenario).empty());
    }
}

TEST_CASE("capture: from a member, and by XML-RPC with a pool that knows no other",
          "[xapi][capture]") {
    LiveOptions old;
    old.json_rpc = false;
    const LivePool pool(three_hosts());
    const LivePool old_pool(three_hosts(), old);
    xapi::Client client(pool.access());
    xapi::Client member(pool.access(2));
    xapi::Client by_xml(old_pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    CHECK_FALSE(client.speaks_xml());
    NameBooks others;
    CHECK(captured_from(member, others).scenario.text == captured.scenario.text);
    CHECK(member.endpoint() == client.endpoint());
    NameBooks olds;
    CHECK(captured_from(by_xml, olds).scenario.text == captured.scenario.text);
    CHECK(by_xml.speaks_xml());
    Driving driving(old_pool.driver_options());
    CHECK(driving.carry_out(order(Act::migrate, "db", "a", "b")).kind == Answered::Kind::done);
    CHECK(place_of(driving.look(), "db") == "b");
}

TEST_CASE("capture: names stay with their objects", "[xapi][capture]") {
    const LivePool pool(three_hosts());
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured before = captured_from(client, books);
    const std::string db = ref_of(client, "VM", "db");
    const std::string web = ref_of(client, "VM", "web");
    // db is called web now, and web is called db.
    call(client, "VM.set_name_label", {wire::text(db), wire::text("web")});
    call(client, "VM.set_name_label", {wire::text(web), wire::text("db")});
    const xapi::Captured after = captured_from(client, books);
    CHECK(after.scenario.names.vms == before.scenario.names.vms);
    NameBooks anew;
    const xapi::Captured fresh = captured_from(client, anew);
    CHECK(fresh.scenario.names.vms.at(db) == "web");
    // A new name keeps off those in the books: lo is called idle too, and its book keeps "lo".
    call(client, "VM.set_name_label", {wire::text(ref_of(client, "VM", "lo")), wire::text("idle")});
    books.vms.erase(
        std::ranges::find(books.vms, "lo", [](const auto& each) { return each.second; }));
    const xapi::Captured third = captured_from(client, books);
    CHECK(third.scenario.names.vms.at(ref_of(client, "VM", "db")) == "web");
    std::vector<std::string> names;
    for (const auto& [ref, name] : third.scenario.names.vms) names.push_back(name);
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("capture: free memory that the pool computes otherwise is reported", "[xapi][capture]") {
    const LivePool pool(three_hosts());
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    Scenario scenario = read(captured.scenario.text);
    scenario.pool.hosts[Id<Host>{1}].memory += Bytes{4096};  // one page too many on b
    const Findings findings = xapi::compare_free_memory(client, captured, scenario);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == "FREE_MEMORY_DIFFERS");
    CHECK(findings[0].subject == "host b");
    CHECK(findings[0].sentence.find("4096 B more") != std::string::npos);
}

TEST_CASE("capture: VMs without overhead are charged as the pool charges them", "[xapi][capture]") {
    const LivePool pool(
        text_of_file(std::string(VACATE_SOURCE_DIR) + "/scenarios/tiny/spare.json"));
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    const Scenario scenario = read(captured.scenario.text);
    CHECK(xapi::compare_free_memory(client, captured, scenario).empty());
    CHECK(scenario.state.vms.size() == 5);
}

TEST_CASE("preflight: a quiet pool has nothing against it", "[xapi][preflight]") {
    LiveOptions live;
    live.speed = 1;
    const LivePool pool(three_hosts(), live);
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    xapi::PreflightOptions options;
    options.backup_file = pool.path("backup.xml");
    options.orders = {order(Act::migrate, "db", "a", "b"), order(Act::restart_host, "", "a"),
                      order(Act::migrate, "db", "b", "a")};
    const Findings findings =
        xapi::preflight(client, captured, read(captured.scenario.text), options);
    for (const Finding& each : findings) INFO(each.code + " " + each.subject + each.sentence);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == "MOVES_NOT_ASKED");  // the way back, to an upgraded host
    CHECK(findings[0].severity == Severity::know);
}

// The simulated pool lives in a year of its own.
TEST_CASE("preflight: our clock is compared with the pool's where it is told to",
          "[xapi][preflight]") {
    LiveOptions live;
    live.speed = 1;
    const LivePool pool(three_hosts(), live);
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    const Scenario scenario = read(captured.scenario.text);
    xapi::PreflightOptions options;
    CHECK(finding(xapi::preflight(client, captured, scenario, options), "OUR_CLOCK_DIFFERS") ==
          nullptr);
    options.compares_our_clock = true;
    const Findings findings = xapi::preflight(client, captured, scenario, options);
    const Finding* const ours = finding(findings, "OUR_CLOCK_DIFFERS");
    REQUIRE(ours != nullptr);
    CHECK(ours->severity == Severity::act);
    INFO(ours->sentence);
    CHECK(ours->sentence.find("ahead of that of host ") != std::string::npos);
    options.skew_max = std::chrono::hours(24 * 365 * 100);
    CHECK(finding(xapi::preflight(client, captured, scenario, options), "OUR_CLOCK_DIFFERS") ==
          nullptr);
}

TEST_CASE("preflight: of moves to upgraded hosts what no upgrade changes is judged",
          "[xapi][preflight]") {
    LiveOptions live;
    live.speed = 1;
    live.faults = R"({"what": "fail_call", "method": "VM.assert_can_migrate", "nth": 1,
        "error": ["VM_INCOMPATIBLE_WITH_THIS_HOST", "x", "y", "no such CPU"]},
        {"what": "fail_call", "method": "VM.assert_can_migrate", "nth": 2,
        "error": ["VM_HAS_PCI_ATTACHED", "x"]})";
    const LivePool pool(three_hosts(), live);
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    xapi::PreflightOptions options;
    options.orders = {order(Act::restart_host, "", "a"), order(Act::restart_host, "", "c"),
                      order(Act::migrate, "idle", "b", "a"), order(Act::migrate, "web", "b", "c"),
                      // Its disk is on b's own storage, whatever c runs.
                      order(Act::migrate, "lo", "b", "c")};
    const Findings findings =
        xapi::preflight(client, captured, read(captured.scenario.text), options);
    REQUIRE(std::ranges::count(findings, "MOVE_REFUSED", &Finding::code) == 2);
    CHECK(findings[0].subject == "VM web");
    CHECK(findings[0].sentence.find("VM_HAS_PCI_ATTACHED") != std::string::npos);
    CHECK(findings[1].subject == "VM lo");
    INFO(findings[1].sentence);
    CHECK(findings[1].sentence.find("VDI_NOT_IN_MAP") != std::string::npos);
    const Finding* const partly = finding(findings, "MOVES_NOT_ASKED");
    REQUIRE(partly != nullptr);
    CHECK(partly->sentence.starts_with("3 moves"));
}

TEST_CASE("preflight: a pool that does not answer blocks a new run only", "[xapi][preflight]") {
    LiveOptions live;
    live.speed = 1;
    // What reads is sent again by the connection itself: it takes two.
    live.faults = R"({"what": "lose_answer", "method": "task.get_all_records"},
        {"what": "fail_call", "method": "host.get_servertime",
         "error": ["MESSAGE_METHOD_UNKNOWN", "host.get_servertime"]})";
    const LivePool pool(three_hosts(), live);
    xapi::Client client(pool.access());
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    const Scenario scenario = read(captured.scenario.text);
    xapi::PreflightOptions options;
    for (const bool resumes : {false, true}) {
        options.resumes = resumes;
        const Findings findings = xapi::preflight(client, captured, scenario, options);
        REQUIRE(std::ranges::count(findings, "NOT_ANSWERED", &Finding::code) == 4);
        for (const Finding& one : findings) {
            const bool lost = one.subject == "tasks";
            CHECK(one.severity == (lost && !resumes ? Severity::blocks : Severity::act));
        }
    }
}

TEST_CASE("preflight: what the run itself is at work on is no obstacle", "[xapi][preflight]") {
    LiveOptions live;
    live.speed = 1;
    const LivePool pool(three_hosts(), live);
    xapi::Client client(pool.access());
    const std::string idle = ref_of(client, "VM", "idle");
    call(client, "Async.VM.clean_shutdown", {wire::text(idle)});  // takes a minute at this speed
    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    const Scenario scenario = read(captured.scenario.text);
    xapi::PreflightOptions options;
    const Findings foreign = xapi::preflight(client, captured, scenario, options);
    CHECK(finding(foreign, "OPERATION_RUNNING") != nullptr);
    options.ours = {"idle"};
    const Findings own = xapi::preflight(client, captured, scenario, options);
    CHECK(finding(own, "OPERATION_RUNNING") == nullptr);
}

TEST_CASE("preflight: what is in the way is found", "[xapi][preflight]") {
    LiveOptions live;
    live.speed = 1;
    live.role = poolserver::Role::pool_operator;
    const LivePool pool(three_hosts(), live);
    xapi::Client client(pool.access());
    const std::string key = xapi::texts_of(call(client, "pool.get_all", {})).at(0);
    const xapi::LockEntry holder{"run-9", "else@where", "2026-01-01T00:00:00Z"};
    call(client, "pool.add_to_other_config",
         {wire::text(key), wire::text(xapi::lock_key), wire::text(xapi::print_lock(holder))});
    call(client, "task.create", {wire::text("Backup of everything"), wire::text("by hand")});
    const std::string idle = ref_of(client, "VM", "idle");
    call(client, "Async.VM.clean_shutdown", {wire::text(idle)});  // takes a minute at this speed

    NameBooks books;
    const xapi::Captured captured = captured_from(client, books);
    xapi::PreflightOptions options;
    options.backup_file = pool.path("backup.xml");
    // lo has its disk on b's own storage; nobody is called ghost.
    options.orders = {order(Act::migrate, "lo", "b", "c"), order(Act::migrate, "ghost", "b", "c"),
                      order(Act::migrate, "db", "a", "b")};
    const Findings findings =
        xapi::preflight(client, captured, read(captured.scenario.text), options);
    const Finding* const lock = finding(findings, "POOL_IS_LOCKED");
    REQUIRE(lock != nullptr);
    CHECK(lock->severity == Severity::blocks);
    CHECK(lock->sentence.find("else@where") != std::string::npos);
    const Finding* const task = finding(findings, "TASK_PENDING");
    REQUIRE(task != nullptr);
    const Finding* const busy = finding(findings, "OPERATION_RUNNING");
    REQUIRE(busy != nullptr);
    CHECK(busy->subject == "VM idle");
    const Finding* const backup = finding(findings, "NO_BACKUP_POSSIBLE");
    REQUIRE(backup != nullptr);
    CHECK(backup->remedy.find("pool-admin") != std::string::npos);
    const Finding* const move = finding(findings, "MOVE_REFUSED");
    REQUIRE(move != nullptr);
    CHECK(move->subject == "VM lo");
    CHECK(finding(findings, "NOT_THERE") != nullptr);
    CHECK(std::ranges::count(findings, "MOVE_REFUSED", &Finding::code) == 1);
    CHECK(findings.front().severity == Severity::blocks);
}

}  // namespace vacate::e2e
