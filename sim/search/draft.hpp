// A plan being written: steps that apply() accepted one by one, and the state behind them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/rule.hpp"
#include "model/state.hpp"
#include "model/step.hpp"

namespace vacate {

/// How a target is chosen among those that take a VM.
enum class Packing {
    best_fit,   // the fullest host that still takes it: keeps large holes
    worst_fit,  // the emptiest host, as xapi's evacuation does
    latest,     // the host whose turn comes last: room is left where it is needed first
};

/// What an evacuation may do.
struct EvacuationStyle {
    Packing packing = Packing::best_fit;
    bool prefer_upgraded = true;   // a VM that reaches an upgraded host need not move again
    bool make_room = true;         // move other VMs out of the way (stepping-stone moves)
    bool whole_host_first = true;  // all VMs to one upgraded host where they fit together
    friend bool operator==(const EvacuationStyle&, const EvacuationStyle&) = default;
};

/// Where an evacuation came to an end: this VM found no target.
struct Stuck {
    Id<Host> host = Id<Host>::none();
    Id<Vm> vm = Id<Vm>::none();
    friend bool operator==(const Stuck&, const Stuck&) = default;
};

/// Steps and the state behind them. Copying a Draft is how the search tries something.
class Draft {
  public:
    Draft(const Pool& pool, const PoolState& state);

    [[nodiscard]] const Pool& pool() const { return *pool_; }
    [[nodiscard]] const PoolState& state() const { return state_; }
    [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
    /// Transitions judged so far; the unit in which effort is counted. Where hosts are to spare
    /// each counts for more, since it takes longer.
    [[nodiscard]] std::int64_t effort() const { return effort_; }

    /// The order in which members are upgraded, for Packing::latest.
    void set_turns(const std::vector<Id<Host>>& members);

    /// Appends a step as a whole. Returns: false, and nothing changed, when a rule forbids it.
    bool take(const Step& step);

    /// Appends what must be done before the first host is touched: backup, HA, WLB, auto
    /// power-on off, CDs out, memory squeezed. Steps that are not needed are left out.
    void prepare();

    /// Takes back the ejections from VMs that nothing else is done to: they may keep their CDs.
    /// Returns: how many steps fewer there are.
    std::size_t keep_cds_of_idle_vms();

    /// Does so, and appends what puts the pool back as it was found: the undo of prepare(). VMs
    /// move once more where a host would not hold the full ranges of those on it.
    void restore();

    /// The parts of both that are about memory: all VMs that may be are squeezed; the ranges that
    /// fit where the VMs are now are restored.
    void squeeze();
    void restore_ranges();

    /// Moves every VM that can move from `host` to hosts that are not in `avoid`; those that are
    /// to be suspended or stopped stay for park_rest(). Clusters of VMs that must stay together
    /// move together.
    ///
    /// Returns: where it got stuck, or nothing when none is left but those. When stuck, what was
    ///          moved so far stays in the draft.
    std::optional<Stuck> evacuate(Id<Host> host, const EvacuationStyle& style,
                                  const std::vector<char>& avoid);

    /// Suspends or stops, as the operator allowed, the VMs that evacuate() left.
    std::optional<Stuck> park_rest(Id<Host> host);

    /// Appends disable (where needed), evacuation, upgrade, enable, and brings back the VMs that
    /// were suspended or stopped for it.
    std::optional<Stuck> upgrade(Id<Host> host, const EvacuationStyle& style,
                                 const std::vector<char>& avoid);

    /// The two halves of upgrade(): take the host out of use and move its VMs away; then park
    /// the rest, as late as can be, and upgrade it.
    std::optional<Stuck> empty_out(Id<Host> host, const EvacuationStyle& style,
                                   const std::vector<char>& avoid);
    std::optional<Stuck> finish_upgrade(Id<Host> host);

    /// The two halves of finish_upgrade(): park what is left and upgrade; then enable the host
    /// and bring back what was parked.
    std::optional<Stuck> go_down(Id<Host> host);
    std::optional<Stuck> come_up(Id<Host> host);

    /// VMs that run on `host`, largest first, then by id.
    [[nodiscard]] std::vector<Id<Vm>> vms_on(Id<Host> host) const;

  private:
    struct Cluster;
    [[nodiscard]] std::vector<Cluster> clusters_on(Id<Host> host) const;
    [[nodiscard]] bool takes(Id<Host> host, const Cluster& cluster);
    [[nodiscard]] Id<Host> choose_target(const Cluster& cluster, const EvacuationStyle& style,
                                         const std::vector<char>& avoid);
    static std::vector<Cluster> most_helpful_first(std::vector<Cluster> clusters, Bytes missing);
    [[nodiscard]] Id<Host> choose_for_all(Id<Host> host, const std::vector<char>& avoid);
    bool move(const Cluster& cluster, Id<Host> target);
    bool move_with_room(const Cluster& cluster, const EvacuationStyle& style,
                        const std::vector<char>& avoid);
    bool make_room(Id<Host> target, const Cluster& cluster, const EvacuationStyle& style,
                   const std::vector<char>& avoid);
    [[nodiscard]] Bytes room_with_ranges(Id<Host> host) const;
    [[nodiscard]] Bytes full_need(Id<Vm> vm) const;
    void make_room_for_ranges();
    bool relieve(Id<Host> host);
    bool move_with_disks(Id<Vm> vm, const std::vector<char>& avoid);
    bool park(Id<Vm> vm);
    [[nodiscard]] bool judge(const Step& step);

    const Pool* pool_;
    PoolState state_;
    std::vector<Step> steps_;
    std::vector<Id<Vm>> parked_;       // by us, in order
    Table<Host, std::size_t> turns_;   // a member's place in the order; 0: none
    Table<Host, Duration> available_;  // rough guess of when an upgraded host takes VMs
    Duration evacuation_began_{};      // guess for the evacuation under way
    Duration drain_{};                 // guess of how long it takes
    std::int64_t effort_ = 0;
    std::int64_t cost_ = 1;  // of one transition
};

/// The state once every VM that may be is squeezed: what a plan can count on from then on.
[[nodiscard]] PoolState squeezed(const Pool& pool, const PoolState& state);

}  // namespace vacate
