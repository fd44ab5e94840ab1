// Where a VM may run: xapi's checks in xapi's order, and its plan for emptying a host.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "model/version.hpp"
#include "tools/poolserver/operations.hpp"
#include "tools/poolserver/packing.hpp"
#include "tools/poolserver/vm_states.hpp"

namespace vacate::poolserver {

/// What an evacuation would do, or what stands in its way.
struct EvacuationPlan {
    std::map<std::string, std::string> targets;  // by VM
    std::map<std::string, Failure> errors;       // by VM
    friend bool operator==(const EvacuationPlan&, const EvacuationPlan&) = default;
};

class Placement {
  public:
    struct Options {
        // In mixed mode to hosts only that are not older than the coordinator; xapi's change
        // of September 2026.
        bool evacuates_to_upgraded_only = false;
    };
    Placement(const PoolService& service, const Operations& operations, const VmStates& states,
              const Scenario& scenario, const Options& options);

    // Versions, as the hosts' records say.
    [[nodiscard]] Version version_of(const std::string& host) const;
    /// The scenario's rule if it asks for another than its coordinator will have, else that of
    /// the coordinator's present xapi.
    [[nodiscard]] VersionRule rule() const;
    [[nodiscard]] bool may_move(const std::string& from, const std::string& to) const;
    /// True when no host of the pool is newer.
    [[nodiscard]] bool is_highest(const std::string& host) const;

    /// What of the checks to make; the rest is always made.
    struct Checks {
        bool cpu = true;
        bool storage = true;
        bool memory = true;
    };
    /// Why xapi would not have the VM on the host, by the first cause in its order.
    ///
    /// Source: xapi, ocaml/xapi/xapi_vm_helpers.ml:682-726.
    [[nodiscard]] std::optional<Failure> refuses(const std::string& vm, const std::string& host,
                                                 const Checks& checks) const;
    /// The vendor and features that the VM booted with, against those of the host.
    [[nodiscard]] std::optional<Failure> lacks_cpu(const std::string& vm,
                                                   const std::string& host) const;
    /// True when the host has that storage attached.
    [[nodiscard]] bool sees(const std::string& host, const std::string& storage) const;

    /// Hosts that would take the VM now, in the order of the pool.
    [[nodiscard]] std::vector<std::string> possible_hosts(const std::string& vm) const;
    /// The host for a VM that starts or resumes: its affinity if that is possible, else the one
    /// with most free memory. In mixed mode only hosts of the highest version are asked.
    ///
    /// Fails: NO_HOSTS_AVAILABLE.
    [[nodiscard]] tl::expected<std::string, Failure> choose_host(const std::string& vm) const;

    /// Why the VM is not agile: it could not be restarted on every host.
    ///
    /// Source: xapi, ocaml/xapi/agility.ml.
    [[nodiscard]] std::optional<Failure> lacks_agility(const std::string& vm) const;

    /// What pack_apart() makes of the host's VMs, by reference, and of the hosts that may take
    /// them, in the pool's order. Groups count in pools of three hosts and more.
    ///
    /// Source: xapi, ocaml/xapi/xapi_host.ml:285-424.
    [[nodiscard]] EvacuationPlan plan_evacuation(const std::string& host) const;

  private:
    [[nodiscard]] std::map<std::string, Bytes> free_memory() const;
    [[nodiscard]] std::vector<std::string> targets_of(const std::string& host) const;
    [[nodiscard]] std::optional<Failure> lacks_sense(const std::string& vm) const;
    [[nodiscard]] std::optional<Failure> lacks_host(const std::string& vm,
                                                    const std::string& host) const;
    [[nodiscard]] std::optional<Failure> lacks_storage(const std::string& vm,
                                                       const std::string& host) const;
    [[nodiscard]] std::optional<Failure> lacks_network(const std::string& vm,
                                                       const std::string& host) const;
    [[nodiscard]] std::optional<Failure> lacks_device(const std::string& vm,
                                                      const std::string& host) const;
    [[nodiscard]] std::optional<Failure> lacks_memory(const std::string& vm, Bytes free) const;
    /// refuses(), where the host's free memory is known.
    [[nodiscard]] std::optional<Failure> refuses_with(const std::string& vm,
                                                      const std::string& host, const Checks& checks,
                                                      std::optional<Bytes> free) const;
    [[nodiscard]] std::optional<Failure> lacks_processors(const std::string& vm,
                                                          const std::string& host) const;
    [[nodiscard]] std::optional<Failure> evacuation_error(
        const std::string& vm, const std::vector<std::string>& targets) const;
    [[nodiscard]] std::string note_group(const std::string& vm, Neighbours& neighbours) const;
    void place(const std::vector<std::string>& vms, const std::vector<std::string>& targets,
               EvacuationPlan& plan) const;

    const PoolService* service_;
    const Database* database_;
    const Operations* operations_;
    const VmStates* states_;
    Options options_;
    std::optional<VersionRule> pinned_rule_;
};

}  // namespace vacate::poolserver
