// What an executor writes to and sends through, so that it can die at any byte of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/storm/weather.hpp"

namespace vacate::storm {

/// When and how the process dies next.
struct Fate {
    bool dead = false;
    Death how = Death::before;
    std::int64_t sends_left = -1;  // until it dies while it sends; negative: it lives
};

/// A journal in memory. What is written by a dead process is nowhere.
class MortalLedger final : public live::Ledger {
  public:
    /// `strikes` says whether this time, and how.
    using Strikes = std::function<std::optional<Death>()>;
    /// Requires: `fate` and `random` live as long as this.
    MortalLedger(Fate& fate, Random& random, Strikes strikes);

    [[nodiscard]] Result<void> append(const std::vector<Record>& records) override;

    /// It dies, once, when this record of the run is to be written: none before it is lost.
    void die_at_record(std::int64_t record) { dies_at_record_ = record; }
    [[nodiscard]] bool is_still_to_die() const { return dies_at_record_.has_value(); }

    /// What a new process finds on the disk, the torn end included.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_torn() const { return !torn_.empty(); }
    /// A new process cuts the torn end off.
    void cut() {
        torn_.clear();
        late_.clear();
    }
    /// Somebody begins with an empty journal.
    void erase() { journal_.clear(); }
    [[nodiscard]] const Journal& journal() const { return journal_; }

  private:
    void tear(const Record& record);

    Fate* fate_;
    Random* random_;
    Strikes strikes_;
    Journal journal_;
    std::optional<std::int64_t> dies_at_record_;
    std::string torn_;
    std::vector<Record> late_;  // of an executor that writes too late
};

/// Hands over what is sent while the process lives, and what people say to it.
class MortalDriver final : public live::Driver {
  public:
    using Sent = std::function<void(const Commanded&)>;
    /// Requires: `fate` and `driver` live as long as this.
    MortalDriver(Fate& fate, live::SimulatedDriver& driver, std::string run, Sent sent);

    void submit(const Commanded& command) override;
    void look() override;
    std::vector<live::Observation> poll(Instant now) override;

    void tell(const Told& told) { told_.push_back(told); }
    [[nodiscard]] bool has_news() const { return !told_.empty() || !lies_.empty(); }

  private:
    void distort(live::Snapshot& seen);
    void misdirect(Order& order) const;

    Fate* fate_;
    live::SimulatedDriver* driver_;
    std::string run_;
    Sent sent_;
    std::optional<live::Snapshot> last_;  // of an executor that is a look behind, or lost
    std::vector<Answered> lies_;          // of one that skips what it should do
    std::vector<Told> told_;
};

}  // namespace vacate::storm
