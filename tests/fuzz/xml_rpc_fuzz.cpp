// Any body is read as an XML-RPC call or refused; what was read can be answered and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/check.hpp"
#include "tools/poolserver/xml_rpc.hpp"

using namespace vacate::poolserver;

namespace {

/// The answer's value as the parameter of a call, which the reader knows.
std::string as_call(const std::string& answer) {
    const std::string head = "<?xml version=\"1.0\"?><methodResponse>";
    const std::string tail = "</methodResponse>";
    VACATE_CHECK(answer.starts_with(head) && answer.ends_with(tail), "an answer is a response");
    return "<methodCall><methodName>m</methodName>" +
           answer.substr(head.size(), answer.size() - head.size() - tail.size()) + "</methodCall>";
}

/// A carriage return is written as it is, as xapi does, and XML reads it as the end of a line.
std::string with_plain_ends(std::string text) {
    for (std::size_t at = 0; (at = text.find('\r', at)) != std::string::npos; ++at) {
        if (text.compare(at, 2, "\r\n") == 0) text.erase(at, 1);
        text[at] = '\n';
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(size == 0 ? "" : reinterpret_cast<const char*>(data), size);
    const auto call = read_xml_call(body, 0);
    if (!call) {
        VACATE_CHECK(!call.error().empty(), "a refusal says why");
        return 0;
    }
    // Bare, as listMethods answers, so that nesting stays what it was.
    const Value all{call->parameters};
    for (const Value& value : call->parameters) {
        const auto again = read_xml_call(as_call(print_xml_answer("system.listMethods", value)), 0);
        // Numbers come back as texts; and written once more they are the same bytes.
        VACATE_CHECK(again && again->parameters.size() == 1, "what was written can be read");
        VACATE_CHECK(print_xml_answer("m", again->parameters.front()) ==
                         with_plain_ends(print_xml_answer("m", value)),
                     "reading undoes writing");
    }
    VACATE_CHECK(!print_xml_answer(call->method, all).empty(), "every call can be answered");
    return 0;
}
