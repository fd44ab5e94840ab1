// Promises kept or not, and the rest of the plan at that pace.
#include "sim/live/forecast.hpp"

#include <algorithm>

#include "sim/kernel/simulate.hpp"

namespace vacate::live {
namespace {

Bandwidth slower(Bandwidth rate, std::int64_t pace) {
    return Bandwidth{std::max<std::int64_t>(rate.count / pace * 1000, 1)};
}

}  // namespace

Promised promise_of(const RunState& run) {
    Promised promised;
    promised.number = run.plan.number;
    const Scenario seen = seen_by(run, run.plan.scenario);
    Plan plan;
    plan.after = run.plan.plan.after;
    for (const Order& order : run.plan.orders) {
        const auto step = step_of(seen.pool, order);
        if (!step) return promised;
        plan.steps.push_back(*step);
    }
    const auto simulation = simulate(seen.pool, seen.state, plan, {.timeline = false});
    if (!simulation) return promised;
    promised.makespan = simulation->makespan;
    for (const Id<Step> id : plan.steps.ids()) {
        const StepTimes& times = simulation->times[id];
        const Order& order = run.plan.orders[id.index];
        if (is_migration(plan.steps[id])) {
            promised.moves[describe(order)] = times.end - times.start;
        } else if (order.vm.empty() && !order.host.empty()) {
            promised.begins.emplace(order.host, times.start.time_since_epoch());
            promised.ends[order.host] = times.end.time_since_epoch();
        }
    }
    return promised;
}

HostPlan plan_of(const Promised& promised, const std::string& host, Instant adopted) {
    HostPlan plan;
    const auto begin = promised.begins.find(host);
    const auto end = promised.ends.find(host);
    if (begin != promised.begins.end()) plan.begin = adopted + begin->second;
    if (end != promised.ends.end()) plan.end = adopted + end->second;
    return plan;
}

void Pace::add(Duration promised, Duration real) {
    if (promised <= Duration{}) return;
    const std::int64_t ratio =
        std::clamp<std::int64_t>(real.count() * 1000 / promised.count(), 10, 1'000'000);
    ratios_.insert(std::upper_bound(ratios_.begin(), ratios_.end(), ratio), ratio);
}

std::int64_t Pace::permille() const {
    if (ratios_.empty()) return 1000;
    const auto count = static_cast<std::int64_t>(ratios_.size());
    const std::int64_t median = ratios_[(ratios_.size() - 1) / 2];
    return (median * count + 1000 * prior_) / (count + prior_);
}

std::optional<Forecast> forecast(const RunState& run, const View& view, const Paces& paces,
                                 Instant now) {
    const std::int64_t pace = paces.moves.permille();
    const std::int64_t restarts = paces.restarts.permille();
    Pool pool = view.scenario.pool;
    for (Host& host : pool.hosts) {
        host.link = slower(host.link, pace);
        host.send_budget = slower(host.send_budget, pace);
        host.upgrade_time = host.upgrade_time * restarts / 1000;
    }
    for (const auto& [key, flight] : run.flights) {
        const Id<Host> host = id_of(pool.hosts, flight.command.order.host);
        if (flight.command.order.act != Act::restart_host || host.is_none()) continue;
        // Whoever was told to upgrade it has not begun.
        const bool is_up = view.scenario.state.hosts[host].phase != HostPhase::lost;
        const Duration gone = is_up && flight.begun ? Duration{} : now - flight.sent;
        const Duration left = pool.hosts[host].upgrade_time - gone;
        pool.hosts[host].upgrade_time = std::max(left, Duration{std::chrono::seconds(1)});
    }
    const Plan& rest = view.progress.rest;
    const auto simulation = simulate(pool, view.progress.now, rest, {.timeline = false});
    if (!simulation) return std::nullopt;
    Forecast result;
    result.ends_at = now;
    for (const Id<Step> id : rest.steps.ids()) {
        const Instant end = now + simulation->times[id].end.time_since_epoch();
        result.ends_at = std::max(result.ends_at, end);
        const StepSubject subject = subject_of(rest.steps[id]);
        if (!subject.vm.is_none() || subject.host.is_none()) continue;
        Instant& last = result.host_ends[pool.hosts[subject.host].name];
        last = std::max(last, end);
    }
    return result;
}

}  // namespace vacate::live
