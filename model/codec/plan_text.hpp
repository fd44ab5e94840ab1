// A plan in JSON to a Plan for a pool: the steps and what they come after.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/job.hpp"
#include "model/origin.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"

namespace vacate {

/// Reads the steps of a plan as `vacate plan --json` writes them, names resolved in `pool`.
///
/// Only `format`, `fingerprint` and of each step `id`, `kind`, `vm`, `host`, `from`, `to`,
/// `storage` and `after` are read; times and figures are not, since they are computed again.
///
/// Returns: a plan whose ids are 0, 1, 2 ... and whose `after` names earlier steps only.
/// Fails:   with all problems at once: syntax, another format, unknown kinds or names, ids out
///          of order, an `after` that is no earlier step. Whether the steps are legal is not
///          asked here.
[[nodiscard]] Result<Plan> read_plan(std::string_view text, const std::string& source,
                                     const Pool& pool);

/// A name in a plan that the pool does not know.
struct MissingName {
    Id<Step> step;
    std::string thing;  // "VM"
    std::string name;
    friend bool operator==(const MissingName&, const MissingName&) = default;
};

/// A plan with what else its file says.
struct PlanFile {
    Plan plan;
    Job job;                           // for some hosts only
    std::optional<Origin> origin;      // absent in files of older versions
    std::vector<MissingName> missing;  // in step order; their ids in `plan` are none
};

/// What a name is that the pool does not know.
enum class UnknownNames {
    refused,  // a problem
    listed,   // in PlanFile::missing
};

/// Reads a plan as read_plan() does, with the pool it was made for.
[[nodiscard]] Result<PlanFile> read_plan_file(std::string_view text, const std::string& source,
                                              const Pool& pool, UnknownNames unknown);

/// The text of a plan and its job, without times; read_plan_file() gives both back.
/// Requires: plan and job are of `pool`.
[[nodiscard]] std::string print_plan(const Pool& pool, const Plan& plan, const Job& job = {});

/// The --set's and defaults that a plan was made with; empty for files of older versions.
[[nodiscard]] Result<Overrides> read_plan_overrides(std::string_view text,
                                                    const std::string& source);

}  // namespace vacate
