// Addresses, passwords and fingerprints from the command line and the files it names.
#include "tools/vacate/connection.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "reports/report.hpp"

namespace vacate {
namespace {

/// Where fingerprints are kept when nobody says; empty when there is no home.
std::string default_known_file() {
    const char* const config = std::getenv("XDG_CONFIG_HOME");
    if (config != nullptr && *config != '\0') return std::string(config) + "/vacate/known-pools";
    const char* const home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return std::string(home) + "/.config/vacate/known-pools";
}

void add_error(Error& all, const Error& more) {
    if (more.kind == Error::Kind::outside) all.kind = more.kind;
    for (Error::Item item : more.items) {
        if (!more.source.empty()) item.sentence = more.source + ": " + item.sentence;
        all.items.push_back(std::move(item));
    }
}

}  // namespace

void add_pool_option(CLI::App& verb, ConnectionOptions& options, const std::string& name,
                     const std::string& help) {
    verb.add_option(name, options.pool, help)->type_name("");
}

void add_connection_options(CLI::App& verb, ConnectionOptions& options) {
    verb.add_option("--user", options.user, "who logs in; backups need the role pool-admin")
        ->type_name("NAME")
        ->capture_default_str();
    verb.add_option("--password-file", options.password.file,
                    "file whose first line is the password. Without it and --password-command the "
                    "environment variable VACATE_PASSWORD, else the terminal is asked")
        ->type_name("FILE");
    verb.add_option("--password-command", options.password.command,
                    "program that prints the password; it is run without a shell")
        ->type_name("COMMAND");
    verb.add_option("--fingerprint", options.trust.fingerprints,
                    "SHA-256 of a certificate that a host of the pool may show; may be repeated")
        ->type_name("AB:CD:...")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    verb.add_option("--ca", options.trust.ca_file,
                    "PEM file of the authority that signed the hosts' certificates")
        ->type_name("FILE");
    verb.add_option("--known-pools", options.trust.known_file,
                    "file of fingerprints by address (~/.config/vacate/known-pools)")
        ->type_name("FILE");
    verb.add_flag("--trust-on-first-use", options.trust.on_first_use,
                  "note the certificate of an address that is not known yet in that file");
    verb.add_flag("--insecure-http", options.trust.insecure_http,
                  "allow http:// to this machine itself, for rehearsals");
}

void say(const std::string& text) { std::fputs(wrapped(text, "").c_str(), stderr); }

Result<xapi::Access> access_of(const ConnectionOptions& options) {
    Error error{Error::Kind::bad_input, options.pool, {}};
    xapi::Access access;
    access.user = options.user;
    if (const auto endpoint = xapi::read_endpoint(options.pool)) {
        access.endpoint = *endpoint;
    } else {
        error.items.push_back({"POOL", endpoint.error(),
                               "give the address of one of the pool's hosts: 10.0.0.1, "
                               "https://pool.example.org:443"});
    }
    xapi::TrustOptions trust = options.trust;
    // A fingerprint or an authority that is given decides alone.
    const bool is_given = !trust.fingerprints.empty() || !trust.ca_file.empty();
    if (trust.known_file.empty() && !(is_given && !trust.on_first_use)) {
        trust.known_file = default_known_file();
        const std::filesystem::path folder = std::filesystem::path(trust.known_file).parent_path();
        std::error_code ignored;  // whoever writes there will say so
        if (trust.on_first_use) std::filesystem::create_directories(folder, ignored);
    }
    auto opened = xapi::Trust::open(trust, say);
    if (opened) access.trust = std::move(*opened);
    if (!opened) add_error(error, opened.error());
    // Nobody is asked for a password in vain.
    if (error.items.empty()) {
        auto password = xapi::read_password(options.password);
        if (password) access.password = std::move(*password);
        if (!password) add_error(error, password.error());
    }
    if (!error.items.empty()) return tl::unexpected(std::move(error));
    return access;
}

}  // namespace vacate
