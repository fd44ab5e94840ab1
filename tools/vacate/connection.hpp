// The options that lead to a live pool, shared by every verb that talks to one.
#pragma once

#include <string>

#include "model/result.hpp"
#include "tools/xapi/client.hpp"

namespace CLI {
class App;
}

namespace vacate {

/// How to reach a pool. A password has no option of its own: command lines are for all to read.
struct ConnectionOptions {
    std::string pool;  // address of any of its hosts
    std::string user = "root";
    xapi::PasswordSource password;
    xapi::TrustOptions trust;
};

/// Adds POOL, as `name` says: a position or an option.
void add_pool_option(CLI::App& verb, ConnectionOptions& options, const std::string& name,
                     const std::string& help);

/// Adds --user, --password-file, --password-command, --fingerprint, --ca, --known-pools,
/// --trust-on-first-use and --insecure-http.
void add_connection_options(CLI::App& verb, ConnectionOptions& options);

/// Says something on standard error, in lines that fit a terminal.
void say(const std::string& text);

/// Reads the password and what is trusted; nothing is sent yet. What a person should know of a new
/// certificate is said.
/// Fails: bad input, with all of it; outside, when a file cannot be read.
[[nodiscard]] Result<xapi::Access> access_of(const ConnectionOptions& options);

}  // namespace vacate
