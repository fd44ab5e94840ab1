// A whole simulated pool, a client at each host, and a clock that a test moves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/poolserver/client.hpp"
#include "tools/poolserver/simulated_pool.hpp"

namespace vacate::poolserver {

/// Three hosts a (coordinator), b and c, upgraded from 25.33 to 25.38 in 15 min each, after which
/// guests have 15 GiB instead of 16; VM db (4 GiB) on a, web (2 GiB) on b; storage san. Of an
/// upgrade that has begun, a is done.
enum class Upgrade { ahead, begun };
[[nodiscard]] Scenario upgrade_scenario(Upgrade upgrade = Upgrade::begun);

struct PoolBench {
    explicit PoolBench(const Scenario& scenario = upgrade_scenario(),
                       const SimulatedPool::Options& options = SimulatedPool::Options())
        : pool(scenario, options), service(pool.service()), client(pool) {
        client.log_in();
    }

    /// What the call says, with what it takes: time passes until it answers.
    Answer call(const std::string& method, Array parameters = {});
    /// The same of a call that must succeed.
    Value value(const std::string& method, Array parameters = {});
    std::vector<std::string> error(const std::string& method, Array parameters = {});
    /// Lets time pass.
    void pass(Duration time) { pool.advance(service.agenda().now() + time); }
    void pass_until(Duration since_start) { pool.advance(at(since_start)); }

    [[nodiscard]] std::string host(std::size_t index) const { return service.hosts()[index]; }
    [[nodiscard]] std::string vm(const std::string& name) const {
        return service.database().find_by_name("VM", name).at(0);
    }
    [[nodiscard]] bool live(std::size_t index) const { return pool.hosts().is_live(index); }
    [[nodiscard]] bool enabled(std::size_t index) const {
        return service.database().flag_of(host(index), "enabled");
    }
    [[nodiscard]] std::string other(std::size_t index, std::string_view key) const {
        return service.database().entry_of(host(index), "other_config", key);
    }
    [[nodiscard]] std::string version(std::size_t index) const {
        return service.database().entry_of(host(index), "software_version", "xapi");
    }
    [[nodiscard]] bool mixed() const { return is_mixed(service); }
    [[nodiscard]] std::string where(const std::string& name) const;
    /// What a login at that host is answered; empty when it succeeds.
    std::vector<std::string> login_at(std::size_t index);
    /// Disables a host and moves its VMs to another.
    void empty(std::size_t from, std::size_t to);

    SimulatedPool pool;
    PoolService& service;
    Client client;
};

}  // namespace vacate::poolserver
