// What a pool was like when a plan was made, by name, and what has changed since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/state.hpp"

namespace vacate {

/// A host as it was. `rest` is a digest of what is not spelled out: link, CPU, networks, storage.
struct OriginHost {
    std::string name;
    Bytes memory;
    Bytes memory_after;
    std::string version;
    std::string target;
    bool upgraded = false;
    bool enabled = true;
    std::uint64_t rest = 0;
    friend bool operator==(const OriginHost&, const OriginHost&) = default;
};

/// A VM as it was. `rest` is a digest of what is not spelled out.
struct OriginVm {
    std::string name;
    Bytes memory;
    std::string host;  // empty: it ran nowhere
    std::uint64_t rest = 0;
    friend bool operator==(const OriginVm&, const OriginVm&) = default;
};

/// The pool that a plan was made for, as far as a plan rests on it.
struct Origin {
    std::vector<OriginHost> hosts;  // in name order
    std::vector<OriginVm> vms;      // in name order
    friend bool operator==(const Origin&, const Origin&) = default;
};

[[nodiscard]] Origin origin_of(const Pool& pool, const PoolState& state);

/// One difference between what was and what is.
struct Drift {
    enum class Kind {
        host_gone,
        host_new,
        host_upgraded,  // runs its target now
        host_version,   // another version, or another target
        host_memory,
        host_changed,  // anything else
        host_enabled,
        host_disabled,
        vm_gone,
        vm_new,
        vm_elsewhere,
        vm_stopped,  // runs nowhere now
        vm_started,
        vm_bigger,
        vm_smaller,
        vm_changed,  // anything else
    };
    Kind kind = Kind::host_changed;
    std::string subject;  // the name
    std::string was;      // for people; may be empty
    std::string now;
    friend bool operator==(const Drift&, const Drift&) = default;
};

/// "vm_elsewhere"
[[nodiscard]] std::string drift_name(Drift::Kind kind);

/// True for what a plan itself does: hosts upgraded, enabled, disabled, VMs elsewhere, parked.
[[nodiscard]] bool is_progress(Drift::Kind kind);

/// Everything that differs, hosts first, each by name. Costs: one pass over both, in name order.
[[nodiscard]] std::vector<Drift> drift_since(const Origin& origin, const Pool& pool,
                                             const PoolState& state);

}  // namespace vacate
