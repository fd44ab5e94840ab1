// A plan against a pool: progress, drift and the first step that breaks.
#include "reports/plan_check.hpp"

#include <algorithm>
#include <array>

#include "model/explain.hpp"
#include "model/rule.hpp"
#include "reports/plan_answer.hpp"

namespace vacate {
namespace {

// A step with names the pool does not know is told by its kind alone.
std::string words_for(const PlanCheck& check, Id<Step> id) {
    const auto& missing = check.file.missing;
    const auto found = std::find_if(missing.begin(), missing.end(),
                                    [id](const MissingName& one) { return one.step == id; });
    const Step& step = check.file.plan.steps[id];
    if (found == missing.end()) return describe(check.pool, step);
    return std::string(kind_name(step.index())) + " of " + found->name;
}

std::string remedy_for(Cause cause) {
    switch (cause) {
        case Cause::memory:
            return "make room there, or plan again for the pool as it is now";
        case Cause::wrong_state:
            return "what it works on is not where the plan expects it: put it there, or plan again";
        case Cause::not_empty:
            return "move or stop what came to the host since, or plan again";
        case Cause::host_disabled:
        case Cause::host_lost:
            return "enable the host again, or plan again";
        case Cause::already_upgraded:
            return "the host is done: leave the step out, or plan again";
        case Cause::switch_on:
        case Cause::mixed_versions:
            return "turn it off before going on, as the plan does first";
        case Cause::width:
            return "enable a host that is out of use, or raise policy.hosts_down_max";
        default:
            return "plan again for the pool as it is now";
    }
}

Findings broken_findings(const PlanCheck& check) {
    Findings findings;
    for (const MissingName& one : check.file.missing) {
        if (check.progress.fates[one.step] == StepFate::done) continue;
        findings.push_back({Severity::blocks, "NAME_GONE", "step " + std::to_string(one.step.index),
                            "there is no " + one.thing + " " + printable(one.name) + " any more",
                            "plan again for the pool as it is now"});
    }
    for (const BrokenStep& one : check.progress.broken) {
        findings.push_back({Severity::blocks, "STEP_FORBIDDEN",
                            "step " + std::to_string(one.step.index),
                            describe(check.pool, check.file.plan.steps[one.step]) + ": " +
                                explain_step(check.pool, check.progress.end,
                                             check.file.plan.steps[one.step], one.violation),
                            remedy_for(one.violation.cause)});
    }
    return findings;
}

std::string drift_sentence(const Drift& drift) {
    using enum Drift::Kind;
    switch (drift.kind) {
        case host_gone:
            return "it is not there any more";
        case host_new:
        case vm_new:
            return "it is new: " + drift.now;
        case host_changed:
            return "its link, CPU, networks, storage, failure domain or upgrade time changed";
        case vm_gone:
            return "it is not there any more (it had " + drift.was + ")";
        case vm_changed:
            return "its networks, storage, CPU, mobility or load changed";
        default:
            return "was " + drift.was + ", is " + drift.now;
    }
}

bool is_of_host(Drift::Kind kind) { return kind < Drift::Kind::vm_gone; }

std::string drift_words(Drift::Kind kind) {
    std::string words = drift_name(kind);
    words = words.substr(words.find('_') + 1);
    return words;
}

ReportTable drift_table(const PlanCheck& check) {
    ReportTable table;
    table.title = "What changed since the plan was made, what its own steps do included";
    table.columns = {{"", false}, {"name", false}, {"change", false}, {"", false}};
    constexpr std::size_t shown_max = 40;
    for (std::size_t i = 0; i < std::min(shown_max, check.drift.size()); ++i) {
        const Drift& one = check.drift[i];
        table.rows.push_back({is_of_host(one.kind) ? "host" : "VM", printable(one.subject),
                              drift_words(one.kind), printable(drift_sentence(one))});
    }
    if (check.drift.size() > shown_max) {
        table.rows.push_back(
            {"", "", "", std::to_string(check.drift.size() - shown_max) + " more; see --json"});
    }
    return table;
}

ReportTable step_table(const PlanCheck& check) {
    ReportTable table;
    table.title = "Steps";
    table.columns = {{"#", true}, {"", false}, {"step", false}};
    for (const Id<Step> id : check.file.plan.steps.ids()) {
        table.rows.push_back({std::to_string(id.index),
                              std::string(fate_name(check.progress.fates[id])),
                              words_for(check, id)});
    }
    return table;
}

// Weak steps by their number in the file, not in what is left of it.
Findings weak_findings(const PlanCheck& check) {
    if (!check.proof) return {};
    Proof proof = *check.proof;
    for (Weakness& weakness : proof.weaknesses) {
        if (!weakness.step.is_none()) weakness.step = check.progress.rest_ids[weakness.step];
        if (!weakness.other.is_none()) weakness.other = check.progress.rest_ids[weakness.other];
    }
    return findings_of(check.pool, check.file.plan, proof);
}

std::string verdict_of(const PlanCheck& check, const FateCounts& counts) {
    const std::string name = check.pool.name.empty() ? "pool" : check.pool.name;
    const std::size_t total = check.file.plan.steps.size();
    const std::string done =
        std::to_string(counts.done) + " of " + std::to_string(total) + " steps are done";
    if (can_go_on(check)) {
        return name + ": " +
               (counts.possible == 0 ? "the plan is carried out, "
                                     : "the plan can be carried out, ") +
               done + (counts.done == 0 ? "" : ", nothing is in the way of the rest");
    }
    if (counts.blocked == 0) return name + ": some timing of the plan breaks a rule, " + done;
    Id<Step> first = Id<Step>::none();
    for (const Id<Step> id : check.file.plan.steps.ids()) {
        if (first.is_none() && check.progress.fates[id] == StepFate::blocked) first = id;
    }
    return name + ": the plan breaks at step " + std::to_string(first.index) + ", " +
           words_for(check, first) + "; " + done + ", " + std::to_string(counts.possible) +
           " are possible, " + std::to_string(counts.blocked) + " are not";
}

}  // namespace

FateCounts counts_of(const PlanProgress& progress) {
    const auto count = [&progress](StepFate fate) {
        return static_cast<std::size_t>(
            std::count(progress.fates.begin(), progress.fates.end(), fate));
    };
    return {count(StepFate::done), count(StepFate::possible), count(StepFate::blocked)};
}

std::string_view fate_name(StepFate fate) {
    constexpr std::array<std::string_view, 3> names{"done", "possible", "blocked"};
    return names[static_cast<std::size_t>(fate)];
}

Findings findings_of(const PlanCheck& check) {
    Findings findings = broken_findings(check);
    const auto append = [&findings](const Findings& more) {
        findings.insert(findings.end(), more.begin(), more.end());
    };
    append(weak_findings(check));
    for (const Id<Step> id : check.progress.by_hand) {
        findings.push_back(
            {Severity::act, "CD_BY_HAND", "step " + std::to_string(id.index),
             words_for(check, id) + ": the pool does not say any more which CD it was",
             "put it back by hand"});
    }
    if (!check.file.origin) {
        findings.push_back({Severity::know, "ORIGIN_UNKNOWN", "plan",
                            "the file does not say what the pool was like when the plan was made, "
                            "so what changed since is not known",
                            ""});
    }
    if (!check.waits.empty()) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(3, check.waits.size()); ++i) {
            names += (i == 0 ? "" : ", ") + check.waits[i];
        }
        if (check.waits.size() > 3) {
            names += " and " + std::to_string(check.waits.size() - 3) + " more";
        }
        findings.push_back({Severity::act, "PLAN_INCOMPLETE", "plan",
                            "when it has ended these hosts are still to be upgraded: " + names,
                            "plan again when it has ended"});
    }
    append(check.findings);
    return findings;
}

bool can_go_on(const PlanCheck& check) {
    const FateCounts counts = counts_of(check.progress);
    return counts.blocked == 0 && (!check.proof || check.proof->weaknesses.empty());
}

Report report_plan_check(const PlanCheck& check) {
    Report report;
    const FateCounts counts = counts_of(check.progress);
    report.verdict = verdict_of(check, counts);
    if (!check.drift.empty()) report.tables.push_back(drift_table(check));
    if (check.with_steps) report.tables.push_back(step_table(check));
    report.totals = {{"steps done", std::to_string(counts.done)},
                     {"still possible", std::to_string(counts.possible)},
                     {"blocked", std::to_string(counts.blocked)}};
    if (check.left) report.totals.push_back({"what is left takes", display(*check.left)});
    if (check.proof && check.proof->weaknesses.empty() && counts.blocked == 0) {
        report.totals.push_back(
            {"whatever the timing", "proved: no order of events breaks a rule"});
    }
    report.findings = findings_of(check);
    return report;
}

}  // namespace vacate
