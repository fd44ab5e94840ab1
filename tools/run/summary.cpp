// The summary as tables and as JSON.
#include "tools/run/summary.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "model/order.hpp"
#include "model/rule.hpp"
#include "reports/plan_answer.hpp"
#include "sim/live/run_state.hpp"
#include "tools/run/view.hpp"

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;
using live::HostStory;
using live::Standing;
using live::Status;

std::string clock(const std::optional<Instant>& at) {
    return at ? clock_text(at->time_since_epoch()) : std::string();
}

// In use again so much after its plan said; by the plan that was in force when it was begun.
std::string late(const HostStory& host) {
    if (!host.back || !host.enabled || !host.planned_end) return {};
    if (*host.enabled <= *host.planned_end) return {};
    return clock_text(*host.enabled - *host.planned_end);
}

bool is_over(const Status& status) {
    return status.standing == Standing::done || status.standing == Standing::stopped;
}

// It was killed, or the machine it ran on was.
bool is_interrupted(const RunSummary& summary) {
    return !is_over(summary.status) && !summary.is_held;
}

std::string standing_of(const RunSummary& summary) {
    if (is_interrupted(summary)) return "interrupted";
    return std::string(standing_name(summary.status.standing));
}

std::string sentence_of(const RunSummary& summary) {
    if (!is_interrupted(summary)) return summary.status.sentence;
    const std::size_t open = summary.status.under_way.size();
    return "no process carries it out now" +
           (open == 0 ? ""
                      : ", and what became of " + std::to_string(open) +
                            (open == 1 ? " order" : " orders") + " a look will tell");
}

// VMs that this run parked and did not bring back, or that are down behind its back.
std::string down(const Status& status) {
    if (!is_over(status) || status.owed_is_wanted) return {};
    std::set<std::string> vms;
    for (const Order& one : status.owed) {
        if (one.act == Act::start || one.act == Act::resume) vms.insert(one.vm);
    }
    for (const Finding& one : status.findings) {
        const bool is_down = one.code == live::vm_down || one.code == live::vm_lost;
        if (is_down) vms.insert(one.subject.substr(std::string_view("VM ").size()));
    }
    if (vms.empty()) return {};
    std::string text = vms.size() == 1 ? "; 1 VM DOES NOT RUN: "
                                       : "; " + std::to_string(vms.size()) + " VMs DO NOT RUN: ";
    constexpr std::size_t named = 3;
    std::size_t count = 0;
    for (const std::string& vm : vms) {
        if (count++ < named) text += (count > 1 ? ", " : "") + vm;
    }
    return text + (count > named ? " ..." : "");
}

std::string verdict_of(const RunSummary& summary) {
    const std::string name = summary.pool.empty() ? "pool" : summary.pool;
    const std::string sentence =
        is_interrupted(summary) ? sentence_of(summary) : timed_sentence(summary.status);
    const Findings& all = summary.status.findings;
    const auto acts = std::count_if(
        all.begin(), all.end(), [](const Finding& one) { return one.severity != Severity::know; });
    const std::string open = acts == 0   ? ""
                             : acts == 1 ? "; 1 thing to act on"
                                         : "; " + std::to_string(acts) + " things to act on";
    const std::string standing = standing_of(summary);
    const bool says_more = !sentence.empty() && sentence != standing;
    return name + ": " + standing + (says_more ? ", " + sentence : "") + down(summary.status) +
           open;
}

Findings dated(const Status& status) {
    Findings findings = status.findings;
    for (std::size_t i = 0; i < std::min(findings.size(), status.found_since.size()); ++i) {
        findings[i].sentence += " (since " + clock(status.found_since[i]) + ")";
    }
    return findings;
}

// A host that fails takes many VMs along: of each kind the first ones, the others by name.
Findings some_of_each(const Findings& findings) {
    constexpr std::size_t shown = 3;
    std::map<std::string, Findings> kinds;
    for (const Finding& one : findings) kinds[one.code].push_back(one);
    std::map<std::string, std::size_t> seen;
    Findings some;
    for (const Finding& one : findings) {
        const Findings& kind = kinds[one.code];
        const std::size_t at = seen[one.code]++;
        if (at < shown || kind.size() <= shown + 1) some.push_back(one);
        if (at != shown || kind.size() <= shown + 1) continue;
        Finding rest = one;
        rest.subject = std::to_string(kind.size() - shown) + " more";
        rest.sentence.clear();
        for (std::size_t i = shown; i < kind.size(); ++i) {
            rest.sentence += (i > shown ? ", " : "") + kind[i].subject;
        }
        some.push_back(std::move(rest));
    }
    return some;
}

std::string now_text(const HostStory& host) {
    return std::string(live::host_now_names[static_cast<std::size_t>(host.now)]);
}

// With blanks at which no line is broken.
std::string unbroken(const std::string& text) {
    std::string out;
    for (const char letter : text) out += letter == ' ' ? "\xc2\xa0" : std::string(1, letter);
    return out;
}

ReportTable hosts_table(const Status& status) {
    ReportTable table;
    table.title = "hosts, time since the run began";
    table.columns = {{"host", false},   {"planned begin", true}, {"disabled", true},
                     {"restart", true}, {"back", true},          {"planned end", true},
                     {"enabled", true}, {"late", true},          {"moved", true},
                     {"failed", true}};
    for (const HostStory& host : status.hosts) {
        table.rows.push_back({unbroken(host.host + ": " + now_text(host)),
                              clock(host.planned_begin), clock(host.disabled), clock(host.down),
                              clock(host.back), clock(host.planned_end), clock(host.enabled),
                              late(host), std::to_string(host.moved), std::to_string(host.failed)});
    }
    return table;
}

ReportTable places_table(const std::vector<HostPlaces>& places) {
    constexpr std::size_t named = 6;  // the JSON names all
    ReportTable table;
    table.title = "where everything is";
    table.columns = {{"host", false}, {"VMs", true}, {"", false}};
    for (const HostPlaces& one : places) {
        std::string names;
        for (std::size_t i = 0; i < std::min(named, one.vms.size()); ++i) {
            names += (i > 0 ? ", " : "") + one.vms[i];
        }
        if (one.vms.size() > named) names += " ...";
        table.rows.push_back(
            {one.host.empty() ? "nowhere" : one.host, std::to_string(one.vms.size()), names});
    }
    return table;
}

ReportTable orders_table(const std::string& title, const std::vector<std::string>& lines) {
    ReportTable table;
    table.title = title;
    table.columns = {{"what", false}};
    for (const std::string& line : lines) table.rows.push_back({line});
    return table;
}

std::vector<std::string> under_way(const Status& status) {
    std::vector<std::string> lines;
    for (const Commanded& one : status.under_way) lines.push_back(describe(one.order));
    return lines;
}

std::vector<std::string> owed(const Status& status) {
    std::vector<std::string> lines;
    for (const Order& one : status.owed) lines.push_back(describe(one));
    return lines;
}

void add_totals(const RunSummary& summary, Report& report) {
    const Status& status = summary.status;
    const auto total = [&report](const char* name, const std::string& text) {
        if (!text.empty()) report.totals.push_back({name, text});
    };
    total("run", summary.run + ", journal " + summary.journal);
    total("backup", status.backup);
    const auto hosts = static_cast<std::int64_t>(status.hosts.size());
    if (status.hosts_new > 0 && status.hosts_new < hosts) {
        total("versions", std::to_string(status.hosts_new) + " of " + std::to_string(hosts) +
                              " hosts run their new version: THE POOL IS MIXED");
    }
    std::int64_t moved = 0;
    std::int64_t failed = 0;
    for (const HostStory& host : status.hosts) {
        moved += host.moved;
        failed += host.failed;
    }
    total("moves", std::to_string(moved) + " done, " + std::to_string(failed) + " failed");
    if (status.steps > 0) {
        total("steps", std::to_string(status.steps_done) + " of " + std::to_string(status.steps) +
                           ", those of earlier plans that were done included");
    }
    total("planned end", clock(status.planned_end));
    total(is_over(status) ? "ended" : "time", clock(status.ended.value_or(summary.now)));
    if (!is_over(status)) total("ends about", clock(status.ends_at));
    total("next", next_step(summary));
}

Json time_of(const std::optional<Instant>& at) {
    return at ? Json(at->time_since_epoch().count()) : Json(nullptr);
}

Json host_json(const HostStory& host) {
    return {{"name", host.host},
            {"planned_begin_us", time_of(host.planned_begin)},
            {"planned_end_us", time_of(host.planned_end)},
            {"disabled_us", time_of(host.disabled)},
            {"down_us", time_of(host.down)},
            {"back_us", time_of(host.back)},
            {"enabled_us", time_of(host.enabled)},
            {"moved", host.moved},
            {"failed", host.failed},
            {"now", now_text(host)}};
}

Json order_json(const Order& order) {
    Json json{{"act", act_names[static_cast<std::size_t>(order.act)]}};
    if (!order.vm.empty()) json["vm"] = order.vm;
    if (!order.host.empty()) json["host"] = order.host;
    if (!order.to.empty()) json["to"] = order.to;
    if (!order.storage.empty()) json["storage"] = order.storage;
    return json;
}

template <class Values, class Print>
Json list_of(const Values& values, const Print& print) {
    Json list = Json::array();
    for (const auto& value : values) list.push_back(print(value));
    return list;
}

}  // namespace

std::vector<HostPlaces> places_of(const live::Snapshot& look) {
    const Pool& pool = look.scenario.pool;
    std::vector<HostPlaces> places;
    for (const Host& host : pool.hosts) places.push_back({host.name, {}});
    HostPlaces nowhere;
    for (const Id<Vm> vm : pool.vms.ids()) {
        const Id<Host> host = look.scenario.state.vms[vm].host;
        HostPlaces& place = host.is_none() ? nowhere : places[host.index];
        place.vms.push_back(pool.vms[vm].name);
    }
    if (!nowhere.vms.empty()) places.push_back(std::move(nowhere));
    return places;
}

std::string with_journal(std::string sentence, const std::string& journal) {
    constexpr std::string_view word = " JOURNAL";
    for (const std::string verb : {"proceed", "skip"}) {
        const std::string call = "vacate " + verb;
        const std::string known = call + " " + journal;
        for (std::size_t at = sentence.find(call + std::string(word)); at != std::string::npos;
             at = sentence.find(call + std::string(word), at + known.size())) {
            sentence.replace(at, call.size() + word.size(), known);
        }
    }
    return sentence;
}

std::string next_step(const RunSummary& summary) {
    const std::string resume = "vacate run --resume --journal " + summary.journal;
    switch (summary.status.standing) {
        case Standing::done:
            return (std::any_of(summary.status.findings.begin(), summary.status.findings.end(),
                                [](const Finding& one) { return one.severity != Severity::know; })
                        ? "by hand what is to act on"
                        : "nothing") +
                   std::string("; vacate report shows the run beside its plan");
        case Standing::stopped:
            return (summary.status.findings.empty() ? "go on when it suits: "
                                                    : "act on the findings, then go on: ") +
                   resume;
        case Standing::asking:
            return "vacate proceed " + summary.journal + " " + summary.status.asked_host +
                   ", or vacate skip " + summary.journal + " " + summary.status.asked_host +
                   ", or vacate abort " + summary.journal;
        case Standing::paused:
            return summary.is_held ? "vacate proceed " + summary.journal : resume;
        default:
            if (!summary.is_held) return resume;
            return summary.status.to_do.empty()
                       ? "nothing, the run goes on by itself"
                       : "what it says above, by hand; then the run goes on by itself";
    }
}

Report report_run(const RunSummary& summary) {
    const Status& status = summary.status;
    Report report;
    report.verdict = with_journal(verdict_of(summary), summary.journal);
    if (!status.hosts.empty()) report.tables.push_back(hosts_table(status));
    if (!status.under_way.empty()) {
        report.tables.push_back(orders_table("under way", under_way(status)));
    }
    if (!status.owed.empty()) {
        report.tables.push_back(orders_table(status.owed_is_wanted
                                                 ? "left so, as asked for; this undoes it"
                                             : is_over(status) ? "not put back, newest first"
                                                               : "to be put back, newest first",
                                             owed(status)));
    }
    if (!summary.places.empty()) report.tables.push_back(places_table(summary.places));
    add_totals(summary, report);
    report.findings = some_of_each(dated(status));
    for (Finding& one : report.findings) one.remedy = with_journal(one.remedy, summary.journal);
    return report;
}

std::string refusal_json(const std::string& verdict, const Findings& findings) {
    const Json json{{"format", "vacate-run-1"},
                    {"standing", "refused"},
                    {"sentence", verdict},
                    {"findings", Json::parse(findings_json(findings))}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string run_json(const RunSummary& summary) {
    const Status& status = summary.status;
    Json json{{"format", "vacate-run-1"},
              {"pool", summary.pool},
              {"run", summary.run},
              {"journal", summary.journal},
              {"standing", standing_of(summary)},
              {"sentence", sentence_of(summary)},
              {"under_way_now", summary.is_held},
              {"now_us", status.ended.value_or(summary.now).time_since_epoch().count()},
              {"waits_since_us", time_of(status.waits_since)},
              {"waits_until_us", time_of(status.waits_until)},
              {"ends_at_us", time_of(status.ends_at)},
              {"planned_end_us", time_of(status.planned_end)},
              {"to_do", status.to_do},
              {"asked_host", status.asked_host},
              {"backup", status.backup},
              {"hosts_new", status.hosts_new},
              {"steps", status.steps},
              {"steps_done", status.steps_done}};
    json["hosts"] = list_of(status.hosts, host_json);
    json["under_way"] = list_of(status.under_way, [](const Commanded& one) {
        Json order = order_json(one.order);
        order["attempt"] = one.attempt;
        return order;
    });
    if (!summary.places.empty()) {
        json["places"] = list_of(summary.places, [](const HostPlaces& one) {
            return Json{{"host", one.host.empty() ? Json(nullptr) : Json(one.host)},
                        {"vms", one.vms}};
        });
    }
    json["owed"] = list_of(status.owed, order_json);
    json["findings"] = Json::parse(findings_json(status.findings));
    for (std::size_t i = 0; i < std::min(json["findings"].size(), status.found_since.size()); ++i) {
        json["findings"][i]["since_us"] = time_of(status.found_since[i]);
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string print_status(const RunSummary& summary) {
    const Json json{{"run", summary.run},
                    {"text", render_text(report_run(summary))},
                    {"json", run_json(summary)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string> shown_status(const std::string& status, const std::string& run,
                                        bool json) {
    const Json read = Json::parse(status, nullptr, false);
    const char* const field = json ? "json" : "text";
    const bool is_ours = read.is_object() && read.value("run", Json()) == run &&
                         read.contains(field) && read[field].is_string();
    if (!is_ours) return std::nullopt;
    return read[field].get<std::string>();
}

}  // namespace vacate
