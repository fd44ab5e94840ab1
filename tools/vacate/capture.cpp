// vacate capture: a live pool as a scenario.
#include "tools/xapi/capture.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "reports/plan_answer.hpp"
#include "tools/vacate/connection.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

constexpr const char* not_done = "nothing was captured";

struct CaptureArguments {
    ConnectionOptions connection;
    InputOptions input;
    std::string output;
};

/// What was written where, for programs.
std::string capture_json(const Scenario& scenario, const std::string& output,
                         const Findings& findings) {
    nlohmann::ordered_json told{
        {"format", "vacate-capture-1"},
        {"pool", scenario.pool.name},
        {"output", output},
        {"summary",
         {{"hosts", scenario.pool.hosts.size()},
          {"vms", scenario.pool.vms.size()},
          {"memory_agrees", findings.empty()}}},
        {"findings", nlohmann::ordered_json::parse(findings_json(findings))}};
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    return told.dump(2, ' ', false, replace) + "\n";
}

Outcome capture_pool(const CaptureArguments& arguments) {
    const bool json = arguments.input.json;
    const Result<xapi::Access> access = access_of(arguments.connection);
    if (!access) return outcome_of(access.error(), json, not_done);
    xapi::Client client(*access);
    NameBooks books;
    const std::string& source = arguments.connection.pool;
    const Result<xapi::Captured> captured = xapi::capture(client, source, books);
    if (!captured) return outcome_of(captured.error(), json, not_done);

    std::string text = captured->scenario.text;
    const Result<Overrides> overrides = overrides_of(arguments.input, text);
    if (!overrides) return outcome_of(overrides.error(), json, not_done);
    const Result<Scenario> scenario = read_scenario(text, source, *overrides);
    if (!scenario) return outcome_of(scenario.error(), json, not_done);
    const Findings findings = xapi::compare_free_memory(client, *captured, *scenario);
    const bool changed = !overrides->sets.empty() || !overrides->defaults.empty();
    if (changed) text = print_scenario(*scenario);

    Outcome outcome;
    const std::string counts = std::to_string(scenario->pool.hosts.size()) + " hosts and " +
                               std::to_string(scenario->pool.vms.size()) + " VMs";
    std::string told = "captured " + counts;
    if (arguments.output.empty() || arguments.output == "-") {
        outcome.out = std::move(text);
    } else {
        const auto written = write_file(arguments.output, text);
        if (!written) return outcome_of(written.error(), json, "the capture was not written");
        told += " to " + arguments.output;
        if (json) outcome.out = capture_json(*scenario, arguments.output, findings);
    }
    if (findings.empty()) told += "; the free memory of every host is what the pool computes";
    outcome.words = wrapped(told, "") + render_findings(findings);
    return outcome;
}

}  // namespace

Verb declare_capture(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "capture",
        "Reads a live XenServer or XCP-ng pool over its API and prints it as a scenario, memory to "
        "the byte as the pool accounts it; every host's free memory is held against what the pool "
        "computes. Nothing of the pool is changed.");
    verb->footer(
        "Exit status: 0 the scenario was written, 2 an option is wrong or the pool cannot be a "
        "scenario, 3 the pool cannot be reached, refuses, or the file cannot be written.");
    const auto arguments = std::make_shared<CaptureArguments>();
    add_pool_option(*verb, arguments->connection, "POOL",
                    "address of any host of the pool: 10.0.0.1, https://10.0.0.1:443");
    verb->get_option("POOL")->required();
    add_connection_options(*verb, arguments->connection);
    add_override_options(*verb, arguments->input);
    verb->add_option("-o,--output", arguments->output,
                     "write the scenario here instead of to standard output")
        ->type_name("FILE");
    return [arguments] { return capture_pool(*arguments); };
}

}  // namespace vacate
