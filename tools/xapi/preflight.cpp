// Questions to a pool that is about to be upgraded.
#include "tools/xapi/preflight.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "tools/xapi/act_parts.hpp"
#include "tools/xapi_wire/date_time.hpp"

namespace vacate::xapi {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view copying_operations[]{"export",
                                                "import",
                                                "snapshot",
                                                "snapshot_with_quiesce",
                                                "checkpoint",
                                                "clone",
                                                "copy",
                                                "revert",
                                                "metadata_export",
                                                "mirror",
                                                "create_template",
                                                "list_changed_blocks",
                                                "data_destroy",
                                                "reverting"};

/// Everything that a check needs.
struct Questions {
    Client& client;
    const Captured& captured;
    const Scenario& scenario;
    const PreflightOptions& options;
    Directory directory;
    Findings findings;

    void add(Severity severity, std::string code, std::string subject, std::string sentence,
             std::string remedy) {
        findings.push_back({severity, std::move(code), std::move(subject),
                            with_names(std::move(sentence), directory), std::move(remedy)});
    }
    /// The pool gave no answer to a question.
    void unanswered(const std::string& subject, const CallProblem& problem) {
        add(Severity::act, "NOT_ANSWERED", subject, "the pool does not say: " + problem.sentence,
            "check it by hand");
    }
};

void ask_for_lock(Questions& ask) {
    const auto* const pool = pool_of(ask.captured.records);
    if (pool == nullptr) return;
    const std::string held = entry(map_in(pool->second, "other_config"), lock_key);
    if (held.empty()) return;
    const LockEntry holder = read_lock(held);
    if (holder.run == ask.options.run) return;
    ask.add(Severity::blocks, "POOL_IS_LOCKED", "pool", lock_sentence(holder),
            "end that run first");
}

void ask_for_tasks(Questions& ask) {
    const CallResult tasks = ask.client.call("task.get_all_records", {});
    if (!tasks) return ask.unanswered("tasks", tasks.error());
    const auto* const records = std::get_if<Struct>(&tasks->of);
    for (const Member& each : records == nullptr ? Struct() : *records) {
        const auto* const task = std::get_if<Struct>(&each.value.of);
        if (task == nullptr) continue;
        const std::string status = text_in(*task, "status");
        if (status != "pending" && status != "cancelling") continue;
        const std::string mark = entry(map_in(*task, "other_config"), task_key);
        if (!ask.options.run.empty() && mark.starts_with(ask.options.run + "#")) continue;
        std::string sentence = "it is " + status + " since " + text_in(*task, "created");
        const std::string about = text_in(*task, "name_description");
        if (!about.empty()) sentence += " (" + about + ")";
        ask.add(Severity::act, "TASK_PENDING", "task " + text_in(*task, "name_label"),
                std::move(sentence), "wait for its end, or cancel it");
    }
}

/// What runs on VMs and disks now.
void look_for_operations(Questions& ask) {
    for (const char* const kind : {"VM", "VDI"}) {
        for (const auto& [ref, record] : ask.captured.records.of(kind)) {
            for (const auto& [id, operation] : map_in(record, "current_operations")) {
                const bool copies = std::ranges::find(copying_operations, operation) !=
                                    std::end(copying_operations);
                const std::string what = std::string(kind) == "VM" ? "VM " : "disk ";
                ask.add(copies ? Severity::blocks : Severity::act,
                        copies ? "BACKUP_RUNNING" : "OPERATION_RUNNING",
                        what + text_in(record, "name_label"),
                        "operation " + operation + " is under way on it",
                        "wait for its end; suspend backup jobs for the time of the upgrade");
            }
        }
    }
    const Records& records = ask.captured.records;
    for (const auto& [ref, vbd] : records.of("VBD")) {
        const Struct* const vm = records.find("VM", text_in(vbd, "VM"));
        const bool in_use = vm != nullptr && flag_in(*vm, "is_control_domain") &&
                            flag_in(vbd, "currently_attached");
        if (!in_use) continue;
        const Struct* const disk = records.find("VDI", text_in(vbd, "VDI"));
        ask.add(Severity::act, "DISK_IN_USE_BY_CONTROL_DOMAIN",
                "disk " + (disk == nullptr ? ref : text_in(*disk, "name_label")),
                "it is attached to " + text_in(*vm, "name_label") + ", as backups do it",
                "wait until it is detached");
    }
}

/// Seconds since 1970 of a moment, whichever wire it came by.
std::optional<std::int64_t> seconds_in(const Value& value) {
    if (const auto* moment = std::get_if<wire::DateTime>(&value.of)) return moment->seconds;
    const auto moment = wire::read_date_time(text_of(value));
    return moment ? std::optional(moment->seconds) : std::nullopt;
}

void compare_clocks(Questions& ask) {
    std::map<std::int64_t, std::string> ahead;  // of our steady clock, in ms
    for (const auto& [name, ref] : ask.directory.hosts) {
        const Struct* const host = ask.captured.records.find("host", ref);
        const Struct* const metrics =
            host == nullptr ? nullptr
                            : ask.captured.records.find("host_metrics", text_in(*host, "metrics"));
        if (metrics == nullptr || !flag_in(*metrics, "live")) continue;
        const auto before = SteadyClock::now();
        const CallResult time = ask.client.call("host.get_servertime", {wire::text(ref)});
        const auto between = before.time_since_epoch() + (SteadyClock::now() - before) / 2;
        const std::optional<std::int64_t> seconds = time ? seconds_in(*time) : std::nullopt;
        if (!seconds) {
            CallProblem problem;
            ask.unanswered("clock of host " + name, time ? problem : time.error());
            continue;
        }
        const auto ours = std::chrono::duration_cast<milliseconds>(between).count();
        ahead.emplace(*seconds * 1000 - ours, name);
    }
    if (ahead.size() < 2) return;
    const std::int64_t skew_s = (ahead.rbegin()->first - ahead.begin()->first) / 1000;
    if (skew_s <= ask.options.skew_max.count()) return;
    ask.add(Severity::act, "CLOCKS_DIFFER", "host " + ahead.rbegin()->second,
            "its clock is " + std::to_string(skew_s) + " s ahead of that of host " +
                ahead.begin()->second,
            "set the clocks by NTP before");
}

/// Fetches the backup without keeping it: that shows whether the user may, and its size.
void ask_for_backup(Questions& ask) {
    if (ask.options.backup_file.empty()) return;
    std::size_t size = 0;
    HttpLimits limits;
    limits.time = std::chrono::minutes(10);
    const auto fetched = ask.client.download(
        "/pool/xmldbdump",
        [&](std::string_view piece) {
            size += piece.size();
            return true;
        },
        limits);
    if (!fetched) {
        ask.add(Severity::blocks, "NO_BACKUP_POSSIBLE", "pool",
                "its database cannot be backed up: " + fetched.error().sentence,
                fetched.error().remedy);
        return;
    }
    const std::string& path = ask.options.backup_file;
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    struct statvfs room {};
    if (::statvfs(folder.c_str(), &room) != 0) {
        ask.add(Severity::blocks, "NO_BACKUP_POSSIBLE", "folder " + folder,
                "the backup cannot go there: " + std::string(strerror(errno)),
                "name another folder");
        return;
    }
    const std::size_t free = static_cast<std::size_t>(room.f_bavail) * room.f_frsize;
    if (free >= size + size / 4) return;  // it may grow until then
    ask.add(
        Severity::blocks, "NO_ROOM_FOR_BACKUP", "folder " + folder,
        "the backup has " + std::to_string(size) + " B, free are " + std::to_string(free) + " B",
        "make room, or name another folder");
}

// Moves.

/// What the pool says of a move now; asked for once per VM and target.
void ask_for_move(Questions& ask, const Order& order, std::map<std::string, Value>& tickets) {
    const ActOptions nobody;
    ActContext context{ask.client, ask.directory, nobody};
    const std::string vm = entry(ask.directory.vms, order.vm);
    const std::string to = entry(ask.directory.hosts, order.to);
    if (vm.empty() || to.empty()) {
        ask.add(Severity::blocks, "NOT_THERE", "VM " + order.vm,
                "it, or host " + order.to + ", is not in the pool", "plan again");
        return;
    }
    if (!tickets.contains(to)) {
        const CallResult network = arrival_network(context, to);
        const CallResult ticket = network ? ask.client.call("host.migrate_receive",
                                                            {wire::text(to), *network, {Struct{}}})
                                          : network;
        if (!ticket) return ask.unanswered("moves to host " + order.to, ticket.error());
        tickets.emplace(to, *ticket);
    }
    Value disks{Struct{}};
    const bool with_disks = order.act == Act::migrate_storage;
    if (with_disks) {
        const CallResult map = disk_map(context, vm, entry(ask.directory.storages, order.storage));
        if (!map) return ask.unanswered("disks of VM " + order.vm, map.error());
        disks = *map;
    }
    const CallResult asked = ask.client.call(
        "VM.assert_can_migrate",
        {wire::text(vm), tickets[to], {true}, disks, {Struct{}}, {Struct{}}, {Struct{}}});
    if (asked) return;
    const CallProblem& problem = asked.error();
    if (problem.kind != CallProblem::Kind::refused) {
        return ask.unanswered("the move of VM " + order.vm, problem);
    }
    // The plan itself makes room, and opens hosts, before it moves; and pool_migrate needs no
    // licence for storage.
    const bool passes = problem.code == "HOST_NOT_ENOUGH_FREE_MEMORY" ||
                        problem.code == "HOST_DISABLED" ||
                        (problem.code == "LICENCE_RESTRICTION" && !with_disks);
    if (passes) return;
    ask.add(Severity::blocks, "MOVE_REFUSED", "VM " + order.vm,
            "the pool would not move it to host " + order.to + ": " + problem.sentence,
            "mend the cause, or plan again");
}

void ask_for_moves(Questions& ask) {
    std::set<std::string> upgraded;
    std::set<std::pair<std::string, std::string>> asked;
    std::map<std::string, Value> tickets;
    std::size_t later = 0;
    for (const Order& order : ask.options.orders) {
        if (order.act == Act::restart_host) upgraded.insert(order.host);
        if (order.act != Act::migrate && order.act != Act::migrate_storage) continue;
        if (upgraded.contains(order.to) || upgraded.contains(order.host)) {
            ++later;
            continue;
        }
        if (asked.emplace(order.vm, order.to).second) ask_for_move(ask, order, tickets);
    }
    if (later == 0) return;
    ask.add(Severity::know, "MOVES_NOT_ASKED", "plan",
            std::to_string(later) +
                " moves are from or to hosts that are upgraded by then: the pool cannot be asked "
                "about them now",
            "");
}

}  // namespace

Findings preflight(Client& client, const Captured& captured, const Scenario& scenario,
                   const PreflightOptions& options) {
    Questions ask{client,
                  captured,
                  scenario,
                  options,
                  directory_of(captured, scenario),
                  compare_free_memory(client, captured, scenario)};
    ask_for_lock(ask);
    ask_for_tasks(ask);
    look_for_operations(ask);
    compare_clocks(ask);
    ask_for_backup(ask);
    ask_for_moves(ask);
    std::ranges::stable_sort(ask.findings, {}, &Finding::severity);
    return std::move(ask.findings);
}

}  // namespace vacate::xapi
