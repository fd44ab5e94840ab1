// The phases of migrations, and the flows that carry them.
#include "sim/kernel/copies.hpp"

#include <algorithm>
#include <cmath>

#include "model/check.hpp"

namespace vacate {
namespace {

constexpr Duration rate_window = std::chrono::milliseconds(100);  // QEMU estimates its rate over
constexpr double least_opposed = 0.9;  // measured for up to two opposing streams; see README

double seconds(Duration time) { return static_cast<double>(time.count()) / 1e6; }
// Whether what a stream got of late decides anything.
bool needs_rate(const Copying& copying) {
    return copying.stop_rule == StopRule::qemu || copying.queued.count > 0;
}
double real(Bandwidth rate) { return static_cast<double>(rate.count); }

}  // namespace

Copies::Copies(const Pool& pool)
    : pool_(&pool),
      leaving_(pool.hosts.size(), 0),
      coming_(pool.hosts.size(), 0),
      places_taken_(pool.hosts.size(), 0),
      queues_(pool.hosts.size()) {
    lay_links();
}

// What a host can send is one link with its budget, but where both directions share it.
void Copies::lay_links() {
    for (const Id<Host> id : pool_->hosts.ids()) {
        const Host& host = pool_->hosts[id];
        const double rate = real(payload_rate(*pool_, id));
        const double budget = real(host.send_budget);
        out_.push_back(links_.add_link(host.full_duplex ? std::min(rate, budget) : rate));
        in_.push_back(host.full_duplex ? links_.add_link(rate) : out_.back());
        budget_.push_back(host.full_duplex ? LinkNetwork::no_link : links_.add_link(budget));
    }
}

void Copies::set_link(Id<Host> id, std::int64_t permille) {
    const Host& host = pool_->hosts[id];
    const double rate =
        std::max(1.0, real(payload_rate(*pool_, id)) * static_cast<double>(permille) / 1000);
    links_.set_capacity(out_[id.index],
                        host.full_duplex ? std::min(rate, real(host.send_budget)) : rate);
    if (host.full_duplex) links_.set_capacity(in_[id.index], rate);
    links_changed_ = true;
}

const Copying& Copies::copying(const Copy& copy) const {
    return copy.own ? *copy.own : pool_->timing;
}

Copies::Slot Copies::begin(const CopyOrder& order, Instant now) {
    Slot slot = static_cast<Slot>(copies_.size());
    if (idle_.empty()) {
        copies_.emplace_back();
    } else {
        slot = idle_.back();
        idle_.pop_back();
    }
    Copy& copy = copies_[slot];
    copy = Copy{};
    copy.order = order;
    const Vm& vm = pool_->vms[order.vm];
    if (!vm.timing.empty() || !pool_->hosts[order.from].timing.empty()) {
        copy.own = std::make_shared<const Copying>(copying_of(*pool_, vm, order.from));
    }
    copy.precopy.emplace(vm, copying(copy), order.dirty_permille);
    const Duration reservation = pool_->timing.reservation;
    if (reservation > Duration{}) {
        reserved_until_ = std::max(now, reserved_until_) + reservation;
        wait(slot, Phase::reserving, reserved_until_ - now, now);
    } else {
        wait(slot, Phase::before, copying(copy).before, now);
    }
    return slot;
}

void Copies::cancel(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    VACATE_CHECK(copy.phase != Phase::idle, "only a migration that is under way can be cancelled");
    if (copy.phase == Phase::queueing) {
        std::erase(queues_[copy.order.from.index], slot);
    } else {
        events_.remove(slot);
    }
    (void)release(slot, true, now);
}

// ---- phases

void Copies::wait(Slot slot, Phase phase, Duration time, Instant now) {
    copies_[slot].phase = phase;
    events_.set(slot, now + time);
}

std::optional<Copies::End> Copies::advance(Instant now) {
    const Slot slot = events_.pop();
    Copy& copy = copies_[slot];
    switch (copy.phase) {
        case Phase::reserving:
            wait(slot, Phase::before, copying(copy).before, now);
            return std::nullopt;
        case Phase::before:
            return enter_stream(slot, now);
        case Phase::disks:
            close_flow(copy.flow, copy);  // memory has a cap of its own
            return start_memory(slot, now);
        case Phase::wait:
            return send_leg(slot, now);
        case Phase::leg:
            return end_sending(slot, now);
        case Phase::hold:
            return end_leg(slot, now);
        case Phase::behind:
            return release(slot, false, now);
        case Phase::idle:
        case Phase::queueing:
            break;
    }
    VACATE_CHECK(false, "an event for a migration that waits for none");
    return std::nullopt;
}

// A host may let only so many streams copy at once; the others wait in the order they came.
std::optional<Copies::End> Copies::enter_stream(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    if (copy.has_place) return start_copying(slot, now);
    const std::size_t from = copy.order.from.index;
    const std::int64_t most = pool_->hosts[copy.order.from].streams_max;
    if (most > 0 && places_taken_[from] >= most) {
        copy.phase = Phase::queueing;
        queues_[from].push_back(slot);
        return std::nullopt;
    }
    ++places_taken_[from];
    copy.has_place = true;
    return start_copying(slot, now);
}

void Copies::leave_stream(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    if (!copy.has_place) return;
    copy.has_place = false;
    const std::size_t from = copy.order.from.index;
    std::vector<Slot>& queue = queues_[from];
    if (queue.empty()) {
        --places_taken_[from];
        return;
    }
    const Slot next = queue.front();
    queue.erase(queue.begin());
    copies_[next].has_place = true;
    wait(next, Phase::before, Duration{}, now);
}

std::optional<Copies::End> Copies::start_copying(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    const Vm& vm = pool_->vms[copy.order.vm];
    if (!copy.order.with_disks || vm.local_disk.count <= 0) return start_memory(slot, now);
    if (vm.disk_writes.count > 0) copy.mirror = open_flow(copy, no_slot, vm.disk_writes);
    copy.flow = open_flow(copy, slot, copying(copy).storage_stream_cap);
    send(slot, Phase::disks, vm.local_disk, now);
    return std::nullopt;
}

std::optional<Copies::End> Copies::start_memory(Slot slot, Instant now) {
    return start_leg(slot, copies_[slot].precopy->first(), now);
}

std::optional<Copies::End> Copies::start_leg(Slot slot, const Leg& leg, Instant now) {
    Copy& copy = copies_[slot];
    copy.leg = leg;
    copy.leg_start = now;
    if (leg.pause_at) {
        pause(copy, leg, now);
    } else {
        resume(copy, now);
    }
    if (leg.wait <= Duration{}) return send_leg(slot, now);
    close_flow(copy.flow, copy);
    wait(slot, Phase::wait, leg.wait, now);
    return std::nullopt;
}

std::optional<Copies::End> Copies::send_leg(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    if (copy.leg.amount.count <= 0) return end_sending(slot, now);
    if (copy.flow == no_flow) {
        Bandwidth cap = copying(copy).stream_cap;
        const Bandwidth live = copying(copy).live_cap;
        if (live.count > 0 && !copy.leg.uncapped) cap = std::min(cap, live);
        copy.flow = open_flow(
            copy, slot,
            Bandwidth{std::max<std::int64_t>(1, cap.count * copy.order.speed_permille / 1000)});
    }
    send(slot, Phase::leg, copy.leg.amount, now);
    return std::nullopt;
}

// All of the leg was sent, or it was time to look at what is dirty, or it was cut short.
std::optional<Copies::End> Copies::end_sending(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    if (copy.flow != no_flow && copy.phase == Phase::leg) {
        Sending& sending = sending_[copy.flow];
        count(sending, now);
        sending.rest = std::max(0.0, sending.rest);
        if (copy.order.fails_at_permille > 0 && copy.figures.rounds == 0) {
            copy.figures.sent += copy.leg.amount - Bytes{static_cast<std::int64_t>(sending.rest)};
            return release(slot, true, now);
        }
    }
    const Instant earliest = copy.leg_start + copy.leg.at_least;
    if (earliest <= now) return end_leg(slot, now);
    close_flow(copy.flow, copy);
    wait(slot, Phase::hold, earliest - now, now);
    return std::nullopt;
}

std::optional<Copies::End> Copies::end_leg(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    Bytes sent = copy.leg.amount;
    Bandwidth rate{1};
    if (copy.flow != no_flow) {
        const Sending& sending = sending_[copy.flow];
        sent -= Bytes{static_cast<std::int64_t>(sending.rest)};
        if (needs_rate(copying(copy))) {
            rate = recent_rate(sending, now);
            copy.last_rate = rate;
        }
    }
    copy.figures.sent += sent;
    const std::optional<Leg> next = copy.precopy->next(now - copy.leg_start, sent, rate);
    copy.figures.rounds = copy.precopy->rounds();
    if (!next) return end_copying(slot, now);
    const bool recapped = copying(copy).live_cap.count > 0 && next->uncapped;
    if (next->amount.count <= 0 || recapped) close_flow(copy.flow, copy);
    return start_leg(slot, *next, now);
}

std::optional<Copies::End> Copies::end_copying(Slot slot, Instant now) {
    Copy& copy = copies_[slot];
    resume(copy, now);
    close_flow(copy.flow, copy);
    close_flow(copy.mirror, copy);
    leave_stream(slot, now);
    copy.figures.gap += copy.figures.pause + copying(copy).arrival;
    wait(slot, Phase::behind, copying(copy).after, now);
    return std::nullopt;
}

std::optional<Copies::End> Copies::release(Slot slot, bool failed, Instant now) {
    Copy& copy = copies_[slot];
    close_flow(copy.flow, copy);
    close_flow(copy.mirror, copy);
    leave_stream(slot, now);
    copy.phase = Phase::idle;
    idle_.push_back(slot);
    return End{slot, failed};
}

void Copies::pause(Copy& copy, const Leg& leg, Instant now) {
    if (copy.paused) return;
    copy.paused = true;
    copy.pause_start = now + *leg.pause_at;
}

void Copies::resume(Copy& copy, Instant now) {
    if (!copy.paused) return;
    copy.paused = false;
    copy.figures.pause += std::max(Duration{}, now - copy.pause_start);
    copy.figures.gap = transfer_time(copying(copy).queued, copy.last_rate);
}

std::int64_t Copies::progress_permille(Slot slot, Instant now) const {
    const Copy& copy = copies_[slot];
    if (copy.figures.rounds > 0) return 1000;
    if (copy.phase != Phase::leg || copy.flow == no_flow || copy.leg.amount.count <= 0) return 0;
    const Sending& sending = sending_[copy.flow];
    const double rest = sending.rest - sending.rate * seconds(now - sending.counted_at);
    const auto whole = static_cast<double>(copy.leg.amount.count);
    return static_cast<std::int64_t>((whole - std::max(0.0, rest)) * 1000 / whole);
}

// ---- flows

// A new flow has no rate yet; settle() gives it one before time moves on.
Copies::FlowIndex Copies::open_flow(const Copy& copy, Slot slot, Bandwidth cap) {
    const CopyOrder& order = copy.order;
    const LinkNetwork::Route route{out_[order.from.index], in_[order.to.index],
                                   budget_[order.from.index]};
    const FlowIndex flow = links_.start(route, real(cap));
    if (flow >= sending_.size()) sending_.resize(flow + std::size_t{1});
    sending_[flow] = Sending{};
    sending_[flow].slot = slot;
    note_stream(order, 1);
    links_changed_ = true;
    return flow;
}

void Copies::close_flow(FlowIndex& flow, const Copy& copy) {
    if (flow == no_flow) return;
    links_.stop(flow);
    sending_[flow].slot = no_slot;
    flow = no_flow;
    note_stream(copy.order, -1);
    links_changed_ = true;
}

// Only an opposing factor asks for these.
void Copies::note_stream(const CopyOrder& order, std::int32_t more) {
    if (pool_->timing.opposing_permille >= 1000) return;
    leaving_[order.from.index] += more;
    coming_[order.to.index] += more;
    between_[{order.from, order.to}] += more;
}

// Streams that leave where this one goes to, or come to where it is from.
std::int32_t Copies::opposing(const CopyOrder& order) const {
    const auto both = between_.find({order.to, order.from});
    return leaving_[order.to.index] + coming_[order.from.index] -
           (both == between_.end() ? 0 : both->second);
}

void Copies::send(Slot slot, Phase phase, Bytes amount, Instant now) {
    Copy& copy = copies_[slot];
    copy.phase = phase;
    if (phase == Phase::disks) copy.figures.sent += amount;
    Sending& sending = sending_[copy.flow];
    sending.rest = static_cast<double>(amount.count);
    if (phase == Phase::leg) {
        sending.rest -= static_cast<double>(std::min(amount, copy.leg.at_once).count);
    }
    sending.counted_at = now;
    if (sending.rate > 0) expect(sending, now);
}

void Copies::count(Sending& sending, Instant now) const {
    sending.rest -= sending.rate * seconds(now - sending.counted_at);
    sending.counted_at = now;
}

// Where the phase ends: with nothing left, but for a look at what is dirty or a fault on the way.
void Copies::aim(Sending& sending) {
    const Copy& copy = copies_[sending.slot];
    sending.aim = 0;
    if (copy.phase != Phase::leg) return;
    const Bytes rest{static_cast<std::int64_t>(std::max(0.0, sending.rest))};
    const Bandwidth rate{static_cast<std::int64_t>(sending.rate)};
    const Bytes kept = rest - copy.precopy->until_look(rest, rate);
    sending.aim = static_cast<double>(kept.count);
    if (copy.order.fails_at_permille > 0 && copy.figures.rounds == 0) {
        const auto whole = static_cast<double>(copy.leg.amount.count);
        sending.aim = whole * (1 - static_cast<double>(copy.order.fails_at_permille) / 1000);
    }
}

void Copies::expect(Sending& sending, Instant now) {
    aim(sending);
    const double amount = std::max(0.0, sending.rest - sending.aim);
    const double microseconds = std::ceil(amount * 1e6 / sending.rate);
    const auto longest = static_cast<double>(longest_transfer.count());
    Instant end = now + Duration{static_cast<std::int64_t>(std::min(microseconds, longest))};
    const Copy& copy = copies_[sending.slot];
    if (copy.phase == Phase::leg && copy.leg.cut_at) {
        end = std::max(now, std::min(end, copy.leg_start + *copy.leg.cut_at));
    }
    events_.set(sending.slot, end);
}

double Copies::granted(FlowIndex flow) const {
    const double rate = links_.rate(flow);
    if (pool_->timing.opposing_permille >= 1000 || sending_[flow].slot == no_slot) return rate;
    const std::int32_t against = opposing(copies_[sending_[flow].slot].order);
    double kept = 1;
    for (std::int32_t i = 0; i < against && kept > least_opposed; ++i) {
        kept *= static_cast<double>(pool_->timing.opposing_permille) / 1000;
    }
    return rate * std::max(kept, least_opposed);
}

void Copies::set_rate(FlowIndex flow, Instant now) {
    Sending& sending = sending_[flow];
    const double rate = granted(flow);
    if (rate == sending.rate) return;
    count(sending, now);
    sending.rate_before = sending.rate > 0 ? sending.rate : rate;
    sending.changed_at = now;
    sending.rate = rate;
    if (sending.slot != no_slot) expect(sending, now);
}

void Copies::settle(Instant now) {
    if (!links_changed_) return;
    links_changed_ = false;
    for (const FlowIndex flow : links_.settle()) set_rate(flow, now);
    if (pool_->timing.opposing_permille >= 1000) return;
    for (const Copy& copy : copies_) {
        if (copy.flow != no_flow) set_rate(copy.flow, now);
    }
}

Bandwidth Copies::recent_rate(const Sending& sending, Instant now) const {
    const Duration since = std::min(rate_window, now - sending.changed_at);
    const double share = seconds(since) / seconds(rate_window);
    const double rate = sending.rate * share + sending.rate_before * (1 - share);
    return Bandwidth{std::max<std::int64_t>(1, static_cast<std::int64_t>(rate))};
}

}  // namespace vacate
