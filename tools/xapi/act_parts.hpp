// The acts by what they are about, and what they share.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "tools/xapi/acts.hpp"

namespace vacate::xapi {

[[nodiscard]] ActOutcome done(std::string memo = {}, std::string sentence = {});
[[nodiscard]] ActOutcome refusal(Answered::Advice advice, std::string code, std::string sentence);
[[nodiscard]] ActOutcome failure(const ActContext& context, const CallProblem& problem);
/// The subject of an order is not there.
[[nodiscard]] ActOutcome missing(std::string_view kind, const std::string& name);

/// The value of `key`, or an empty text.
[[nodiscard]] std::string entry(const Texts& map, std::string_view key);

/// Calls an acting method and waits for its end; done, or why not.
[[nodiscard]] ActOutcome act(ActContext& context, std::string_view method, Array parameters,
                             std::string memo = {});
/// Calls the Async form of a method; begun with its task, which is marked, or why not.
[[nodiscard]] ActOutcome begin(ActContext& context, const Commanded& command,
                               std::string_view method, Array parameters);

// Of the pool.
[[nodiscard]] ActOutcome lock_pool(ActContext& context);
[[nodiscard]] ActOutcome unlock_pool(ActContext& context);
[[nodiscard]] ActOutcome back_up_database(ActContext& context);
[[nodiscard]] ActOutcome disable_ha(ActContext& context, const Commanded& command);
[[nodiscard]] ActOutcome enable_ha(ActContext& context, const std::string& memo);
[[nodiscard]] ActOutcome switch_wlb(ActContext& context, bool on);
[[nodiscard]] ActOutcome switch_auto_power_on(ActContext& context, bool on);

// Of VMs.
/// The network by which migrations come to a host.
[[nodiscard]] CallResult arrival_network(ActContext& context, const std::string& host);
/// Where the disks of a VM go: those that are local to `storage`, the others nowhere else.
[[nodiscard]] CallResult disk_map(ActContext& context, const std::string& vm,
                                  const std::string& storage);
[[nodiscard]] ActOutcome set_memory_range(ActContext& context, const Order& order);
[[nodiscard]] ActOutcome eject_cds(ActContext& context, const Order& order);
[[nodiscard]] ActOutcome insert_cds(ActContext& context, const Order& order);
[[nodiscard]] ActOutcome act_on_vm(ActContext& context, const Commanded& command);

// Of hosts.
[[nodiscard]] ActOutcome switch_host(ActContext& context, const Order& order);
[[nodiscard]] ActOutcome restart_host(ActContext& context, const Commanded& command);

}  // namespace vacate::xapi
