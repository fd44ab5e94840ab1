// The exchanges recorded of a real xapi 24.0.0: every request is read, every answer is written
// again byte for byte on both transports.
#include <catch2/catch.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/shared_data.hpp"
#include "tools/poolserver/date_time.hpp"
#include "tools/poolserver/json_rpc.hpp"
#include "tools/poolserver/xml_rpc.hpp"

namespace vacate::poolserver {
namespace {

using Json = nlohmann::ordered_json;

Json recorded(const std::string& name) {
    const auto file = read_shared("xapi-golden/xapi-24.0.0-" + name + ".json");
    return file ? Json::parse(*file) : Json::array();
}

Value from_json(const Json& json) {
    if (json.is_boolean()) return {json.get<bool>()};
    if (json.is_number_float()) return {json.get<double>()};
    if (json.is_number()) return {json.get<std::int64_t>()};
    if (json.is_string()) return text(json.get<std::string>());
    if (json.is_array()) {
        Array values;
        for (const Json& each : json) values.push_back(from_json(each));
        return {values};
    }
    Struct members;
    if (json.is_object()) {
        for (const auto& [name, value] : json.items()) members.push_back({name, from_json(value)});
        return {members};
    }
    return {};
}

/// Answers are written by us only, so the test reads them with its own hands: as calls, which
/// the reader knows, with <i4> taken for what it is.
Value as_written(std::string response) {
    const std::string from = "<methodResponse><params>";
    const std::string to = "<methodCall><methodName>m</methodName><params>";
    response.replace(response.find(from), from.size(), to);
    response.resize(response.size() - std::string("</methodResponse>").size());
    const auto call = read_xml_call(response + "</methodCall>", 0);
    INFO(response.substr(0, 300));
    REQUIRE(call.has_value());
    REQUIRE(call->parameters.size() == 1);
    return call->parameters.front();
}

/// In answers only counts carry a type, <i4>.
void narrow(Value& value) {
    if (auto* number = std::get_if<std::int64_t>(&value.of)) {
        value.of = Int32{static_cast<std::int32_t>(*number)};
    } else if (auto* values = std::get_if<Array>(&value.of)) {
        for (Value& each : *values) narrow(each);
    } else if (auto* members = std::get_if<Struct>(&value.of)) {
        for (Member& each : *members) narrow(each.value);
    }
}

/// What an answer says, out of its struct of Status and Value or ErrorDescription.
Answer answer_of(const Value& whole) {
    const auto* members = std::get_if<Struct>(&whole.of);
    if (members == nullptr) return whole;  // system.listMethods
    REQUIRE(members->size() == 2);
    if (members->front().value == text("Success")) return members->back().value;
    Failure failure;
    for (const Value& word : std::get<Array>(members->back().value.of)) {
        failure.description.push_back(std::get<std::string>(word.of));
    }
    return tl::unexpected(failure);
}

Array parameters_of(const Json& call) {
    Array parameters;
    for (const Json& each : call["args"]) parameters.push_back(from_json(each));
    return parameters;
}

/// What was asked: the recorder put the session in front where the method takes one.
void check_parameters(const Array& read, const Json& call) {
    const Array wanted = parameters_of(call);
    REQUIRE(read.size() >= wanted.size());
    REQUIRE(read.size() <= wanted.size() + 1);
    const auto skipped = static_cast<std::ptrdiff_t>(read.size() - wanted.size());
    CHECK(Array(read.begin() + skipped, read.end()) == wanted);
}

TEST_CASE("recorded: requests and answers in XML", "[poolserver][xml][recorded]") {
    for (const std::string name : {"normal", "rpu"}) {
        for (const Json& call : recorded(name)) {
            INFO(name << ": " << call["note"]);
            const std::string method = call["method"];
            const auto read = read_xml_call(call["xml"]["request"].get<std::string>(), 0);
            REQUIRE(read.has_value());
            CHECK(read->method == method);
            check_parameters(read->parameters, call);

            const std::string response = call["xml"]["response"];
            Value whole = as_written(response);
            narrow(whole);
            CHECK(print_xml_answer(method, answer_of(whole)) == response);
        }
    }
}

TEST_CASE("recorded: requests and answers in JSON", "[poolserver][json][recorded]") {
    for (const std::string name : {"normal", "rpu"}) {
        for (const Json& call : recorded(name)) {
            if (!call.contains("json")) continue;
            INFO(name << ": " << call["note"]);
            const auto read = read_json_call(call["json"]["request"].get<std::string>(), 0);
            REQUIRE(read.has_value());
            CHECK(read->second);
            CHECK(read->call.method == call["method"].get<std::string>());
            check_parameters(read->call.parameters, call);

            const std::string response = call["json"]["response"];
            const Json whole = Json::parse(response);
            Answer answer;
            if (whole.contains("result")) {
                answer = from_json(whole["result"]);
            } else {
                Failure failure{{whole["error"]["message"]}};
                for (const Json& word : whole["error"]["data"]) failure.description.push_back(word);
                answer = tl::unexpected(failure);
            }
            CHECK(print_json_answer(*read, answer) == response);
        }
    }
}

/// `json` with the types that `xml` alone knows, or nothing where they do not say the same.
bool same_meaning(const Value& xml, const Value& json) {
    if (const auto* number = std::get_if<std::int64_t>(&json.of)) {
        return xml == text(std::to_string(*number)) || xml == Value{*number};
    }
    if (const auto* moment = std::get_if<DateTime>(&xml.of)) {
        return json == text(print_date_time(*moment));
    }
    const auto* left = std::get_if<Array>(&xml.of);
    const auto* right = std::get_if<Array>(&json.of);
    if (left != nullptr && right != nullptr) {
        return std::equal(left->begin(), left->end(), right->begin(), right->end(), same_meaning);
    }
    const auto* first = std::get_if<Struct>(&xml.of);
    const auto* second = std::get_if<Struct>(&json.of);
    if (first != nullptr && second != nullptr) {
        return std::equal(first->begin(), first->end(), second->begin(), second->end(),
                          [](const Member& a, const Member& b) {
                              return a.name == b.name && same_meaning(a.value, b.value);
                          });
    }
    return xml == json;
}

// One Value must do for both transports: where both answers were taken of the same state, what
// the XML says as text the JSON says as a number or text, member by member in the same order.
TEST_CASE("recorded: one value explains both transports", "[poolserver][recorded]") {
    std::size_t compared = 0;
    for (const std::string name : {"normal", "rpu"}) {
        for (const Json& call : recorded(name)) {
            const std::string method = call["method"];
            if (!call.contains("json") || !method.ends_with(".get_all_records")) continue;
            const Json whole = Json::parse(call["json"]["response"].get<std::string>());
            INFO(name << ": " << call["note"]);
            const Answer answer = answer_of(as_written(call["xml"]["response"]));
            REQUIRE(answer.has_value());
            CHECK(same_meaning(*answer, from_json(whole["result"])));
            ++compared;
        }
    }
    if (compared > 0) CHECK(compared == 20);  // 10 classes, asked in both pools
}

}  // namespace
}  // namespace vacate::poolserver
