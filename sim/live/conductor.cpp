// Records, observations and clocks of a run.
#include "sim/live/conductor.hpp"

#include <algorithm>

#include "model/check.hpp"
#include "model/effect.hpp"
#include "model/rule.hpp"
#include "model/transition.hpp"
#include "sim/live/canary.hpp"
#include "sim/live/playbook.hpp"

namespace vacate::live {
namespace {

constexpr Duration window_slack = std::chrono::minutes(5);  // a forecast moves with every look

}  // namespace

tl::expected<void, std::string> Conductor::recall(const Record& record) {
    const bool rested = run_.rests;
    if (std::holds_alternative<Adopted>(record.body)) {
        const auto& before = run_.plan.done;
        steps_before_ += std::count(before.begin(), before.end(), true);
    }
    if (const auto done = run_.fold(record); !done) return done;
    now_ = std::max(now_, record.at);
    remember_findings(record, rested);
    if (const auto* sent = std::get_if<Commanded>(&record.body)) unharmed_.erase(sent->order.vm);
    if (std::holds_alternative<Adopted>(record.body)) {
        promised_ = promise_of(run_);
        if (!planned_end_) planned_end_ = record.at + promised_.makespan;
    }
    const auto* command = std::get_if<Commanded>(&record.body);
    if (command != nullptr && command->order.act == Act::disable_host) {
        const std::string& host = command->order.host;
        const auto known = run_.hosts.find(host);
        const bool anew = known != run_.hosts.end() && known->second.enabled.has_value();
        if (anew) planned_.erase(host);
        planned_.emplace(host, plan_of(promised_, host, run_.plan.at));
    }
    for (; journeys_seen_ < run_.journeys.size(); ++journeys_seen_) {
        const Journey& one = run_.journeys[journeys_seen_];
        const auto found = promised_.moves.find(describe(one.order));
        if (found != promised_.moves.end()) paces_.moves.add(found->second, one.lasted);
    }
    return {};
}

// When each began to hold. What a stop had to say is forgotten where the run goes on.
void Conductor::remember_findings(const Record& record, bool rested) {
    if (const auto* noted = std::get_if<Noted>(&record.body)) {
        noted_at_.emplace(name_of(noted->finding), record.at);
    }
    if (const auto* cleared = std::get_if<Cleared>(&record.body)) {
        noted_at_.erase(name_of(cleared->finding));
    }
    if (!rested) return;
    std::set<std::string> hold;
    for (const Finding& one : run_.findings) hold.insert(name_of(one));
    std::erase_if(noted_at_, [&hold](const auto& one) { return hold.count(one.first) == 0; });
}

void Conductor::write(RecordBody body) {
    Record record{run_.records, std::max(now_, run_.at), std::move(body)};
    const auto folded = recall(record);
    VACATE_CHECK(folded.has_value(), "a run wrote a record that does not fit");
    pending_.push_back(std::move(record));
}

void Conductor::note(Finding finding) {
    if (run_.has_noted(finding.code, finding.subject)) return;
    write(Noted{std::move(finding)});
}

// One finding for each thing, not one for the pool.
void Conductor::note_owed(const Order& order, const std::string& why) {
    if (!run_.is_left_undone(order)) write(Noted{owed_still(order, why)});
}

void Conductor::clear(const std::string& code, const std::string& subject, const std::string& why) {
    for (const Finding& one : Findings(run_.findings)) {
        if (one.code == code && one.subject == subject) write(Cleared{one, why});
    }
}

std::vector<Record> Conductor::take_records() {
    std::vector<Record> records;
    records.swap(pending_);
    return records;
}

void Conductor::lose_ledger(const Error& why) {
    ledger_lost_ = true;
    ledger_error_ = why.items.empty() ? "" : why.items.front().sentence;
}

bool Conductor::is_coordinator(const std::string& host) const {
    const Scenario& scenario = look_ ? look_->scenario : run_.plan.scenario;
    return scenario.pool.hosts[scenario.pool.coordinator].name == host;
}

bool Conductor::coordinator_restarts() const {
    return std::any_of(run_.flights.begin(), run_.flights.end(), [this](const auto& one) {
        const Order& order = one.second.command.order;
        return order.act == Act::restart_host && is_coordinator(order.host);
    });
}

// ---- what comes in

void Conductor::observe(Instant now, const Observation& seen) {
    if (is_over()) return;
    now_ = std::max(now_, now);
    go_on();
    std::visit([this](const auto& one) { hear(one); }, seen);
}

void Conductor::hear(const Told& told) {
    if (told.what == Told::What::proceed && run_.left_out.count(told.host) > 0) {
        take_up(told.host, "the operator lets it be done");
        changed_since_asked_ = want_look_ = true;  // what was made of the last look is outdated
    }
    write(told);
    if (told.what == Told::What::skip && !told.host.empty()) {
        skip(told.host);
    }
}

void Conductor::hear(const Progress& progress) {
    if (run_.flights.count(progress.key) == 0) return;
    permille_[progress.key] = progress.permille;
    progress_at_[progress.key] = now_;
}

void Conductor::note_heard() {
    if (!heard_) began_ = now_;
    heard_ = true;
    heard_at_ = now_;
}

void Conductor::hear(const Unreachable& failure) {
    looking_ = false;
    note_heard();
    reachable_ = false;
    if (!away_since_) away_since_ = now_;
    away_sentence_ = failure.sentence;
}

// Whoever resumes a run that stopped has mended something: from here on it is said what still
// holds.
void Conductor::go_on() {
    if (run_.rests) write(Told{Told::What::resume, ""});
}

// Late and doubled answers are about commands that are over: they change nothing.
void Conductor::hear(const Answered& answer) {
    const auto found = run_.flights.find(answer.key);
    if (found == run_.flights.end()) return;
    const Order order = found->second.command.order;
    const bool known_begun = found->second.begun && answer.kind == Answered::Kind::begun;
    const bool known_unknown = found->second.unknown && answer.kind == Answered::Kind::unknown;
    if (known_begun || known_unknown) return;
    write(answer);
    if (run_.flights.count(answer.key) > 0) return;
    after_ending(answer.key, order, answer.kind == Answered::Kind::done, true);
}

void Conductor::after_ending(std::uint64_t key, const Order& order, bool done,
                             bool changed_nothing) {
    changed_since_asked_ = true;
    if (done) since_asked_.push_back(order);
    if (done && order.act == Act::enable_host) host_done_ = true;
    if (view_) {
        const Pool& pool = view_->scenario.pool;
        const auto step = step_of(pool, order);
        const bool is_held = view_->held.erase(key) > 0;
        if (step && is_held && vacate::is_under_way(view_->state, *step)) {
            const Event event = done ? Event{Ended{*step}} : Event{Failed{*step}};
            const auto applied = apply(pool, view_->state, event);
            if (!applied) want_look_ = true;
        }
    }
    if (done) return;
    if (!changed_nothing || !order.vm.empty()) want_look_ = true;
    give_up_on(order);
}

void Conductor::hear(const Snapshot& look) {
    looking_ = false;
    note_heard();
    look_ = look;
    shown_ = asked_;
    Scenario& scenario = look_->scenario;
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        if (!look_->hosts[host].live) lose(scenario.pool, scenario.state, host);
    }
    const Id<Host> coordinator = scenario.pool.coordinator;
    if (scenario.state.hosts[coordinator].phase == HostPhase::lost && !coordinator_restarts()) {
        reachable_ = false;
        if (!away_since_) away_since_ = now_;
        away_sentence_ = "the coordinator is not live";
        return;
    }
    away_since_.reset();
    const std::string silent = short_silence();
    reachable_ = silent.empty();
    away_sentence_ = reachable_ ? "" : silent + " is not heard of";
    settle_by_look();
    if (!is_over() && reachable_) judge();
}

// A host that is silent for less than silence_max: what the look says of VMs tells nothing then.
std::string Conductor::short_silence() {
    std::string waits_for;
    const Pool& pool = look_->scenario.pool;
    for (const Id<Host> id : pool.hosts.ids()) {
        Order restart;
        restart.act = Act::restart_host;
        restart.host = pool.hosts[id].name;
        if (look_->hosts[id].live || run_.flight_of(restart) != nullptr) {
            silent_since_.erase(restart.host);
            continue;
        }
        const Instant since = silent_since_.emplace(restart.host, now_).first->second;
        if (now_ - since < mission_.silence_max && waits_for.empty()) waits_for = restart.host;
    }
    return waits_for;
}

// ---- what a look says of commands

void Conductor::settle_by_look() {
    std::vector<Flight> flights;
    for (const auto& [key, flight] : run_.flights) flights.push_back(flight);
    std::erase_if(given_up_at_, [this](const auto& one) { return !run_.flights.count(one.first); });
    for (const Flight& flight : flights) {
        if (is_over()) return;
        if (flight.command.order.act == Act::restart_host) {
            settle_restart(flight);
        } else if (reachable_) {
            settle_order(flight);
        }
    }
}

void Conductor::settle_order(const Flight& flight) {
    const auto progress = progress_at_.find(flight.command.key);
    Instant last = flight.begun ? flight.last_sign : flight.sent;
    if (progress != progress_at_.end()) last = std::max(last, progress->second);
    if (shown_ <= last + mission_.grace) return;
    const Order order = flight.command.order;
    const Verdict verdict = verdict_on(order, run_.opened.run, *look_);
    if (verdict.fate == Fate::open) {
        given_up_at_.erase(flight.command.key);
        return;
    }
    const bool done = verdict.fate == Fate::done;
    if (verdict.fate == Fate::not_done && may_go_on_unseen(flight.command)) return;
    write(Settled{flight.command.key, done, verdict.sentence});
    if (verdict.fate == Fate::astray) {
        note({Severity::know, vm_astray, "VM " + order.vm,
              verdict.sentence + " after an order to " + describe(order), ""});
    }
    after_ending(flight.command.key, order, done, false);
    // The look shows it: what was done is not done once more to its state.
    if (done) since_asked_.pop_back();
}

// A toolstack that was restarted knows nothing of what goes on below it: one look that shows
// nothing is not enough. Twice the time that was planned for it, behind the first of them, is.
bool Conductor::may_go_on_unseen(const Commanded& command) {
    if (command.order.vm.empty() || is_broken(Canary::trusts_one_look)) return false;
    const auto promised = promised_.moves.find(describe(command.order));
    const Duration longest = promised == promised_.moves.end() ? Duration{} : 2 * promised->second;
    const Instant until =
        given_up_at_.emplace(command.key, now_ + mission_.grace + longest).first->second;
    return shown_ <= until;
}

void Conductor::settle_restart(const Flight& flight) {
    const Order order = flight.command.order;
    const std::uint64_t key = flight.command.key;
    if (shown_ <= flight.sent) return;
    switch (reboot_of(order, run_.action, *look_)) {
        case Reboot::under_way:
            wrong_since_.erase(order.host);
            return;
        case Reboot::not_begun:
            if (waits_for_restart(flight)) return;
            return give_up_restart(flight, "did not restart");
        case Reboot::ready:
            host_done_ = true;
            learn_from_restart(flight);
            write(Settled{key, true, order.host + " is back and ready"});
            changed_since_asked_ = true;
            for (const char* code : {host_is_late, host_unreachable, coordinator_is_failed}) {
                clear(code, "host " + order.host, order.host + " is back and ready");
            }
            return;
        case Reboot::wrong_version:
            return come_back_wrong(flight);
    }
}

// Nobody knows how long it took where nobody looked: while this run was not running, or rested.
void Conductor::learn_from_restart(const Flight& flight) {
    if (flight.sent < began_ || waits_since(flight) > flight.sent) return;
    const Pool& pool = run_.plan.scenario.pool;
    const Id<Host> id = id_of(pool.hosts, flight.command.order.host);
    if (!id.is_none()) paces_.restarts.add(pool.hosts[id].upgrade_time, now_ - flight.sent);
}

// What is to come of it is written before it is over: a crash between the two asks again.
//
// The host is up as it was. Whoever was told to upgrade it may still do so, unless that failed: no
// VM may be there then.
void Conductor::give_up_restart(const Flight& flight, const std::string& why) {
    const Order order = flight.command.order;
    const bool failed = flight.unknown && flight.advice == Answered::Advice::stop;
    const bool may_come = mission_.hands_over && !failed && !is_broken(Canary::gives_back_too_soon);
    const std::string all = why + (flight.why.empty() ? "" : ": " + flight.why);
    if (may_come) {
        note(still_handed_over(order.host));
        leave_out(order.host, "it " + all + "; whoever was told to upgrade it may still do so");
    }
    write(Settled{flight.command.key, false, order.host + " " + all});
    after_ending(flight.command.key, order, false, false);
}

void Conductor::come_back_wrong(const Flight& flight) {
    const Order order = flight.command.order;
    const auto since = wrong_since_.emplace(order.host, now_).first->second;
    if (now_ - since < mission_.grace) return;
    const Id<Host> id = id_of(look_->scenario.pool.hosts, order.host);
    const Host& host = look_->scenario.pool.hosts[id];
    const std::string what =
        "came back at " + display(host.version) + " instead of " + display(host.target);
    // Somebody brought it back as it was, while the run was stopped for that: once more.
    const bool once_more = waits_since(flight) > flight.sent;
    if (!once_more && is_coordinator(order.host)) {
        note(coordinator_failed(order.host, what, run_.backup));
        begin_end(EndKind::stopped, "the coordinator " + what);
    } else if (!once_more) {
        note(member_failed(order.host, what));
        leave_out(order.host, "it " + what);
    }
    write(Settled{flight.command.key, false, order.host + " " + what});
    changed_since_asked_ = true;
    wrong_since_.erase(order.host);
}

// A run that stopped over a restart waits for it anew when it goes on.
Instant Conductor::waits_since(const Flight& flight) const {
    return std::max(flight.sent, run_.went_on.value_or(flight.sent));
}

// Nobody ended the run or left the host out since.
bool Conductor::is_wanted(const Flight& flight) const {
    return !run_.aborting && end_ == EndKind::none &&
           run_.left_out.count(flight.command.order.host) == 0;
}

// The host is up and was not booted. One that was told to restart may go down any moment, unless
// that failed or nobody wants it any more: then not after the operator's patience is over.
bool Conductor::waits_for_restart(const Flight& flight) const {
    if (flight.begun && !flight.unknown && is_wanted(flight)) return true;
    // A host that goes down is live for minutes in what the pool tells.
    return shown_ <= (flight.begun ? flight.last_sign : flight.sent) + mission_.host_patience;
}

// ---- what time says

void Conductor::watch_clocks() {
    std::vector<Flight> restarts;
    for (const auto& [key, flight] : run_.flights) {
        if (flight.command.order.act == Act::restart_host) restarts.push_back(flight);
    }
    for (const Flight& flight : restarts) {
        if (!is_over()) watch_restart(flight);
    }
    if (is_over()) return;
    if (away_since_ && !coordinator_restarts() && !reachable_) {
        const Duration away = now_ - *away_since_;
        wake_by(*away_since_ + mission_.away_max);
        if (away >= mission_.away_max && heard_at_ >= *away_since_ + mission_.away_max) {
            note(pool_is_away(away, away_sentence_));
            close(false, "the pool does not answer");
            return;
        }
    }
    watch_window();
}

// Only a look from behind the deadline may say that a host missed it.
void Conductor::watch_restart(const Flight& flight) {
    const std::string host = flight.command.order.host;
    const Instant late = late_from(flight);
    const Instant lost = late + mission_.host_deadline;
    wake_by(now_ < late ? late : lost);
    if (!heard_ || heard_at_ < late || now_ < late) return;
    if (reachable_ || is_coordinator(host)) note(host_late(host, now_ - flight.sent));
    if (heard_at_ < lost) return;
    if (reachable_ && look_ &&
        reboot_of(flight.command.order, run_.action, *look_) == Reboot::not_begun) {
        const std::string never = "was not restarted within " + display(now_ - flight.sent);
        give_up_restart(flight, never);
        return leave_out(host, "it " + never);
    }
    const std::string what = "did not come back within " + display(now_ - flight.sent);
    if (is_coordinator(host)) {
        note(coordinator_failed(host, what, run_.backup));
        close(false, "the coordinator " + what);
        return;
    }
    if (!reachable_) return;
    note(member_failed(host, what));
    note(host_is_away(host));
    leave_out(host, "it " + what);
    write(Settled{flight.command.key, false, host + " " + what});
    changed_since_asked_ = true;
}

void Conductor::watch_window() {
    if (run_.mixed_since && mission_.mixed_max && end_ == EndKind::none) {
        wake_by(*run_.mixed_since + *mission_.mixed_max);
        if (is_mixed_too_long()) note(mixed_too_long(now_ - *run_.mixed_since));
    }
    if (!forecast_ || !mission_.finish_by) return;
    if (forecast_->ends_at > *mission_.finish_by) {
        note(window_missed(forecast_->ends_at - *mission_.finish_by));
    } else if (forecast_->ends_at + window_slack <= *mission_.finish_by) {
        clear(window_is_missed, "pool", "it ends in time again, at the speed so far");
    }
}

bool Conductor::is_mixed_too_long() const {
    return run_.action == HostAction::upgrade && run_.mixed_since && mission_.mixed_max &&
           now_ - *run_.mixed_since > *mission_.mixed_max && look_ &&
           is_mixed(look_->scenario.pool, look_->scenario.state);
}

void Conductor::wake_by(Instant at) {
    if (at > now_) wakes_at_ = std::min(wakes_at_, at);
}

bool Conductor::wants_look() {
    if (looking_ || is_over()) return false;
    if (!heard_ || want_look_) return true;
    for (const auto& [key, flight] : run_.flights) {
        Instant due = flight.sent + mission_.grace + Duration{1};
        const auto again = given_up_at_.find(key);
        if (again != given_up_at_.end()) due = again->second + Duration{1};
        if (flight.begun && again == given_up_at_.end()) continue;
        if (shown_ >= due) continue;
        if (now_ >= due && asked_ < due) return true;  // once: looks may fail
        wake_by(due);
    }
    const Instant due = std::max(heard_at_, asked_) + mission_.look_every;
    wake_by(due);
    return now_ >= due;
}

// ---- one round

Executor::Wishes Conductor::next(Instant now) {
    now_ = std::max(now_, now);
    wishes_ = {};
    asks_ = false;
    waits_for_.clear();
    wakes_at_ = Instant::max();
    if (is_over()) return {};
    go_on();
    watch_clocks();
    if (!is_over() && reachable_ && view_) conduct();
    if (is_over()) {
        wishes_.look = false;
        return std::move(wishes_);
    }
    wishes_.look = wants_look();
    if (wishes_.look) {
        looking_ = true;
        want_look_ = false;
        asked_ = now_;
        since_asked_.clear();
        changed_since_asked_ = !wishes_.commands.empty();
    }
    const Duration every = std::max(mission_.look_every, Duration{std::chrono::milliseconds(1)});
    wake_by(now_ + every);
    return std::move(wishes_);
}

}  // namespace vacate::live
