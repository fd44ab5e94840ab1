// Envelopes around values.
#include "tools/xapi/rpc.hpp"

#include <utility>

#include "tools/xapi/record.hpp"
#include "tools/xapi_wire/json_value.hpp"
#include "tools/xapi_wire/xml_value.hpp"

namespace vacate::xapi {
namespace {

CallProblem no_answer(const std::string& why) {
    CallProblem problem;
    problem.kind = CallProblem::Kind::lost;
    problem.sentence = "what came back is no answer: " + why;
    return problem;
}

/// The first of `words` is the code; other kinds of values become texts.
CallProblem refused_by(const Array& words) {
    std::vector<std::string> description;
    for (const Value& word : words) description.push_back(text_of(word));
    return refused(std::move(description));
}

/// {code: 1, message: CODE, data: [parameters]}
CallProblem refused_by(const Struct& error) {
    Array words;
    if (const Value* message = find(error, "message")) words.push_back(*message);
    if (const Value* data = find(error, "data")) {
        if (const auto* rest = std::get_if<Array>(&data->of)) {
            words.insert(words.end(), rest->begin(), rest->end());
        }
    }
    return refused_by(words);
}

}  // namespace

std::string json_call(std::string_view method, const Array& parameters) {
    const Value call{Struct{{"jsonrpc", wire::text("2.0")},
                            {"method", wire::text(method)},
                            {"params", {parameters}},
                            {"id", {std::int64_t{1}}}}};
    std::string body;
    wire::add_json(body, call);
    return body;
}

std::string xml_call(std::string_view method, const Array& parameters) {
    std::string body = "<?xml version=\"1.0\"?><methodCall><methodName>";
    body += method;  // letters, digits, dots and underscores
    body += "</methodName><params>";
    for (const Value& parameter : parameters) {
        body += "<param>";
        wire::add_xml(body, parameter);
        body += "</param>";
    }
    return body + "</params></methodCall>";
}

CallResult read_json_answer(std::string_view body) {
    auto document = wire::read_json(body);
    if (!document) return tl::unexpected(no_answer(document.error()));
    auto* const members = std::get_if<Struct>(&document->of);
    if (members == nullptr) return tl::unexpected(no_answer("it is no object"));
    if (const Value* error = find(*members, "error")) {
        if (const auto* words = std::get_if<Array>(&error->of)) {
            return tl::unexpected(refused_by(*words));
        }
        if (const auto* object = std::get_if<Struct>(&error->of)) {
            return tl::unexpected(refused_by(*object));
        }
    }
    for (Member& member : *members) {
        if (member.name == "result") return std::move(member.value);
    }
    return tl::unexpected(no_answer("it has no result"));
}

CallResult read_xml_answer(std::string_view body) {
    const auto root = wire::read_xml(body);
    if (!root) return tl::unexpected(no_answer(root.error()));
    const auto child = [](const wire::XmlNode* node, std::string_view tag) {
        const bool fits =
            node != nullptr && node->children.size() == 1 && node->children.front().tag == tag;
        return fits ? &node->children.front() : nullptr;
    };
    const bool is_response = root->tag == "methodResponse";
    const wire::XmlNode* const value =
        child(child(child(is_response ? &*root : nullptr, "params"), "param"), "value");
    if (value == nullptr) return tl::unexpected(no_answer("it is no methodResponse with a value"));
    wire::XmlReader reader;
    Value read = reader.value(*value);
    if (!reader.problem.empty()) return tl::unexpected(no_answer(reader.problem));
    auto* const members = std::get_if<Struct>(&read.of);
    if (members == nullptr) return tl::unexpected(no_answer("it has no status"));
    if (const Value* words = find(*members, "ErrorDescription")) {
        if (const auto* list = std::get_if<Array>(&words->of)) {
            return tl::unexpected(refused_by(*list));
        }
    }
    for (Member& member : *members) {
        if (member.name == "Value") return std::move(member.value);
    }
    return tl::unexpected(no_answer("it has neither a value nor an error"));
}

}  // namespace vacate::xapi
