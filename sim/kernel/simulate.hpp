// The kernel: next-event simulation of a plan over max-min fair links, pre-copy leg by leg.
#pragma once

#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "model/event.hpp"
#include "model/plan.hpp"
#include "model/schedule.hpp"
#include "sim/kernel/copies.hpp"
#include "sim/kernel/future.hpp"
#include "sim/kernel/ready_steps.hpp"

namespace vacate {

/// One run of a plan: its figures, its events and where it ends.
struct Simulation : Schedule {
    Timeline timeline;  // empty unless asked for
    PoolState final_state;
    friend bool operator==(const Simulation&, const Simulation&) = default;
};

/// Why a plan came to a stop: nothing is under way, and some step has not ended.
struct Stall {
    enum class Kind {
        forbidden,  // the step is ready, but a rule forbids it
        lost_host,  // the step is an upgrade that its host did not come back from
        gave_up,    // the step is a migration that failed too often
    };
    Instant at{};
    BrokenStep broken;
    Kind kind = Kind::forbidden;
    std::int64_t vms_down = 0;  // suspended or stopped by the plan, and not brought back
    friend bool operator==(const Stall&, const Stall&) = default;
};

struct SimulationOptions {
    bool timeline = true;
    const Future* future = nullptr;        // none: all is as the pool says
    Table<Step, Instant> not_before = {};  // empty: every step may begin at once
};

/// A plan being carried out: a step begins as soon as what it comes after has ended, the
/// throttles R12 and R13 let it, and apply() accepts it; of several, the one that stands first in
/// the plan. Migrations run as Copies says; one that fails is begun again, as often as
/// limits::retries says.
///
/// A value: a copy goes on by itself from the same instant, so a search may try two ways on.
///
/// Requires: pool, plan and options.future live as long as this and its copies; plan.after names
///           earlier steps only.
class Simulator {
  public:
    Simulator(const Pool& pool, const PoolState& state, const Plan& plan,
              const SimulationOptions& options = {});

    /// True when nothing will happen any more.
    [[nodiscard]] bool is_over() const;
    /// When something happens next. Requires: not is_over().
    [[nodiscard]] Instant next_at();
    /// Lets all happen that happens then. Requires: not is_over().
    void advance();

    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] const PoolState& state() const { return state_; }

    /// Runs to the end. Fails: where a step can never begin or end.
    tl::expected<Simulation, Stall> finish();

  private:
    using StepId = Id<Step>;

    void count_predecessors();
    void release(StepId id);
    void dispatch();
    std::optional<Violation> begin(StepId id);
    void begin_copy(StepId id);
    [[nodiscard]] Stall stall() const;
    [[nodiscard]] Instant next_fixed();
    [[nodiscard]] Instant next_copy();
    void happen(std::uint32_t owner);
    void end(StepId id);
    void fail(StepId id);
    void close_copy(const Copies::End& ended);
    void schedule_link_change();
    [[nodiscard]] Duration fixed_duration(const Step& step) const;

    void record(const Event& event);
    void note_tightness(StepId id, Id<Host> host);
    void note_mixed(Id<Host> changed);
    [[nodiscard]] bool is_mixed_now(Id<Host> changed) const;
    void close_books();

    const Pool* pool_;
    const Plan* plan_;
    SimulationOptions options_;
    PoolState state_;
    ReadySteps ready_;
    EventQueue events_;  // the owner is the step; behind the last one: a change of links
    Copies copies_;
    std::vector<StepId> step_of_;  // by slot of copies_
    enum class Stage : std::uint8_t { waiting, held, ready, under_way, over };
    Table<Step, Stage> stages_;
    Table<Step, std::uint32_t> waiting_for_;  // predecessors that have not ended
    std::vector<StepId> successors_;          // those of a step side by side
    std::vector<std::uint32_t> first_;        // by step: where they are
    Table<Vm, std::uint8_t> attempts_;        // at migrating, where a future lets some fail
    Table<Vm, std::uint8_t> failed_;          // of those the last ones, one after the other
    std::size_t links_changed_ = 0;           // of the future
    std::size_t left_ = 0;                    // steps that have not ended
    StepId given_up_ = StepId::none();
    Simulation result_;
    Instant now_{};
    std::uint64_t recorded_ = 0;
    bool something_ended_ = false;
    bool something_released_ = false;  // to an instant of its own
    bool was_mixed_ = false;
    Instant mixed_since_{};
    Instant mixed_until_{};
};

/// Runs a plan from beginning to end.
///
/// Requires: plan.after names earlier steps only.
/// Fails:    where a step can never begin or end.
/// Costs:    one event per leg, phase and step; links re-solved only where an event touches.
/// Source:   Clark et al., NSDI 2005, for pre-copy.
[[nodiscard]] tl::expected<Simulation, Stall> simulate(const Pool& pool, const PoolState& state,
                                                       const Plan& plan,
                                                       const SimulationOptions& options = {});

}  // namespace vacate
