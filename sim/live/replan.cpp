// Plans made on the way, and how a run comes to its end.
#include <algorithm>

#include "model/codec/plan_text.hpp"
#include "model/rule.hpp"
#include "model/transition.hpp"
#include "sim/live/canary.hpp"
#include "sim/live/conductor.hpp"
#include "sim/live/playbook.hpp"
#include "sim/search/plan_job.hpp"

namespace vacate::live {

// ---- a new plan

tl::expected<Planned, NoPlan> Conductor::search() const {
    const Pool& pool = view_->scenario.pool;
    const PoolState& state = view_->progress.now;
    const Job job = job_in(run_, pool);
    PlanOptions options = mission_.search;
    options.bounds = Effort::quick;  // nobody reads them
    if (job.home == Home::original) options.home_places = places_at_start(run_, pool);
    return plan_job(pool, state, job, std::move(options));
}

// Those that were left out since nobody could reach them may come back, and a plan with them.
bool Conductor::waits_for_lost_hosts() {
    if (run_.away.empty()) return false;
    if (!no_plan_since_) no_plan_since_ = now_;
    if (now_ - *no_plan_since_ >= mission_.host_deadline) return false;
    wake_by(*no_plan_since_ + mission_.host_deadline);
    no_plan_without_ = who_is_there();
    waits_for_ = "without " + *run_.away.begin() +
                 " there is no plan for what is left: waits for it to come back";
    return true;
}

// Nothing changed that a search would need to know.
bool Conductor::is_as_without_plan() const {
    return no_plan_since_ && now_ - *no_plan_since_ < mission_.host_deadline &&
           no_plan_without_ == who_is_there();
}

// The hosts that a plan may count on.
std::set<std::string> Conductor::who_is_there() const {
    std::set<std::string> names;
    for (const auto& [name, since] : there_since_) {
        if (run_.left_out.count(name) == 0) names.insert(name);
    }
    return names;
}

// Begins nothing of the old plan, lets end what runs, looks, mends what can be, plans.
void Conductor::plan_anew() {
    if (!run_.flights.empty() && !is_broken(Canary::drops_reservations)) {
        waits_for_ = "lets end what runs, to plan anew";
        return;
    }
    if (!is_fresh()) {
        want_look_ = true;
        waits_for_ = "looks before it plans anew";
        return;
    }
    if (busy_since_ && now_ - *busy_since_ < mission_.host_patience) {
        waits_for_ = "waits for what somebody else does in the pool";
        return;
    }
    const bool dead_hosts_wait =
        std::any_of(dead_since_.begin(), dead_since_.end(), [this](const auto& one) {
            return now_ - one.second < mission_.host_patience &&
                   run_.left_out.count(one.first) == 0;
        });
    if (dead_hosts_wait) {
        waits_for_ = "waits for a host that is not reachable";
        return;
    }
    if (leave_out_what_cannot_be_emptied() || run_errand()) return;
    if (run_.replans >= mission_.replans) {
        return begin_end(EndKind::stopped,
                         std::to_string(run_.replans) + " plans in a row led to nothing");
    }
    const bool done = fulfils(run_, view_->scenario.pool, view_->progress.now);
    if (done && run_.home == Home::none) {
        return begin_end(EndKind::done, "all that was asked for is done");
    }
    if (!done && is_as_without_plan() && waits_for_lost_hosts()) return;
    const auto planned = search();
    if (done && (!planned || planned->plan.steps.empty())) {
        return begin_end(EndKind::done, "all that was asked for is done");
    }
    if (!planned && waits_for_lost_hosts()) return;
    if (planned) {
        no_plan_since_.reset();
        const std::string wrong = run_.must_plan ? "" : what_is_wrong();
        return adopt(planned->plan, wrong.empty() ? "the plan in force does not hold" : wrong);
    }
    for (const Finding& finding : planned.error().findings) {
        if (finding.severity != Severity::know) note(finding);
    }
    begin_end(EndKind::stopped, "there is no plan for what is left");
}

void Conductor::adopt(const Plan& plan, const std::string& reason) {
    Job job = job_in(run_, view_->scenario.pool);
    Adopted adopted{reason, print_scenario(look_->scenario),
                    print_plan(view_->scenario.pool, plan, job)};
    const auto readable = read_scenario(adopted.scenario, "look");
    if (!readable) {
        const std::string why = readable.error().items.front().sentence;
        note({Severity::blocks, "POOL_NOT_PLAUSIBLE", "pool",
              "the pool cannot be planned for: " + why, "mend that, then resume this run"});
        return begin_end(EndKind::stopped, "the pool cannot be planned for: " + why);
    }
    write(std::move(adopted));
    window_closed_ = false;
    judge();
    if (rest_is_good()) dispatch();
}

// Hosts with a VM that stays where it is are not done.
bool Conductor::leave_out_what_cannot_be_emptied() {
    const Pool& pool = view_->scenario.pool;
    const PoolState& state = view_->progress.now;
    bool found = false;
    for (const std::string& name : run_.set_aside) {
        const Id<Vm> vm = id_of(pool.vms, name);
        if (vm.is_none() || state.vms[vm].host.is_none()) continue;
        const Id<Host> host = state.vms[vm].host;
        const Job job = job_in(run_, pool);
        const bool has_part = run_.action == HostAction::evacuate
                                  ? std::binary_search(job.hosts.begin(), job.hosts.end(), host)
                                  : !state.hosts[host].upgraded;
        if (!has_part) continue;
        leave_out(pool.hosts[host].name, name + " cannot leave it");
        found = true;
        if (end_ != EndKind::none) return true;
    }
    if (found) judge();
    return end_ != EndKind::none;
}

// What is put right before a plan is made: hosts that are done or left out take VMs again, VMs
// that we parked on them or that a move of ours left down run again.
bool Conductor::run_errand() {
    const Pool& pool = view_->scenario.pool;
    for (const Order& order : std::vector<Order>(run_.owed)) {
        if (order.act != Act::enable_host || run_.action == HostAction::evacuate) continue;
        const Id<Host> host = id_of(pool.hosts, order.host);
        if (host.is_none() || is_given_up(order)) continue;
        const HostState& now = view_->progress.now.hosts[host];
        if (!now.upgraded || now.phase != HostPhase::disabled) continue;
        if (is_resting(order) || send_step(order)) return true;
    }
    // Those that were parked at a host that is done: the new plan would not leave them their room.
    for (const Order& order : std::vector<Order>(run_.owed)) {
        if (!brings_back(order.act) || run_.action == HostAction::evacuate || is_given_up(order))
            continue;
        const Id<Host> host = id_of(pool.hosts, order.host);
        if (host.is_none() || !view_->progress.now.hosts[host].upgraded) continue;
        const auto step = step_of(pool, order);
        if (!step || forbids(pool, view_->state, *step)) continue;
        if (is_resting(order) || send_step(order)) return true;
    }
    const auto start = start_of_halted();
    if (!start) return false;
    if (is_resting(*start)) return true;
    send(*start);
    return true;
}

// It ran, we moved it, and now it is down: somewhere it may run again.
std::optional<Order> Conductor::start_of_halted() {
    const Pool& pool = view_->scenario.pool;
    for (const auto& [name, from] : run_.shaken) {
        const Id<Vm> vm = id_of(pool.vms, name);
        // Whoever was told to see to it may have stopped it.
        if (vm.is_none() || unharmed_.count(name) > 0 || run_.left_to_people.count(name) > 0) {
            continue;
        }
        const Power power = view_->progress.now.vms[vm].power;
        if (power == Power::running || view_->busy_vms.count(name) > 0) continue;
        for (const Id<Host> host : pool.hosts.ids()) {
            PoolState state = view_->progress.now;
            state.vms[vm].parked = host;
            const Step step =
                power == Power::halted ? Step{Start{vm, host}} : Step{Resume{vm, host}};
            const Order order = order_of(pool, step);
            if (forbids(pool, state, step) || is_given_up(order)) continue;
            view_->state.vms[vm].parked = host;
            return order;
        }
    }
    return std::nullopt;
}

// Between two hosts: what runs no longer binds anybody, so a shorter way may be taken.
void Conductor::consider_better() {
    host_done_ = false;
    if (!forecast_ || view_->progress.rest.steps.empty()) return;
    const auto old = simulate(view_->scenario.pool, view_->progress.now, view_->progress.rest,
                              {.timeline = false});
    const auto planned = search();
    if (!old || !planned) return;
    const Figures before =
        figures_of(view_->scenario.pool, view_->progress.now, old->final_state, *old);
    const Figures after = figures_of(view_->scenario.pool, view_->progress.now,
                                     planned->simulation.final_state, planned->simulation);
    // A new plan for next to nothing would only make the run harder to follow.
    const bool worth_it = after.makespan.count() / 98 < before.makespan.count() / 100;
    if (worth_it && compare(mission_.search.objective, after, before) < 0) {
        adopt(planned->plan, "a better plan was found");
    }
}

// ---- the end

void Conductor::begin_end(EndKind kind, const std::string& sentence) {
    if (end_ != EndKind::none || is_over()) return;
    end_ = kind;
    end_sentence_ = sentence;
    want_look_ = want_look_ || !is_fresh();
}

// An evacuation that succeeded leaves its hosts disabled and what was on them down.
bool Conductor::wants_back(const Order& order) const {
    if (order.act == Act::unlock_pool) return false;
    if (run_.action != HostAction::evacuate || end_ != EndKind::done) return true;
    return !fills_again(order.act);
}

// Open as long as no look behind the change tells.
Verdict Conductor::verdict_on_debt(const Order& order) const {
    const bool early = shown_ < run_.owed_since.at(describe(order));
    if (early || run_.flight_of(order) != nullptr) return {};
    return verdict_on(order, run_.opened.run, *look_);
}

// Newest first, as changes were made; what the pool shows put back already is not owed.
std::vector<Order> Conductor::still_owed() const {
    std::vector<Order> owed(run_.owed.rbegin(), run_.owed.rend());
    if (!look_) return owed;
    std::erase_if(owed, [this](const Order& order) {
        return order.act != Act::unlock_pool && verdict_on_debt(order).fate == Fate::done;
    });
    // VMs come back only to hosts that take them.
    std::stable_partition(owed.begin(), owed.end(),
                          [](const Order& order) { return order.act == Act::enable_host; });
    return owed;
}

// VMs that cannot be brought where they are wanted from the host that they are on.
bool Conductor::leaves_some_vms() const {
    const Pool& pool = look_->scenario.pool;
    for (const auto& [name, wanted] : run_.goal) {
        const Id<Vm> vm = id_of(pool.vms, name);
        if (vm.is_none() || run_.set_aside.count(name) > 0) continue;
        const VmState& now = look_->scenario.state.vms[vm];
        // What was on a host that is lost counts as parked there.
        const Id<Host> at = now.host.is_none() ? now.parked : now.host;
        if (at.is_none()) continue;
        const bool stays = !look_->hosts[at].live || run_.left_out.count(pool.hosts[at].name) > 0;
        if (stays && pool.hosts[at].name != wanted) return true;
    }
    return false;
}

// Hosts of the job that were left out, or that nobody can reach.
bool Conductor::leaves_some_hosts() const {
    if (leaves_some_vms()) return true;
    const Pool& pool = look_->scenario.pool;
    for (const Id<Host> id : pool.hosts.ids()) {
        const Host& host = pool.hosts[id];
        const auto is_goal = [&host](const auto& one) { return one.second == host.name; };
        const bool has_part = run_.action == HostAction::place
                                  ? std::any_of(run_.goal.begin(), run_.goal.end(), is_goal)
                                  : run_.is_in_job(host.name);
        if (!has_part || run_.restarted.count(host.name) > 0) continue;
        const bool upgraded = run_.action == HostAction::upgrade && !needs_upgrade(host);
        const bool unreachable = !look_->hosts[id].live && !upgraded;
        if (unreachable || run_.left_out.count(host.name) > 0) return true;
    }
    return false;
}

void Conductor::end() {
    if (!run_.flights.empty()) {
        waits_for_ = "lets end what runs: " + end_sentence_;
        return;
    }
    if (!is_fresh()) {
        want_look_ = true;
        return;
    }
    const bool ours = look_->lock == run_.opened.run;
    const bool may_act = run_.locked && (ours || look_->lock.empty());
    // A host came back that nobody could reach when all the others were done.
    if (ours && end_ == EndKind::done &&
        !fulfils(run_, view_->scenario.pool, view_->progress.now)) {
        end_ = EndKind::none;
        end_sentence_.clear();
        want_look_ = true;
        return;
    }
    for (const Order& order : may_act ? still_owed() : std::vector<Order>{}) {
        if (!wants_back(order) || is_given_up(order)) continue;
        if (is_resting(order)) return;
        const auto step = step_of(view_->scenario.pool, order);
        if (!step) continue;
        if (const auto start = std::get_if<Start>(&*step)) {
            view_->state.vms[start->vm].parked = start->host;
        }
        if (send_step(order)) return;
    }
    for (const Order& order : still_owed()) {
        if (!wants_back(order)) continue;
        const auto step = step_of(view_->scenario.pool, order);
        const auto why =
            step ? forbids(view_->scenario.pool, view_->state, *step) : std::optional<Violation>{};
        note_owed(order, is_in_other_hands(order)
                             ? "whoever was told to upgrade it may still be at work there"
                         : why ? explain(view_->scenario.pool, *why)
                               : "");
    }
    Order unlock;
    unlock.act = Act::unlock_pool;
    if (ours && !is_given_up(unlock)) {
        if (!is_resting(unlock)) send(unlock);
        return;
    }
    if (ours) note_owed(unlock, run_.attempts[describe(unlock)].sentence);
    const bool all = end_ == EndKind::done && !leaves_some_hosts();
    close(all, end_ == EndKind::done && !all ? "done, but for the hosts that were left out"
                                             : end_sentence_);
}

void Conductor::close(bool done, const std::string& sentence) {
    if (!reachable_) {
        for (const Order& order : still_owed()) note_owed(order, "the pool does not answer");
    } else if (look_) {
        note_put_back();
    }
    if (!done && run_.findings.empty() && end_ != EndKind::aborted) {
        note({Severity::act, "STOPPED", "pool", sentence, "mend that, then resume this run"});
    }
    end_ = done ? EndKind::done : EndKind::stopped;
    reopened_ = false;
    write(Closed{done, sentence});
}

}  // namespace vacate::live
