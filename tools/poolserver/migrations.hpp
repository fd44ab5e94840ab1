// Live migrations in the pool's own time, timed by the kernel of the simulator.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec/scenario.hpp"
#include "sim/kernel/copies.hpp"
#include "tools/poolserver/agenda.hpp"
#include "tools/poolserver/database.hpp"

namespace vacate::poolserver {

/// One migration, by references.
struct MigrationOrder {
    std::string vm;
    std::string from;
    std::string to;
    bool with_disks = false;
    Bytes disks;  // how much of them
    friend bool operator==(const MigrationOrder&, const MigrationOrder&) = default;
};

/// What goes wrong with one migration.
struct MigrationFault {
    std::int64_t fails_at_permille = 0;  // of its first pass; 0: it does not fail
    bool halts = false;                  // the VM is lost with it
    std::int64_t speed_permille = 1000;  // of its stream's cap
    friend bool operator==(const MigrationFault&, const MigrationFault&) = default;
};

/// Asked once for each migration, when its copying begins; `ordinal` counts them.
using MigrationFaults =
    std::function<std::optional<MigrationFault>(const MigrationOrder&, std::uint64_t ordinal)>;

class Migrations {
  public:
    /// `hosts` by Id<Host>; VMs are found by their names.
    Migrations(Agenda& agenda, const Database& database, const Scenario& scenario,
               const std::vector<std::string>& hosts);
    Migrations(const Migrations&) = delete;
    Migrations& operator=(const Migrations&) = delete;

    enum class Outcome { arrived, failed, lost };
    struct Watch {
        std::function<void(Outcome)> ended;
        std::function<void(double)> progress;  // between 0 and 1, now and then
        std::function<void()> past_return;     // the guest stands still: it cannot be cancelled
    };

    [[nodiscard]] bool knows(const std::string& vm) const { return ids_.contains(vm); }
    /// How the VM's host copies, its control plane, and everything else that takes time.
    [[nodiscard]] const Timing& timing() const { return pool_.timing; }
    /// Memory that a migration, or a suspend image, of the VM holds now.
    [[nodiscard]] Bytes ram_of(const std::string& vm) const;

    /// Begins to copy. Requires: knows(order.vm); it is not under way already.
    void begin(const MigrationOrder& order, Watch watch);
    /// Ends it as if it had never been; nothing when it is not under way.
    void cancel(const std::string& vm);
    [[nodiscard]] bool is_under_way(const std::string& vm) const { return running_.contains(vm); }
    /// How many VMs leave a host with their disks.
    [[nodiscard]] std::size_t storage_motions_from(const std::string& host) const;

    /// None: nothing goes wrong.
    void set_faults(MigrationFaults faults) { faults_ = std::move(faults); }
    /// What each direction of a host's link carries from now on, in thousandths of its rate.
    void set_link(const std::string& host, std::int64_t permille);
    /// What the last migration of a VM came to; nothing when there was none.
    [[nodiscard]] std::optional<CopyFigures> figures(const std::string& vm) const;

  private:
    struct Running {
        MigrationOrder order;
        Watch watch;
        std::optional<Copies::Slot> slot;  // none: within one host
        std::optional<Agenda::Entry> within_host;
        bool halts = false;
        bool past_return = false;
        double shown = 0;
    };
    void begin_within_host(Running& running);
    void step();
    void expect();
    void look();
    void end(const std::string& vm, Outcome outcome);

    Agenda* agenda_;
    const Database* database_;
    Pool pool_;  // its VMs' memory follows the database
    std::map<std::string, Id<Vm>, std::less<>> ids_;
    std::map<std::string, Id<Host>, std::less<>> hosts_;
    Copies copies_;
    std::map<std::string, Running, std::less<>> running_;  // by VM
    std::map<Copies::Slot, std::string> vm_of_;
    std::map<std::string, CopyFigures, std::less<>> figures_;  // by VM, of the last one
    std::optional<Agenda::Entry> next_;
    std::optional<Agenda::Entry> look_;
    MigrationFaults faults_;
    std::uint64_t begun_ = 0;
};

}  // namespace vacate::poolserver
