// Our table of classes says what XAPI publishes.
#include "tools/poolserver/schema.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/shared_data.hpp"

namespace vacate::poolserver {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

/// A type in the words of the published schema.
std::string published(const Type& type) {
    switch (type.kind) {
        case Kind::nothing:
            return "void";
        case Kind::text:
            return "string";
        case Kind::number:
            return "int";
        case Kind::real:
            return "float";
        case Kind::flag:
            return "bool";
        case Kind::moment:
            return "datetime";
        case Kind::reference:
            return type.name + " ref";
        case Kind::enumerator:
            return "enum " + type.name;
        case Kind::record:
            return type.name + " record";
        case Kind::set:
            return published(type.parts[0]) + " set";
        case Kind::map:
            break;
    }
    return "(" + published(type.parts[0]) + " -> " + published(type.parts[1]) + ") map";
}

const char* qualifier(Access access) {
    switch (access) {
        case Access::runtime:
            return "RO/runtime";
        case Access::constructor:
            return "RO/constructor";
        case Access::writable:
            break;
    }
    return "RW";
}

void compare_fields(const Class& ours, const Json& theirs) {
    std::set<std::string> names;
    for (const Json& field : theirs["fields"]) {
        INFO(ours.name << "." << field["name"]);
        names.insert(field["name"]);
        const auto at = ours.find_field(field["name"].get<std::string>());
        REQUIRE(at);
        CHECK(published(ours.fields[*at].type) == field["type"].get<std::string>());
        CHECK(qualifier(ours.fields[*at].access) == field["qualifier"].get<std::string>());
    }
    for (const Field& field : ours.fields) {
        INFO(ours.name << "." << field.name);
        // Of 24.19.1, younger than the published schema.
        const bool younger = ours.name == "VM" && field.name == "groups";
        CHECK((younger || names.contains(field.name)));
    }
}

void compare_messages(const Class& ours, const Json& theirs) {
    std::set<std::string> names{"get_all_records_where"};  // exists, but is not published
    for (const Json& message : theirs["messages"]) {
        const std::string name = message["name"];
        INFO(ours.name << "." << name);
        names.insert(name);
        const Message* found = ours.find_message(name);
        REQUIRE(found != nullptr);
        std::vector<std::string> wanted;
        for (const Json& parameter : message["params"]) {
            if (parameter["name"] != "session_id") wanted.push_back(parameter["type"]);
        }
        CHECK(found->needs_session == (message["params"].size() > wanted.size()));
        std::vector<std::string> given;
        for (const Parameter& each : found->parameters) given.push_back(published(each.type));
        // Since 25.31, with a default.
        if (ours.name == "host" && name == "disable") wanted.emplace_back("bool");
        CHECK(given == wanted);
        const bool batch = ours.name == "event" && name == "from";  // "an event batch"
        if (!batch) CHECK(published(found->result) == message["result"].get<std::string>());
    }
    for (const Message& message : ours.messages) {
        INFO(ours.name << "." << message.name);
        const bool younger = message.name == "get_groups" && ours.name == "VM";
        const bool hidden = message.name == "is_in_emergency_mode" || message.name == "is_slave";
        CHECK((younger || hidden || names.contains(message.name)));
    }
}

}  // namespace

TEST_CASE("the table has every field and message that the published schema has",
          "[poolserver][schema]") {
    const auto text = read_shared("xenapi-schema.json");
    if (!text) return;
    const Schema schema(Release{true});
    std::size_t compared = 0;
    for (const Json& theirs : Json::parse(*text)) {
        const auto index = schema.find(theirs["class"].get<std::string>());
        if (!index) continue;
        ++compared;
        compare_fields(schema[*index], theirs);
        compare_messages(schema[*index], theirs);
        for (const Json& each : theirs["enums"]) {
            INFO(each["name"]);
            const auto* values = schema.enumerators(each["name"].get<std::string>());
            REQUIRE(values != nullptr);
            CHECK(*values == each["values"].get<std::vector<std::string>>());
        }
    }
    CHECK(compared == 23);  // session .. VUSB; VM_group is younger
}

TEST_CASE("VM groups exist only in releases that have them", "[poolserver][schema]") {
    const Schema before(Release{false});
    const Schema since(Release{true});
    CHECK_FALSE(before.find("VM_group"));
    CHECK(since.find("VM_group"));
    CHECK_FALSE(before[*before.find("VM")].find_field("groups"));
    CHECK(since[*since.find("VM")].find_field("groups"));
    CHECK(before.classes().size() == 23);
}

TEST_CASE("every initial value fits the type of its field", "[poolserver][schema]") {
    const Schema schema(Release{true});
    for (const Class& of : schema.classes()) {
        for (const Field& field : of.fields) {
            INFO(of.name << "." << field.name);
            const auto converted = schema.convert(field.type, field.initial);
            REQUIRE(converted);
            CHECK(*converted == field.initial);  // already of the type, nothing to read
        }
    }
}

TEST_CASE("values are read in the forms that both wires have", "[poolserver][schema]") {
    const Schema schema(Release{true});
    const Type number{Kind::number, "", {}};
    CHECK(schema.convert(number, text("-17")) == Value{std::int64_t{-17}});
    CHECK_FALSE(schema.convert(number, text("17 ")));
    CHECK_FALSE(schema.convert(number, text("")));
    CHECK(schema.convert({Kind::real, "", {}}, {std::int64_t{60}}) == Value{60.0});
    // 2024-02-29 is day 19782 of the epoch: 54 years of 365 days, 13 leap days, and 59.
    const Value leap_day{DateTime{(54 * 365 + 13 + 59) * 86'400LL + 3661}};
    CHECK(schema.convert({Kind::moment, "", {}}, text("20240229T01:01:01Z")) == leap_day);
    CHECK(schema.convert({Kind::moment, "", {}}, text("2024-02-29T01:01:01Z")) == leap_day);
    CHECK_FALSE(schema.convert({Kind::moment, "", {}}, text("20230229T01:01:01Z")));
    CHECK_FALSE(schema.convert({Kind::flag, "", {}}, text("true")));
    CHECK_FALSE(schema.convert({Kind::enumerator, "vbd_mode", {}}, text("WO")));
}

}  // namespace vacate::poolserver
