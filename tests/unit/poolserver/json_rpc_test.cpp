// JSON-RPC 1 and 2 in the dialect of xapi: what is read, what is refused, what is written.
#include "tools/poolserver/json_rpc.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tools/poolserver/limits.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::poolserver {
namespace {

JsonCall asked(bool second, Value id = {std::int64_t{1}}) {
    return {{"m", {}, 0}, second, std::move(id)};
}

/// What is written for `value`, without what stands around it.
std::string written(const Value& value) {
    const std::string all = print_json_answer(asked(true), value);
    const std::string head = R"({"jsonrpc":"2.0","result":)";
    const std::string tail = R"(,"id":1})";
    REQUIRE(all.starts_with(head));
    REQUIRE(all.ends_with(tail));
    return all.substr(head.size(), all.size() - head.size() - tail.size());
}

TEST_CASE("json-rpc: both versions are read", "[poolserver][json]") {
    const Array parameters{text("s"),
                           {std::int64_t{1}},
                           {60.1},
                           {true},
                           {},
                           {Array{}},
                           {Struct{{"b", text("1")}, {"a", {Struct{}}}}}};
    const std::string list = R"(["s", 1, 60.1, true, null, [], {"b": "1", "a": {}}])";
    CHECK(read_json_call(R"({"method": "m", "params": )" + list + R"(, "id": 7})", 2) ==
          JsonCall{{"m", parameters, 2}, false, {std::int64_t{7}}});
    CHECK(read_json_call(
              R"({"jsonrpc": "2.0", "method": "m", "params": )" + list + R"(, "id": "x"})", 2) ==
          JsonCall{{"m", parameters, 2}, true, text("x")});
    // Version 2 may leave the parameters out, or give one object.
    const JsonCall bare = asked(true);
    CHECK(read_json_call(R"({"jsonrpc":"2.0","method":"m","id":1})", 0) == bare);
    CHECK(read_json_call(R"({"jsonrpc":"2.0","method":"m","params":null,"id":1})", 0) == bare);
    CHECK(read_json_call(R"({"jsonrpc":"2.0","method":"m","params":{"a":1},"id":1})", 0) ==
          JsonCall{{"m", {{Struct{{"a", {std::int64_t{1}}}}}}, 0}, true, {std::int64_t{1}}});
}

TEST_CASE("json-rpc: numbers, escapes and order survive", "[poolserver][json]") {
    const auto read = [](const std::string& value) {
        return read_json_call(R"({"method":"m","id":1,"params":[)" + value + "]}", 0)
            ->call.parameters.at(0);
    };
    CHECK(read("9223372036854775807") == Value{std::numeric_limits<std::int64_t>::max()});
    CHECK(read("-9223372036854775808") == Value{std::numeric_limits<std::int64_t>::min()});
    CHECK(read("60.0") == Value{60.0});
    CHECK(read("1e3") == Value{1000.0});
    CHECK(read(R"("\u00e4\n\"\/")") == text("\xc3\xa4\n\"/"));
    CHECK(read("\"20240101T00:00:00Z\"") == text("20240101T00:00:00Z"));
}

TEST_CASE("json-rpc: what is no call is refused with a reason", "[poolserver][json]") {
    const std::string deep(vacate::wire::json_depth, '[');
    const std::vector<std::string> bodies{
        "",
        "hello",
        "<methodCall/>",
        "[]",
        "7",
        "{}",
        R"({"method":"m","params":[],"id":1)",
        R"({"method":"m","params":[],"id":1} x)",
        R"({"params":[],"id":1})",
        R"({"method":7,"params":[],"id":1})",
        R"({"method":"m","id":1})",
        R"({"method":"m","params":{},"id":1})",
        R"({"method":"m","params":[]})",
        R"({"method":"m","params":[],"id":null})",
        R"({"method":"m","params":[],"id":1.5})",
        R"({"jsonrpc":"2.0","method":"m","params":7,"id":1})",
        R"({"jsonrpc":"2.0","method":"m","params":[]})",
        R"({"jsonrpc":"1.0","method":"m","params":[],"id":1})",
        R"({"jsonrpc":2,"method":"m","params":[],"id":1})",
        R"({"method":"m","params":[9223372036854775808],"id":1})",
        R"({"method":"m","params":[1e999],"id":1})",
        R"({"method":"m","params":[01],"id":1})",
        R"({"method":"m","params":[NaN],"id":1})",
        "{\"method\":\"m\",\"params\":[\"\xff\"],\"id\":1}",
        R"([{"method":"m","params":[],"id":1}])",
        R"({"method":"m","id":1,"params":)" + deep,
        std::string(limits::call_bytes + 1, '['),
    };
    for (const std::string& body : bodies) {
        INFO(body.substr(0, 200));
        const auto call = read_json_call(body, 0);
        REQUIRE_FALSE(call.has_value());
        CHECK_FALSE(call.error().empty());
    }
}

TEST_CASE("json-rpc: every type is written as xapi writes it", "[poolserver][json]") {
    CHECK(written({}) == "\"\"");
    CHECK(written(text("a\"\\/\n\x01\xc3\xa4")) == "\"a\\\"\\\\/\\n\\u0001\xc3\xa4\"");
    CHECK(written({std::int64_t{17'179'869'184}}) == "17179869184");
    CHECK(written({Int32{3}}) == "3");
    CHECK(written({true}) == "true");
    CHECK(written({1.0}) == "1.0");
    CHECK(written({0.25}) == "0.25");
    CHECK(written({DateTime{1'704'067'200}}) == "\"20240101T00:00:00Z\"");
    CHECK(written({Array{text("a"), {Array{}}}}) == R"(["a",[]])");
    CHECK(written({Struct{{"b", text("1")}, {"a", {Struct{}}}}}) == R"({"b":"1","a":{}})");
}

TEST_CASE("json-rpc: answers and failures of both versions", "[poolserver][json]") {
    const Answer good = text("x");
    const Answer bad = tl::unexpected(Failure{{"HANDLE_INVALID", "VM", "r"}, false});
    const Answer early = tl::unexpected(Failure{{"HOST_STILL_BOOTING"}, true});
    CHECK(print_json_answer(asked(false), good) == R"({"result":"x","error":null,"id":1})");
    CHECK(print_json_answer(asked(true), good) == R"({"jsonrpc":"2.0","result":"x","id":1})");
    CHECK(print_json_answer(asked(false, text("i")), bad) ==
          R"({"result":null,"error":["HANDLE_INVALID","VM","r"],"id":"i"})");
    CHECK(print_json_answer(asked(true), bad) ==
          R"({"jsonrpc":"2.0","error":{"code":1,"message":"HANDLE_INVALID","data":["VM","r"]},)"
          R"("id":1})");
    // Before dispatch: an array, version 2 and id 0 whatever was asked.
    const std::string booting = R"({"jsonrpc":"2.0","error":["HOST_STILL_BOOTING"],"id":0})";
    CHECK(print_json_answer(asked(true), early) == booting);
    CHECK(print_json_answer(asked(false), early) == booting);
    const JsonCall list{{"system.listMethods", {}, 0}, true, {std::int64_t{1}}};
    CHECK(print_json_answer(list, bad) ==
          R"({"jsonrpc":"2.0","error":["HANDLE_INVALID","VM","r"],"id":1})");
}

}  // namespace
}  // namespace vacate::poolserver
