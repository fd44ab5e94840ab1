// A report with timelines as JSON, and the data that its page carries.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "model/codec/origin_text.hpp"
#include "model/rule.hpp"
#include "reports/draw.hpp"
#include "reports/headline.hpp"
#include "reports/runbook.hpp"
#include "reports/timeline_report.hpp"

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t milliseconds(Since since) {
    return std::chrono::round<std::chrono::milliseconds>(since).count();
}
std::int64_t mebibytes_of(Bytes bytes) {
    return divide_up(bytes.count - mebibytes(1).count / 2, mebibytes(1).count);
}
std::int64_t megabits_of(Bandwidth rate) {
    return divide_up(rate.count - megabits_per_second(1).count / 2, megabits_per_second(1).count);
}
Json optional_ms(const std::optional<Since>& since) {
    return since ? Json(milliseconds(*since)) : Json(nullptr);
}
Json index_json(std::uint32_t index) {
    return index == Id<Step>::none_index ? Json(nullptr) : Json(index);
}
Json stretch_json(const std::optional<Stretch>& stretch) {
    if (!stretch) return nullptr;
    return Json::array({milliseconds(stretch->begins), milliseconds(stretch->ends)});
}

const char* outcome_name(StepOutcome outcome) {
    switch (outcome) {
        case StepOutcome::done:
            return "done";
        case StepOutcome::failed:
            return "failed";
        case StepOutcome::running:
            return "running";
    }
    return "";
}

Json lane_columns(const std::vector<HostLane>& lanes) {
    Json columns = Json::object();
    for (const HostLane& lane : lanes) {
        columns["host"].push_back(lane.host.index);
        columns["disabled_ms"].push_back(optional_ms(lane.disabled));
        columns["down_ms"].push_back(lane.down ? Json(milliseconds(lane.down->begins))
                                               : Json(nullptr));
        columns["back_ms"].push_back(lane.down ? Json(milliseconds(lane.down->ends))
                                               : Json(nullptr));
        columns["enabled_ms"].push_back(optional_ms(lane.enabled));
        columns["least_free_mib"].push_back(mebibytes_of(lane.least.free));
        columns["least_at_ms"].push_back(milliseconds(lane.least.at));
        columns["least_step"].push_back(index_json(lane.least.arrival.index));
        columns["busy_ms"].push_back(milliseconds(lane.busy));
    }
    return columns;
}

Json move_columns(const TimelineReport& report) {
    Json columns = Json::object();
    Table<Step, char> critical(report.answer.plan.steps.size());
    for (const ChainLink& link : report.chain) critical[link.step] = 1;
    for (const MoveBar& move : report.course.moves) {
        columns["step"].push_back(move.step.index);
        columns["vm"].push_back(move.vm.index);
        columns["from"].push_back(move.from.index);
        columns["to"].push_back(move.to.index);
        columns["start_ms"].push_back(milliseconds(move.when.begins));
        columns["end_ms"].push_back(milliseconds(move.when.ends));
        columns["pause_ms"].push_back(milliseconds(move.pause));
        columns["sent_mib"].push_back(mebibytes_of(move.sent));
        columns["rate_mbps"].push_back(megabits_of(move.rate));
        columns["nth"].push_back(move.nth);
        columns["critical"].push_back(static_cast<int>(critical[move.step]));
        columns["row_out"].push_back(move.row_out);
        columns["row_in"].push_back(move.row_in);
        columns["held_by"].push_back(index_json(move.hold.by.index));
        columns["throttled"].push_back(move.hold.is_throttle ? 1 : 0);
        if (report.run != nullptr) columns["fate"].push_back(outcome_name(move.fate));
    }
    return columns;
}

// Flat: at, committed, capacity; and at, sends, receives.
Json memory_points(const Course& course) {
    Json all = Json::array();
    for (const HostLane& lane : course.lanes) {
        Json flat = Json::array();
        for (const MemoryPoint& point : lane.memory) {
            flat.push_back(milliseconds(point.at));
            flat.push_back(mebibytes_of(point.committed));
            flat.push_back(mebibytes_of(point.capacity));
        }
        all.push_back(std::move(flat));
    }
    return all;
}
Json link_points(const Course& course) {
    Json all = Json::array();
    for (const HostLane& lane : course.lanes) {
        Json flat = Json::array();
        for (const LinkPoint& point : lane.link) {
            flat.push_back(milliseconds(point.at));
            flat.push_back(megabits_of(point.sends));
            flat.push_back(megabits_of(point.receives));
        }
        all.push_back(std::move(flat));
    }
    return all;
}

// Steps on hosts: what moves may wait for.
Json host_step_columns(const Plan& plan) {
    Json columns = Json::object();
    for (const Id<Step> id : plan.steps.ids()) {
        const Step& step = plan.steps[id];
        if (!counts_in_makespan(step) || is_migration(step)) continue;
        columns["step"].push_back(id.index);
        columns["kind"].push_back(kind_name(step.index()));
        columns["host"].push_back(index_json(subject_of(step).host.index));
    }
    return columns;
}

Json chain_columns(const TimelineReport& report) {
    Json columns = Json::object();
    const PlanAnswer& answer = report.answer;
    for (const ChainLink& link : report.chain) {
        const StepSubject subject = subject_of(answer.plan.steps[link.step]);
        const StepTimes& times = answer.schedule.times[link.step];
        columns["step"].push_back(link.step.index);
        columns["host"].push_back(
            index_json((subject.host.is_none() ? subject.from : subject.host).index));
        columns["start_ms"].push_back(milliseconds(times.start - report.course.zero));
        columns["end_ms"].push_back(milliseconds(times.end - report.course.zero));
        columns["because"].push_back(hold_text(report, link.hold));
    }
    return columns;
}

Json names_of(const Pool& pool) {
    Json names{{"hosts", Json::object()}, {"vms", Json::object()}};
    for (const Host& host : pool.hosts) {
        names["hosts"]["name"].push_back(well_formed(host.name));
        names["hosts"]["link_mbps"].push_back(megabits_of(host.link));
    }
    for (const Vm& vm : pool.vms) {
        names["vms"]["name"].push_back(well_formed(vm.name));
        names["vms"]["memory_mib"].push_back(mebibytes_of(vm.memory));
        names["vms"]["ram_mib"].push_back(mebibytes_of(vm.ram));
    }
    return names;
}

Json layout_json(const TimelineReport& report) {
    const LaneLayout layout = layout_of(report);
    return {{"label", layout.label},
            {"top", layout.top},
            {"lane", layout.lane},
            {"bar", layout.bar},
            {"row", layout.row},
            {"first_row", layout.first_row},
            {"plan", layout.plan},
            {"has_counts", layout.has_counts},
            {"shown_ms", milliseconds(shown_until(report))},
            {"known_ms", milliseconds(known_until(report))}};
}

Json run_json(const RunStory& run) {
    constexpr std::array<const char*, 4> standings{"running", "paused", "done", "stopped"};
    Json json{{"standing", standings[static_cast<std::size_t>(run.standing)]},
              {"name", run.name},
              {"began_at", run.began_at},
              {"now_ms", milliseconds(run.now)},
              {"behind_ms", optional_ms(run.behind)},
              {"next", run.next.empty() ? Json(nullptr) : Json(run.next)},
              {"next_ms", optional_ms(run.next_at)},
              {"begin_by_ms", optional_ms(run.begin_by)},
              {"pauses_ms", Json::array()},
              {"gaps_ms", Json::array()},
              {"late_hosts", Json::array()},
              {"slow_hosts", Json::array()},
              {"owed", run.owed},
              {"plans", Json::array()}};
    for (const Stretch& pause : run.pauses) json["pauses_ms"].push_back(stretch_json(pause));
    for (const Stretch& gap : run.gaps) json["gaps_ms"].push_back(stretch_json(gap));
    for (const HostTurn& turn : run.turns) {
        if (turn.late) json["late_hosts"].push_back(turn.host.index);
        if (turn.is_slow) json["slow_hosts"].push_back(turn.host.index);
    }
    for (const AdoptedPlan& plan : run.plans) {
        json["plans"].push_back({{"at_ms", milliseconds(plan.at)},
                                 {"reason", plan.reason},
                                 {"ends_ms", milliseconds(plan.ends)},
                                 {"steps", plan.steps},
                                 {"done", plan.done},
                                 {"lanes", lane_columns(plan.lanes)}});
    }
    return json;
}

Json course_json(const TimelineReport& report) {
    const Course& course = report.course;
    Json document;
    document["format"] = "vacate-report-1";
    document["pool"] = report.answer.pool.name;
    document["fingerprint"] = codec::hexadecimal(report.answer.plan.fingerprint);
    document["clock_start_minutes"] =
        report.clock.start_minutes ? Json(*report.clock.start_minutes) : Json(nullptr);
    document["coordinator"] = report.answer.pool.coordinator.index;
    document["begins_ms"] = milliseconds(course.begins);
    document["ends_ms"] = milliseconds(course.ends);
    document["window_ms"] = optional_ms(report.window);
    document["blackout_ms"] = stretch_json(course.blackout);
    document["mixed_ms"] = stretch_json(course.mixed);
    document.update(names_of(report.answer.pool));
    document["lanes"] = lane_columns(course.lanes);
    document["moves"] = move_columns(report);
    document["host_steps"] = host_step_columns(report.answer.plan);
    document["chain"] = chain_columns(report);
    document["memory"] = memory_points(course);
    document["links"] = link_points(course);
    if (report.wizard) {
        const Course& wizard = report.wizard->course;
        document["wizard"] = {{"ends_ms", milliseconds(wizard.ends)},
                              {"lanes", lane_columns(wizard.lanes)}};
    }
    if (report.run != nullptr) document["run"] = run_json(*report.run);
    return document;
}

Json runbook_json(const TimelineReport& report) {
    Json parts = Json::array();
    for (const RunbookPart& part : runbook_of(report)) {
        Json items = Json::array();
        for (const RunbookItem& item : part.items) {
            items.push_back({{"sentence", item.sentence}, {"command", item.command}});
        }
        parts.push_back({{"title", part.title},
                         {"when", part.when},
                         {"begin_by", part.begin_by},
                         {"items", std::move(items)}});
    }
    return parts;
}

}  // namespace

std::string page_data(const TimelineReport& report) {
    Json document = course_json(report);
    document["layout"] = layout_json(report);
    const std::string text = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    // Nothing in it may end the element that it stands in.
    std::string safe;
    for (const char letter : text) {
        if (letter == '<') {
            safe += "\\u003c";
        } else {
            safe += letter;
        }
    }
    return safe;
}

std::string report_json(const TimelineReport& report) {
    Json document = course_json(report);
    const Headline headline = headline_of(report);
    document["verdict"] = {
        {"state", headline.state}, {"sentence", headline.sentence}, {"details", headline.details}};
    if (report.run == nullptr) document["summary"] = Json::parse(summary_json(report.answer));
    if (report.trials != nullptr)
        document["trials"] = Json::parse(trials_summary_json(*report.trials));
    document["findings"] = Json::parse(findings_json(sorted_findings(report.answer.findings)));
    if (report.run == nullptr) document["runbook"] = runbook_json(report);
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vacate
