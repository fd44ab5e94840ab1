// How long one live migration takes and pauses when it has a steady share of the link.
#pragma once

#include "model/pool.hpp"

namespace vacate {

/// What one migration will do.
struct PrecopyForecast {
    Duration total{};  // pause included
    Duration pause{};  // the guest stands still
    Bytes sent;        // over the link, all rounds
    int rounds = 0;    // before the guest is paused
    friend bool operator==(const PrecopyForecast&, const PrecopyForecast&) = default;
};

/// Bytes that `vm` dirties in `time`: its dirty rate, at most its working set and its memory.
///
/// An upper bound of the expected value for random writers, exact for sweeping ones.
[[nodiscard]] Bytes dirtied_in(const Vm& vm, Duration time);

/// True when a pre-copy that has sent `rounds` rounds, with `left` still dirty, stops the guest
/// at `rate`.
///
/// Source: Xen, tools/libs/guest/xg_sr_save.c (5 rounds or fewer than 50 pages); QEMU,
///         migration/migration.c (what is left fits into downtime-limit).
[[nodiscard]] bool stops_the_guest(const Timing& timing, int rounds, Bytes left, Bandwidth rate);

/// Forecasts a pre-copy of `vm` over a stream that gives it a steady `rate`.
///
/// Round one sends all of its memory, each later one what it dirtied meanwhile; the last part is
/// sent with the VM paused. The control plane before and after is not included.
///
/// Requires: rate > 0.
/// Returns:  times rounded up.
/// Costs:    at most timing.rounds_max iterations.
[[nodiscard]] PrecopyForecast forecast_precopy(const Vm& vm, Bandwidth rate, const Timing& timing);

/// The smallest rate that a stream from one host to another can be left with while the throttles
/// R12 and R13 are kept: link, send budget and stream cap, shared by as many as are allowed.
[[nodiscard]] Bandwidth smallest_share(const Pool& pool, Id<Host> from, Id<Host> to);

/// The rate that a lone stream between two hosts gets.
[[nodiscard]] Bandwidth lone_share(const Pool& pool, Id<Host> from, Id<Host> to);

/// A link's rate less the protocol's own bytes.
[[nodiscard]] Bandwidth payload_rate(const Timing& timing, Bandwidth link);

}  // namespace vacate
