// Slots, the cheapest lane by dynamic programming, and weights raised where it is crowded.
#include "sim/search/packing_bound.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <vector>

namespace vacate {
namespace {

using Count = std::int64_t;
constexpr Count scale = 1 << 16;  // of heights: a member that is down
constexpr Count weight_start = 1 << 14;
constexpr Count weight_max = 1 << 24;
constexpr Count slots_wanted = 900;
constexpr Count slots_unlike = 450;    // where members differ
constexpr Count slots_max = 6'000;     // that are looked at
constexpr Count slots_down_max = 160;  // of one member
constexpr int rounds_unlike = 120;     // where members differ
constexpr int rounds_max = 300;        // of weights, for one question
constexpr Count rounds_chained = 5;    // of members, in one stretch of a chain
constexpr Count chain_max = 4'000;     // members in a chain
constexpr Count chained_together = 2;  // with more at once a chain says less than the whole
constexpr Count down_step = 8;         // slots, of members that differ
constexpr Count first_step = 16;       // slots, when proofs go on from the last one

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
        before_ = Slope(slot_, members.ramp_out.count());
        behind_ = Slope(slot_, members.ramp_in.count());
    }

    /// Every member as it is.
    explicit Ceiling(const Trapezoids& members)
        : Ceiling(members, static_cast<Count>(members.each.size()), false, slots_unlike) {
        if (slot_ <= 0) return;
        std::vector<Trapezoid> shapes = members.each;
        const auto smaller = [](const Trapezoid& a, const Trapezoid& b) {
            return std::tie(a.height, a.plateau, a.ramp_out, a.ramp_in) <
                   std::tie(b.height, b.plateau, b.ramp_out, b.ramp_in);
        };
        std::sort(shapes.begin(), shapes.end(), smaller);
        for (const Trapezoid& shape : shapes) {
            // Shorter than it is, so that there are few kinds.
            const Count down = shape.plateau.count() / slot_ / down_step * down_step;
            const Kind kind{shape.height, std::max(down, down_),
                            Slope(slot_, shape.ramp_out.count()),
                            Slope(slot_, shape.ramp_in.count())};
            if (kinds_.empty() || kinds_.back().first != kind) kinds_.emplace_back(kind, 0);
            ++kinds_.back().second;
        }
    }

    [[nodiscard]] bool is_cut() const { return slot_ > 0; }
    [[nodiscard]] Count slot() const { return slot_; }
    [[nodiscard]] Count down() const { return down_; }

    /// True when no schedule has its last start in slot `last` or sooner.
    bool excludes(Count last) {
        slots_ = last + down_ + 1;
        std::vector<Count> weights(static_cast<std::size_t>(slots_), weight_start);
        for (Count i = 0; i < slots_ && !proof_.empty(); ++i) {
            weights[at(i)] = proof_[at(i * static_cast<Count>(proof_.size()) / slots_)];
        }
        note_first();
        for (int round = 0; round < (kinds_.empty() ? rounds_max : rounds_unlike); ++round) {
            sum_up(weights);
            std::vector<Count> load(static_cast<std::size_t>(slots_), 0);
            Wide kept = 0;
            if (!add_all(last, kept, load)) return true;
            if (is_over(weights, kept)) {
                proof_ = std::move(weights);
                return true;
            }
            if (!raise(weights, load, round)) return false;
        }
        return false;
    }

  private:
    // Mean heights of the slots beside the plateau: that of the i-th is scale - (2 i + 1) fall.
    // A slot more is gone by not knowing where in its slot a member goes down.
    struct Slope {
        Slope() = default;
        Slope(Count slot, Count ramp) {
            if (ramp <= 0) return;
            fall = divide_up(static_cast<Wide>(slot) * scale, 2 * ramp);
            while (height(length) > 0) ++length;
        }
        [[nodiscard]] Count height(Count i) const { return scale - (2 * i + 1) * fall; }
        Count fall = 0;
        Count length = 0;
        friend bool operator==(const Slope&, const Slope&) = default;
    };

    // Members that are alike.
    struct Kind {
        Bytes height;
        Count down = 0;
        Slope before, behind;
        friend bool operator==(const Kind&, const Kind&) = default;
    };

    // Adds what all keep at their cheapest. Returns: false where one finds no place.
    bool add_all(Count last, Wide& kept, std::vector<Count>& load) {
        if (kinds_.empty()) {
            price(last);
            return add_lanes(last, kept, load);
        }
        const Count shortest = down_;  // and here that of each kind in turn
        bool fits = true;
        for (const auto& [kind, count] : kinds_) {
            fits = fits && add_kind(kind, count, last + shortest, kept, load);
        }
        down_ = shortest;
        return fits;
    }

    // So many members of a kind; what one keeps is in parts of the smallest height.
    bool add_kind(const Kind& kind, Count count, Count end, Wide& kept, std::vector<Count>& load) {
        down_ = kind.down;
        before_ = kind.before;
        behind_ = kind.behind;
        if (end < down_) return false;
        price(end - down_);
        std::vector<Count> mine(load.size(), 0);
        const Wide cost = cheapest(end - down_, 1, count, false, mine);
        const Wide height = kind.height.count;
        kept += cost * count * height / members_.height.count;
        for (std::size_t i = 0; i < load.size(); ++i) {
            load[i] += static_cast<Count>(mine[i] * height / members_.height.count);
        }
        return true;
    }

    // Adds what all lanes keep at their cheapest. Returns: false where a lane finds no place.
    bool add_lanes(Count last, Wide& kept, std::vector<Count>& load) const {
        const Count fixed = anchored_ ? 1 : 0;
        const std::array<std::tuple<Count, Count, bool>, 3> kinds{
            std::tuple{rounds_, fixed, true}, std::tuple{rounds_, long_lanes_ - fixed, false},
            std::tuple{rounds_ - 1, short_lanes_, false}};
        for (const auto& [hosts, lanes, is_fixed] : kinds) {
            if (hosts <= 0 || lanes <= 0) continue;
            const Count cost = cheapest(last, hosts, lanes, is_fixed, load);
            if (cost >= nowhere) return false;
            kept += static_cast<Wide>(cost) * lanes;
        }
        return true;
    }

    static constexpr Count nowhere = std::numeric_limits<Count>::max() / 4;
    static std::size_t at(Count i) { return static_cast<std::size_t>(i); }

    // The coordinator's share of each slot, in parts of a member's height.
    void note_first() {
        first_.assign(at(slots_), 0);
        const Count ramp = anchored_ ? 0 : members_.first_ramp.count();
        for (Count i = 0; i < slots_ && ramp > 0; ++i) {
            const Wide left =
                static_cast<Wide>(members_.first.count) *
                (2 * static_cast<Wide>(ramp) - (2 * i + 1) * static_cast<Wide>(slot_)) /
                (2 * static_cast<Wide>(ramp));
            if (left <= 0) break;
            first_[at(i)] = static_cast<Count>(left * scale / members_.height.count);
        }
    }

    // Of weights, and of weights times their place; they give the slopes.
    void sum_up(const std::vector<Count>& weights) {
        sums_.assign(at(slots_ + 1), 0);
        moments_.assign(at(slots_ + 1), 0);
        for (Count i = 0; i < slots_; ++i) {
            sums_[at(i + 1)] = sums_[at(i)] + weights[at(i)];
            moments_[at(i + 1)] = moments_[at(i)] + i * weights[at(i)];
        }
    }

    // What a start in each slot costs at these weights.
    void price(Count last) {
        cost_.assign(at(last + 1), 0);
        for (Count start = 0; start <= last; ++start) {
            Count cost = scale * between(sums_, start + 1, start + down_);
            // Slots first..start, where i = start - slot; then those behind, i = slot - back.
            const Count first = std::max<Count>(0, start + 1 - before_.length);
            cost += (scale - before_.fall * (2 * start + 1)) * between(sums_, first, start + 1) +
                    2 * before_.fall * between(moments_, first, start + 1);
            const Count back = start + down_;
            const Count end = std::min(slots_, back + behind_.length);
            cost += (scale + behind_.fall * (2 * back - 1)) * between(sums_, back, end) -
                    2 * behind_.fall * between(moments_, back, end);
            cost_[at(start)] = cost;
        }
    }

    static Count between(const std::vector<Count>& sums, Count from, Count to) {
        return to > from ? sums[at(to)] - sums[at(from)] : 0;
    }

    // The cheapest lane of so many members; what `lanes` of them keep is added to `load`.
    Count cheapest(Count last, Count hosts, Count lanes, bool is_fixed,
                   std::vector<Count>& load) const {
        std::vector<std::vector<Count>> best(at(hosts), std::vector<Count>(at(last + 1), nowhere));
        std::vector<std::vector<Count>> from(at(hosts), std::vector<Count>(at(last + 1), -1));
        for (Count i = 0; i <= (is_fixed ? 0 : last); ++i) best[0][at(i)] = cost_[at(i)];
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
            add(start, lanes, load);
            start = from[at(host)][at(start)];
        }
        return *least;
    }

    void add(Count start, Count lanes, std::vector<Count>& load) const {
        for (Count i = start + 1; i < start + down_; ++i) load[at(i)] += lanes * scale;
        for (Count i = 0; i < before_.length && i <= start; ++i) {
            load[at(start - i)] += lanes * before_.height(i);
        }
        for (Count i = 0; i < behind_.length && start + down_ + i < slots_; ++i) {
            load[at(start + down_ + i)] += lanes * behind_.height(i);
        }
    }

    // More is kept, at these weights, than the ceiling lets.
    [[nodiscard]] bool is_over(const std::vector<Count>& weights, Wide kept) const {
        Wide sum = 0;
        for (Count i = 0; i < slots_; ++i) {
            kept += static_cast<Wide>(weights[at(i)]) * first_[at(i)];
            sum += weights[at(i)];
        }
        // Divided by the height and rounded up, so that both sides stay in range.
        const Wide ceiling =
            static_cast<Wide>(members_.ceiling.count) * scale / members_.height.count + 1;
        return kept > ceiling * sum;
    }

    // Returns: false where no slot is over the ceiling: these lanes fit.
    [[nodiscard]] bool raise(std::vector<Count>& weights, const std::vector<Count>& load,
                             int round) const {
        bool over = false;
        const Count ceiling = static_cast<Count>(static_cast<Wide>(members_.ceiling.count) * scale /
                                                 members_.height.count) +
                              1;
        const Count calm =
            kinds_.empty() ? 4 + round / 4 : 16 + round / 2;  // smaller steps as time goes on
        for (Count i = 0; i < slots_; ++i) {
            const Count excess = load[at(i)] + first_[at(i)] - ceiling;
            over = over || excess > 0;
            const Count clipped = std::clamp(excess, -ceiling, ceiling);
            Count& weight = weights[at(i)];
            weight += static_cast<Count>(static_cast<Wide>(weight) * clipped / ceiling / calm);
            weight = std::clamp<Count>(weight, 1, weight_max);
        }
        return over;
    }

    const Trapezoids& members_;
    bool anchored_;
    std::vector<std::pair<Kind, Count>> kinds_;  // how many of each; none: all alike, in lanes
    Count rounds_ = 0;
    Count long_lanes_ = 0;
    Count short_lanes_ = 0;
    Count down_ = 1;  // slots that a member is down
    Count slot_ = 0;  // in microseconds
    Count slots_ = 0;
    Slope before_, behind_;
    std::vector<Count> first_, cost_, sums_, moments_;
    std::vector<Count> proof_;  // the weights of the last one; the next is not far
};

// No time from zero to the last start is shorter, of those that `ceiling` is about; looked for up
// to `at_most`.
Duration least_last_start(Ceiling& ceiling, bool anchored, Duration at_least, Duration at_most) {
    if (!ceiling.is_cut()) return at_least;
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
