// What there is to say of a run, under way or over: for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "sim/live/executor.hpp"

namespace vacate {

/// The VMs of a host; of the one without a name, those that run nowhere.
struct HostPlaces {
    std::string host;
    std::vector<std::string> vms;
};
[[nodiscard]] std::vector<HostPlaces> places_of(const live::Snapshot& look);

/// Where a run stands, and where its words are kept.
struct RunSummary {
    std::string pool;
    std::string run;
    std::string journal;
    bool is_held = false;  // a process carries it out now
    live::Status status;
    Instant now{};
    std::vector<HostPlaces> places;  // as the last look showed them; empty: there was none
};

/// What to do about the run now: a command, where there is one.
[[nodiscard]] std::string next_step(const RunSummary& summary);

/// The same sentence with the journal's name where it says "vacate proceed JOURNAL".
[[nodiscard]] std::string with_journal(std::string sentence, const std::string& journal);

/// Per host planned and real times and VMs moved, what is under way, what is still to be put
/// back, findings, and what to do next.
[[nodiscard]] Report report_run(const RunSummary& summary);

/// The JSON of a run that was not begun, and why.
[[nodiscard]] std::string refusal_json(const std::string& verdict, const Findings& findings);

/// The same as JSON, see tools/README.md.
[[nodiscard]] std::string run_json(const RunSummary& summary);

/// Both in one text, for a StatusFile.
[[nodiscard]] std::string print_status(const RunSummary& summary);

/// What `vacate status` shows of a run that wrote `status`; nothing where the text is none of
/// that run.
[[nodiscard]] std::optional<std::string> shown_status(const std::string& status,
                                                      const std::string& run, bool json);

}  // namespace vacate
