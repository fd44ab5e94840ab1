// What is begun: the lock first, then the steps of the plan that may.
#include <algorithm>

#include "model/throttle.hpp"
#include "model/transition.hpp"
#include "sim/live/canary.hpp"
#include "sim/live/conductor.hpp"
#include "sim/live/playbook.hpp"

namespace vacate::live {
namespace {

constexpr Duration first_rest = std::chrono::seconds(5);
constexpr Duration longest_rest = std::chrono::minutes(5);
constexpr std::int64_t disables_max = 10;  // of a host, before somebody has to look

// Doubles with every attempt: what is wrong for a moment is right soon, what is not may wait.
Duration rest_after(std::int64_t attempts) {
    Duration rest = first_rest;
    for (std::int64_t i = 1; i < attempts && rest < longest_rest; ++i) rest *= 2;
    return std::min(rest, longest_rest);
}

}  // namespace

bool Conductor::is_fresh() const { return look_ && !looking_ && !changed_since_asked_; }

void Conductor::conduct() {
    if (run_.aborting && end_ == EndKind::none) {
        begin_end(EndKind::aborted, "the operator ended it");
    }
    for (const std::string& host : run_.skipped) skip(host);
    if (end_ == EndKind::none) stop_where_left_out("it was left out");
    if (end_ == EndKind::none) stop_where_disabled();
    if (end_ != EndKind::none) return end();
    if (!look_->lock.empty() && look_->lock != run_.opened.run && is_fresh()) {
        note({Severity::blocks, "POOL_LOCKED", "pool",
              "the run " + look_->lock + " holds the pool's lock",
              "end that run, or take its lock away"});
        return begin_end(EndKind::stopped, "the run " + look_->lock + " holds the pool's lock");
    }
    if (coordinator_restarts()) {
        waits_for_ = "waits for the coordinator to come back";
        return;
    }
    if (run_.paused && !is_broken(Canary::ignores_pause)) return;
    Order lock;
    lock.act = Act::lock_pool;
    Order unlock;
    unlock.act = Act::unlock_pool;
    if (run_.flight_of(lock) != nullptr || run_.flight_of(unlock) != nullptr) {
        waits_for_ = "waits for the pool's lock";
        return;
    }
    if (!run_.locked || (look_->lock.empty() && is_fresh())) {
        const bool waits = is_resting(lock) || !is_fresh();
        if (!waits) return send(lock);
        want_look_ = want_look_ || (run_.flights.empty() && !is_fresh());
        if (!run_.locked) return;
    }
    if (run_.must_plan || !rest_is_good()) return plan_anew();
    const bool is_idle = run_.flights.empty();
    if (is_idle && host_done_ && !is_fresh()) {
        want_look_ = true;
        return;
    }
    if (is_idle && host_done_) consider_better();
    dispatch();
}

// It would bring VMs to a host that somebody may still restart.
bool Conductor::is_in_other_hands(const Order& order) const {
    return order.act == Act::enable_host && run_.handed_over.count(order.host) > 0;
}

bool Conductor::is_given_up(const Order& order) const {
    if (is_in_other_hands(order)) return true;
    const auto found = run_.attempts.find(describe(order));
    if (found == run_.attempts.end()) return false;
    return found->second.count >= mission_.retries ||
           found->second.advice == Answered::Advice::stop;
}

bool Conductor::is_resting(const Order& order) {
    const auto found = run_.attempts.find(describe(order));
    if (found == run_.attempts.end()) return false;
    const Instant again = found->second.last + rest_after(found->second.count);
    wake_by(again);
    return now_ < again;
}

bool Conductor::is_under_way(Id<Step> id) const {
    return run_.flight_of(run_.plan.orders[id.index]) != nullptr;
}

bool Conductor::is_done_or_dropped(Id<Step> id) const {
    if (view_->done[id.index]) return true;
    if (view_->progress.fates[id] == StepFate::done) return true;
    const Order& order = run_.plan.orders[id.index];
    const bool undoes = puts_back(order.act) || order.act == Act::enable_host;
    return undoes && is_given_up(order);
}

// Nothing of the pool is changed before its database is kept, but for the lock.
bool Conductor::is_backup_open() const {
    for (const Id<Step> id : view_->plan.steps.ids()) {
        const bool is_backup = run_.plan.orders[id.index].act == Act::back_up_database;
        if (is_backup && !is_done_or_dropped(id)) return true;
    }
    return false;
}

void Conductor::dispatch() {
    const Plan& plan = view_->plan;
    std::size_t left = 0;
    bool sent = false;
    bool waits = false;
    window_closed_ = false;
    const bool backs_up = is_backup_open();
    for (const Id<Step> id : plan.steps.ids()) {
        if (is_done_or_dropped(id)) continue;
        ++left;
        const bool is_backup = run_.plan.orders[id.index].act == Act::back_up_database;
        if (is_under_way(id) || (backs_up && !is_backup)) continue;
        const auto& after = plan.after[id];
        const bool ready = std::all_of(after.begin(), after.end(), [this](Id<Step> before) {
            return is_done_or_dropped(before);
        });
        if (!ready) continue;
        const Try tried = attempt(id);
        sent = sent || tried == Try::sent;
        waits = waits || tried == Try::waits;
        if (is_over() || end_ != EndKind::none) return;
    }
    if (sent || !run_.flights.empty()) return;
    if (left == 0) {
        if (!is_fresh()) {
            want_look_ = true;
        } else if (fulfils(run_, view_->scenario.pool, view_->progress.now)) {
            begin_end(EndKind::done, "all that was asked for is done");
        } else {
            plan_anew();
        }
        return;
    }
    if (window_closed_ && !waits) {
        if (leave_out_what_comes_too_late()) {
            if (end_ == EndKind::none) plan_anew();
            return;
        }
        begin_end(EndKind::stopped, "no host that is left would be done in time");
    } else if (!waits && !is_fresh()) {
        want_look_ = true;
    } else if (!waits) {
        plan_anew();
    }
}

Conductor::Try Conductor::attempt(Id<Step> id) {
    const Order& order = run_.plan.orders[id.index];
    const Pool& pool = view_->scenario.pool;
    const Step& step = view_->plan.steps[id];
    if (is_resting(order)) return Try::waits;
    const bool busy = view_->busy_vms.count(order.vm) > 0 ||
                      view_->busy_hosts.count(order.host) > 0 ||
                      view_->busy_hosts.count(order.to) > 0;
    if (busy) {
        waits_for_ = "waits for what somebody else does to " + subject_of_order(order);
        return Try::waits;
    }
    if (throttled(pool, view_->state, step)) return Try::refused;
    if (order.act == Act::disable_host && !may_disable(order.host)) {
        return asks_ ? Try::waits : Try::refused;
    }
    if (order.act == Act::restart_host && is_broken(Canary::restarts_unseen)) {
        send(order);
        return Try::sent;
    }
    if (forbids(pool, view_->state, step)) return Try::refused;
    if (order.act == Act::restart_host && !may_restart(order)) return Try::waits;
    send_step(order);
    return Try::sent;
}

bool Conductor::may_disable(const std::string& host) {
    if (mission_.ask_before_hosts && run_.allowed.count(host) == 0) {
        asks_ = true;
        if (asked_host_.empty() || waits_for_.empty()) asked_host_ = host;
        waits_for_ = "may " + asked_host_ + " be done?";
        return false;
    }
    if (mission_.stop_when_mixed_too_long && is_mixed_too_long()) {
        window_closed_ = true;
        return false;
    }
    const auto known = run_.hosts.find(host);
    if (known != run_.hosts.end() && known->second.disables >= disables_max) {
        leave_out(host, "it is enabled again and again while it is being emptied");
        return false;
    }
    if (!mission_.finish_by || !forecast_) return true;
    const auto end = forecast_->host_ends.find(host);
    if (end == forecast_->host_ends.end() || end->second <= *mission_.finish_by) return true;
    note({Severity::act, host_not_begun, "host " + host,
          host + " would not be done before the end of the window", "do it in another window"});
    window_closed_ = true;
    return false;
}

// Hosts that were begun may wait for one that is not begun any more: they need a plan without it.
bool Conductor::leave_out_what_comes_too_late() {
    std::vector<std::string> late;
    bool begun = false;
    for (const Host& host : view_->scenario.pool.hosts) {
        const std::string& name = host.name;
        if (!run_.is_in_job(name) || run_.left_out.count(name) > 0) continue;
        const bool done = run_.action == HostAction::upgrade ? !needs_upgrade(host)
                                                             : run_.restarted.count(name) > 0;
        const auto known = run_.hosts.find(name);
        const bool in_work =
            known != run_.hosts.end() && known->second.disabled && !known->second.enabled;
        begun = begun || (in_work && !done);
        if (!in_work && !done) late.push_back(name);
    }
    if (!begun || late.empty()) return false;
    const bool mixed = mission_.stop_when_mixed_too_long && is_mixed_too_long();
    for (const std::string& name : late) {
        leave_out(name,
                  mixed ? "versions have been mixed for longer than allowed"
                        : "it would not be done before the end of the window",
                  mixed ? "resume the run to do it" : "resume the run with another --window");
        if (end_ != EndKind::none) return true;
    }
    return true;
}

// Nobody on the other side refuses to restart a host with VMs on it; what is asked here is read
// after the last of them left, and not long ago.
bool Conductor::may_restart(const Order& order) {
    const Pool& pool = look_->scenario.pool;
    const Id<Host> id = id_of(pool.hosts, order.host);
    if (id.is_none()) return false;
    const auto touches_it = [&order](const Order& one) {
        return one.host == order.host || one.to == order.host;
    };
    const bool touched =
        std::any_of(since_asked_.begin(), since_asked_.end(), touches_it) ||
        std::any_of(run_.flights.begin(), run_.flights.end(),
                    [&](const auto& one) { return touches_it(one.second.command.order); });
    const bool old = now_ - heard_at_ > mission_.look_every;
    if (touched || old || looking_) {
        want_look_ = true;
        return false;
    }
    if (is_coordinator(order.host) && !run_.flights.empty()) return false;
    const HostLook& seen = look_->hosts[id];
    const HostState& state = look_->scenario.state.hosts[id];
    const bool empty = seen.guests == 0 && state.vms == 0;
    if (seen.live && !seen.enabled && !seen.busy && empty) {
        not_empty_since_.reset();
        return true;
    }
    waits_for_ = "waits until " + order.host + " is disabled, idle and empty";
    if (!not_empty_since_) not_empty_since_ = now_;
    if (now_ - *not_empty_since_ < mission_.host_patience) return false;
    not_empty_since_.reset();
    leave_out(order.host, "it does not become empty: " + std::to_string(seen.guests) +
                              " guests, none of which the plan can move");
    return false;
}

bool Conductor::send_step(const Order& order) {
    const auto step = step_of(view_->scenario.pool, order);
    if (!step || !apply(view_->scenario.pool, view_->state, Began{*step})) return false;
    send(order);
    view_->held.insert(run_.keys);
    return true;
}

void Conductor::send(Order order) {
    if (order.act == Act::restart_host) {
        const Id<Host> host = id_of(look_->scenario.pool.hosts, order.host);
        const auto slack =
            std::chrono::duration_cast<std::chrono::milliseconds>(mission_.boot_slack);
        order.memo = std::to_string(look_->hosts[host].started + slack.count());
    }
    if (order.act == Act::eject_cd || order.act == Act::squeeze_memory) {
        const Id<Vm> vm = id_of(look_->scenario.pool.vms, order.vm);
        const bool ejects = order.act == Act::eject_cd;
        if (!vm.is_none()) order.memo = ejects ? look_->vms[vm].discs : look_->vms[vm].range;
    }
    if (order.act == Act::disable_ha) order.memo = look_->ha;
    // Also put back what nobody has heard of yet whether it was changed.
    for (const auto& [change, memo] : run_.first_memos) {
        const bool about_it = change.first == order.act || undo_of(change.first) == order.act;
        if (about_it && change.second == order.vm) order.memo = memo;
    }
    for (const Order& owed : run_.owed) {
        const bool same = owed.act == order.act && owed.vm == order.vm &&
                          (owed.host == order.host || !owed.vm.empty());
        if (same) order.memo = owed.memo;
    }
    const auto tried = run_.attempts.find(describe(order));
    Commanded command;
    command.key = run_.keys + 1;
    command.attempt = tried == run_.attempts.end() ? 1 : tried->second.count + 1;
    command.order = std::move(order);
    reopened_ = false;
    changed_since_asked_ = true;
    write(command);
    wishes_.commands.push_back(std::move(command));
}

}  // namespace vacate::live
