// A captured pool as a snapshot: what the executor compares with what it believes.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/live/driver.hpp"
#include "tools/xapi/capture.hpp"

namespace vacate::xapi {

/// The entry of the pool's other_config that says which run holds the pool.
inline constexpr std::string_view lock_key = "vacate_run";

/// Who holds the pool.
struct LockEntry {
    std::string run;
    std::string owner;  // user and machine
    std::string since;  // UTC
    friend bool operator==(const LockEntry&, const LockEntry&) = default;
};
[[nodiscard]] std::string print_lock(const LockEntry& entry);
/// What is no such entry counts as a run of that name.
[[nodiscard]] LockEntry read_lock(const std::string& text);

/// Who holds the pool, and what to do when that run is no more.
[[nodiscard]] std::string lock_sentence(const LockEntry& holder);

/// The pool's own object: reference and record; nothing where there is none.
[[nodiscard]] const std::pair<const std::string, Struct>* pool_of(const Records& records);

/// The uuid of the pool; empty where it tells none.
[[nodiscard]] std::string pool_uuid_in(const Records& records);

/// Nothing wrong where `records` are of the pool of that uuid, or no uuid is known.
[[nodiscard]] Result<void> is_same_pool(const Records& records, const std::string& uuid,
                                        const std::string& source);

/// As read_scenario(), but what `overrides` set of things that are gone is passed over: a run goes
/// on when a VM is deleted, or a host forgotten, that somebody said something of before.
[[nodiscard]] Result<Scenario> read_what_is_there(const std::string& text,
                                                  const std::string& source,
                                                  const Overrides& overrides);

/// The plugs between hosts and storage that are in use: what a host must have again after a
/// restart, since one that nobody used before is not waited for.
[[nodiscard]] std::set<std::string, std::less<>> attached_pbds(const Records& records);

/// When a host was booted, in ms: what live::HostLook::started is. The start of its agent says
/// nothing: an upgrade by packages restarts that long before the host itself. Only of a host that
/// does not tell its boot it is taken.
[[nodiscard]] std::int64_t started_of(const Struct& host);

/// A drive and what is in it, by uuid.
struct Disc {
    std::string vbd;
    std::string vdi;
};
/// The memo of disable_ha and enable_ha: where its state files lie, its configuration, how many
/// losses it tolerates. Empty where HA is off.
[[nodiscard]] std::string ha_memo(const Records& records, const Struct& pool);

/// The memo of eject_cd and insert_cd.
[[nodiscard]] std::string disc_memo(const std::vector<Disc>& discs);

/// Requires: `scenario` was read from `captured`.
[[nodiscard]] live::Snapshot snapshot_of(const Captured& captured, Scenario scenario,
                                         const std::set<std::string, std::less<>>& wanted_pbds);

/// The interface of a host that migrations use: that on the network which the pool's
/// other_config names (xo:migrationNetwork), else the management interface; nullptr: none.
[[nodiscard]] const Struct* migration_pif(const Records& records, std::string_view host);

/// The network that the pool's other_config names for migrations; empty: the management one.
[[nodiscard]] std::string migration_network(const Records& records);

}  // namespace vacate::xapi
