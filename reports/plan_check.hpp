// What there is to say of a plan that is held against a pool as it is now.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/plan_text.hpp"
#include "model/progress.hpp"
#include "model/result.hpp"
#include "model/robust.hpp"
#include "model/state.hpp"
#include "reports/report.hpp"

namespace vacate {

/// Everything such an answer rests on. Borrowed, so it must not outlive its parts.
struct PlanCheck {
    const Pool& pool;
    const PoolState& state;
    const PlanFile& file;
    const PlanProgress& progress;
    std::vector<Drift> drift;
    std::optional<Proof> proof;      // of what is left; nothing where it is too long
    std::optional<Duration> left;    // how long what is left takes
    std::vector<std::string> waits;  // hosts that are still to be upgraded at the end
    Findings findings;               // assumptions and the like
    bool with_steps = false;         // in the report: list every step
};

/// How many steps met which fate.
struct FateCounts {
    std::size_t done = 0;
    std::size_t possible = 0;
    std::size_t blocked = 0;
};
[[nodiscard]] FateCounts counts_of(const PlanProgress& progress);

/// "done"
[[nodiscard]] std::string_view fate_name(StepFate fate);

/// What breaks first, then what else there is to know.
[[nodiscard]] Findings findings_of(const PlanCheck& check);

/// True when nothing is in the way of what is left of the plan, whatever the timing.
[[nodiscard]] bool can_go_on(const PlanCheck& check);

/// What breaks first and by which rule, what changed since the plan was made, how far it is.
[[nodiscard]] Report report_plan_check(const PlanCheck& check);

/// The same as JSON, in the form that tools/README.md documents.
[[nodiscard]] std::string plan_check_json(const PlanCheck& check);

}  // namespace vacate
