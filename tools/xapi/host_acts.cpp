// Hosts are disabled, enabled and restarted.
#include "tools/xapi/act_parts.hpp"
#include "tools/xapi/process.hpp"

namespace vacate::xapi {
namespace {

using Advice = Answered::Advice;

/// Why the host must not go down now; nothing when it may. All is read anew.
std::optional<ActOutcome> must_not_go_down(ActContext& context, const Order& order,
                                           const std::string& ref) {
    const std::string& name = order.host;
    const CallResult record = context.client.call("host.get_record", {wire::text(ref)});
    if (!record) return failure(context, record.error());
    const auto* const host = std::get_if<Struct>(&record->of);
    if (host == nullptr) return missing("host", name);
    if (flag_in(*host, "enabled")) {
        return refusal(Advice::replan, "HOST_NOT_DISABLED", "host " + name + " is enabled");
    }
    const std::int64_t before = number_of(wire::text(order.memo));
    if (!order.memo.empty() && started_of(*host) > before) {
        return refusal(Advice::replan, "HOST_RESTARTED_ALREADY",
                       "host " + name + " has started again since it was looked at");
    }
    const CallResult vms =
        context.client.call("VM.get_all_records", {}, Manner::reads, std::chrono::minutes(2));
    if (!vms) return failure(context, vms.error());
    const auto* const records = std::get_if<Struct>(&vms->of);
    if (records == nullptr) return refusal(Advice::retry, "", "no VM was told");
    for (const Member& each : *records) {
        const auto* const vm = std::get_if<Struct>(&each.value.of);
        if (vm == nullptr || flag_in(*vm, "is_control_domain")) continue;
        const bool here = text_in(*vm, "resident_on") == ref ||
                          text_in(*vm, "scheduled_to_be_resident_on") == ref;
        if (!here) continue;
        return refusal(
            Advice::replan, "HOST_NOT_EMPTY",
            "VM " + text_in(*vm, "name_label") + " is on host " + name + " or comes to it");
    }
    return std::nullopt;
}

/// A name as part of a file's name.
std::string file_part(const std::string& name) {
    std::string part;
    for (const char c : name) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
        part.push_back(plain ? c : '_');
    }
    return part;
}

}  // namespace

ActOutcome switch_host(ActContext& context, const Order& order) {
    const std::string host = entry(context.directory.hosts, order.host);
    if (host.empty()) return missing("host", order.host);
    const bool on = order.act == Act::enable_host;
    return act(context, on ? "host.enable" : "host.disable", {wire::text(host)});
}

ActOutcome restart_host(ActContext& context, const Commanded& command) {
    const std::string& name = command.order.host;
    const std::string host = entry(context.directory.hosts, name);
    if (host.empty()) return missing("host", name);
    if (auto outcome = must_not_go_down(context, command.order, host)) return std::move(*outcome);
    const RestartOptions& ways = context.options.restart;
    if (!ways.restarter && !ways.guide) {
        return begin(context, command, "host.reboot", {wire::text(host)});
    }
    const CallResult address = context.client.call("host.get_address", {wire::text(host)});
    if (!address) return failure(context, address.error());
    ActOutcome outcome;
    outcome.answer.kind = Answered::Kind::begun;
    const HostToRestart request{name, text_of(*address), entry(context.directory.versions, name)};
    if (ways.guide) {
        outcome.answer.sentence = ways.guide(request);
    } else {
        outcome.restart = request;
    }
    return outcome;
}

HostRestarter restart_by_command(std::vector<std::string> words, const std::string& log_folder) {
    return [words = std::move(words), log_folder](
               const HostToRestart& request, const std::function<bool()>& stopped) -> Result<void> {
        const std::string log = log_folder + "/upgrade-" + file_part(request.host) + ".log";
        const Variables variables{{"VACATE_HOST", request.host},
                                  {"VACATE_ADDRESS", request.address},
                                  {"VACATE_VERSION", request.version}};
        const Result<Ended> ended = run_logged(words, variables, log, stopped);
        if (!ended) return tl::unexpected(ended.error());
        if (ended->left_running || ended->status == 0) return {};
        Error error{Error::Kind::outside, words.front(), {}};
        error.items.push_back({"host " + request.host,
                               "it ended with status " + std::to_string(ended->status),
                               "what it printed stands in " + log});
        return tl::unexpected(std::move(error));
    };
}

}  // namespace vacate::xapi
