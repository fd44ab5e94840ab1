// What may have happened to a pool, and the ordered record of it.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

// Acts of ours: judged by the rules.
struct Began {
    Step step;
    friend bool operator==(const Began&, const Began&) = default;
};
struct Ended {
    Step step;
    friend bool operator==(const Ended&, const Ended&) = default;
};
struct Failed {  // the step is over and changed nothing
    Step step;
    friend bool operator==(const Failed&, const Failed&) = default;
};

// Facts of the world: believed.
struct HostLost {
    Id<Host> host;
    friend bool operator==(const HostLost&, const HostLost&) = default;
};
struct HostFound {  // it is back, disabled until somebody enables it
    Id<Host> host;
    bool upgraded = false;
    friend bool operator==(const HostFound&, const HostFound&) = default;
};
struct VmSeen {  // where a VM is, whoever put it there; none when it runs nowhere
    Id<Vm> vm;
    Power power = Power::running;
    Id<Host> host;
    friend bool operator==(const VmSeen&, const VmSeen&) = default;
};

using Event = std::variant<Began, Ended, Failed, HostLost, HostFound, VmSeen>;

/// One line of a Timeline. Events of one instant are in the order of `sequence`.
struct TimedEvent {
    Instant at{};
    std::uint64_t sequence = 0;
    Event event;
    friend bool operator==(const TimedEvent&, const TimedEvent&) = default;
};
using Timeline = std::vector<TimedEvent>;

}  // namespace vacate
