// What a pool that is really there is asked to do, by name: names outlive a change of the pool.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/step.hpp"

namespace vacate {

/// One kind of order. All but the first two are steps; see order_of().
enum class Act {
    lock_pool,    // only one run per pool
    unlock_pool,  // undoes it
    back_up_database,
    disable_ha,
    enable_ha,
    disable_wlb,
    enable_wlb,
    disable_auto_power_on,
    enable_auto_power_on,
    eject_cd,
    insert_cd,
    squeeze_memory,
    restore_memory,  // undoes it
    disable_host,
    enable_host,
    migrate,
    migrate_storage,
    suspend,
    resume,
    stop,
    start,
    restart_host,  // begins the upgrade or the reboot; a look shows when it is over
};
inline constexpr std::array<std::string_view, 22> act_names{"lock_pool",
                                                            "unlock_pool",
                                                            "back_up_database",
                                                            "disable_ha",
                                                            "enable_ha",
                                                            "disable_wlb",
                                                            "enable_wlb",
                                                            "disable_auto_power_on",
                                                            "enable_auto_power_on",
                                                            "eject_cd",
                                                            "insert_cd",
                                                            "squeeze_memory",
                                                            "restore_memory",
                                                            "disable_host",
                                                            "enable_host",
                                                            "migrate",
                                                            "migrate_storage",
                                                            "suspend",
                                                            "resume",
                                                            "stop",
                                                            "start",
                                                            "restart_host"};

/// One order. Empty texts where the act has no such subject.
struct Order {
    Act act = Act::lock_pool;
    std::string vm;
    std::string host;     // the one worked on; of a migration the source
    std::string to;       // of a migration
    std::string storage;  // of a storage motion: where local disks go
    // What the answer to the order that this one undoes said; of a restart: when the host had
    // started before, see live::HostLook::started.
    std::string memo;
    std::string range;  // of squeeze_memory: the dynamic range that is wanted, "MIN MAX" in bytes
    friend bool operator==(const Order&, const Order&) = default;
};

/// The order that carries out a step.
[[nodiscard]] Order order_of(const Pool& pool, const Step& step);

/// The step that an order carries out; nothing where it is none, or names what is not in `pool`.
[[nodiscard]] std::optional<Step> step_of(const Pool& pool, const Order& order);

/// The dynamic range of a VM as orders and memos hold it.
struct MemoryRange {
    Bytes least;
    Bytes most;
    friend bool operator==(const MemoryRange&, const MemoryRange&) = default;
};
[[nodiscard]] std::string print_range(const MemoryRange& range);
/// Nothing where it is none.
[[nodiscard]] std::optional<MemoryRange> read_range(std::string_view text);

/// The act that undoes it; nothing where there is nothing to undo.
[[nodiscard]] std::optional<Act> undo_of(Act act);

/// One line for people: "migrate db-1 from srv-3 to srv-1".
[[nodiscard]] std::string describe(const Order& order);

}  // namespace vacate
