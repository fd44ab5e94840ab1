// What we may do to a pool: one struct per kind of step.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/pool.hpp"

namespace vacate {

// Hosts.
struct DisableHost {
    Id<Host> host;
    friend bool operator==(const DisableHost&, const DisableHost&) = default;
};
struct Upgrade {  // the reboot and being ready again included
    Id<Host> host;
    friend bool operator==(const Upgrade&, const Upgrade&) = default;
};
struct EnableHost {
    Id<Host> host;
    friend bool operator==(const EnableHost&, const EnableHost&) = default;
};

// VMs.
struct Migrate {
    Id<Vm> vm;
    Id<Host> from;
    Id<Host> to;
    friend bool operator==(const Migrate&, const Migrate&) = default;
};
struct MigrateStorage {  // with its disks, to `storage`
    Id<Vm> vm;
    Id<Host> from;
    Id<Host> to;
    Id<Storage> storage;
    friend bool operator==(const MigrateStorage&, const MigrateStorage&) = default;
};
struct Suspend {
    Id<Vm> vm;
    Id<Host> host;
    friend bool operator==(const Suspend&, const Suspend&) = default;
};
struct Resume {
    Id<Vm> vm;
    Id<Host> host;
    friend bool operator==(const Resume&, const Resume&) = default;
};
struct Stop {
    Id<Vm> vm;
    Id<Host> host;
    friend bool operator==(const Stop&, const Stop&) = default;
};
struct Start {
    Id<Vm> vm;
    Id<Host> host;
    friend bool operator==(const Start&, const Start&) = default;
};

// Preparations, each beside the step that undoes it; a backup needs none.
struct BackUpDatabase {
    friend bool operator==(const BackUpDatabase&, const BackUpDatabase&) = default;
};
struct DisableHa {
    friend bool operator==(const DisableHa&, const DisableHa&) = default;
};
struct EnableHa {
    friend bool operator==(const EnableHa&, const EnableHa&) = default;
};
struct DisableWlb {
    friend bool operator==(const DisableWlb&, const DisableWlb&) = default;
};
struct EnableWlb {
    friend bool operator==(const EnableWlb&, const EnableWlb&) = default;
};
struct DisableAutoPowerOn {
    friend bool operator==(const DisableAutoPowerOn&, const DisableAutoPowerOn&) = default;
};
struct EnableAutoPowerOn {
    friend bool operator==(const EnableAutoPowerOn&, const EnableAutoPowerOn&) = default;
};
struct EjectCd {
    Id<Vm> vm;
    friend bool operator==(const EjectCd&, const EjectCd&) = default;
};
struct InsertCd {
    Id<Vm> vm;
    friend bool operator==(const InsertCd&, const InsertCd&) = default;
};
struct SqueezeMemory {  // its dynamic range becomes the least that it may be given
    Id<Vm> vm;
    friend bool operator==(const SqueezeMemory&, const SqueezeMemory&) = default;
};
struct RestoreMemory {
    Id<Vm> vm;
    friend bool operator==(const RestoreMemory&, const RestoreMemory&) = default;
};

using Step = std::variant<DisableHost, Upgrade, EnableHost, Migrate, MigrateStorage, Suspend,
                          Resume, Stop, Start, BackUpDatabase, DisableHa, EnableHa, DisableWlb,
                          EnableWlb, DisableAutoPowerOn, EnableAutoPowerOn, EjectCd, InsertCd,
                          SqueezeMemory, RestoreMemory>;

/// The index of a step's kind inside `Step`, and its stable name in files: "migrate".
inline constexpr std::size_t step_kinds = std::variant_size_v<Step>;
[[nodiscard]] std::string_view kind_name(std::size_t kind);

/// The same for a step in a pool: an upgrade of a host that runs its target already is a
/// "reboot"; see narrow().
[[nodiscard]] std::string_view kind_name(const Pool& pool, const Step& step);
inline constexpr std::string_view reboot_name = "reboot";

/// The VM, the host, the source and the target a step is about; none where it has none.
/// `host` is the one worked on: for a migration, none.
struct StepSubject {
    Id<Vm> vm = Id<Vm>::none();
    Id<Host> host = Id<Host>::none();
    Id<Host> from = Id<Host>::none();
    Id<Host> to = Id<Host>::none();
};
[[nodiscard]] StepSubject subject_of(const Step& step);

/// True for steps on a host or VM, which a makespan counts; the others prepare the pool or put it
/// back.
[[nodiscard]] bool counts_in_makespan(const Step& step);

/// True for Migrate and MigrateStorage.
[[nodiscard]] bool is_migration(const Step& step);

/// One line for people: "migrate db-1 from srv-3 to srv-1".
[[nodiscard]] std::string describe(const Pool& pool, const Step& step);

/// Calls the handler that fits: `std::visit(Overloaded{...}, step)`.
template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace vacate
