// What happens to VMs outside any call: operators on a host's console, hosts that die.
#pragma once

#include <string>

#include "tools/poolserver/vm_parts.hpp"

namespace vacate::poolserver {

/// Facts: nobody is asked, no memory is looked at. Calls under way on the VM fail first.
class Interventions {
  public:
    explicit Interventions(VmParts& parts) : parts_(&parts) {}
    Interventions(const Interventions&) = delete;
    Interventions& operator=(const Interventions&) = delete;

    // One VM. Requires: it is a VM of the pool, no control domain.
    /// It runs on `host` from now on, wherever it was, with its devices.
    void move_vm(const std::string& vm, const std::string& host);
    void start_vm(const std::string& vm, const std::string& host) { move_vm(vm, host); }
    void stop_vm(const std::string& vm);
    void pause_vm(const std::string& vm);

    /// The host does nothing any more: what its VMs, or VMs coming there, were about fails.
    void stop_work_on(const std::string& host);
    /// Its VMs are gone: what the coordinator believes once it gave the host up.
    void halt_residents_of(const std::string& host);
    /// The coordinator's toolstack restarts: who waits for its lock is forgotten, and so are its
    /// evacuations. Migrations under way go on.
    void restart_coordinator();

  private:
    void end_calls(const std::string& vm, const Failure& why);
    [[nodiscard]] std::vector<std::string> guests_of(const std::string& host) const;

    VmParts* parts_;
};

}  // namespace vacate::poolserver
