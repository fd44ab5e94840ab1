// The whole simulated pool: records, behaviour, machines, and what goes wrong with them.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/poolserver/behaviour.hpp"
#include "tools/poolserver/faults.hpp"
#include "tools/poolserver/hosts.hpp"

namespace vacate::poolserver {

class SimulatedPool : public Service {
  public:
    struct Options {
        PoolService::Options service;
        Placement::Options placement;
        Hosts::Options hosts;
        std::vector<Fault> faults;
        std::uint64_t seed = 1;  // of faults by chance
    };
    SimulatedPool(const Scenario& scenario, const Options& options);

    [[nodiscard]] bool listens(std::size_t host) const override { return service_.listens(host); }
    void call(Call call, Reply reply) override;
    void get(const Download& download, PageReply reply) override {
        service_.get(download, std::move(reply));
    }
    void advance(Instant now) override { service_.advance(now); }
    void note_wall(Instant wall) override { service_.note_wall(wall); }
    [[nodiscard]] std::optional<Instant> next_at() const override { return service_.next_at(); }

    [[nodiscard]] PoolService& service() { return service_; }
    [[nodiscard]] Behaviour& behaviour() { return behaviour_; }
    [[nodiscard]] Hosts& hosts() { return hosts_; }
    [[nodiscard]] const Hosts& hosts() const { return hosts_; }
    [[nodiscard]] Faults& faults() { return faults_; }

  private:
    Scenario scenario_;  // as it begins: the parts refer to it
    PoolService service_;
    Behaviour behaviour_;
    Hosts hosts_;
    Faults faults_;
};

}  // namespace vacate::poolserver
