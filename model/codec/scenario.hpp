// Scenario text to a pool and its state, and back. The fields stand in scenarios/README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/chance.hpp"
#include "model/pool.hpp"
#include "model/result.hpp"
#include "model/state.hpp"

namespace vacate {

/// A pool as it was read: what it is, how it stands, and what that rests on.
struct Scenario {
    std::string about;
    Pool pool;
    PoolState state;
    Chance chance;  // what may vary from run to run
    // What it rests on: NOT_REPRESENTED (of another format) and ASSUMED, both to know, and
    // CANNOT_TAKE_DISKS_ALONG, to act on: when_pinned "storage" of a VM that no motion helps.
    Findings remarks;
    friend bool operator==(const Scenario&, const Scenario&) = default;
};

/// A file that a scenario includes.
struct IncludedFile {
    std::string name;  // as the scenario writes it; errors of the file are placed there
    std::string text;
};

/// What is added to an input: see "Overriding" in scenarios/README.md.
struct Overrides {
    std::vector<std::string> sets;            // "hosts.*.link=10Gbps", applied in order
    std::string defaults;                     // text of a defaults file; empty for none
    std::string defaults_source;              // its name, for errors
    std::vector<IncludedFile> included = {};  // of included_files(), each once
};

/// The files that the text of a scenario includes, in its order, each once; they are for the
/// caller to read. What is wrong with the text is for read_scenario() to say.
[[nodiscard]] std::vector<std::string> included_files(std::string_view text);

/// Decodes a scenario, after `overrides` were applied to its text.
///
/// Returns: a pool whose tables are in name order, with a state that apply() accepts as it is.
/// Fails:   with every problem at once (at most limits::errors_listed), each with its JSON
///          pointer, the value and a remedy: syntax, unknown or missing members, units, ranges,
///          duplicate names, dangling references, a VM without a place, an overcommitted host.
/// Costs:   linear in the text, at most limits::input_bytes and limits::nesting.
[[nodiscard]] Result<Scenario> read_scenario(std::string_view text, const std::string& source,
                                             const Overrides& overrides = {});

/// Reads a pool in any format: a scenario ("{"), a XAPI dump ("<"), else Ganeti htools text.
[[nodiscard]] Result<Scenario> read_any(std::string_view text, const std::string& source,
                                        const Overrides& overrides = {});

/// The text of a scenario, every field spelled out; read_scenario() of it gives `scenario`
/// back, remarks about assumptions apart, since nothing is assumed any more.
///
/// In the middle of a run it describes a pool that begins there: versions and memory as they
/// are now, VMs that move still at their source.
/// Requires: a coordinator; VMs whose memory is at least their ram.
[[nodiscard]] std::string print_scenario(const Scenario& scenario);

}  // namespace vacate
