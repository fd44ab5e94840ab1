// XML-RPC in the dialect of xapi: what is read, what is refused, what is written byte for byte.
#include "tools/poolserver/xml_rpc.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tools/poolserver/limits.hpp"
#include "tools/xapi_wire/xml_value.hpp"

namespace vacate::poolserver {
namespace {

std::string call_of(const std::string& values) {
    std::string body = "<?xml version='1.0'?><methodCall><methodName>m</methodName><params>";
    return body + values + "</params></methodCall>";
}

/// What is read of one parameter <value>...</value>.
tl::expected<Value, std::string> read_value(const std::string& value) {
    const auto call = read_xml_call(call_of("<param><value>" + value + "</value></param>"), 0);
    if (!call) return tl::unexpected(call.error());
    REQUIRE(call->parameters.size() == 1);
    return call->parameters.front();
}

/// What is written for `value`, without what stands around it.
std::string written(const Value& value) {
    const std::string all = print_xml_answer("m", value);
    const std::string head =
        "<?xml version=\"1.0\"?><methodResponse><params><param><value><struct><member>"
        "<name>Status</name><value>Success</value></member><member><name>Value</name>";
    const std::string tail = "</member></struct></value></param></params></methodResponse>";
    REQUIRE(all.starts_with(head));
    REQUIRE(all.ends_with(tail));
    return all.substr(head.size(), all.size() - head.size() - tail.size());
}

TEST_CASE("xml-rpc: every type is read", "[poolserver][xml]") {
    CHECK(read_value("bare") == text("bare"));
    CHECK(read_value("") == text(""));
    CHECK(read_value("  ") == text("  "));
    CHECK(read_value("<string>a &lt;b&gt; &amp; \xc3\xa4</string>") == text("a <b> & \xc3\xa4"));
    CHECK(read_value("<string/>") == text(""));
    CHECK(read_value("<string><![CDATA[<x>]]></string>") == text("<x>"));
    CHECK(read_value(" <i4>7</i4>\n") == Value{std::int64_t{7}});
    CHECK(read_value("<int>-7</int>") == Value{std::int64_t{-7}});
    CHECK(read_value("<i8>+9223372036854775807</i8>") ==
          Value{std::numeric_limits<std::int64_t>::max()});
    CHECK(read_value("<boolean>1</boolean>") == Value{true});
    CHECK(read_value("<boolean>0</boolean>") == Value{false});
    // Only "1" is true, in xapi as well.
    CHECK(read_value("<boolean>true</boolean>") == Value{false});
    CHECK(read_value("<double>60.1</double>") == Value{60.1});
    CHECK(read_value("<double>1e3</double>") == Value{1000.0});
    // 2024-01-01: 54 years with 13 leap days, (54 * 365 + 13) * 86400 s.
    CHECK(read_value("<dateTime.iso8601>20240101T00:00:00Z</dateTime.iso8601>") ==
          Value{DateTime{1'704'067'200}});
    CHECK(read_value("<dateTime.iso8601>noon</dateTime.iso8601>") == text("noon"));
    CHECK(read_value("<nil/>") == Value{});
    CHECK(read_value("<array/>") == Value{Array{}});
    CHECK(read_value("<array> <data> <value>a</value> <value><i4>1</i4></value></data></array>") ==
          Value{Array{text("a"), {std::int64_t{1}}}});
    CHECK(read_value("<struct/>") == Value{Struct{}});
    CHECK(read_value("<struct><member><name>b</name><value>1</value></member>\n"
                     "<member><name>a</name><value><struct/></value></member></struct>") ==
          Value{Struct{{"b", text("1")}, {"a", {Struct{}}}}});
}

TEST_CASE("xml-rpc: a call is its method, its parameters and the host", "[poolserver][xml]") {
    CHECK(read_xml_call(call_of(""), 3) == Call{"m", {}, 3});
    CHECK(read_xml_call("<methodCall><methodName>a.b</methodName><params/></methodCall>", 0) ==
          Call{"a.b", {}, 0});
    CHECK(read_xml_call(call_of("<param><value>x</value></param><param><value>y</value></param>"),
                        1) == Call{"m", {text("x"), text("y")}, 1});
}

TEST_CASE("xml-rpc: what is no call is refused with a reason", "[poolserver][xml]") {
    std::string deep = "x";
    for (std::size_t i = 0; i < vacate::wire::element_depth; ++i) {
        deep = "<array><data><value>" + deep + "</value></data></array>";
    }
    const std::vector<std::string> bodies{
        "",
        "hello",
        "{\"method\": \"m\"}",
        "<methodCall>",
        "<methodCall/>",
        "<methodResponse><params/></methodResponse>",
        "<methodCall><methodName>m</methodName></methodCall>",
        "<methodCall><params/><methodName>m</methodName></methodCall>",
        "<methodCall><methodName><b/></methodName><params/></methodCall>",
        call_of("text"),
        call_of("<value/>"),
        call_of("<param/>"),
        call_of("<param><value/><value/></param>"),
        call_of("<param><value>a<i4>1</i4></value></param>"),
        call_of("<param><value><i4>1</i4><i4>2</i4></value></param>"),
        call_of("<param><value><i4></i4></value></param>"),
        call_of("<param><value><i4> 1</i4></value></param>"),
        call_of("<param><value><i4>9223372036854775808</i4></value></param>"),
        call_of("<param><value><double>nan</double></value></param>"),
        call_of("<param><value><boolean/></value></param>"),
        call_of("<param><value><float>1</float></value></param>"),
        call_of("<param><value><string><b/></string></value></param>"),
        call_of("<param><value><array><value/></array></value></param>"),
        call_of("<param><value><struct><member><name>a</name></member></struct></value></param>"),
        call_of("<param><value>" + deep + "</value></param>"),
        call_of("<param><value>&nothing;</value></param>"),
        call_of("") + "<more/>",
        "<!DOCTYPE d [<!ENTITY e \"eeeeeeee\">]>" + call_of("<param><value>&e;</value></param>"),
        "\xff\xfe\x00",
        call_of(std::string(limits::call_bytes, ' ')),
    };
    for (const std::string& body : bodies) {
        INFO(body.substr(0, 200));
        const auto call = read_xml_call(body, 0);
        REQUIRE_FALSE(call.has_value());
        CHECK_FALSE(call.error().empty());
    }
}

TEST_CASE("xml-rpc: every type is written as xapi writes it", "[poolserver][xml]") {
    CHECK(written({}) == "<value></value>");
    CHECK(written(text("a<b>&\"c\"\x01\t\n")) == "<value>a&lt;b&gt;&amp;&quot;c&quot;\t\n</value>");
    CHECK(written({std::int64_t{17'179'869'184}}) == "<value>17179869184</value>");
    CHECK(written({Int32{-3}}) == "<value><i4>-3</i4></value>");
    CHECK(written({true}) == "<value><boolean>1</boolean></value>");
    CHECK(written({false}) == "<value><boolean>0</boolean></value>");
    // printf("%.16g") of each
    CHECK(written({1.0}) == "<value><double>1</double></value>");
    CHECK(written({0.1}) == "<value><double>0.1</double></value>");
    CHECK(written({1.0 / 3}) == "<value><double>0.3333333333333333</double></value>");
    CHECK(written({1e20}) == "<value><double>1e+20</double></value>");
    CHECK(written({DateTime{1'704'067'200}}) ==
          "<value><dateTime.iso8601>20240101T00:00:00Z</dateTime.iso8601></value>");
    CHECK(written({DateTime{0}}) ==
          "<value><dateTime.iso8601>19700101T00:00:00Z</dateTime.iso8601></value>");
    CHECK(written({Array{text("a"), {Array{}}}}) ==
          "<value><array><data><value>a</value><value><array><data></data></array></value>"
          "</data></array></value>");
    CHECK(written({Struct{{"b&", text("1")}, {"a", {Struct{}}}}}) ==
          "<value><struct><member><name>b&amp;</name><value>1</value></member>"
          "<member><name>a</name><value><struct></struct></value></member></struct></value>");
}

TEST_CASE("xml-rpc: a failure lists its words; listMethods stands bare", "[poolserver][xml]") {
    const Answer failure = tl::unexpected(Failure{{"HANDLE_INVALID", "VM", "OpaqueRef:x"}});
    CHECK(print_xml_answer("VM.start", failure) ==
          "<?xml version=\"1.0\"?><methodResponse><params><param><value><struct><member>"
          "<name>Status</name><value>Failure</value></member><member><name>ErrorDescription"
          "</name><value><array><data><value>HANDLE_INVALID</value><value>VM</value>"
          "<value>OpaqueRef:x</value></data></array></value></member></struct></value></param>"
          "</params></methodResponse>");
    CHECK(print_xml_answer("system.listMethods", Value{Array{text("a.b")}}) ==
          "<?xml version=\"1.0\"?><methodResponse><params><param><value><array><data>"
          "<value>a.b</value></data></array></value></param></params></methodResponse>");
}

}  // namespace
}  // namespace vacate::poolserver
