// Tasks from the command line to the search that fits.
#include "tools/vacate/plan_task.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "model/codec/placement_text.hpp"
#include "model/rule.hpp"
#include "sim/search/home.hpp"
#include "sim/search/reach.hpp"
#include "tools/vacate/files.hpp"

namespace vacate {
namespace {

template <std::size_t count>
std::vector<std::string> words(const std::array<std::string_view, count>& names) {
    return {names.begin(), names.end()};
}

template <class Value, std::size_t count>
Value value_of(const std::array<std::string_view, count>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return static_cast<Value>(found - names.begin());
}

Result<Job> read_job(const TaskArguments& arguments, const Pool& pool) {
    Job job;
    job.action = value_of<HostAction>(host_action_names, arguments.action);
    Error error{Error::Kind::bad_input, "--hosts", {}};
    for (const std::string& name : arguments.hosts) {
        const auto found = std::find_if(pool.hosts.begin(), pool.hosts.end(),
                                        [&name](const Host& host) { return host.name == name; });
        if (found == pool.hosts.end()) {
            error.items.push_back({name, "there is no such host", "name hosts of the pool"});
            continue;
        }
        job.hosts.push_back(Id<Host>{static_cast<std::uint32_t>(found - pool.hosts.begin())});
    }
    job.home = value_of<Home>(home_names, arguments.home);
    if (arguments.hosts.empty() && job.action != HostAction::upgrade) {
        error = bad_input("--action", "", arguments.action + " asks for hosts",
                          "name them: --hosts srv-1,srv-2");
    }
    if (!error.items.empty()) return tl::unexpected<Error>(error);
    std::sort(job.hosts.begin(), job.hosts.end());
    job.hosts.erase(std::unique(job.hosts.begin(), job.hosts.end()), job.hosts.end());
    return job;
}

std::string hosts_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " host " : " hosts ");
}

}  // namespace

void add_task_options(CLI::App& verb, TaskArguments& arguments) {
    CLI::Option* goal =
        verb.add_option("--goal", arguments.goal,
                        "plan the way to this placement (JSON, VM to host, or another plan, whose "
                        "end is meant) instead of an upgrade")
            ->type_name("FILE");
    CLI::Option* hosts = verb.add_option("--hosts", arguments.hosts,
                                         "only these hosts; those not named keep their version")
                             ->type_name("A,B")
                             ->delimiter(',')
                             ->expected(1)
                             ->take_all()
                             ->allow_extra_args(false);
    verb.add_option("--action", arguments.action,
                    "what is done to --hosts: upgrade, reboot (empty, reboot, enable again) or "
                    "evacuate (empty, leave disabled)")
        ->type_name("WHAT")
        ->check(CLI::IsMember({"upgrade", "reboot", "evacuate"}))
        ->capture_default_str();
    CLI::Option* home =
        verb.add_option("--home", arguments.home,
                        "where VMs end: none (where the upgrade left them), original (where they "
                        "were, as many as can be) or balanced (hosts about equally full)")
            ->type_name("WHERE")
            ->check(CLI::IsMember(words(home_names)))
            ->capture_default_str();
    goal->excludes(hosts)->excludes(home);
}

Result<Job> read_task(const TaskArguments& arguments, Scenario& scenario) {
    Result<Job> job = read_job(arguments, scenario.pool);
    if (!job) return tl::unexpected<Error>(job.error());
    Job task = std::move(*job);
    if (!arguments.goal.empty()) {
        const Result<std::string> text = read_file(arguments.goal);
        if (!text) return tl::unexpected<Error>(text.error());
        auto goal = read_placement(*text, arguments.goal, scenario.pool, scenario.state);
        if (!goal) return tl::unexpected<Error>(goal.error());
        task.action = HostAction::place;
        task.goal = std::move(*goal);
    }
    if (job_blockers(scenario.pool, scenario.state, task).empty()) {
        narrow(task, scenario.pool, scenario.state);
    }
    return task;
}

std::string verdict_of(const Job& task, const Scenario& scenario, const Planned& planned) {
    const std::string name = scenario.pool.name.empty() ? "pool" : scenario.pool.name;
    const std::string time = " in " + display(planned.simulation.makespan);
    if (task.action == HostAction::place) {
        const std::size_t vms = astray(scenario.state, task.goal).size();
        if (vms == 0) return name + ": nothing to do, every VM is where it shall be";
        return name + ": " + std::to_string(vms) + (vms == 1 ? " VM" : " VMs") +
               " brought to the given place" + time + " (plan)";
    }
    const std::string hosts = name + ": " + hosts_text(task.hosts.size());
    if (task.action == HostAction::evacuate) return hosts + "emptied" + time + " (plan)";
    return {};
}

Findings not_home(const Job& task, const Scenario& scenario, const Planned& planned) {
    Findings findings;
    if (task.home != Home::original) return findings;
    const Pool& pool = scenario.pool;
    const PoolState& end = planned.simulation.final_state;
    for (const LeftAway& one : left_away(pool, scenario.state, end)) {
        const std::string& vm = pool.vms[one.vm].name;
        findings.push_back({Severity::know, "NOT_HOME", "VM " + vm,
                            vm + " ends on " + pool.hosts[end.vms[one.vm].host].name + ", not on " +
                                pool.hosts[scenario.state.vms[one.vm].host].name + ": " +
                                (one.reason.empty() ? "no way was found" : one.reason),
                            ""});
    }
    return findings;
}

}  // namespace vacate
