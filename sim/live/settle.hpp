// What a look says about commands of which nothing else is known.
#pragma once

#include <string>

#include "sim/live/driver.hpp"
#include "sim/live/run_state.hpp"

namespace vacate::live {

enum class Fate {
    open,      // busy still, or a look cannot tell yet
    done,      // the pool is as the order wants it
    not_done,  // it changed nothing
    astray,    // the VM is neither where it was nor where it should be
};

struct Verdict {
    Fate fate = Fate::open;
    std::string sentence;  // what was seen
};

/// What became of an order that is not a restart. Requires: it can take effect no more.
[[nodiscard]] Verdict verdict_on(const Order& order, const std::string& run, const Snapshot& look);

/// How far a host is that was told to restart.
enum class Reboot {
    not_begun,      // it runs as before
    under_way,      // down, or not ready yet
    ready,          // live, started again, attached, at its target
    wrong_version,  // all that, but at another version
};

/// `order.memo` holds when the host had started before: see HostLook::started.
[[nodiscard]] Reboot reboot_of(const Order& order, HostAction action, const Snapshot& look);

}  // namespace vacate::live
