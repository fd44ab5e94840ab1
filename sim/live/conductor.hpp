// The decisions of a run: what a look means, what is begun next, when to plan anew, how to end.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/live/executor.hpp"
#include "sim/live/forecast.hpp"
#include "sim/live/run_state.hpp"
#include "sim/live/settle.hpp"
#include "sim/live/view.hpp"

namespace vacate::live {

/// What stands behind an Executor. Everything that must outlive a crash is in `run_`; the rest is
/// learned again from the next look.
class Conductor {
  public:
    explicit Conductor(Mission mission) : mission_(std::move(mission)) {}

    /// Takes a record of a history. Fails: it does not fit.
    [[nodiscard]] tl::expected<void, std::string> recall(const Record& record);
    void open(const Opened& opened, const Plan& plan, const Scenario& scenario);

    void observe(Instant now, const Observation& seen);
    [[nodiscard]] Executor::Wishes next(Instant now);
    [[nodiscard]] std::vector<Record> take_records();
    [[nodiscard]] Instant wakes_at() const { return wakes_at_; }
    void lose_ledger(const Error& why);
    [[nodiscard]] Status status(Instant now) const;
    [[nodiscard]] bool is_over() const { return (run_.closed && !reopened_) || ledger_lost_; }
    [[nodiscard]] const Snapshot* last_look() const { return look_ ? &*look_ : nullptr; }
    /// A run that stopped goes on; one that is done stays so.
    void reopen() { reopened_ = run_.closed && !run_.done; }

  private:
    /// How the run comes to its end.
    enum class EndKind { none, done, aborted, stopped };

    // conductor.cpp: records, observations, clocks
    void write(RecordBody body);
    void remember_findings(const Record& record, bool rested);
    [[nodiscard]] static std::string name_of(const Finding& finding);
    void note(Finding finding);
    void note_owed(const Order& order, const std::string& why);
    void clear(const std::string& code, const std::string& subject, const std::string& why);
    void go_on();
    void hear(const Answered& answer);
    void hear(const Snapshot& look);
    [[nodiscard]] std::string short_silence();
    void note_heard();
    void hear(const Unreachable& failure);
    void hear(const Progress& progress);
    void hear(const Told& told);
    void settle_by_look();
    void settle_restart(const Flight& flight);
    void come_back_wrong(const Flight& flight);
    void learn_from_restart(const Flight& flight);
    void give_up_restart(const Flight& flight, const std::string& why);
    [[nodiscard]] bool is_wanted(const Flight& flight) const;
    [[nodiscard]] Instant waits_since(const Flight& flight) const;
    [[nodiscard]] bool waits_for_restart(const Flight& flight) const;
    void settle_order(const Flight& flight);
    [[nodiscard]] bool may_go_on_unseen(const Commanded& command);
    void after_ending(std::uint64_t key, const Order& order, bool done, bool changed_nothing);
    void watch_clocks();
    void watch_restart(const Flight& flight);
    void watch_window();
    [[nodiscard]] bool wants_look();
    void wake_by(Instant at);
    [[nodiscard]] bool is_coordinator(const std::string& host) const;
    [[nodiscard]] bool coordinator_restarts() const;

    // judge.cpp: what a look means
    void judge();
    [[nodiscard]] bool may_enable_itself(const std::string& host) const;
    void note_drift(const View& before, const View& now);
    void clear_what_is_settled();
    void note_hosts_in_use();
    void note_put_back();
    [[nodiscard]] std::optional<std::string> settles(const Finding& finding) const;
    [[nodiscard]] std::optional<std::string> settles_vm(const Finding& finding) const;
    [[nodiscard]] std::optional<std::string> settles_host(const Finding& finding) const;
    [[nodiscard]] Duration steady() const;
    void take_up_again();
    void take_up(const std::string& host, const std::string& why);
    void note_who_is_there();
    [[nodiscard]] bool is_there_for(Id<Host> id, Duration least) const;
    void note_vms_down();
    void note_unharmed();
    void note_guests_in_the_way();
    void note_if_down(const std::string& name, const std::string& host);
    void note_unreachable_hosts();
    void give_up_on(const Order& order);
    void leave_out(
        const std::string& host, const std::string& why,
        const std::string& remedy = "mend that; the next run, or this one resumed, does it");
    void skip(const std::string& host);
    void stop_where_left_out(const std::string& why);
    void stop_where_disabled();
    void take_forecast();
    [[nodiscard]] bool rest_is_good() const;
    [[nodiscard]] std::string what_is_wrong() const;  // with the rest of the plan; empty: nothing

    // dispatch.cpp: what is begun
    void conduct();
    void dispatch();
    [[nodiscard]] bool is_backup_open() const;
    enum class Try { sent, waits, refused };
    Try attempt(Id<Step> id);
    [[nodiscard]] bool may_restart(const Order& order);
    [[nodiscard]] bool may_disable(const std::string& host);
    [[nodiscard]] bool is_mixed_too_long() const;
    bool leave_out_what_comes_too_late();
    [[nodiscard]] bool is_resting(const Order& order);
    [[nodiscard]] bool is_given_up(const Order& order) const;
    [[nodiscard]] bool is_in_other_hands(const Order& order) const;
    [[nodiscard]] bool is_done_or_dropped(Id<Step> id) const;
    [[nodiscard]] bool is_under_way(Id<Step> id) const;
    void send(Order order);
    bool send_step(const Order& order);

    // replan.cpp: plans on the way, and the end
    void plan_anew();
    bool waits_for_lost_hosts();
    [[nodiscard]] bool is_as_without_plan() const;
    [[nodiscard]] std::set<std::string> who_is_there() const;
    bool leave_out_what_cannot_be_emptied();
    bool run_errand();
    std::optional<Order> start_of_halted();
    void adopt(const Plan& plan, const std::string& reason);
    [[nodiscard]] tl::expected<Planned, NoPlan> search() const;
    void consider_better();
    void begin_end(EndKind kind, const std::string& sentence);
    void end();
    [[nodiscard]] bool leaves_some_hosts() const;
    [[nodiscard]] bool leaves_some_vms() const;
    [[nodiscard]] std::vector<Order> still_owed() const;
    [[nodiscard]] Verdict verdict_on_debt(const Order& order) const;
    [[nodiscard]] bool wants_back(const Order& order) const;
    void close(bool done, const std::string& sentence);
    [[nodiscard]] bool is_fresh() const;

    // status.cpp: what there is to say
    [[nodiscard]] std::string things_to_do() const;
    [[nodiscard]] std::string task_at(const Flight& restart) const;
    [[nodiscard]] std::string question() const;
    [[nodiscard]] std::int64_t hosts_at_target() const;
    [[nodiscard]] bool enables_itself(const std::string& host) const;
    [[nodiscard]] bool is_seen_down(const std::string& host) const;
    [[nodiscard]] HostNow now_of(const HostStory& story) const;
    [[nodiscard]] Instant late_from(const Flight& restart) const;
    void tell_standing(Status& status) const;
    void tell_wait(Status& status) const;
    void tell_hosts(Status& status) const;
    void tell_findings(Status& status) const;

    Mission mission_;
    RunState run_;
    std::vector<Record> pending_;
    bool ledger_lost_ = false;
    bool reopened_ = false;
    std::string ledger_error_;

    Instant now_{};
    Instant wakes_at_{};
    bool looking_ = false;
    bool want_look_ = true;
    Instant asked_{};                  // the look under way, or the last one
    Instant shown_{};                  // when that was asked for which look_ shows
    std::vector<Order> since_asked_;   // what we carried out since then
    bool changed_since_asked_ = true;  // anything of ours began or ended
    std::optional<Snapshot> look_;
    std::optional<View> view_;
    Instant began_{};     // the first Snapshot or Unreachable that came to this process
    Instant heard_at_{};  // the last one
    bool heard_ = false;
    bool reachable_ = false;
    std::optional<Instant> away_since_;
    std::string away_sentence_;
    std::map<std::uint64_t, std::int64_t> permille_;
    std::map<std::uint64_t, Instant> progress_at_;
    std::map<std::uint64_t, Instant> given_up_at_;  // of what looks show neither done nor going on
    std::map<std::string, Instant> silent_since_;   // hosts that are not heard of, restarts apart
    std::map<std::string, Instant> dead_since_;     // of these, those that count as gone
    std::map<std::string, Instant> wrong_since_;    // hosts that came back at another version
    std::map<std::string, Instant> there_since_;    // hosts that are live, attached and idle
    std::set<std::string> unharmed_;                // shaken VMs that were seen to run behind that
    std::optional<Instant> busy_since_;             // somebody else works in the pool
    std::optional<Instant> not_empty_since_;        // a host to restart holds guests

    Promised promised_;
    std::optional<Instant> planned_end_;       // by the first plan
    std::map<std::string, HostPlan> planned_;  // of hosts begun, by the plan then in force
    Paces paces_;
    std::size_t journeys_seen_ = 0;
    std::optional<Forecast> forecast_;
    std::int64_t steps_before_ = 0;            // done of the plans before the one in force
    std::map<std::string, Instant> noted_at_;  // of findings that hold
    std::optional<Instant> no_plan_since_;     // hosts that are away may bring one
    std::set<std::string> no_plan_without_;    // who was there then
    bool window_closed_ = false;               // a host is not begun since it would end too late
    bool asks_ = false;
    std::string asked_host_;
    std::string waits_for_;  // for people

    EndKind end_ = EndKind::none;
    std::string end_sentence_;
    bool host_done_ = false;  // one was finished since a better plan was looked for
    Executor::Wishes wishes_;
};

}  // namespace vacate::live
