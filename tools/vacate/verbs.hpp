// The verbs: each adds its command line and gives back what to run.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/codec/plan_text.hpp"
#include "model/codec/scenario.hpp"
#include "tools/vacate/outcome.hpp"

namespace CLI {
class App;
}

namespace vacate {

/// What is run when the verb was given.
using Verb = std::function<Outcome()>;

/// What every verb that reads a pool understands.
struct InputOptions {
    std::string scenario;
    std::vector<std::string> sets;
    std::string defaults;
    bool json = false;
};

/// Adds SCENARIO, --set, --defaults and --json to a verb.
void add_input_options(CLI::App& verb, InputOptions& options);
/// The same without SCENARIO.
void add_override_options(CLI::App& verb, InputOptions& options);

/// Reads the pool that the options name.
/// Fails: as read_file() and read_any() do.
[[nodiscard]] Result<Scenario> load(const InputOptions& options);

/// What is added to the input, whose text that is: the defaults file and what it includes are
/// read. Fails: as read_file() does.
[[nodiscard]] Result<Overrides> overrides_of(const InputOptions& options, const std::string& text);

/// A plan that was read for a pool, and how the pool was read.
struct PlannedPool {
    Scenario scenario;
    PlanFile file;
    Overrides used;    // what the pool was read with
    Findings remarks;  // PLANNED_WITH, when that is not what the plan was made with
};

/// Adds PLAN and --as-planned to a verb.
struct PlanInput {
    std::string plan;
    bool as_planned = false;
};
void add_plan_input(CLI::App& verb, PlanInput& input, const std::string& help);

/// Reads the plan, and the pool of the text `pool`; with as_planned, what the plan was made with
/// comes before the options' own --set's, and its defaults stand where the options name none.
/// Fails: as read_file(), read_any() and read_plan_file() do.
[[nodiscard]] Result<PlannedPool> load_with_plan(const std::string& pool,
                                                 const InputOptions& options,
                                                 const PlanInput& input, UnknownNames unknown);

struct ReplayOptions {
    std::string cases;        // only those whose names begin so
    bool with_moves = false;  // list every migration
};

/// What vacate simulate answers for the text of a recording: predicted beside measured.
[[nodiscard]] Outcome replay_outcome(const std::string& text, const InputOptions& options,
                                     const Overrides& overrides, const ReplayOptions& replay);

/// The same in two steps, for whoever reads the same text more than once.
[[nodiscard]] Result<std::string> read_input(const InputOptions& options);
[[nodiscard]] Result<Scenario> decode(const InputOptions& options, const std::string& text);

/// Each declares its verb on `program`; the function runs it with the options then parsed.
[[nodiscard]] Verb declare_check(CLI::App& program);
[[nodiscard]] Verb declare_plan(CLI::App& program);
[[nodiscard]] Verb declare_simulate(CLI::App& program);
[[nodiscard]] Verb declare_report(CLI::App& program);
[[nodiscard]] Verb declare_generate(CLI::App& program);
[[nodiscard]] Verb declare_calibrate(CLI::App& program);
[[nodiscard]] Verb declare_whatif(CLI::App& program);
[[nodiscard]] Verb declare_poolserver(CLI::App& program);
[[nodiscard]] Verb declare_capture(CLI::App& program);
[[nodiscard]] Verb declare_run(CLI::App& program);

/// status, pause, proceed, skip and abort: what is said of a run and to it.
[[nodiscard]] std::vector<std::pair<std::string, Verb>> declare_run_words(CLI::App& program);

}  // namespace vacate
