// What vacate plan is asked for: all hosts, some hosts, or the way to a placement.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/job.hpp"
#include "sim/search/planner.hpp"
#include "sim/search/reach.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {

/// --goal, --hosts, --action and --home as they were given.
struct TaskArguments {
    std::string goal;
    std::vector<std::string> hosts;
    std::string action = "upgrade";
    std::string home = "none";
};
void add_task_options(CLI::App& verb, TaskArguments& arguments);

/// Reads what is asked for, and narrows the pool to the hosts that it is about.
/// Fails: as read_file() and read_placement() do, and for hosts that are not in the pool.
[[nodiscard]] Result<Job> read_task(const TaskArguments& arguments, Scenario& scenario);

/// The sentence that answers; empty where the report's own does.
[[nodiscard]] std::string verdict_of(const Job& task, const Scenario& scenario,
                                     const Planned& planned);

/// VMs that are not brought home, each with the reason.
[[nodiscard]] Findings not_home(const Job& task, const Scenario& scenario, const Planned& planned);

}  // namespace vacate
