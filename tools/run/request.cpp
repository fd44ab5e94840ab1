// The request as JSON.
#include "tools/run/request.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> by_names{"reboot", "command", "guide"};

// Calls `field` for each member but `by`, the same for reading and writing.
template <class Request, class Field>
void each_field(Request& request, const Field& field) {
    field("url", request.url);
    field("addresses", request.addresses);
    field("pool_uuid", request.pool_uuid);
    field("attached", request.attached);
    field("user", request.user);
    field("sets", request.sets);
    field("defaults", request.defaults);
    field("defaults_source", request.defaults_source);
    field("upgrade_command", request.upgrade_command);
    field("notify_command", request.notify_command);
    field("backup_folder", request.backup_folder);
    field("window", request.window);
    field("mixed_max", request.mixed_max);
    field("stop_when_mixed_too_long", request.stop_when_mixed_too_long);
    field("ask_before_hosts", request.ask_before_hosts);
    field("go_on_without", request.go_on_without);
    field("host_patience", request.host_patience);
    field("host_deadline", request.host_deadline);
    field("objective", request.objective);
    field("effort", request.effort);
    field("speed", request.speed);
    field("host_names", request.names.hosts);
    field("storage_names", request.names.storages);
    field("network_names", request.names.networks);
    field("vm_names", request.names.vms);
    field("group_names", request.names.groups);
    field("assumed_target", request.assumed_target);
    field("version_before", request.version_before);
}

}  // namespace

std::string print_request(const RunRequest& request) {
    Json json;
    each_field(request, [&json](const char* name, const auto& value) { json[name] = value; });
    json["by"] = by_names[static_cast<std::size_t>(request.by)];
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RunRequest> read_request(const std::string& text, const std::string& source) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return tl::unexpected(bad_input(source, "mission", "it is no JSON object",
                                        "name a journal that vacate run wrote"));
    }
    RunRequest request;
    std::string wrong;
    std::string by(by_names[0]);
    const auto read = [&](const char* name, auto& value) {
        const auto found = json.find(name);
        if (found == json.end()) return;
        try {
            found->get_to(value);
        } catch (const nlohmann::json::exception&) {
            wrong += (wrong.empty() ? "" : ", ") + std::string(name);
        }
    };
    each_field(request, read);
    read("by", by);
    for (std::size_t i = 0; i < by_names.size(); ++i) {
        if (by == by_names[i]) request.by = static_cast<UpgradeBy>(i);
    }
    if (!wrong.empty()) {
        return tl::unexpected(bad_input(source, "mission",
                                        "of another kind than expected: " + wrong,
                                        "name a journal that this version of vacate wrote"));
    }
    return request;
}

}  // namespace vacate
