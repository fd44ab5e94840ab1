// What acts have in common.
#pragma once

#include <string>

#include "model/order.hpp"

namespace vacate::live {

/// True for what moves a running VM to another host.
[[nodiscard]] constexpr bool is_migration(Act act) {
    return act == Act::migrate || act == Act::migrate_storage;
}

/// True for what brings a VM to a host.
[[nodiscard]] constexpr bool is_arrival(Act act) {
    return is_migration(act) || act == Act::start || act == Act::resume;
}

/// True for what sets the dynamic memory range of a VM.
[[nodiscard]] constexpr bool changes_range(Act act) {
    return act == Act::squeeze_memory || act == Act::restore_memory;
}

/// The range that it asks for, "MIN MAX" in bytes. Requires: changes_range(order.act).
[[nodiscard]] inline const std::string& wanted_range(const Order& order) {
    return order.act == Act::restore_memory ? order.memo : order.range;
}

[[nodiscard]] constexpr bool is_about_vm(Act act) {
    return is_arrival(act) || act == Act::suspend || act == Act::stop || act == Act::eject_cd ||
           act == Act::insert_cd || changes_range(act);
}

[[nodiscard]] constexpr bool is_about_host(Act act) {
    return act == Act::disable_host || act == Act::enable_host || act == Act::restart_host;
}

}  // namespace vacate::live
