// Timelines folded up to an instant.
#include "sim/whatif/stages.hpp"

#include <algorithm>

#include "model/audit.hpp"
#include "model/check.hpp"
#include "model/limits.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

const Upgrade* upgrade_in(const Event& event, bool& begins) {
    if (const auto* began = std::get_if<Began>(&event)) {
        begins = true;
        return std::get_if<Upgrade>(&began->step);
    }
    begins = false;
    const auto* ended = std::get_if<Ended>(&event);
    return ended == nullptr ? nullptr : std::get_if<Upgrade>(&ended->step);
}

void fold(const Pool& pool, PoolState& state, const Event& event) {
    const auto applied = apply(pool, state, event);
    VACATE_CHECK(applied.has_value(), "an event of a run that was made is refused");
}

bool touches(const Step& step, Id<Host> host, const PoolState& state) {
    const StepSubject subject = subject_of(step);
    const bool on_it = !subject.vm.is_none() && state.vms[subject.vm].host == host;
    return subject.host == host || subject.from == host || subject.to == host || on_it;
}

}  // namespace

std::vector<Stage> stages_of(const Scenario& scenario, const Simulation& run) {
    PoolState state = scenario.state;
    std::vector<Stage> stages{{Instant{}, "before the first step", state}};
    std::string what;
    const Timeline& events = run.timeline;
    for (std::size_t i = 0; i < events.size(); ++i) {
        fold(scenario.pool, state, events[i].event);
        bool begins = false;
        if (const Upgrade* upgrade = upgrade_in(events[i].event, begins)) {
            what += (what.empty() ? "" : ", ") + scenario.pool.hosts[upgrade->host].name +
                    (begins ? " goes down" : " is back");
        }
        const bool is_last = i + 1 == events.size() || events[i + 1].at != events[i].at;
        if (!is_last || what.empty()) continue;
        stages.push_back({events[i].at, std::move(what), state});
        what.clear();
    }
    if (!events.empty() && stages.back().at != events.back().at) {
        stages.push_back({events.back().at, "at the end", std::move(state)});
    }
    return stages;
}

Interrupted interrupt(const Scenario& scenario, const Simulation& run, Id<Host> host, Instant at) {
    Interrupted result{at, scenario, {}};
    const Pool& pool = scenario.pool;
    PoolState& state = result.scenario.state;
    std::vector<Step> failing;
    std::size_t next = 0;
    std::vector<Step> under_way;
    for (; next < run.timeline.size() && run.timeline[next].at <= at; ++next) {
        const Event& event = run.timeline[next].event;
        fold(pool, state, event);
        if (const auto* began = std::get_if<Began>(&event)) under_way.push_back(began->step);
        if (const auto* ended = std::get_if<Ended>(&event)) std::erase(under_way, ended->step);
    }
    for (const Step& step : under_way) {
        if (touches(step, host, state)) failing.push_back(step);
    }
    for (; next < run.timeline.size(); ++next) {
        const auto* ended = std::get_if<Ended>(&run.timeline[next].event);
        if (ended == nullptr ||
            std::find(failing.begin(), failing.end(), ended->step) != failing.end()) {
            continue;
        }
        if (std::find(under_way.begin(), under_way.end(), ended->step) == under_way.end()) continue;
        fold(pool, state, *ended);
        result.settled = run.timeline[next].at;
    }
    for (const Step& step : failing) fold(pool, state, Failed{step});
    result.down = lose(result.scenario, host);
    return result;
}

std::int64_t spare_hosts_of(const Pool& pool, const PoolState& state) {
    Pool asked = pool;
    for (const Id<Vm> vm : pool.vms.ids()) asked.vms[vm].protect = !is_tied(pool, state, vm);
    const auto hosts = static_cast<std::int64_t>(pool.hosts.size());
    std::int64_t subsets = 1;
    for (std::int64_t losses = 1; losses <= std::min<std::int64_t>(hosts, limits::spare_hosts);
         ++losses) {
        subsets = subsets * (hosts - losses + 1) / losses;
        asked.policy.spare_hosts = losses;
        if (subsets > limits::spare_host_subsets || loss_without_refuge(asked, state)) {
            return losses - 1;
        }
    }
    return std::min<std::int64_t>(hosts, limits::spare_hosts);
}

}  // namespace vacate
