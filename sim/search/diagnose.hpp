// Where a search got stuck, told with names and amounts.
#pragma once

#include <optional>
#include <vector>

#include "model/result.hpp"
#include "model/rule.hpp"
#include "sim/search/draft.hpp"

namespace vacate {

/// The VM that the search got stuck on, with what each host has against it.
[[nodiscard]] Finding describe_stuck(const Pool& pool, const PoolState& state, const Stuck& stuck);

/// What keeps a host from taking a VM in `state`, in one sentence; empty when nothing does.
[[nodiscard]] std::string why_not(const Pool& pool, const PoolState& state, Id<Vm> vm, Id<Host> to);

/// The rules that keep the VM from the other hosts in `state`, each once, in order.
[[nodiscard]] std::vector<Rule> rules_against(const Pool& pool, const PoolState& state,
                                              const Stuck& stuck);

}  // namespace vacate
