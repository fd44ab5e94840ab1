// Any body is read as a JSON-RPC call or refused; what was read can be answered and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/check.hpp"
#include "tools/poolserver/json_rpc.hpp"

using namespace vacate::poolserver;

namespace {

/// The value of an answer of version 2 with id 1, as the parameters of a call.
std::string as_call(const std::string& answer) {
    const std::string head = R"({"jsonrpc":"2.0","result":)";
    VACATE_CHECK(answer.starts_with(head), "an answer is a result");
    return R"({"method":"m","params":)" + answer.substr(head.size());
}

/// Nulls as the texts they are written as.
Value without_nulls(Value value) {
    if (std::holds_alternative<std::monostate>(value.of)) return text("");
    if (auto* values = std::get_if<Array>(&value.of)) {
        for (Value& each : *values) each = without_nulls(std::move(each));
    } else if (auto* members = std::get_if<Struct>(&value.of)) {
        for (Member& each : *members) each.value = without_nulls(std::move(each.value));
    }
    return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(size == 0 ? "" : reinterpret_cast<const char*>(data), size);
    const auto read = read_json_call(body, 0);
    if (!read) {
        VACATE_CHECK(!read.error().empty(), "a refusal says why");
        return 0;
    }
    VACATE_CHECK(!print_json_answer(*read, Value{read->call.parameters}).empty(),
                 "every call can be answered");
    const JsonCall asked{{"m", {}, 0}, true, {std::int64_t{1}}};
    const Value parameters{read->call.parameters};
    const auto again = read_json_call(as_call(print_json_answer(asked, parameters)), 0);
    VACATE_CHECK(again.has_value(), "what was written can be read");
    VACATE_CHECK(Value{again->call.parameters} == without_nulls(parameters),
                 "reading undoes writing");
    return 0;
}
