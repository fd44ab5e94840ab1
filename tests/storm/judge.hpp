// Judges a run by the truth of the simulated pool; shares nothing with apply().
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/storm/weather.hpp"

namespace vacate::storm {

/// The first violation stays.
///
/// A race is no violation: where somebody else touched a host after the last look that the
/// executor had when it gave the order, it could not have known.
class Judge {
  public:
    /// Requires: all of them live as long as this.
    Judge(const Weather& weather, const live::SimulatedPool& pool,
          const live::SimulatedDriver& driver, std::string run);

    /// The executor sent it.
    void sent(const Commanded& command, Instant now);
    /// The pool did it, or is about to.
    void happened(const live::Happening& what);
    /// The executor wrote it down.
    void wrote(const Record& record);
    /// Nobody is to be surprised at what becomes of this host now.
    void touched(std::size_t host, Instant now);
    /// After each event of the pool: no host over its memory.
    void look_at_memory();
    /// After each turn: everything changed is in the list of what is owed.
    void look_at_debts(const live::Status& status);
    /// A new process knows nothing of how long anything has been as it is.
    void revived(Instant now) { disturbed_ = std::max(disturbed_, now); }
    /// After each turn: who does not run any more is named, as soon as that can be known.
    void look_at_vms(const live::Status& status);
    /// The run stopped: it must say why.
    void look_at_stop(const live::Status& status);
    /// The run is over and will not be resumed.
    void look_at_end(const live::Status& status, bool done);
    /// What the storm itself saw.
    void violate(std::string sentence);

    [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

  private:
    struct Sent {
        Order order;
        Instant seen_at{};  // of the last look before it
    };

    [[nodiscard]] bool is_race(std::uint64_t key, std::size_t host) const;
    void judge_arrival(const live::Happening& what);
    void judge_growth(const live::Happening& what);
    void judge_going_down(const live::Happening& what);
    void judge_restart(const live::Happening& what);
    void judge_vms(const live::Status& status, Instant known_by);
    void judge_places(const live::Status& status);
    void judge_hosts(const live::Status& status);
    void judge_ha(const live::Status& status);
    [[nodiscard]] bool has_part(std::size_t host) const;

    const Weather* weather_;
    const live::SimulatedPool* pool_;
    const live::SimulatedDriver* driver_;
    std::string run_;
    std::map<std::uint64_t, Sent> sent_;
    bool paused_ = false;
    bool aborted_ = false;
    std::vector<Instant> touched_;  // by host
    std::vector<Instant> left_;  // by host: when a VM last left it, or it was disabled, by orders
    std::map<std::size_t, std::size_t> died_on_;  // VM to the host that it died with
    std::vector<bool> overfull_;                  // by host
    std::vector<Instant> killed_;                 // by VM
    Instant first_seen_{};                        // the first look behind that
    Instant disturbed_{};           // when last a host, the toolstack or the process came or went
    std::vector<Instant> put_;      // by VM: when somebody put it where it is
    Instant seen_at_unlock_{};      // the last look before the lock was given back
    std::vector<Instant> grown_;    // by VM: when somebody gave it memory back
    std::set<std::size_t> harmed_;  // VMs, by orders of ours
    std::optional<std::string> violation_;
};

}  // namespace vacate::storm
