// Steps into parts, and each step into what an operator types.
#include "reports/runbook.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "model/rule.hpp"

namespace vacate {
namespace {

constexpr const char* the_pool = "\"$(xe pool-list --minimal)\"";

struct Writer {
    const TimelineReport& report;
    const Pool& pool;
    const Plan& plan;
    Table<Step, std::size_t> part_of;  // index into `parts`
    std::vector<RunbookPart> parts;
    std::vector<std::vector<Id<Step>>> steps;  // by part, as they begin
};

const std::string& name(const Writer& writer, Id<Host> host) {
    return writer.pool.hosts[host].name;
}
const std::string& name(const Writer& writer, Id<Vm> vm) { return writer.pool.vms[vm].name; }

Stretch when_of(const Writer& writer, Id<Step> id) {
    const StepTimes& times = writer.report.answer.schedule.times[id];
    const Instant zero = writer.report.course.zero;
    return {times.start - zero, times.end - zero};
}

bool is_hidden_from_the_eye(const std::string& text, std::size_t at) {
    // Marks that reorder text: U+202A to U+202E and U+2066 to U+2069.
    if (text.compare(at, 2, "\xe2\x80") == 0 && at + 2 < text.size()) {
        const auto last = static_cast<unsigned char>(text[at + 2]);
        return last >= 0xaa && last <= 0xae;
    }
    if (text.compare(at, 2, "\xe2\x81") == 0 && at + 2 < text.size()) {
        const auto last = static_cast<unsigned char>(text[at + 2]);
        return last >= 0xa6 && last <= 0xa9;
    }
    return false;
}

bool is_plain(char letter) {
    const bool word = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9');
    return word || std::string_view("._-+:@/").find(letter) != std::string_view::npos;
}

std::string byte_escaped(char letter) {
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "\\x%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(letter)));
    return code.data();
}

// What must have ended before a step and is not plain from its part, nor in `known`.
std::string waits_for(const Writer& writer, Id<Step> id, std::set<Id<Step>>& known) {
    std::string text;
    std::size_t moves = 0;
    const auto add = [&text](const std::string& more) {
        text += (text.empty() ? "" : ", ") + more;
    };
    for (const Id<Step> before : writer.plan.after[id]) {
        const Step& step = writer.plan.steps[before];
        // Within a part the order says it, but for moves, of which several may run at once.
        const bool to_say = writer.part_of[before] != writer.part_of[id] ||
                            (is_migration(step) && is_migration(writer.plan.steps[id]));
        if (!to_say || !counts_in_makespan(step) || !known.insert(before).second) continue;
        const StepSubject subject = subject_of(step);
        if (is_migration(step)) {
            if (++moves <= 4) add(name(writer, subject.vm) + " is on " + name(writer, subject.to));
        } else if (std::holds_alternative<EnableHost>(step)) {
            add(name(writer, subject.host) + " is enabled again");
        } else if (std::holds_alternative<Upgrade>(step)) {
            add(name(writer, subject.host) + " is back");
        } else {
            add(describe(writer.pool, step) + " is done");
        }
    }
    if (moves > 4) add("and " + std::to_string(moves - 4) + " more moves before it have ended");
    return text;
}

// "22:00, 48 GiB, 3 min 14 s; when srv-16 is enabled again"
std::string move_words(const Writer& writer, Id<Step> id, std::set<Id<Step>>& known) {
    const Stretch when = when_of(writer, id);
    const std::string text =
        writer.report.clock.at(when.begins) + ", " +
        display(writer.pool.vms[subject_of(writer.plan.steps[id]).vm].ram) + ", " +
        display(std::chrono::round<std::chrono::seconds>(when.ends - when.begins));
    const std::string waits = waits_for(writer, id, known);
    return waits.empty() ? text : text + "; when " + printable(waits);
}

RunbookItem squeeze_item(const Writer& writer, Id<Vm> id) {
    const Vm& vm = writer.pool.vms[id];
    const std::string called = shell_quoted(name(writer, id));
    const std::string least = std::to_string(vm.ram.count);
    return {"Squeeze the memory of " + name(writer, id) + " from " + display(full_ram(vm)) +
                " to " + display(vm.ram) +
                "; note its range for the end; this must come before the first upgraded host (R14)",
            "xe vm-list name-label=" + called + " params=memory-dynamic-min,memory-dynamic-max\n" +
                "xe vm-memory-dynamic-range-set vm=" + called + " min=" + least + " max=" + least};
}

RunbookItem restore_item(const Writer& writer, Id<Vm> id) {
    const Vm& vm = writer.pool.vms[id];
    return {"Restore the memory of " + name(writer, id) + " to " + display(full_ram(vm)) +
                ", with the maximum noted at the start",
            "xe vm-memory-dynamic-range-set vm=" + shell_quoted(name(writer, id)) +
                " min=" + std::to_string(full_ram(vm).count) + " max=MAX"};
}

// Of names that are quoted already.
std::string move_command(const std::string& vm, const std::string& to) {
    return "xe vm-migrate vm=" + vm + " host=" + to + " live=true";
}
std::string move_disks_command(const std::string& vm, const std::string& to,
                               const std::string& storage) {
    return "xe vm-disk-list vm=" + vm + " vdi-params=uuid,sr-name-label --multiple\n" +
           "xe sr-list name-label=" + storage + " host=" + to + " params=uuid\n" +
           move_command(vm, to) +
           " remote-master=COORDINATOR remote-username=root remote-password=PASSWORD" +
           " vdi:DISK_UUID=SR_UUID";
}

// A move for a shell, and for paper.
void add_move(const Writer& writer, Id<Step> id, std::set<Id<Step>>& known, RunbookItem& item) {
    const Step& step = writer.plan.steps[id];
    const StepSubject subject = subject_of(step);
    const std::string vm = shell_quoted(name(writer, subject.vm));
    const std::string to = shell_quoted(name(writer, subject.to));
    const std::string words = move_words(writer, id, known);
    const auto* motion = std::get_if<MigrateStorage>(&step);
    std::string command = move_command(vm, to);
    std::string line = name(writer, subject.vm) + " \xe2\x86\x92 " + name(writer, subject.to);
    if (motion != nullptr) {
        const std::string& storage = writer.pool.storages[motion->storage].name;
        command = move_disks_command(vm, to, shell_quoted(storage));
        line += ", disks to " + storage;
    }
    item.command += (item.command.empty() ? "" : "\n") + command + "  # " + words;
    item.lines.push_back(line + "  " + words);
}

RunbookItem preparation_item(const Writer& writer, const Step& step) {
    const Pool& pool = writer.pool;
    const std::string set_pool = std::string("xe pool-param-set uuid=") + the_pool;
    return std::visit(
        Overloaded{
            [&](const BackUpDatabase&) {
                const std::string file =
                    (pool.name.empty() ? std::string("pool") : pool.name) + "-before-upgrade.xml";
                return RunbookItem{
                    "Back up the pool database; this must come before the first upgraded host "
                    "(R14)",
                    "xe pool-dump-database file-name=" + shell_quoted(file)};
            },
            [&](const DisableHa&) {
                return RunbookItem{"Switch HA off; note the heartbeat SR for the end",
                                   "xe pool-list params=ha-enabled,ha-statefiles,ha-configuration\n"
                                   "xe pool-ha-disable"};
            },
            [&](const EnableHa&) {
                return RunbookItem{"Switch HA on again, with the SR noted at the start",
                                   "xe pool-ha-enable heartbeat-sr-uuids=SR_UUID"};
            },
            [&](const DisableWlb&) {
                return RunbookItem{"Switch workload balancing off",
                                   set_pool + " wlb-enabled=false"};
            },
            [&](const EnableWlb&) {
                return RunbookItem{"Switch workload balancing on again",
                                   set_pool + " wlb-enabled=true"};
            },
            [&](const DisableAutoPowerOn&) {
                return RunbookItem{"Switch automatic power-on off",
                                   set_pool + " other-config:auto_poweron=false"};
            },
            [&](const EnableAutoPowerOn&) {
                return RunbookItem{"Switch automatic power-on on again",
                                   set_pool + " other-config:auto_poweron=true"};
            },
            [&](const EjectCd& eject) {
                const auto& cd = pool.vms[eject.vm].cd;
                return RunbookItem{
                    "Eject the CD of " + name(writer, eject.vm) +
                        (cd ? ", which lies on " + pool.storages[*cd].name : "") +
                        "; note its name for the end",
                    "xe vm-cd-list vm=" + shell_quoted(name(writer, eject.vm)) +
                        "\nxe vm-cd-eject vm=" + shell_quoted(name(writer, eject.vm))};
            },
            [&](const InsertCd& insert) {
                return RunbookItem{"Insert the CD of " + name(writer, insert.vm) + " again",
                                   "xe vm-cd-insert vm=" + shell_quoted(name(writer, insert.vm)) +
                                       " cd-name=CD_NAME"};
            },
            [&](const SqueezeMemory& squeeze) { return squeeze_item(writer, squeeze.vm); },
            [&](const RestoreMemory& restore) { return restore_item(writer, restore.vm); },
            [&](const auto&) {
                return RunbookItem{describe(pool, step), ""};
            }},
        step);
}

RunbookItem parking_item(const Writer& writer, const Step& step) {
    const StepSubject subject = subject_of(step);
    const std::string vm = shell_quoted(name(writer, subject.vm));
    const std::string on = " on=" + shell_quoted(name(writer, subject.host));
    std::string command = "xe vm-start vm=" + vm + on;
    if (std::holds_alternative<Suspend>(step)) command = "xe vm-suspend vm=" + vm;
    if (std::holds_alternative<Resume>(step)) command = "xe vm-resume vm=" + vm + on;
    if (std::holds_alternative<Stop>(step)) command = "xe vm-shutdown vm=" + vm;
    std::string sentence = describe(writer.pool, step);
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
    return {std::move(sentence), std::move(command)};
}

// Of a name that is quoted already.
std::string uuid_of(const std::string& host) {
    return "\"$(xe host-list name-label=" + host + " --minimal)\"";
}

// Of names that are quoted already, what a host needs; `version`: empty where nothing changes.
struct HostCommands {
    std::string disable, check, reboot, wait, enable;
};
HostCommands commands_for(const std::string& host, const std::string& version) {
    HostCommands commands;
    commands.disable = "xe host-disable host=" + host;
    commands.check =
        "xe vm-list resident-on=" + uuid_of(host) + " is-control-domain=false params=name-label";
    commands.reboot = "xe host-reboot host=" + host;
    commands.wait = "until [ \"$(xe host-list name-label=" + host +
                    " params=host-metrics-live --minimal 2>/dev/null)\" = true ]";
    if (!version.empty()) {
        commands.wait +=
            " && [ \"$(xe host-param-get uuid=" + uuid_of(host) +
            " param-name=software-version param-key=product_version 2>/dev/null)\" = " + version +
            " ]";
    }
    commands.wait += "; do sleep 10; done";
    commands.enable = "xe host-enable host=" + host;
    return commands;
}

// What a host's version is called once it is back; empty where it stays.
std::string version_after(const Writer& writer, Id<Host> host, bool reboot) {
    const std::string& label = writer.pool.hosts[host].target.label;
    return reboot || label.empty() ? std::string() : shell_quoted(label);
}

// The coordinator's, which paper shows for all.
std::string usual_version(const Writer& writer) {
    return version_after(writer, writer.pool.coordinator,
                         writer.report.answer.job.action == HostAction::reboot);
}

void add_upgrade(const Writer& writer, Id<Step> id, std::vector<RunbookItem>& items) {
    const Id<Host> host = subject_of(writer.plan.steps[id]).host;
    const Host& described = writer.pool.hosts[host];
    const std::string& called = described.name;
    const bool reboot = kind_name(writer.pool, writer.plan.steps[id]) == reboot_name;
    const std::string back = writer.report.clock.at(when_of(writer, id).ends);
    const std::string version = version_after(writer, host, reboot);
    const HostCommands commands = commands_for(shell_quoted(called), version);
    items.push_back({"Check that nothing runs on " + called +
                         " any more; the list must be empty, VMs that stay shut down apart (R4)",
                     commands.check,
                     {},
                     true});
    const std::string how = reboot ? "Reboot " + called
                                   : "Boot " + called + " from the medium of " +
                                         display(described.target) +
                                         ", at its console choose to upgrade";
    items.push_back({how + "; expect it back about " + back, commands.reboot, {}, true});
    std::string sentence = "Wait until " + called + " is live" +
                           (reboot ? "" : " and runs " + display(described.target));
    if (host == writer.pool.coordinator) {
        sentence +=
            "; until then no command of the pool is answered, VMs keep running. Members come "
            "back by themselves in a few minutes; if one does not: xe pool-recover-slaves";
    }
    items.push_back({std::move(sentence), commands.wait, {}, version == usual_version(writer)});
}

RunbookItem moves_item(const Writer& writer, const std::vector<Id<Step>>& moves,
                       const std::string& why, std::set<Id<Step>>& known) {
    const std::int64_t most = writer.pool.policy.migrations_per_host_max;
    RunbookItem item;
    item.sentence = why + ": " + std::to_string(moves.size()) +
                    (moves.size() == 1 ? " move"
                                       : " moves in this order, at most " + std::to_string(most) +
                                             " at once (pasted they run one by one)");
    for (const Id<Step> id : moves) {
        add_move(writer, id, known, item);
    }
    item.is_usual = true;
    return item;
}

// The steps of a part in their order, moves that follow each other taken together.
void write_items(const Writer& writer, std::size_t part, std::vector<RunbookItem>& items) {
    std::set<Id<Step>> known;
    std::vector<Id<Step>> moves;
    const auto flush = [&] {
        if (moves.empty()) return;
        const Id<Host> from = subject_of(writer.plan.steps[moves.front()]).from;
        const bool one_host = std::all_of(moves.begin(), moves.end(), [&](Id<Step> id) {
            return subject_of(writer.plan.steps[id]).from == from;
        });
        items.push_back(moves_item(
            writer, moves, one_host ? "Move VMs from " + name(writer, from) : "Move VMs", known));
        moves.clear();
    };
    for (const Id<Step> id : writer.steps[part]) {
        const Step& step = writer.plan.steps[id];
        if (is_migration(step)) {
            moves.push_back(id);
            continue;
        }
        flush();
        if (!counts_in_makespan(step)) {
            items.push_back(preparation_item(writer, step));
        } else if (std::holds_alternative<Upgrade>(step)) {
            add_upgrade(writer, id, items);
        } else if (const auto* disable = std::get_if<DisableHost>(&step)) {
            const std::string waits = waits_for(writer, id, known);
            if (!waits.empty()) items.push_back({"Go on when " + waits, ""});
            const bool first = disable->host == writer.pool.coordinator;
            items.push_back({"Disable " + name(writer, disable->host) +
                                 (first ? " (not maintenance mode: that hands the coordinator's "
                                          "role to another host)"
                                        : ""),
                             commands_for(shell_quoted(name(writer, disable->host)), {}).disable,
                             {},
                             true});
        } else if (const auto* enable = std::get_if<EnableHost>(&step)) {
            items.push_back({"Enable " + name(writer, enable->host),
                             commands_for(shell_quoted(name(writer, enable->host)), {}).enable,
                             {},
                             true});
        } else {
            items.push_back(parking_item(writer, step));
        }
    }
    flush();
}

// The part of the host that goes down next after a step that belongs to no host.
std::size_t next_host_part(const Writer& writer, Since ends) {
    const auto& lanes = writer.report.course.lanes;
    std::size_t best = writer.parts.size() - 1;
    Since begins = Since::max();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        if (!lanes[i].down || lanes[i].down->begins < ends) continue;
        if (lanes[i].down->begins >= begins) continue;
        begins = lanes[i].down->begins;
        best = i + 1;
    }
    return best;
}

bool puts_back(const Step& step) {
    return std::holds_alternative<EnableHa>(step) || std::holds_alternative<EnableWlb>(step) ||
           std::holds_alternative<EnableAutoPowerOn>(step) ||
           std::holds_alternative<InsertCd>(step) || std::holds_alternative<RestoreMemory>(step);
}

std::size_t part_for(const Writer& writer, Id<Step> id) {
    const Step& step = writer.plan.steps[id];
    const Stretch when = when_of(writer, id);
    const auto& lanes = writer.report.course.lanes;
    if (!counts_in_makespan(step)) return puts_back(step) ? writer.parts.size() - 1 : 0;
    const StepSubject subject = subject_of(step);
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const HostLane& lane = lanes[i];
        if (subject.host == lane.host) return i + 1;
        const bool emptying = subject.from == lane.host && lane.disabled &&
                              when.begins >= *lane.disabled &&
                              (!lane.down || when.begins <= lane.down->begins);
        if (emptying) return i + 1;
    }
    return next_host_part(writer, when.ends);
}

std::string part_times(const Writer& writer, const HostLane& lane) {
    const ReportClock& clock = writer.report.clock;
    std::string text;
    if (lane.disabled) text += clock.at(*lane.disabled) + " disable";
    if (lane.down) {
        text += (text.empty() ? "" : ", ") + clock.at(lane.down->begins) + " down, " +
                clock.at(lane.down->ends) + " back";
    }
    return text;
}

std::string begin_by(const Writer& writer, const HostLane& lane) {
    const TrialsAnswer* trials = writer.report.trials;
    if (trials == nullptr || !trials->window) return {};
    for (const HostTrials& host : trials->trials.hosts) {
        if (host.host != lane.host) continue;
        const auto last = last_moment(host, *trials->window, trials->confidence);
        return last ? writer.report.clock.at(*last) : std::string();
    }
    return {};
}

void distribute(Writer& writer) {
    const auto& lanes = writer.report.course.lanes;
    writer.parts.resize(lanes.size() + 2);
    writer.steps.resize(lanes.size() + 2);
    writer.part_of = Table<Step, std::size_t>(writer.plan.steps.size());
    std::vector<Id<Step>> order;
    for (const Id<Step> id : writer.plan.steps.ids()) {
        writer.part_of[id] = part_for(writer, id);
        order.push_back(id);
    }
    std::stable_sort(order.begin(), order.end(), [&writer](Id<Step> a, Id<Step> b) {
        return when_of(writer, a).begins < when_of(writer, b).begins;
    });
    for (const Id<Step> id : order) writer.steps[writer.part_of[id]].push_back(id);
}

}  // namespace

std::string shell_quoted(const std::string& text) {
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), is_plain);
    if (plain) return text;
    bool needs_codes = false;
    std::string coded = "$'";
    std::string quoted = "'";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = text[i];
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20 || byte == 0x7f || is_hidden_from_the_eye(text, i)) {
            needs_codes = true;
            const std::size_t bytes = byte < 0x80 ? 1 : 3;
            for (std::size_t j = i; j < i + bytes; ++j) coded += byte_escaped(text[j]);
            i += bytes - 1;
            continue;
        }
        if (letter == '\'' || letter == '\\') coded += '\\';
        coded += letter;
        quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    }
    return (needs_codes ? coded : quoted) + "'";
}

std::vector<RunbookPart> runbook_of(const TimelineReport& report) {
    Writer writer{report, report.answer.pool, report.answer.plan, {}, {}, {}};
    distribute(writer);
    const auto& lanes = report.course.lanes;
    writer.parts.front() = {"Prepare", "before " + report.clock.at(Since{}), "", {}};
    writer.parts.back() = {"Finish", "from " + report.clock.at(report.course.ends), "", {}};
    std::size_t number = 0;
    std::vector<RunbookPart> parts;
    for (std::size_t i = 0; i < writer.parts.size(); ++i) {
        if (writer.steps[i].empty()) continue;
        RunbookPart part = writer.parts[i];
        if (i > 0 && i <= lanes.size()) {
            const HostLane& lane = lanes[i - 1];
            const bool first = lane.host == report.answer.pool.coordinator;
            part.title = std::to_string(++number) + ". " + name(writer, lane.host) +
                         (first ? " (coordinator)" : "");
            part.when = part_times(writer, lane);
            part.begin_by = begin_by(writer, lane);
        }
        write_items(writer, i, part.items);
        parts.push_back(std::move(part));
    }
    return parts;
}

std::vector<RunbookItem> usual_commands(const TimelineReport& report) {
    const Writer writer{report, report.answer.pool, report.answer.plan, {}, {}, {}};
    const HostCommands host = commands_for("HOST", usual_version(writer));
    std::vector<RunbookItem> items{{"Disable", host.disable}, {"Move", move_command("VM", "HOST")},
                                   {"Check", host.check},     {"Reboot", host.reboot},
                                   {"Wait", host.wait},       {"Enable", host.enable}};
    const auto& steps = writer.plan.steps;
    const bool has_disks = std::any_of(steps.begin(), steps.end(), [](const Step& step) {
        return std::holds_alternative<MigrateStorage>(step);
    });
    if (has_disks) {
        items.insert(items.begin() + 2,
                     {"Move with disks", move_disks_command("VM", "HOST", "STORAGE")});
    }
    return items;
}

}  // namespace vacate
