// vacate status, pause, proceed, skip, abort: what is said of a run and to it.
#include <CLI/CLI.hpp>

#include "tools/run/controls.hpp"
#include "tools/run/ledger_file.hpp"
#include "tools/run/summary.hpp"
#include "tools/vacate/run_parts.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct WordArguments {
    std::string journal;
    std::string host;
    bool json = false;
};

// A run as its journal tells it now.
struct RunNow {
    JournalNow now;
    KeptRun kept;
};

Result<RunNow> run_of(const std::string& journal) {
    auto now = look_at_journal(journal);
    if (!now) return tl::unexpected(now.error());
    auto kept = kept_run(now->history, journal);
    if (!kept) return tl::unexpected(kept.error());
    return RunNow{std::move(*now), std::move(*kept)};
}

Outcome show_status(const WordArguments& arguments) {
    constexpr const char* not_done = "there is no status to show";
    const auto run = run_of(arguments.journal);
    if (!run) return outcome_of(run.error(), arguments.json, not_done);
    const auto& [now, kept] = *run;
    const auto status = now.is_held ? read_status(arguments.journal) : std::nullopt;
    const auto shown =
        status ? shown_status(*status, kept.opened.run, arguments.json) : std::nullopt;
    if (shown) {
        Outcome outcome;
        outcome.out = *shown;
        return outcome;
    }
    const auto executor = live::Executor::resume(kept.mission, now.history);
    if (!executor) return outcome_of(executor.error(), arguments.json, not_done);
    RunSummary summary;
    summary.pool = kept.opened.pool;
    summary.run = kept.opened.run;
    summary.journal = arguments.journal;
    summary.is_held = now.is_held;
    summary.now =
        now.is_held ? moment_of_resuming(now.history, kept.request.speed) : now.history.back().at;
    summary.status = executor->status(summary.now);
    Outcome outcome;
    outcome.out = arguments.json ? run_json(summary) : render_text(report_run(summary));
    return outcome;
}

// A word about a host that the run does not know would be lost.
Result<void> knows_host(const WordArguments& arguments) {
    if (arguments.host.empty()) return {};
    const auto run = run_of(arguments.journal);
    if (!run) return tl::unexpected(run.error());
    const Journal& history = run->now.history;
    const auto executor = live::Executor::resume(run->kept.mission, history);
    if (!executor) return tl::unexpected(executor.error());
    for (const live::HostStory& host : executor->status(history.back().at).hosts) {
        if (host.host == arguments.host) return {};
    }
    return tl::unexpected(bad_input("HOST", arguments.host, "the run has no such host",
                                    "vacate status " + arguments.journal + " names them"));
}

Outcome say_word(const WordArguments& arguments, Told::What what) {
    if (const auto known = knows_host(arguments); !known) {
        return outcome_of(known.error(), arguments.json, "the run was not told");
    }
    const auto told = tell_run(arguments.journal, {what, arguments.host});
    if (!told) return outcome_of(told.error(), arguments.json, "the run was not told");
    Outcome outcome;
    outcome.words = "told; vacate status " + arguments.journal + " shows what comes of it\n";
    return outcome;
}

CLI::App* add_word(CLI::App& program, const char* name, const char* help,
                   const std::shared_ptr<WordArguments>& arguments) {
    CLI::App* verb = program.add_subcommand(name, help);
    verb->add_option("JOURNAL", arguments->journal, "the journal of the run")
        ->required()
        ->type_name("");
    verb->add_flag("--json", arguments->json, "print JSON instead of text");
    return verb;
}

}  // namespace

std::vector<std::pair<std::string, Verb>> declare_run_words(CLI::App& program) {
    std::vector<std::pair<std::string, Verb>> verbs;
    const auto status = std::make_shared<WordArguments>();
    add_word(program, "status",
             "Shows where a run stands: hosts with planned and real times, what is under way, "
             "what is to be put back, what to do next. Asks the pool nothing.",
             status)
        ->footer("Exit status: 0 shown, 2 it is no journal, 3 it cannot be read.");
    verbs.emplace_back("status", [status] { return show_status(*status); });

    const auto word = [&](const char* name, Told::What what, const char* help,
                          const char* host_help) {
        const auto arguments = std::make_shared<WordArguments>();
        CLI::App* verb = add_word(program, name, help, arguments);
        verb->footer(
            "The run hears it within a second. Exit status: 0 told, 2 it is no journal or has no "
            "such host, 3 no run is under way with that journal.");
        if (host_help != nullptr) {
            CLI::Option* host = verb->add_option("HOST", arguments->host, host_help);
            host->type_name("");
            if (what == Told::What::skip) host->required();
        }
        verbs.emplace_back(name, [arguments, what] {
            const bool goes_on = what == Told::What::proceed && arguments->host.empty();
            return say_word(*arguments, goes_on ? Told::What::resume : what);
        });
    };
    word("pause", Told::What::pause, "Asks a run to begin nothing more; what is under way may end.",
         nullptr);
    word(
        "proceed", Told::What::proceed,
        "Lets a paused run go on. With HOST: one that asks before it begins that host (--step), or "
        "that left it out; nobody else works on it any more.",
        "the host that may be done");
    word("skip", Told::What::skip,
         "Leaves one host at its version; the others are done. When it is the coordinator the run "
         "stops, for no member may be newer.",
         "the host to leave out");
    word("abort", Told::What::abort,
         "Ends a run in a safe state: what is under way may end, what was changed is put back. "
         "Hosts "
         "that are upgraded stay so. vacate run --resume does the rest another time.",
         nullptr);
    return verbs;
}

}  // namespace vacate
