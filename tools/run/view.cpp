// Lines and screens.
#include "tools/run/view.hpp"

#include <algorithm>
#include <array>

#include "model/rule.hpp"
#include "model/step.hpp"
#include "reports/plan_answer.hpp"
#include "reports/report.hpp"

namespace vacate {
namespace {

using live::HostNow;
using live::HostStory;
using live::Standing;
using live::Status;

constexpr std::size_t bar_cells = 20;
constexpr std::size_t hosts_max = 8;     // rows of a screen that hosts may take
constexpr std::size_t moves_max = 6;     // that commands may take
constexpr std::size_t findings_max = 4;  // that findings may take

std::string clock(Instant at) { return clock_text(at.time_since_epoch()); }

std::string because(const std::string& code, const std::string& sentence) {
    if (code.empty()) return sentence;
    return sentence.empty() ? code : code + ", " + sentence;
}

// Cut to whole characters of UTF-8.
std::string fitted(const std::string& text, std::size_t columns) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80u;
        if (begins && ++width > columns) return text.substr(0, i);
    }
    return text;
}

std::string padded(std::string text, std::size_t width) {
    text = fitted(text, width);
    const auto shown = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    }));
    return text + std::string(width - std::min(width, shown), ' ');
}

std::string bar(std::int64_t permille) {
    const std::int64_t bounded = std::clamp<std::int64_t>(permille, 0, 1000);
    const auto full = static_cast<std::size_t>(bounded) * bar_cells / 1000;
    return "[" + std::string(full, '#') + std::string(bar_cells - full, '-') + "]";
}

std::string stage_of(const HostStory& host) {
    switch (host.now) {
        case HostNow::in_use:
            return "done at " + clock(*host.enabled);
        case HostNow::back:
            return "back since " + clock(*host.back);
        case HostNow::down:
            return "down, told at " + clock(*host.down);
        case HostNow::to_restart:
            return "to restart since " + clock(*host.down);
        case HostNow::restarting:
            return "restarting since " + clock(*host.down);
        case HostNow::emptied:
            return "being emptied since " + clock(*host.disabled);
        case HostNow::silent:
        case HostNow::waits:
            break;
    }
    return std::string(live::host_now_names[static_cast<std::size_t>(host.now)]);
}

std::string host_line(const HostStory& host) {
    std::string line = "  " + padded(printable(host.host), 18) + padded(stage_of(host), 32);
    line += std::to_string(host.moved) + " moved";
    if (host.failed > 0) line += ", " + std::to_string(host.failed) + " failed";
    if (host.planned_end) line += ", planned until " + clock(*host.planned_end);
    return line;
}

std::string ending(const Status& status, Instant now) {
    if (!status.ends_at || status.standing == Standing::done ||
        status.standing == Standing::stopped) {
        return {};
    }
    std::string text = ", ends about " + clock(*status.ends_at);
    if (*status.ends_at > now) text += " (in " + display(*status.ends_at - now) + ")";
    return text;
}

// The hosts that are worth a line: those in work first, then those done last.
std::vector<const HostStory*> chosen_hosts(const std::vector<HostStory>& hosts) {
    std::vector<const HostStory*> chosen;
    for (const HostStory& host : hosts) {
        if (host.disabled && !host.enabled) chosen.push_back(&host);
    }
    for (auto host = hosts.rbegin(); host != hosts.rend(); ++host) {
        if (host->enabled) chosen.push_back(&*host);
    }
    if (chosen.size() > hosts_max) chosen.resize(hosts_max);
    return chosen;
}

void add_commands(const Screen& screen, std::vector<std::string>& lines) {
    const std::vector<Commanded>& all = screen.status.under_way;
    if (all.empty()) return;
    lines.emplace_back("under way");
    for (std::size_t i = 0; i < std::min(all.size(), moves_max); ++i) {
        const auto known = screen.permille.find(all[i].key);
        const bool shown = known != screen.permille.end();
        lines.push_back("  " + (shown ? bar(known->second) + " " : std::string()) +
                        printable(describe(all[i].order)));
    }
    if (all.size() > moves_max) {
        lines.push_back("  and " + std::to_string(all.size() - moves_max) + " more");
    }
}

void add_findings(const Findings& findings, std::vector<std::string>& lines) {
    if (findings.empty()) return;
    lines.emplace_back("to know");
    const std::size_t first = findings.size() - std::min(findings.size(), findings_max);
    std::set<int> told;
    for (std::size_t i = first; i < findings.size(); ++i) {
        const std::string text = printable(findings[i].code + ": " + findings[i].sentence);
        lines.push_back("  " + with_rules_in_words(text, told));
    }
}

struct Lines {
    std::map<std::uint64_t, Order>& orders;
    std::set<std::string>& disabled;  // hosts, as far as records tell

    void learn(const Order& order) const {
        if (order.act == Act::disable_host) disabled.insert(order.host);
        const bool takes_vms = order.act == Act::enable_host || order.act == Act::restart_host;
        if (takes_vms) disabled.erase(order.host);
    }
    void learn(std::uint64_t key) const {
        const auto found = orders.find(key);
        if (found != orders.end()) learn(found->second);
    }
    // Why a host is disabled, and why once more.
    [[nodiscard]] std::string reason(const Order& order) const {
        if (order.act != Act::disable_host) return {};
        return disabled.count(order.host) > 0
                   ? " again: it takes VMs again, though this run did not enable it"
                   : ", so that no VM comes to it while it is emptied";
    }
    // The answer may still be on its way: then the lock is looked at again.
    [[nodiscard]] std::string not_done(std::uint64_t key) const {
        const auto found = orders.find(key);
        const bool is_lock = found != orders.end() && (found->second.act == Act::lock_pool ||
                                                       found->second.act == Act::unlock_pool);
        return is_lock ? ": no look shows it done so far, " : ": not done, ";
    }

    [[nodiscard]] std::string name(std::uint64_t key) const {
        const auto found = orders.find(key);
        return found == orders.end() ? "command " + std::to_string(key) : describe(found->second);
    }
    std::string operator()(const Opened& opened) const {
        return "run " + opened.run + " of pool " + opened.pool + " begins, " + opened.began_at;
    }
    std::string operator()(const Adopted& adopted) const { return "plan: " + adopted.reason; }
    std::string operator()(const Commanded& commanded) const {
        orders[commanded.key] = commanded.order;
        const std::string again =
            commanded.attempt > 1 ? " (attempt " + std::to_string(commanded.attempt) + ")" : "";
        return describe(commanded.order) + reason(commanded.order) + again;
    }
    std::string operator()(const Answered& answered) const {
        const std::string why = because(answered.code, answered.sentence);
        switch (answered.kind) {
            case Answered::Kind::begun:
                return answered.sentence;
            case Answered::Kind::done:
                learn(answered.key);
                return name(answered.key) + ": done";
            case Answered::Kind::refused:
                return name(answered.key) + ": refused, " + why;
            case Answered::Kind::unknown:
                return name(answered.key) + ": no answer, a look at the pool will tell" +
                       (why.empty() ? "" : " (" + why + ")");
        }
        return {};
    }
    std::string operator()(const Settled& settled) const {
        if (settled.done) learn(settled.key);
        return name(settled.key) + (settled.done ? ": done, " : not_done(settled.key)) +
               settled.sentence;
    }
    std::string operator()(const Told& told) const {
        constexpr std::array<std::string_view, 5> words{"pause", "resume", "abort", "proceed",
                                                        "skip"};
        const std::string word(words[static_cast<std::size_t>(told.what)]);
        return "operator: " + word + (told.host.empty() ? "" : " " + told.host);
    }
    std::string operator()(const Noted& noted) const {
        const Finding& finding = noted.finding;
        return finding.code + ", " + finding.subject + ": " + finding.sentence +
               (finding.remedy.empty() ? "" : "; " + finding.remedy);
    }
    std::string operator()(const Cleared& cleared) const {
        return "no longer " + cleared.finding.code + ", " + cleared.finding.subject + ": " +
               cleared.why;
    }
    std::string operator()(const PutBack& seen) const {
        learn(seen.order);
        return describe(seen.order) + ": no need to, " + seen.sentence;
    }
    std::string operator()(const Closed& closed) const {
        return (closed.done ? "done: " : "stopped: ") + closed.sentence;
    }
};

}  // namespace

std::string timed_sentence(const Status& status) {
    if (!status.waits_since) return status.sentence;
    std::string words = status.sentence + (status.sentence.empty() ? "" : " ") + "(since " +
                        clock(*status.waits_since);
    if (status.waits_until) {
        words += "; " + status.then + " from " + clock(*status.waits_until) + " on";
    }
    return words + ")";
}

std::string_view standing_name(Standing standing) {
    constexpr std::array<std::string_view, 7> names{"looking", "working", "draining", "paused",
                                                    "asking",  "done",    "stopped"};
    return names[static_cast<std::size_t>(standing)];
}

std::string RunLog::line_of(const Record& record) {
    const std::string text = std::visit(Lines{orders_, disabled_}, record.body);
    if (text.empty()) return text;
    return clock(record.at) + "  " + with_rules_in_words(printable(text), told_);
}

std::vector<std::string> draw_screen(const Screen& screen) {
    const Status& status = screen.status;
    std::vector<std::string> lines;
    lines.push_back("vacate run  " + printable(screen.pool) + "  " +
                    std::string(standing_name(status.standing)) + "  " + clock(screen.now) +
                    ending(status, screen.now));
    const std::int64_t steps = std::max<std::int64_t>(1, status.steps);
    lines.push_back(bar(status.steps_done * 1000 / steps) + " " +
                    std::to_string(status.steps_done) + " of " + std::to_string(status.steps) +
                    " steps");
    const std::string sentence = wrapped(printable(timed_sentence(status)), "  ");
    for (std::size_t at = 0; at < sentence.size();) {
        const std::size_t end = std::min(sentence.find('\n', at), sentence.size());
        lines.push_back(sentence.substr(at, end - at));
        at = end + 1;
    }
    const bool waits =
        status.standing == live::Standing::asking || status.standing == live::Standing::paused;
    if (waits && !screen.next.empty()) lines.push_back("  " + printable(screen.next));
    add_commands(screen, lines);
    const auto hosts = chosen_hosts(status.hosts);
    if (!hosts.empty()) lines.emplace_back("hosts");
    for (const HostStory* host : hosts) lines.push_back(host_line(*host));
    add_findings(status.findings, lines);
    if (lines.size() + 1 < screen.rows && !screen.tail.empty()) {
        lines.emplace_back("journal");
        const std::size_t room = screen.rows - lines.size();
        const std::size_t shown = std::min(room, screen.tail.size());
        for (std::size_t i = screen.tail.size() - shown; i < screen.tail.size(); ++i) {
            lines.push_back("  " + screen.tail[i]);
        }
    }
    if (lines.size() > screen.rows) lines.resize(screen.rows);
    for (std::string& line : lines) line = fitted(line, screen.columns);
    return lines;
}

}  // namespace vacate
