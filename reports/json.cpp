// Answers as JSON; the schema stands in tools/README.md.
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "model/codec/job_text.hpp"
#include "model/codec/origin_text.hpp"
#include "model/rule.hpp"
#include "reports/plan_answer.hpp"
#include "reports/plan_check.hpp"
#include "reports/replay_answer.hpp"
#include "reports/trials_answer.hpp"

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t microseconds(Instant at) { return at.time_since_epoch().count(); }

std::string_view severity_name(Severity severity) {
    switch (severity) {
        case Severity::blocks:
            return "blocks";
        case Severity::act:
            return "act";
        case Severity::know:
            return "know";
    }
    return "know";
}

void add_figures(Json& summary, const Schedule& schedule) {
    summary["makespan_us"] = schedule.makespan.count();
    summary["mixed_window_us"] = schedule.mixed_window.count();
    summary["moves"] = schedule.moves;
    summary["bytes_moved"] = schedule.bytes_moved.count;
    summary["pause_total_us"] = schedule.pause_total.count();
    summary["pause_worst_us"] = schedule.pause_worst.count();
}

// Parts of the whole, rounded to four places so that the text is the same everywhere.
double gap_of(std::int64_t value, std::int64_t bound) {
    if (bound <= 0) return 0;
    const Wide excess = (static_cast<Wide>(value) - bound) * 10'000;
    return static_cast<double>(static_cast<std::int64_t>(excess / bound)) / 10'000;
}

Json bounds_json(const std::vector<BoundRow>& bounds) {
    Json all = Json::array();
    for (const BoundRow& row : bounds) {
        const std::string unit = row.is_count ? "" : "_us";
        const bool no_share = row.bound <= 0 && row.value > 0;
        all.push_back({{"objective", row.objective},
                       {"value" + unit, row.value},
                       {"bound" + unit, row.bound},
                       {"gap", no_share ? Json() : Json(gap_of(row.value, row.bound))},
                       {"reason", row.reason}});
    }
    return all;
}

Json policy_json(const Policy& policy) {
    return {{"hosts_down_max", policy.hosts_down_max},
            {"spare_hosts", policy.spare_hosts},
            {"targets", policy.upgraded_targets_only ? "upgraded-only" : "any"}};
}

Json summary_of(const PlanAnswer& answer) {
    Json summary;
    summary["feasible"] = true;
    add_figures(summary, answer.schedule);
    summary["bound_us"] = answer.plan.promise.bound.count();
    summary["gap"] = gap_of(answer.schedule.makespan.count(), answer.plan.promise.bound.count());
    summary["bound_reason"] = answer.plan.promise.bound_reason;
    if (!answer.bounds.empty()) summary["bounds"] = bounds_json(answer.bounds);
    for (const BoundRow& row : answer.bounds) {
        if (row.is_chosen) summary["objective"] = row.objective;
    }
    if (!answer.bounds.empty()) summary["reproducible"] = !answer.cut_short;
    summary["limits"] = policy_json(answer.pool.policy);
    if (!answer.schedule.pause_worst_step.is_none()) {
        const Id<Vm> vm = subject_of(answer.plan.steps[answer.schedule.pause_worst_step]).vm;
        summary["pause_worst_vm"] = answer.pool.vms[vm].name;
    }
    const TightestMoment& tightest = answer.schedule.tightest;
    if (!tightest.host.is_none()) {
        summary["tightest"] = {{"host", answer.pool.hosts[tightest.host].name},
                               {"at_us", microseconds(tightest.at)},
                               {"free_bytes", tightest.free.count}};
    }
    if (answer.proof) {
        Json proof{{"robust", answer.proof->weaknesses.empty()}};
        if (const auto worst = tightest_of(*answer.proof)) {
            proof["worst_host"] = answer.pool.hosts[worst->host].name;
            proof["worst_free_bytes"] = (worst->capacity - worst->load).count;
        }
        summary["proof"] = std::move(proof);
    }
    return summary;
}

Json step_json(const PlanAnswer& answer, Id<Step> id) {
    const Step& step = answer.plan.steps[id];
    const StepSubject subject = subject_of(step);
    const Pool& pool = answer.pool;
    Json one;
    one["id"] = id.index;
    one["kind"] = kind_name(pool, step);
    if (!subject.vm.is_none()) one["vm"] = pool.vms[subject.vm].name;
    if (!subject.host.is_none()) one["host"] = pool.hosts[subject.host].name;
    if (!subject.from.is_none()) one["from"] = pool.hosts[subject.from].name;
    if (!subject.to.is_none()) one["to"] = pool.hosts[subject.to].name;
    if (const auto* motion = std::get_if<MigrateStorage>(&step)) {
        one["storage"] = pool.storages[motion->storage].name;
    }
    Json after = Json::array();
    for (const Id<Step> before : answer.plan.after[id]) after.push_back(before.index);
    one["after"] = std::move(after);
    const StepTimes& times = answer.schedule.times[id];
    one["start_us"] = microseconds(times.start);
    one["end_us"] = microseconds(times.end);
    if (is_migration(step)) {
        one["pause_us"] = times.pause.count();
        one["sent_bytes"] = times.sent.count;
        one["rounds"] = times.rounds;
    }
    return one;
}

Json compared_json(const std::vector<ComparedPlan>& compared) {
    Json all = Json::array();
    for (const ComparedPlan& other : compared) {
        Json one;
        one["name"] = other.name;
        Json summary;
        summary["feasible"] = other.schedule.has_value();
        if (other.schedule) add_figures(summary, *other.schedule);
        one["summary"] = std::move(summary);
        if (!other.stuck_at.empty()) one["stuck_at"] = other.stuck_at;
        if (!other.left_away.empty()) one["left_away"] = other.left_away;
        all.push_back(std::move(one));
    }
    return all;
}

// VMs stand under their host, each in one line.
Json origin_json(const Origin& origin) {
    Json hosts = Json::object();
    for (const OriginHost& host : origin.hosts) {
        hosts[host.name] = {{"memory_bytes", host.memory.count},
                            {"memory_after_bytes", host.memory_after.count},
                            {"version", host.version},
                            {"target", host.target},
                            {"upgraded", host.upgraded},
                            {"enabled", host.enabled},
                            {"rest", codec::hexadecimal(host.rest)},
                            {"vms", Json::object()}};
    }
    std::map<std::string_view, Json*> vms_of;
    for (const OriginHost& host : origin.hosts) vms_of[host.name] = &hosts[host.name]["vms"];
    Json nowhere = Json::object();
    for (const OriginVm& vm : origin.vms) {
        Json& place = vm.host.empty() ? nowhere : *vms_of[vm.host];
        place.get_ref<Json::object_t&>().push_back({vm.name, codec::vm_mark(vm)});
    }
    Json all{{"hosts", std::move(hosts)}};
    if (!nowhere.empty()) all["vms_nowhere"] = std::move(nowhere);
    return all;
}

Json made_with_json(const Overrides& overrides) {
    Json made;
    if (!overrides.sets.empty()) made["sets"] = overrides.sets;
    if (overrides.defaults.empty()) return made;
    made["defaults_source"] = overrides.defaults_source;
    made["defaults"] = overrides.defaults;
    return made;
}

Json findings_list(const Findings& findings) {
    Json all = Json::array();
    for (const Finding& one : findings) {
        all.push_back({{"severity", severity_name(one.severity)},
                       {"code", one.code},
                       {"subject", one.subject},
                       {"sentence", one.sentence},
                       {"remedy", one.remedy}});
    }
    return all;
}

// Names may hold any bytes; what is not UTF-8 is shown as the replacement character.
std::string text_of(const Json& document) {
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string_view end_name(RunEnd end) {
    switch (end) {
        case RunEnd::finished:
            return "finished";
        case RunEnd::lost_host:
            return "lost_host";
        case RunEnd::gave_up:
            return "gave_up";
        case RunEnd::forbidden:
            return "forbidden";
    }
    return "finished";
}

// Null where no run finished, or too few did.
Json time_json(const std::optional<Duration>& time) {
    return time && *time != never ? Json(time->count()) : Json();
}

Json percentiles_json(const std::vector<Duration>& values) {
    Json one;
    for (const int percent : shown_percentiles) {
        one["p" + std::to_string(percent)] = time_json(percentile(values, percent));
    }
    return one;
}

Json figure_json(const std::vector<Duration>& figures) {
    Json one = percentiles_json(figures);
    const auto [least, most] = std::minmax_element(figures.begin(), figures.end());
    one["least"] = figures.empty() ? Json() : Json(least->count());
    one["most"] = figures.empty() ? Json() : Json(most->count());
    return one;
}

Json trials_summary(const TrialsAnswer& answer) {
    const Trials& trials = answer.trials;
    Json summary;
    summary["finished"] = finished(trials);
    if (answer.window) {
        summary["window_us"] = answer.window->count();
        summary["finished_in_window"] = finished_within(trials, *answer.window);
        summary["confidence_percent"] = answer.confidence;
    }
    summary["makespan_us"] = figure_json(figures_of(trials, &TrialRun::makespan));
    summary["mixed_window_us"] = figure_json(figures_of(trials, &TrialRun::mixed_window));
    summary["pause_total_us"] = figure_json(figures_of(trials, &TrialRun::pause_total));
    return summary;
}

}  // namespace

std::string plan_json(const PlanAnswer& answer) {
    Json document;
    document["format"] = "vacate-plan-1";
    document["pool"] = answer.pool.name;
    document["fingerprint"] = codec::hexadecimal(answer.plan.fingerprint);
    document["policy"] = answer.title;
    document["summary"] = summary_of(answer);
    document["steps"] = Json::array();
    for (const Id<Step> id : answer.plan.steps.ids()) {
        document["steps"].push_back(step_json(answer, id));
    }
    document["findings"] = findings_list(answer.findings);
    if (!answer.compared.empty()) document["compared"] = compared_json(answer.compared);
    if (!(answer.job == Job{})) {
        document["job"] =
            Json::parse(codec::print_document(codec::job_node(answer.pool, answer.job)));
    }
    const Json made_with = made_with_json(answer.made_with);
    if (!made_with.is_null()) document["made_with"] = made_with;
    document["made_for"] = origin_json(origin_of(answer.pool, answer.state));
    for (const ReasonRow& row : answer.reasons) {
        document["critical_path"].push_back({{"start_us", microseconds(row.begins)},
                                             {"end_us", microseconds(row.ends)},
                                             {"what", row.what},
                                             {"because", row.because}});
    }
    for (const FrontRow& row : answer.front) {
        document["front"].push_back({{"makespan_us", row.makespan.count()},
                                     {"mixed_window_us", row.mixed_window.count()},
                                     {"moves", row.moves}});
    }
    return text_of(document);
}

std::string no_plan_json(const Pool& pool, bool proven, const Findings& findings,
                         const std::vector<ComparedPlan>& compared,
                         const std::vector<RepairRow>& repairs) {
    Json document;
    document["format"] = "vacate-plan-1";
    document["pool"] = pool.name;
    document["summary"] = {{"feasible", false}, {"proven", proven}};
    document["steps"] = Json::array();
    document["findings"] = findings_list(findings);
    if (!compared.empty()) document["compared"] = compared_json(compared);
    document["repairs"] = Json::array();
    for (const RepairRow& row : repairs) {
        document["repairs"].push_back({{"kind", row.kind},
                                       {"sentence", row.sentence},
                                       {"sets", row.sets},
                                       {"makespan_us", row.makespan.count()}});
    }
    return text_of(document);
}

std::string check_json(const Pool& pool, const PoolState& state, const Findings& findings) {
    Json document;
    document["format"] = "vacate-check-1";
    document["pool"] = pool.name;
    std::array<std::int64_t, 3> counts{};
    for (const Finding& one : findings) ++counts[static_cast<std::size_t>(one.severity)];
    document["summary"] = {
        {"clear", counts[0] == 0}, {"blocks", counts[0]}, {"act", counts[1]}, {"know", counts[2]}};
    document["hosts"] = Json::array();
    for (const Id<Host> id : pool.hosts.ids()) {
        const HostState& now = state.hosts[id];
        document["hosts"].push_back({{"name", pool.hosts[id].name},
                                     {"coordinator", id == pool.coordinator},
                                     {"version", display(version_in(pool, state, id))},
                                     {"enabled", now.phase == HostPhase::enabled},
                                     {"live", now.phase != HostPhase::lost},
                                     {"vms", now.vms},
                                     {"memory_bytes", capacity_in(pool, state, id).count},
                                     {"memory_after_bytes", pool.hosts[id].memory_after.count},
                                     {"used_bytes", now.committed.count},
                                     {"free_bytes", free_in(pool, state, id).count}});
    }
    document["vms"] = Json::array();
    for (const Id<Vm> id : pool.vms.ids()) {
        const VmState& now = state.vms[id];
        Json one{{"name", pool.vms[id].name}, {"memory_bytes", pool.vms[id].memory.count}};
        if (!now.host.is_none()) one["host"] = pool.hosts[now.host].name;
        document["vms"].push_back(std::move(one));
    }
    document["findings"] = findings_list(findings);
    return text_of(document);
}

std::string trials_json(const TrialsAnswer& answer) {
    const Pool& pool = answer.pool;
    Json document;
    document["format"] = "vacate-trials-1";
    document["pool"] = pool.name;
    document["runs"] = answer.trials.runs.size();
    document["seed"] = answer.seed;
    document["varies"] = answer.varies;
    document["summary"] = trials_summary(answer);
    document["stopped"] = Json::array();
    for (const StoppedRuns& one : stopped_runs(answer.trials)) {
        document["stopped"].push_back({{"reason", end_name(one.end)},
                                       {"runs", one.runs},
                                       {"step", one.step.index},
                                       {"what", describe(pool, answer.plan.steps[one.step])}});
    }
    document["hosts"] = Json::array();
    for (const HostTrials& host : answer.trials.hosts) {
        Json one{{"name", pool.hosts[host.host].name},
                 {"step", host.begun_by.index},
                 {"to_end_us", percentiles_json(host.to_end)},
                 {"ends_last", host.ends_last}};
        if (answer.window) {
            one["last_moment_us"] = time_json(last_moment(host, *answer.window, answer.confidence));
        }
        document["hosts"].push_back(std::move(one));
    }
    document["findings"] = findings_list(answer.findings);
    return text_of(document);
}

std::string plan_check_json(const PlanCheck& check) {
    const FateCounts counts = counts_of(check.progress);
    Json document;
    document["format"] = "vacate-plan-check-1";
    document["pool"] = check.pool.name;
    Json& summary = document["summary"];
    summary["clear"] = can_go_on(check);
    summary["done"] = counts.done;
    summary["possible"] = counts.possible;
    summary["blocked"] = counts.blocked;
    if (check.proof) summary["robust"] = check.proof->weaknesses.empty();
    if (check.left) summary["left_us"] = check.left->count();
    document["steps"] = Json::array();
    for (const Id<Step> id : check.file.plan.steps.ids()) {
        document["steps"].push_back(
            {{"id", id.index}, {"fate", fate_name(check.progress.fates[id])}});
    }
    for (const BrokenStep& one : check.progress.broken) {
        Json& step = document["steps"][one.step.index];
        step["rule"] = rule_name(one.violation.rule);
        step["because"] = explain(check.pool, one.violation);
    }
    document["drift"] = Json::array();
    for (const Drift& one : check.drift) {
        document["drift"].push_back({{"kind", drift_name(one.kind)},
                                     {"name", one.subject},
                                     {"was", one.was},
                                     {"now", one.now}});
    }
    document["findings"] = findings_list(findings_of(check));
    return text_of(document);
}

std::string findings_json(const Findings& findings) {
    return findings_list(findings).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string summary_json(const PlanAnswer& answer) {
    return summary_of(answer).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string trials_summary_json(const TrialsAnswer& answer) {
    return trials_summary(answer).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string error_json(const Error& error) {
    Json items = Json::array();
    for (const Error::Item& item : error.items) {
        items.push_back(
            {{"place", item.place}, {"sentence", item.sentence}, {"remedy", item.remedy}});
    }
    const bool outside = error.kind == Error::Kind::outside;
    Json document{{"error",
                   {{"kind", outside ? "outside" : "bad_input"},
                    {"source", error.source},
                    {"items", std::move(items)}}}};
    return text_of(document);
}

namespace {

Json spread_json(const ErrorSpread& spread) {
    const auto rounded = [](double value) {
        return static_cast<double>(static_cast<std::int64_t>(value * 1e6)) / 1e6;
    };
    return {{"count", spread.count},
            {"mean", rounded(spread.mean)},
            {"median", rounded(spread.median)},
            {"p90", rounded(spread.p90)},
            {"p95", rounded(spread.p95)},
            {"bias", rounded(spread.bias)}};
}

Json move_json(const RecordedCase& one, const RecordedMove& move, const MoveForecast& forecast) {
    const auto optional_time = [](const std::optional<Duration>& time) {
        return time ? Json(time->count()) : Json(nullptr);
    };
    return {{"vm", one.pool.vms[move.vm].name},
            {"from", one.pool.hosts[move.from].name},
            {"to", one.pool.hosts[move.to].name},
            {"predicted",
             {{"completed", forecast.completed},
              {"start_us", forecast.start.time_since_epoch().count()},
              {"total_us", forecast.total.count()},
              {"pause_us", forecast.pause.count()},
              {"gap_us", forecast.gap.count()},
              {"sent_bytes", forecast.sent.count},
              {"rounds", forecast.rounds}}},
            {"measured",
             {{"completed", move.completed},
              {"total_us", optional_time(move.total)},
              {"pause_us", optional_time(move.pause)},
              {"gap_us", optional_time(move.gap)},
              {"sent_bytes", move.sent ? Json(move.sent->count) : Json(nullptr)}}}};
}

}  // namespace

std::string replay_json(const ReplayAnswer& answer) {
    const Fidelity fidelity = judge(answer.recording, answer.runs);
    Json root{{"format", "vacate-replay-1"},
              {"about", answer.recording.about},
              {"source", answer.recording.source},
              {"verified", answer.recording.verified}};
    root["summary"] = {{"cases", answer.recording.cases.size()},
                       {"runs", answer.runs.size()},
                       {"total", spread_json(fidelity.total)},
                       {"makespan", spread_json(fidelity.makespan)},
                       {"pause", spread_json(fidelity.pause)},
                       {"gap", spread_json(fidelity.gap)},
                       {"sent", spread_json(fidelity.sent)},
                       {"gaps_close", fidelity.gaps_close},
                       {"agreed", fidelity.agreed},
                       {"disagreed", fidelity.disagreed}};
    root["runs"] = Json::array();
    for (const ReplayedRun& replayed : answer.runs) {
        const RecordedCase& one = answer.recording.cases[replayed.of_case];
        const RecordedRun& run = one.runs[replayed.of_run];
        Json moves = Json::array();
        for (std::size_t i = 0; i < run.moves.size(); ++i) {
            moves.push_back(move_json(one, run.moves[i], replayed.forecast.moves[i]));
        }
        root["runs"].push_back(
            {{"case", one.name},
             {"run", run.name},
             {"makespan_us", replayed.forecast.makespan.count()},
             {"measured_makespan_us", run.makespan ? Json(run.makespan->count()) : Json(nullptr)},
             {"moves", std::move(moves)}});
    }
    root["findings"] = findings_list(answer.findings);
    return text_of(root);
}

}  // namespace vacate
