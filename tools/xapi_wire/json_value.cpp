// Reads JSON into values as it is parsed, and writes values as JSON without blanks.
#include "tools/xapi_wire/json_value.hpp"

#include <exception>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/xapi_wire/date_time.hpp"

namespace vacate::wire {
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
        if (open_.size() >= json_depth) return fail("it is nested too deep");
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

/// A text or number as JSON; the library knows what to escape and how to round.
template <class Leaf>
void add_leaf(std::string& out, const Leaf& leaf) {
    out += Json(leaf).dump(-1, ' ', false, Json::error_handler_t::replace);
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
            add_json(out, value);
        }
        out += ']';
    }
    void operator()(const Struct& members) const {
        out += '{';
        for (const Member& member : members) {
            if (&member != members.data()) out += ',';
            add_leaf(out, member.name);
            out += ':';
            add_json(out, member.value);
        }
        out += '}';
    }
    template <class Leaf>
    void operator()(const Leaf& leaf) const {
        add_leaf(out, leaf);
    }
};

}  // namespace

tl::expected<Value, std::string> read_json(std::string_view text) {
    Builder builder;
    try {
        if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
    } catch (const std::exception& error) {
        return tl::unexpected(std::string(error.what()));
    }
    return tl::unexpected(std::move(builder.problem));
}

void add_json(std::string& out, const Value& value) { std::visit(ValueWriter{out}, value.of); }

}  // namespace vacate::wire
