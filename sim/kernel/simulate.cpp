// The event loop: dispatch, what begins and ends, and the books of a run.
#include "sim/kernel/simulate.hpp"

#include <algorithm>
#include <utility>

#include "model/check.hpp"
#include "model/limits.hpp"
#include "model/throttle.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

// How much of a migration that fails is done for nothing: half of its first pass.
constexpr std::int64_t failure_permille = 500;

}  // namespace

Simulator::Simulator(const Pool& pool, const PoolState& state, const Plan& plan,
                     const SimulationOptions& options)
    : pool_(&pool),
      plan_(&plan),
      options_(options),
      state_(state),
      ready_(pool.hosts.size(), plan.steps),
      copies_(pool),
      stages_(plan.steps.size()),
      waiting_for_(plan.steps.size()),
      first_(plan.steps.size() + 1, 0),
      left_(plan.steps.size()) {
    result_.times = Table<Step, StepTimes>(plan.steps.size());
    if (options_.future != nullptr && options_.future->failing.size() > 0) {
        attempts_ = Table<Vm, std::uint8_t>(pool.vms.size());
        failed_ = Table<Vm, std::uint8_t>(pool.vms.size());
    }
    count_predecessors();
    for (const StepId id : plan.steps.ids()) {
        if (waiting_for_[id] == 0) release(id);
    }
    schedule_link_change();
    note_mixed(Id<Host>::none());
    dispatch();
}

void Simulator::count_predecessors() {
    for (const StepId id : plan_->steps.ids()) {
        waiting_for_[id] = static_cast<std::uint32_t>(plan_->after[id].size());
        for (const StepId before : plan_->after[id]) ++first_[before.index + 1];
    }
    for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    successors_.resize(first_.back());
    std::vector<std::uint32_t> next = first_;
    for (const StepId id : plan_->steps.ids()) {
        for (const StepId before : plan_->after[id]) successors_[next[before.index]++] = id;
    }
}

// Nothing comes before it any more; it may be held back to its instant.
void Simulator::release(StepId id) {
    if (options_.not_before.size() > 0 && options_.not_before[id] > now_) {
        stages_[id] = Stage::held;
        something_released_ = true;
        events_.set(id.index, options_.not_before[id]);
        return;
    }
    stages_[id] = Stage::ready;
    ready_.add(id);
}

// ---- the loop

bool Simulator::is_over() const { return left_ == 0 || (events_.empty() && copies_.empty()); }

Instant Simulator::next_fixed() { return events_.empty() ? Instant::max() : events_.next_at(); }

Instant Simulator::next_copy() { return copies_.empty() ? Instant::max() : copies_.next_at(); }

Instant Simulator::next_at() { return std::min(next_fixed(), next_copy()); }

void Simulator::advance() {
    Instant fixed = next_fixed();
    Instant copy = next_copy();
    now_ = std::min(fixed, copy);
    while (fixed == now_ || copy == now_) {
        for (; fixed == now_; fixed = next_fixed()) happen(events_.pop());
        for (; copy == now_; copy = next_copy()) {
            if (const auto ended = copies_.advance(now_)) close_copy(*ended);
        }
        if (something_released_) fixed = next_fixed();
        something_released_ = false;
    }
    if (something_ended_) dispatch();
    copies_.settle(now_);
}

tl::expected<Simulation, Stall> Simulator::finish() {
    while (!is_over()) advance();
    if (left_ > 0) {
        Stall stalled = stall();
        for (const VmState& vm : state_.vms) {
            if (!vm.parked.is_none() && vm.power != Power::running) ++stalled.vms_down;
        }
        return tl::unexpected(std::move(stalled));
    }
    close_books();
    return std::move(result_);
}

void Simulator::happen(std::uint32_t owner) {
    if (owner == plan_->steps.size()) {
        const LinkChange& change = options_.future->links[links_changed_++];
        copies_.set_link(change.host, change.permille);
        return schedule_link_change();
    }
    const StepId id{owner};
    if (stages_[id] != Stage::held) return end(id);
    stages_[id] = Stage::ready;
    ready_.add(id);
    something_ended_ = true;
}

void Simulator::schedule_link_change() {
    if (options_.future == nullptr || links_changed_ >= options_.future->links.size()) return;
    events_.set(static_cast<std::uint32_t>(plan_->steps.size()),
                std::max(now_, options_.future->links[links_changed_].at));
}

void Simulator::dispatch() {
    something_ended_ = false;
    ready_.dispatch([this](StepId id) { return begin(id); });
    copies_.settle(now_);
}

std::optional<Violation> Simulator::begin(StepId id) {
    const Step& step = plan_->steps[id];
    if (auto violation = throttled(*pool_, state_, step)) return violation;
    const Event began = Began{step};
    const auto begun = apply(*pool_, state_, began);
    if (!begun) return begun.error();
    record(began);
    // One that failed began when it was first tried.
    const Id<Vm> vm = subject_of(step).vm;
    const bool again = !failed_.empty() && !vm.is_none() && failed_[vm] > 0;
    if (!again) result_.times[id].start = now_;
    stages_[id] = Stage::under_way;
    if (is_migration(step)) {
        begin_copy(id);
    } else if (const auto* upgrade = std::get_if<Upgrade>(&step);
               upgrade == nullptr || options_.future == nullptr ||
               options_.future->lost.size() == 0 || options_.future->lost[upgrade->host] == 0) {
        events_.set(id.index, now_ + fixed_duration(step));
    }
    const StepSubject subject = subject_of(step);
    const Id<Host> arrival = subject.to.is_none() ? subject.host : subject.to;
    if (!subject.vm.is_none() && !arrival.is_none()) note_tightness(id, arrival);
    return std::nullopt;
}

void Simulator::begin_copy(StepId id) {
    const Step& step = plan_->steps[id];
    const StepSubject subject = subject_of(step);
    CopyOrder order;
    order.vm = subject.vm;
    order.from = subject.from;
    order.to = subject.to;
    order.with_disks = std::holds_alternative<MigrateStorage>(step);
    if (options_.future != nullptr) {
        const Future& future = *options_.future;
        if (!future.speed_permille.empty()) order.speed_permille = future.speed_permille[order.vm];
        if (!future.dirty_permille.empty()) order.dirty_permille = future.dirty_permille[order.vm];
        if (!attempts_.empty()) {
            const unsigned attempt = attempts_[order.vm]++ % 64u;
            const bool fails = (future.failing[order.vm] >> attempt & 1u) != 0;
            if (fails) order.fails_at_permille = failure_permille;
        }
    }
    const Copies::Slot slot = copies_.begin(order, now_);
    if (slot >= step_of_.size()) step_of_.resize(slot + std::size_t{1}, StepId::none());
    step_of_[slot] = id;
}

void Simulator::close_copy(const Copies::End& ended) {
    const StepId id = step_of_[ended.slot];
    const CopyFigures& figures = copies_.figures(ended.slot);
    StepTimes& times = result_.times[id];
    times.sent += figures.sent;
    times.pause = figures.pause;
    times.gap = figures.gap;
    times.rounds = figures.rounds;
    if (ended.failed) return fail(id);
    if (!failed_.empty()) failed_[subject_of(plan_->steps[id]).vm] = 0;
    end(id);
}

void Simulator::end(StepId id) {
    const Step& step = plan_->steps[id];
    const Event ended = Ended{step};
    const auto done = apply(*pool_, state_, ended);
    VACATE_CHECK(done.has_value(), "a step that began could not end");
    record(ended);
    result_.times[id].end = now_;
    stages_[id] = Stage::over;
    --left_;
    if (const auto* upgrade = std::get_if<Upgrade>(&step)) note_mixed(upgrade->host);
    ready_.note_end(step);
    for (std::uint32_t i = first_[id.index]; i < first_[id.index + 1]; ++i) {
        if (--waiting_for_[successors_[i]] == 0) release(successors_[i]);
    }
    something_ended_ = true;
}

// The VM is where it was; its migration is begun again, a bounded number of times.
void Simulator::fail(StepId id) {
    const Step& step = plan_->steps[id];
    const Event failed = Failed{step};
    const auto done = apply(*pool_, state_, failed);
    VACATE_CHECK(done.has_value(), "a step that began could not fail");
    record(failed);
    ready_.note_end(step);
    something_ended_ = true;
    if (++failed_[subject_of(step).vm] > limits::retries) {
        if (given_up_.is_none()) given_up_ = id;
        stages_[id] = Stage::waiting;
        return;
    }
    stages_[id] = Stage::ready;
    ready_.add(id);
}

// What keeps the plan from its end: what never ended before what may not begin.
Stall Simulator::stall() const {
    if (!given_up_.is_none()) return {now_, {given_up_, {}}, Stall::Kind::gave_up};
    for (const StepId id : plan_->steps.ids()) {
        if (stages_[id] == Stage::under_way) return {now_, {id, {}}, Stall::Kind::lost_host};
    }
    VACATE_CHECK(!ready_.empty(), "a plan came to a stop and nothing is waiting");
    const StepId id = ready_.first();
    const auto violation = forbids(*pool_, state_, plan_->steps[id]);
    VACATE_CHECK(violation.has_value(), "a step that nothing forbids was not begun");
    return {now_, {id, *violation}, Stall::Kind::forbidden};
}

Duration Simulator::fixed_duration(const Step& step) const {
    const Pool& pool = *pool_;
    const Timing& timing = pool.timing;
    const Future* future = options_.future;
    return std::visit(
        Overloaded{
            [&](const DisableHost&) { return timing.host_step; },
            [&](const EnableHost&) { return timing.host_step; },
            [&](const Upgrade& one) {
                const bool drawn = future != nullptr && future->upgrade_time.size() > 0;
                return drawn ? future->upgrade_time[one.host] : pool.hosts[one.host].upgrade_time;
            },
            [&](const Suspend& one) {
                return transfer_time(pool.vms[one.vm].ram, timing.suspend_rate);
            },
            [&](const Resume& one) {
                return transfer_time(pool.vms[one.vm].ram, timing.suspend_rate);
            },
            [&](const Stop&) { return timing.stop; },
            [&](const Start&) { return timing.start; },
            [&](const BackUpDatabase&) { return timing.backup; },
            [&](const auto&) { return timing.preparation; },
        },
        step);
}

// ---- books

void Simulator::record(const Event& event) {
    if (options_.timeline) result_.timeline.push_back({now_, recorded_++, event});
}

void Simulator::note_tightness(StepId id, Id<Host> host) {
    const Bytes free = free_in(*pool_, state_, host);
    TightestMoment& tightest = result_.tightest;
    if (!tightest.host.is_none() && tightest.free <= free) return;
    tightest = {host, id, now_, free};
}

// Only `changed` changed its version since it was last asked; none: ask everybody.
void Simulator::note_mixed(Id<Host> changed) {
    if (!was_mixed_ && is_mixed_now(changed)) {
        was_mixed_ = true;
        mixed_since_ = now_;
    }
    if (was_mixed_) mixed_until_ = now_;
}

bool Simulator::is_mixed_now(Id<Host> changed) const {
    if (changed.is_none() || changed == pool_->coordinator) return is_mixed(*pool_, state_);
    return makes_mixed(pool_->version_rule, version_in(*pool_, state_, changed),
                       version_in(*pool_, state_, pool_->coordinator));
}

void Simulator::close_books() {
    Instant first = Instant::max();
    Instant last = Instant::min();
    for (const StepId id : plan_->steps.ids()) {
        const StepTimes& times = result_.times[id];
        const Step& step = plan_->steps[id];
        if (counts_in_makespan(step)) {
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
    if (was_mixed_ && is_mixed(*pool_, state_)) mixed_until_ = std::max(mixed_until_, now_);
    if (was_mixed_) result_.mixed_window = mixed_until_ - mixed_since_;
    result_.final_state = std::move(state_);
}

tl::expected<Simulation, Stall> simulate(const Pool& pool, const PoolState& state, const Plan& plan,
                                         const SimulationOptions& options) {
    return Simulator(pool, state, plan, options).finish();
}

}  // namespace vacate
