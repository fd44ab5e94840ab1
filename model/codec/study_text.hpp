// The text of a study to its values; and the same from options of a command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"
#include "model/study.hpp"

namespace vacate {

/// Decodes a study; scenarios/README.md lists its members.
///
/// Returns: a study whose first variant is the base, without changes.
/// Fails:   with every problem at once, each with its JSON pointer, the value and a remedy:
///          unknown members, amounts, empty sweeps, changes that contradict each other, more than
///          limits::study_rows rows. Names of hosts and VMs are not looked at: see change.hpp.
[[nodiscard]] Result<Study> read_study(std::string_view text, const std::string& source);

/// One option as it was given, without its dashes: {"add-host", "like srv-1 x2"}.
struct StudyOption {
    std::string name;
    std::string value;
};

/// The options that make changes: "set", "add-host", "grow-vms", ...
[[nodiscard]] const std::vector<std::string>& change_options();

/// A study of what a command line asks. Changes make up one variant, called "changed"; "variant"
/// begins another one, with a name. "sweep" adds an axis to one grid: "hosts.*.link=10 Gbps, 25
/// Gbps", "policy.hosts_down_max=1..4", "grow-vms * by $=0 %..20 % step 2 %"; "ask" a question:
/// "headroom", "smallest width".
///
/// The words of a change are its members and their values, the main one first and without its
/// name: "srv-1 by 64 GiB" is {"host": "srv-1", "by": "64 GiB"}; "x2" is {"count": 2}.
///
/// Fails: as read_study() does; places are the options.
[[nodiscard]] Result<Study> study_of_options(const std::vector<StudyOption>& options,
                                             const std::string& base);

}  // namespace vacate
