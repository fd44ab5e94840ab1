// The report of a plan: hosts, totals, comparison.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "model/rule.hpp"
#include "reports/plan_answer.hpp"

namespace vacate {
namespace {

// What one host goes through in a plan.
struct HostStory {
    std::optional<Instant> disabled, down, ready;
    std::int64_t vms_out = 0;
    Bytes bytes_out;
    std::map<Id<Host>, std::int64_t> targets;
    std::int64_t parked = 0;
};

Table<Host, HostStory> stories_of(const PlanAnswer& answer) {
    Table<Host, HostStory> stories(answer.pool.hosts.size());
    for (const Id<Step> id : answer.plan.steps.ids()) {
        const Step& step = answer.plan.steps[id];
        const StepTimes& times = answer.schedule.times[id];
        const StepSubject subject = subject_of(step);
        if (std::holds_alternative<DisableHost>(step)) {
            stories[subject.host].disabled = times.start;
        } else if (std::holds_alternative<Upgrade>(step)) {
            stories[subject.host].down = times.start;
        } else if (std::holds_alternative<EnableHost>(step)) {
            stories[subject.host].ready = times.end;
        } else if (is_migration(step)) {
            HostStory& story = stories[subject.from];
            // Only what leaves for the upgrade: other moves from it make room for others.
            const bool enabled_first = answer.state.hosts[subject.from].phase == HostPhase::enabled;
            if (story.down || (enabled_first && !story.disabled)) continue;
            ++story.vms_out;
            story.bytes_out += answer.pool.vms[subject.vm].memory;
            ++story.targets[subject.to];
        } else if (std::holds_alternative<Suspend>(step) || std::holds_alternative<Stop>(step)) {
            ++stories[subject.host].parked;
        }
    }
    return stories;
}

std::string moment(const std::optional<Instant>& at) {
    return at ? clock_text(at->time_since_epoch()) : "-";
}

std::string gibibytes_text(Bytes amount) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f",
                  static_cast<double>(amount.count) / (1024.0 * 1024 * 1024));
    return text.data();
}

std::string targets_text(const Pool& pool, const HostStory& story) {
    std::vector<std::pair<Id<Host>, std::int64_t>> targets(story.targets.begin(),
                                                           story.targets.end());
    std::stable_sort(targets.begin(), targets.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    constexpr std::size_t shown_max = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown_max, targets.size()); ++i) {
        text += (i == 0 ? "" : ", ") + pool.hosts[targets[i].first].name + " (" +
                std::to_string(targets[i].second) + ")";
    }
    if (targets.size() > shown_max) {
        text += ", " + std::to_string(targets.size() - shown_max) + " more";
    }
    if (story.parked > 0) {
        text += (text.empty() ? "" : ", ") + std::to_string(story.parked) + " parked in place";
    }
    return text.empty() ? "-" : text;
}

ReportTable host_table(const PlanAnswer& answer) {
    ReportTable table;
    table.title = "Hosts, in the order in which they go down (h:mm:ss from the start)";
    table.columns = {{"host", false}, {"disabled", true}, {"VMs out", true},  {"GiB out", true},
                     {"down", true},  {"ready", true},    {"to (VMs)", false}};
    const auto stories = stories_of(answer);
    std::vector<Id<Host>> order;
    for (const Id<Host> host : answer.pool.hosts.ids()) {
        if (stories[host].down || stories[host].disabled) order.push_back(host);
    }
    std::stable_sort(order.begin(), order.end(), [&](Id<Host> a, Id<Host> b) {
        return stories[a].down.value_or(Instant::max()) < stories[b].down.value_or(Instant::max());
    });
    for (const Id<Host> host : order) {
        const HostStory& story = stories[host];
        const bool first = host == answer.pool.coordinator;
        table.rows.push_back({answer.pool.hosts[host].name + (first ? " *" : ""),
                              moment(story.disabled), std::to_string(story.vms_out),
                              gibibytes_text(story.bytes_out), moment(story.down),
                              moment(story.ready), targets_text(answer.pool, story)});
    }
    return table;
}

ReportTable step_table(const PlanAnswer& answer) {
    ReportTable table;
    table.title = "Steps";
    table.columns = {{"#", true}, {"begins", true}, {"ends", true}, {"step", false}};
    for (const Id<Step> id : answer.plan.steps.ids()) {
        const StepTimes& times = answer.schedule.times[id];
        table.rows.push_back({std::to_string(id.index), clock_text(times.start.time_since_epoch()),
                              clock_text(times.end.time_since_epoch()),
                              describe(answer.pool, answer.plan.steps[id])});
    }
    return table;
}

std::string times_text(Duration theirs, Duration ours) {
    if (ours.count() <= 0) return "-";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1fx",
                  static_cast<double>(theirs.count()) / static_cast<double>(ours.count()));
    return text.data();
}

// Our plan beside the peers', one column each.
ReportTable comparison(const PlanAnswer& answer) {
    ReportTable table;
    table.title = "Compared with the peers, through the same simulation";
    for (const ComparedPlan& other : answer.compared) {
        table.title +=
            "; " + other.name +
            (other.name == "rpu" ? ": host by host, all VMs come back at the end, one by one"
                                 : ": host by host, each host's VMs come back at once");
    }
    table.columns = {{"", false}, {"this plan", true}};
    std::vector<std::string> makespan{"makespan", display(answer.schedule.makespan)};
    std::vector<std::string> ratio{"  times this plan", "1.0x"};
    std::vector<std::string> mixed{"mixed versions", display(answer.schedule.mixed_window)};
    std::vector<std::string> moves{"moves", std::to_string(answer.schedule.moves)};
    std::vector<std::string> bytes{"bytes moved", display(answer.schedule.bytes_moved)};
    std::vector<std::string> pause{"worst pause", display(answer.schedule.pause_worst)};
    for (const ComparedPlan& other : answer.compared) {
        table.columns.push_back({other.name, true});
        const bool ran = other.schedule.has_value();
        const Schedule schedule = other.schedule.value_or(Schedule{});
        makespan.push_back(ran ? display(schedule.makespan) : "stuck");
        ratio.push_back(ran ? times_text(schedule.makespan, answer.schedule.makespan) : "-");
        mixed.push_back(ran ? display(schedule.mixed_window) : "-");
        moves.push_back(ran ? std::to_string(schedule.moves) : "-");
        bytes.push_back(ran ? display(schedule.bytes_moved) : "-");
        pause.push_back(ran ? display(schedule.pause_worst) : "-");
    }
    table.rows = {makespan, ratio, mixed, moves, bytes, pause};
    return table;
}

ReportTable reason_table(const PlanAnswer& answer) {
    ReportTable table;
    table.title = "Why it takes so long: the chain of steps without slack";
    table.columns = {{"begins", true}, {"ends", true}, {"what", false}, {"waited for", false}};
    for (const ReasonRow& row : answer.reasons) {
        table.rows.push_back({clock_text(row.begins.time_since_epoch()),
                              clock_text(row.ends.time_since_epoch()), row.what, row.because});
    }
    return table;
}

ReportTable front_table(const PlanAnswer& answer) {
    ReportTable table;
    table.title = "The front: no plan found is better in all three (choose with --objective)";
    table.columns = {{"makespan", true}, {"mixed versions", true}, {"moves", true}};
    for (const FrontRow& row : answer.front) {
        table.rows.push_back(
            {display(row.makespan), display(row.mixed_window), std::to_string(row.moves)});
    }
    return table;
}

std::string gap_text(const Promise& promise) {
    if (promise.bound.count() <= 0) return {};
    std::array<char, 32> text{};
    const double gap = static_cast<double>((promise.makespan - promise.bound).count()) /
                       static_cast<double>(promise.bound.count()) * 100;
    std::snprintf(text.data(), text.size(), "%.1f %%", gap);
    return text.data();
}

std::vector<ReportLine> totals_of(const PlanAnswer& answer) {
    const Schedule& schedule = answer.schedule;
    const Promise& promise = answer.plan.promise;
    std::vector<ReportLine> totals{
        {"makespan", display(schedule.makespan)},
        {"mixed versions", display(schedule.mixed_window)},
        {"moves", std::to_string(schedule.moves) +
                      (schedule.moves == 1 ? " migration, " : " migrations, ") +
                      display(schedule.bytes_moved) + " over the network"}};
    if (!schedule.pause_worst_step.is_none()) {
        const Id<Vm> vm = subject_of(answer.plan.steps[schedule.pause_worst_step]).vm;
        totals.push_back({"worst pause", display(schedule.pause_worst) + " (" +
                                             answer.pool.vms[vm].name + "), all together " +
                                             display(schedule.pause_total)});
    }
    if (!schedule.tightest.host.is_none()) {
        const TightestMoment& tightest = schedule.tightest;
        totals.push_back({"tightest moment", display(tightest.free) + " free on " +
                                                 answer.pool.hosts[tightest.host].name + " at " +
                                                 clock_text(tightest.at.time_since_epoch())});
    }
    if (answer.proof && answer.proof->weaknesses.empty()) {
        const auto worst = tightest_of(*answer.proof);
        totals.push_back({"whatever the timing",
                          "proved: no order of events breaks a rule" +
                              (worst ? "; at worst " + display(worst->capacity - worst->load) +
                                           " stay free on " + answer.pool.hosts[worst->host].name
                                     : std::string())});
    }
    for (const BoundRow& row : answer.bounds) {
        if (!row.is_chosen || row.objective == "makespan") continue;
        const auto text = [&row](std::int64_t amount) {
            return row.is_count ? std::to_string(amount) : display(Duration{amount});
        };
        totals.push_back({row.objective + " bound", text(row.bound) + ", this plan is " +
                                                        text(row.value - row.bound) + " above it"});
        totals.push_back({"  because", row.reason});
    }
    if (promise.bound.count() > 0) {
        totals.push_back({"makespan bound", display(promise.bound) + ", this plan is " +
                                                gap_text(promise) + " above it"});
        totals.push_back({"  because", promise.bound_reason});
    }
    const Policy& policy = answer.pool.policy;
    totals.push_back(
        {"limits", "at most " + std::to_string(policy.hosts_down_max) +
                       (policy.hosts_down_max == 1 ? " host" : " hosts") + " out of use at once, " +
                       std::to_string(policy.spare_hosts) + " to spare, VMs move to " +
                       (policy.upgraded_targets_only ? "upgraded hosts only once versions are mixed"
                                                     : "any host")});
    return totals;
}

void add_stuck(const std::vector<ComparedPlan>& compared, Findings& findings) {
    for (const ComparedPlan& other : compared) {
        if (!other.stuck_at.empty()) {
            findings.push_back({Severity::know, "PEER_STUCK", other.name, other.stuck_at, ""});
        }
        if (!other.left_away.empty()) {
            findings.push_back({Severity::know, "PEER_LEFT_AWAY", other.name,
                                "it cannot bring " + std::to_string(other.left_away.size()) +
                                    " VMs home, the first is " + other.left_away.front(),
                                ""});
        }
    }
}

}  // namespace

std::string clock_text(Duration since_start) {
    const std::int64_t seconds = (since_start.count() + 500'000) / 1'000'000;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld",
                  static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
                  static_cast<long long>(seconds % 60));
    return text.data();
}

std::optional<WorstLoad> tightest_of(const Proof& proof) {
    std::optional<WorstLoad> tightest;
    for (const WorstLoad& one : proof.loads) {
        if (!tightest || one.capacity - one.load < tightest->capacity - tightest->load) {
            tightest = one;
        }
    }
    return tightest;
}

Findings findings_of(const Pool& pool, const Plan& plan, const Proof& proof) {
    Findings findings;
    for (const Weakness& weakness : proof.weaknesses) {
        std::string sentence;
        if (!weakness.step.is_none()) {
            sentence = "step " + std::to_string(weakness.step.index) + " (" +
                       describe(pool, plan.steps[weakness.step]) + ") ";
            sentence += weakness.other.is_none()
                            ? "may come too early: "
                            : "may begin before step " + std::to_string(weakness.other.index) +
                                  " (" + describe(pool, plan.steps[weakness.other]) +
                                  ") has ended: ";
        }
        sentence +=
            explain(pool, weakness.violation) + " (" + rule_name(weakness.violation.rule) + ")";
        findings.push_back({Severity::act, "WEAK_ORDER", "plan", std::move(sentence),
                            "add what must have ended first to \"after\", or plan again"});
    }
    return findings;
}

Report report_plan(const PlanAnswer& answer) {
    Report report;
    const std::string name = answer.pool.name.empty() ? "pool" : answer.pool.name;
    std::int64_t upgrades = 0;
    for (const Step& step : answer.plan.steps) {
        if (std::holds_alternative<Upgrade>(step)) ++upgrades;
    }
    const auto& hosts = answer.state.hosts;
    const bool all_done = std::all_of(hosts.begin(), hosts.end(),
                                      [](const HostState& host) { return host.upgraded; });
    report.verdict = all_done ? name + ": nothing to do, every host runs its target version"
                     : upgrades == 0
                         ? name + ": no host is upgraded (" + answer.title + ")"
                         : name + ": " + std::to_string(upgrades) + " of " +
                               std::to_string(answer.pool.hosts.size()) + " hosts upgraded in " +
                               display(answer.schedule.makespan) + " (" + answer.title + ")";
    const bool reboots = answer.job.action == HostAction::reboot && upgrades > 0;
    if (reboots) {
        report.verdict = name + ": " + std::to_string(upgrades) + " of " +
                         std::to_string(answer.pool.hosts.size()) + " hosts rebooted in " +
                         display(answer.schedule.makespan) + " (" + answer.title + ")";
    }
    if (!answer.verdict.empty()) report.verdict = answer.verdict;
    const bool any_host =
        std::any_of(answer.plan.steps.begin(), answer.plan.steps.end(),
                    [](const Step& step) { return std::holds_alternative<DisableHost>(step); });
    if (upgrades > 0 || any_host) report.tables.push_back(host_table(answer));
    if (answer.with_steps) report.tables.push_back(step_table(answer));
    report.totals = totals_of(answer);
    if (!answer.compared.empty()) report.tables.push_back(comparison(answer));
    if (!answer.reasons.empty()) report.tables.push_back(reason_table(answer));
    if (!answer.front.empty()) report.tables.push_back(front_table(answer));
    report.findings = answer.findings;
    add_stuck(answer.compared, report.findings);
    return report;
}

// Each was tried; in the order of what they cost, as find_repairs() says.
void add_repairs(const std::vector<RepairRow>& repairs, Findings& findings) {
    int place = 0;
    for (const RepairRow& row : repairs) {
        Finding finding{Severity::act, "WOULD_HELP", std::to_string(++place) + ". " + row.kind,
                        row.sentence + ": then a plan of " + display(row.makespan) + " was found",
                        ""};
        constexpr std::size_t sets_max = 12;
        for (std::size_t i = 0; i < std::min(sets_max, row.sets.size()); ++i) {
            finding.remedy += (i == 0 ? "--set '" : " --set '") + row.sets[i] + "'";
        }
        if (row.sets.size() > sets_max) finding.remedy += " ... (all of them with --json)";
        findings.push_back(std::move(finding));
    }
}

Report report_no_plan(const Pool& pool, bool proven, const Findings& findings,
                      const std::vector<ComparedPlan>& compared,
                      const std::vector<RepairRow>& repairs) {
    Report report;
    const std::string name = pool.name.empty() ? "pool" : pool.name;
    report.verdict = name + (proven ? ": there is no plan" : ": no plan was found");
    report.findings = findings;
    add_repairs(repairs, report.findings);
    add_stuck(compared, report.findings);
    for (const ComparedPlan& other : compared) {
        if (!other.schedule) continue;
        report.findings.push_back({Severity::know, "PEER_PLANS", other.name,
                                   "it would need " + display(other.schedule->makespan), ""});
    }
    return report;
}

Report report_check(const Pool& pool, const PoolState& state, const Findings& findings) {
    Report report;
    std::size_t blocking = 0;
    std::size_t to_act = 0;
    for (const Finding& one : findings) {
        if (one.severity == Severity::blocks) ++blocking;
        if (one.severity == Severity::act) ++to_act;
    }
    const std::string name = pool.name.empty() ? "pool" : pool.name;
    report.verdict = name + ": " +
                     (blocking > 0 ? std::to_string(blocking) + " in the way of an upgrade"
                                   : "nothing is in the way of an upgrade") +
                     (to_act > 0 ? ", " + std::to_string(to_act) + " to act on" : "");
    ReportTable table;
    table.title = "Hosts (* coordinator)";
    table.columns = {{"host", false},   {"version", false}, {"state", false}, {"VMs", true},
                     {"for VMs", true}, {"used", true},     {"free", true},   {"after", true}};
    for (const Id<Host> id : pool.hosts.ids()) {
        const Host& host = pool.hosts[id];
        const HostState& now = state.hosts[id];
        const std::string phase = now.phase == HostPhase::enabled    ? "enabled"
                                  : now.phase == HostPhase::disabled ? "disabled"
                                                                     : "not live";
        table.rows.push_back({host.name + (id == pool.coordinator ? " *" : ""),
                              display(version_in(pool, state, id)), phase, std::to_string(now.vms),
                              display(capacity_in(pool, state, id)), display(now.committed),
                              display(free_in(pool, state, id)), display(host.memory_after)});
    }
    report.tables.push_back(std::move(table));
    report.findings = findings;
    return report;
}

}  // namespace vacate
