// Laws of the wire formats: whatever the pool may say is understood as it was meant.
#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>

#include "tools/poolserver/date_time.hpp"
#include "tools/poolserver/json_rpc.hpp"
#include "tools/poolserver/xml_rpc.hpp"

namespace vacate::poolserver {
namespace {

/// Texts of all characters that XML can carry, markup and two bytes of UTF-8 among them.
rc::Gen<std::string> any_text() {
    const auto piece = rc::gen::oneOf(
        rc::gen::map(rc::gen::inRange(' ', '~'), [](char c) { return std::string(1, c); }),
        rc::gen::element<std::string>("<", "&", "]]>", "\"", "\t", "\n", "\xc3\xa4", "&amp;"));
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                        [](const std::vector<std::string>& pieces) {
                            std::string all;
                            for (const std::string& each : pieces) all += each;
                            return all;
                        });
}

Value any_value(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
        case 0:
            return {*rc::gen::arbitrary<bool>()};
        case 1:
            return {*rc::gen::arbitrary<std::int64_t>()};
        // Quarters below 2^40 have few enough digits for either format.
        case 2:
            return {static_cast<double>(*rc::gen::inRange(-(1ll << 40), 1ll << 40)) / 4};
        case 3:
            return {DateTime{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000)}};
        case 4:
            return {Int32{*rc::gen::arbitrary<std::int32_t>()}};
        case 5:
            return text(*any_text());
        case 6: {
            Array values;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
                values.push_back(any_value(depth - 1));
            return {std::move(values)};
        }
        default: {
            Struct members;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
                members.push_back({*any_text(), any_value(depth - 1)});
            }
            return {std::move(members)};
        }
    }
}

/// `value` with what the format does not tell apart made one.
template <class Leaf>
Value erased(const Value& value, const Leaf& leaf) {
    if (const auto* values = std::get_if<Array>(&value.of)) {
        Array all;
        for (const Value& each : *values) all.push_back(erased(each, leaf));
        return {std::move(all)};
    }
    if (const auto* members = std::get_if<Struct>(&value.of)) {
        Struct all;
        for (const Member& each : *members) all.push_back({each.name, erased(each.value, leaf)});
        return {std::move(all)};
    }
    return leaf(value);
}

TEST_CASE("xml-rpc: what is written is read, numbers as texts", "[poolserver][law]") {
    rc::prop("for every value", [] {
        const Value value = any_value(3);
        std::string answer = print_xml_answer("system.listMethods", value);
        const std::string from = "<methodResponse>";
        answer.replace(answer.find(from), from.size(), "<methodCall><methodName>m</methodName>");
        answer.resize(answer.size() - std::string("</methodResponse>").size());
        const auto call = read_xml_call(answer + "</methodCall>", 0);
        RC_ASSERT(call.has_value());
        RC_ASSERT(call->parameters.size() == 1);
        const Value meant = erased(value, [](const Value& leaf) -> Value {
            if (const auto* number = std::get_if<std::int64_t>(&leaf.of)) {
                return text(std::to_string(*number));
            }
            if (const auto* count = std::get_if<Int32>(&leaf.of)) {
                return {std::int64_t{count->count}};
            }
            return leaf;
        });
        RC_ASSERT(call->parameters.front() == meant);
    });
}

TEST_CASE("json-rpc: what is written is read, moments as texts", "[poolserver][law]") {
    rc::prop("for every value", [](bool second) {
        const Value value = any_value(3);
        const JsonCall asked{{"m", {}, 0}, second, {std::int64_t{1}}};
        const std::string answer = print_json_answer(asked, value);
        const std::string from = "\"result\":";
        const std::size_t at = answer.find(from);
        const std::size_t end = answer.rfind(second ? ",\"id\":" : ",\"error\":null");
        const std::string result = answer.substr(at + from.size(), end - at - from.size());
        const auto call = read_json_call(R"({"method":"m","id":1,"params":[)" + result + "]}", 0);
        RC_ASSERT(call.has_value());
        RC_ASSERT(call->call.parameters.size() == 1);
        const Value meant = erased(value, [](const Value& leaf) -> Value {
            if (const auto* moment = std::get_if<DateTime>(&leaf.of)) {
                return text(print_date_time(*moment));
            }
            if (const auto* count = std::get_if<Int32>(&leaf.of)) {
                return {std::int64_t{count->count}};
            }
            return leaf;
        });
        RC_ASSERT(call->call.parameters.front() == meant);
    });
}

TEST_CASE("moments: reading undoes printing", "[poolserver][law]") {
    rc::prop("for every second of the years 0 to 9999", [] {
        const DateTime moment{*rc::gen::inRange<std::int64_t>(-62'167'219'200, 253'402'300'800)};
        RC_ASSERT(read_date_time(print_date_time(moment)) == moment);
    });
}

}  // namespace
}  // namespace vacate::poolserver
