// Calls and answers around the values in them.
#include "tools/poolserver/xml_rpc.hpp"

#include <utility>

#include "tools/poolserver/limits.hpp"
#include "tools/xapi_wire/xml_value.hpp"

namespace vacate::poolserver {
tl::expected<Call, std::string> read_xml_call(std::string_view body, std::size_t host) {
    if (body.size() > limits::call_bytes) return tl::unexpected(std::string("it is too long"));
    const tl::expected<wire::XmlNode, std::string> root = wire::read_xml(body);
    if (!root) return tl::unexpected(root.error());
    wire::XmlReader reader;
    Call call{{}, {}, host};
    if (reader.holds_elements(*root, "methodCall") && root->children.size() != 2) {
        reader.fail("a methodCall holds <methodName> and <params>");
    }
    if (!reader.problem.empty()) return tl::unexpected(std::move(reader.problem));
    call.method = reader.text_of(root->children.front(), "methodName");
    const wire::XmlNode& parameters = root->children.back();
    if (reader.holds_elements(parameters, "params")) {
        for (const wire::XmlNode& parameter : parameters.children) {
            if (!reader.holds_elements(parameter, "param")) break;
            if (parameter.children.size() != 1) {
                reader.fail("a param holds one <value>");
                break;
            }
            call.parameters.push_back(reader.value(parameter.children.front()));
            if (!reader.problem.empty()) break;
        }
    }
    if (!reader.problem.empty()) return tl::unexpected(std::move(reader.problem));
    return call;
}

std::string print_xml_answer(std::string_view method, const Answer& answer) {
    Value error;
    if (!answer) {
        Array words;
        for (const std::string& word : answer.error().description) words.push_back(text(word));
        error.of = std::move(words);
    }
    const Value& content = answer ? *answer : error;
    std::string out = R"(<?xml version="1.0"?><methodResponse><params><param>)";
    if (method == "system.listMethods") {
        wire::add_xml(out, content);
    } else {
        out += "<value><struct><member><name>Status</name><value>";
        out += answer ? "Success" : "Failure";
        out += "</value></member><member><name>";
        out += answer ? "Value" : "ErrorDescription";
        out += "</name>";
        wire::add_xml(out, content);
        out += "</member></struct></value>";
    }
    return out + "</param></params></methodResponse>";
}

}  // namespace vacate::poolserver
