// Records to a run's state.
#include "sim/live/run_state.hpp"

#include <algorithm>

#include "model/codec/plan_text.hpp"
#include "model/step.hpp"
#include "sim/live/act_kinds.hpp"
#include "sim/live/canary.hpp"

namespace vacate::live {
namespace {

// What is prepared and put back again leads nowhere by itself.
bool brings_closer(const Order& order) {
    switch (order.act) {
        case Act::disable_host:
        case Act::restart_host:
        case Act::enable_host:
        case Act::suspend:
        case Act::resume:
        case Act::stop:
        case Act::start:
            return true;
        default:
            return is_migration(order.act);
    }
}

std::optional<std::string> behind(const std::string& text, const std::string& prefix) {
    if (text.compare(0, prefix.size(), prefix) != 0) return std::nullopt;
    return text.substr(prefix.size());
}

// Said of a host, a VM or the pool as they are, not of a stop: a look takes these back, or nothing.
bool outlasts_a_stop(const Finding& one) {
    return one.severity == Severity::know || one.code == not_put_back || one.code == vm_down ||
           one.code == vm_lost || one.code == vm_astray || one.code == host_unreachable;
}

// The same change, whatever is to be remembered of it.
bool undoes_same(const Order& a, const Order& b) {
    return a.act == b.act && a.vm == b.vm && (a.host == b.host || !a.vm.empty());
}

}  // namespace

std::string subject_of_order(const Order& order) {
    if (!order.vm.empty()) return "VM " + order.vm;
    return order.host.empty() ? "pool" : "host " + order.host;
}

bool puts_back(Act act) {
    return act == Act::insert_cd || act == Act::restore_memory || brings_back(act) ||
           act == Act::enable_ha || act == Act::enable_wlb || act == Act::enable_auto_power_on;
}

bool RunState::is_in_job(const std::string& host) const {
    return job_hosts.empty() ||
           std::find(job_hosts.begin(), job_hosts.end(), host) != job_hosts.end();
}

const Flight* RunState::flight_of(const Order& order) const {
    for (const auto& [key, flight] : flights) {
        const Order& other = flight.command.order;
        if (other.act == order.act && other.vm == order.vm && other.host == order.host &&
            other.to == order.to) {
            return &flight;
        }
    }
    return nullptr;
}

bool RunState::has_noted(const std::string& code, const std::string& subject) const {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& one) {
        return one.code == code && one.subject == subject;
    });
}

bool RunState::is_left_undone(const Order& owed_order) const {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding& one) { return is_about_debt(one, owed_order); });
}

void RunState::note_host(const Order& order) {
    HostRun& host = hosts[order.host];
    switch (order.act) {
        case Act::disable_host:
            if (host.enabled) {  // its turn begins anew
                host.disabled.reset();
                host.down.reset();
                host.back.reset();
                host.enabled.reset();
            }
            if (!host.disabled) {
                host.disabled = at;
                host.disables = 0;
            }
            ++host.disables;
            break;
        case Act::enable_host:
            host.enabled = at;
            break;
        case Act::restart_host:
            host.back = at;
            break;
        case Act::migrate:
        case Act::migrate_storage:
            ++host.moved;
            break;
        default:
            break;
    }
}

// What it was before is put back: the next change begins from what is there then.
void RunState::forget_memo(Act undo, const std::string& vm) {
    if (undo == Act::insert_cd) first_memos.erase({Act::eject_cd, vm});
    if (undo == Act::restore_memory) first_memos.erase({Act::squeeze_memory, vm});
    if (undo == Act::enable_ha) first_memos.erase({Act::disable_ha, vm});
}

void RunState::take_effect(const Order& order, const std::string& memo) {
    if (!order.host.empty()) note_host(order);
    switch (order.act) {
        case Act::lock_pool:
            locked = true;
            break;
        case Act::unlock_pool:
            locked = false;
            break;
        case Act::back_up_database:
            backed_up = true;
            backup = memo;
            break;
        case Act::restart_host:
            restarted.insert(order.host);
            if (!mixed_since) mixed_since = at;
            break;
        case Act::migrate_storage:
            disks_at[order.vm] = order.storage;
            [[fallthrough]];
        case Act::migrate:
            brought_to[order.vm] = order.to;
            break;
        case Act::start:
        case Act::resume:
            brought_to[order.vm] = order.host;
            break;
        default:
            break;
    }
    forget_memo(order.act, order.vm);
    const std::size_t before = owed.size();
    std::erase_if(owed, [&order](const Order& one) { return undoes_same(one, order); });
    if (owed.size() != before) return;
    const auto undo = undo_of(order.act);
    if (!undo || (is_broken(Canary::forgets_ha) && order.act == Act::disable_ha)) return;
    Order back = order;
    back.act = *undo;
    back.memo = memo.empty() ? order.memo : memo;
    back.range.clear();
    owed_since[describe(back)] = at;
    std::erase(owed, back);  // a host that its toolstack enabled is disabled once more
    owed.push_back(std::move(back));
}

void RunState::end(std::uint64_t key, bool is_done, const Answered& answer) {
    const Order order = flights[key].command.order;
    const Instant sent = flights[key].sent;
    const bool orphaned = flights[key].orphaned;
    flights.erase(key);
    if (!is_done) {
        if (is_migration(order.act)) shaken[order.vm] = order.host;
        if (orphaned) return;  // whoever died with it, it may be that it was never sent
        Attempts& tried = attempts[describe(order)];
        tried = Attempts{tried.count + 1, at, answer.advice, answer.sentence};
        if (is_migration(order.act)) ++hosts[order.host].failed;
        return;
    }
    attempts.erase(describe(order));
    // The same once more is no progress: what was stopped and started would be for ever.
    if (order.act == Act::restart_host) news.clear();
    if (brings_closer(order) && news.insert(describe(order)).second) replans = 0;
    if (is_migration(order.act)) journeys.push_back({order, at - sent});
    if (!order.vm.empty()) {
        shaken.erase(order.vm);
        left_to_people.erase(order.vm);
    }
    take_effect(order, answer.memo);
    for (std::size_t i = 0; i < plan.orders.size(); ++i) {
        Order planned = plan.orders[i];
        planned.memo = order.memo;
        if (plan.done[i] || !(planned == order)) continue;
        plan.done[i] = true;
        break;
    }
}

RunState::Outcome RunState::take(const Opened& one) {
    opened = one;
    return {};
}

RunState::Outcome RunState::take(const Adopted& one) {
    auto scenario = read_scenario(one.scenario, "journal");
    if (!scenario) return tl::unexpected(scenario.error().items.front().sentence);
    auto file = read_plan_file(one.plan, "journal", scenario->pool, UnknownNames::refused);
    if (!file) return tl::unexpected(file.error().items.front().sentence);
    if (!start) {
        start = *scenario;
        action = file->job.action;
        home = file->job.home;
        for (const Id<Vm> vm : file->job.goal.ids()) {
            if (file->job.goal[vm].is_none()) continue;
            goal[scenario->pool.vms[vm].name] = scenario->pool.hosts[file->job.goal[vm]].name;
        }
        for (const Id<Host> host : file->job.hosts) {
            job_hosts.push_back(scenario->pool.hosts[host].name);
        }
    }
    if (plan.number > 0) ++replans;
    PlanInForce next;
    next.reason = one.reason;
    next.scenario = std::move(*scenario);
    next.plan = std::move(file->plan);
    next.at = at;
    next.number = plan.number + 1;
    for (const Step& step : next.plan.steps) {
        next.orders.push_back(order_of(next.scenario.pool, step));
        // A plan relies on the hosts that it enables: that is tried anew.
        if (next.orders.back().act == Act::enable_host)
            attempts.erase(describe(next.orders.back()));
    }
    next.done.assign(next.orders.size(), false);
    plan = std::move(next);
    must_plan = false;
    return {};
}

RunState::Outcome RunState::take(const Commanded& one) {
    if (one.key <= keys) return tl::unexpected<std::string>("a key is used twice");
    closed = false;
    keys = one.key;
    Flight flight;
    flight.command = one;
    flight.sent = flight.last_sign = at;
    flights[one.key] = std::move(flight);
    const Order& order = one.order;
    const auto& known = hosts_in_order;
    const bool is_new = std::find(known.begin(), known.end(), order.host) == known.end();
    if (order.act == Act::disable_host && is_new) hosts_in_order.push_back(order.host);
    if (order.act == Act::restart_host) hosts[order.host].down = at;
    const bool remembers = order.act == Act::squeeze_memory || order.act == Act::eject_cd ||
                           order.act == Act::disable_ha;
    const bool forgets = is_broken(Canary::forgets_how_ha_was) && order.act == Act::disable_ha;
    if (remembers && !forgets) first_memos.emplace(std::pair{order.act, order.vm}, order.memo);
    return {};
}

RunState::Outcome RunState::take(const Answered& one) {
    const auto found = flights.find(one.key);
    if (found == flights.end()) return tl::unexpected<std::string>("it answers no command");
    Flight& flight = found->second;
    flight.last_sign = at;
    flight.orphaned = false;
    // Only a look shows that a host is back.
    const bool restarts = flight.command.order.act == Act::restart_host;
    const bool is_done = one.kind == Answered::Kind::done;
    if (one.kind == Answered::Kind::unknown) {
        flight.unknown = true;
        flight.why = one.sentence;
        flight.advice = one.advice;
    }
    if (one.kind == Answered::Kind::begun || (is_done && restarts)) {
        flight.begun = true;
        flight.said = one.sentence;
    }
    if (one.kind == Answered::Kind::refused || (is_done && !restarts)) {
        end(one.key, is_done, one);
    }
    return {};
}

RunState::Outcome RunState::take(const Settled& one) {
    if (flights.find(one.key) == flights.end()) {
        return tl::unexpected<std::string>("it settles no command");
    }
    Answered answer;
    answer.sentence = one.sentence;
    answer.advice = flights[one.key].advice;
    end(one.key, one.done, answer);
    return {};
}

RunState::Outcome RunState::take(const Told& one) {
    if (one.what == Told::What::pause) paused = true;
    if (one.what == Told::What::resume) {
        paused = false;
        for (auto& [key, flight] : flights) flight.orphaned = true;
    }
    if (one.what == Told::What::abort) aborting = true;
    if (one.what == Told::What::proceed) allowed.insert(one.host);
    if (one.what == Told::What::proceed) skipped.erase(one.host);
    if (one.what == Told::What::skip) skipped.insert(one.host);
    return {};
}

RunState::Outcome RunState::take(const Noted& one) {
    findings.push_back(one.finding);
    const auto vm = behind(one.finding.subject, "VM ");
    const auto host = behind(one.finding.subject, "host ");
    if (one.finding.code == vm_set_aside && vm) {
        must_plan = set_aside.insert(*vm).second;
        left_to_people.insert(*vm);
    }
    if (one.finding.code == vm_not_squeezed && vm) must_plan = keeps_range.insert(*vm).second;
    if (one.finding.code == host_handed_over && host) handed_over.insert(*host);
    if (one.finding.code == host_left_out && host) {
        must_plan = left_out.insert(*host).second;
        if (has_noted(host_unreachable, one.finding.subject)) away.insert(*host);
    }
    return {};
}

RunState::Outcome RunState::take(const Cleared& one) {
    if (std::erase(findings, one.finding) == 0) {
        return tl::unexpected<std::string>("it clears what was not noted");
    }
    std::erase_if(owed, [&](const Order& order) { return is_about_debt(one.finding, order); });
    const auto host = behind(one.finding.subject, "host ");
    if (one.finding.code == host_handed_over && host) handed_over.erase(*host);
    if (one.finding.code != host_left_out || !host || left_out.erase(*host) == 0) return {};
    ++taken_up[*host];
    away.erase(*host);
    allowed.erase(*host);  // whoever asks for each host is asked anew
    must_plan = true;
    for (const Act act : {Act::disable_host, Act::restart_host, Act::enable_host}) {
        Order order;
        order.act = act;
        order.host = *host;
        attempts.erase(describe(order));
    }
    return {};
}

// Whoever resumes it has mended something: what was said of the stop is said anew where it holds.
void RunState::go_on() {
    rests = false;
    went_on = at;
    handed_over.clear();
    away.clear();
    if (start && action == HostAction::upgrade) {  // without its coordinator nothing is done
        skipped.erase(start->pool.hosts[start->pool.coordinator].name);
    }
    left_out = skipped;
    std::erase_if(findings, [this](const Finding& one) {
        const auto host = behind(one.subject, "host ");
        const bool is_skip = one.code == host_left_out && host && skipped.count(*host) > 0;
        return !is_skip && !outlasts_a_stop(one);
    });
}

RunState::Outcome RunState::take(const PutBack& one) {
    if (std::erase(owed, one.order) == 0) {
        return tl::unexpected<std::string>("it puts back what was not changed");
    }
    forget_memo(one.order.act, one.order.vm);
    if (one.order.act != Act::enable_host) return {};
    HostRun& host = hosts[one.order.host];
    if (host.back && !host.enabled) host.enabled = at;
    return {};
}

RunState::Outcome RunState::take(const Closed& one) {
    closed = true;
    rests = !one.done;
    done = one.done;
    last_words = one.sentence;
    // What was put back is no longer as the plan in force believes.
    must_plan = true;
    aborting = false;
    paused = false;
    replans = 0;
    attempts.clear();
    // Whoever resumes it has mended something: hosts and VMs get another chance, but for the hosts
    // that the operator wants left as they are.
    left_out = skipped;
    set_aside.clear();
    keeps_range.clear();
    // The last look showed the rest put back, by whoever did it. An evacuation leaves its hosts
    // disabled and what was on them parked: whoever works on them has to know.
    std::erase_if(owed, [this](const Order& order) {
        const bool stays = action == HostAction::evacuate && fills_again(order.act);
        return done && !stays && !is_left_undone(order);
    });
    return {};
}

tl::expected<void, std::string> RunState::fold(const Record& record) {
    if (record.number != records) return tl::unexpected<std::string>("a record is missing");
    if ((record.number == 0) != std::holds_alternative<Opened>(record.body)) {
        return tl::unexpected<std::string>("a run is opened once, by its first record");
    }
    ++records;
    at = record.at;
    if (rests) go_on();
    return std::visit([this](const auto& one) { return take(one); }, record.body);
}

}  // namespace vacate::live
