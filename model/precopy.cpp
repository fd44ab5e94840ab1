// Pre-copy in integers: what gets dirty, the stop rules, and the pause.
#include "model/precopy.hpp"

#include <algorithm>

#include "model/check.hpp"
#include "model/decay.hpp"

namespace vacate {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t page_bytes = 4096;
constexpr Bytes few_pages{50 * page_bytes};
constexpr Duration look_interval = milliseconds(50);  // of QEMU's sender: MAX_WAIT in ram.c
constexpr std::int64_t tebibyte = std::int64_t{1} << 40;
constexpr std::int64_t log_samples = 16;  // ages of chunks that are looked at, at most

Bytes part_of(Bytes amount, std::int64_t dividend, std::int64_t divisor) {
    if (dividend == divisor) return amount;
    std::int64_t small = 0;  // most products need no more
    if (!__builtin_mul_overflow(amount.count, dividend, &small)) {
        return Bytes{small / divisor + (small % divisor > 0 ? 1 : 0)};
    }
    return Bytes{divide_up(static_cast<Wide>(amount.count) * dividend, divisor)};
}

Bytes dirtied_of(const DirtyClass& pages, Duration time, std::int64_t kept_permille) {
    const std::int64_t full_speed = moved_in(pages.rate, time).count;
    const Bytes written{full_speed / 1000 * kept_permille +
                        full_speed % 1000 * kept_permille / 1000};
    if (pages.set.count <= 0 || written.count <= 0) return Bytes{};
    if (pages.sweeps) return std::min(written, pages.set);
    return part_of(pages.set, whole_share - decay(written.count, pages.set.count), whole_share);
}

Bytes dirtied_since(const Vm& vm, Duration time, std::int64_t kept_permille) {
    Bytes sum = dirtied_of({vm.dirty_rate, vm.working_set, vm.sweeps}, time, kept_permille);
    for (const DirtyClass& pages : vm.dirty_classes) {
        sum += dirtied_of(pages, time, kept_permille);
        sum = std::min(sum, vm.ram);
    }
    sum += std::min(vm.ram, moved_in(vm.cold_rate, time));
    return std::min(sum, vm.ram);
}

bool is_random(const Vm& vm) {
    return !vm.sweeps || std::any_of(vm.dirty_classes.begin(), vm.dirty_classes.end(),
                                     [](const DirtyClass& pages) { return !pages.sweeps; });
}

Bytes rewritten_part(const Vm& vm) {
    Bytes sum = vm.working_set;
    for (const DirtyClass& pages : vm.dirty_classes) sum = std::min(vm.ram, sum + pages.set);
    return std::min(vm.ram, sum);
}

Duration per_tebibyte(Duration time, Bytes memory) {
    return Duration{divide_up(static_cast<Wide>(time.count()) * memory.count, tebibyte)};
}

Duration setup_time(const Vm& vm, const Copying& copying) {
    const Bytes zeros = part_of(vm.ram, vm.zero_permille, 1000);
    Duration time = copying.setup + per_tebibyte(copying.setup_per_tebibyte, vm.ram);
    if (copying.zero_scan.count > 0) time += transfer_time(zeros, copying.zero_scan);
    return time;
}

// Pages with their headers, compressed.
Bytes packed(Bytes pages, const Copying& copying) {
    const Bytes framed = part_of(pages, page_bytes + copying.page_header.count, page_bytes);
    return part_of(framed, copying.wire_permille, 1000);
}

Bytes zero_pages(const Vm& vm) {
    return Bytes{
        static_cast<std::int64_t>(static_cast<Wide>(vm.ram.count) * vm.zero_permille / 1000)};
}

Bytes packed_zeros(Bytes zeros, const Copying& copying) {
    return part_of(zeros, copying.zero_page.count, page_bytes);
}

// All memory, zero pages left out.
Bytes first_pass(const Vm& vm, const Copying& copying) {
    const Bytes zeros = zero_pages(vm);
    return packed(vm.ram - zeros, copying) + packed_zeros(zeros, copying);
}

}  // namespace

Bytes dirtied_in(const Vm& vm, const Copying& copying, Duration time,
                 std::int64_t slowed_permille) {
    const std::int64_t kept = 1000 - slowed_permille;
    const std::int64_t chunk = copying.dirty_log_chunk.count;
    if (chunk <= 0 || vm.ram.count <= chunk) return dirtied_since(vm, time, kept);
    const std::int64_t chunks = divide_up(vm.ram.count, chunk);
    const std::int64_t samples = std::min(chunks, log_samples);
    Wide sum = 0;
    for (std::int64_t sample = 1; sample <= samples; ++sample) {
        // The middle of a group of ages, of which the least is one chunk's time, the most all of
        // it.
        const Wide middle = (2 * static_cast<Wide>(sample) - 1) * chunks + samples;
        const auto age = static_cast<std::int64_t>(middle * time.count() /
                                                   (2 * static_cast<Wide>(samples) * chunks));
        sum += dirtied_since(vm, Duration{age}, kept).count;
    }
    return Bytes{divide_up(sum, samples)};
}

Precopy::Precopy(const Vm& vm, const Copying& copying, std::int64_t dirty_permille)
    : vm_(&vm),
      copying_(&copying),
      zeros_(zero_pages(vm)),
      left_(vm.ram - zeros_),
      left_wire_(first_pass(vm, copying)),
      dirty_permille_(dirty_permille) {}

Leg Precopy::first() {
    Leg leg = send_live();
    leg.wait = setup_time(*vm_, *copying_);
    leg.at_least = leg.wait;
    if (copying_->live_cap.count <= 0) leg.at_once = copying_->queued;
    return leg;
}

// What may be left when QEMU stops the guest.
Bytes Precopy::bearable(Bandwidth rate) const { return moved_in(rate, copying_->downtime_limit); }

Bytes Precopy::until_look(Bytes rest, Bandwidth rate) const {
    if (stage_ != Stage::live || copying_->stop_rule != StopRule::qemu) return rest;
    // Looks further apart than the limit could pass by the moment when the rest is small enough,
    // each time by the same; those of a real sender are never so much in step.
    const Duration interval = std::min(look_interval, copying_->downtime_limit / 2);
    const std::int64_t at_a_time = std::max<std::int64_t>(1, moved_in(rate, interval).count);
    // It has looked just now when nothing of the leg was sent yet.
    const std::int64_t least = rest == left_wire_ ? at_a_time : 0;
    const Bytes small = wire_of_rest(bearable(rate));
    const std::int64_t over = std::max(least, rest.count - small.count);
    return std::min(rest, Bytes{divide_up(over, at_a_time) * at_a_time});
}

// Over the wire, the end of the present leg in which so much memory is left. The zero pages of
// the first pass are its end: a guest that never touched all of its memory left out the last of
// it. QEMU counts them among what is left like any other page.
Bytes Precopy::wire_of_rest(Bytes memory) const {
    const Bytes zeros_wire = packed_zeros(zeros_, *copying_);
    if (memory < zeros_) return part_of(zeros_wire, memory.count, zeros_.count);
    if (left_.count <= 0) return left_wire_;
    const Bytes behind = std::min(memory - zeros_, left_);
    return zeros_wire + part_of(left_wire_ - zeros_wire, behind.count, left_.count);
}

Leg Precopy::send_live() {
    unsent_zeros_ = Bytes{};
    Leg leg;
    leg.amount = left_wire_;
    limit(leg);
    return leg;
}

// Post-copy and a limit of the live phase end a leg wherever it is.
void Precopy::limit(Leg& leg) const {
    const auto cut = [&](Duration after) {
        if (after <= Duration{}) return;
        const Duration rest = std::max(Duration{1}, after - elapsed_);
        leg.cut_at = leg.cut_at ? std::min(*leg.cut_at, rest) : rest;
    };
    cut(copying_->live_max);
    cut(copying_->post_copy_after);
}

std::optional<Leg> Precopy::next(Duration took, Bytes sent, Bandwidth rate) {
    elapsed_ += took;
    switch (stage_) {
        case Stage::live:
            return look(took, left_wire_ - std::min(sent, left_wire_), rate);
        case Stage::few: {
            if (sent.count > 0) ++rounds_;
            const Bytes unsent = take_unsent(left_wire_ - std::min(sent, left_wire_));
            return stop(unsent, merged(unsent, dirtied(took)), took);
        }
        case Stage::waiting:
            return copy_paused(std::max(left_, merged(unsent_, dirtied(took + last_took_))));
        case Stage::suspending:
            return copy_paused(dirtied(copying_->suspend));
        case Stage::last:
            stage_ = Stage::rest;
            return Leg{{}, {}, fixed_pause(), Duration{}, {}, {}, false};
        case Stage::switching: {
            stage_ = Stage::pulling;
            Leg leg;
            leg.amount = left_wire_;
            leg.uncapped = true;
            return leg;
        }
        case Stage::rest:
        case Stage::pulling:
            stage_ = Stage::done;
            return std::nullopt;
        case Stage::done:
            break;
    }
    VACATE_CHECK(false, "a pre-copy that has ended was asked for more");
    return std::nullopt;
}

// Takes the end of a leg that was not sent apart: pages, and zero pages, which come last.
Bytes Precopy::take_unsent(Bytes wire) {
    const Bytes zeros_wire = packed_zeros(zeros_, *copying_);
    const Bytes pages_wire = left_wire_ - zeros_wire;
    if (wire <= zeros_wire) {
        zeros_ = zeros_wire.count > 0 ? part_of(zeros_, wire.count, zeros_wire.count) : Bytes{};
        return Bytes{};
    }
    return part_of(left_, (wire - zeros_wire).count, pages_wire.count);
}

// A live leg has ended: what is dirty now, and what does the stop rule make of it?
Leg Precopy::look(Duration took, Bytes unsent_wire, Bandwidth rate) {
    ++rounds_;
    const Bytes unsent = take_unsent(unsent_wire);
    const Bytes rewritten = dirtied(took);
    const Bytes pending = merged(unsent, rewritten);
    note_progress(left_ - unsent, rewritten);
    const auto is_over = [this](Duration limit) { return limit > Duration{} && elapsed_ >= limit; };
    const Bytes counted = pending + zeros_;
    left_ = pending;
    unsent_zeros_ = packed_zeros(zeros_, *copying_);
    left_wire_ = wire_of(pending) + unsent_zeros_;
    zeros_ = Bytes{};  // the next leg goes on with them: they are sent before anything else
    const bool is_round = copying_->post_copy_round > 0 && rounds_ >= copying_->post_copy_round;
    if (is_round || is_over(copying_->post_copy_after)) return switch_over();
    if (is_over(copying_->live_max)) return stop(unsent, pending, took);
    const bool few = pending < few_pages;
    switch (copying_->stop_rule) {
        case StopRule::xen:
            if (rounds_ >= copying_->rounds_max) return stop(unsent, pending, took);
            if (few) stage_ = Stage::few;
            break;
        case StopRule::xenserver:
            if (rounds_ < copying_->rounds_max - 1 && !few) break;
            stage_ = Stage::suspending;
            unsent_zeros_ = Bytes{};
            return Leg{left_wire_, {}, copying_->suspend, copying_->suspend, {}, {}, false};
        case StopRule::qemu:
            if (rounds_ >= copying_->rounds_max || counted <= bearable(rate)) {
                return stop(unsent, pending, took);
            }
            break;
    }
    return send_live();
}

// The guest is asked to suspend: it runs on, and dirties pages, until it stands still.
Leg Precopy::stop(Bytes unsent, Bytes pending, Duration since_look) {
    if (copying_->suspend <= Duration{}) return copy_paused(pending);
    stage_ = Stage::waiting;
    last_took_ = since_look;
    unsent_ = unsent;
    left_ = pending;
    return Leg{{}, copying_->suspend, copying_->suspend, {}, {}, {}, false};
}

Leg Precopy::copy_paused(Bytes pending) {
    stage_ = Stage::last;
    Leg leg;
    leg.amount = wire_of(pending) + unsent_zeros_;
    leg.pause_at = Duration{};
    leg.uncapped = true;
    // A sender that was held back has not filled the queues before.
    if (copying_->live_cap.count > 0) leg.at_once = std::min(copying_->queued, leg.amount);
    return leg;
}

Leg Precopy::switch_over() {
    stage_ = Stage::switching;
    return Leg{{}, {}, fixed_pause(), Duration{}, {}, {}, false};
}

Duration Precopy::fixed_pause() const {
    return copying_->pause_overhead + per_tebibyte(copying_->pause_per_tebibyte, vm_->ram);
}

// Who writes twice as fast has written in a second what else takes two.
Bytes Precopy::dirtied(Duration time) const {
    const Wide stretched = static_cast<Wide>(time.count()) * dirty_permille_ / 1000;
    const Wide longest = longest_transfer.count();
    return dirtied_in(*vm_, *copying_,
                      Duration{static_cast<std::int64_t>(std::min(stretched, longest))},
                      slowed_permille_);
}

// Pages that were written again before they were sent are counted once.
Bytes Precopy::merged(Bytes unsent, Bytes rewritten) const {
    if (unsent.count <= 0) return rewritten;
    // All that is not zero in the first pass, later only what is ever written again.
    const Bytes whole =
        std::max(unsent, rounds_ <= 1 ? vm_->ram - zero_pages(*vm_) : rewritten_part(*vm_));
    if (rounds_ > 1 && !is_random(*vm_)) {
        return std::min(unsent + rewritten, std::max(whole, rewritten));
    }
    const Bytes both = whole.count > 0 ? part_of(rewritten, unsent.count, whole.count) : Bytes{};
    return std::min(vm_->ram, unsent + rewritten - std::min(both, rewritten));
}

Bytes Precopy::wire_of(Bytes pages) const {
    return part_of(packed(pages, *copying_), copying_->resend_permille, 1000);
}

// Auto-converge: a guest that dirties more than half of what is sent, twice, is slowed down by
// 20 %, then by 10 % more each time, to 99 %.
void Precopy::note_progress(Bytes sent, Bytes rewritten) {
    if (!copying_->auto_converge || rounds_ <= 1) return;
    if (rewritten.count <= sent.count / 2 || ++fast_rounds_ < 2) return;
    fast_rounds_ = 0;
    slowed_permille_ =
        slowed_permille_ == 0 ? 200 : std::min<std::int64_t>(990, slowed_permille_ + 100);
}

PrecopyForecast forecast_precopy(const Vm& vm, Bandwidth steady, const Copying& copying) {
    Precopy precopy(vm, copying);
    PrecopyForecast forecast;
    std::optional<Leg> leg = precopy.first();
    while (leg) {
        const bool capped = copying.live_cap.count > 0 && !leg->uncapped;
        const Bandwidth rate = capped ? std::min(steady, copying.live_cap) : steady;
        // What fits into queues is sent at once.
        const Bytes at_once = std::min(leg->amount, leg->at_once);
        Bytes sent = at_once + precopy.until_look(leg->amount - at_once, rate);
        Duration took = std::max(leg->wait + transfer_time(sent - at_once, rate), leg->at_least);
        if (leg->cut_at && *leg->cut_at < took) {
            took = *leg->cut_at;
            sent = std::min(sent, at_once + moved_in(rate, std::max(Duration{}, took - leg->wait)));
        }
        forecast.total += took;
        forecast.sent += sent;
        if (leg->pause_at) forecast.pause += took - std::min(took, *leg->pause_at);
        leg = precopy.next(took, sent, rate);
    }
    forecast.rounds = precopy.rounds();
    return forecast;
}

Copying copying_of(const Pool& pool, const Vm& vm, Id<Host> from) {
    Copying copying = pool.timing;
    change(copying, pool.hosts[from].timing);
    change(copying, vm.timing);
    return copying;
}

// A page may first be sent when it counts as sent again, as a difference.
Bytes least_sent(const Vm& vm, const Copying& copying) {
    return part_of(first_pass(vm, copying), copying.resend_permille, 1000);
}

Bytes least_carried(const Vm& vm, const Copying& copying) {
    const Bytes least = least_sent(vm, copying);
    return least - std::min(least, copying.queued);
}

namespace {

// Whether a stream that is slower, or slower at times, never ends sooner: nothing is cut off, and
// no guest is held back for how fast it writes.
bool slower_is_later(const Copying& copying) {
    return copying.stop_rule != StopRule::qemu && !copying.auto_converge &&
           copying.queued.count <= 0 && copying.live_max <= Duration{} &&
           copying.post_copy_after <= Duration{} && copying.post_copy_round <= 0;
}

// All legs at the full rate. Xen may stop sooner after more legs than after few: of those that
// end early only the live ones count.
Duration least_of_all_legs(const Vm& vm, const Copying& copying, Bandwidth rate) {
    const PrecopyForecast forecast = forecast_precopy(vm, rate, copying);
    const bool early = copying.stop_rule == StopRule::xen && forecast.rounds < copying.rounds_max;
    const Duration rounding{2 * (forecast.rounds + 3)};  // each leg's end, in either
    return forecast.total - (early ? forecast.pause : Duration{}) - rounding;
}

}  // namespace

Duration shortest_migration(const Pool& pool, const Vm& vm, Id<Host> from, Bandwidth rate) {
    const Copying copying = copying_of(pool, vm, from);
    const Bandwidth stream = std::min(rate, copying.stream_cap);
    Duration copied = setup_time(vm, copying) + transfer_time(least_carried(vm, copying), stream) +
                      copying.pause_overhead + per_tebibyte(copying.pause_per_tebibyte, vm.ram);
    if (slower_is_later(copying)) {
        copied = std::max(copied, least_of_all_legs(vm, copying, stream));
    }
    return pool.timing.reservation + copying.before + copied + copying.after;
}

Bandwidth smallest_share(const Pool& pool, const Copying& copying, Id<Host> from, Id<Host> to) {
    const Host& source = pool.hosts[from];
    const std::int64_t narrowest = std::min(
        {payload_rate(pool, from).count, payload_rate(pool, to).count, source.send_budget.count});
    std::int64_t share =
        std::min(copying.stream_cap.count, narrowest / pool.policy.migrations_per_host_max);
    if (!pool.policy.one_way && pool.timing.opposing_permille < 1000) {
        share = static_cast<std::int64_t>(static_cast<Wide>(share) * 900 / 1000);
    }
    return Bandwidth{std::max<std::int64_t>(1, share)};
}

Bandwidth payload_rate(const Pool& pool, Id<Host> host) {
    const Host& one = pool.hosts[host];
    Copying copying = pool.timing;
    change(copying, one.timing);
    const auto payload = static_cast<std::int64_t>(static_cast<Wide>(one.link.count) *
                                                   copying.link_efficiency_permille / 1000);
    return Bandwidth{std::max<std::int64_t>(1, payload - one.guest_traffic.count)};
}

}  // namespace vacate
