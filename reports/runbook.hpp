// A plan as a checklist that an operator can follow by hand, with `xe` commands.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/timeline_report.hpp"

namespace vacate {

/// One thing to do. `command` is for a shell on a host of the pool; it may have several lines.
struct RunbookItem {
    std::string sentence;
    std::string command;                  // empty: nothing to type
    std::vector<std::string> lines = {};  // on paper instead of the command: one to tick each
    bool is_usual = false;                // paper has the command among usual_commands()
    friend bool operator==(const RunbookItem&, const RunbookItem&) = default;
};

/// What belongs together: the preparations, one host, the end.
struct RunbookPart {
    std::string title;     // "1. srv-3"
    std::string when;      // "22:00 disable, 22:08 down, 22:27 ready"
    std::string begin_by;  // the last moment to begin it; empty where that is not known
    std::vector<RunbookItem> items;
    friend bool operator==(const RunbookPart&, const RunbookPart&) = default;
};

/// Every step of the plan, in parts: what prepares the pool, the hosts as they go down, what
/// puts the pool back. A part begins with what must have ended before it.
///
/// Source: the vendors' procedure; XenServer installation guide, xcp-ng-org
///         docs/installation/upgrade.md; xapi, ocaml/xapi-cli-server/cli_operations.ml.
[[nodiscard]] std::vector<RunbookPart> runbook_of(const TimelineReport& report);

/// The commands that hosts and VMs have in common, with HOST and VM for their names: what paper
/// says once.
[[nodiscard]] std::vector<RunbookItem> usual_commands(const TimelineReport& report);

/// `text` as one word of a POSIX shell; with control characters, of bash.
[[nodiscard]] std::string shell_quoted(const std::string& text);

}  // namespace vacate
