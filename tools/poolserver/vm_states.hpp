// What the records of a VM say when its power state changes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/poolserver/operations.hpp"

namespace vacate::poolserver {

/// Moves a VM from one power state to another, with everything that xapi changes beside: where
/// it resides, its devices, its metrics, what may be done to it. Asks nothing; callers did.
class VmStates {
  public:
    /// `scenario` says which guests have an agent, should they be started.
    VmStates(PoolService& service, Operations& operations, const Scenario& scenario);
    VmStates(const VmStates&) = delete;
    VmStates& operator=(const VmStates&) = delete;

    /// Runs on `host`, booted now or resumed. Its agent answers again.
    void run(const std::string& vm, const std::string& host, bool booted);
    /// The same VM, live, on another host.
    void move(const std::string& vm, const std::string& host);
    void pause(const std::string& vm);
    void unpause(const std::string& vm);
    void reboot(const std::string& vm);
    /// Is gone from its host; its suspend image too, if it had one.
    void halt(const std::string& vm);
    /// Is gone from its host, its memory in that image.
    void suspend(const std::string& vm, const std::string& image);

    /// Memory is reserved for it there; a null reference gives it back.
    void reserve(const std::string& vm, const std::string& host);

    /// The running guest uses that much.
    void set_memory_actual(const std::string& vm, std::int64_t bytes);
    /// Where a VM with devices of one host has them: where it was seen first; empty when none.
    [[nodiscard]] std::string home_of_devices(const std::string& vm) const;

  private:
    void attach(const std::string& vm, bool attached);
    void leave(const std::string& vm, std::string_view power_state);
    void remember_guest(const std::string& vm);
    void greet_guest(const std::string& vm);
    void note_boot(const std::string& vm);

    PoolService* service_;
    Operations* operations_;
    using Agent = std::vector<std::pair<std::string, Value>>;
    std::map<std::string, Agent> agents_;       // by VM; none where the guest is silent
    std::map<std::string, std::string> homes_;  // by VM
    std::int64_t last_domain_ = 0;
};

}  // namespace vacate::poolserver
