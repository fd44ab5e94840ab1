// Requests without sockets: where each goes, and what the answer carries.
#include "tools/poolserver/exchange.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_pool.hpp"

namespace vacate::poolserver {
namespace {

/// What a request is answered; nothing when the connection shall end.
std::optional<HttpAnswer> ask(FakePool& pool, HttpRequest request) {
    std::optional<HttpAnswer> given;
    int times = 0;
    exchange(pool, 0, std::move(request), [&](std::optional<HttpAnswer> answer) {
        given = std::move(answer);
        ++times;
    });
    REQUIRE(times == 1);
    return given;
}

HttpRequest posted(const std::string& target, const std::string& body) {
    return {"POST", target, body, true, ""};
}

const std::string xml_echo = "<methodCall><methodName>echo</methodName><params/></methodCall>";
const std::string json_echo = R"({"method":"echo","params":[],"id":1})";

std::string type_of(const HttpAnswer& answer) {
    for (const auto& [name, value] : answer.headers) {
        if (name == "Content-Type") return value;
    }
    return "";
}

TEST_CASE("exchange: the path decides the protocol, by prefix", "[poolserver][exchange]") {
    FakePool pool;
    for (const std::string path : {"/", "/RPC2", "/xmlrpc", "/anything", "/json", "/RPC2?x=1"}) {
        INFO(path);
        const auto answer = ask(pool, posted(path, xml_echo));
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(type_of(*answer) == "text/xml");
    }
    for (const std::string path : {"/jsonrpc", "/jsonrpc/x", "/json"}) {
        INFO(path);
        const auto answer = ask(pool, posted(path, json_echo));
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(type_of(*answer) == "application/json");
    }
    CHECK(ask(pool, posted("/jsonrpc", xml_echo))->status == 500);
    CHECK(ask(pool, posted("/", json_echo))->status == 500);
}

TEST_CASE("exchange: what failed before dispatch lacks the CORS headers", "[poolserver]") {
    FakePool pool;
    const auto names = [&](const std::string& method) {
        std::vector<std::string> found;
        const std::string body = R"({"method":")" + method + R"(","params":[],"id":1})";
        const auto answer = ask(pool, posted("/jsonrpc", body));
        REQUIRE(answer);
        for (const auto& header : answer->headers) {
            found.push_back(header.first);
        }
        return found;
    };
    CHECK(names("early") == std::vector<std::string>{"Cache-Control", "Content-Type"});
    CHECK(names("fail") == std::vector<std::string>{"Cache-Control", "Content-Type",
                                                    "Access-Control-Allow-Origin",
                                                    "Access-Control-Allow-Headers"});
}

TEST_CASE("exchange: a page that refuses escapes what it quotes", "[poolserver][exchange]") {
    const HttpAnswer page = error_page(500, "<script> & \"x\"");
    CHECK(page.close);
    CHECK(page.reason == "Internal Error");
    CHECK(page.body.find("&lt;script&gt; &amp; &quot;x&quot;") != std::string::npos);
    FakePool pool;
    CHECK(ask(pool, {"HEAD", "/", "", false, ""})->status == 501);
    CHECK(ask(pool, {"POST", "*", "", true, ""})->status == 500);
    HttpRequest endless = posted("/", xml_echo);
    endless.has_length = false;
    CHECK(ask(pool, endless)->status == 500);
    CHECK_FALSE(
        ask(pool, posted("/jsonrpc", R"({"method":"gone","params":[],"id":1})")).has_value());
}

TEST_CASE("exchange: a target is its path and its decoded query", "[poolserver][exchange]") {
    CHECK(read_target("/a%20b") == Target{"/a b", {}});
    CHECK(read_target("/a+b?") == Target{"/a+b", {}});
    CHECK(read_target("/p?session_id=OpaqueRef%3a1&x=a+b&&flag&y=1=2#part") ==
          Target{"/p", {{"session_id", "OpaqueRef:1"}, {"x", "a b"}, {"flag", ""}, {"y", "1=2"}}});
    CHECK(read_target("/p?a=%zz%4&b=%") == Target{"/p", {{"a", "%zz%4"}, {"b", "%"}}});
}

TEST_CASE("exchange: handlers see query and body, and may send the client away",
          "[poolserver][exchange]") {
    FakePool pool;
    const auto page = ask(pool, {"GET", "/pool/xmldbdump?session_id=s", "", false, ""});
    REQUIRE(page);
    CHECK(page->body == "GET /pool/xmldbdump  session_id=s");
    CHECK(page->unbounded);
    CHECK(page->close);
    CHECK(ask(pool, {"PUT", "/x", "data", true, ""})->body == "PUT /x data");
    const auto moved = ask(pool, {"GET", "/moved", "", false, ""});
    REQUIRE(moved);
    CHECK(moved->status == 302);
    CHECK(moved->reason == "Found");
    CHECK(moved->headers.back() ==
          std::pair<std::string, std::string>("Location", "http://127.0.0.1/elsewhere"));
}

}  // namespace
}  // namespace vacate::poolserver
