// Answers have the shape of those that a real xapi 24.0.0 gave to the same calls.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/shared_data.hpp"
#include "tests/unit/poolserver/client.hpp"
#include "tools/poolserver/date_time.hpp"

namespace vacate::poolserver {
namespace {

using Json = nlohmann::json;

Json to_json(const Value& value) {
    if (const auto* on = std::get_if<bool>(&value.of)) return *on;
    if (const auto* count = std::get_if<std::int64_t>(&value.of)) return *count;
    if (const auto* count = std::get_if<Int32>(&value.of)) return count->count;
    if (const auto* real = std::get_if<double>(&value.of)) return *real;
    if (const auto* words = std::get_if<std::string>(&value.of)) return *words;
    if (const auto* moment = std::get_if<DateTime>(&value.of)) return print_date_time(*moment);
    if (const auto* array = std::get_if<Array>(&value.of)) {
        Json result = Json::array();
        for (const Value& each : *array) result.push_back(to_json(each));
        return result;
    }
    if (const auto* members = std::get_if<Struct>(&value.of)) {
        Json result = Json::object();
        for (const Member& each : *members) result[each.name] = to_json(each.value);
        return result;
    }
    return "";  // "void"
}

Value from_json(const Json& json) {
    if (json.is_boolean()) return {json.get<bool>()};
    if (json.is_number_integer()) return {json.get<std::int64_t>()};
    if (json.is_number()) return {json.get<double>()};
    if (json.is_array()) {
        Array array;
        for (const Json& each : json) array.push_back(from_json(each));
        return {std::move(array)};
    }
    if (json.is_object()) {
        Struct members;
        for (const auto& [name, each] : json.items()) members.push_back({name, from_json(each)});
        return {std::move(members)};
    }
    return text(json.is_string() ? json.get<std::string>() : "");
}

/// What the published schema has and that release did not answer yet.
const std::set<std::string> younger{"pending_guidances_recommended", "pending_guidances_full",
                                    "last_update_hash", "groups"};

/// The same keys, and the same kind of value for each.
void same_shape(const Json& theirs, const Json& ours) {
    for (const auto& [key, value] : theirs.items()) {
        INFO(key);
        REQUIRE(ours.contains(key));
        const std::string expected = value.type_name();
        CHECK(std::string(ours[key].type_name()) == expected);
    }
    for (const auto& [key, value] : ours.items()) {
        INFO(key);
        CHECK((theirs.contains(key) || younger.contains(key)));
    }
}

/// One recording, and a pool of ours to repeat it on. Their references become ours of the same
/// class; one that names nothing stays as it is.
class Recording {
  public:
    explicit Recording(const std::string& text)
        : exchanges(Json::parse(text)), service(small_scenario(), {}), client(service) {
        client.log_in();
        for (const Json& each : exchanges) {
            const std::string method = each["method"];
            const std::size_t dot = method.find('.');
            if (method.substr(dot + 1) != "get_all_records" || !each.contains("json")) continue;
            const Json records = result(each);
            for (const auto& [ref, record] : records.items()) {
                class_of[ref] = method.substr(0, dot);
            }
        }
    }
    static Json body(const Json& exchange) {
        return Json::parse(exchange["json"]["response"].get<std::string>());
    }
    static Json result(const Json& exchange) { return body(exchange).value("result", Json()); }

    Json translated(Json arguments) const {
        for (Json& each : arguments) {
            const auto known = each.is_string() ? class_of.find(each) : class_of.end();
            if (known == class_of.end()) continue;
            each = known->second == "VM" ? service.database().find_by_name("VM", "db")[0]
                                         : service.database().table(known->second).begin()->first;
        }
        return arguments;
    }
    Array arguments(const Json& exchange) const {
        return std::get<Array>(from_json(translated(exchange["args"])).of);
    }

    Json exchanges;
    PoolService service;
    Client client;
    std::map<std::string, std::string> class_of;
};

/// The recorded error of an exchange: its code and parameters.
std::vector<std::string> error_of(const Json& exchange) {
    const Json error = Recording::body(exchange)["error"];
    std::vector<std::string> description{error["message"]};
    for (const Json& each : error["data"]) description.push_back(each);
    return description;
}

void compare_error(Recording& recording, const Json& exchange) {
    const std::string note = exchange["note"];
    Array parameters = recording.arguments(exchange);
    const std::string method = exchange["method"];
    const bool no_session = note == "no such session" || note == "bad session" ||
                            method == "session.login_with_password";
    if (!no_session) {
        const bool after = note == "after logout";
        const std::string session = after ? "OpaqueRef:SESSION" : recording.client.session();
        parameters.insert(parameters.begin(), text(session));
    }
    const auto outcome = recording.client.begin(method, parameters);
    REQUIRE(outcome->replied);
    REQUIRE_FALSE(outcome->answer->has_value());
    CHECK(Json(outcome->answer->error().description) ==
          recording.translated(Json(error_of(exchange))));
    CHECK_FALSE(outcome->answer->error().before_dispatch);
}

void compare_records(Recording& recording, const Json& exchange) {
    const Json theirs = Recording::result(exchange);
    const Json ours = to_json(recording.client.value(exchange["method"].get<std::string>()));
    if (theirs.empty()) return;
    REQUIRE_FALSE(ours.empty());
    for (const auto& [ref, record] : ours.items()) same_shape(theirs.begin().value(), record);
}

/// Calls whose answer is one value: the same kind, and for operations the same list.
void compare_value(Recording& recording, const Json& exchange) {
    const Json theirs = Recording::result(exchange);
    const Json ours = to_json(recording.client.value(exchange["method"].get<std::string>(),
                                                     recording.arguments(exchange)));
    CHECK(std::string(ours.type_name()) == theirs.type_name());
    const std::string method = exchange["method"];
    if (method == "host.get_allowed_operations") CHECK(ours == theirs);
    if (method == "host.get_servertime") {
        CHECK(ours.get<std::string>().size() == theirs.get<std::string>().size());
    }
}

void compare(const std::string& file) {
    const auto text = read_shared("xapi-golden/" + file);
    if (!text) return;
    Recording recording(*text);
    const std::set<std::string> errors{"no such session", "bad session",    "too few arguments",
                                       "unknown handle",  "unknown method", "wrong argument count",
                                       "wrong type",      "task is gone",   "events, bad token",
                                       "after logout",    "duplicate key"};
    const std::set<std::string> values{"host.compute_free_memory", "host.compute_memory_overhead",
                                       "host.get_servertime", "VM.compute_memory_overhead",
                                       "host.get_allowed_operations"};
    std::size_t compared = 0;
    for (const Json& exchange : recording.exchanges) {
        if (!exchange.contains("json")) continue;
        INFO(file << ": " << exchange["note"] << ", " << exchange["method"]);
        const std::string method = exchange["method"];
        if (exchange["note"] == "duplicate key") {
            recording.client.value(method, recording.arguments(exchange));
        }
        ++compared;
        if (errors.contains(exchange["note"])) {
            compare_error(recording, exchange);
        } else if (method.ends_with(".get_all_records")) {
            compare_records(recording, exchange);
        } else if (values.contains(method)) {
            compare_value(recording, exchange);
        } else {
            --compared;
        }
    }
    CHECK(compared >= 20);
}

}  // namespace

TEST_CASE("answers have the shape that a real pool gave", "[poolserver][golden]") {
    compare("xapi-24.0.0-normal.json");
    compare("xapi-24.0.0-rpu.json");
}

TEST_CASE("tasks and events have the shape that a real pool gave", "[poolserver][golden]") {
    const auto file = read_shared("xapi-golden/xapi-24.0.0-normal.json");
    if (!file) return;
    Recording recording(*file);
    const auto find = [&](const std::string& note) -> const Json& {
        for (const Json& each : recording.exchanges) {
            if (each["note"] == note) return each;
        }
        FAIL("no exchange " << note);
        return recording.exchanges;
    };
    const std::string task = recording.client.words(
        "Async.VM.clone",
        {text(recording.service.database().find_by_name("VM", "db")[0]), text("copy")});
    const Json record = to_json(recording.client.value("task.get_record", {text(task)}));
    const Json their_record = Recording::result(find("the failed task"));
    same_shape(their_record, record);
    for (const char* key : {"status", "progress", "type", "result", "subtask_of", "backtrace"}) {
        CHECK(record[key] == their_record[key]);
    }

    const Json theirs = Recording::result(find("events, task"));
    const auto outcome =
        recording.client.begin_here("event.from", {{classes({"task"})}, text(""), {5.0}});
    REQUIRE(outcome->replied);
    const Json ours = to_json(**outcome->answer);
    same_shape(theirs, ours);
    same_shape(theirs["events"][0], ours["events"][0]);
    same_shape(theirs["events"][0]["snapshot"], ours["events"][0]["snapshot"]);
    CHECK(ours["token"].get<std::string>().size() == theirs["token"].get<std::string>().size());
    recording.client.value("task.destroy", {text(task)});
    const auto gone = recording.client.begin_here(
        "event.from", {{classes({"task"})}, text(ours["token"].get<std::string>()), {5.0}});
    same_shape(theirs["events"][1], to_json(**gone->answer)["events"][0]);

    // Every class that a real pool counts, and VM_group, which is younger.
    std::set<std::string> counted;
    for (const auto& [name, count] : theirs["valid_ref_counts"].items()) counted.insert(name);
    std::set<std::string> ours_counted;
    for (const auto& [name, count] : ours["valid_ref_counts"].items()) ours_counted.insert(name);
    counted.insert("vm_group");
    CHECK(ours_counted == counted);
}

}  // namespace vacate::poolserver
