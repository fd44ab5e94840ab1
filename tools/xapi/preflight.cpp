// Questions to a pool that is about to be upgraded.
#include "tools/xapi/preflight.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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
    /// The pool gave no answer to a question. What does not answer now is not begun on.
    void unanswered(const std::string& subject, const CallProblem& problem) {
        const bool refuses = problem.kind == CallProblem::Kind::refused;
        add(refuses || options.resumes ? Severity::act : Severity::blocks, "NOT_ANSWERED", subject,
            "the pool does not say: " + problem.sentence,
            refuses ? "check it by hand" : "try again when the pool answers");
    }
    [[nodiscard]] bool is_live(const std::string& host) const {
        const Struct* const record = captured.records.find("host", host);
        const Struct* const metrics =
            record == nullptr ? nullptr
                              : captured.records.find("host_metrics", text_in(*record, "metrics"));
        return metrics != nullptr && flag_in(*metrics, "live");
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

/// The VMs this run is at work on, and their disks.
std::set<std::string> refs_of_ours(const Questions& ask) {
    std::set<std::string> refs;
    for (const std::string& vm : ask.options.ours) refs.insert(entry(ask.directory.vms, vm));
    for (const auto& [ref, vbd] : ask.captured.records.of("VBD")) {
        if (refs.contains(text_in(vbd, "VM"))) refs.insert(text_in(vbd, "VDI"));
    }
    refs.erase("");
    return refs;
}

/// What runs on VMs and disks now.
void look_for_operations(Questions& ask) {
    const std::set<std::string> ours = refs_of_ours(ask);
    for (const char* const kind : {"VM", "VDI"}) {
        for (const auto& [ref, record] : ask.captured.records.of(kind)) {
            if (ours.contains(ref)) continue;
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

/// `ahead`: of our steady clock, in ms, how far a host's clock is.
void compare_our_clock(Questions& ask, std::int64_t ahead, const std::string& host) {
    if (!ask.options.compares_our_clock) return;
    const auto in_ms = [](auto moment) {
        return std::chrono::duration_cast<milliseconds>(moment.time_since_epoch()).count();
    };
    const std::int64_t ours = in_ms(std::chrono::system_clock::now()) - in_ms(SteadyClock::now());
    const std::int64_t skew_s = (ours - ahead) / 1000;
    if (std::abs(skew_s) <= ask.options.skew_max.count()) return;
    ask.add(Severity::act, "OUR_CLOCK_DIFFERS", "this machine",
            "its clock is " + std::to_string(std::abs(skew_s)) + " s " +
                (skew_s > 0 ? "ahead of" : "behind") + " that of host " + host +
                ": the times in the journal are not those of the pool's logs",
            "set the clocks by NTP before");
}

void compare_clocks(Questions& ask) {
    std::map<std::int64_t, std::string> ahead;  // of our steady clock, in ms
    for (const auto& [name, ref] : ask.directory.hosts) {
        if (!ask.is_live(ref)) continue;
        const auto before = SteadyClock::now();
        const CallResult time = ask.client.call("host.get_servertime", {wire::text(ref)});
        const auto between = before.time_since_epoch() + (SteadyClock::now() - before) / 2;
        const std::optional<std::int64_t> seconds = time ? seconds_in(*time) : std::nullopt;
        if (!seconds) {
            ask.unanswered("clock of host " + name, time ? refused({"NO_TIME"}) : time.error());
            continue;
        }
        const auto ours = std::chrono::duration_cast<milliseconds>(between).count();
        ahead.emplace(*seconds * 1000 - ours, name);
    }
    if (ahead.empty()) return;
    compare_our_clock(ask, ahead.begin()->first, ahead.begin()->second);
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

/// What the plan does before it comes to a move.
struct Before {
    std::set<std::string> upgraded;  // hosts
    std::set<std::string> shipped;   // VMs whose disks went elsewhere
    std::set<std::string> ejected;   // VMs without their CDs
    std::map<std::string, Value> tickets;
    std::set<std::pair<std::string, std::string>> asked;
};

/// Answers that another version of either host may change.
constexpr std::string_view of_versions[]{"NOT_SUPPORTED_DURING_UPGRADE",
                                         "VM_HOST_INCOMPATIBLE_VERSION",
                                         "VM_HOST_INCOMPATIBLE_VERSION_MIGRATE",
                                         "VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION",
                                         "VM_INCOMPATIBLE_WITH_THIS_HOST",
                                         "HOST_NOT_LIVE",
                                         "HOST_OFFLINE",
                                         "HOST_STILL_BOOTING"};

bool is_iso(const Questions& ask, const std::string& storage) {
    const Struct* const record = ask.captured.records.find("SR", storage);
    return record != nullptr && text_in(*record, "content_type") == "iso";
}

/// True when what the pool says now will not hold when the plan comes to that move: by then it
/// has made room, opened and upgraded hosts and ejected CDs. pool_migrate needs no licence for
/// storage.
bool will_pass(const Questions& ask, const Order& order, const Before& before,
               const CallProblem& problem) {
    const std::string& code = problem.code;
    if (code == "HOST_NOT_ENOUGH_FREE_MEMORY" || code == "HOST_DISABLED") return true;
    if (code == "LICENCE_RESTRICTION") return order.act == Act::migrate;
    if (code == "VM_REQUIRES_SR" && before.ejected.contains(order.vm)) {
        return problem.parameters.size() > 1 && is_iso(ask, problem.parameters[1]);
    }
    const bool later = before.upgraded.contains(order.to) || before.upgraded.contains(order.host);
    return later && std::ranges::find(of_versions, code) != std::end(of_versions);
}

/// Where a move arrives, asked for once per host.
const Value* ticket_to(Questions& ask, ActContext& context, const Order& order, Before& before) {
    const std::string to = entry(ask.directory.hosts, order.to);
    const auto known = before.tickets.find(to);
    if (known != before.tickets.end()) return &known->second;
    const CallResult network = arrival_network(context, to);
    const CallResult ticket =
        network ? ask.client.call("host.migrate_receive", {wire::text(to), *network, {Struct{}}})
                : network;
    if (!ticket) {
        ask.unanswered("moves to host " + order.to, ticket.error());
        return nullptr;
    }
    return &before.tickets.emplace(to, *ticket).first->second;
}

/// What the pool says of a move now. False: it is not one to ask about now.
bool ask_for_move(Questions& ask, const Order& order, Before& before) {
    const ActOptions nobody;
    ActContext context{ask.client, ask.directory, nobody};
    const std::string vm = entry(ask.directory.vms, order.vm);
    const std::string to = entry(ask.directory.hosts, order.to);
    if (vm.empty() || to.empty()) {
        ask.add(Severity::blocks, "NOT_THERE", "VM " + order.vm,
                "it, or host " + order.to + ", is not in the pool", "plan again");
        return true;
    }
    const Struct* const record = ask.captured.records.find("VM", vm);
    if (record != nullptr && text_in(*record, "resident_on") == to) return false;
    if (ask.options.resumes && !ask.is_live(to)) return false;
    const Value* const ticket = ticket_to(ask, context, order, before);
    if (ticket == nullptr) return true;
    Value disks{Struct{}};
    if (order.act == Act::migrate_storage) {
        const CallResult map = disk_map(context, vm, entry(ask.directory.storages, order.storage));
        if (!map) {
            ask.unanswered("disks of VM " + order.vm, map.error());
            return true;
        }
        disks = *map;
    }
    const CallResult asked = ask.client.call(
        "VM.assert_can_migrate",
        {wire::text(vm), *ticket, {true}, disks, {Struct{}}, {Struct{}}, {Struct{}}});
    if (asked) return true;
    const CallProblem& problem = asked.error();
    if (problem.kind != CallProblem::Kind::refused) {
        ask.unanswered("the move of VM " + order.vm, problem);
    } else if (!will_pass(ask, order, before, problem)) {
        ask.add(Severity::blocks, "MOVE_REFUSED", "VM " + order.vm,
                "the pool would not move it to host " + order.to + ": " + problem.sentence,
                "mend the cause, or plan again");
    }
    return true;
}

void ask_for_moves(Questions& ask) {
    Before before;
    std::size_t in_part = 0;
    std::size_t not_asked = 0;
    for (const Order& order : ask.options.orders) {
        if (order.act == Act::restart_host) before.upgraded.insert(order.host);
        if (order.act == Act::eject_cd) before.ejected.insert(order.vm);
        if (order.act != Act::migrate && order.act != Act::migrate_storage) continue;
        // Where its disks will be by then nobody can ask about.
        const bool without_disks = order.act == Act::migrate && before.shipped.contains(order.vm);
        if (order.act == Act::migrate_storage) before.shipped.insert(order.vm);
        if (without_disks) {
            ++not_asked;
            continue;
        }
        if (before.upgraded.contains(order.to) || before.upgraded.contains(order.host)) ++in_part;
        if (!before.asked.emplace(order.vm, order.to).second) continue;
        if (!ask_for_move(ask, order, before)) ++not_asked;
    }
    if (in_part == 0 && not_asked == 0) return;
    ask.add(Severity::know, "MOVES_NOT_ASKED", "plan",
            std::to_string(in_part) +
                " moves are from or to hosts that are upgraded by then: of these the pool cannot "
                "tell yet whether versions and CPUs fit; " +
                std::to_string(not_asked) + " moves cannot be asked about at all before their turn",
            "");
}

}  // namespace

Findings preflight(Client& client, const Captured& captured, const Scenario& scenario,
                   const PreflightOptions& options) {
    Questions ask{
        client, captured, scenario, options, directory_of(captured, scenario),
        // VMs on their way count twice, here and there not at the same moment.
        options.ours.empty() ? compare_free_memory(client, captured, scenario) : Findings{}};
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
