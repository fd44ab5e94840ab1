// The event loop: dispatch, phases of a migration, and the books of a run.
#include "sim/kernel/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/check.hpp"
#include "model/precopy.hpp"
#include "model/throttle.hpp"
#include "model/transition.hpp"
#include "sim/kernel/event_queue.hpp"
#include "sim/kernel/links.hpp"
#include "sim/kernel/ready_steps.hpp"

namespace vacate {
namespace {

using StepId = Id<Step>;
using FlowIndex = LinkNetwork::FlowIndex;
constexpr FlowIndex no_flow = 0xffff'ffff;

// What a step that is under way waits for.
enum class Phase : std::uint8_t {
    idle,
    fixed,       // one duration, then it has ended
    before,      // control plane
    disks,       // flow
    round,       // flow
    last_copy,   // flow, the guest is paused
    pause_rest,  // device state, resume
    behind,      // control plane
};

struct Progress {
    Phase phase = Phase::idle;
    FlowIndex flow = no_flow;
    Instant phase_start{};
    Instant pause_start{};
};

// What a flow has yet to send in the present phase of its step.
struct Sending {
    double left = 0;       // bytes
    Instant counted_at{};  // `left` is as of here
    double rate = 0;       // since then
    StepId step = StepId::none();
};

// Counts down, for each step, the predecessors that have not ended.
class Countdown {
  public:
    explicit Countdown(const Plan& plan)
        : waiting_for_(plan.steps.size()), first_(plan.steps.size() + 1, 0) {
        for (const StepId id : plan.steps.ids()) {
            waiting_for_[id] = static_cast<std::uint32_t>(plan.after[id].size());
            for (const StepId before : plan.after[id]) ++first_[before.index + 1];
        }
        for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
        successors_.resize(first_.back());
        std::vector<std::uint32_t> next = first_;
        for (const StepId id : plan.steps.ids()) {
            for (const StepId before : plan.after[id]) successors_[next[before.index]++] = id;
        }
    }

    [[nodiscard]] bool is_over(StepId id) const { return waiting_for_[id] == 0; }

    /// Steps that nothing holds back any more, now that `ended` has, are added to `ready`.
    void note_end(StepId ended, ReadySteps& ready) {
        for (std::uint32_t i = first_[ended.index]; i < first_[ended.index + 1]; ++i) {
            if (--waiting_for_[successors_[i]] == 0) ready.add(successors_[i]);
        }
    }

  private:
    Table<Step, std::uint32_t> waiting_for_;
    std::vector<StepId> successors_;    // those of a step side by side
    std::vector<std::uint32_t> first_;  // by step: where they are
};

class Run {
  public:
    Run(const Pool& pool, const PoolState& state, const Plan& plan, bool with_timeline)
        : pool_(pool),
          plan_(plan),
          with_timeline_(with_timeline),
          state_(state),
          progress_(plan.steps.size()),
          countdown_(plan),
          ready_(pool.hosts.size(), plan.steps) {
        result_.times = Table<Step, StepTimes>(plan.steps.size());
        for (const StepId id : plan.steps.ids()) {
            if (countdown_.is_over(id)) ready_.add(id);
        }
        lay_links();
        note_mixed(Id<Host>::none());
    }

    tl::expected<Simulation, Stall> run() {
        dispatch();
        while (!events_.empty()) {
            const Instant at = events_.next_at();
            now_ = at;
            while (!events_.empty() && events_.next_at() == at) advance(StepId{events_.pop()});
            if (something_ended_) dispatch();
            share_links();
        }
        if (!ready_.empty()) return tl::unexpected(stall());
        close_books();
        return std::move(result_);
    }

  private:
    // What a host can send is one link with its budget, but where both directions share it.
    void lay_links() {
        for (const Host& host : pool_.hosts) {
            const auto rate = static_cast<double>(
                std::max<std::int64_t>(1, payload_rate(pool_.timing, host.link).count));
            const auto budget = static_cast<double>(host.send_budget.count);
            out_.push_back(links_.add_link(host.full_duplex ? std::min(rate, budget) : rate));
            in_.push_back(host.full_duplex ? links_.add_link(rate) : out_.back());
            budget_.push_back(host.full_duplex ? LinkNetwork::no_link : links_.add_link(budget));
        }
    }

    // ---- dispatching

    void dispatch() {
        something_ended_ = false;
        ready_.dispatch([this](StepId id) { return begin(id); });
        share_links();
    }

    std::optional<Violation> begin(StepId id) {
        const Step& step = plan_.steps[id];
        if (auto violation = throttled(pool_, state_, step)) return violation;
        const Event began = Began{step};
        const auto begun = apply(pool_, state_, began);
        if (!begun) return begun.error();
        record(began);
        result_.times[id].start = now_;
        progress_[id].phase_start = now_;
        if (is_migration(step)) {
            enter(id, Phase::before);
        } else {
            enter_fixed(id);
        }
        const StepSubject subject = subject_of(step);
        const Id<Host> arrival = subject.to.is_none() ? subject.host : subject.to;
        if (!subject.vm.is_none() && !arrival.is_none()) note_tightness(id, arrival);
        return std::nullopt;
    }

    Stall stall() {
        const StepId id = ready_.first();
        Stall result{now_, {id, {}}};
        const auto violation = forbids(pool_, state_, plan_.steps[id]);
        VACATE_CHECK(violation.has_value(), "a step that nothing forbids was not begun");
        result.broken.violation = *violation;
        return result;
    }

    // ---- phases

    void wait(StepId id, Duration time) { events_.set(id.index, now_ + time); }

    void enter_fixed(StepId id) {
        progress_[id].phase = Phase::fixed;
        wait(id, fixed_duration(plan_.steps[id]));
    }

    void enter(StepId id, Phase phase) {
        Progress& one = progress_[id];
        one.phase = phase;
        one.phase_start = now_;
        if (phase == Phase::before) wait(id, pool_.timing.before);
        if (phase == Phase::pause_rest) wait(id, pool_.timing.pause_overhead);
        if (phase == Phase::behind) wait(id, pool_.timing.after);
    }

    void send(StepId id, Phase phase, Bytes amount) {
        Progress& one = progress_[id];
        one.phase = phase;
        one.phase_start = now_;
        result_.times[id].sent += amount;
        if (one.flow == no_flow) open_flow(id, phase == Phase::disks);
        Sending& sending = sending_[one.flow];
        sending.left = static_cast<double>(amount.count);
        sending.counted_at = now_;
        if (sending.rate > 0) expect_end_of(sending);
    }

    // A new flow has no rate yet; share_links() gives it one before time moves on.
    void open_flow(StepId id, bool disks) {
        const StepSubject subject = subject_of(plan_.steps[id]);
        const Bandwidth cap = disks ? pool_.timing.storage_stream_cap : pool_.timing.stream_cap;
        const LinkNetwork::Route route{out_[subject.from.index], in_[subject.to.index],
                                       budget_[subject.from.index]};
        const FlowIndex flow = links_.start(route, static_cast<double>(cap.count));
        progress_[id].flow = flow;
        if (flow >= sending_.size()) sending_.resize(flow + std::size_t{1});
        sending_[flow] = Sending{};
        sending_[flow].step = id;
        links_changed_ = true;
    }

    void close_flow(StepId id) {
        links_.stop(progress_[id].flow);
        progress_[id].flow = no_flow;
        links_changed_ = true;
    }

    void expect_end_of(const Sending& sending) {
        const double microseconds = std::ceil(std::max(0.0, sending.left) * 1e6 / sending.rate);
        const auto longest = static_cast<double>(longest_transfer.count());
        wait(sending.step, Duration{static_cast<std::int64_t>(std::min(microseconds, longest))});
    }

    void share_links() {
        if (!links_changed_) return;
        links_changed_ = false;
        for (const FlowIndex flow : links_.settle()) {
            Sending& sending = sending_[flow];
            sending.left -= sending.rate * seconds(now_ - sending.counted_at);
            sending.counted_at = now_;
            sending.rate = links_.rate(flow);
            expect_end_of(sending);
        }
    }

    static double seconds(Duration time) { return static_cast<double>(time.count()) / 1e6; }

    void advance(StepId id) {
        Progress& one = progress_[id];
        switch (one.phase) {
            case Phase::fixed:
            case Phase::behind:
                return finish(id);
            case Phase::before:
                return start_copying(id);
            case Phase::disks:
                close_flow(id);  // memory has a cap of its own
                return send(id, Phase::round, pool_.vms[vm_of(id)].ram);
            case Phase::round:
                return end_round(id);
            case Phase::last_copy:
                close_flow(id);
                return enter(id, Phase::pause_rest);
            case Phase::pause_rest:
                result_.times[id].pause = now_ - one.pause_start;
                return enter(id, Phase::behind);
            case Phase::idle:
                VACATE_CHECK(false, "an event for a step that is not under way");
        }
    }

    void start_copying(StepId id) {
        const Vm& vm = pool_.vms[vm_of(id)];
        const bool with_disks = std::holds_alternative<MigrateStorage>(plan_.steps[id]);
        if (with_disks && vm.local_disk.count > 0) return send(id, Phase::disks, vm.local_disk);
        send(id, Phase::round, vm.ram);
    }

    void end_round(StepId id) {
        Progress& one = progress_[id];
        StepTimes& times = result_.times[id];
        ++times.rounds;
        const Bytes left = dirtied_in(pool_.vms[vm_of(id)], now_ - one.phase_start);
        const Bandwidth rate{static_cast<std::int64_t>(sending_[one.flow].rate)};
        if (!stops_the_guest(pool_.timing, times.rounds, left, rate)) {
            return send(id, Phase::round, left);
        }
        one.pause_start = now_;
        send(id, Phase::last_copy, left);
    }

    void finish(StepId id) {
        const Event ended = Ended{plan_.steps[id]};
        const auto done = apply(pool_, state_, ended);
        VACATE_CHECK(done.has_value(), "a step that began could not end");
        record(ended);
        result_.times[id].end = now_;
        progress_[id].phase = Phase::idle;
        if (const auto* upgrade = std::get_if<Upgrade>(&plan_.steps[id])) note_mixed(upgrade->host);
        ready_.note_end(plan_.steps[id]);
        countdown_.note_end(id, ready_);
        something_ended_ = true;
    }

    [[nodiscard]] Id<Vm> vm_of(StepId id) const { return subject_of(plan_.steps[id]).vm; }

    [[nodiscard]] Duration fixed_duration(const Step& step) const {
        const Timing& timing = pool_.timing;
        return std::visit(
            Overloaded{
                [&](const DisableHost&) { return timing.host_step; },
                [&](const EnableHost&) { return timing.host_step; },
                [&](const Upgrade& one) { return pool_.hosts[one.host].upgrade_time; },
                [&](const Suspend& one) {
                    return transfer_time(pool_.vms[one.vm].ram, timing.suspend_rate);
                },
                [&](const Resume& one) {
                    return transfer_time(pool_.vms[one.vm].ram, timing.suspend_rate);
                },
                [&](const Stop&) { return timing.stop; },
                [&](const Start&) { return timing.start; },
                [&](const BackUpDatabase&) { return timing.backup; },
                [&](const auto&) { return timing.preparation; },
            },
            step);
    }

    // ---- books

    void record(const Event& event) {
        if (with_timeline_) result_.timeline.push_back({now_, recorded_++, event});
    }

    void note_tightness(StepId id, Id<Host> host) {
        const Bytes free = free_in(pool_, state_, host);
        TightestMoment& tightest = result_.tightest;
        if (!tightest.host.is_none() && tightest.free <= free) return;
        tightest = {host, id, now_, free};
    }

    // Only `changed` changed its version since it was last asked; none: ask everybody.
    void note_mixed(Id<Host> changed) {
        if (!was_mixed_ && is_mixed_now(changed)) {
            was_mixed_ = true;
            mixed_since_ = now_;
        }
        if (was_mixed_) mixed_until_ = now_;
    }

    [[nodiscard]] bool is_mixed_now(Id<Host> changed) const {
        if (changed.is_none() || changed == pool_.coordinator) return is_mixed(pool_, state_);
        return makes_mixed(pool_.version_rule, version_in(pool_, state_, changed),
                           version_in(pool_, state_, pool_.coordinator));
    }

    void close_books() {
        Instant first = Instant::max();
        Instant last = Instant::min();
        for (const StepId id : plan_.steps.ids()) {
            const StepTimes& times = result_.times[id];
            const Step& step = plan_.steps[id];
            // Preparations and their undo are not counted: every index behind is one of them.
            if (step.index() < Step{BackUpDatabase{}}.index()) {
                first = std::min(first, times.start);
                last = std::max(last, times.end);
            }
            result_.bytes_moved += times.sent;
            result_.pause_total += times.pause;
            if (!is_migration(step)) continue;
            ++result_.moves;
            if (result_.pause_worst_step.is_none() || times.pause > result_.pause_worst) {
                result_.pause_worst = times.pause;
                result_.pause_worst_step = id;
            }
        }
        if (first <= last) result_.makespan = last - first;
        if (was_mixed_ && is_mixed(pool_, state_)) mixed_until_ = std::max(mixed_until_, now_);
        if (was_mixed_) result_.mixed_window = mixed_until_ - mixed_since_;
        result_.final_state = std::move(state_);
    }

    const Pool& pool_;
    const Plan& plan_;
    bool with_timeline_;
    PoolState state_;
    Table<Step, Progress> progress_;
    Countdown countdown_;
    ReadySteps ready_;
    EventQueue events_;  // the owner is the step's index
    LinkNetwork links_;
    std::vector<LinkNetwork::LinkIndex> out_, in_, budget_;  // by host
    std::vector<Sending> sending_;                           // by flow
    Simulation result_;
    Instant now_{};
    std::uint64_t recorded_ = 0;
    bool something_ended_ = false;
    bool links_changed_ = false;
    bool was_mixed_ = false;
    Instant mixed_since_{};
    Instant mixed_until_{};
};

}  // namespace

tl::expected<Simulation, Stall> simulate(const Pool& pool, const PoolState& state, const Plan& plan,
                                         const SimulationOptions& options) {
    return Run(pool, state, plan, options.timeline).run();
}

}  // namespace vacate
