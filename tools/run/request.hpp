// What a run was asked for, as its journal keeps it: all that a resumption needs but passwords.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/codec/xapi_dump.hpp"
#include "model/result.hpp"

namespace vacate {

/// How a host comes to its new version.
enum class UpgradeBy {
    reboot,   // host.reboot: for patches that are installed already, or a rolling reboot
    command,  // a program of the operator's, run for each host
    guide,    // the operator, told what to do at each host
};

/// Texts are as they were given on the command line; times as "4 h".
struct RunRequest {
    std::string url;                     // as given: any host of the pool
    std::vector<std::string> addresses;  // of all its hosts when the run began
    std::string pool_uuid;               // whatever answers there later must be that pool
    std::vector<std::string> attached;   // PBDs that were, then: a host that is ready has them
    std::string user = "root";
    std::vector<std::string> sets;  // what the pool is read with
    std::string defaults;           // the text of a defaults file
    std::string defaults_source;
    UpgradeBy by = UpgradeBy::reboot;
    std::string upgrade_command;
    std::string notify_command;
    std::string backup_folder;  // where the pool's database goes
    std::string window;         // how long the run may take; empty: any time
    std::string mixed_max;      // in mixed versions; empty: any time
    bool stop_when_mixed_too_long = false;
    bool ask_before_hosts = false;
    bool go_on_without = true;
    std::string host_patience = "10 min";
    std::string host_deadline = "1 h";
    std::string objective = "makespan";
    std::int64_t effort = 200'000;
    std::int64_t speed = 1;                   // seconds of the pool per second: a rehearsal
    NameBooks names;                          // what things were called when the run began, by uuid
    std::vector<std::string> assumed_target;  // what they are upgraded to where nobody says
    std::string version_before;               // of the coordinator when the run began, JSON
    friend bool operator==(const RunRequest&, const RunRequest&) = default;
};

[[nodiscard]] std::string print_request(const RunRequest& request);

/// Fails: what is no such text, naming the member.
[[nodiscard]] Result<RunRequest> read_request(const std::string& text, const std::string& source);

}  // namespace vacate
