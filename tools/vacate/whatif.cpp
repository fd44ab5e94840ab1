// vacate whatif: what if the pool were different.
#include <CLI/CLI.hpp>

#include "tools/vacate/verbs.hpp"
#include "tools/whatif/study_run.hpp"

namespace vacate {

Verb declare_whatif(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "whatif",
        "What if the pool were different: plans every variant of it, and says how far it may grow, "
        "what the least is that fits a window, which losses it survives, and what to do tonight.");
    verb->footer(
        "Changes are made in the order given. A study file holds variants, sweeps and questions; "
        "see scenarios/README.md.\nExit status: 0 answered, 1 no case can be upgraded, 2 the "
        "study or the pool is wrong, 3 rows could not be written, 4 stopped by Ctrl-C: what was "
        "done is kept.");
    const auto arguments = std::make_shared<WhatifArguments>();
    const auto collect = add_whatif_options(*verb, *arguments);
    return [arguments, collect] {
        collect();
        return whatif(*arguments);
    };
}

}  // namespace vacate
