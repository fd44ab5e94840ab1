// One loop for each stop rule, in integers but for the exponential.
#include "tests/support/naive_pause.hpp"

#include <cmath>
#include <map>
#include <string_view>
#include <vector>

namespace vacate {
namespace {

__extension__ typedef __int128 Large;
using Figures = std::map<std::string_view, std::int64_t>;

constexpr std::int64_t page = 4096;
constexpr std::int64_t few = 50 * page;

std::int64_t up(Large dividend, Large divisor) {
    Large quotient = dividend / divisor;
    if (quotient * divisor < dividend) ++quotient;
    return static_cast<std::int64_t>(quotient);
}
std::int64_t down(Large dividend, Large divisor) {
    return static_cast<std::int64_t>(dividend / divisor);
}
std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
std::int64_t larger(std::int64_t a, std::int64_t b) { return a < b ? b : a; }

// The parameters by name, the pool's first, then what others have otherwise.
Figures figures_of(const Pool& pool, const CopyingChanges& host, const CopyingChanges& vm) {
    Figures figures;
    const auto all = copying_parameters();
    for (const CopyingParameter& one : all) figures[one.name] = one.get(pool.timing);
    for (const auto& [index, value] : host) figures[all[index].name] = value;
    for (const auto& [index, value] : vm) figures[all[index].name] = value;
    return figures;
}

// What a host's link carries one way for us.
std::int64_t payload(const Pool& pool, const Host& host) {
    const std::int64_t share = figures_of(pool, host.timing, {})["link_efficiency"];
    return larger(1, down(Large{host.link.count} * share, 1000) - host.guest_traffic.count);
}

std::int64_t smallest_rate(const Pool& pool, Figures& figures, const Host& from, const Host& to) {
    std::int64_t rate = smaller(payload(pool, from), payload(pool, to));
    rate = smaller(rate, from.send_budget.count);
    rate = smaller(rate / pool.policy.migrations_per_host_max, figures["stream_cap"]);
    // Streams against each other lose up to a tenth.
    const bool opposed = !pool.policy.one_way && pool.timing.opposing_permille < 1000;
    if (opposed) rate = down(Large{rate} * 900, 1000);
    return larger(1, rate);
}

class Guest {
  public:
    Guest(const Vm& vm, Figures figures, std::int64_t rate)
        : vm_(vm), of_(std::move(figures)), rate_(rate), live_rate_(rate) {
        if (of_["live_cap"] > 0) live_rate_ = smaller(rate_, of_["live_cap"]);
        parts_.push_back({vm.dirty_rate, vm.working_set, vm.sweeps});
        for (const DirtyClass& part : vm.dirty_classes) parts_.push_back(part);
        for (const DirtyClass& part : parts_) {
            const bool counts = part.rate.count > 0 && part.set.count > 0;
            pause_.is_exact = pause_.is_exact && (part.sweeps || !counts);
            all_in_order_ = all_in_order_ && part.sweeps;
        }
    }

    NaivePause pause() {
        const auto rule = static_cast<StopRule>(of_["stop_rule"]);
        std::int64_t to_send = not_zero();
        std::int64_t zeros = vm_.ram.count - to_send;  // to send too, behind all others
        std::int64_t wire = framed(to_send) + wire_of_zeros(zeros);
        std::int64_t wait = setup();
        // Queues take the first bytes at once, where nothing holds the sender back.
        std::int64_t at_once = of_["live_cap"] > 0 ? 0 : smaller(of_["queued"], wire);
        for (round_ = 1; true; ++round_) {
            std::int64_t went = wire;
            if (rule == StopRule::qemu) went = until_look(to_send, zeros, wire, at_once);
            std::int64_t took = larger(wait + live_time_for(went - at_once), wait);
            const std::int64_t end = cut();
            if (end > 0 && end < took) {
                took = end;
                const std::int64_t by_then =
                    down(Large{live_rate_} * larger(0, took - wait), 1'000'000);
                went = smaller(went, at_once + by_then);
            }
            wait = at_once = 0;
            now_ += took;
            const std::int64_t unsent = left_of(wire - went, to_send, zeros, wire);
            const std::int64_t fresh = dirtied(took);
            const std::int64_t pending = together(unsent, fresh);
            slow_down(to_send - unsent, fresh);
            const std::int64_t counted = pending + zeros;
            to_send = pending;
            const std::int64_t behind = wire_of_zeros(zeros);
            wire = wire_of(pending) + behind;
            zeros = 0;
            const bool is_round = of_["post_copy_round"] > 0 && round_ >= of_["post_copy_round"];
            if (is_round || is_over("post_copy_after")) return fixed(0);
            if (is_over("live_max")) return stopped(unsent, pending, behind, took);
            const bool are_few = is_at_most(pending, few - 1, few);
            const bool enough = round_ >= of_["rounds_max"];
            if (rule == StopRule::xen && enough) return stopped(unsent, pending, behind, took);
            if (rule == StopRule::xen && are_few) return sent_once_more(pending, wire);
            const bool asks = are_few || round_ >= of_["rounds_max"] - 1;
            if (rule == StopRule::xenserver && asks) return suspended_while(wire);
            const bool fits = rule == StopRule::qemu && is_at_most(counted, bearable(), bearable());
            if (rule == StopRule::qemu && (enough || fits))
                return stopped(unsent, pending, behind, took);
        }
    }

  private:
    // Decides, and notes when a millionth would have decided otherwise.
    bool is_at_most(std::int64_t amount, std::int64_t limit, std::int64_t scale) {
        const std::int64_t apart = amount < limit ? limit - amount : amount - limit;
        if (apart <= 16 + scale / 1'000'000) pause_.is_close = true;
        return amount <= limit;
    }

    std::int64_t time_for(std::int64_t bytes) const { return up(Large{bytes} * 1'000'000, rate_); }
    std::int64_t live_time_for(std::int64_t bytes) const {
        return up(Large{bytes} * 1'000'000, live_rate_);
    }
    // Memory that may be left when QEMU stops the guest.
    std::int64_t bearable() { return down(Large{live_rate_} * of_["downtime_limit"], 1'000'000); }

    std::int64_t per_tebibyte(std::string_view name) {
        return up(Large{of_[name]} * vm_.ram.count, Large{1} << 40);
    }

    std::int64_t setup() {
        std::int64_t time = of_["setup"] + per_tebibyte("setup_per_tebibyte");
        const std::int64_t zeros = up(Large{vm_.ram.count} * vm_.zero_permille, 1000);
        if (of_["zero_scan"] > 0) time += up(Large{zeros} * 1'000'000, of_["zero_scan"]);
        return time;
    }

    std::int64_t framed(std::int64_t bytes) {
        const std::int64_t whole = up(Large{bytes} * (page + of_["page_header"]), page);
        return up(Large{whole} * of_["compressed_to"], 1000);
    }
    std::int64_t wire_of(std::int64_t bytes) {
        return up(Large{framed(bytes)} * of_["resent_as"], 1000);
    }
    std::int64_t not_zero() const {
        return vm_.ram.count - down(Large{vm_.ram.count} * vm_.zero_permille, 1000);
    }
    std::int64_t wire_of_zeros(std::int64_t bytes) {
        return up(Large{bytes} * of_["zero_page"], page);
    }

    // Pages among what was not sent of a leg; its zero pages, which come last, are left in `zeros`.
    std::int64_t left_of(std::int64_t unsent_wire, std::int64_t pages, std::int64_t& zeros,
                         std::int64_t wire) {
        const std::int64_t behind = wire_of_zeros(zeros);
        if (unsent_wire > behind) return up(Large{pages} * (unsent_wire - behind), wire - behind);
        zeros = behind > 0 ? up(Large{zeros} * unsent_wire, behind) : 0;
        return 0;
    }

    // QEMU looks at its dirty log when the rest may fit, zero pages counted like others, and that
    // every 50 ms, or twice within its limit; but not right after it has looked.
    std::int64_t until_look(std::int64_t pages, std::int64_t zeros, std::int64_t wire,
                            std::int64_t at_once) {
        const std::int64_t behind = wire_of_zeros(zeros);
        std::int64_t small = wire;
        if (bearable() < zeros) {
            small = up(Large{behind} * bearable(), zeros);
        } else if (pages > 0) {
            const std::int64_t fit = smaller(bearable() - zeros, pages);
            small = behind + up(Large{wire - behind} * fit, pages);
        }
        const std::int64_t every = smaller(50'000, of_["downtime_limit"] / 2);
        const std::int64_t slice = larger(1, down(Large{live_rate_} * every, 1'000'000));
        const std::int64_t least = at_once > 0 ? 0 : 1;
        const std::int64_t rest = wire - at_once;
        const std::int64_t slices = larger(least, up(larger(0, rest - small), slice));
        return at_once + smaller(rest, slices * slice);
    }

    // How long the leg that begins now may last; 0: as long as it takes.
    std::int64_t cut() {
        std::int64_t end = 0;
        for (const char* name : {"live_max", "post_copy_after"}) {
            if (of_[name] <= 0) continue;
            const std::int64_t left = larger(1, of_[name] - now_);
            end = end == 0 ? left : smaller(end, left);
        }
        return end;
    }
    bool is_over(std::string_view name) { return of_[name] > 0 && now_ >= of_[name]; }

    std::int64_t dirtied(std::int64_t time) {
        const std::int64_t chunk = of_["dirty_log_chunk"];
        if (chunk <= 0 || vm_.ram.count <= chunk) return written(time);
        // Each chunk was cleaned when its turn came: the first at the start, the last near the end.
        // Of more than sixteen, sixteen groups by the middle of their ages.
        const std::int64_t chunks = up(vm_.ram.count, chunk);
        const std::int64_t groups = smaller(chunks, 16);
        Large sum = 0;
        for (std::int64_t group = 0; group < groups; ++group) {
            // From the share group / groups of the time to the next one, and half a chunk more.
            const Large twice = Large{2 * group + 1} * chunks + groups;
            sum += written(down(twice * time, Large{2} * groups * chunks));
        }
        return up(sum, groups);
    }

    std::int64_t written(std::int64_t time) {
        std::int64_t sum = 0;
        for (const DirtyClass& part : parts_) {
            std::int64_t bytes = down(Large{part.rate.count} * time, 1'000'000);
            bytes = down(Large{bytes} * (1000 - slowed_), 1000);
            if (bytes <= 0 || part.set.count <= 0) continue;
            if (part.sweeps) {
                bytes = smaller(bytes, part.set.count);
            } else {
                const auto set = static_cast<long double>(part.set.count);
                bytes = static_cast<std::int64_t>(
                    std::ceil(-set * std::expm1(-static_cast<long double>(bytes) / set)));
            }
            sum = smaller(vm_.ram.count, sum + bytes);
        }
        const std::int64_t cold = down(Large{vm_.cold_rate.count} * time, 1'000'000);
        return smaller(vm_.ram.count, sum + smaller(vm_.ram.count, cold));
    }

    // Pages that were still to be sent and are dirty again count once: by chance where memory is
    // written at random, or in the first round.
    std::int64_t together(std::int64_t unsent, std::int64_t fresh) {
        if (unsent <= 0) return fresh;
        std::int64_t whole = larger(unsent, not_zero());
        if (round_ > 1) {
            std::int64_t sets = 0;
            for (const DirtyClass& part : parts_) {
                sets = smaller(vm_.ram.count, sets + part.set.count);
            }
            whole = larger(unsent, sets);
            if (all_in_order_) return smaller(unsent + fresh, larger(whole, fresh));
        }
        const std::int64_t twice = whole > 0 ? up(Large{fresh} * unsent, whole) : 0;
        return smaller(vm_.ram.count, unsent + fresh - smaller(twice, fresh));
    }

    // Auto-converge.
    void slow_down(std::int64_t sent, std::int64_t fresh) {
        if (of_["auto_converge"] == 0 || round_ == 1) return;
        if (is_at_most(fresh, sent / 2, sent)) return;
        ++fast_;
        if (fast_ < 2) return;
        fast_ = 0;
        slowed_ = slowed_ == 0 ? 200 : smaller(990, slowed_ + 100);
    }

    NaivePause fixed(std::int64_t copying) {
        pause_.microseconds = copying + of_["pause_overhead"] + per_tebibyte("pause_per_tebibyte");
        return pause_;
    }
    // What goes over a stream that nothing holds back any more.
    std::int64_t paused_time_for(std::int64_t pages, std::int64_t behind) {
        const std::int64_t wire = wire_of(pages) + behind;
        const std::int64_t at_once = of_["live_cap"] > 0 ? smaller(of_["queued"], wire) : 0;
        return time_for(wire - at_once);
    }

    // The guest writes on until it stands still.
    NaivePause stopped(std::int64_t unsent, std::int64_t pending, std::int64_t behind,
                       std::int64_t since) {
        std::int64_t rest = pending;
        if (of_["suspend"] > 0) {
            rest = larger(pending, together(unsent, dirtied(since + of_["suspend"])));
        }
        return fixed(paused_time_for(rest, behind));
    }

    // Fewer than 50 pages are sent once more, unless the live phase has to end before.
    NaivePause sent_once_more(std::int64_t pending, std::int64_t wire) {
        const std::int64_t end = cut();
        std::int64_t took = live_time_for(wire);
        std::int64_t unsent = 0;
        if (end > 0 && end < took) {
            took = end;
            const std::int64_t went = smaller(wire, down(Large{live_rate_} * took, 1'000'000));
            std::int64_t none = 0;
            unsent = left_of(wire - went, pending, none, wire);
            if (went > 0) ++round_;
        }
        return stopped(unsent, together(unsent, dirtied(took)), 0, took);
    }

    NaivePause suspended_while(std::int64_t wire) {
        const std::int64_t suspend = of_["suspend"];
        const std::int64_t rest = larger(0, live_time_for(wire) - suspend);
        return fixed(rest + paused_time_for(dirtied(suspend), 0));
    }

    const Vm& vm_;
    Figures of_;
    std::int64_t rate_;
    std::int64_t live_rate_;  // while the guest runs
    std::vector<DirtyClass> parts_;
    bool all_in_order_ = true;
    std::int64_t round_ = 0;
    std::int64_t now_ = 0;
    std::int64_t slowed_ = 0;
    int fast_ = 0;
    NaivePause pause_;
};

}  // namespace

NaivePause naive_pause(const Pool& pool, const Vm& vm, const Host& from, const Host& to) {
    Figures figures = figures_of(pool, from.timing, vm.timing);
    const std::int64_t rate = smallest_rate(pool, figures, from, to);
    return Guest(vm, std::move(figures), rate).pause();
}

}  // namespace vacate
