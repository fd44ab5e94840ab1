// Calls and answers around the values in them.
#include "tools/poolserver/json_rpc.hpp"

#include <cstdint>
#include <span>
#include <utility>

#include "tools/poolserver/limits.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::poolserver {

using wire::add_json;

namespace {

Value* find(Struct& members, std::string_view name) {
    for (Member& member : members) {
        if (member.name == name) return &member.value;
    }
    return nullptr;
}

bool is_absent(const Value* value) {
    return value == nullptr || std::holds_alternative<std::monostate>(value->of);
}

// Writing.

void add_words(std::string& out, std::span<const std::string> words) {
    out += '[';
    for (const std::string& word : words) {
        if (&word != words.data()) out += ',';
        add_json(out, text(word));
    }
    out += ']';
}

void add_error(std::string& out, const JsonCall& call, const Failure& failure) {
    const std::span<const std::string> words = failure.description;
    const bool as_array =
        failure.before_dispatch || !call.second || call.call.method == "system.listMethods";
    if (as_array) {
        add_words(out, words);
        return;
    }
    out += R"({"code":1,"message":)";
    add_json(out, text(words.empty() ? std::string() : words.front()));
    out += R"(,"data":)";
    add_words(out, words.empty() ? words : words.subspan(1));
    out += '}';
}

}  // namespace

tl::expected<JsonCall, std::string> read_json_call(std::string_view body, std::size_t host) {
    if (body.size() > limits::call_bytes) return tl::unexpected(std::string("it is too long"));
    tl::expected<Value, std::string> document = wire::read_json(body);
    if (!document) return tl::unexpected(std::move(document.error()));
    const auto bad = [](std::string_view member) {
        return tl::unexpected("member \"" + std::string(member) + "\" is missing or wrong");
    };
    Struct* members = std::get_if<Struct>(&document->of);
    if (members == nullptr) return tl::unexpected(std::string("it is no object"));
    JsonCall read{{{}, {}, host}, false, {}};

    Value* method = find(*members, "method");
    std::string* name = method == nullptr ? nullptr : std::get_if<std::string>(&method->of);
    if (name == nullptr) return bad("method");
    read.call.method = std::move(*name);

    const Value* version = find(*members, "jsonrpc");
    if (version != nullptr && *version != text("2.0")) return bad("jsonrpc");
    read.second = version != nullptr;

    Value* parameters = find(*members, "params");
    Array* list = parameters == nullptr ? nullptr : std::get_if<Array>(&parameters->of);
    if (list != nullptr) {
        read.call.parameters = std::move(*list);
    } else if (!read.second) {
        return bad("params");
    } else if (!is_absent(parameters)) {
        if (!std::holds_alternative<Struct>(parameters->of)) return bad("params");
        read.call.parameters.push_back(std::move(*parameters));
    }

    Value* id = find(*members, "id");
    if (is_absent(id)) return bad("id");
    if (!std::holds_alternative<std::int64_t>(id->of) &&
        !std::holds_alternative<std::string>(id->of)) {
        return bad("id");
    }
    read.id = std::move(*id);
    return read;
}

std::string print_json_answer(const JsonCall& call, const Answer& answer) {
    const bool early = !answer && answer.error().before_dispatch;
    const bool second = call.second || early;
    std::string out = second ? R"({"jsonrpc":"2.0")" : R"({"result":)";
    if (!second) {
        if (answer) add_json(out, *answer);
        out += answer ? R"(,"error":null)" : R"(null,"error":)";
        if (!answer) add_error(out, call, answer.error());
    } else if (answer) {
        out += R"(,"result":)";
        add_json(out, *answer);
    } else {
        out += R"(,"error":)";
        add_error(out, call, answer.error());
    }
    out += R"(,"id":)";
    add_json(out, early ? Value{std::int64_t{0}} : call.id);
    return out + '}';
}

}  // namespace vacate::poolserver
