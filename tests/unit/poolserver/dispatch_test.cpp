// What a call is answered before and beside any behaviour: checks, fields, handlers, the dump.
#include "tools/poolserver/dispatch.hpp"

#include <catch2/catch.hpp>

#include "model/codec/xapi_dump.hpp"
#include "tests/unit/poolserver/client.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

struct Bench {
    Bench() : service(small_scenario(), {}), client(service) {
        client.log_in();
        host = text(service.hosts()[0]);
        vm = text(service.database().find_by_name("VM", "db")[0]);
    }
    PoolService service;
    Client client;
    Value host, vm;
};

}  // namespace

TEST_CASE("calls are checked in xapi's order", "[poolserver][dispatch]") {
    Bench bench;
    Client stranger(bench.service);  // without a session: its first argument is ""
    CHECK(stranger.error("VM.nosuch") == Words{"MESSAGE_METHOD_UNKNOWN", "VM.nosuch"});
    CHECK(stranger.error("nosuch.get_all")[0] == "MESSAGE_METHOD_UNKNOWN");
    CHECK(stranger.error("nodot")[0] == "MESSAGE_METHOD_UNKNOWN");
    CHECK(stranger.error("VM.pool_migrate", {bench.vm}) ==
          Words{"MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.pool_migrate", "3", "1"});
    const auto none = stranger.begin("host.get_all", {});
    CHECK(none->answer->error().description ==
          Words{"MESSAGE_PARAMETER_COUNT_MISMATCH", "host.get_all", "0", "-1"});
    CHECK(stranger.error("VM.pool_migrate", {bench.vm, bench.host, text("live")}) ==
          Words{"INTERNAL_ERROR", "Failure(\"Expecting Rpc.Dict, but found 'S(live)'\")"});
    CHECK(stranger.error("VM.pool_migrate", {text("x"), bench.host, {Struct{}}})[0] ==
          "SESSION_INVALID");
    CHECK(bench.client.error("VM.pool_migrate", {text("x"), bench.host, {Struct{}}}) ==
          Words{"HANDLE_INVALID", "VM", "x"});
    CHECK(bench.client.error("VM.pool_migrate", {bench.vm, bench.vm, {Struct{}}}) ==
          Words{"HANDLE_INVALID", "host", std::get<std::string>(bench.vm.of)});
    CHECK(bench.client.error("VM.get_record", {text(null_ref)})[0] == "HANDLE_INVALID");
}

TEST_CASE("trailing parameters with defaults may be left out, no more than that",
          "[poolserver][dispatch]") {
    Bench bench;
    Array seen;
    bench.service.handle("host.evacuate",
                         [&](const Caller&, const Array& arguments, const Done& done) {
                             seen = arguments;
                             done(Value{});
                         });
    bench.client.value("host.evacuate", {bench.host});
    CHECK(seen == Array{bench.host, text(null_ref), {std::int64_t{0}}});
    bench.client.value("host.evacuate", {bench.host, text(null_ref), text("7")});
    CHECK(seen[2] == Value{std::int64_t{7}});  // XML-RPC writes whole numbers as text
    CHECK(bench.client.error("host.evacuate",
                             {bench.host, text(null_ref), {std::int64_t{0}}, {true}}) ==
          Words{"MESSAGE_PARAMETER_COUNT_MISMATCH", "host.evacuate", "1", "4"});
}

TEST_CASE("a message without behaviour says so", "[poolserver][dispatch]") {
    Bench bench;
    CHECK(bench.client.error("VM.clone", {bench.vm, text("copy")}) ==
          Words{"NOT_IMPLEMENTED", "VM.clone"});
}

TEST_CASE("objects are found by uuid, by name and by a simple query", "[poolserver][dispatch]") {
    Bench bench;
    const std::string uuid = bench.client.words("VM.get_uuid", {bench.vm});
    CHECK(bench.client.value("VM.get_by_uuid", {text(uuid)}) == bench.vm);
    CHECK(bench.client.error("VM.get_by_uuid", {text("none")}) ==
          Words{"UUID_INVALID", "VM", "none"});
    CHECK(bench.client.value("VM.get_by_name_label", {text("db")}) == Value{Array{bench.vm}});
    CHECK(bench.client.value("VM.get_by_name_label", {text("none")}) == Value{Array{}});
    const auto count = [&](const std::string& query) {
        const Value found = bench.client.value("VM.get_all_records_where", {text(query)});
        return std::get<Struct>(found.of).size();
    };
    CHECK(count("true") == 5);  // three VMs, two control domains
    CHECK(count("field \"is_control_domain\" = \"false\"") == 3);
    CHECK(count("(field \"name__label\" = \"db\")") == 1);
    CHECK(count("field \"power_state\"=\"Running\" and field \"is_control_domain\"=\"true\"") == 2);
    CHECK(bench.client.error("VM.get_all_records_where", {text("or")})[0] == "INTERNAL_ERROR");
}

TEST_CASE("maps and sets are changed one entry at a time", "[poolserver][dispatch]") {
    Bench bench;
    const Value key = text("vacate:run");
    bench.client.value("host.add_to_other_config", {bench.host, key, text("1")});
    CHECK(bench.service.database().entry_of(std::get<std::string>(bench.host.of), "other_config",
                                            "vacate:run") == "1");
    CHECK(bench.client.error("host.add_to_other_config", {bench.host, key, text("2")}) ==
          Words{"MAP_DUPLICATE_KEY", "host", "other_config", std::get<std::string>(bench.host.of),
                "vacate:run"});
    bench.client.value("host.remove_from_other_config", {bench.host, key});
    bench.client.value("host.remove_from_other_config", {bench.host, key});  // gone already: fine
    bench.client.value("host.add_to_other_config", {bench.host, key, text("3")});
    bench.client.value("VM.add_tags", {bench.vm, text("blue")});
    bench.client.value("VM.add_tags", {bench.vm, text("blue")});
    CHECK(bench.client.value("VM.get_tags", {bench.vm}) == Value{Array{text("blue")}});
    bench.client.value("VM.remove_tags", {bench.vm, text("blue")});
    CHECK(bench.client.value("VM.get_tags", {bench.vm}) == Value{Array{}});
    bench.client.value("VM.set_name_label", {bench.vm, text("renamed")});
    CHECK(bench.client.words("VM.get_name_label", {bench.vm}) == "renamed");
    // Not writable, but with a message of its own that only sets the field.
    bench.client.value("VM.set_ha_restart_priority", {bench.vm, text("restart")});
    CHECK(bench.client.words("VM.get_ha_restart_priority", {bench.vm}) == "restart");
    CHECK(bench.client.error("VM.set_power_state", {bench.vm, text("Halted")})[0] ==
          "MESSAGE_METHOD_UNKNOWN");
}

TEST_CASE("sets that mirror a reference follow it, with events of both sides",
          "[poolserver][database]") {
    Bench bench;
    Database& database = bench.service.database();
    const std::string vm = std::get<std::string>(bench.vm.of);
    const std::string& from = bench.service.hosts()[0];
    const std::string& to = bench.service.hosts()[1];
    const auto resides = [&](const std::string& host) {
        const auto residents = database.set_of(host, "resident_VMs");
        return std::ranges::count(residents, vm);
    };
    CHECK(resides(from) == 1);
    const Generation before = database.generation();
    database.set(vm, "resident_on", text(to));
    CHECK(resides(from) == 0);
    CHECK(resides(to) == 1);
    CHECK(database.changed_since(*database.schema().find("host"), before).size() == 2);
    database.set(vm, "resident_on", text(to));  // no change, no event
    CHECK(database.changed_since(*database.schema().find("VM"), before).size() == 1);
    const auto vbds = database.set_of(vm, "VBDs");
    REQUIRE(vbds.size() == 2);  // a disk and a CD drive
    database.destroy(vbds[0]);
    CHECK(database.set_of(vm, "VBDs") == std::vector<std::string>{vbds[1]});
    CHECK(database.find(vbds[0]) == nullptr);
}

TEST_CASE("a gate refuses before anything is looked at", "[poolserver][dispatch]") {
    Bench bench;
    bench.service.set_gate([](std::size_t host, std::string_view method) -> std::optional<Failure> {
        if (host != 1 || method == "session.slave_local_login_with_password") {
            return std::nullopt;
        }
        return Failure{{"HOST_STILL_BOOTING"}};
    });
    Client member(bench.service, 1);
    const auto refused = member.begin("nonsense", {});
    CHECK(refused->answer->error() == Failure{{"HOST_STILL_BOOTING"}, true});
    const Array login{text("root"), text("root")};
    CHECK(member.begin("session.slave_local_login_with_password", login)->answer->has_value());
    bench.client.value("host.get_all");
}

TEST_CASE("the dump is the coordinator's, an administrator's, and empty in mixed mode",
          "[poolserver][dispatch]") {
    Bench bench;
    Download download{"/pool/xmldbdump", {{"session_id", bench.client.session()}}, 0};
    const Page page = page_of(bench.service, download);
    CHECK(page.status == 200);
    CHECK(scenario_from_xapi_dump(page.body, "dump"));
    CHECK(page.body.find(bench.client.session()) == std::string::npos);

    download.host = 1;
    const std::string address = bench.service.coordinator_address();
    CHECK(page_of(bench.service, download).status == 302);
    CHECK(page_of(bench.service, download).location ==
          "https://" + address + "/pool/xmldbdump?session_id=" + bench.client.session());
    CHECK(page_of(bench.service, {"/pool/xmldbdump", {}, 0}).status == 401);
    CHECK(page_of(bench.service, {"/nosuch", {}, 0}).status == 404);

    download.host = 0;
    bench.service.database().put_entry(bench.service.pool(), "other_config",
                                       "rolling_upgrade_in_progress", text("true"));
    const auto empty = scenario_from_xapi_dump(page_of(bench.service, download).body, "dump");
    REQUIRE_FALSE(empty);
    CHECK(empty.error().items[0].sentence.find("schema 5.35") != std::string::npos);
}

TEST_CASE("the date goes with the pool's own time", "[poolserver][dispatch]") {
    Bench bench;
    const Value before = bench.client.value("host.get_servertime", {bench.host});
    bench.service.advance(at(90s));
    const Value after = bench.client.value("host.get_servertime", {bench.host});
    CHECK(std::get<DateTime>(after.of).seconds == std::get<DateTime>(before.of).seconds + 90);
    CHECK(bench.client.value("host.get_server_localtime", {bench.host}) ==
          Value{DateTime{std::get<DateTime>(after.of).seconds, true}});
}

TEST_CASE("messages are written, listed and destroyed", "[poolserver][dispatch]") {
    Bench bench;
    const std::string uuid = bench.client.words("VM.get_uuid", {bench.vm});
    const Value message = bench.client.value(
        "message.create",
        {text("VACATE_RUN"), {std::int64_t{5}}, text("VM"), text(uuid), text("begun")});
    const Value record = bench.client.value("message.get_record", {message});
    CHECK(member(record, "body") == text("begun"));
    CHECK(member(record, "obj_uuid") == text(uuid));
    bench.client.value("message.destroy", {message});
    CHECK(bench.client.value("message.get_all") == Value{Array{}});
}

}  // namespace vacate::poolserver
