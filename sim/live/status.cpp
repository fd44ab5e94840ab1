// What there is to say of a run.
#include <algorithm>

#include "sim/live/act_kinds.hpp"
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

// What a person has to do at a host; nothing where that is not known or somebody else's.
std::string Conductor::task_at(const Flight& restart) const {
    const std::string& host = restart.command.order.host;
    // Whoever was to hand it over died with the words.
    const bool is_lost = mission_.by_hand && !restart.begun && (restart.orphaned || !heard_);
    if (restart.said.empty() && !is_lost) return {};
    if (!is_wanted(restart)) {
        return "nothing more is to be begun at " + host + ": it stays disabled, as it is";
    }
    if (!restart.said.empty()) return restart.said;
    return host +
           " is disabled and empty, and was being handed over when the run was killed: upgrade it "
           "now, unless that is begun already. At its console boot the installer, choose to "
           "upgrade, and let it restart; it is noticed by itself when the host is back. To leave "
           "it as it is: vacate skip JOURNAL " +
           host;
}

// Of hosts that are up still, as far as is known: at those that are down it is done.
std::string Conductor::things_to_do() const {
    std::string all;
    for (const auto& [key, flight] : run_.flights) {
        const Order& order = flight.command.order;
        if (order.act != Act::restart_host) continue;
        const std::string task = task_at(flight);
        if (task.empty()) continue;
        const Id<Host> id =
            look_ ? id_of(look_->scenario.pool.hosts, order.host) : Id<Host>::none();
        const bool is_down = !id.is_none() && shown_ > flight.sent && !look_->hosts[id].live;
        if (is_down || (look_ && !reachable_)) continue;
        all += (all.empty() ? "" : "; ") + task;
    }
    return all;
}

// The plan may empty a host before it is disabled: only that and what follows is asked.
std::string Conductor::question() const {
    const auto leaves = [this](const auto& one) {
        const Order& order = one.second.command.order;
        return is_migration(order.act) && order.host == asked_host_;
    };
    const auto leave = std::count_if(run_.flights.begin(), run_.flights.end(), leaves);
    const auto known = run_.hosts.find(asked_host_);
    const std::int64_t left = known == run_.hosts.end() ? 0 : known->second.moved;
    return "may " + asked_host_ +
           " be done? Moves away from it need no answer: " + std::to_string(left) + " done, " +
           std::to_string(leave) +
           " under way; the answer decides whether it is disabled and taken down";
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

// By a look behind the order, or since nobody answers for a coordinator that restarts.
bool Conductor::is_seen_down(const std::string& host) const {
    if (!look_) return false;
    Order order;
    order.act = Act::restart_host;
    order.host = host;
    const Flight* flight = run_.flight_of(order);
    const Id<Host> id = id_of(look_->scenario.pool.hosts, host);
    const bool is_new = flight == nullptr || shown_ > flight->sent;
    if (!id.is_none() && is_new && !look_->hosts[id].live) return true;
    return flight != nullptr && away_since_ && is_coordinator(host);
}

HostNow Conductor::now_of(const HostStory& story) const {
    Order order;
    order.act = Act::restart_host;
    order.host = story.host;
    const Flight* flight = run_.flight_of(order);
    const bool is_down = is_seen_down(story.host);
    if (flight != nullptr && is_down) return HostNow::down;
    if (flight != nullptr) {
        return flight->begun && !mission_.hands_over ? HostNow::restarting : HostNow::to_restart;
    }
    if (is_down) return HostNow::silent;
    if (story.enabled) return HostNow::in_use;
    if (story.back) return HostNow::back;
    return story.disabled ? HostNow::emptied : HostNow::waits;
}

Instant Conductor::late_from(const Flight& restart) const {
    const Table<Host>& hosts = run_.plan.scenario.pool.hosts;
    const Id<Host> id = id_of(hosts, restart.command.order.host);
    const Duration usual = id.is_none() ? Duration{} : hosts[id].upgrade_time;
    return waits_since(restart) + usual + mission_.host_patience;
}

void Conductor::tell_standing(Status& status) const {
    const bool drains = end_ != EndKind::none || run_.must_plan;
    if (ledger_lost_) {
        status.standing = Standing::stopped;
        status.sentence = "the journal cannot be written: " + ledger_error_;
    } else if (is_over() || (run_.rests && !heard_)) {
        status.standing = run_.done ? Standing::done : Standing::stopped;
        status.sentence = run_.last_words;
        status.ended = run_.at;
    } else if (!look_ || !reachable_) {
        status.standing = Standing::looking;
        status.sentence = coordinator_restarts() ? "waits for the coordinator to come back"
                          : !heard_ && !run_.flights.empty()
                              ? "asks the pool what became of what is open"
                              : "waits for the pool to answer";
    } else if (run_.paused && end_ == EndKind::none) {
        status.standing = run_.flights.empty() ? Standing::paused : Standing::draining;
        status.sentence = "paused";
    } else if (drains) {
        status.standing = Standing::draining;
        status.sentence = end_ != EndKind::none ? end_sentence_ : waits_for_;
    } else {
        status.standing = asks_ ? Standing::asking : Standing::working;
        status.sentence = asks_ ? question() : waits_for_;
    }
    if (status.standing == Standing::asking) status.asked_host = asked_host_;
    // What a person has to do meanwhile comes first.
    if (status.standing != Standing::stopped) status.to_do = things_to_do();
    if (!status.to_do.empty()) {
        status.sentence =
            status.to_do +
            (asks_ && !status.asked_host.empty() ? "; " + status.sentence : std::string());
    }
    if (status.sentence.empty() && !run_.flights.empty()) {
        status.sentence = describe(run_.flights.begin()->second.command.order);
    }
}

// Since when, and until when, as far as a clock runs on it.
void Conductor::tell_wait(Status& status) const {
    if (status.ended || ledger_lost_ || run_.paused || status.standing == Standing::asking) return;
    const Flight* first = nullptr;    // what waits longest
    const Flight* restart = nullptr;  // of the coordinator, or else of the first host told
    for (const auto& [key, flight] : run_.flights) {
        if (first == nullptr || flight.sent < first->sent) first = &flight;
        const Order& order = flight.command.order;
        if (order.act != Act::restart_host) continue;
        if (restart == nullptr || is_coordinator(order.host)) restart = &flight;
    }
    const bool is_restart =
        restart != nullptr && (coordinator_restarts() || !status.to_do.empty() || restart == first);
    if (is_restart) {
        status.waits_since = restart->sent;
        status.waits_until = late_from(*restart);
        status.then = restart->command.order.host + " is late";
    } else if (away_since_ && !reachable_) {
        status.waits_since = away_since_;
        status.waits_until = *away_since_ + mission_.away_max;
        status.then = "the run stops";
    } else if (not_empty_since_) {
        status.waits_since = not_empty_since_;
        status.waits_until = *not_empty_since_ + mission_.host_patience;
        status.then = "the host is left out";
    } else if (first != nullptr && (!heard_ || status.sentence == describe(first->command.order))) {
        status.waits_since = first->sent;
    } else if (busy_since_ && status.standing == Standing::working) {
        status.waits_since = busy_since_;
    }
}

void Conductor::tell_hosts(Status& status) const {
    std::vector<std::string> names = run_.hosts_in_order;
    for (const Host& host : run_.start ? run_.start->pool.hosts : Table<Host>{}) {
        const bool known = std::find(names.begin(), names.end(), host.name) != names.end();
        if (!known) names.push_back(host.name);
    }
    for (const std::string& name : names) {
        const auto planned = planned_.find(name);
        HostStory story = story_of(
            name, run_,
            planned != planned_.end() ? planned->second : plan_of(promised_, name, run_.plan.at));
        if (!story.enabled && enables_itself(name)) story.enabled = story.back;
        story.now = now_of(story);
        const bool is_told = story.now == HostNow::to_restart || story.now == HostNow::down ||
                             story.now == HostNow::restarting;
        const bool came_back = story.back && story.down && *story.down <= *story.back;
        if (!is_told && !came_back) story.down.reset();
        status.hosts.push_back(std::move(story));
    }
}

// What is not put back is told debt by debt, everything else once for what it is about.
std::string Conductor::name_of(const Finding& finding) {
    return finding.code + "\n" + finding.subject +
           (finding.code == not_put_back ? "\n" + finding.remedy : "");
}

void Conductor::tell_findings(Status& status) const {
    std::set<std::string> told;
    for (const Finding& one : run_.findings) {
        const std::string name = name_of(one);
        if (!told.insert(name).second) continue;
        const auto since = noted_at_.find(name);
        status.findings.push_back(one);
        status.found_since.push_back(since == noted_at_.end() ? run_.at : since->second);
    }
    if (!ledger_lost_) return;
    status.findings.push_back({Severity::blocks, "JOURNAL_LOST", "journal", status.sentence,
                               "make room for it, then resume this run"});
    status.found_since.push_back(now_);
}

Status Conductor::status(Instant) const {
    Status status;
    tell_standing(status);
    tell_wait(status);
    for (const auto& [key, flight] : run_.flights) status.under_way.push_back(flight.command);
    status.backup = run_.backup;
    status.hosts_new = hosts_at_target();
    status.planned_end = planned_end_;
    tell_hosts(status);
    tell_findings(status);
    status.owed = still_owed();
    status.owed_is_wanted = run_.done && run_.action == HostAction::evacuate;
    const auto& done = run_.plan.done;
    status.steps = steps_before_ + static_cast<std::int64_t>(done.size());
    status.steps_done =
        run_.done ? status.steps : steps_before_ + std::count(done.begin(), done.end(), true);
    if (forecast_) status.ends_at = forecast_->ends_at;
    return status;
}

}  // namespace vacate::live
