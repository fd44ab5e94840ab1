// Listing steps and drawing among them.
#include "tests/support/steps.hpp"

#include <algorithm>

#include "model/throttle.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

void add_vm_steps(const Pool& pool, const VmState& now, Id<Vm> vm, std::vector<Step>& steps) {
    const Id<Host> here = now.host.is_none() ? pool.coordinator : now.host;
    steps.push_back(Suspend{vm, here});
    steps.push_back(Stop{vm, here});
    for (const Id<Host> host : pool.hosts.ids()) {
        steps.push_back(Migrate{vm, here, host});
        steps.push_back(Resume{vm, host});
        steps.push_back(Start{vm, host});
        if (pool.vms[vm].mobility != Mobility::storage) continue;
        for (const Id<Storage> storage : pool.storages.ids()) {
            steps.push_back(MigrateStorage{vm, here, host, storage});
        }
    }
    steps.push_back(EjectCd{vm});
    steps.push_back(InsertCd{vm});
    if (pool.vms[vm].squeeze.count == 0) return;
    steps.push_back(SqueezeMemory{vm});
    steps.push_back(RestoreMemory{vm});
}

// Host steps and moves are what a walk lives on; switches go to and fro for ever.
bool is_dull(const Step& step) { return step.index() >= Step{BackUpDatabase{}}.index(); }

}  // namespace

std::vector<Step> every_step(const Pool& pool, const PoolState& state) {
    std::vector<Step> steps{BackUpDatabase{},   DisableHa{}, EnableHa{},
                            DisableWlb{},       EnableWlb{}, DisableAutoPowerOn{},
                            EnableAutoPowerOn{}};
    for (const Id<Host> host : pool.hosts.ids()) {
        steps.push_back(DisableHost{host});
        steps.push_back(Upgrade{host});
        steps.push_back(EnableHost{host});
    }
    for (const Id<Vm> vm : pool.vms.ids()) add_vm_steps(pool, state.vms[vm], vm, steps);
    return steps;
}

bool can_end(const Pool& pool, const PoolState& state, const Step& step) {
    PoolState probe = state;
    return apply(pool, probe, Ended{step}).has_value();
}

Step Walk::propose_step() {
    const std::vector<Step> steps = every_step(pool(), state());
    if (random_.chance(1, 3)) return steps[random_.below(steps.size())];
    std::vector<Step> allowed;
    for (const Step& step : steps) {
        if (is_dull(step) && !random_.chance(1, 6)) continue;
        if (std::find(under_way_.begin(), under_way_.end(), step) != under_way_.end()) continue;
        if (options_.throttles && throttled(pool(), state(), step)) continue;
        if (forbids(pool(), state(), step)) continue;
        const bool upgrade = std::holds_alternative<Upgrade>(step);
        if (upgrade && random_.chance(1, 2)) return step;
        allowed.push_back(step);
    }
    return allowed.empty() ? steps[random_.below(steps.size())]
                           : allowed[random_.below(allowed.size())];
}

Event Walk::propose_fact() {
    const Id<Host> host{static_cast<std::uint32_t>(random_.below(pool().hosts.size()))};
    if (random_.chance(1, 3)) return HostLost{host};
    if (random_.chance(1, 2) || pool().vms.empty()) {
        const bool upgraded = state().hosts[host].upgraded || random_.chance(1, 4);
        return HostFound{host, upgraded};
    }
    const Id<Vm> vm{static_cast<std::uint32_t>(random_.below(pool().vms.size()))};
    if (random_.chance(2, 3)) return VmSeen{vm, Power::running, host};
    return VmSeen{vm, random_.chance(1, 2) ? Power::halted : Power::suspended, Id<Host>::none()};
}

Event Walk::propose() {
    if (options_.facts && random_.chance(1, 12)) return propose_fact();
    const auto count = static_cast<std::uint64_t>(under_way_.size());
    const bool must_end = count > 0 && !options_.overlap;
    if (must_end || random_.chance(count, 6)) {
        const Step step = under_way_[random_.below(under_way_.size())];
        if (options_.failures && random_.chance(1, 8)) return Failed{step};
        return Ended{step};
    }
    return Began{propose_step()};
}

void Walk::forget_what_is_over() {
    std::erase_if(under_way_, [this](const Step& step) { return !can_end(pool(), state(), step); });
}

bool Walk::take(const Event& event) {
    if (const auto* began = std::get_if<Began>(&event)) {
        // A second DisableHa beside the first would be accepted; a dispatcher sends it once.
        const bool twice =
            std::find(under_way_.begin(), under_way_.end(), began->step) != under_way_.end();
        if (twice && is_dull(began->step)) return false;
        if (options_.throttles && throttled(pool(), state(), began->step)) return false;
        if (!apply(pool(), world_.state, event)) return false;
        under_way_.push_back(began->step);
        return true;
    }
    if (!apply(pool(), world_.state, event)) return false;
    const auto forget = [this](const Step& step) {
        under_way_.erase(std::find(under_way_.begin(), under_way_.end(), step));
    };
    if (const auto* ended = std::get_if<Ended>(&event)) forget(ended->step);
    if (const auto* failed = std::get_if<Failed>(&event)) forget(failed->step);
    if (event.index() > Event{Failed{}}.index()) forget_what_is_over();
    return true;
}

}  // namespace vacate
