// vacate check: what is in the way of an upgrade.
#include <CLI/CLI.hpp>

#include <utility>

#include "tools/vacate/check_live.hpp"
#include "tools/vacate/check_plan.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

struct CheckArguments {
    InputOptions input;
    PlanInput plan;
    bool steps = false;
    ConnectionOptions connection;
    std::string backup;
};

Outcome check(const InputOptions& options) {
    const Result<Scenario> scenario = load(options);
    if (!scenario) return outcome_of(scenario.error(), options.json, "nothing was checked");
    return check_answer(*scenario, {}, options.json);
}

// With --pool the first name is the plan's.
Outcome check_any(CheckArguments& arguments) {
    const bool json = arguments.input.json;
    constexpr const char* not_done = "nothing was checked";
    const bool is_live = !arguments.connection.pool.empty();
    if (is_live && !arguments.plan.plan.empty()) {
        return outcome_of(bad_input("check", "SCENARIO", "there are a live pool and a scenario",
                                    "give one of them: vacate check --pool ADDRESS PLAN"),
                          json, not_done);
    }
    if (is_live && arguments.input.scenario.empty()) {
        return check_live(arguments.connection, arguments.input, arguments.backup);
    }
    if (is_live) {
        arguments.plan.plan = std::exchange(arguments.input.scenario, {});
        return check_plan_live(arguments.connection, arguments.input, arguments.plan,
                               arguments.backup, arguments.steps);
    }
    if (arguments.input.scenario.empty()) {
        return outcome_of(bad_input("check", "SCENARIO", "there is no pool to check",
                                    "give a scenario, or --pool ADDRESS"),
                          json, not_done);
    }
    if (arguments.plan.plan.empty() && arguments.plan.as_planned) {
        return outcome_of(bad_input("check", "--as-planned", "there is no plan",
                                    "give a plan behind the scenario"),
                          json, not_done);
    }
    if (arguments.plan.plan.empty()) return check(arguments.input);
    return check_plan(arguments.input, arguments.plan, arguments.steps);
}

}  // namespace

Verb declare_check(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "check",
        "Says what is in the way of upgrading a pool, host by host and VM by VM, each with what "
        "would help. With a plan, any plan, ours or changed by hand: whether it can be carried "
        "out on the pool as it is now, which steps are done, which break a rule, and what changed "
        "since it was made.");
    verb->footer(
        "Exit status: 0 nothing blocks, 1 something does and is printed, 2 the input is wrong, 3 "
        "the pool cannot be reached.");
    const auto arguments = std::make_shared<CheckArguments>();
    add_input_options(*verb, arguments->input);
    add_plan_input(*verb, arguments->plan, "plan (JSON) to hold against the pool as it is now");
    verb->add_flag("--steps", arguments->steps, "list every step of the plan with its fate");
    add_pool_option(*verb, arguments->connection, "--pool",
                    "a live pool instead of a scenario: address of any of its hosts. It is also "
                    "asked for locks, tasks, backups that run, clocks and free memory; with a PLAN "
                    "behind it, for each move that is left. The pool is then read as planned");
    verb->get_option("--pool")->type_name("ADDRESS");
    verb->get_option("SCENARIO")->required(false);
    verb->get_option("--as-planned")->remove_needs(verb->get_option("PLAN"));
    verb->add_option("--backup", arguments->backup,
                     "with --pool: where a run would write the pool's database; whether that is "
                     "possible and fits is asked too")
        ->type_name("FILE")
        ->needs("--pool");
    add_connection_options(*verb, arguments->connection);
    return [arguments] { return check_any(*arguments); };
}

}  // namespace vacate
