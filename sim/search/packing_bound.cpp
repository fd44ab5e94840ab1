// Slots, the cheapest lane by dynamic programming, and weights raised where it is crowded.
#include "sim/search/packing_bound.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

namespace vacate {
namespace {

using Count = std::int64_t;
constexpr Count scale = 1 << 16;  // of heights: a member that is down
constexpr Count weight_start = 1 << 14;
constexpr Count weight_start_cut = 1 << 13;    // of what matters in some places only
constexpr Count weight_start_number = 1 << 9;  // and in few
constexpr Count weight_max = 1 << 22;
constexpr Count slots_wanted = 900;
constexpr Count slots_unlike = 450;    // where members differ
constexpr Count slots_max = 6'000;     // that are looked at
constexpr Count slots_down_max = 160;  // of one member
constexpr int rounds_unlike = 240;     // where members differ
constexpr int rounds_max = 300;        // of weights, for one question
constexpr int idle_max = 80;           // of them that bring no more
constexpr Count parts = 1 << 20;       // shares are told in
constexpr Count rounds_chained = 5;    // of members, in one stretch of a chain
constexpr Count chain_max = 4'000;     // members in a chain
constexpr Count chained_together = 2;  // with more at once a chain says less than the whole
constexpr Count down_step = 2;         // slots, of members that differ
constexpr Count first_step = 16;       // slots, when proofs go on from the last one

std::size_t at(Count i) { return static_cast<std::size_t>(i); }

// Mean heights of the slots beside the plateau: that of the i-th is top - (2 i + 1) fall.
struct Slope {
    Slope() = default;
    Slope(Count slot, Count ramp, Count plateau_height) : top(plateau_height) {
        if (ramp <= 0) return;
        const Count steepness = divide_up(static_cast<Wide>(slot) * top, 2 * ramp);
        if (steepness >= top) return;  // shorter than half a slot
        fall = steepness;
        while (height(length) > 0) ++length;
    }
    [[nodiscard]] Count height(Count i) const { return top - (2 * i + 1) * fall; }
    Count top = scale;  // of the plateau, in parts of the lowest member that is down
    Count fall = 0;
    Count length = 0;
    friend bool operator==(const Slope&, const Slope&) = default;
};

// One way to measure what members keep: each has a ceiling of its own and weights over time.
struct Measure {
    Measure(Count most, Slope ramp_out, Slope ramp_in)
        : ceiling(most), before(ramp_out), behind(ramp_in) {}

    Count ceiling;  // in parts of the lowest member that is down
    Slope before, behind;
    std::vector<Count> first;  // by slot, of the coordinator
    std::vector<Count> weights, sums, moments;
    std::vector<Count> peaks;  // of three weights in a row, from the one in front of the first on
    std::vector<Count> load;   // of the schedules that are the cheapest at these weights
    std::vector<Count> proof;  // the weights of the last proof; the next is not far
};

class Ceiling {
  public:
    /// The first `count` members; `anchored`: the first of them goes down at time zero.
    Ceiling(const Trapezoids& members, Count count, bool anchored, Count slots = slots_wanted)
        : members_(members), anchored_(anchored) {
        const Count rounds = (count + members.together - 1) / members.together;
        long_lanes_ = count - (rounds - 1) * members.together;
        short_lanes_ = members.together - long_lanes_;
        rounds_ = rounds;
        down_ = std::clamp<Count>(slots / rounds, 8, slots_down_max);
        slot_ = members.plateau.count() / down_;
        if (slot_ <= 0) return;
        measures_.emplace_back(scaled(members.ceiling.count) + 1,
                               Slope(slot_, members.ramp_out.count(), scale),
                               Slope(slot_, members.ramp_in.count(), scale));
        const Count whole = members.ceiling.count / members.height.count;
        const Count rest = members.ceiling.count % members.height.count;
        if (whole <= 0 || rest <= 0) return;
        const auto cut = [&](Duration ramp) {
            return static_cast<Count>(static_cast<Wide>(ramp.count()) *
                                      (members.height.count - rest) / members.height.count);
        };
        measures_.emplace_back(whole * scale, Slope(slot_, cut(members.ramp_out), scale),
                               Slope(slot_, cut(members.ramp_in), scale));
        cut_ = scaled(rest) + 1;
    }

    /// Every member as it is.
    explicit Ceiling(const Trapezoids& members)
        : Ceiling(members, static_cast<Count>(members.each.size()), false, slots_unlike) {
        if (slot_ <= 0) return;
        if (measures_.size() > 1) measures_.pop_back();
        cut_ = 0;
        Bytes all;
        for (const Trapezoid& shape : members.each) all += shape.height;
        const auto count = static_cast<Count>(members.each.size());
        // By their number, where that says more than what they keep.
        if (all.count / count < members.ceiling.count / members.together) {
            measures_.emplace_back(members.together * scale, Slope{}, Slope{});
        }
        std::vector<Trapezoid> shapes = members.each;
        const auto smaller = [](const Trapezoid& a, const Trapezoid& b) {
            return std::tie(a.height, a.plateau, a.ramp_out, a.ramp_in) <
                   std::tie(b.height, b.plateau, b.ramp_out, b.ramp_in);
        };
        std::sort(shapes.begin(), shapes.end(), smaller);
        for (const Trapezoid& shape : shapes) {
            // Shorter than it is, so that there are few kinds.
            const Count down = shape.plateau.count() / slot_ / down_step * down_step;
            const Count top = scaled(shape.height.count);
            const Kind kind{std::max(down, down_), Slope(slot_, shape.ramp_out.count(), top),
                            Slope(slot_, shape.ramp_in.count(), top)};
            if (kinds_.empty() || kinds_.back().first != kind) kinds_.emplace_back(kind, 0);
            ++kinds_.back().second;
        }
    }

    [[nodiscard]] bool has_slots() const { return slot_ > 0; }
    [[nodiscard]] Count slot() const { return slot_; }
    [[nodiscard]] Count down() const { return down_; }

    /// True when no schedule has its last start in slot `last` or sooner.
    bool excludes(Count last) {
        slots_ = last + down_ + 1;
        for (Measure& one : measures_) {
            const bool is_first = &one == &measures_.front();
            const Count second = cut_ > 0 ? weight_start_cut : weight_start_number;
            begin_with_proof(one, is_first ? weight_start : second);
        }
        note_first();
        Count best = 0;
        int idle = 0;
        for (int round = 0; round < (kinds_.empty() ? rounds_max : rounds_unlike); ++round) {
            for (Measure& one : measures_) sum_up(one);
            Wide kept = 0;
            if (!add_all(last, kept)) return true;
            const Count share = share_of(kept);
            if (share > parts) {
                for (Measure& one : measures_) one.proof = std::move(one.weights);
                return true;
            }
            idle = share > best ? 0 : idle + 1;
            best = std::max(best, share);
            if (idle > idle_max) return false;
            bool over = false;
            for (Measure& one : measures_) over = raise(one, round) || over;
            if (!over) return false;
        }
        return false;
    }

  private:
    // Members that are alike.
    struct Kind {
        Count down = 0;
        Slope before, behind;
        friend bool operator==(const Kind&, const Kind&) = default;
    };

    static constexpr Count nowhere = std::numeric_limits<Count>::max() / 4;

    // In parts of a member that is down.
    [[nodiscard]] Count scaled(Count bytes) const {
        return static_cast<Count>(static_cast<Wide>(bytes) * scale / members_.height.count);
    }

    void begin_with_proof(Measure& one, Count start) const {
        one.weights.assign(at(slots_), start);
        for (Count i = 0; i < slots_ && !one.proof.empty(); ++i) {
            one.weights[at(i)] = one.proof[at(i * static_cast<Count>(one.proof.size()) / slots_)];
        }
    }

    // Adds what all keep at their cheapest. Returns: false where one finds no place.
    bool add_all(Count last, Wide& kept) {
        if (kinds_.empty()) {
            price(last);
            return add_lanes(last, kept);
        }
        const Count shortest = down_;  // and here that of each kind in turn
        bool fits = true;
        for (const auto& [kind, count] : kinds_) {
            fits = fits && add_kind(kind, count, last + shortest, kept);
        }
        down_ = shortest;
        return fits;
    }

    bool add_kind(const Kind& kind, Count count, Count end, Wide& kept) {
        down_ = kind.down;
        measures_.front().before = kind.before;
        measures_.front().behind = kind.behind;
        if (end < down_) return false;
        price(end - down_);
        kept += static_cast<Wide>(cheapest(end - down_, 1, count, false)) * count;
        return true;
    }

    // Adds what all lanes keep at their cheapest. Returns: false where a lane finds no place.
    bool add_lanes(Count last, Wide& kept) {
        const Count fixed = anchored_ ? 1 : 0;
        const std::array<std::tuple<Count, Count, bool>, 3> kinds{
            std::tuple{rounds_, fixed, true}, std::tuple{rounds_, long_lanes_ - fixed, false},
            std::tuple{rounds_ - 1, short_lanes_, false}};
        for (const auto& [hosts, lanes, is_fixed] : kinds) {
            if (hosts <= 0 || lanes <= 0) continue;
            const Count cost = cheapest(last, hosts, lanes, is_fixed);
            if (cost >= nowhere) return false;
            kept += static_cast<Wide>(cost) * lanes;
        }
        return true;
    }

    // The coordinator's share of each slot, by each measure; by the second one the least of it.
    void note_first() {
        for (Measure& one : measures_) one.first.assign(at(slots_), 0);
        const Count ramp = anchored_ ? 0 : members_.first_ramp.count();
        const auto left = [&](Wide half_slots) {
            const Wide part = 2 * static_cast<Wide>(ramp) - half_slots * slot_;
            if (part <= 0) return Count{0};
            return static_cast<Count>(static_cast<Wide>(members_.first.count) * part /
                                      (2 * static_cast<Wide>(ramp)) * scale /
                                      members_.height.count);
        };
        for (Count i = 0; i < slots_ && ramp > 0; ++i) {
            measures_.front().first[at(i)] = left(2 * i + 1);
            if (cut_ == 0) continue;
            const Count least = std::min(left(2 * i + 2), scale) - cut_;
            const Wide grown = static_cast<Wide>(std::max<Count>(0, least)) * scale;
            measures_.back().first[at(i)] =
                static_cast<Count>(grown / std::max<Count>(1, scale - cut_ + 1));
        }
    }

    // Of weights, and of weights times their place; they give the slopes.
    void sum_up(Measure& one) const {
        one.load.assign(at(slots_), 0);
        one.sums.assign(at(slots_ + 1), 0);
        one.moments.assign(at(slots_ + 1), 0);
        one.peaks.assign(at(slots_ + 2), 0);
        for (Count i = 0; i < slots_; ++i) {
            const Count weight = one.weights[at(i)];
            one.sums[at(i + 1)] = one.sums[at(i)] + weight;
            one.moments[at(i + 1)] = one.moments[at(i)] + i * weight;
            for (Count near = i; near < i + 3; ++near) {
                one.peaks[at(near)] = std::max(one.peaks[at(near)], weight);
            }
        }
    }

    // What a start in each slot costs at these weights: the cheaper of its two ends, where it is
    // exact, less what it may fall short of both in between.
    void price(Count last) {
        cost_.assign(at(last + 1), 0);
        later_.assign(at(last + 1), 0);
        at_zero_ = at_end(0);
        Count here = at_zero_;
        for (Count start = 0; start <= last; ++start) {
            const Count next = at_end(start + 1);
            later_[at(start)] = next < here ? 1 : 0;
            cost_[at(start)] = std::min(here, next) - sag(start);
            here = next;
        }
    }

    // What a member keeps that goes down at the beginning of slot `start`.
    [[nodiscard]] Count at_end(Count start) const {
        Count cost = 0;
        const Count back = start + down_;
        for (const Measure& one : measures_) {
            const Slope& before = one.before;
            const Slope& behind = one.behind;
            cost += before.top * between(one.sums, start, std::min(slots_, back));
            // Slots before `start`, where i = start - 1 - slot; then those behind, i = slot - back.
            const Count first = std::max<Count>(0, start - before.length);
            cost += (before.top - before.fall * (2 * start - 1)) * between(one.sums, first, start) +
                    2 * before.fall * between(one.moments, first, start);
            const Count end = std::min(slots_, back + behind.length);
            cost += (behind.top + behind.fall * (2 * back - 1)) * between(one.sums, back, end) -
                    2 * behind.fall * between(one.moments, back, end);
        }
        return cost;
    }

    // As the start moves through its slot the cost bends by the weights at the corners of the
    // shape: upwards by those where a ramp begins and ends, 2 fall each.
    [[nodiscard]] Count sag(Count start) const {
        Count bend = 0;
        for (const Measure& one : measures_) {
            const Count outer = start + down_ + one.behind.length;
            bend += one.before.fall * peak(one, start - one.before.length) +
                    one.behind.fall * peak(one, outer);
        }
        return bend / 4 + 1;
    }

    // The largest weight of slot i and its neighbours.
    [[nodiscard]] Count peak(const Measure& one, Count i) const {
        return i < -1 || i > slots_ ? 0 : one.peaks[at(i + 1)];
    }

    static Count between(const std::vector<Count>& sums, Count from, Count to) {
        return to > from ? sums[at(to)] - sums[at(from)] : 0;
    }

    // The cheapest lane of so many members; what `lanes` of them keep is added to the loads.
    Count cheapest(Count last, Count hosts, Count lanes, bool is_fixed) {
        std::vector<std::vector<Count>> best(at(hosts), std::vector<Count>(at(last + 1), nowhere));
        std::vector<std::vector<Count>> from(at(hosts), std::vector<Count>(at(last + 1), -1));
        for (Count i = 0; i <= (is_fixed ? 0 : last); ++i) best[0][at(i)] = cost_[at(i)];
        if (is_fixed) best[0][0] = at_zero_;
        for (Count host = 1; host < hosts; ++host) {
            Count cheap = -1;
            for (Count i = down_; i <= last; ++i) {
                const Count candidate = i - down_;
                const auto& before = best[at(host - 1)];
                if (cheap < 0 || before[at(candidate)] < before[at(cheap)]) cheap = candidate;
                if (before[at(cheap)] >= nowhere) continue;
                best[at(host)][at(i)] = before[at(cheap)] + cost_[at(i)];
                from[at(host)][at(i)] = cheap;
            }
        }
        const auto& ends = best[at(hosts - 1)];
        const auto least = std::min_element(ends.begin(), ends.end());
        if (*least >= nowhere) return nowhere;
        Count start = least - ends.begin();
        for (Count host = hosts - 1; host >= 0; --host) {
            const bool at_zero = is_fixed && host == 0;
            add(start + (at_zero ? 0 : later_[at(start)]), lanes);
            start = from[at(host)][at(start)];
        }
        return *least;
    }

    void add(Count start, Count lanes) {
        const Count back = start + down_;
        for (Measure& one : measures_) {
            for (Count i = start; i < std::min(slots_, back); ++i)
                one.load[at(i)] += lanes * one.before.top;
            for (Count i = 0; i < one.before.length && i < start; ++i) {
                one.load[at(start - 1 - i)] += lanes * one.before.height(i);
            }
            for (Count i = 0; i < one.behind.length && back + i < slots_; ++i) {
                one.load[at(back + i)] += lanes * one.behind.height(i);
            }
        }
    }

    // What is kept at these weights, as a share of what the ceilings let; more than `parts` of it
    // is a contradiction.
    [[nodiscard]] Count share_of(Wide kept) const {
        Wide most = 0;
        for (const Measure& one : measures_) {
            for (Count i = 0; i < slots_; ++i) {
                kept += static_cast<Wide>(one.weights[at(i)]) * one.first[at(i)];
                most += static_cast<Wide>(one.weights[at(i)]) * one.ceiling;
            }
        }
        return kept > most ? parts + 1 : static_cast<Count>(kept * parts / most);
    }

    // Returns: false where no slot is over the ceiling: these lanes fit.
    [[nodiscard]] bool raise(Measure& one, int round) const {
        bool over = false;
        const Count calm =
            kinds_.empty() ? 4 + round / 4 : 16 + round / 2;  // smaller steps as time goes on
        const Count step = one.ceiling * calm;
        for (Count i = 0; i < slots_; ++i) {
            const Count excess = one.load[at(i)] + one.first[at(i)] - one.ceiling;
            over = over || excess > 0;
            const Count clipped = std::clamp(excess, -one.ceiling, one.ceiling);
            Count& weight = one.weights[at(i)];
            weight += weight * clipped / step;  // below 2^22 times 2^32: no more hosts than that
            weight = std::clamp<Count>(weight, 1, weight_max);
        }
        return over;
    }

    const Trapezoids& members_;
    bool anchored_;
    std::vector<Measure> measures_;              // as it is; then cut, or by number
    std::vector<std::pair<Kind, Count>> kinds_;  // how many of each; none: all alike, in lanes
    Count rounds_ = 0;
    Count long_lanes_ = 0;
    Count short_lanes_ = 0;
    Count down_ = 1;  // slots that a member is down
    Count slot_ = 0;  // in microseconds
    Count slots_ = 0;
    Count cut_ = 0;  // what the second measure leaves out of each member
    std::vector<Count> cost_;
    std::vector<Count> later_;  // 1 where a slot's end costs less than its beginning
    Count at_zero_ = 0;         // what a start at time zero costs
};

// No time from zero to the last start is shorter, of those that `ceiling` is about; looked for up
// to `at_most`.
Duration least_last_start(Ceiling& ceiling, bool anchored, Duration at_least, Duration at_most) {
    if (!ceiling.has_slots()) return at_least;
    // Starts up to and including slot `last` come before (last + 1) slots. It begins with what is
    // easy to prove even where more is known, since each proof is where the next one begins.
    Count known = anchored ? std::max<Count>(-1, at_least.count() / ceiling.slot() - 1) : -1;
    // Where ramps are far longer than plateaus it gives up early; what was proved stays so.
    const Count end = std::min(slots_max, at_most.count() / ceiling.slot() + 1);
    for (Count unknown = end; unknown - known > 1;) {
        const Count middle = known + (unknown - known) / 2;
        (ceiling.excludes(middle) ? known : unknown) = middle;
    }
    // What could not be proved from afar often can from close by.
    for (Count step = anchored ? 0 : first_step; step > 0;) {
        const bool more = known + step < end && ceiling.excludes(known + step);
        (more ? known : step) = more ? known + step : step / 2;
    }
    return std::clamp(Duration{(known + 1) * ceiling.slot()}, at_least,
                      std::max(at_least, at_most));
}

Duration least_last_start(const Trapezoids& members, Count count, bool anchored, Duration at_least,
                          Duration at_most) {
    Ceiling ceiling(members, count, anchored);
    return least_last_start(ceiling, anchored, at_least, at_most);
}

// By the number of starts after one: no less time until the last of them.
std::vector<std::pair<Count, Duration>> stretches(const Trapezoids& members) {
    std::vector<std::pair<Count, Duration>> known;
    const Count together = members.together;
    const Count last = members.count - 1;
    for (Count rounds = 1; rounds <= rounds_chained; ++rounds) {
        for (const Count starts : {rounds * together, rounds * together - 1 + last % together}) {
            if (starts < together || starts > last) continue;
            const Duration rough = members.plateau * (starts / together);
            const Duration most = rough + (members.ramp_out + members.ramp_in) * rounds;
            known.emplace_back(starts, least_last_start(members, starts + 1, true, rough, most));
        }
    }
    return known;
}

// What so many whole members keep above the ceiling, as time that emptying or filling it takes.
Duration overhang(const Trapezoids& members, Count hosts) {
    const Wide over = static_cast<Wide>(members.height.count) * hosts - members.ceiling.count;
    if (over <= 0) return Duration{};
    const Duration ramp = std::min(members.ramp_out, members.ramp_in);
    return Duration{static_cast<Count>(over * ramp.count() / members.height.count)};
}

// No time from a start to the n-th after it is shorter, by what is kept when hosts come back; see
// least_packing_time(). `best` holds the answers for fewer.
Duration least_by_returns(const Trapezoids& members, const std::vector<Duration>& best, Count n) {
    constexpr Count passed_max = 2;
    const Count together = members.together;
    Duration least{};
    for (Count passed = 0; passed <= passed_max; ++passed) {
        const Duration over = overhang(members, together + 1 + passed);
        Duration cheapest = Duration::max();
        for (Count late = 1; late <= together; ++late) {
            Duration time{};
            const Count all = together + passed;
            const Count soon = all - late + 1;
            if (all <= n) {
                time = members.plateau + over / std::max(passed, late) +
                       best[static_cast<std::size_t>(n - all)];
            }
            if (soon <= n && soon > 0) {
                time = std::max(time, members.plateau + best[static_cast<std::size_t>(n - soon)]);
            }
            cheapest = std::min(cheapest, time);
        }
        least = std::max(least, cheapest);
    }
    return least;
}

// The longest chain of stretches over so many starts.
Duration longest_chain(const Trapezoids& members,
                       const std::vector<std::pair<Count, Duration>>& known, Count starts) {
    std::vector<Duration> best(static_cast<std::size_t>(starts + 1), Duration{});
    for (Count i = 1; i <= starts; ++i) {
        const Duration by_returns = least_by_returns(members, best, i);
        Duration& here = best[static_cast<std::size_t>(i)];
        here = std::max(best[static_cast<std::size_t>(i - 1)], by_returns);
        for (const auto& [length, time] : known) {
            if (length <= i)
                here = std::max(here, best[static_cast<std::size_t>(i - length)] + time);
        }
    }
    return best.back();
}

}  // namespace

Duration least_packing_time(const Trapezoids& members, Duration at_least, Duration at_most) {
    const bool is_shape = members.count > 0 && members.together > 0 && members.height.count > 0 &&
                          members.ceiling.count > 0 && members.plateau > Duration{};
    if (!is_shape || at_most <= at_least) return at_least;
    const Duration start = least_last_start(members, members.count, false,
                                            std::max(Duration{}, at_least - members.plateau),
                                            at_most - members.plateau);
    Duration proved = std::max(at_least, start + members.plateau);
    if (!members.each.empty()) {
        Ceiling unlike(members);
        // As if the shortest were the last: until all are back.
        const Duration rest =
            least_last_start(unlike, false, proved - members.plateau, at_most - members.plateau);
        proved = std::max(proved, rest + members.plateau);
    }
    const bool chains = members.together <= chained_together || start + members.plateau < at_least;
    if (chains && members.count > 1 && members.count <= chain_max) {
        const Duration chain = longest_chain(members, stretches(members), members.count - 1);
        proved = std::max(proved, chain + members.plateau);
    }
    return std::min(at_most, proved);
}

}  // namespace vacate
