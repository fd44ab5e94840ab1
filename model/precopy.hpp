// One live migration's memory, leg by leg: what is sent, when the guest stops, how long it stands.
#pragma once

#include <optional>

#include "model/pool.hpp"

namespace vacate {

/// Memory that goes over the link between two looks at what is dirty.
struct Leg {
    Bytes amount;                      // over the wire; may be 0
    Duration wait{};                   // before its first byte
    Duration at_least{};               // it lasts at least this long, `wait` included
    std::optional<Duration> pause_at;  // from here on the guest stands still, since its start
    std::optional<Duration> cut_at;    // it ends then, whatever is left, since its start
    Bytes at_once;                     // of `amount`: goes into queues, nothing waits for it
    bool uncapped = false;             // live_cap does not hold for it
    friend bool operator==(const Leg&, const Leg&) = default;
};

/// A pre-copy as a machine: told how long its last leg took, it says the next one.
///
/// The first leg sends all memory, zero pages left out; each later one what was dirtied during
/// the last. When the guest stops is for Copying::stop_rule to say:
///  - xen: after rounds_max live rounds; fewer than 50 dirty pages are sent live once more.
///  - xenserver: one round earlier, or with fewer than 50; the last round goes out while the
///    guest suspends, and what it dirties until then follows.
///  - qemu: dirty pages are counted when what is left fits into downtime_limit, looked at every
///    50 ms of sending, or twice within the limit; if it still fits then, the guest stops.
///
/// Requires: the VM and the parameters live as long as this and its copies.
/// Source: xen-project/xen tools/libs/guest/xg_sr_save.c; xenserver/emu-manager emum.c;
///         qemu/qemu migration/migration.c and ram.c (7.2).
class Precopy {
  public:
    /// `dirty_permille`: how fast the VM writes its memory, of the rates that it has.
    /// Requires: 0 <= dirty_permille <= limits::factor_permille.
    Precopy(const Vm& vm, const Copying& copying, std::int64_t dirty_permille = 1000);

    Leg first();

    /// The next leg; nothing once all is there and the guest runs at the target.
    ///
    /// `took` is what the last leg took, `sent` what went over the wire of it, `rate` what the
    /// stream got over the last 100 ms. Requires: rate > 0.
    std::optional<Leg> next(Duration took, Bytes sent, Bandwidth rate);

    /// How much of the `rest` of the present leg goes over a stream that gets `rate` before the
    /// leg ends: all of it, but for QEMU, which looks at what is dirty once the rest is small.
    [[nodiscard]] Bytes until_look(Bytes rest, Bandwidth rate) const;

    /// Live rounds that were sent.
    [[nodiscard]] int rounds() const { return rounds_; }

  private:
    enum class Stage { live, few, suspending, waiting, last, rest, switching, pulling, done };

    Leg send_live();
    [[nodiscard]] Bytes bearable(Bandwidth rate) const;
    [[nodiscard]] Bytes wire_of_rest(Bytes memory) const;
    Bytes take_unsent(Bytes wire);
    Leg look(Duration took, Bytes unsent_wire, Bandwidth rate);
    Leg stop(Bytes unsent, Bytes pending, Duration since_look);
    Leg copy_paused(Bytes pending);
    Leg switch_over();
    [[nodiscard]] Bytes dirtied(Duration time) const;
    [[nodiscard]] Bytes merged(Bytes unsent, Bytes rewritten) const;
    [[nodiscard]] Bytes wire_of(Bytes pages) const;
    [[nodiscard]] Duration fixed_pause() const;
    void note_progress(Bytes sent, Bytes rewritten);
    void limit(Leg& leg) const;

    const Vm* vm_;
    const Copying* copying_;
    Bytes zeros_;         // zero pages to send, as memory; behind all others
    Bytes left_;          // other pages to send, as memory
    Bytes left_wire_;     // both over the wire
    Bytes unsent_zeros_;  // zero pages that a stop leaves to the pause, over the wire
    Duration elapsed_{};
    Duration last_took_{};
    Bytes unsent_;  // of the last leg, while the guest is asked to suspend
    std::int64_t dirty_permille_;
    std::int64_t slowed_permille_ = 0;  // of the guest's speed that auto-converge takes
    int rounds_ = 0;
    int fast_rounds_ = 0;  // in which it dirtied too much
    Stage stage_ = Stage::live;
};

/// What one migration will do.
struct PrecopyForecast {
    Duration total{};  // pause included
    Duration pause{};  // the guest stands still
    Bytes sent;        // over the link, all rounds
    int rounds = 0;    // before the guest is paused
    friend bool operator==(const PrecopyForecast&, const PrecopyForecast&) = default;
};

/// Bytes of distinct pages that `vm`, slowed down by so many thousandths, dirties in `time`.
///
/// The expected value, at most `vm.ram`: S (1 - e^(-r t / S)) for a part S of its memory written
/// at random at rate r, min(S, r t) for one written in order, c t for what is never written twice.
/// Where the log of dirty pages is cleaned in chunks as they are sent, the mean over their ages.
/// Rounded up.
[[nodiscard]] Bytes dirtied_in(const Vm& vm, const Copying& copying, Duration time,
                               std::int64_t slowed_permille = 0);

/// Forecasts a pre-copy of `vm` over a stream that gives it a steady `rate`.
///
/// The control plane before and after is not included.
///
/// Requires: rate > 0.
/// Returns:  times rounded up.
/// Costs:    at most copying.rounds_max iterations.
[[nodiscard]] PrecopyForecast forecast_precopy(const Vm& vm, Bandwidth rate,
                                               const Copying& copying);

/// How `vm` is copied when it leaves `from`: the pool's way, changed by the host's, by its own.
[[nodiscard]] Copying copying_of(const Pool& pool, const Vm& vm, Id<Host> from);

/// No migration of `vm` from there takes less: the control plane, all of its memory once over a
/// stream of at most `rate`, and the fixed part of the pause; or all legs at `rate`.
///
/// A leg that goes slower takes longer, so the guest dirties no less meanwhile, and the next one
/// has no less to send: where Xen's rules stop the guest, legs at a lower rate, or at one that
/// changes, are each no shorter and no fewer. QEMU, queues and limits of the live phase look at
/// the rate itself; there all memory once is what counts.
///
/// Requires: rate > 0.
[[nodiscard]] Duration shortest_migration(const Pool& pool, const Vm& vm, Id<Host> from,
                                          Bandwidth rate);

/// No migration of `vm` puts fewer bytes of its memory on the wire.
[[nodiscard]] Bytes least_sent(const Vm& vm, const Copying& copying);

/// The same less what queues take at once: no link carries fewer for it.
[[nodiscard]] Bytes least_carried(const Vm& vm, const Copying& copying);

/// The smallest rate that a stream from one host to another can be left with while the throttles
/// R12 and R13 are kept: link, send budget and stream cap, shared by as many as are allowed.
[[nodiscard]] Bandwidth smallest_share(const Pool& pool, const Copying& copying, Id<Host> from,
                                       Id<Host> to);

/// What a host's link carries of ours each way: its rate less the protocol's own bytes and what
/// its VMs send; at least 1 B/s.
[[nodiscard]] Bandwidth payload_rate(const Pool& pool, Id<Host> host);

}  // namespace vacate
