// Threads around the client: two for commands, one for looks, one for events.
#include "tools/xapi/driver.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tools/xapi/events.hpp"
#include "tools/xapi/look.hpp"
#include "tools/xapi/target.hpp"
#include "tools/xapi/watch_list.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::xapi {
namespace {

constexpr int workers = 2;

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
    SharedDirectory directory;
    std::optional<std::set<std::string, std::less<>>> wanted_pbds;
    bool adopted = false;                       // the tasks of an earlier driver were read
    std::map<std::string, std::string> marked;  // tasks by their marks
    std::vector<std::thread> restarts;

    std::mutex reading;  // one reading of the pool at a time: names and targets are settled there

    std::vector<std::unique_ptr<Client>> clients;  // of the workers, then of the looks
    std::vector<std::thread> threads;
    std::unique_ptr<TaskEvents> events;

    void tell(Observations observations);
    void answer(Answered given, std::uint64_t key);
    [[nodiscard]] SharedDirectory known_directory();
    [[nodiscard]] Result<live::Snapshot> read(Client& client);
    void work(Client& client);
    void look_around(Client& client);
    [[nodiscard]] bool adopt(Client& client);
    void serve(Client& client, const Commanded& command);
    void carry_on(const Commanded& command, const ActOutcome& outcome,
                  const SharedDirectory& names);
    void restart(const Commanded& command, const HostToRestart& request);
    void ask_for_tasks(Client& client);
};

XapiDriver::Core::Core(DriverOptions given) : options(std::move(given)) {
    for (int i = 0; i <= workers; ++i) clients.push_back(std::make_unique<Client>(options.access));
    events = std::make_unique<TaskEvents>(
        options.access,
        [this](const std::string& task, const Struct& record) {
            const SharedDirectory names = known_directory();
            const std::lock_guard lock(mutex);
            const Observations heard = watched.hear(task, record, names ? *names : Directory{});
            out.insert(out.end(), heard.begin(), heard.end());
        },
        [this](Client& client) { ask_for_tasks(client); });
    for (int i = 0; i < workers; ++i) {
        threads.emplace_back([this, i] { work(*clients[static_cast<std::size_t>(i)]); });
    }
    threads.emplace_back([this] { look_around(*clients.back()); });
}

XapiDriver::Core::~Core() {
    stopped = true;
    {
        const std::lock_guard lock(mutex);
        wakes.notify_all();
    }
    for (const auto& client : clients) client->stop();
    events.reset();
    for (std::thread& thread : threads) thread.join();
    for (std::thread& thread : restarts) thread.join();
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

Result<live::Snapshot> XapiDriver::Core::read(Client& client) {
    const std::lock_guard one(reading);
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
    return snapshot_of(*captured, std::move(*scenario), *wanted_pbds);
}

void XapiDriver::Core::look_around(Client& client) {
    for (;;) {
        {
            std::unique_lock lock(mutex);
            wakes.wait(lock, [this] { return stopped || look_wanted; });
            if (stopped) return;
        }
        Result<live::Snapshot> snapshot = read(client);
        if (stopped) return;
        const std::lock_guard lock(mutex);
        look_wanted = false;
        if (snapshot) {
            out.emplace_back(std::move(*snapshot));
            continue;
        }
        std::string sentence;
        for (const Error::Item& item : snapshot.error().items) {
            sentence += (sentence.empty() ? "" : "; ") +
                        (item.place.empty() ? "" : item.place + ": ") + item.sentence;
            if (!item.remedy.empty()) sentence += " (" + item.remedy + ")";
        }
        out.emplace_back(live::Unreachable{std::move(sentence)});
    }
}

/// Finds the tasks that an earlier driver of this run began. False: nobody answers.
bool XapiDriver::Core::adopt(Client& client) {
    {
        const std::lock_guard lock(mutex);
        if (adopted) return true;
    }
    const CallResult tasks = client.call("task.get_all_records", {});
    if (!tasks) return false;
    const auto* const records = std::get_if<Struct>(&tasks->of);
    const std::lock_guard lock(mutex);
    for (const Member& each : records == nullptr ? Struct() : *records) {
        const auto* const record = std::get_if<Struct>(&each.value.of);
        if (record == nullptr) continue;
        const Texts other = map_in(*record, "other_config");
        const auto mark = other.find(task_key);
        if (mark != other.end()) marked.emplace(mark->second, each.name);
    }
    adopted = true;
    return true;
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

void XapiDriver::Core::serve(Client& client, const Commanded& command) {
    SharedDirectory names = known_directory();
    if (!names) {
        const Result<live::Snapshot> first = read(client);
        names = known_directory();
        if (!names) {
            CallProblem problem;
            problem.sentence = first ? "" : first.error().items.front().sentence;
            answer(answer_to(problem, Directory{}), command.key);
            return;
        }
    }
    if (!adopt(client)) {
        CallProblem problem;
        problem.sentence = "the pool does not answer";
        answer(answer_to(problem, *names), command.key);
        return;
    }
    ActOutcome outcome;
    {
        const std::lock_guard lock(mutex);
        const auto mark = marked.find(task_mark(options.acts.run, command.key));
        if (mark != marked.end()) outcome.task = mark->second;
    }
    if (!outcome.task.empty()) {
        outcome.answer.kind = Answered::Kind::begun;
        carry_on(command, outcome, names);
        ask_for_tasks(client);
        return;
    }
    ActContext context{client, *names, options.acts};
    outcome = carry_out(context, command);
    carry_on(command, outcome, names);
}

void XapiDriver::Core::work(Client& client) {
    for (;;) {
        Commanded command;
        {
            std::unique_lock lock(mutex);
            wakes.wait(lock, [this] { return stopped || !commands.empty(); });
            if (stopped) return;
            command = std::move(commands.front());
            commands.pop_front();
        }
        serve(client, command);
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
void XapiDriver::Core::ask_for_tasks(Client& client) {
    std::vector<std::string> tasks;
    {
        const std::lock_guard lock(mutex);
        tasks = watched.tasks();
    }
    const SharedDirectory names = known_directory();
    for (const std::string& task : tasks) {
        const CallResult record = client.call("task.get_record", {wire::text(task)});
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
