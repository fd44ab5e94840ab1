// The options that every verb shares, and the pool they name.
#include <CLI/CLI.hpp>

#include "tools/vacate/files.hpp"
#include "tools/vacate/include.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {

void add_input_options(CLI::App& verb, InputOptions& options) {
    verb.add_option("SCENARIO", options.scenario,
                    "scenario (JSON), XAPI database dump (XML) or Ganeti htools text; - reads "
                    "standard input")
        ->required()
        ->type_name("");
    add_override_options(verb, options);
}

void add_override_options(CLI::App& verb, InputOptions& options) {
    verb.add_option("--set", options.sets,
                    "set a field of the input, e.g. 'hosts.*.link=10Gbps'; may be repeated")
        ->type_name("PATH=VALUE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    verb.add_option("--defaults", options.defaults,
                    "JSON file that supplies what the input lacks, e.g. links and upgrade times")
        ->type_name("FILE");
    verb.add_flag("--json", options.json, "print JSON instead of text");
}

Result<Overrides> overrides_of(const InputOptions& options, const std::string& text) {
    Overrides overrides;
    overrides.sets = options.sets;
    if (!options.defaults.empty()) {
        const Result<std::string> defaults = read_file(options.defaults);
        if (!defaults) return tl::unexpected<Error>(defaults.error());
        overrides.defaults = *defaults;
        overrides.defaults_source = options.defaults;
    }
    Result<std::vector<IncludedFile>> included = read_included(text, options.scenario);
    if (!included) return tl::unexpected<Error>(included.error());
    overrides.included = std::move(*included);
    return overrides;
}

Result<Scenario> load(const InputOptions& options) {
    const Result<std::string> text = read_input(options);
    if (!text) return tl::unexpected<Error>(text.error());
    return decode(options, *text);
}

Result<std::string> read_input(const InputOptions& options) { return read_file(options.scenario); }

Result<Scenario> decode(const InputOptions& options, const std::string& text) {
    const Result<Overrides> overrides = overrides_of(options, text);
    if (!overrides) return tl::unexpected<Error>(overrides.error());
    return read_any(text, options.scenario, *overrides);
}

void add_plan_input(CLI::App& verb, PlanInput& input, const std::string& help) {
    CLI::Option* plan = verb.add_option("PLAN", input.plan, help)->type_name("");
    verb.add_flag("--as-planned", input.as_planned,
                  "read the pool with the --set's and defaults that the plan was made with")
        ->needs(plan);
}

namespace {

// A plan judged with other figures than it was made with is worth a word.
Findings planned_with(const Overrides& made, const Overrides& used) {
    std::string given;
    for (const std::string& one : made.sets) given += (given.empty() ? "" : ", ") + one;
    if (!made.defaults.empty()) {
        given += (given.empty() ? "" : "; ") + ("defaults of " + made.defaults_source);
    }
    const bool same = made.sets == used.sets && made.defaults == used.defaults;
    if (same || given.empty()) return {};
    return {{Severity::act, "PLANNED_WITH", "plan",
             "the plan was made with " + given + "; the pool was read with other settings here",
             "give --as-planned to read the pool as it was read then"}};
}

Overrides joined(Overrides made, const Overrides& own) {
    made.included = own.included;
    made.sets.insert(made.sets.end(), own.sets.begin(), own.sets.end());
    if (own.defaults.empty()) return made;
    made.defaults = own.defaults;
    made.defaults_source = own.defaults_source;
    return made;
}

}  // namespace

Result<PlannedPool> load_with_plan(const std::string& pool, const InputOptions& options,
                                   const PlanInput& input, UnknownNames unknown) {
    Result<Overrides> own = overrides_of(options, pool);
    if (!own) return tl::unexpected<Error>(own.error());
    const Result<std::string> plan = read_file(input.plan);
    if (!plan) return tl::unexpected<Error>(plan.error());
    const Result<Overrides> made = read_plan_overrides(*plan, input.plan);
    if (!made) return tl::unexpected<Error>(made.error());
    PlannedPool loaded;
    loaded.used = input.as_planned ? joined(*made, *own) : *own;
    Result<Scenario> scenario = read_any(pool, options.scenario, loaded.used);
    if (!scenario) return tl::unexpected<Error>(scenario.error());
    Result<PlanFile> file = read_plan_file(*plan, input.plan, scenario->pool, unknown);
    if (!file) return tl::unexpected<Error>(file.error());
    if (!input.as_planned) loaded.remarks = planned_with(*made, *own);
    narrow(file->job, scenario->pool, scenario->state);
    loaded.scenario = std::move(*scenario);
    loaded.file = std::move(*file);
    return loaded;
}

}  // namespace vacate
