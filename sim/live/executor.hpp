// Carries a plan out on a pool that is really there: a state machine without clock or wires.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.hpp"
#include "model/journal.hpp"
#include "model/limits.hpp"
#include "model/plan.hpp"
#include "sim/live/driver.hpp"
#include "sim/search/planner.hpp"

namespace vacate::live {

/// What the operator asked for.
struct Mission {
    Job job;
    PlanOptions search;             // of plans made on the way: effort, objective, home
    bool ask_before_hosts = false;  // waits for Told{proceed} before each host is disabled
    bool hands_over = false;        // a program or a person sees to restarts, which may come late
    bool by_hand = false;           // a person does
    bool go_on_without = true;  // a member that does not come back is left out, the rest goes on
    Duration look_every{};      // how old a look may be while nothing happens
    Duration grace{};           // how long a command without an answer may still take effect
    Duration host_patience{};   // on top of a host's upgrade time, then the operator is called
    Duration host_deadline{};   // on top of it, then the host counts as lost
    Duration away_max{};        // of the coordinator, when it is not its turn to restart
    // How long a host may be silent before that means anything: a coordinator that came back, or
    // whose agent did, hears of its members one by one.
    Duration silence_max{};
    Duration boot_slack{};                  // by which the pool may tell the same boot differently
    std::optional<Instant> finish_by;       // no host is begun that would end later
    std::optional<Duration> mixed_max;      // longest time in mixed versions
    bool stop_when_mixed_too_long = false;  // else the operator is told and it goes on
    int retries = limits::retries;          // tries of one command
    int replans = limits::replans;          // in a row without a step on a host or VM done
};

/// Where a run stands.
enum class Standing {
    looking,  // waits for the first look, or for the pool to answer again
    working,
    draining,  // begins nothing, what runs may end: before a new plan, a pause or an end
    paused,
    asking,  // waits for the operator: proceed with a host, or what to do
    done,
    stopped,  // safely; may be resumed
};

/// How far a host is, as far as is known.
enum class HostNow {
    waits,       // nothing was done to it
    emptied,     // disabled, and not told to restart
    to_restart,  // handed to whoever restarts it, who is not known to have begun
    restarting,  // the pool was told, and nobody has seen it gone yet
    down,        // told to restart, and not heard of since
    silent,      // not heard of without an order of ours
    back,        // restarted and ready
    in_use,
};
inline constexpr std::array<std::string_view, 8> host_now_names{
    "waits", "being emptied", "to restart", "restarting", "down", "not heard of", "back", "in use"};

/// What has become of one host, for people.
struct HostStory {
    std::string host;
    HostNow now = HostNow::waits;
    std::optional<Instant> planned_begin;  // in the plan in force when it was begun
    std::optional<Instant> planned_end;
    std::optional<Instant> disabled;
    std::optional<Instant> down;  // told to restart; nothing where that came to nothing
    std::optional<Instant> back;
    std::optional<Instant> enabled;
    std::int64_t moved = 0;   // VMs that left it
    std::int64_t failed = 0;  // moves that failed
    friend bool operator==(const HostStory&, const HostStory&) = default;
};

/// What there is to say of a run at a moment.
struct Status {
    Standing standing = Standing::looking;
    std::string sentence;  // "empties srv-3, 4 of 12 VMs have left"
    std::vector<Commanded> under_way;
    std::vector<HostStory> hosts;      // in the order begun, then by name
    Findings findings;                 // each once
    std::vector<Instant> found_since;  // when each began to hold
    std::vector<Order> owed;           // what undoes the changes made so far, newest first
    // Hosts that were evacuated stay disabled: these orders are for whoever works there.
    bool owed_is_wanted = false;
    // By the journal: what was done of the plans before, and the plan in force.
    std::int64_t steps = 0;
    std::int64_t steps_done = 0;
    // Of what the sentence waits for: since when, and what comes of it at what time.
    std::optional<Instant> waits_since;
    std::optional<Instant> waits_until;
    std::string then;                    // "it is late"
    std::optional<Instant> ended;        // it is over since then
    std::optional<Instant> ends_at;      // forecast, from this run's own speed
    std::optional<Instant> planned_end;  // by the first plan
    std::string to_do;                   // by hand, now; empty: nothing
    std::string asked_host;              // the run waits to be told whether it may be done
    std::string backup;                  // where the database was kept; empty: it was not
    std::int64_t hosts_new = 0;          // at their new version, as far as is known
};

/// Carries out a mission. Whoever owns one calls, again and again and with a time that never
/// falls: observe() with all that came in; next(); then writes take_records() down, and only when
/// that succeeded sends the commands and asks for the look.
///
/// - Acts of ours are judged by apply() before they are sent, against the state that the last
///   look and all that was done since give; what was sent and not answered keeps its
///   reservations.
/// - A command without an answer is unknown until a look, taken `grace` after it was sent, shows
///   what became of it.
/// - A host restarts only after a look, asked for when its last VM had left, that shows it
///   disabled and without guests.
/// - After a restart a host is ready when it is live, started again, attached and at its target.
/// - Where a look differs from what is believed and the rest of the plan is no longer legal or
///   no longer reaches the end: begins nothing, lets end what runs, looks, plans anew. The same
///   after every host when nothing is under way and a better plan is found.
/// - A VM that cannot be moved after `retries` is set aside with a finding; the rest goes on as
///   far as a plan without it exists.
/// - Never: a move to an older version, a member before the coordinator, a second run.
///
/// Deterministic: the same history and the same observations give the same records.
class Executor {
  public:
    /// A new run. Requires: plan and mission.job are of `scenario`.
    Executor(Mission mission, Opened opened, Plan plan, const Scenario& scenario);
    /// Goes on with a run. The job is the one of the history, whatever mission.job says.
    /// Fails: a history that does not fit together, naming the record.
    [[nodiscard]] static Result<Executor> resume(Mission mission, const Journal& history);
    Executor(Executor&&) noexcept;
    Executor& operator=(Executor&&) noexcept;
    ~Executor();

    void observe(Instant now, const Observation& seen);

    struct Wishes {
        std::vector<Commanded> commands;
        bool look = false;
    };
    /// What to do now. Nothing once the run is over.
    [[nodiscard]] Wishes next(Instant now);

    /// The records since the last time, in order.
    [[nodiscard]] std::vector<Record> take_records();

    /// The latest moment at which next() must be asked again, whatever comes in.
    [[nodiscard]] Instant wakes_at() const;

    /// The journal cannot be written: no command of the last next() was sent, and none will be.
    void lose_ledger(const Error& why);

    [[nodiscard]] Status status(Instant now) const;
    [[nodiscard]] bool is_over() const;
    /// The last look: where everything is. nullptr before the first one.
    [[nodiscard]] const Snapshot* last_look() const;

  private:
    struct Run;
    explicit Executor(std::unique_ptr<Run> run);
    std::unique_ptr<Run> run_;
};

/// One turn of a run: hears, decides, writes down, sends. Returns: when to turn again at the
/// latest.
Instant turn(Executor& executor, Driver& driver, Ledger& ledger, Instant now);

}  // namespace vacate::live
