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
    const Result<std::string> text = read_file(options.scenario);
    if (!text) return tl::unexpected<Error>(text.error());
    const Result<Overrides> overrides = overrides_of(options, *text);
    if (!overrides) return tl::unexpected<Error>(overrides.error());
    return read_any(*text, options.scenario, *overrides);
}

}  // namespace vacate
