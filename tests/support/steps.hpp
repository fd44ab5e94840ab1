// Every step that a pool's ids allow, sensible or not, and random walks through apply().
#pragma once

#include <cstdint>
#include <vector>

#include "model/event.hpp"
#include "model/random.hpp"
#include "tests/support/world.hpp"

namespace vacate {

/// Every step about the hosts, VMs and storages of a pool: each VM to and on each host, named
/// from where it is in `state`. Most of them are forbidden at any moment.
[[nodiscard]] std::vector<Step> every_step(const Pool& pool, const PoolState& state);

/// What may happen on a walk besides Began and Ended.
struct WalkOptions {
    bool failures = true;   // Failed instead of Ended, one time in eight
    bool facts = false;     // HostLost, HostFound, VmSeen
    bool throttles = true;  // R12 and R13 are kept, as a dispatcher does
    bool overlap = true;    // steps begin while others are under way
};

/// A world on a random walk. Steps that began are remembered until they are over, so that only
/// these are ended. Half of what is proposed is allowed, so that the walk gets somewhere.
class Walk {
  public:
    Walk(World world, std::uint64_t seed, const WalkOptions& options = {})
        : world_(std::move(world)), random_(seed), options_(options) {}

    /// Draws the next event; nothing is changed by it.
    [[nodiscard]] Event propose();

    /// Passes the event to apply(). Returns: whether it was accepted.
    bool take(const Event& event);

    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] const Pool& pool() const { return world_.pool; }
    [[nodiscard]] const PoolState& state() const { return world_.state; }
    [[nodiscard]] const std::vector<Step>& under_way() const { return under_way_; }

  private:
    [[nodiscard]] Event propose_fact();
    [[nodiscard]] Step propose_step();
    void forget_what_is_over();

    World world_;
    Random random_;
    WalkOptions options_;
    std::vector<Step> under_way_;
};

/// True when `step` is under way in `state`: an Ended of it is accepted.
[[nodiscard]] bool can_end(const Pool& pool, const PoolState& state, const Step& step);

}  // namespace vacate
