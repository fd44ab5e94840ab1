// Worlds drawn as text, for tests: a pool and its state from a few lines.
#pragma once

#include <string>
#include <string_view>

#include "model/pool.hpp"
#include "model/random.hpp"
#include "model/state.hpp"

namespace vacate {

struct World {
    Pool pool;
    PoolState state;
    friend bool operator==(const World&, const World&) = default;
};

/// Draws a world: one line a host, "name vVERSION MEMORY : vm SIZE, vm SIZE flag ...".
///
/// The first host is the coordinator; every host's target is v2, and "v2" means done. Sizes are
/// in GiB with a G. Flags of a VM: pinned, suspend, restart, storage, protect, cd. A flag of a
/// host stands behind its memory: disabled, lost, after=NG (memory once upgraded). VMs have no
/// overhead: memory, admission and ram are SIZE. Links are 10 Gbps, upgrades last 15 min.
///
/// Stops the test program with a message when the text is no drawing.
[[nodiscard]] World draw(std::string_view text);

/// The ids of things by name; the test program stops when there is none.
[[nodiscard]] Id<Host> host(const World& world, std::string_view name);
[[nodiscard]] Id<Vm> vm(const World& world, std::string_view name);
[[nodiscard]] Bytes committed(const World& world, std::string_view name);

/// Adds a group of VMs by name.
void group(World& world, Group::Kind kind, const std::vector<std::string>& members);

/// Lets it be squeezed by so much; what it has stays as it is. Requires: `by` is less than that.
void let_squeeze(Vm& vm, Bytes by);
/// The same for the VM of that name.
void let_squeeze(World& world, std::string_view name, Bytes by);

/// Lets some VMs of more than 1 GiB be squeezed, by whole GiB.
void let_some_squeeze(Random& random, World& world);

/// A timing with round figures: no control plane, no pause overhead, links used in full.
[[nodiscard]] Timing plain_timing();

/// What random_world() may contain.
struct WorldLimits {
    int hosts_min = 2;
    int hosts_max = 4;
    int vms_max = 6;
    bool features = true;   // groups, parked and pinned VMs, unequal hosts, policies, networks
    bool squeezes = false;  // some VMs may be squeezed
};

/// A random small world, legal as it stands: no host overcommitted, groups intact.
[[nodiscard]] World random_world(Random& random, const WorldLimits& limits = {});

}  // namespace vacate
