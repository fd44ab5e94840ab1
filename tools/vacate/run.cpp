// vacate run: carries a plan out on a live pool, or goes on with a run that stopped.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <thread>

#include "model/codec/amount.hpp"
#include "model/limits.hpp"
#include "model/origin.hpp"
#include "reports/plan_answer.hpp"
#include "reports/report.hpp"
#include "sim/kernel/simulate.hpp"
#include "tools/run/dry_run.hpp"
#include "tools/run/ledger_file.hpp"
#include "tools/run/notify.hpp"
#include "tools/run/request.hpp"
#include "tools/run/session.hpp"
#include "tools/run/summary.hpp"
#include "tools/vacate/connection.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/plan_fit.hpp"
#include "tools/vacate/resume_check.hpp"
#include "tools/vacate/run_parts.hpp"
#include "tools/vacate/verbs.hpp"
#include "tools/xapi/capture.hpp"
#include "tools/xapi/driver.hpp"
#include "tools/xapi/look.hpp"
#include "tools/xapi/preflight.hpp"
#include "tools/xapi/process.hpp"
#include "tools/xapi/target.hpp"

namespace vacate {
namespace {

constexpr const char* not_begun = "nothing was begun";

struct RunArguments {
    ConnectionOptions connection;
    InputOptions input;
    PlanInput plan;
    RunRequest request;
    std::string journal;
    bool resume = false;
    bool dry_run = false;
    bool in_part = false;
    bool guided = false;
    bool reboot = false;
    bool stop_without_member = false;
};

std::string utc_now() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string owner_name() {
    std::array<char, 256> machine{};
    if (::gethostname(machine.data(), machine.size() - 1) != 0) machine[0] = '\0';
    const char* const user = std::getenv("USER");
    return std::string(user == nullptr ? "somebody" : user) + " on " + machine.data();
}

// Everything a run stands on, made once for a new run and once for a resumed one.
struct Prepared {
    RunRequest request;
    Opened opened;
    live::Mission mission;
    Overrides overrides;
    xapi::Access access;
    Findings findings;  // to be shown before anything is begun
};

// Who restarts hosts: the pool, the operator's program, or the operator.
Result<xapi::RestartOptions> restarts(const RunRequest& request, const std::string& journal) {
    xapi::RestartOptions options;
    if (request.by == UpgradeBy::command) {
        auto words = xapi::split_words(request.upgrade_command);
        if (!words) {
            return tl::unexpected(bad_input("--upgrade-command", "", words.error(),
                                            "give a program and its arguments"));
        }
        const auto folder = std::filesystem::absolute(journal).parent_path();
        options.restarter = xapi::restart_by_command(std::move(*words), folder.string());
    }
    if (request.by == UpgradeBy::guide) {
        options.guide = [](const xapi::HostToRestart& host) {
            return guidance(host.host, host.address, host.version);
        };
    }
    return options;
}

Result<xapi::DriverOptions> driver_options(const Prepared& prepared, const std::string& journal) {
    xapi::DriverOptions options;
    auto restart = restarts(prepared.request, journal);
    if (!restart) return tl::unexpected(restart.error());
    options.access = prepared.access;
    options.source = prepared.request.url;
    options.pool_uuid = prepared.request.pool_uuid;
    options.attached = prepared.request.attached;
    options.overrides = prepared.overrides;
    options.names = prepared.request.names;
    options.assumed_target = prepared.request.assumed_target;
    options.version_before = prepared.request.version_before;
    options.acts.run = prepared.opened.run;
    options.acts.owner = owner_name();
    options.acts.since = prepared.opened.began_at;
    // A resumed run may have its journal under another name: only the run tells two apart.
    const std::string name =
        std::filesystem::path(journal).filename().string() + "." + prepared.opened.run;
    options.acts.backup_file =
        (std::filesystem::path(prepared.request.backup_folder) / (name + "-pool.xml")).string();
    options.acts.restart = std::move(*restart);
    return options;
}

RunSummary summary_of(const Prepared& prepared, const std::string& journal,
                      const live::Status& status, Instant now) {
    RunSummary summary;
    summary.pool = prepared.opened.pool;
    summary.run = prepared.opened.run;
    summary.journal = journal;
    summary.status = status;
    summary.now = now;
    return summary;
}

SessionOptions session_options(const Prepared& prepared, const std::string& journal,
                               const StatusFile& status_file, const Notifier& notifier) {
    SessionOptions options;
    options.pool = prepared.opened.pool;
    options.journal = journal;
    options.speed = prepared.request.speed;
    options.publish = [&prepared, &journal, &status_file](const live::Status& status, Instant now) {
        RunSummary summary = summary_of(prepared, journal, status, now);
        summary.is_held = true;
        status_file.write(print_status(summary));
    };
    if (!prepared.request.notify_command.empty()) {
        options.notify = [&notifier, &journal](Notice notice, const std::string& sentence) {
            notifier.tell(notice, with_journal(sentence, journal));
        };
    }
    return options;
}

Outcome outcome_of_run(const SessionEnd& end, const live::Executor& executor,
                       const Prepared& prepared, const std::string& journal, bool json) {
    RunSummary summary = summary_of(prepared, journal, end.status, end.now);
    if (const live::Snapshot* look = executor.last_look()) summary.places = places_of(*look);
    Outcome outcome;
    outcome.status = end.status.standing == live::Standing::done ? Status::done : Status::stopped;
    outcome.out = json ? run_json(summary) : render_text(report_run(summary));
    return outcome;
}

Outcome carry_out(live::Executor executor, const Prepared& prepared, live::Ledger& ledger,
                  Controls& controls, const RunArguments& arguments, const Journal& history) {
    const bool json = arguments.input.json;
    auto options = driver_options(prepared, arguments.journal);
    if (!options) return outcome_of(options.error(), json, not_begun);
    options->open = executor.status({}).under_way;
    const Notifier notifier(prepared.request.notify_command, prepared.opened.pool,
                            arguments.journal);
    const StatusFile status_file(arguments.journal);
    SessionOptions session = session_options(prepared, arguments.journal, status_file, notifier);
    session.history = history;
    session.may_draw = !json;
    if (!history.empty()) session.begins_at = moment_of_resuming(history, session.speed);
    xapi::XapiDriver driver(std::move(*options));
    const SessionEnd end = run_session(executor, driver, ledger, controls, session);
    return outcome_of_run(end, executor, prepared, arguments.journal, json);
}

// ---- a new run

// The pool as it is now, and the plan against it.
struct Read {
    PlannedPool loaded;
    Scenario scenario;  // not yet narrowed to the job
    Findings findings;
};

Result<Read> read_pool(RunArguments& arguments, xapi::Client& client) {
    RunRequest& request = arguments.request;
    const auto captured = xapi::capture(client, request.url, request.names);
    if (!captured) return tl::unexpected(captured.error());
    const std::string& text = captured->scenario.text;
    arguments.input.scenario = request.url;
    arguments.plan.as_planned = true;
    auto loaded = load_with_plan(text, arguments.input, arguments.plan, UnknownNames::listed);
    if (!loaded) return tl::unexpected(loaded.error());
    const auto fits = names_fit(*loaded, arguments.plan.plan, request.url);
    if (!fits) return tl::unexpected(fits.error());
    auto scenario = read_any(text, request.url, loaded->used);
    if (!scenario) return tl::unexpected(scenario.error());
    Read read{std::move(*loaded), std::move(*scenario), {}};
    xapi::PreflightOptions options;
    options.backup_file = (std::filesystem::path(request.backup_folder) / "pool.xml").string();
    options.compares_our_clock = request.speed == 1;
    const Pool& narrowed = read.loaded.scenario.pool;
    for (const Step& step : read.loaded.file.plan.steps) {
        options.orders.push_back(order_of(narrowed, step));
    }
    read.findings = xapi::preflight(client, *captured, read.scenario, options);
    request.addresses = xapi::addresses_in(captured->records);
    request.pool_uuid = xapi::pool_uuid_in(captured->records);
    const auto attached = xapi::attached_pbds(captured->records);
    request.attached.assign(attached.begin(), attached.end());
    request.assumed_target = xapi::target_in(text);
    request.version_before = xapi::coordinator_version_in(text);
    request.sets = read.loaded.used.sets;
    request.defaults = read.loaded.used.defaults;
    request.defaults_source = read.loaded.used.defaults_source;
    return read;
}

Outcome not_now(const Findings& findings, const std::string& verdict, bool json) {
    Report report;
    report.verdict = verdict;
    report.findings = findings;
    Outcome outcome;
    outcome.status = Status::no;
    outcome.out = json ? refusal_json(verdict, findings) : render_text(report);
    return outcome;
}

bool blocks(const Finding& finding) { return finding.severity == Severity::blocks; }

Result<Prepared> prepare(const RunArguments& arguments, const xapi::Access& access,
                         const Read& read) {
    Prepared prepared;
    prepared.request = arguments.request;
    auto mission = mission_of(prepared.request, arguments.input.scenario);
    if (!mission) return tl::unexpected(mission.error());
    prepared.mission = std::move(*mission);
    prepared.mission.job = read.loaded.file.job;
    prepared.overrides = read.loaded.used;
    prepared.access = access;
    prepared.opened.began_at = utc_now();
    prepared.opened.pool = read.scenario.pool.name;
    prepared.opened.run = "vacate-" + prepared.opened.began_at + "-" + std::to_string(::getpid());
    prepared.opened.mission = print_request(prepared.request);
    return prepared;
}

// A journal holds one run. Fails: with what it holds.
Result<void> is_free(const std::string& journal) {
    std::error_code ignored;  // whoever makes the file will say so
    const auto folder = std::filesystem::absolute(journal, ignored).parent_path();
    if (!std::filesystem::is_directory(folder, ignored)) {
        return tl::unexpected(
            Error{Error::Kind::outside,
                  journal,
                  {{"", "the journal cannot be made: there is no folder " + folder.string(),
                    "make it, or name another file"}}});
    }
    if (::access(folder.c_str(), W_OK) != 0) {
        return tl::unexpected(
            Error{Error::Kind::outside,
                  journal,
                  {{"", "the journal cannot be made: you may not write to " + folder.string(),
                    "allow it, or name another file"}}});
    }
    if (!std::filesystem::exists(journal, ignored)) return {};
    const auto now = look_at_journal(journal);
    const bool is_read = now && !now->history.empty();
    const auto* opened = is_read ? std::get_if<Opened>(&now->history.front().body) : nullptr;
    const auto* closed = is_read ? std::get_if<Closed>(&now->history.back().body) : nullptr;
    Error error{Error::Kind::outside, journal, {}};
    if (opened == nullptr) {
        error.items.push_back({"", "there is a journal of this name already, which holds no run",
                               "name another file, or remove it"});
    } else {
        const bool is_done = closed != nullptr && closed->done;
        error.items.push_back({"",
                               "there is a journal of this name already: of pool " +
                                   printable(opened->pool) + ", begun " + opened->began_at +
                                   (is_done ? ", done" : ", not done"),
                               is_done ? "name another file"
                                       : "go on with that run (vacate run --resume --journal " +
                                             journal + "), or name another file"});
    }
    return tl::unexpected(std::move(error));
}

// Whoever has a window wants to know before it begins what will not fit into it.
Findings late_hosts(const PlannedPool& loaded, const RunArguments& arguments, Instant finish_by) {
    const Scenario& scenario = loaded.scenario;
    const Plan& plan = loaded.file.plan;
    const auto run = simulate(scenario.pool, scenario.state, plan, {.timeline = false});
    if (!run || Instant{run->makespan} <= finish_by) return {};
    std::map<std::string, Instant> ends;  // by host
    for (const Id<Step> id : plan.steps.ids()) {
        const StepSubject subject = subject_of(plan.steps[id]);
        if (!subject.vm.is_none() || subject.host.is_none()) continue;
        Instant& end = ends[scenario.pool.hosts[subject.host].name];
        end = std::max(end, run->times[id].end);
    }
    std::string late;
    for (const auto& [name, end] : ends) {
        if (end > finish_by) late += (late.empty() ? "" : ", ") + name;
    }
    const bool mixes = loaded.file.job.action == HostAction::upgrade;
    const bool blocks = mixes && !late.empty() && !arguments.in_part;
    return {{blocks ? Severity::blocks : Severity::act, "WINDOW_TOO_SHORT", "pool",
             "the plan takes " + display(run->makespan) + ", the window is " +
                 display(finish_by.time_since_epoch()) +
                 (late.empty() ? std::string()
                               : ": not done by then: " + late +
                                     (mixes ? "; the pool would stay in mixed versions" : "")),
             blocks ? "a longer --window, a faster plan, or --in-part to begin all the same"
                    : "see to it that the rest may wait"}};
}

Outcome begin_run(RunArguments& arguments) {
    const bool json = arguments.input.json;
    // Nobody is asked anything for a run that could not be written down.
    if (!arguments.dry_run) {
        const auto free = is_free(arguments.journal);
        if (!free) return outcome_of(free.error(), json, not_begun);
    }
    const auto access = access_of(arguments.connection);
    if (!access) return outcome_of(access.error(), json, not_begun);
    arguments.request.url = arguments.connection.pool;
    arguments.request.user = arguments.connection.user;
    xapi::Client client(*access);
    auto read = read_pool(arguments, client);
    if (!read) return outcome_of(read.error(), json, not_begun);
    const PlannedPool& loaded = read->loaded;
    Findings& findings = read->findings;
    const Findings unfit = steps_fit(loaded, arguments.plan.plan, arguments.connection.pool);
    findings.insert(findings.begin(), unfit.begin(), unfit.end());
    const auto mission = mission_of(arguments.request, arguments.connection.pool);
    if (!mission) return outcome_of(mission.error(), json, not_begun);
    if (mission->finish_by) {
        const Findings late = late_hosts(loaded, arguments, *mission->finish_by);
        findings.insert(findings.begin(), late.begin(), late.end());
    }
    if (std::any_of(findings.begin(), findings.end(), blocks)) {
        return not_now(findings, "the plan cannot be carried out on this pool now", json);
    }
    auto prepared = prepare(arguments, *access, *read);
    if (!prepared) return outcome_of(prepared.error(), json, not_begun);
    if (!findings.empty()) std::fputs(render_findings(findings).c_str(), stderr);
    if (arguments.dry_run) {
        Outcome outcome;
        outcome.out = dry_run_text(loaded.scenario.pool, loaded.scenario.state, loaded.file.plan,
                                   prepared->request);
        return outcome;
    }
    auto ledger = LedgerFile::create(arguments.journal);
    if (!ledger) return outcome_of(ledger.error(), json, not_begun);
    auto controls = Controls::open(arguments.journal);
    if (!controls) return outcome_of(controls.error(), json, not_begun);
    live::Executor executor(prepared->mission, prepared->opened, loaded.file.plan, read->scenario);
    return carry_out(std::move(executor), *prepared, **ledger, *controls, arguments, {});
}

// ---- a run that goes on

// A window that is given anew counts from now.
Result<live::Mission> resumed_mission(const RunRequest& given, const KeptRun& kept, Instant now) {
    RunRequest request = kept.request;
    if (!given.window.empty()) request.window = given.window;
    if (!given.mixed_max.empty()) request.mixed_max = given.mixed_max;
    auto mission = mission_of(request, "command line");
    if (mission && !given.window.empty()) *mission->finish_by += now - Instant{};
    return mission;
}

Outcome resume_run(const RunArguments& arguments) {
    const bool json = arguments.input.json;
    constexpr const char* not_resumed = "nothing was done";
    auto reopened = LedgerFile::reopen(arguments.journal);
    if (!reopened) return outcome_of(reopened.error(), json, not_resumed);
    auto kept = kept_run(reopened->history, arguments.journal);
    if (!kept) return outcome_of(kept.error(), json, not_resumed);
    // From now on other terminals may say something, though a password may still be asked for.
    auto controls = Controls::open(arguments.journal);
    if (!controls) return outcome_of(controls.error(), json, not_resumed);
    ConnectionOptions connection = arguments.connection;
    if (connection.pool.empty()) connection.pool = kept->request.url;
    if (connection.user == "root") connection.user = kept->request.user;
    const auto access = access_of(connection);
    if (!access) return outcome_of(access.error(), json, not_resumed);
    for (const std::string& address : kept->request.addresses) {
        const auto other = xapi::coordinator_at(access->endpoint, address);
        if (other) access->others->add(*other);
    }
    Prepared prepared;
    prepared.request = kept->request;
    prepared.request.url = connection.pool;
    prepared.opened = kept->opened;
    prepared.access = *access;
    prepared.overrides.sets = kept->request.sets;
    prepared.overrides.defaults = kept->request.defaults;
    prepared.overrides.defaults_source = kept->request.defaults_source;
    const Instant now = moment_of_resuming(reopened->history, kept->request.speed);
    auto mission = resumed_mission(arguments.request, *kept, now);
    if (!mission) return outcome_of(mission.error(), json, not_resumed);
    auto executor = live::Executor::resume(*mission, reopened->history);
    if (!executor) return outcome_of(executor.error(), json, not_resumed);
    const auto findings = ask_before_resuming(*access, kept->request, reopened->history);
    if (!findings) return outcome_of(findings.error(), json, not_resumed);
    if (std::any_of(findings->begin(), findings->end(), blocks)) {
        return not_now(*findings, "the run cannot go on now; " + std::string(not_resumed), json);
    }
    if (!findings->empty()) std::fputs(render_findings(*findings).c_str(), stderr);
    return carry_out(std::move(*executor), prepared, *reopened->ledger, *controls, arguments,
                     reopened->history);
}

// What goes together on the command line, all that is wrong at once.
Result<void> judge(RunArguments& arguments) {
    Error error{Error::Kind::bad_input, "command line", {}};
    RunRequest& request = arguments.request;
    if (!arguments.resume && (arguments.connection.pool.empty() || arguments.plan.plan.empty())) {
        error.items.push_back({"POOL PLAN", "a new run needs the pool's address and a plan",
                               "vacate run 10.0.0.1 plan.json --journal FILE"});
    }
    std::error_code ignored;
    if (std::filesystem::is_regular_file(arguments.connection.pool, ignored)) {
        error.items.push_back({"POOL", arguments.connection.pool + " is a file, no address",
                               "the pool's address comes first, then the plan"});
    }
    const int ways = (arguments.reboot ? 1 : 0) + (arguments.guided ? 1 : 0) +
                     (request.upgrade_command.empty() ? 0 : 1);
    // A plan that cannot be read is told of later.
    const auto plan = ways == 0 && !arguments.resume && !arguments.plan.plan.empty()
                          ? read_file(arguments.plan.plan)
                          : Result<std::string>();
    if (!arguments.resume && ways != 1 && (ways > 1 || !plan || restarts_hosts(*plan))) {
        error.items.push_back({"--reboot, --upgrade-command, --guided",
                               "one of them says how a host comes to its new version",
                               "--guided tells you what to do at each host"});
    }
    if (arguments.journal.empty() && !arguments.dry_run) {
        error.items.push_back({"--journal", "a run needs a file to be resumed from",
                               "--journal FILE on a local disk"});
    }
    request.by = arguments.guided                   ? UpgradeBy::guide
                 : !request.upgrade_command.empty() ? UpgradeBy::command
                                                    : UpgradeBy::reboot;
    request.go_on_without = !arguments.stop_without_member;
    if (request.backup_folder.empty() && !arguments.journal.empty()) {
        request.backup_folder = std::filesystem::absolute(arguments.journal).parent_path().string();
    }
    for (const auto& [option, command] : {std::pair{"--upgrade-command", &request.upgrade_command},
                                          std::pair{"--notify-command", &request.notify_command}}) {
        const auto words = xapi::split_words(*command);
        if (command->empty() || !words || xapi::can_run(words->front())) continue;
        error.items.push_back({option, words->front() + " is no program that can be run",
                               "give its path, and make it executable"});
    }
    if (arguments.resume && ways > 0) {
        error.items.push_back({"--resume", "how hosts are restarted stands in the journal",
                               "leave out --reboot, --upgrade-command and --guided"});
    }
    const auto mission = mission_of(request, "command line");
    if (!mission) {
        error.items.insert(error.items.end(), mission.error().items.begin(),
                           mission.error().items.end());
    }
    if (!error.items.empty()) return tl::unexpected(std::move(error));
    return {};
}

Outcome run(RunArguments& arguments) {
    if (const auto judged = judge(arguments); !judged) {
        return outcome_of(judged.error(), arguments.input.json, not_begun);
    }
    return arguments.resume ? resume_run(arguments) : begin_run(arguments);
}

void add_ways(CLI::App& verb, RunArguments& arguments) {
    RunRequest& request = arguments.request;
    verb.add_flag("--reboot", arguments.reboot,
                  "hosts are rebooted by the pool: for patches that are installed already, or a "
                  "rolling reboot. A plan that restarts no host, of --action evacuate or --goal, "
                  "needs none of the three ways");
    verb.add_option("--upgrade-command", request.upgrade_command,
                    "program that upgrades one host and restarts it, without a shell; VACATE_HOST, "
                    "VACATE_ADDRESS and VACATE_VERSION stand in its environment; VACATE_VERSION is "
                    "empty until the target is known: from --set pool.target=..., or from the "
                    "coordinator once it came back newer")
        ->type_name("COMMAND");
    verb.add_flag("--guided", arguments.guided,
                  "you upgrade each host at its console: you are told when and what, and it goes "
                  "on by itself when the host is back at its new version");
    verb.add_flag("--step", request.ask_before_hosts,
                  "wait before each host is disabled and taken down, until vacate proceed JOURNAL "
                  "HOST; moves away from it that need no disabling are not asked about");
    verb.add_flag("--dry-run", arguments.dry_run,
                  "check everything on the live pool and list every call, make none");
}

void add_limits(CLI::App& verb, RunArguments& arguments) {
    RunRequest& request = arguments.request;
    const auto time = [&verb](const char* name, std::string& value, const char* help) {
        verb.add_option(name, value, help)->type_name("TIME")->capture_default_str();
    };
    time("--window", request.window, "begin no host that would end later, e.g. '4 h'");
    verb.add_flag("--in-part", arguments.in_part,
                  "begin though not all hosts fit into the window; the rest waits for another one, "
                  "and until then the pool runs mixed versions");
    time("--mixed-max", request.mixed_max, "call the operator when versions are mixed for longer");
    verb.add_flag("--stop-when-mixed-too-long", request.stop_when_mixed_too_long,
                  "then stop after the hosts under way, instead of going on");
    time("--host-patience", request.host_patience,
         "call the operator when a host is that much late");
    time("--host-deadline", request.host_deadline, "then it counts as lost");
    verb.add_flag("--stop-without-member", arguments.stop_without_member,
                  "stop when a member does not come back, instead of going on without it");
    verb.add_option("--speed", request.speed,
                    "seconds of the run per second: for a rehearsal against vacate poolserver at "
                    "the same speed")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000}))
        ->type_name("N")
        ->capture_default_str();
}

}  // namespace

Verb declare_run(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "run",
        "Carries a plan out on a live XenServer or XCP-ng pool: backs its database up, empties, "
        "upgrades and refills host after host, VM by VM, and puts back what it changed. Every "
        "command is written to the journal before it is sent, so that a run that was killed goes "
        "on: vacate run --resume --journal FILE. Another terminal may say vacate status, pause, "
        "proceed, skip, abort.");
    verb->footer(
        "Exit status: 0 all is done, 1 the pool does not allow it now and nothing was begun, 2 the "
        "input is wrong, 3 the outside failed and nothing was begun, also for a wrong password, 4 "
        "stopped: no VM is lost, what is not put back is named, --resume goes on.");
    const auto arguments = std::make_shared<RunArguments>();
    add_pool_option(*verb, arguments->connection, "POOL", "address of any host of the pool");
    verb->add_option("PLAN", arguments->plan.plan, "plan (JSON) of vacate plan -o")->type_name("");
    verb->add_option("--journal", arguments->journal, "file that the run is written to")
        ->type_name("FILE");
    verb->add_flag("--resume", arguments->resume,
                   "go on with the run of that journal, with the options it was begun with; only "
                   "the connection, --window and --mixed-max may be given anew");
    add_ways(*verb, *arguments);
    add_connection_options(*verb, arguments->connection);
    add_override_options(*verb, arguments->input);
    add_limits(*verb, *arguments);
    verb->add_option("--backup-folder", arguments->request.backup_folder,
                     "where the pool's database is kept before the first change, as "
                     "JOURNAL.RUN-pool.xml with the name of the run (beside the journal)")
        ->type_name("FOLDER");
    verb->add_option("--notify-command", arguments->request.notify_command,
                     "program run when the operator is needed, when all is done, and when it "
                     "stopped; VACATE_EVENT (need-for-operator, done or failed), VACATE_SENTENCE, "
                     "VACATE_POOL and VACATE_JOURNAL stand in its environment")
        ->type_name("COMMAND");
    return [arguments] { return run(*arguments); };
}

}  // namespace vacate
