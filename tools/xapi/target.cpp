// Versions in captured texts.
#include "tools/xapi/target.hpp"

#include "model/version.hpp"
#include "tools/xapi/record.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::xapi {
namespace {

// A member of an object that is an object too.
const Struct* object_in(const Struct* object, std::string_view name) {
    const Value* const value = object == nullptr ? nullptr : find(*object, name);
    return value == nullptr ? nullptr : std::get_if<Struct>(&value->of);
}

Texts version_in(const Struct* root) {
    const Struct* const pool = object_in(root, "pool");
    const Value* const hosts = root == nullptr ? nullptr : find(*root, "hosts");
    const auto* const list = hosts == nullptr ? nullptr : std::get_if<Array>(&hosts->of);
    if (pool == nullptr || list == nullptr) return {};
    const std::string coordinator = text_in(*pool, "coordinator");
    for (const Value& one : *list) {
        const auto* const host = std::get_if<Struct>(&one.of);
        if (host != nullptr && text_in(*host, "name") == coordinator)
            return map_in(*host, "version");
    }
    return {};
}

Texts version_of_coordinator(const std::string& scenario) {
    const auto document = wire::read_json(scenario);
    return document ? version_in(std::get_if<Struct>(&document->of)) : Texts{};
}

std::string quoted(const std::string& text) {
    std::string json;
    wire::add_json(json, wire::text(text));
    return json;
}

std::string json_of(const Texts& texts) {
    std::string json;
    for (const auto& [key, value] : texts) {
        json += (json.empty() ? "{" : ", ") + quoted(key) + ": " + quoted(value);
    }
    return json.empty() ? json : json + "}";
}

bool is_newer(const Texts& now, const Texts& before) {
    bool newer = false;
    for (const auto& [key, text] : now) {
        const auto found = before.find(key);
        if (key == "label" || found == before.end()) continue;
        const Dotted a = parse_dotted(text);
        const Dotted b = parse_dotted(found->second);
        if (a < b) return false;
        newer = newer || b < a;
    }
    return newer;
}

}  // namespace

std::vector<std::string> target_in(const std::string& scenario) {
    std::vector<std::string> sets;
    const auto document = wire::read_json(scenario);
    const Struct* const root = document ? std::get_if<Struct>(&document->of) : nullptr;
    const Struct* const pool = object_in(root, "pool");
    if (pool == nullptr) return sets;
    for (const auto& [key, value] : map_in(*pool, "target")) {
        sets.push_back("pool.target." + key + "=" + quoted(value));
    }
    return sets;
}

std::string coordinator_version_in(const std::string& scenario) {
    return json_of(version_of_coordinator(scenario));
}

std::optional<std::string> learned_target(const std::string& scenario, const std::string& before) {
    const auto known = wire::read_json(before);
    const Struct* const then = known ? std::get_if<Struct>(&known->of) : nullptr;
    if (then == nullptr) return std::nullopt;
    Texts version_before;
    for (const auto& [key, value] : *then) version_before[key] = text_of(value);
    const Texts now = version_of_coordinator(scenario);
    if (!is_newer(now, version_before)) return std::nullopt;
    return "pool.target=" + json_of(now);
}

}  // namespace vacate::xapi
