// vacate poolserver: serves a scenario's pool behind XAPI, with simulated hosts and migrations.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "tools/poolserver/faults_text.hpp"
#include "tools/poolserver/server.hpp"
#include "tools/poolserver/simulated_pool.hpp"
#include "tools/vacate/files.hpp"
#include "tools/vacate/verbs.hpp"

namespace vacate {
namespace {

using namespace poolserver;

constexpr std::string_view not_done = "nothing was served";

struct PoolserverArguments {
    InputOptions input;
    ServerOptions server;
    std::string speed = "1";
    bool no_tls = false;
    std::vector<std::string> users;
    std::string password_file;
    std::string faults;
    std::uint64_t seed = 1;
    bool plain_reboots = false;
};

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1";
}

/// Twenty letters and digits, none of which looks like another: 20 * log2(54) = 115 bits.
std::string random_password() {
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz346789";
    std::random_device source;
    std::string password;
    for (int i = 0; i < 20; ++i) {
        std::uniform_int_distribution<std::size_t> draw(0, letters.size() - 1);
        password.push_back(letters[draw(source)]);
    }
    return password;
}

/// A line of the file for each user.
Result<void> read_passwords(const std::string& path, std::vector<User>& users) {
    const Result<std::string> text = read_file(path);
    if (!text) return tl::unexpected(text.error());
    std::string_view rest = *text;
    for (std::size_t i = 0; i < users.size(); ++i) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) {
            return tl::unexpected(bad_input(path, "line " + std::to_string(i + 1),
                                            "there is no password for " + users[i].name,
                                            "write one line for each user"));
        }
        users[i].password = line;
    }
    return {};
}

/// "root" or "eve:read-only". Fails: with the roles there are.
Result<User> read_user(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos && !text.empty()) return User{text, "", Role::pool_admin};
    const bool has_name = colon != std::string::npos && colon > 0;
    const std::optional<Role> role = read_role(text.substr(colon + 1));
    if (role && has_name) return User{text.substr(0, colon), "", *role};
    return tl::unexpected(bad_input("--user", "--user", "\"" + text + "\" is no user with a role",
                                    "write NAME, or NAME:ROLE with pool-admin, pool-operator "
                                    "or read-only"));
}

/// Everything that can be wrong with the options, at once.
struct Prepared {
    SimulatedPool::Options pool;
    bool made_passwords = false;
};
Result<Prepared> prepare(PoolserverArguments& arguments, const Scenario& scenario) {
    Prepared prepared;
    Error error{Error::Kind::bad_input, "command line", {}};
    const auto note = [&](const Error& other, const std::string& from) {
        if (other.kind == Error::Kind::outside) error.kind = other.kind;
        for (Error::Item item : other.items) {
            if (item.place != from)
                item.place = from + (item.place.empty() ? "" : " " + item.place);
            error.items.push_back(std::move(item));
        }
    };
    if (const auto speed = read_speed(arguments.speed)) {
        arguments.server.speed = *speed;
    } else {
        note(speed.error(), "--speed");
    }
    std::vector<User>& users = prepared.pool.service.users;
    users.clear();
    if (arguments.users.empty()) arguments.users = {"root"};
    for (const std::string& text : arguments.users) {
        const Result<User> user = read_user(text);
        if (!user) {
            note(user.error(), "--user");
        } else if (std::ranges::find(users, user->name, &User::name) != users.end()) {
            note(bad_input("--user", "--user", "\"" + user->name + "\" is given twice",
                           "give each user once"),
                 "--user");
        } else {
            users.push_back(*user);
        }
    }
    prepared.made_passwords = arguments.password_file.empty();
    if (prepared.made_passwords) {
        for (User& user : users) user.password = random_password();
    } else if (const auto read = read_passwords(arguments.password_file, users); !read) {
        note(read.error(), arguments.password_file);
    }
    if (!arguments.faults.empty()) {
        const Result<std::string> text = read_file(arguments.faults);
        auto faults = text ? read_faults(*text, arguments.faults, scenario)
                           : Result<std::vector<Fault>>(tl::unexpected(text.error()));
        if (faults) prepared.pool.faults = std::move(*faults);
        if (!faults) note(faults.error(), arguments.faults);
    }
    const std::string& address = arguments.server.address;
    if (address == "0.0.0.0" || address == "::") {
        error.items.push_back({"--address",
                               "members need an address that clients reach, not " + address,
                               "write one address of this machine"});
    }
    if (!error.items.empty()) return tl::unexpected(std::move(error));
    if (arguments.server.speed.jumps) {
        prepared.pool.service.tasks = {limits::completed_task, limits::pending_task, true};
        prepared.pool.service.sessions.idle_max = Duration::max();
    }
    prepared.pool.service.database.seed = arguments.seed;
    prepared.pool.seed = arguments.seed;
    prepared.pool.hosts.seed = arguments.seed;
    prepared.pool.hosts.reboot_plainly = arguments.plain_reboots;
    return prepared;
}

/// Says where the pool is; at once, for whoever started us wants to begin.
void announce(const PoolserverArguments& arguments, const Prepared& prepared,
              const Scenario& scenario, const Server& server, std::size_t coordinator) {
    const std::vector<std::string> addresses = server.addresses();
    const std::string scheme = arguments.no_tls ? "http://" : "https://";
    const auto url_of = [&](std::size_t host) {
        std::string url = scheme + addresses[host];
        if (arguments.server.address_per_host) url += ":" + std::to_string(server.ports()[host]);
        return url;
    };
    const std::vector<User>& users = prepared.pool.service.users;
    const bool alone = is_loopback(arguments.server.address);
    if (arguments.input.json) {
        nlohmann::ordered_json hosts = nlohmann::ordered_json::array();
        for (std::size_t host = 0; host < addresses.size(); ++host) {
            const Id<Host> id{static_cast<std::uint32_t>(host)};
            hosts.push_back({{"name", scenario.pool.hosts[id].name}, {"url", url_of(host)}});
        }
        nlohmann::ordered_json told{{"url", url_of(coordinator)}, {"user", users[0].name}};
        if (prepared.made_passwords) told["password"] = users[0].password;
        for (const User& user : users) {
            nlohmann::ordered_json entry{{"name", user.name}, {"role", role_name(user.role)}};
            if (prepared.made_passwords) entry["password"] = user.password;
            told["users"].push_back(std::move(entry));
        }
        told["loopback_only"] = alone;
        if (!arguments.no_tls) told["fingerprint"] = server.fingerprint();
        told["hosts"] = std::move(hosts);
        const auto replace = nlohmann::ordered_json::error_handler_t::replace;
        std::printf("%s\n", told.dump(-1, ' ', false, replace).c_str());
    } else {
        std::printf("pool %s at %s\n", scenario.pool.name.c_str(), url_of(coordinator).c_str());
        if (addresses.size() > 1) {
            const std::size_t other = coordinator == 0 ? 1 : 0;
            std::printf("members      %s and %zu more\n", url_of(other).c_str(),
                        addresses.size() - 2);
        }
        std::printf("open to      %s\n", alone ? "this machine only (loopback)" : "others");
        for (const User& user : users) {
            std::printf("user         %s, %s\n", user.name.c_str(),
                        std::string(role_name(user.role)).c_str());
            if (!prepared.made_passwords) continue;
            std::printf("password     %s\n", user.password.c_str());
        }
        if (!arguments.no_tls) {
            std::printf("fingerprint  SHA256 %s\n", server.fingerprint().c_str());
        }
        std::printf("speed        %s\nstop         Ctrl-C, or kill %s\n", arguments.speed.c_str(),
                    "with SIGINT or SIGTERM");
    }
    std::fflush(stdout);
}

Outcome serve(PoolserverArguments& arguments) {
    const bool json = arguments.input.json;
    const Result<Scenario> scenario = load(arguments.input);
    if (!scenario) return outcome_of(scenario.error(), json, std::string(not_done));
    const Result<Prepared> prepared = prepare(arguments, *scenario);
    if (!prepared) return outcome_of(prepared.error(), json, std::string(not_done));
    ServerOptions& options = arguments.server;
    options.tls = !arguments.no_tls;
    options.stop_on_signal = true;
    options.address_per_host = options.address.starts_with("127.");

    SimulatedPool pool(*scenario, prepared->pool);
    auto server = Server::open(pool, scenario->pool.hosts.size(), options);
    if (!server) return outcome_of(server.error(), json, std::string(not_done));
    const std::uint16_t port = options.address_per_host ? (*server)->ports()[0] : std::uint16_t{0};
    pool.service().set_addresses((*server)->addresses(), port, options.tls);
    pool.faults().set_teller(
        [](const std::string& line) { std::fprintf(stderr, "fault: %s\n", line.c_str()); });
    if (!is_loopback(options.address)) {
        std::fprintf(stderr,
                     "Others can reach this pool at %s; the password is all that keeps "
                     "them out.\n",
                     options.address.c_str());
    }
    announce(arguments, *prepared, *scenario, **server, pool.service().coordinator());
    const Result<void> ran = (*server)->run();
    if (!ran) return outcome_of(ran.error(), json, "the pool was served until then");
    Outcome outcome;
    outcome.words = "stopped\n";
    return outcome;
}

void add_server_options(CLI::App& verb, PoolserverArguments& arguments) {
    verb.add_option("--port", arguments.server.port,
                    "port of every host, or of the first where hosts have no addresses of their "
                    "own; 0: any")
        ->type_name("N")
        ->check(CLI::Range(0, 65'535))
        ->capture_default_str();
    verb.add_option("--address", arguments.server.address,
                    "of the first host; on loopback each has its own: 127.0.0.1, 127.0.0.2 ... "
                    "Elsewhere they have ports one after the other")
        ->type_name("IP")
        ->capture_default_str();
    verb.add_option(
            "--speed", arguments.speed,
            "seconds of the pool per second, or max: time jumps to what comes next, and tasks "
            "are kept for a minute of ours")
        ->type_name("N")
        ->capture_default_str();
    verb.add_flag("--no-tls", arguments.no_tls, "plain HTTP only");
    verb.add_option("--user", arguments.users,
                    "who may log in, root unless given; may be repeated. ROLE is pool-admin "
                    "unless given, or pool-operator or read-only")
        ->type_name("NAME[:ROLE]")
        ->allow_extra_args(false);
    verb.add_option("--password-file", arguments.password_file,
                    "file with the password, a line for each user; without it they are made and "
                    "printed")
        ->type_name("FILE");
}

}  // namespace

Verb declare_poolserver(CLI::App& program) {
    CLI::App* verb = program.add_subcommand(
        "poolserver",
        "Serves the scenario's pool behind XAPI, by XML-RPC and JSON-RPC, until it is stopped: "
        "its VMs migrate, its hosts reboot and are upgraded, in simulated time. A host that "
        "reboots disabled and empty comes back upgraded.");
    verb->footer(
        "Exit status: 0 stopped by SIGINT or SIGTERM, 2 the scenario, a fault, a file or an option "
        "is wrong, 3 the address or the port cannot be used.");
    const auto arguments = std::make_shared<PoolserverArguments>();
    add_input_options(*verb, arguments->input);
    add_server_options(*verb, *arguments);
    verb->add_option("--faults", arguments->faults,
                     "JSON file of what goes wrong; see tools/README.md")
        ->type_name("FILE");
    verb->add_option("--seed", arguments->seed, "seed of references and of what chance decides")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    verb->add_flag("--plain-reboots", arguments->plain_reboots,
                   "a reboot upgrades a host only after its plugin prepare_host_upgrade.py was "
                   "called");
    return [arguments] { return serve(*arguments); };
}

}  // namespace vacate
