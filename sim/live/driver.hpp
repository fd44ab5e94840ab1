// The port to a pool that is really there: looks at it, gives it orders, hears how they went.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/journal.hpp"
#include "model/order.hpp"

namespace vacate::live {

/// What a look shows of a host beside its place in the scenario.
struct HostLook {
    bool live = true;     // the pool hears from it
    bool enabled = true;  // takes VMs
    // All its storage is, its migration network has an address, and it tells its free memory.
    bool attached = true;
    bool busy = false;  // some operation runs on it, whoever began it
    // When it was booted, as the pool tells it, in ms: only compared with an earlier look. It
    // grows with each restart.
    std::int64_t started = 0;
    // VMs that are on it or come to it, in whatever state, control domains apart: none may be
    // there when it goes down.
    std::int64_t guests = 0;
    friend bool operator==(const HostLook&, const HostLook&) = default;
};

/// The same of a VM.
struct VmLook {
    bool busy = false;  // some operation runs on it, whoever began it
    // What insert_cd will need to put back what its drives hold now: a memo. It goes into the
    // journal before the CDs are ejected, should the answer never come.
    std::string discs;
    std::string range;  // "MIN MAX" in bytes: the same for restore_memory
    friend bool operator==(const VmLook&, const VmLook&) = default;
};

/// The pool at one moment, all of it read after the look was asked for.
struct Snapshot {
    Scenario scenario;            // versions, memory, places, switches; targets as asked for
    Table<Host, HostLook> hosts;  // ids of scenario.pool
    Table<Vm, VmLook> vms;
    bool busy = false;  // an operation on the pool itself goes on: HA is being switched
    std::string lock;   // the run that holds the pool's lock; empty: none
    std::string ha;     // what enable_ha will need to put HA back as it is: a memo, as discs is
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// A look that failed: nothing answers, or no whole answer could be had.
struct Unreachable {
    std::string sentence;
    friend bool operator==(const Unreachable&, const Unreachable&) = default;
};

/// How far a command that has begun is.
struct Progress {
    std::uint64_t key = 0;
    std::int64_t permille = 0;
    friend bool operator==(const Progress&, const Progress&) = default;
};

using Observation = std::variant<Answered, Snapshot, Unreachable, Progress, Told>;

/// Whoever drives a pool: XAPI, libvirt, the simulated one.
///
/// Names in orders are those of the snapshots; they stay the same for the same object during a
/// run, and no name is used for another object later.
class Driver {
  public:
    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// Sends a command; its answers come from poll(): none, or one; for what goes on `begun`
    /// and later another one. A command with a key that was submitted before is not sent again.
    /// Answers to commands that an earlier driver of the run submitted may come as well.
    virtual void submit(const Commanded& command) = 0;

    /// Asks for a look; poll() gives one Snapshot or Unreachable for it. A second one is not
    /// asked for while one is under way.
    virtual void look() = 0;

    /// What has come in since the last time. Never waits.
    virtual std::vector<Observation> poll(Instant now) = 0;
};

/// Where records are kept.
class Ledger {
  public:
    Ledger() = default;
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    virtual ~Ledger() = default;

    /// Writes the records and waits until they would survive a loss of power.
    /// Fails: nothing may be relied on then; the next records must not be written.
    [[nodiscard]] virtual Result<void> append(const std::vector<Record>& records) = 0;
};

}  // namespace vacate::live
