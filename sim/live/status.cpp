// What there is to say of a run.
#include <algorithm>

#include "sim/live/conductor.hpp"

namespace vacate::live {
namespace {

HostStory story_of(const std::string& name, const RunState& run, const HostPlan& plan) {
    HostStory story;
    story.host = name;
    story.planned_begin = plan.begin;
    story.planned_end = plan.end;
    const auto found = run.hosts.find(name);
    if (found == run.hosts.end()) return story;
    const HostRun& host = found->second;
    story.disabled = host.disabled;
    story.down = host.down;
    story.back = host.back;
    story.enabled = host.enabled;
    story.moved = host.moved;
    story.failed = host.failed;
    return story;
}

}  // namespace

// Some hosts take VMs as soon as they are back: then nobody ordered it.
bool Conductor::enables_itself(const std::string& host) const {
    if (run_.done) return run_.action != HostAction::evacuate;
    if (!look_) return false;
    const Id<Host> id = id_of(look_->scenario.pool.hosts, host);
    return !id.is_none() && look_->hosts[id].enabled;
}

// Of hosts that are up still, as far as is known: at those that are down it is done.
std::string Conductor::things_to_do() const {
    std::string all;
    for (const auto& [key, flight] : run_.flights) {
        const Order& order = flight.command.order;
        if (order.act != Act::restart_host || flight.said.empty()) continue;
        const Id<Host> id =
            look_ ? id_of(look_->scenario.pool.hosts, order.host) : Id<Host>::none();
        const bool is_down = !id.is_none() && shown_ > flight.sent && !look_->hosts[id].live;
        if (is_down || (look_ && !reachable_)) continue;
        const std::string one = is_wanted(flight) ? flight.said
                                                  : "nothing more is to be begun at " + order.host +
                                                        ": it stays disabled, as it is";
        all += (all.empty() ? "" : "; ") + one;
    }
    return all;
}

// Nobody who reads a journal later has a look.
std::int64_t Conductor::hosts_at_target() const {
    if (!run_.start) return 0;
    const bool by_records = !look_ && run_.action == HostAction::upgrade;
    const Table<Host>& hosts = look_ ? look_->scenario.pool.hosts : run_.start->pool.hosts;
    return std::count_if(hosts.begin(), hosts.end(), [&](const Host& one) {
        return !needs_upgrade(one) || (by_records && run_.restarted.count(one.name) > 0);
    });
}

Status Conductor::status(Instant) const {
    Status status;
    const bool drains = end_ != EndKind::none || run_.must_plan;
    if (ledger_lost_) {
        status.standing = Standing::stopped;
        status.sentence = "the journal cannot be written: " + ledger_error_;
    } else if (is_over()) {
        status.standing = run_.done ? Standing::done : Standing::stopped;
        status.sentence = run_.last_words;
    } else if (run_.rests && !heard_) {
        status.standing = Standing::stopped;
        status.sentence = run_.last_words;
    } else if (!look_ || !reachable_) {
        status.standing = Standing::looking;
        status.sentence = coordinator_restarts() ? "waits for the coordinator to come back"
                                                 : "waits for the pool to answer";
    } else if (run_.paused && end_ == EndKind::none) {
        status.standing = run_.flights.empty() ? Standing::paused : Standing::draining;
        status.sentence = "paused";
    } else if (drains) {
        status.standing = Standing::draining;
        status.sentence = end_ != EndKind::none ? end_sentence_ : waits_for_;
    } else {
        status.standing = asks_ ? Standing::asking : Standing::working;
        status.sentence = waits_for_;
    }
    for (const auto& [key, flight] : run_.flights) status.under_way.push_back(flight.command);
    // What a person has to do meanwhile comes first.
    if (status.standing != Standing::stopped) status.to_do = things_to_do();
    if (!status.to_do.empty()) status.sentence = status.to_do;
    if (status.standing == Standing::asking) status.asked_host = asked_host_;
    status.backup = run_.backup;
    status.hosts_new = hosts_at_target();
    status.planned_end = planned_end_;
    if (status.sentence.empty() && !status.under_way.empty()) {
        status.sentence = describe(status.under_way.front().order);
    }
    std::vector<std::string> names = run_.hosts_in_order;
    for (const Host& host : run_.start ? run_.start->pool.hosts : Table<Host>{}) {
        const bool known = std::find(names.begin(), names.end(), host.name) != names.end();
        if (!known) names.push_back(host.name);
    }
    for (const std::string& name : names) {
        const auto planned = planned_.find(name);
        status.hosts.push_back(story_of(
            name, run_,
            planned != planned_.end() ? planned->second : plan_of(promised_, name, run_.plan.at)));
        HostStory& story = status.hosts.back();
        if (!story.enabled && enables_itself(name)) story.enabled = story.back;
    }
    status.findings = run_.findings;
    if (ledger_lost_) {
        status.findings.push_back({Severity::blocks, "JOURNAL_LOST", "journal", status.sentence,
                                   "make room for it, then resume this run"});
    }
    status.owed = still_owed();
    status.owed_is_wanted = run_.done && run_.action == HostAction::evacuate;
    status.steps = static_cast<std::int64_t>(run_.plan.orders.size());
    // Of a plan that is to be replaced only what was answered counts.
    const bool counts_view = view_ && !run_.must_plan;
    for (const Id<Step> id : run_.plan.plan.steps.ids()) {
        const bool done = counts_view ? is_done_or_dropped(id) : bool{run_.plan.done[id.index]};
        if (done) ++status.steps_done;
    }
    if (run_.done) status.steps_done = status.steps;
    if (forecast_) status.ends_at = forecast_->ends_at;
    return status;
}

}  // namespace vacate::live
