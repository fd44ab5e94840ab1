// Where a run stands: the fold of its records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/codec/scenario.hpp"
#include "model/job.hpp"
#include "model/journal.hpp"
#include "model/plan.hpp"

namespace vacate::live {

/// A command of which the end is not known yet.
struct Flight {
    Commanded command;
    Instant sent{};
    Instant last_sign{};                                // when something was heard of it
    bool begun = false;                                 // an answer said so
    std::string said;                                   // that answer: what there is to do
    bool unknown = false;                               // an answer said that nobody knows
    std::string why;                                    // what that answer said
    bool orphaned = false;                              // no answer since the run was taken up
    Answered::Advice advice = Answered::Advice::retry;  // of that answer
};

/// How often an order was tried without success.
struct Attempts {
    std::int64_t count = 0;
    Instant last{};
    Answered::Advice advice = Answered::Advice::retry;  // of the last one
    std::string sentence;                               // what it said
};

/// A migration that ended, for the forecast.
struct Journey {
    Order order;
    Duration lasted{};
};

/// What became of a host in this run.
struct HostRun {
    std::optional<Instant> disabled;  // the first time of its turn
    std::int64_t disables = 0;        // of its turn: somebody may enable it in between
    std::optional<Instant> down;
    std::optional<Instant> back;  // ready again
    std::optional<Instant> enabled;
    std::int64_t moved = 0;
    std::int64_t failed = 0;
};

/// The plan in force, by name.
struct PlanInForce {
    std::string reason;
    Scenario scenario;          // as it was seen; what the job makes of it stands in view.hpp
    Plan plan;                  // ids of scenario.pool
    std::vector<Order> orders;  // of its steps
    std::vector<bool> done;     // by answers and looks at single commands
    Instant at{};
    std::uint64_t number = 0;  // counts adoptions, from 1
};

/// A value: equal records give equal values.
struct RunState {
    Opened opened;
    std::vector<std::string> job_hosts;  // by name; of the mission
    HostAction action = HostAction::upgrade;
    Home home = Home::none;
    std::map<std::string, std::string> goal;  // of a placement: VM to host
    std::optional<Scenario> start;            // of the first plan
    PlanInForce plan;
    std::map<std::uint64_t, Flight> flights;
    std::vector<Order> owed;                    // what undoes the changes made, oldest first
    std::map<std::string, Instant> owed_since;  // by describe(order)
    std::map<std::string, Attempts> attempts;   // by describe(order)
    std::map<std::string, HostRun> hosts;       // by name
    std::vector<std::string> hosts_in_order;    // as begun
    std::set<std::string> restarted;            // hosts that are ready again
    std::set<std::string> set_aside;            // VMs
    std::set<std::string> keeps_range;          // VMs that could not be squeezed
    std::set<std::string> left_out;             // hosts
    std::set<std::string> handed_over;    // hosts that somebody may upgrade still: stay disabled
    std::set<std::string> away;           // of left_out: since nobody could reach them
    std::map<std::string, int> taken_up;  // hosts that were left out, and are not: how often
    std::set<std::string> skipped;        // hosts the operator said to leave out
    std::set<std::string> allowed;        // hosts the operator said to proceed with
    std::map<std::string, std::string> shaken;  // VMs of which a move did not end well: from
    std::set<std::string> left_to_people;       // of these, those that were ever set aside
    // What the first order of its kind to a VM has to remember, until that is put back: a later
    // look may show what that one did.
    std::map<std::pair<Act, std::string>, std::string> first_memos;
    std::map<std::string, std::string> disks_at;    // VM to storage, moved by us
    std::map<std::string, std::string> brought_to;  // VMs: the host that an order took them to last
    std::vector<Journey> journeys;
    std::string backup;  // where the database was kept
    bool backed_up = false;
    bool locked = false;
    bool paused = false;
    bool aborting = false;
    bool closed = false;
    bool done = false;
    bool must_plan = false;              // the plan in force no longer tells what is done
    std::optional<Instant> mixed_since;  // the first host came back
    std::string last_words;              // of Closed
    bool rests = false;                  // it stopped, and does not go on yet
    std::optional<Instant> went_on;      // the last time that it did, after it had stopped
    Findings findings;
    std::uint64_t records = 0;
    std::uint64_t keys = 0;
    int replans = 0;             // in a row, without anything new done to a host or VM
    std::set<std::string> news;  // what was, since the last host came back, by describe(order)
    Instant at{};                // of the last record

    /// Moves past a record. Fails: what cannot be, in a sentence.
    [[nodiscard]] tl::expected<void, std::string> fold(const Record& record);

    /// True for a host that the job is about; without hosts it is about all.
    [[nodiscard]] bool is_in_job(const std::string& host) const;
    [[nodiscard]] const Flight* flight_of(const Order& order) const;
    /// True when a finding of that code and subject was noted.
    [[nodiscard]] bool has_noted(const std::string& code, const std::string& subject) const;
    /// True when a finding says that this was not put back.
    [[nodiscard]] bool is_left_undone(const Order& owed_order) const;

  private:
    using Outcome = tl::expected<void, std::string>;
    Outcome take(const Opened& one);
    Outcome take(const Adopted& one);
    Outcome take(const Commanded& one);
    Outcome take(const Answered& one);
    Outcome take(const Settled& one);
    Outcome take(const Told& one);
    Outcome take(const Noted& one);
    Outcome take(const Cleared& one);
    Outcome take(const PutBack& one);
    Outcome take(const Closed& one);
    void go_on();
    void end(std::uint64_t key, bool is_done, const Answered& answer);
    void take_effect(const Order& order, const std::string& memo);
    void note_host(const Order& order);
    void forget_memo(Act undo, const std::string& vm);
};

// Codes of findings that a run itself reads.
inline constexpr const char* vm_set_aside = "VM_SET_ASIDE";
inline constexpr const char* vm_not_squeezed = "VM_NOT_SQUEEZED";
inline constexpr const char* host_left_out = "HOST_LEFT_OUT";
inline constexpr const char* not_put_back = "NOT_PUT_BACK";
inline constexpr const char* host_handed_over = "HOST_HANDED_OVER";
inline constexpr const char* guests_in_the_way = "HOST_NOT_EMPTY";
inline constexpr const char* host_is_late = "HOST_LATE";
inline constexpr const char* host_unreachable = "HOST_UNREACHABLE";
inline constexpr const char* member_is_failed = "MEMBER_FAILED";
inline constexpr const char* coordinator_is_failed = "COORDINATOR_FAILED";
inline constexpr const char* mixed_for_too_long = "MIXED_TOO_LONG";
inline constexpr const char* window_is_missed = "WINDOW_WILL_BE_MISSED";
inline constexpr const char* host_not_begun = "HOST_NOT_BEGUN";
inline constexpr const char* vm_down = "VM_DOWN";
inline constexpr const char* vm_lost = "VM_ON_LOST_HOST";
inline constexpr const char* vm_astray = "VM_ASTRAY";

/// What remains to be done for what is not put back.
[[nodiscard]] inline std::string by_hand(const Order& owed_order) {
    const bool range = owed_order.act == Act::restore_memory && !owed_order.memo.empty();
    return describe(owed_order) + (range ? " to " + owed_order.memo + " B" : "") + " by hand";
}

/// True for the finding that says of an order owed that it was not put back.
[[nodiscard]] inline bool is_about_debt(const Finding& finding, const Order& owed_order) {
    return finding.code == not_put_back && finding.remedy.starts_with(by_hand(owed_order));
}

/// True for what lets a VM run again that was parked.
[[nodiscard]] inline bool brings_back(Act act) { return act == Act::resume || act == Act::start; }

/// True for what would fill hosts that an evacuation has emptied.
[[nodiscard]] inline bool fills_again(Act act) {
    return act == Act::enable_host || brings_back(act);
}

/// True for what undoes a change to a VM or a switch; hosts and the lock are not meant.
[[nodiscard]] bool puts_back(Act act);

/// "VM db-1", "host srv-3" or "pool": what an order is about.
[[nodiscard]] std::string subject_of_order(const Order& order);

}  // namespace vacate::live
