// A world as text, for the message of a test that failed.
#pragma once

#include <string>
#include <vector>

#include "model/event.hpp"
#include "tests/support/world.hpp"

namespace vacate {

/// Hosts with their VMs, nearly in the notation of draw(), then groups, policy and switches.
[[nodiscard]] std::string picture(const World& world);

/// "began migrate vm0 from h0 to h1".
[[nodiscard]] std::string picture(const Pool& pool, const Event& event);

/// One numbered line a step, with what it comes after.
[[nodiscard]] std::string picture(const Pool& pool, const Table<Step>& steps,
                                  const Table<Step, std::vector<Id<Step>>>& after);

}  // namespace vacate
