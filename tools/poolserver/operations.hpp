// What may be done to a VM or a host now, and what is under way on it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tools/poolserver/dispatch.hpp"

namespace vacate::poolserver {

/// True while the pool carries the mark of a rolling upgrade; it lags behind the versions.
[[nodiscard]] bool is_mixed(const PoolService& service);

/// Operations in xapi's sense: what current_operations and allowed_operations of VMs, their
/// drives and hosts hold.
class Operations {
  public:
    explicit Operations(PoolService& service) : service_(&service) {}
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    /// Why xapi refuses the operation on a VM now, by the first cause in its order. A forced
    /// migration is not `strict`: it does not ask what the guest can bear.
    ///
    /// Source: xapi, ocaml/xapi/xapi_vm_lifecycle.ml:436-735.
    [[nodiscard]] std::optional<Failure> refuses(const std::string& vm, std::string_view operation,
                                                 bool strict = true) const;
    /// The same for a host: what brings VMs excludes what removes it, and each removal another.
    ///
    /// Source: xapi, ocaml/xapi/xapi_host_helpers.ml:36-65.
    [[nodiscard]] std::optional<Failure> host_refuses(const std::string& host,
                                                      std::string_view operation) const;

    /// Brings allowed_operations of a VM and its drives, or of all, up to date.
    void update(const std::string& vm);
    void update_all();

    /// Ends the work early: its caller is answered with the failure.
    using Interrupt = std::function<void(const Failure&)>;
    /// Marks a VM; its task, if it has one, can be cancelled from now on.
    /// Returns: the operation's key, which is the task's reference if there is one.
    std::string begin(const std::string& vm, std::string_view operation, const std::string& task,
                      Interrupt interrupt);
    /// The task can no longer be cancelled; the work can still be interrupted.
    void make_final(const std::string& key);
    void end(const std::string& key);
    [[nodiscard]] bool is_under_way(std::string_view key) const { return running_.contains(key); }
    /// Ends an operation as if it had failed; nothing when it is over.
    void interrupt(const std::string& key, const Failure& failure);
    /// Ends those of a VM that are in `operations`, or all when there are none; as cancelled
    /// when no failure is given.
    void interrupt_all(const std::string& vm, std::span<const std::string_view> operations = {},
                       const std::optional<Failure>& failure = std::nullopt);

    /// Marks a host. In mixed mode only evacuate and provision are written down.
    void begin_on_host(const std::string& host, std::string_view operation, const std::string& key);
    void end_on_host(const std::string& host, const std::string& key);
    /// A key for work without a task.
    std::string key_of(const std::string& task);

  private:
    struct Running {
        std::string vm;
        std::string operation;
        std::string task;
        Interrupt interrupt;
    };
    struct OnHost {
        std::string host;
        std::string operation;
    };
    void update_drive(const std::string& vbd, const std::string& power);

    PoolService* service_;
    std::map<std::string, Running, std::less<>> running_;  // by key
    std::map<std::string, OnHost, std::less<>> on_hosts_;  // by key
    std::uint64_t begun_ = 0;
};

}  // namespace vacate::poolserver
