// Random worlds with everything that a rule may ask about, beyond what random_world() draws.
#pragma once

#include "tests/support/world.hpp"

namespace vacate {

/// A random_world() to which are added, each now and then: hosts that are upgraded, disabled or
/// lost; mixed and incomparable versions; CPUs, networks and storage that not every host has;
/// VMs with disks on local storage, pause limits, more admission than memory, or that run
/// nowhere; several groups, failure domains, narrow windows, switches that are on; every way of
/// copying that vary_copying() draws.
///
/// Only memory is sure to be in order at the start: no host is overcommitted.
[[nodiscard]] World varied_world(Random& random, const WorldLimits& limits = {});

/// Draws how migrations copy: the pool's parameters, what hosts and VMs have otherwise, how VMs
/// write their memory, and what shares their links.
void vary_copying(Random& random, World& world);

}  // namespace vacate
