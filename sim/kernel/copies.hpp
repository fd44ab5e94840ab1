// Live migrations under way: their disks and memory, leg by leg over shared links.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "model/precopy.hpp"
#include "sim/kernel/event_queue.hpp"
#include "sim/kernel/links.hpp"

namespace vacate {

/// What one migration is to do.
struct CopyOrder {
    Id<Vm> vm;
    Id<Host> from;
    Id<Host> to;
    bool with_disks = false;
    std::int64_t speed_permille = 1000;  // of its stream's cap
    std::int64_t fails_at_permille = 0;  // of its first pass; 0: it does not fail
    std::int64_t dirty_permille = 1000;  // of the rates at which the VM writes its memory
    friend bool operator==(const CopyOrder&, const CopyOrder&) = default;
};

/// What one migration came to, so far.
struct CopyFigures {
    Duration pause{};  // the guest stood still
    Duration gap{};    // it was silent, as seen from outside: pause, queues and arrival
    Bytes sent;        // over the network, all rounds and disks
    std::int32_t rounds = 0;
    friend bool operator==(const CopyFigures&, const CopyFigures&) = default;
};

/// A value: a copy of it goes on by itself, from the same instant.
///
/// Links: every host has its migration link in each direction (one for both when half duplex),
/// less what its guests send, and what it can send over all streams; streams share them max-min
/// fairly, each at most its cap. A migration is: its reservation on the target, one after the
/// other in the pool; control plane; a place among the source's streams; its disks; the legs of
/// Precopy; control plane. Writes to disks that are mirrored are a stream of their own, from the
/// first disk to the last page.
///
/// Requires: the pool lives as long as this and its copies; time never goes back.
class Copies {
  public:
    using Slot = std::uint32_t;

    explicit Copies(const Pool& pool);

    /// Begins a migration; its slot is given to another once it has ended.
    Slot begin(const CopyOrder& order, Instant now);

    /// Ends one as if it had never been. Requires: it is under way.
    void cancel(Slot slot, Instant now);

    /// What each direction of a host's link carries from now on, in thousandths of its rate.
    void set_link(Id<Host> host, std::int64_t permille);

    /// Shares the links out anew. Requires: called after begin, cancel, set_link and advance,
    /// before time moves on.
    void settle(Instant now);

    [[nodiscard]] bool empty() const { return events_.empty(); }
    /// Requires: not empty.
    [[nodiscard]] Instant next_at() { return events_.next_at(); }

    /// A migration that has ended, or failed.
    struct End {
        Slot slot;
        bool failed;
    };
    /// Takes the next event, at `now` = next_at(). Requires: not empty.
    std::optional<End> advance(Instant now);

    /// Until the slot is given out again. Requires: the slot was begun.
    [[nodiscard]] const CopyFigures& figures(Slot slot) const { return copies_[slot].figures; }
    /// How far the first pass of the memory is, in thousandths.
    [[nodiscard]] std::int64_t progress_permille(Slot slot, Instant now) const;
    /// True once the guest stood still: it goes on at the target, or not at all.
    [[nodiscard]] bool is_past_return(Slot slot) const {
        return copies_[slot].paused || copies_[slot].figures.pause > Duration{};
    }

  private:
    using FlowIndex = LinkNetwork::FlowIndex;
    static constexpr FlowIndex no_flow = 0xffff'ffff;
    static constexpr Slot no_slot = 0xffff'ffff;

    enum class Phase : std::uint8_t {
        idle,
        reserving,
        before,
        queueing,  // for a place among the source's streams
        disks,     // flow
        wait,      // of a leg
        leg,       // flow
        hold,      // a leg lasts on though all of it was sent
        behind,
    };
    struct Copy {
        CopyOrder order;
        Phase phase = Phase::idle;
        bool paused = false;
        bool has_place = false;  // among the source's streams
        FlowIndex flow = no_flow;
        FlowIndex mirror = no_flow;
        std::shared_ptr<const Copying> own;  // where it is not copied as the pool says
        std::optional<Precopy> precopy;
        Leg leg;
        Instant leg_start{};
        Instant pause_start{};
        Bandwidth last_rate{1};  // of its memory stream
        CopyFigures figures;
    };
    // What a flow has yet to send in the present phase of its copy.
    struct Sending {
        double rest = 0;       // bytes
        double aim = 0;        // the phase ends when the rest is that
        Instant counted_at{};  // `rest` is as of here
        double rate = 0;       // since then
        double rate_before = 0;
        Instant changed_at{};
        Slot slot = no_slot;  // none: it mirrors writes
    };

    void lay_links();
    [[nodiscard]] const Copying& copying(const Copy& copy) const;
    void wait(Slot slot, Phase phase, Duration time, Instant now);
    std::optional<End> enter_stream(Slot slot, Instant now);
    void leave_stream(Slot slot, Instant now);
    std::optional<End> start_copying(Slot slot, Instant now);
    std::optional<End> start_memory(Slot slot, Instant now);
    std::optional<End> start_leg(Slot slot, const Leg& leg, Instant now);
    std::optional<End> send_leg(Slot slot, Instant now);
    std::optional<End> end_sending(Slot slot, Instant now);
    std::optional<End> end_leg(Slot slot, Instant now);
    std::optional<End> end_copying(Slot slot, Instant now);
    std::optional<End> release(Slot slot, bool failed, Instant now);
    void pause(Copy& copy, const Leg& leg, Instant now);
    void resume(Copy& copy, Instant now);

    FlowIndex open_flow(const Copy& copy, Slot slot, Bandwidth cap);
    void close_flow(FlowIndex& flow, const Copy& copy);
    void send(Slot slot, Phase phase, Bytes amount, Instant now);
    void count(Sending& sending, Instant now) const;
    void aim(Sending& sending);
    void expect(Sending& sending, Instant now);
    void note_stream(const CopyOrder& order, std::int32_t more);
    [[nodiscard]] std::int32_t opposing(const CopyOrder& order) const;
    [[nodiscard]] double granted(FlowIndex flow) const;
    void set_rate(FlowIndex flow, Instant now);
    [[nodiscard]] Bandwidth recent_rate(const Sending& sending, Instant now) const;

    const Pool* pool_;
    LinkNetwork links_;
    std::vector<LinkNetwork::LinkIndex> out_, in_, budget_;          // by host
    std::vector<std::int32_t> leaving_, coming_;                     // streams by host
    std::map<std::pair<Id<Host>, Id<Host>>, std::int32_t> between_;  // from one to another
    std::vector<std::int64_t> places_taken_;                         // among its streams, by host
    std::vector<std::vector<Slot>> queues_;                          // for a place, by host
    std::vector<Copy> copies_;
    std::vector<Slot> idle_;
    std::vector<Sending> sending_;  // by flow
    EventQueue events_;             // the owner is the slot
    Instant reserved_until_{};
    bool links_changed_ = false;
};

}  // namespace vacate
