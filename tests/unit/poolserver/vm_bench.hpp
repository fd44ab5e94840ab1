// A pool with behaviour, a client, and a clock that a test moves.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/poolserver/client.hpp"
#include "tools/poolserver/behaviour.hpp"
#include "tools/poolserver/reads.hpp"

namespace vacate::poolserver {

/// The scenario of a text of a test.
[[nodiscard]] Scenario scenario_in(const std::string& text);

/// Three hosts of one version and equal links; guests of several kinds.
///
/// a: db 4 GiB, web 2 GiB, lone 1 GiB (disk on a's own storage), mute 1 GiB (no drivers).
/// b: app 8 GiB. c: nothing. Halted: off 2 GiB. 16 GiB for VMs on a and b, 12 on c.
[[nodiscard]] std::string three_hosts();

struct VmBench {
    explicit VmBench(const Scenario& pool, const Placement::Options& options = Placement::Options{})
        : scenario(pool),
          service(scenario, {}),
          behaviour(service, scenario, options),
          client(service) {
        client.log_in();
    }

    [[nodiscard]] std::string vm(const std::string& name) const {
        return service.database().find_by_name("VM", name).at(0);
    }
    [[nodiscard]] std::string host(const std::string& name) const {
        return service.database().find_by_name("host", name).at(0);
    }
    [[nodiscard]] std::string storage(const std::string& name) const {
        return service.database().find_by_name("SR", name).at(0);
    }
    [[nodiscard]] std::string field(const std::string& ref, std::string_view name) const {
        return service.database().text_of(ref, name);
    }
    [[nodiscard]] std::string where(const std::string& name) const {
        const std::string host_ref = field(vm(name), "resident_on");
        return host_ref == null_ref ? "" : field(host_ref, "name_label");
    }
    [[nodiscard]] std::string power(const std::string& name) const {
        return field(vm(name), "power_state");
    }
    [[nodiscard]] std::int64_t free(const std::string& name) const {
        return host_free_memory(service.database(), host(name)).count;
    }
    [[nodiscard]] std::vector<std::string> allowed(const std::string& name) const {
        return service.database().set_of(vm(name), "allowed_operations");
    }

    /// VM.pool_migrate, live.
    std::shared_ptr<Outcome> migrate(const std::string& name, const std::string& to,
                                     Struct options = {}) {
        return client.begin_here("VM.pool_migrate",
                                 {text(vm(name)), text(host(to)), {std::move(options)}});
    }
    /// Lets everything happen until nothing is to come but what expires.
    void run(Duration time = std::chrono::hours(2)) {
        service.advance(service.agenda().now() + time);
    }
    /// Runs until the call is answered. Returns: when that was.
    Instant await(const std::shared_ptr<Outcome>& outcome) {
        while (!outcome->replied) {
            REQUIRE(service.next_at());
            service.advance(*service.next_at());
        }
        return service.agenda().now();
    }
    std::vector<std::string> error_of(const std::shared_ptr<Outcome>& outcome) {
        await(outcome);
        REQUIRE(outcome->answer);
        REQUIRE_FALSE(outcome->answer->has_value());
        return outcome->answer->error().description;
    }
    void succeed(const std::shared_ptr<Outcome>& outcome) {
        await(outcome);
        REQUIRE(outcome->answer);
        if (!outcome->answer->has_value()) {
            UNSCOPED_INFO(outcome->answer->error().description[0]);
        }
        REQUIRE(outcome->answer->has_value());
    }

    Scenario scenario;
    PoolService service;
    Behaviour behaviour;
    Client client;
};

}  // namespace vacate::poolserver
