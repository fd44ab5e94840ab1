// What chance may bring to an upgrade, as the operator gives it: spreads, and faults.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/ids.hpp"
#include "model/pool.hpp"

namespace vacate {

/// How an amount varies: microseconds where it is a time, thousandths where it is a ratio.
struct Distribution {
    enum class Kind {
        fixed,       // the value
        uniform,     // low, high: every value from one to the other is as likely
        triangular,  // low, mode, high
        lognormal,   // median, 95th percentile
        recorded,    // values, ascending: each is as likely as the others
    };
    Kind kind = Kind::fixed;
    std::vector<std::int64_t> values;  // as said there
    friend bool operator==(const Distribution&, const Distribution&) = default;
};

/// Of a host's upgrade. Chances are in millionths.
struct HostChance {
    std::optional<Distribution> upgrade_time;    // instead of the host's own
    std::optional<Distribution> upgrade_factor;  // times the host's own
    std::optional<std::int64_t> late_chance;     // that it comes back late,
    std::optional<Distribution> late_by;         // by so much
    std::optional<std::int64_t> lost_chance;     // that it never comes back
    friend bool operator==(const HostChance&, const HostChance&) = default;
};

/// Of a VM's migrations.
struct VmChance {
    std::optional<Distribution> stream_factor;   // times the cap of its stream
    std::optional<Distribution> dirty_factor;    // times the rates at which it writes memory
    std::optional<std::int64_t> failure_chance;  // of each attempt, in millionths
    friend bool operator==(const VmChance&, const VmChance&) = default;
};

/// A link that carries less for a while. Each of the hosts draws for itself.
struct LinkFault {
    std::vector<Id<Host>> hosts;  // sorted; empty: every host
    std::int64_t chance = 1'000'000;
    Distribution at;                    // since the run began
    Distribution share;                 // of its rate that it carries still
    std::optional<Distribution> lasts;  // absent: to the end
    friend bool operator==(const LinkFault&, const LinkFault&) = default;
};

/// All of it. What a host or a VM has of its own stands before what is said of all.
struct Chance {
    HostChance hosts;
    VmChance vms;
    std::vector<std::pair<Id<Host>, HostChance>> of_host;  // by id; what differs
    std::vector<std::pair<Id<Vm>, VmChance>> of_vm;        // by id; what differs
    std::vector<LinkFault> links;
    friend bool operator==(const Chance&, const Chance&) = default;
};

inline constexpr std::int64_t sure = 1'000'000;  // a chance of one, in millionths

/// What holds for one host or VM, borrowed; nullptr and 0: nothing by chance. Of a host's own
/// upgrade_time and upgrade_factor either replaces both that are said of all.
struct HostFate {
    const Distribution* upgrade_time = nullptr;
    const Distribution* upgrade_factor = nullptr;
    std::int64_t late_chance = 0;
    const Distribution* late_by = nullptr;
    std::int64_t lost_chance = 0;
};
struct VmFate {
    const Distribution* stream_factor = nullptr;
    const Distribution* dirty_factor = nullptr;
    std::int64_t failure_chance = 0;
};
[[nodiscard]] HostFate fate_of(const Chance& chance, Id<Host> host);
[[nodiscard]] VmFate fate_of(const Chance& chance, Id<Vm> vm);

/// True when two runs may differ: some distribution has two values, or some chance is neither
/// none nor sure.
[[nodiscard]] bool varies(const Chance& chance);

}  // namespace vacate
