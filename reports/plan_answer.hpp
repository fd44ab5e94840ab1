// What there is to say of a plan: as a report for people, and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/job.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"
#include "model/robust.hpp"
#include "model/schedule.hpp"
#include "model/state.hpp"
#include "reports/report.hpp"

namespace vacate {

/// A peer's plan beside ours.
struct ComparedPlan {
    std::string name;                    // "wizard"
    std::optional<Schedule> schedule;    // nothing when it got stuck
    std::string stuck_at;                // then: where and why
    std::vector<std::string> left_away;  // VMs that it did not bring home
};

/// One plan of the front: none found is better in all three figures.
struct FrontRow {
    Duration makespan{};
    Duration mixed_window{};
    std::int64_t moves = 0;
};

/// One stretch of the chain that leaves no slack.
struct ReasonRow {
    Instant begins{};
    Instant ends{};
    std::string what;     // "srv-3 is emptied, 12 moves one after the other"
    std::string because;  // what it waited for; empty at the start
};

/// A figure of the plan beside what no plan beats.
struct BoundRow {
    std::string objective;   // "moves"; as --objective takes it
    std::int64_t value = 0;  // microseconds, or a count where is_count
    std::int64_t bound = 0;
    bool is_count = false;
    bool is_chosen = false;  // what the plan was made for
    std::string reason;
};

/// A change with which a plan was found.
struct RepairRow {
    std::string kind;               // "stop"
    std::string sentence;           // what to do
    std::vector<std::string> sets;  // the same as --set; empty where there is none for it
    Duration makespan{};            // of the plan found with it
};

/// Everything an answer about a plan rests on. Borrowed, so it must not outlive its parts.
struct PlanAnswer {
    const Pool& pool;
    const PoolState& state;
    const Plan& plan;
    const Schedule& schedule;
    std::string title;  // what the plan is: "plan", "wizard"
    Findings findings;  // what to act on or to know, assumptions included
    std::vector<ComparedPlan> compared;
    std::optional<Proof> proof;      // over every timing; nothing where none was attempted
    std::vector<FrontRow> front;     // by makespan
    std::vector<ReasonRow> reasons;  // why it takes so long; empty unless asked for
    bool with_steps = false;         // in the report: list every step
    Overrides made_with;             // what was added to the pool's own text
    Job job;                         // for some hosts only
    std::string verdict;             // where the usual one does not fit
    std::vector<BoundRow> bounds;    // of every objective that has one
    bool cut_short = false;          // by a time limit or a signal: not reproducible
};

/// A table per host (when disabled, VMs and GiB out and to where, when down and ready), totals,
/// the comparison with the peers, findings.
[[nodiscard]] Report report_plan(const PlanAnswer& answer);

/// The answer as JSON, in the form that tools/README.md documents; read_plan() reads it back.
[[nodiscard]] std::string plan_json(const PlanAnswer& answer);

/// The weaknesses of a proof in words, each to act on; empty when no timing breaks a rule.
[[nodiscard]] Findings findings_of(const Pool& pool, const Plan& plan, const Proof& proof);

/// The worst moment of all timings: the host and epoch with the least room. Nothing when empty.
[[nodiscard]] std::optional<WorstLoad> tightest_of(const Proof& proof);

/// The answer that there is no plan. `proven` says whether that is certain; `repairs` are shown
/// in their order.
[[nodiscard]] Report report_no_plan(const Pool& pool, bool proven, const Findings& findings,
                                    const std::vector<ComparedPlan>& compared,
                                    const std::vector<RepairRow>& repairs = {});
[[nodiscard]] std::string no_plan_json(const Pool& pool, bool proven, const Findings& findings,
                                       const std::vector<ComparedPlan>& compared,
                                       const std::vector<RepairRow>& repairs = {});

/// The answer of a check: what is in the way, and how full every host is.
[[nodiscard]] Report report_check(const Pool& pool, const PoolState& state,
                                  const Findings& findings);
[[nodiscard]] std::string check_json(const Pool& pool, const PoolState& state,
                                     const Findings& findings);

/// An error as JSON: {"error": {"kind", "source", "items": [{"place", "sentence", "remedy"}]}}.
[[nodiscard]] std::string error_json(const Error& error);

/// Findings as a JSON list of {"severity", "code", "subject", "sentence", "remedy"}, for answers
/// that are put together elsewhere.
[[nodiscard]] std::string findings_json(const Findings& findings);
/// The member `summary` of plan_json(), by itself.
[[nodiscard]] std::string summary_json(const PlanAnswer& answer);

/// A duration as a clock reads it: "0:03:20".
[[nodiscard]] std::string clock_text(Duration since_start);

}  // namespace vacate
