// The parts of the XAPI client that need no pool: addresses, answers, classes of errors, trust.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/run_program.hpp"
#include "tools/xapi/endpoint.hpp"
#include "tools/xapi/problem.hpp"
#include "tools/xapi/record.hpp"
#include "tools/xapi/rpc.hpp"
#include "tools/xapi/trust.hpp"
#include "tools/xapi/watch_list.hpp"

namespace vacate::xapi {
namespace {

using Kind = CallProblem::Kind;
using Advice = Answered::Advice;

// 32 bytes, 00 to 1F.
constexpr const char* fingerprint =
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
    "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F";
constexpr const char* other =
    "FF:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
    "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F";

}  // namespace

TEST_CASE("xapi: addresses of hosts", "[xapi]") {
    CHECK(read_endpoint("10.0.0.1") == Endpoint{true, "10.0.0.1", 443});
    CHECK(read_endpoint("https://pool.example.org:8443/") ==
          Endpoint{true, "pool.example.org", 8443});
    CHECK(read_endpoint("http://127.0.0.1") == Endpoint{false, "127.0.0.1", 80});
    CHECK(read_endpoint("[fd00::1]:444") == Endpoint{true, "fd00::1", 444});
    CHECK(read_endpoint("fd00::1") == Endpoint{true, "fd00::1", 443});
    for (const char* wrong : {"", "https://", "a b", "host:0", "host:70000", "[fd00::1", "h/x",
                              "user@host", "[fd00::1]x"}) {
        INFO(wrong);
        CHECK_FALSE(read_endpoint(wrong).has_value());
    }
    const Endpoint member{true, "10.0.0.2", 8443};
    CHECK(coordinator_at(member, "10.0.0.1") == Endpoint{true, "10.0.0.1", 8443});
    CHECK(coordinator_at(member, "10.0.0.1:443") == Endpoint{true, "10.0.0.1", 443});
    // XAPI names IPv6 without brackets.
    CHECK(url_of(*coordinator_at(member, "fd00::1")) == "https://[fd00::1]:8443");
    CHECK(is_loopback({false, "127.0.0.9", 80}));
    CHECK_FALSE(is_loopback({false, "127.0.0.1.example.org", 80}));
    CHECK_FALSE(is_loopback({false, "10.0.0.1", 80}));
}

TEST_CASE("xapi: answers by JSON in all the shapes that hosts give them", "[xapi]") {
    CHECK(read_json_answer(R"({"jsonrpc":"2.0","result":"x","id":1})") == wire::text("x"));
    CHECK(read_json_answer(R"({"result":5,"error":null,"id":1})") == Value{std::int64_t{5}});
    const char* const refusals[]{
        R"({"jsonrpc":"2.0","error":{"code":1,"message":"HOST_IS_SLAVE","data":["10.0.0.1"]}})",
        R"({"jsonrpc":"2.0","error":["HOST_IS_SLAVE","10.0.0.1"],"id":0})",
        R"({"result":null,"error":["HOST_IS_SLAVE","10.0.0.1"],"id":1})"};
    for (const char* body : refusals) {
        const CallResult answer = read_json_answer(body);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().kind == Kind::refused);
        CHECK(answer.error().code == "HOST_IS_SLAVE");
        CHECK(answer.error().parameters == std::vector<std::string>{"10.0.0.1"});
    }
    for (const char* body : {"", "<html>", "[]", "{}", R"({"jsonrpc":"2.0","id":1})"}) {
        const CallResult answer = read_json_answer(body);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().kind == Kind::lost);
    }
}

TEST_CASE("xapi: answers by XML, where whole numbers are texts", "[xapi]") {
    const auto answer = [](const std::string& members) {
        return read_xml_answer("<methodResponse><params><param><value><struct>" + members +
                               "</struct></value></param></params></methodResponse>");
    };
    const std::string good =
        "<member><name>Status</name><value>Success</value></member>"
        "<member><name>Value</name><value><struct><member><name>a</name><value>42</value></member>"
        "<member><name>b</name><value><boolean>1</boolean></value></member>"
        "</struct></value></member>";
    const CallResult result = answer(good);
    REQUIRE(result.has_value());
    const auto& record = std::get<Struct>(result->of);
    CHECK(number_in(record, "a") == 42);
    CHECK(flag_in(record, "b"));
    CHECK(text_in(record, "absent") == "");
    const CallResult failed = answer(
        "<member><name>Status</name><value>Failure</value></member><member>"
        "<name>ErrorDescription</name><value><array><data><value>VM_BAD_POWER_STATE</value>"
        "<value>x</value></data></array></value></member>");
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == "VM_BAD_POWER_STATE");
    CHECK(read_xml_answer("<html></html>").error().kind == Kind::lost);
    CHECK(read_xml_answer("<methodResponse>").error().kind == Kind::lost);
}

TEST_CASE("xapi: a call reads the same by either wire", "[xapi]") {
    const Array parameters{wire::text("<x>"), {std::int64_t{7}}, {true}, {Struct{}}};
    CHECK(json_call("VM.start", parameters) ==
          R"({"jsonrpc":"2.0","method":"VM.start","params":["<x>",7,true,{}],"id":1})");
    CHECK(xml_call("VM.start", parameters) ==
          "<?xml version=\"1.0\"?><methodCall><methodName>VM.start</methodName><params>"
          "<param><value>&lt;x&gt;</value></param><param><value>7</value></param>"
          "<param><value><boolean>1</boolean></value></param>"
          "<param><value><struct></struct></value></param></params></methodCall>");
}

TEST_CASE("xapi: what may help against an error, by its code", "[xapi]") {
    // The classes of the reference: transient, not as believed, and the rest for a person.
    for (const char* code : {"OTHER_OPERATION_IN_PROGRESS", "HOST_STILL_BOOTING",
                             "TOO_MANY_STORAGE_MIGRATES", "SESSION_INVALID"}) {
        CHECK(advice_of(code) == Advice::retry);
    }
    for (const char* code :
         {"HOST_NOT_ENOUGH_FREE_MEMORY", "HOST_DISABLED", "VM_BAD_POWER_STATE"}) {
        CHECK(advice_of(code) == Advice::replan);
    }
    for (const char* code : {"LICENCE_RESTRICTION", "VM_LACKS_FEATURE", "WHATEVER_COMES"}) {
        CHECK(advice_of(code) == Advice::stop);
    }
}

TEST_CASE("xapi: sessions are not repeated in sentences", "[xapi]") {
    const std::string session = "OpaqueRef:0f0f";
    CHECK(refused({"SESSION_INVALID", session}).sentence == "SESSION_INVALID");
    CHECK(refused({"HANDLE_INVALID", "session", session}).sentence == "HANDLE_INVALID: session");
    CHECK(refused({"HANDLE_INVALID", "VM", "x"}).sentence == "HANDLE_INVALID: VM, x");
}

TEST_CASE("trust: no certificate is trusted by itself", "[xapi][trust]") {
    const auto trust = Trust::open({}, {});
    REQUIRE(trust.has_value());
    CHECK_FALSE((*trust)->accepts("pool:443", fingerprint));
    const auto [sentence, remedy] = (*trust)->refusal("pool:443", fingerprint);
    CHECK(sentence.find(fingerprint) != std::string::npos);
    CHECK(remedy.find(std::string("--fingerprint ") + fingerprint) != std::string::npos);
}

TEST_CASE("trust: given fingerprints, in any spelling, and no other", "[xapi][trust]") {
    std::string plain = fingerprint;
    std::erase(plain, ':');
    for (char& c : plain) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    TrustOptions options;
    options.fingerprints = {plain};
    const auto trust = Trust::open(options, {});
    REQUIRE(trust.has_value());
    CHECK((*trust)->accepts("any:443", fingerprint));
    CHECK_FALSE((*trust)->accepts("any:443", other));
    options.fingerprints = {"AB:CD", plain + "0", "xyz"};
    const auto wrong = Trust::open(options, {});
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().items.size() == 3);  // all of them at once
    options.fingerprints = {plain};
    options.ca_file = "ca.pem";
    CHECK_FALSE(Trust::open(options, {}).has_value());
}

TEST_CASE("trust: the first certificate is noted and told, another one is refused",
          "[xapi][trust]") {
    const TemporaryFolder folder;
    TrustOptions options;
    options.known_file = folder.path("known");
    std::vector<std::string> told;
    const auto teller = [&](const std::string& line) { told.push_back(line); };
    {
        const auto unasked = Trust::open(options, teller);
        CHECK_FALSE((*unasked)->accepts("pool:443", fingerprint));  // only when asked
        CHECK(text_of_file(options.known_file) == "");
    }
    options.on_first_use = true;
    {
        const auto first = Trust::open(options, teller);
        CHECK((*first)->accepts("pool:443", fingerprint));
        CHECK((*first)->accepts("pool:443", fingerprint));
        CHECK_FALSE((*first)->accepts("pool:443", other));
    }
    CHECK(told.size() == 1);
    CHECK(text_of_file(options.known_file) == std::string("pool:443 ") + fingerprint + "\n");
    options.on_first_use = false;
    const auto later = Trust::open(options, teller);
    CHECK((*later)->accepts("pool:443", fingerprint));
    CHECK_FALSE((*later)->accepts("else:443", fingerprint));
    CHECK((*later)->refusal("pool:443", other).first.find("another certificate") !=
          std::string::npos);
    write_text(options.known_file, "# a comment\npool:443 nonsense\n");
    const auto broken = Trust::open(options, teller);
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().items[0].place == "line 2");
    options.known_file = folder.path("no/such/folder/known");
    options.on_first_use = true;
    const auto nowhere = Trust::open(options, teller);
    CHECK_FALSE((*nowhere)->accepts("pool:443", fingerprint));  // what cannot be noted
}

TEST_CASE("xapi: tasks end commands, whoever is heard first", "[xapi]") {
    const Directory names;
    const auto task = [](const std::string& status, double progress) {
        return Struct{{"status", wire::text(status)},
                      {"progress", {progress}},
                      {"error_info", {Array{wire::text("VM_BAD_POWER_STATE"), wire::text("x")}}}};
    };
    Commanded command;
    command.key = 3;
    command.order.act = Act::migrate;
    WatchList list;
    SECTION("progress, then the end") {
        CHECK(list.watch("t", command, names).empty());
        CHECK(list.hear("t", task("pending", 0), names).empty());
        const auto half = list.hear("t", task("pending", 0.5), names);
        REQUIRE(half.size() == 1);
        CHECK(std::get<live::Progress>(half[0]) == live::Progress{3, 500});
        const auto end = list.hear("t", task("success", 1), names);
        REQUIRE(end.size() == 1);
        CHECK(std::get<Answered>(end[0]).kind == Answered::Kind::done);
        CHECK(list.hear("t", task("success", 1), names).empty());  // once
        CHECK(list.tasks().empty());
    }
    SECTION("the end before anybody waited") {
        CHECK(list.hear("t", task("failure", 1), names).empty());
        const auto end = list.watch("t", command, names);
        REQUIRE(end.size() == 1);
        const auto& answer = std::get<Answered>(end[0]);
        CHECK(answer.key == 3);
        CHECK(answer.kind == Answered::Kind::refused);
        CHECK(answer.advice == Advice::replan);
    }
    SECTION("a task that is gone") {
        CHECK(list.watch("t", command, names).empty());
        const auto end = list.lose("t");
        REQUIRE(end.size() == 1);
        CHECK(std::get<Answered>(end[0]).kind == Answered::Kind::unknown);
    }
    SECTION("a restart says nothing more, unless it failed") {
        command.order.act = Act::restart_host;
        CHECK(list.watch("t", command, names).empty());
        CHECK(list.hear("t", task("success", 1), names).empty());
        CHECK(list.watch("u", command, names).empty());
        CHECK(list.hear("u", task("failure", 1), names).size() == 1);
    }
}

}  // namespace vacate::xapi
