// What a look means: how far the plan is, what somebody else changed, who is given up on.
#include <algorithm>

#include "model/origin.hpp"
#include "model/rule.hpp"
#include "sim/live/act_kinds.hpp"
#include "sim/live/canary.hpp"
#include "sim/live/conductor.hpp"
#include "sim/live/playbook.hpp"

namespace vacate::live {
namespace {

bool is_preparation(Act act) {
    return act == Act::back_up_database || act == Act::disable_ha || act == Act::disable_wlb ||
           act == Act::disable_auto_power_on;
}

}  // namespace

void Conductor::judge() {
    note_who_is_there();
    note_unreachable_hosts();
    take_up_again();
    std::optional<View> before = std::move(view_);
    view_ = view_of(run_, *look_, since_asked_);
    if (before) note_drift(*before, *view_);
    clear_what_is_settled();
    note_hosts_in_use();
    note_unharmed();
    note_vms_down();
    note_guests_in_the_way();
    const bool busy = !view_->busy_vms.empty() || !view_->busy_hosts.empty();
    if (!busy) busy_since_.reset();
    if (busy && !busy_since_) busy_since_ = now_;
    take_forecast();
}

bool Conductor::rest_is_good() const { return what_is_wrong().empty(); }

// A step that a rule forbids, or an end that is not the one asked for: a new plan is needed.
std::string Conductor::what_is_wrong() const {
    const PlanProgress& progress = view_->progress;
    const Pool& pool = view_->scenario.pool;
    const auto is_lost = [this](Id<Step> id) {
        return !is_done_or_dropped(id) && !is_given_up(run_.plan.orders[id.index]);
    };
    const auto cannot = [this](Id<Step> id) {
        return "cannot " + describe(run_.plan.orders[id.index]);
    };
    const auto unknown = std::find_if(view_->unknown.begin(), view_->unknown.end(), is_lost);
    if (unknown != view_->unknown.end()) {
        return cannot(*unknown) + ": what it is about is not there";
    }
    for (const BrokenStep& one : progress.broken) {
        const bool restarts = run_.plan.orders[one.step.index].act == Act::restart_host;
        if (restarts && is_broken(Canary::restarts_unseen)) continue;
        if (is_lost(one.step)) return cannot(one.step) + ": " + explain(pool, one.violation);
    }
    return fulfils(run_, pool, progress.end) ? "" : "the plan does not reach its end any more";
}

void Conductor::take_forecast() {
    forecast_.reset();
    if (end_ != EndKind::none || run_.must_plan) return;
    forecast_ = forecast(run_, *view_, paces_, now_);
}

// ---- what somebody else did

// After its restart, or after the coordinator was away: then a toolstack starts anew and forgets
// that its host was disabled.
bool Conductor::may_enable_itself(const std::string& host) const {
    if (run_.restarted.count(host) > 0) return true;
    const Pool& pool = look_->scenario.pool;
    const auto coordinator = run_.hosts.find(pool.hosts[pool.coordinator].name);
    const auto one = run_.hosts.find(host);
    return coordinator != run_.hosts.end() && coordinator->second.back && one != run_.hosts.end() &&
           one->second.disabled && *one->second.disabled <= *coordinator->second.back;
}

void Conductor::note_drift(const View& before, const View& now) {
    std::set<std::string> ours;
    for (const auto& [key, flight] : run_.flights) {
        ours.insert(flight.command.order.vm);
        ours.insert(flight.command.order.host);
    }
    for (const Order& order : since_asked_) {
        ours.insert(order.vm);
        ours.insert(order.host);
    }
    const Origin origin = origin_of(before.scenario.pool, before.state);
    for (const Drift& one : drift_since(origin, now.scenario.pool, now.progress.now)) {
        if (ours.count(one.subject) > 0 || run_.shaken.count(one.subject) > 0) continue;
        const auto say = [&](const char* code, const std::string& subject, std::string sentence) {
            note({Severity::know, code, subject, std::move(sentence), ""});
        };
        const std::string vm = "VM " + one.subject;
        const std::string host = "host " + one.subject;
        using enum Drift::Kind;
        if (one.kind == vm_elsewhere) {
            say("VM_MOVED_BY_SOMEBODY", vm,
                one.subject + " was moved from " + one.was + " to " + one.now);
        } else if (one.kind == vm_new) {
            say("VM_NEW", vm, one.subject + " is new");
        } else if (one.kind == vm_gone) {
            say("VM_GONE", vm, one.subject + " is not in the pool any more");
        } else if (one.kind == vm_started && !run_.has_noted(vm_lost, vm)) {
            say("VM_STARTED_BY_SOMEBODY", vm, one.subject + " runs now on " + one.now);
        } else if (one.kind == host_disabled) {
            say("HOST_DISABLED_BY_SOMEBODY", host, one.subject + " was disabled");
        } else if (one.kind == host_enabled && !may_enable_itself(one.subject)) {
            say("HOST_ENABLED_BY_SOMEBODY", host,
                one.subject + " was enabled while it was being emptied");
        }
    }
}

// A move of ours that did not end well left them running: who stops them now means it.
void Conductor::note_unharmed() {
    const Scenario& seen = look_->scenario;
    std::erase_if(unharmed_, [this](const std::string& name) { return !run_.shaken.count(name); });
    for (const auto& one : run_.shaken) {
        const std::string& name = one.first;
        const Id<Vm> vm = id_of(seen.pool.vms, name);
        if (vm.is_none() || seen.state.vms[vm].power != Power::running) continue;
        const auto is_its = [&](const auto& other) {
            return other.second.command.order.vm == name;
        };
        const bool moves = std::any_of(run_.flights.begin(), run_.flights.end(), is_its) ||
                           look_->vms[vm].busy || view_->busy_vms.count(name) > 0;
        if (!moves) unharmed_.insert(name);
    }
}

// Running when the run began, or when it moved them; not running now, and not parked by us.
void Conductor::note_vms_down() {
    if (is_broken(Canary::forgets_halted_vm)) return;
    std::map<std::string, std::string> last;  // where each ran
    const Scenario& start = *run_.start;
    for (const Id<Vm> vm : start.pool.vms.ids()) {
        const VmState& was = start.state.vms[vm];
        if (was.power != Power::running || was.host.is_none()) continue;
        last[start.pool.vms[vm].name] = start.pool.hosts[was.host].name;
    }
    for (const auto& [name, host] : run_.brought_to) last[name] = host;
    for (const auto& [name, from] : run_.shaken) last.emplace(name, from);
    for (const auto& [name, host] : last) note_if_down(name, host);
}

void Conductor::note_if_down(const std::string& name, const std::string& host) {
    const auto same = [&name](const Order& order) { return order.vm == name; };
    const bool parked =
        std::any_of(run_.owed.begin(), run_.owed.end(),
                    [&same](const Order& order) { return same(order) && brings_back(order.act); });
    const bool moves =
        std::any_of(run_.flights.begin(), run_.flights.end(),
                    [&](const auto& one) { return same(one.second.command.order); }) ||
        std::any_of(since_asked_.begin(), since_asked_.end(), same);
    if (parked || moves) return;
    const Id<Vm> here = id_of(look_->scenario.pool.vms, name);
    if (here.is_none()) {
        note({Severity::know, "VM_GONE", "VM " + name, name + " is not in the pool any more", ""});
        return;
    }
    const VmState& now = look_->scenario.state.vms[here];
    const bool runs = now.power == Power::running && !now.host.is_none();
    if (runs || look_->vms[here].busy || run_.has_noted(vm_lost, "VM " + name)) return;
    note(vm_is_down(name, host));
}

void Conductor::note_unreachable_hosts() {
    const Pool& pool = look_->scenario.pool;
    for (const Id<Host> id : pool.hosts.ids()) {
        const std::string name = pool.hosts[id].name;
        Order restart;
        restart.act = Act::restart_host;
        restart.host = name;
        if (look_->hosts[id].live || run_.flight_of(restart) != nullptr) {
            dead_since_.erase(name);
            continue;
        }
        const Instant since = dead_since_.emplace(name, now_).first->second;
        note(host_is_away(name));
        const Scenario& known = run_.plan.scenario;
        for (const Id<Vm> vm : known.pool.vms.ids()) {
            const Id<Vm> here = id_of(pool.vms, known.pool.vms[vm].name);
            const Id<Host> was = known.state.vms[vm].host;
            const bool was_there = !was.is_none() && known.pool.hosts[was].name == name;
            const bool runs = !here.is_none() && !look_->scenario.state.vms[here].host.is_none();
            if (was_there && !runs) note(vm_on_lost_host(known.pool.vms[vm].name, name));
        }
        if (now_ - since >= mission_.host_patience) leave_out(name, "it is not reachable");
    }
}

// A host that was left out while nobody could reach it, and that is there again. One that failed
// may be under somebody's hands: only when it is what it was to become nothing more is done to it.
void Conductor::take_up_again() {
    constexpr int most = 2;  // of a host that comes and goes
    if (end_ != EndKind::none) return;
    const Pool& pool = look_->scenario.pool;
    std::set<std::string> absent = run_.away;
    absent.insert(run_.handed_over.begin(), run_.handed_over.end());
    for (const std::string& name : absent) {
        const Id<Host> id = id_of(pool.hosts, name);
        const auto before = run_.taken_up.find(name);
        const bool too_often = before != run_.taken_up.end() && before->second >= most;
        if (id.is_none() || run_.skipped.count(name) > 0 || too_often) continue;
        if (!is_there_for(id, mission_.grace)) continue;
        const bool failed =
            run_.has_noted(member_is_failed, "host " + name) || run_.handed_over.count(name) > 0;
        const bool is_done = run_.action == HostAction::upgrade && !needs_upgrade(pool.hosts[id]);
        if (failed && !is_done) continue;
        take_up(name, name + " is there again");
    }
}

void Conductor::take_up(const std::string& host, const std::string& why) {
    for (const char* code : {host_handed_over, host_left_out, member_is_failed}) {
        clear(code, "host " + host, why);
    }
}

// It was live, attached and idle in every look for so long.
bool Conductor::is_there_for(Id<Host> id, Duration least) const {
    const auto since = there_since_.find(look_->scenario.pool.hosts[id].name);
    return since != there_since_.end() && now_ - since->second >= least;
}

void Conductor::note_who_is_there() {
    for (const Id<Host> id : look_->scenario.pool.hosts.ids()) {
        const live::HostLook& seen = look_->hosts[id];
        const std::string& name = look_->scenario.pool.hosts[id].name;
        if (seen.live && seen.attached && !seen.busy) {
            there_since_.emplace(name, now_);
        } else {
            there_since_.erase(name);
        }
    }
}

// What a look shows to be put right, by whoever did it.
void Conductor::clear_what_is_settled() {
    for (const Finding& one : Findings(run_.findings)) {
        if (const auto why = settles(one)) write(Cleared{one, *why});
    }
}

// Some hosts take VMs as soon as they are back.
void Conductor::note_hosts_in_use() {
    for (const Order& order : std::vector<Order>(run_.owed)) {
        if (order.act != Act::enable_host || run_.restarted.count(order.host) == 0) continue;
        const Verdict verdict = verdict_on_debt(order);
        if (verdict.fate == Fate::done) write(PutBack{order, verdict.sentence});
    }
}

// The last look of a run: who reads its journal later has none.
void Conductor::note_put_back() {
    for (const Order& order : std::vector<Order>(run_.owed)) {
        if (order.act == Act::unlock_pool || run_.is_left_undone(order)) continue;
        const Verdict verdict = verdict_on_debt(order);
        if (verdict.fate == Fate::done) write(PutBack{order, verdict.sentence});
    }
}

std::optional<std::string> Conductor::settles(const Finding& finding) const {
    if (finding.code == vm_down || finding.code == vm_lost) return settles_vm(finding);
    if (finding.code == host_unreachable || finding.code == host_not_begun) {
        return settles_host(finding);
    }
    if (finding.code == mixed_for_too_long) {
        if (is_mixed(look_->scenario.pool, look_->scenario.state)) return std::nullopt;
        return "all hosts run the same version";
    }
    if (finding.code != not_put_back) return std::nullopt;
    for (const Order& order : run_.owed) {
        if (!is_about_debt(finding, order)) continue;
        const Verdict verdict = verdict_on_debt(order);
        if (verdict.fate != Fate::done) return std::nullopt;
        return verdict.sentence;
    }
    return "it is put back";
}

std::optional<std::string> Conductor::settles_vm(const Finding& finding) const {
    const Pool& pool = look_->scenario.pool;
    const std::string name = finding.subject.substr(std::string_view("VM ").size());
    const Id<Vm> id = id_of(pool.vms, name);
    if (id.is_none()) return std::nullopt;
    const VmState& now = look_->scenario.state.vms[id];
    if (now.power == Power::running) {
        if (now.host.is_none() || !is_there_for(now.host, steady())) return std::nullopt;
        return name + " runs on " + pool.hosts[now.host].name;
    }
    if (finding.code != vm_lost) return std::nullopt;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (!is_there_for(host, steady())) return std::nullopt;
    }
    return "every host is heard of, and it does not run";
}

std::optional<std::string> Conductor::settles_host(const Finding& finding) const {
    const std::string name = finding.subject.substr(std::string_view("host ").size());
    const Id<Host> id = id_of(look_->scenario.pool.hosts, name);
    if (id.is_none()) return std::nullopt;
    if (finding.code == host_unreachable) {
        if (is_there_for(id, steady())) return name + " is heard of again";
    } else if (run_.restarted.count(name) > 0) {
        return name + " was done after all";
    }
    return std::nullopt;
}

// What comes and goes is not said each time.
Duration Conductor::steady() const { return std::max(mission_.silence_max, mission_.grace); }

// Nobody keeps people from putting VMs on a host at which a program or a person is at work.
void Conductor::note_guests_in_the_way() {
    std::set<std::string> hosts = run_.handed_over;
    for (const auto& [key, flight] : run_.flights) {
        const Order& order = flight.command.order;
        if (order.act == Act::restart_host && mission_.hands_over) hosts.insert(order.host);
    }
    for (const Id<Host> id : look_->scenario.pool.hosts.ids()) {
        const std::string& name = look_->scenario.pool.hosts[id].name;
        const std::int64_t guests = look_->hosts[id].live ? look_->hosts[id].guests : 0;
        const bool stands = run_.has_noted(guests_in_the_way, "host " + name);
        if (hosts.count(name) > 0 && guests > 0) {
            if (!stands) note(host_has_guests(name, guests));
        } else if (stands) {
            clear(guests_in_the_way, "host " + name, "no VM is in the way of an upgrade there");
        }
    }
}

// ---- giving up

void Conductor::skip(const std::string& host) {
    leave_out(host, "the operator skipped it",
              is_coordinator(host) ? "nothing goes on without it: resume the run to be asked again"
                                   : "vacate proceed JOURNAL " + host +
                                         " while a run is under way, or a run of its own");
}

void Conductor::leave_out(const std::string& host, const std::string& why,
                          const std::string& remedy) {
    if (run_.left_out.count(host) > 0) return;
    write(Noted{left_out(host, why, remedy)});
    clear(host_is_late, "host " + host, "nobody waits for it");
    clear(host_not_begun, "host " + host, "it is left out");
    stop_where_left_out(why);
}

// Asked again after a crash: what was to come of it is in no record.
void Conductor::stop_where_left_out(const std::string& why) {
    for (const Finding& one : run_.findings) {
        if (one.code == coordinator_is_failed) begin_end(EndKind::stopped, one.sentence);
    }
    if (end_ != EndKind::none) return;
    for (const std::string& host : run_.left_out) {
        const bool coordinator_waits = is_coordinator(host) && run_.restarted.count(host) == 0 &&
                                       run_.action == HostAction::upgrade;
        if (!run_.is_in_job(host)) continue;
        if (coordinator_waits) {
            begin_end(EndKind::stopped, "the coordinator " + host + " cannot be done: " + why);
        } else if (!mission_.go_on_without) {
            begin_end(EndKind::stopped, host + " is left out: " + why);
        }
    }
}

// Without a coordinator that takes VMs nothing goes on; asked again after a crash, too.
void Conductor::stop_where_disabled() {
    for (const Order& order : run_.owed) {
        const bool stays = order.act == Act::enable_host && is_coordinator(order.host) &&
                           run_.restarted.count(order.host) > 0 && is_given_up(order);
        const Id<Host> host = stays ? id_of(look_->scenario.pool.hosts, order.host) : Id<Host>{};
        if (!stays || host.is_none() || look_->hosts[host].enabled) continue;
        return begin_end(EndKind::stopped, "the coordinator cannot be enabled: " +
                                               run_.attempts[describe(order)].sentence);
    }
}

// An order that was tried often enough, or that needs a person.
void Conductor::give_up_on(const Order& order) {
    if (!is_given_up(order)) return;
    const std::string why = run_.attempts[describe(order)].sentence;
    if (order.act == Act::lock_pool) {
        note({Severity::blocks, "POOL_LOCKED", "pool", "the pool cannot be locked: " + why,
              "end the other run, or take its lock away"});
        begin_end(EndKind::stopped, "the pool cannot be locked: " + why);
    } else if (order.act == Act::enable_host && is_coordinator(order.host)) {
        note_owed(order, why);
        begin_end(EndKind::stopped, "the coordinator cannot be enabled: " + why);
    } else if (puts_back(order.act) || order.act == Act::enable_host) {
        note_owed(order, why);
    } else if (order.act == Act::squeeze_memory) {
        if (run_.keeps_range.count(order.vm) == 0) write(Noted{not_squeezed(order, why)});
    } else if (!order.vm.empty()) {
        if (run_.set_aside.count(order.vm) == 0) write(Noted{set_vm_aside(order, why)});
    } else if (is_preparation(order.act)) {
        note({Severity::blocks, "PREPARATION_FAILED", "pool",
              "could not " + describe(order) + ": " + why, "mend that, then resume this run"});
        begin_end(EndKind::stopped, "could not " + describe(order) + ": " + why);
    } else if (is_about_host(order.act)) {
        leave_out(order.host, "could not " + describe(order) + ": " + why);
    }
}

}  // namespace vacate::live
