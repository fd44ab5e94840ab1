// What to tell the operator when something does not go as planned, and what to do then.
#pragma once

#include <cstdint>
#include <string>

#include "model/order.hpp"
#include "model/result.hpp"
#include "model/units.hpp"

namespace vacate::live {

/// Findings by what happened; the remedy is what a person does next.
[[nodiscard]] Finding coordinator_failed(const std::string& host, const std::string& what,
                                         const std::string& backup);
[[nodiscard]] Finding member_failed(const std::string& host, const std::string& what);
[[nodiscard]] Finding host_is_away(const std::string& host);
[[nodiscard]] Finding host_late(const std::string& host, Duration waited);
[[nodiscard]] Finding still_handed_over(const std::string& host);
[[nodiscard]] Finding host_has_guests(const std::string& host, std::int64_t guests);
[[nodiscard]] Finding left_out(const std::string& host, const std::string& why,
                               const std::string& remedy);
[[nodiscard]] Finding set_vm_aside(const Order& order, const std::string& why);
[[nodiscard]] Finding not_squeezed(const Order& order, const std::string& why);
[[nodiscard]] Finding owed_still(const Order& order, const std::string& why);
[[nodiscard]] Finding vm_is_down(const std::string& vm, const std::string& host);
[[nodiscard]] Finding vm_on_lost_host(const std::string& vm, const std::string& host);
[[nodiscard]] Finding window_missed(Duration late);
[[nodiscard]] Finding mixed_too_long(Duration mixed);
[[nodiscard]] Finding pool_is_away(Duration waited, const std::string& sentence);

}  // namespace vacate::live
