// Reads JSON into values as it is parsed, and writes values as JSON without blanks.
#include "tools/poolserver/json_rpc.hpp"

#include <cstdint>
#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "tools/poolserver/date_time.hpp"
#include "tools/poolserver/limits.hpp"

namespace vacate::poolserver {
namespace {

using Json = nlohmann::json;

/// Builds a Value from what the parser meets; keeps the order of members.
class Builder : public nlohmann::json_sax<Json> {
  public:
    Value root;
    std::string problem;

    bool null() override { return put({}); }
    bool boolean(bool yes) override { return put({yes}); }
    bool number_integer(std::int64_t number) override { return put({number}); }
    bool number_unsigned(std::uint64_t number) override {
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return fail(std::to_string(number) + " is more than 64 bits with a sign can hold");
        }
        return put({static_cast<std::int64_t>(number)});
    }
    bool number_float(double number, const std::string&) override { return put({number}); }
    bool string(std::string& words) override { return put({std::move(words)}); }
    bool binary(Json::binary_t&) override { return fail("binary data"); }
    bool start_object(std::size_t) override { return begin({Struct{}}); }
    bool key(std::string& name) override {
        open_.back().key = std::move(name);
        return true;
    }
    bool end_object() override { return end(); }
    bool start_array(std::size_t) override { return begin({Array{}}); }
    bool end_array() override { return end(); }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        return fail("it is no JSON from byte " + std::to_string(position) + " on");
    }

  private:
    struct Open {
        Value value;
        std::string key;
    };
    std::vector<Open> open_;

    bool fail(std::string sentence) {
        if (problem.empty()) problem = std::move(sentence);
        return false;
    }
    bool begin(Value value) {
        if (open_.size() >= limits::json_depth) return fail("it is nested too deep");
        open_.push_back({std::move(value), {}});
        return true;
    }
    bool end() {
        Value value = std::move(open_.back().value);
        open_.pop_back();
        return put(std::move(value));
    }
    bool put(Value value) {
        if (open_.empty()) {
            root = std::move(value);
        } else if (Array* array = std::get_if<Array>(&open_.back().value.of)) {
            array->push_back(std::move(value));
        } else if (Struct* object = std::get_if<Struct>(&open_.back().value.of)) {
            object->push_back({std::move(open_.back().key), std::move(value)});
        }
        return true;
    }
};

tl::expected<Value, std::string> read_document(std::string_view text) {
    Builder builder;
    try {
        if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
    } catch (const std::exception& error) {
        return tl::unexpected(std::string(error.what()));
    }
    return tl::unexpected(std::move(builder.problem));
}

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

/// A text or number as JSON; the library knows what to escape and how to round.
template <class Leaf>
void add_leaf(std::string& out, const Leaf& leaf) {
    out += Json(leaf).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add_value(std::string& out, const Value& value);

void add_words(std::string& out, std::span<const std::string> words) {
    out += '[';
    for (const std::string& word : words) {
        if (&word != words.data()) out += ',';
        add_leaf(out, word);
    }
    out += ']';
}

struct ValueWriter {
    std::string& out;

    void operator()(std::monostate) const { out += "\"\""; }
    void operator()(Int32 number) const { add_leaf(out, number.count); }
    void operator()(DateTime moment) const { add_leaf(out, print_date_time(moment)); }
    void operator()(const Array& values) const {
        out += '[';
        for (const Value& value : values) {
            if (&value != values.data()) out += ',';
            add_value(out, value);
        }
        out += ']';
    }
    void operator()(const Struct& members) const {
        out += '{';
        for (const Member& member : members) {
            if (&member != members.data()) out += ',';
            add_leaf(out, member.name);
            out += ':';
            add_value(out, member.value);
        }
        out += '}';
    }
    template <class Leaf>
    void operator()(const Leaf& leaf) const {
        add_leaf(out, leaf);
    }
};

void add_value(std::string& out, const Value& value) { std::visit(ValueWriter{out}, value.of); }

void add_error(std::string& out, const JsonCall& call, const Failure& failure) {
    const std::span<const std::string> words = failure.description;
    const bool as_array =
        failure.before_dispatch || !call.second || call.call.method == "system.listMethods";
    if (as_array) {
        add_words(out, words);
        return;
    }
    out += R"({"code":1,"message":)";
    add_leaf(out, words.empty() ? std::string() : words.front());
    out += R"(,"data":)";
    add_words(out, words.empty() ? words : words.subspan(1));
    out += '}';
}

}  // namespace

tl::expected<JsonCall, std::string> read_json_call(std::string_view body, std::size_t host) {
    if (body.size() > limits::call_bytes) return tl::unexpected(std::string("it is too long"));
    tl::expected<Value, std::string> document = read_document(body);
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
        if (answer) add_value(out, *answer);
        out += answer ? R"(,"error":null)" : R"(null,"error":)";
        if (!answer) add_error(out, call, answer.error());
    } else if (answer) {
        out += R"(,"result":)";
        add_value(out, *answer);
    } else {
        out += R"(,"error":)";
        add_error(out, call, answer.error());
    }
    out += R"(,"id":)";
    add_value(out, early ? Value{std::int64_t{0}} : call.id);
    return out + '}';
}

}  // namespace vacate::poolserver
