// Two threads with a connection each: one for calls, one for events.
#include "tools/xapi/driver.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "sim/live/settle.hpp"
#include "tools/xapi/act_parts.hpp"
#include "tools/xapi/events.hpp"
#include "tools/xapi/look.hpp"
#include "tools/xapi/target.hpp"
#include "tools/xapi/watch_list.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::xapi {
namespace {

constexpr int commands_before_look = 8;  // one that is wanted is not put off for ever

using Observations = std::vector<live::Observation>;
using SharedDirectory = std::shared_ptr<const Directory>;

}  // namespace

struct XapiDriver::Core {
    explicit Core(DriverOptions given);
    ~Core();

    DriverOptions options;
    std::atomic<bool> stopped = false;

    std::mutex mutex;  // of all up to the clients
    std::condition_variable wakes;
    std::deque<Commanded> commands;
    std::set<std::uint64_t> submitted;
    bool look_wanted = false;
    Observations out;
    WatchList watched;
    SharedDirectory directory = std::make_shared<const Directory>();  // empty until a look
    std::map<std::string, Commanded, std::less<>> left_open;  // by the mark of the task, if any
    std::vector<std::thread> restarts;

    // Of the calls' thread alone.
    std::optional<std::set<std::string, std::less<>>> wanted_pbds;
    std::map<std::string, std::int64_t> counting;  // hosts that told their free memory: started
    Client client;

    std::thread calls;
    std::unique_ptr<TaskEvents> events;

    void tell(Observations observations);
    void answer(Answered given, std::uint64_t key);
    [[nodiscard]] SharedDirectory known_directory();
    void hear(const std::string& task, const Struct& record);
    [[nodiscard]] Result<live::Snapshot> read();
    void ask_for_memory(live::Snapshot& seen);
    void work();
    void look_around();
    void hand_over_again(const live::Snapshot& seen);
    void serve(const Commanded& command);
    void carry_on(const Commanded& command, const ActOutcome& outcome,
                  const SharedDirectory& names);
    void restart(const Commanded& command, const HostToRestart& request);
    void ask_for_tasks(Client& listener);
};

XapiDriver::Core::Core(DriverOptions given) : options(std::move(given)), client(options.access) {
    for (const Commanded& command : options.open) {
        left_open.emplace(task_mark(options.acts.run, command.key), command);
    }
    events = std::make_unique<TaskEvents>(
        options.access,
        [this](const std::string& task, const Struct& record) { hear(task, record); },
        [this](Client& listener) { ask_for_tasks(listener); });
    calls = std::thread([this] { work(); });
}

XapiDriver::Core::~Core() {
    stopped = true;
    {
        const std::lock_guard lock(mutex);
        wakes.notify_all();
    }
    client.stop();
    events.reset();
    calls.join();
    for (std::thread& thread : restarts) thread.join();
}

// The first events are of all tasks there are: those of an earlier driver bear marks of the run.
void XapiDriver::Core::hear(const std::string& task, const Struct& record) {
    const std::lock_guard lock(mutex);
    const SharedDirectory names = directory;
    const Texts other = map_in(record, "other_config");
    const auto mark = other.find(task_key);
    const auto open = mark == other.end() ? left_open.end() : left_open.find(mark->second);
    if (open != left_open.end()) {
        Answered begun;
        begun.key = open->second.key;
        begun.kind = Answered::Kind::begun;
        out.emplace_back(std::move(begun));
        (void)watched.watch(task, open->second, *names);
        left_open.erase(open);
    }
    const Observations heard = watched.hear(task, record, *names);
    out.insert(out.end(), heard.begin(), heard.end());
}

void XapiDriver::Core::tell(Observations observations) {
    const std::lock_guard lock(mutex);
    out.insert(out.end(), std::make_move_iterator(observations.begin()),
               std::make_move_iterator(observations.end()));
}

void XapiDriver::Core::answer(Answered given, std::uint64_t key) {
    given.key = key;
    tell({std::move(given)});
}

SharedDirectory XapiDriver::Core::known_directory() {
    const std::lock_guard lock(mutex);
    return directory;
}

Result<live::Snapshot> XapiDriver::Core::read() {
    const Result<Captured> captured = capture(client, options.source, options.names);
    if (!captured) return tl::unexpected(captured.error());
    const auto same = is_same_pool(captured->records, options.pool_uuid, options.source);
    if (!same) return tl::unexpected(same.error());
    const std::string& text = captured->scenario.text;
    Overrides overrides = options.overrides;
    overrides.sets.insert(overrides.sets.begin(), options.assumed_target.begin(),
                          options.assumed_target.end());
    Result<Scenario> scenario = read_what_is_there(text, options.source, overrides);
    if (!scenario) return tl::unexpected(scenario.error());
    const Pool& pool = scenario->pool;
    const auto learned = pool.hosts[pool.coordinator].target.label == assumed_target_label
                             ? learned_target(text, options.version_before)
                             : std::nullopt;
    if (learned) {
        overrides.sets.push_back(*learned);
        scenario = read_what_is_there(text, options.source, overrides);
        if (!scenario) return tl::unexpected(scenario.error());
    }
    if (!wanted_pbds) {
        wanted_pbds.emplace(options.attached.begin(), options.attached.end());
        if (wanted_pbds->empty()) wanted_pbds = attached_pbds(captured->records);
    }
    auto names = std::make_shared<const Directory>(directory_of(*captured, *scenario));
    {
        const std::lock_guard lock(mutex);
        directory = std::move(names);
    }
    live::Snapshot seen = snapshot_of(*captured, std::move(*scenario), *wanted_pbds);
    ask_for_memory(seen);
    return seen;
}

// A host that is back takes VMs only once it can tell how much memory it has for them (4.5).
void XapiDriver::Core::ask_for_memory(live::Snapshot& seen) {
    const SharedDirectory names = known_directory();
    for (const Id<Host> id : seen.scenario.pool.hosts.ids()) {
        const std::string& name = seen.scenario.pool.hosts[id].name;
        live::HostLook& look = seen.hosts[id];
        const auto known = counting.find(name);
        if (!look.live || (known != counting.end() && known->second == look.started)) continue;
        const std::string ref = entry(names->hosts, name);
        if (client.call("host.compute_free_memory", {wire::text(ref)})) {
            counting.insert_or_assign(name, look.started);
        } else {
            look.attached = false;
        }
    }
}

// The words to whoever upgrades a host may have died with the process that had them. Where the host
// cannot be handed over any more nothing is said: they may have been heard, and looks tell the
// rest.
void XapiDriver::Core::hand_over_again(const live::Snapshot& seen) {
    for (const Commanded& command : std::exchange(options.open, {})) {
        const bool waits =
            command.order.act == Act::restart_host &&
            live::reboot_of(command.order, HostAction::reboot, seen) == live::Reboot::not_begun;
        if (!waits) continue;
        const SharedDirectory names = known_directory();
        ActContext context{client, *names, options.acts};
        const ActOutcome outcome = carry_out(context, command);
        if (outcome.answer.kind == Answered::Kind::begun) answer(outcome.answer, command.key);
    }
}

void XapiDriver::Core::look_around() {
    Result<live::Snapshot> snapshot = read();
    if (stopped) return;
    if (snapshot && options.acts.restart.guide) hand_over_again(*snapshot);
    const std::lock_guard lock(mutex);
    look_wanted = false;
    if (snapshot) {
        out.emplace_back(std::move(*snapshot));
        return;
    }
    std::string sentence;
    for (const Error::Item& item : snapshot.error().items) {
        sentence += (sentence.empty() ? "" : "; ") + (item.place.empty() ? "" : item.place + ": ") +
                    item.sentence;
        if (!item.remedy.empty()) sentence += " (" + item.remedy + ")";
    }
    out.emplace_back(live::Unreachable{std::move(sentence)});
}

void XapiDriver::Core::carry_on(const Commanded& command, const ActOutcome& outcome,
                                const SharedDirectory& names) {
    answer(outcome.answer, command.key);
    if (outcome.restart) {
        restart(command, *outcome.restart);
        return;
    }
    if (outcome.task.empty()) return;
    const std::lock_guard lock(mutex);
    const Observations heard = watched.watch(outcome.task, command, *names);
    out.insert(out.end(), heard.begin(), heard.end());
}

void XapiDriver::Core::serve(const Commanded& command) {
    SharedDirectory names = known_directory();
    if (names->pool.empty()) {
        const Result<live::Snapshot> first = read();
        names = known_directory();
        if (names->pool.empty()) {
            CallProblem problem;
            problem.sentence = first ? "" : first.error().items.front().sentence;
            answer(answer_to(problem, Directory{}), command.key);
            return;
        }
    }
    ActContext context{client, *names, options.acts};
    carry_on(command, carry_out(context, command), names);
}

void XapiDriver::Core::work() {
    for (int served = 0;;) {
        std::optional<Commanded> command;
        {
            std::unique_lock lock(mutex);
            wakes.wait(lock, [this] { return stopped || look_wanted || !commands.empty(); });
            if (stopped) return;
            const bool is_due = look_wanted && served >= commands_before_look;
            if (!commands.empty() && !is_due) {
                command = std::move(commands.front());
                commands.pop_front();
            }
        }
        served = command ? served + 1 : 0;
        command ? serve(*command) : look_around();
    }
}

void XapiDriver::Core::restart(const Commanded& command, const HostToRestart& request) {
    const std::lock_guard lock(mutex);
    restarts.emplace_back([this, key = command.key, request] {
        const Result<void> begun =
            options.acts.restart.restarter(request, [this] { return stopped.load(); });
        if (begun) return;
        // It may have restarted the host all the same, or soon will: only looks can tell.
        Answered failed;
        failed.kind = Answered::Kind::unknown;
        failed.advice = Answered::Advice::stop;
        failed.code = "UPGRADE_COMMAND_FAILED";
        const Error::Item& item = begun.error().items.front();
        failed.sentence = begun.error().source + ": " + item.sentence;
        if (!item.remedy.empty()) failed.sentence += "; " + item.remedy;
        answer(std::move(failed), key);
    });
}

/// Asks for every task that somebody waits for.
void XapiDriver::Core::ask_for_tasks(Client& listener) {
    std::vector<std::string> tasks;
    {
        const std::lock_guard lock(mutex);
        tasks = watched.tasks();
    }
    const SharedDirectory names = known_directory();
    for (const std::string& task : tasks) {
        const CallResult record = listener.call("task.get_record", {wire::text(task)});
        const auto* const members = record ? std::get_if<Struct>(&record->of) : nullptr;
        const std::lock_guard lock(mutex);
        Observations heard;
        if (members != nullptr) heard = watched.hear(task, *members, *names);
        if (!record && record.error().code == "HANDLE_INVALID") heard = watched.lose(task);
        out.insert(out.end(), heard.begin(), heard.end());
        if (!record && record.error().kind != CallProblem::Kind::refused) return;
    }
}

XapiDriver::XapiDriver(DriverOptions options) : core_(std::make_unique<Core>(std::move(options))) {}

XapiDriver::~XapiDriver() = default;

void XapiDriver::submit(const Commanded& command) {
    const std::lock_guard lock(core_->mutex);
    if (!core_->submitted.insert(command.key).second) return;
    core_->commands.push_back(command);
    core_->wakes.notify_all();
}

void XapiDriver::look() {
    const std::lock_guard lock(core_->mutex);
    core_->look_wanted = true;
    core_->wakes.notify_all();
}

std::vector<live::Observation> XapiDriver::poll(Instant /*now*/) {
    const std::lock_guard lock(core_->mutex);
    return std::exchange(core_->out, {});
}

}  // namespace vacate::xapi
