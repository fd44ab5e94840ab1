// A calibration laid out.
#include "tools/vacate/calibration_answer.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "model/codec/fragment.hpp"

namespace vacate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, measured_kinds> kind_names{"total", "pause", "gap",
                                                                  "makespan"};
constexpr std::array<std::string_view, 3> verdict_names{"fitted", "one_sided", "left"};
constexpr std::size_t doubted_listed = 10;

std::string name_of(Measured kind) {
    return std::string(kind_names[static_cast<std::size_t>(kind)]);
}

std::string percent(double share, bool with_sign = false) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), with_sign ? "%+.1f %%" : "%.1f %%", share * 100);
    return text.data();
}

// Three digits are enough to see by how much something is off.
std::string seconds(double time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g s", time);
    return text.data();
}

std::string counted(std::size_t count, const std::string& thing) {
    return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s");
}

std::string text_of(const FittedValue& one, std::int64_t value) {
    return print_measured(one.parameter->measure, value);
}

std::string before_text(const FittedValue& one) {
    return one.before ? text_of(one, *one.before) : "several";
}

std::string interval(const FittedValue& one) {
    if (one.verdict != FitVerdict::fitted) return "";
    if (one.low == one.high) return "";
    return text_of(one, one.low) + " to " + text_of(one, one.high);
}

std::string note_of(const FittedValue& one, const Calibration& calibration) {
    if (one.parameter->name != "overhead" || one.verdict == FitVerdict::left) return one.note;
    const std::string parts =
        "before " + print_measured(Measure::time, calibration.overhead.first.count()) + ", after " +
        print_measured(Measure::time, calibration.overhead.second.count());
    return one.note.empty() ? parts : one.note + "; " + parts;
}

ReportTable fitted_table(const Calibration& calibration) {
    ReportTable table{"fitted",
                      {{"parameter", false},
                       {"before", true},
                       {"after", true},
                       {"95 % interval", true},
                       {"rests on", true},
                       {"note", false}},
                      {}};
    for (const FittedValue& one : calibration.values) {
        if (one.verdict == FitVerdict::left) continue;
        table.rows.push_back({std::string(one.parameter->name), before_text(one),
                              text_of(one, one.value), interval(one), std::to_string(one.rests_on),
                              note_of(one, calibration)});
    }
    return table;
}

ReportTable left_table(const Calibration& calibration) {
    ReportTable table{
        "left as they are", {{"parameter", false}, {"value", true}, {"why", false}}, {}};
    for (const FittedValue& one : calibration.values) {
        if (one.verdict != FitVerdict::left) continue;
        table.rows.push_back({std::string(one.parameter->name), before_text(one), one.note});
    }
    return table;
}

void add_errors(ReportTable& table, const std::string& on, const ErrorsByKind& before,
                const ErrorsByKind& after) {
    for (std::size_t kind = 0; kind < measured_kinds; ++kind) {
        if (after[kind].count == 0) continue;
        table.rows.push_back({on, std::string(kind_names[kind]), std::to_string(after[kind].count),
                              percent(before[kind].median), percent(before[kind].p95),
                              percent(after[kind].median), percent(after[kind].p95),
                              percent(after[kind].bias, true)});
    }
}

ReportTable error_table(const Calibration& calibration) {
    ReportTable table{"errors",
                      {{"judged on", false},
                       {"of", false},
                       {"measured", true},
                       {"median before", true},
                       {"95th before", true},
                       {"median after", true},
                       {"95th after", true},
                       {"bias after", true}},
                      {}};
    const bool split = calibration.runs_judged > 0;
    add_errors(table, split ? "half fitted to" : "all", calibration.before, calibration.after);
    if (split) {
        add_errors(table, "other half", calibration.judged_before, calibration.judged);
    }
    return table;
}

Findings findings_of(const Calibration& calibration) {
    Findings findings;
    for (const std::string& run : calibration.left_out) {
        findings.push_back({Severity::act, "NOT_REPLAYED", "recording", run, ""});
    }
    for (std::size_t i = 0; i < calibration.doubted.size() && i < doubted_listed; ++i) {
        const DoubtedMeasurement& one = calibration.doubted[i];
        std::string what = one.in_case + ", " + one.run;
        if (!one.vm.empty()) what += ", VM " + one.vm;
        findings.push_back({Severity::know, "NOT_BELIEVED", what,
                            "its " + name_of(one.kind) + " was " + seconds(one.measured) + ", " +
                                seconds(one.predicted) + " is predicted; the fit leaves it aside",
                            ""});
    }
    if (calibration.doubted.size() > doubted_listed) {
        findings.push_back({Severity::know, "NOT_BELIEVED", "recording",
                            "and " + std::to_string(calibration.doubted.size() - doubted_listed) +
                                " more measurements; --json lists all",
                            ""});
    }
    if (calibration.done && !calibration.converged) {
        findings.push_back({Severity::know, "NOT_AT_REST", "fit",
                            "the steps ended before the values came to rest",
                            "fit fewer parameters with --fit"});
    }
    return findings;
}

Json errors_node(const ErrorsByKind& errors) {
    Json node = Json::object();
    for (std::size_t kind = 0; kind < measured_kinds; ++kind) {
        const ErrorSpread& one = errors[kind];
        if (one.count == 0) continue;
        node[std::string(kind_names[kind])] = {{"count", one.count},   {"mean", one.mean},
                                               {"median", one.median}, {"p90", one.p90},
                                               {"p95", one.p95},       {"bias", one.bias}};
    }
    return node;
}

// The key ends in the unit, as everywhere in JSON.
std::string key_of(const FittedValue& one, const std::string& what) {
    switch (one.parameter->measure) {
        case Measure::rate:
            return what + "_bytes_per_second";
        case Measure::time:
            return what + "_us";
        case Measure::bytes:
            return what + "_bytes";
        default:
            return what + "_permille";
    }
}

Json value_node(const FittedValue& one, const Calibration& calibration) {
    Json node{{"parameter", one.parameter->name},
              {"section", one.parameter->section},
              {"verdict", verdict_names[static_cast<std::size_t>(one.verdict)]}};
    if (one.before) node[key_of(one, "before")] = *one.before;
    if (one.verdict != FitVerdict::left) {
        node[key_of(one, "value")] = one.value;
        node["rests_on"] = one.rests_on;
    }
    if (one.verdict == FitVerdict::fitted) {
        node[key_of(one, "low")] = one.low;
        node[key_of(one, "high")] = one.high;
    }
    const std::string note = note_of(one, calibration);
    if (!note.empty()) node["note"] = note;
    return node;
}

std::string confidence_of(const FittedValue& one) {
    std::string text = interval(one).empty() ? one.note : "95 %: " + interval(one);
    return text + (text.empty() ? "" : "; ") + counted(one.rests_on, "measured migration");
}

}  // namespace

Report report_calibration(const Calibration& calibration) {
    Report report;
    const std::string of = counted(calibration.migrations, "measured migration") + " in " +
                           counted(calibration.runs, "run");
    report.verdict = calibration.done ? "fitted to " + of
                                      : "nothing was fitted to " + of + ": " + calibration.reason;
    if (calibration.runs_judged > 0) {
        report.verdict += "; judged on " + counted(calibration.migrations_judged, "other") +
                          " in " + counted(calibration.runs_judged, "run");
    }
    for (ReportTable table :
         {fitted_table(calibration), error_table(calibration), left_table(calibration)}) {
        if (!table.rows.empty()) report.tables.push_back(std::move(table));
    }
    report.findings = findings_of(calibration);
    return report;
}

std::string calibration_json(const Calibration& calibration) {
    Json root{{"format", "vacate-calibration-1"},
              {"summary",
               {{"done", calibration.done},
                {"runs", calibration.runs},
                {"migrations", calibration.migrations},
                {"converged", calibration.converged}}}};
    if (!calibration.done) root["summary"]["reason"] = calibration.reason;
    root["values"] = Json::array();
    for (const FittedValue& one : calibration.values) {
        root["values"].push_back(value_node(one, calibration));
    }
    root["errors"] = {{"before", errors_node(calibration.before)},
                      {"after", errors_node(calibration.after)}};
    if (calibration.runs_judged > 0) {
        root["summary"]["runs_judged"] = calibration.runs_judged;
        root["summary"]["migrations_judged"] = calibration.migrations_judged;
        root["errors"]["judged_before"] = errors_node(calibration.judged_before);
        root["errors"]["judged"] = errors_node(calibration.judged);
    }
    root["doubted"] = Json::array();
    for (const DoubtedMeasurement& one : calibration.doubted) {
        Json node{{"case", one.in_case}, {"run", one.run}};
        if (!one.vm.empty()) node["vm"] = one.vm;
        node["of"] = name_of(one.kind);
        node["measured_us"] = std::llround(one.measured * 1e6);
        node["predicted_us"] = std::llround(one.predicted * 1e6);
        root["doubted"].push_back(std::move(node));
    }
    root["not_replayed"] = calibration.left_out;
    return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string calibration_fragment(std::span<const Recording> recordings,
                                 const Calibration& calibration) {
    std::string about = "fitted by vacate calibrate to " +
                        counted(calibration.migrations, "measured migration") + " in " +
                        counted(calibration.runs, "run");
    for (const Recording& one : recordings) about += "; " + one.source;
    std::vector<FragmentValue> values;
    for (const FittedValue& one : calibration.values) {
        if (one.verdict == FitVerdict::left) continue;
        const FitParameter& parameter = *one.parameter;
        const std::string confidence = confidence_of(one);
        const auto add = [&](std::string_view member, std::int64_t value, const std::string& text) {
            values.push_back({std::string(parameter.section), std::string(member),
                              parameter.measure, value, text});
        };
        if (parameter.name != "overhead") {
            add(parameter.name, one.value, confidence);
            continue;
        }
        add("before", calibration.overhead.first.count(),
            "before and after together: " + confidence);
        add("after", calibration.overhead.second.count(), "see timing.before");
    }
    return print_fragment(about, values);
}

}  // namespace vacate
