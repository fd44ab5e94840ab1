// A pool whose hosts and VMs come and go: tables kept in name order, ids made right.
#pragma once

#include <string>
#include <vector>

#include "model/codec/scenario.hpp"

namespace vacate {

/// Collects what is added to a scenario and taken from it, then puts its tables in order.
class Edit {
  public:
    explicit Edit(Scenario& scenario);

    /// A copy of a host, behind the others until settle(); enabled and empty.
    Id<Host> add_host(Id<Host> like, const std::string& name);
    /// A copy of a VM that runs nowhere, in no group.
    Id<Vm> add_vm(Id<Vm> like, const std::string& name);
    /// Requires: no VM runs there, and it is not the coordinator.
    void remove_host(Id<Host> host);

    /// Tables in name order again, every id with its thing. Ids from before are void.
    void settle();

  private:
    Scenario& scenario_;
    std::vector<bool> removed_;  // by host
};

/// Ids by name; none where there is none. Costs: logarithmic.
[[nodiscard]] Id<Host> host_called(const Pool& pool, const std::string& name);
[[nodiscard]] Id<Vm> vm_called(const Pool& pool, const std::string& name);

/// The VM runs nowhere any more.
void halt(Scenario& scenario, Id<Vm> vm);
/// The VM runs on `host`. Requires: it ran before.
void put_on(Scenario& scenario, Id<Vm> vm, Id<Host> host);

}  // namespace vacate
