// What each order is in XAPI's calls.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/journal.hpp"
#include "tools/xapi/client.hpp"
#include "tools/xapi/look.hpp"

namespace vacate::xapi {

/// Objects by the names that orders use, and the other way.
struct Directory {
    Texts hosts;
    Texts vms;
    Texts storages;
    Texts names;               // by reference, for sentences
    std::string pool;          // reference of the pool's own object
    std::size_t vm_count = 0;  // ordinary ones, as a backup must hold them at least
    std::string network;       // for migrations; empty: the management network
    Texts versions;            // by host: what it shall run, for the upgrade command
};
[[nodiscard]] Directory directory_of(const Captured& captured, const Scenario& scenario);

/// Replaces references that the directory knows by names in quotes.
[[nodiscard]] std::string with_names(std::string sentence, const Directory& directory);

struct HostToRestart {
    std::string host;
    std::string address;
    // What it shall run then: its label, else its platform version; empty where nobody says it.
    std::string version;
};

/// Sees to it that a host restarts, and ends once that has begun or is left to others. Fails: it
/// could not see to that; the host may restart all the same. Ends soon once `stopped` says so.
using HostRestarter =
    std::function<Result<void>(const HostToRestart& request, const std::function<bool()>& stopped)>;

/// How hosts are restarted: by host.reboot, by `restarter`: a program, or by a person, whom
/// `guide` tells what to do.
struct RestartOptions {
    HostRestarter restarter;
    std::function<std::string(const HostToRestart& request)> guide;
};

/// A restarter that runs the operator's program with VACATE_HOST, VACATE_ADDRESS and
/// VACATE_VERSION in its environment; what it prints goes to FOLDER/upgrade-HOST.log. Anything
/// but status 0 is a failure.
[[nodiscard]] HostRestarter restart_by_command(std::vector<std::string> words,
                                               const std::string& log_folder);

/// What the acts of a run need to know beside the order.
struct ActOptions {
    std::string run;          // its name, unique for all runs of the pool
    std::string owner;        // user and machine
    std::string since;        // wall clock, UTC
    std::string backup_file;  // where the pool's database is written
    RestartOptions restart;
};

struct ActContext {
    Client& client;
    const Directory& directory;
    const ActOptions& options;
};

/// How an act went: over with `answer`, or under way as a task, or left to the restarter.
struct ActOutcome {
    Answered answer;                       // without its key
    std::string task;                      // of an answer `begun`
    std::optional<HostToRestart> restart;  // to be handed to the restarter
};

/// Carries out one order. `key` marks the task that it begins.
///
/// Memos: of restore_memory "MIN MAX" in bytes; of disable_ha and eject_cd JSON; of
/// back_up_database the path.
[[nodiscard]] ActOutcome carry_out(ActContext& context, const Commanded& command);

/// The answer to a problem: refused where nothing changed, else unknown.
[[nodiscard]] Answered answer_to(const CallProblem& problem, const Directory& directory);

/// The entry of a task's other_config that says which command began it.
inline constexpr std::string_view task_key = "vacate_key";
[[nodiscard]] std::string task_mark(const std::string& run, std::uint64_t key);

}  // namespace vacate::xapi
