// The next VM always goes to the host that lacks most.
#include "tools/generator/filling.hpp"

#include <algorithm>
#include <queue>
#include <utility>

#include "model/limits.hpp"

namespace vacate::generator {
namespace {

class Filling {
  public:
    Filling(const GeneratorOptions& options, const std::vector<Bytes>& memories, Random& random)
        : options_(options), memories_(memories), random_(random), largest_gib_(largest()) {
        set_targets();
    }

    std::vector<Guest> run() {
        if (options_.vms == 0) {
            fill_up();
        } else {
            fill_with(options_.vms);
        }
        return std::move(guests_);
    }

  private:
    [[nodiscard]] std::int64_t largest() const {
        const Bytes biggest = *std::max_element(memories_.begin(), memories_.end());
        const std::int64_t parts = options_.sizes == SizeMix::heavy ? 4 : 3;
        return std::max<std::int64_t>(1, biggest.count / parts / gibibytes(1).count);
    }

    // Two hosts at a time, one as much above the fill level as the other is below.
    void set_targets() {
        const std::int64_t fill = options_.fill_percent * 10;
        const std::int64_t most = std::min<std::int64_t>(40, 990 - fill);
        std::int64_t permille = fill;
        for (std::uint32_t host = 0; host < memories_.size(); ++host) {
            const bool first_of_two = host % 2 == 0;
            const bool alone = first_of_two && host + 1 == memories_.size();
            permille = first_of_two ? fill + random_.between(-most, most) : 2 * fill - permille;
            const Bytes target{memories_[host].count / 1000 * (alone ? fill : permille)};
            targets_.push_back(target);
            gaps_.emplace(target.count, host);
        }
    }

    // A gap of a few GiB is left rather than filled with odd sizes.
    [[nodiscard]] bool is_full(std::int64_t gap, std::uint32_t host) const {
        Guest smallest;
        return gap < memories_[host].count / 64 || Bytes{gap} < charge_of(smallest);
    }

    void fill_up() {
        while (!gaps_.empty() && guests_.size() < limits::vms) {
            const auto [gap, host] = gaps_.top();
            gaps_.pop();
            if (is_full(gap, host)) continue;
            Guest guest = draw_guest(draw_size(options_.sizes, largest_gib_, random_), random_);
            if (fit(guest, Bytes{gap})) settle(std::move(guest), gap, host);
        }
    }

    void fill_with(std::int64_t count) {
        std::vector<std::int64_t> sizes;
        for (std::int64_t i = 0; i < count; ++i) {
            sizes.push_back(draw_size(options_.sizes, largest_gib_, random_));
        }
        scale(sizes);
        std::sort(sizes.begin(), sizes.end(), std::greater<>());
        for (const std::int64_t size : sizes) {
            Guest guest = draw_guest(size, random_);
            const auto [gap, host] = gaps_.top();
            // What rounding to whole GiB adds must have a place too.
            const Bytes slack{memories_[host].count / 50};
            const Bytes room =
                std::min(Bytes{gap} + slack, memories_[host] - targets_[host] + Bytes{gap});
            if (!fit(guest, room)) return;
            gaps_.pop();
            settle(std::move(guest), gap, host);
        }
    }

    // The largest size that needs no more than `room`, if it is smaller; false when none does.
    static bool fit(Guest& guest, Bytes room) {
        if (charge_of(guest) <= room) return true;
        std::int64_t size = std::min(guest.size_gib, room.count / gibibytes(1).count);
        for (; size >= 1; --size) {
            Guest smaller = guest;
            shrink(smaller, size);
            if (charge_of(smaller) > room) continue;
            guest = std::move(smaller);
            return true;
        }
        return false;
    }

    void settle(Guest guest, std::int64_t gap, std::uint32_t host) {
        guest.host = host;
        gaps_.emplace(gap - charge_of(guest).count, host);
        guests_.push_back(std::move(guest));
    }

    [[nodiscard]] std::int64_t scaled(std::int64_t size, std::int64_t permille) const {
        return std::clamp<std::int64_t>((size * permille + 500) / 1000, 1, largest_gib_);
    }

    // The smallest factor with which the sizes reach the sum of the targets.
    void scale(std::vector<std::int64_t>& sizes) const {
        Wide wanted = 0;
        for (const Bytes target : targets_) wanted += target.count;
        wanted = wanted * 100 / 101 / gibibytes(1).count;  // overheads are about a hundredth
        std::int64_t low = 1;
        std::int64_t high = 1000 * std::max<std::int64_t>(largest_gib_, 1);
        while (low < high) {
            const std::int64_t permille = (low + high) / 2;
            Wide sum = 0;
            for (const std::int64_t size : sizes) sum += scaled(size, permille);
            if (sum >= wanted) {
                high = permille;
            } else {
                low = permille + 1;
            }
        }
        for (std::int64_t& size : sizes) size = scaled(size, low);
    }

    const GeneratorOptions& options_;
    const std::vector<Bytes>& memories_;
    Random& random_;
    std::int64_t largest_gib_;
    std::vector<Bytes> targets_;
    std::priority_queue<std::pair<std::int64_t, std::uint32_t>> gaps_;  // bytes to the target, host
    std::vector<Guest> guests_;
};

}  // namespace

std::vector<Guest> fill(const GeneratorOptions& options, const std::vector<Bytes>& memories,
                        Random& random) {
    return Filling(options, memories, random).run();
}

}  // namespace vacate::generator
