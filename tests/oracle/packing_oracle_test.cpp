// The packing bound against the shortest packing there is of a few members, by brute force.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <optional>

#include "model/random.hpp"
#include "sim/search/packing_bound.hpp"

namespace vacate::oracle {
namespace {

// All in whole units of time, so that what is kept bends at whole units only.
struct Shape {
    std::int64_t height, plateau, ramp_out, ramp_in;
    friend bool operator==(const Shape&, const Shape&) = default;
};

struct Case {
    std::vector<Shape> members;
    std::int64_t together, ceiling;
    std::int64_t first_height = 0, first_ramp = 0;
};

// What a member that goes down at `start` keeps at `time`, as a fraction over `parts`.
std::int64_t kept_at(const Shape& shape, std::int64_t start, std::int64_t time,
                     std::int64_t parts) {
    const std::int64_t end = start + shape.plateau;
    std::int64_t away = 0, ramp = 0;
    if (time < start) {
        away = start - time;
        ramp = shape.ramp_out;
    } else if (time > end) {
        away = time - end;
        ramp = shape.ramp_in;
    } else {
        return shape.height * parts;
    }
    return away >= ramp ? 0 : shape.height * parts * (ramp - away) / ramp;
}

// Every nondecreasing sequence of whole starts, longer ones left out as soon as it is sure that
// they are; so the answer is the optimum among starts at whole units.
class BruteForce {
  public:
    explicit BruteForce(const Case& one) : case_(one), left_(one.members) {
        for (const Shape& shape : one.members) {
            shortest_ = std::min(shortest_, shape.plateau);
            for (const std::int64_t ramp : {shape.ramp_out, shape.ramp_in}) parts_ *= ramp;
        }
        parts_ *= std::max<std::int64_t>(1, one.first_ramp);
        best_ = 1'000;
        place(0);
    }

    // Until all are back; nothing where it takes too long to look for.
    [[nodiscard]] std::optional<std::int64_t> best() const {
        return nodes_ > nodes_max ? std::nullopt : std::optional(best_);
    }

  private:
    static constexpr std::int64_t nodes_max = 400'000;

    void place(std::int64_t from) {
        if (++nodes_ > nodes_max) return;
        if (left_.empty()) {
            best_ = std::min(best_, latest_end());
            return;
        }
        const auto count = static_cast<std::int64_t>(left_.size());
        const std::int64_t rest = (count + case_.together - 1) / case_.together * shortest_;
        for (std::int64_t start = from; start + rest < best_; ++start) {
            for (std::size_t i = 0; i < left_.size(); ++i) {
                if (i > 0 && left_[i] == left_[i - 1]) continue;  // alike, and sorted
                if (!fits(left_[i], start)) continue;
                placed_.emplace_back(left_[i], start);
                left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(i));
                place(start);
                left_.insert(left_.begin() + static_cast<std::ptrdiff_t>(i), placed_.back().first);
                placed_.pop_back();
            }
        }
    }

    [[nodiscard]] std::int64_t latest_end() const {
        std::int64_t end = 0;
        for (const auto& [shape, start] : placed_) end = std::max(end, start + shape.plateau);
        return end;
    }

    // What is kept is a straight line between whole units, so these are enough.
    [[nodiscard]] bool fits(const Shape& shape, std::int64_t start) const {
        const std::int64_t begin = std::max<std::int64_t>(0, start - shape.ramp_out);
        const std::int64_t end = start + shape.plateau + shape.ramp_in;
        for (std::int64_t time = begin; time <= end; ++time) {
            std::int64_t kept = kept_at(shape, start, time, parts_);
            std::int64_t down = start <= time && time < start + shape.plateau ? 1 : 0;
            for (const auto& [other, at] : placed_) {
                kept += kept_at(other, at, time, parts_);
                if (down > 0 && at <= time && time < at + other.plateau) ++down;
            }
            if (case_.first_ramp > time) {
                kept += case_.first_height * parts_ * (case_.first_ramp - time) / case_.first_ramp;
            }
            if (kept > case_.ceiling * parts_ || down > case_.together) return false;
        }
        return true;
    }

    const Case& case_;
    std::vector<Shape> left_;
    std::vector<std::pair<Shape, std::int64_t>> placed_;
    std::int64_t shortest_ = 1'000;
    std::int64_t parts_ = 1;
    std::int64_t best_ = 0;
    std::int64_t nodes_ = 0;
};

constexpr std::int64_t unit = 60'000'000;  // microseconds

Trapezoids trapezoids(const Case& one) {
    const auto time = [](std::int64_t units) { return Duration{units * unit}; };
    Trapezoids shapes;
    shapes.count = static_cast<std::int64_t>(one.members.size());
    shapes.together = one.together;
    shapes.ceiling = gibibytes(one.ceiling);
    shapes.first = gibibytes(one.first_height);
    shapes.first_ramp = time(one.first_ramp);
    Shape least = one.members.front();
    for (const Shape& shape : one.members) {
        least = {std::min(least.height, shape.height), std::min(least.plateau, shape.plateau),
                 std::min(least.ramp_out, shape.ramp_out), std::min(least.ramp_in, shape.ramp_in)};
        shapes.each.push_back({gibibytes(shape.height), time(shape.plateau), time(shape.ramp_out),
                               time(shape.ramp_in)});
    }
    shapes.height = gibibytes(least.height);
    shapes.plateau = time(least.plateau);
    shapes.ramp_out = time(least.ramp_out);
    shapes.ramp_in = time(least.ramp_in);
    const Trapezoid& front = shapes.each.front();
    const bool alike = std::all_of(shapes.each.begin(), shapes.each.end(),
                                   [&](const Trapezoid& shape) { return shape == front; });
    if (alike) shapes.each.clear();
    return shapes;
}

struct Tally {
    int judged = 0, side_by_side = 0;
    double sum = 0, weakest = 1;

    void judge(const Case& one, std::uint64_t seed) {
        const auto best = BruteForce(one).best();
        if (!best) return;
        const Duration bound =
            least_packing_time(trapezoids(one), Duration{}, Duration{1'000 * unit});
        INFO("seed " << seed << ": " << one.members.size() << " members, " << one.together
                     << " together, ceiling " << one.ceiling << ", optimum " << *best);
        CHECK(bound.count() <= *best * unit);
        ++judged;
        if (one.together > 1) ++side_by_side;
        const double share = static_cast<double>(bound.count()) / static_cast<double>(*best * unit);
        sum += share;
        weakest = std::min(weakest, share);
    }

    void print(const char* what) const {
        std::printf(
            "%s: %d packings, %d of them with two and more down together; the bound is "
            "%.3f of the optimum on average, %.3f at least\n",
            what, judged, side_by_side, sum / judged, weakest);
    }
};

TEST_CASE("packing bound: alike members against brute force", "[oracle][bound]") {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        Random random(seed);
        const Shape shape{60, random.between(4, 9), random.between(1, 4), random.between(1, 4)};
        Case one{std::vector<Shape>(static_cast<std::size_t>(random.between(2, 6)), shape),
                 random.between(1, 3), 0};
        one.ceiling = 60 * one.together + random.between(0, 60);
        if (random.chance(1, 2)) {
            one.first_height = random.between(20, 60);
            one.first_ramp = random.between(1, 4);
        }
        tally.judge(one, seed);
    }
    tally.print("alike");
    CHECK(tally.judged > 120);
    CHECK(tally.side_by_side > 90);
    CHECK(tally.sum / tally.judged > 0.94);
}

TEST_CASE("packing bound: members that differ against brute force", "[oracle][bound]") {
    Tally tally;
    for (std::uint64_t seed = 1'001; seed <= 1'080; ++seed) {
        Random random(seed);
        Case one{{}, random.between(1, 3), 0};
        const std::int64_t count = random.between(2, 4);
        std::int64_t largest = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            one.members.push_back({random.between(2, 4) * 20, random.between(4, 9),
                                   random.between(1, 3), random.between(1, 3)});
            largest = std::max(largest, one.members.back().height);
        }
        std::sort(one.members.begin(), one.members.end(), [](const Shape& a, const Shape& b) {
            return std::tie(a.height, a.plateau, a.ramp_out, a.ramp_in) <
                   std::tie(b.height, b.plateau, b.ramp_out, b.ramp_in);
        });
        one.ceiling = largest + random.between(0, 80);
        tally.judge(one, seed);
    }
    tally.print("different");
    CHECK(tally.judged > 60);
    CHECK(tally.side_by_side > 35);
    CHECK(tally.sum / tally.judged > 0.86);
}

}  // namespace
}  // namespace vacate::oracle
