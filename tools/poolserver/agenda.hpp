// What will happen by itself, in the pool's own time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "model/units.hpp"

namespace vacate::poolserver {

/// Acts by instant; those of one instant in the order they were entered.
class Agenda {
  public:
    using Entry = std::pair<Instant, std::uint64_t>;

    [[nodiscard]] Instant now() const { return now_; }
    /// Enters an act; one that is overdue happens at the next advance().
    Entry at(Instant when, std::function<void()> act);
    Entry after(Duration wait, std::function<void()> act) {
        return at(now_ + wait, std::move(act));
    }
    /// Takes an act out; nothing when it has happened.
    void cancel(const Entry& entry) { acts_.erase(entry); }
    [[nodiscard]] std::optional<Instant> next() const;
    /// Lets everything happen that is due until `now`; while an act runs, now() is its instant.
    void advance(Instant now);

  private:
    Instant now_{};
    std::uint64_t entered_ = 0;
    std::map<Entry, std::function<void()>> acts_;
};

}  // namespace vacate::poolserver
