// Options read, journals read back.
#include "tools/vacate/run_parts.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "model/codec/amount.hpp"
#include "model/limits.hpp"
#include "tools/xapi/process.hpp"

namespace vacate {
namespace {

using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::seconds;

// Of the executor, on the run's clock.
constexpr Duration look_every = seconds(30);
constexpr Duration grace = seconds(60);       // xapi's own calls give up after less
constexpr Duration silence_max = minutes(3);  // members report to their coordinator every 30 s
constexpr Duration boot_slack = minutes(1);   // xapi takes the boot from the uptime each time
constexpr Duration away_max = minutes(15);    // a restart of the coordinator's toolstack takes less

std::optional<Duration> time_of(const char* option, const std::string& text, Error& error) {
    if (text.empty()) return std::nullopt;
    const auto read = parse_duration(text);
    if (read) return *read;
    error.items.push_back({option, read.error().sentence, read.error().remedy});
    return std::nullopt;
}

template <std::size_t count>
std::size_t index_in(const std::array<std::string_view, count>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
}

}  // namespace

Result<live::Mission> mission_of(const RunRequest& request, const std::string& source) {
    Error error{Error::Kind::bad_input, source, {}};
    live::Mission mission;
    mission.search.effort = request.effort;
    mission.search.objective = static_cast<Objective>(index_in(objective_names, request.objective));
    mission.ask_before_hosts = request.ask_before_hosts;
    mission.hands_over = request.by != UpgradeBy::reboot;
    mission.by_hand = request.by == UpgradeBy::guide;
    mission.go_on_without = request.go_on_without;
    mission.look_every = look_every;
    mission.grace = grace;
    mission.away_max = away_max;
    mission.boot_slack = boot_slack;
    mission.silence_max = silence_max;
    const Duration none{};
    mission.host_patience = time_of("--host-patience", request.host_patience, error).value_or(none);
    mission.host_deadline = time_of("--host-deadline", request.host_deadline, error).value_or(none);
    if (const auto window = time_of("--window", request.window, error)) {
        mission.finish_by = Instant{*window};
    }
    mission.mixed_max = time_of("--mixed-max", request.mixed_max, error);
    mission.stop_when_mixed_too_long = request.stop_when_mixed_too_long;
    mission.retries = limits::retries;
    mission.replans = limits::replans;
    for (const auto& [option, command] : {std::pair{"--upgrade-command", &request.upgrade_command},
                                          std::pair{"--notify-command", &request.notify_command}}) {
        if (command->empty()) continue;
        const auto words = xapi::split_words(*command);
        if (!words) {
            error.items.push_back({option, words.error(), "give a program and its arguments"});
        }
    }
    if (!error.items.empty()) return tl::unexpected(std::move(error));
    return mission;
}

Result<KeptRun> kept_run(const Journal& history, const std::string& source) {
    const Opened* opened = history.empty() ? nullptr : std::get_if<Opened>(&history.front().body);
    if (opened == nullptr) {
        return tl::unexpected(bad_input(source, "record 0", "the journal has no beginning",
                                        "nothing was done: begin a new run"));
    }
    auto request = read_request(opened->mission, source);
    if (!request) return tl::unexpected(request.error());
    auto mission = mission_of(*request, source);
    if (!mission) return tl::unexpected(mission.error());
    return KeptRun{*opened, std::move(*request), std::move(*mission)};
}

Instant moment_of_resuming(const Journal& history, std::int64_t speed) {
    Instant last{};
    for (const Record& record : history) last = std::max(last, record.at);
    const Opened* opened = history.empty() ? nullptr : std::get_if<Opened>(&history.front().body);
    std::tm parts{};
    if (opened == nullptr ||
        ::strptime(opened->began_at.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr) {
        return last;
    }
    const auto began = std::chrono::system_clock::from_time_t(::timegm(&parts));
    const auto passed = duration_cast<Duration>(std::chrono::system_clock::now() - began);
    return std::max(last, Instant{} + passed * speed);
}

std::string guidance(const std::string& host, const std::string& address,
                     const std::string& version) {
    return host + (address.empty() ? "" : " (" + address + ")") +
           " is disabled and empty: upgrade it now" + (version.empty() ? "" : " to " + version) +
           ". At its console boot the installer, choose to upgrade, and let it restart; it is "
           "noticed by itself when the host is back. To leave it as it is: vacate skip JOURNAL " +
           host;
}

}  // namespace vacate
