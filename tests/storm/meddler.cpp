// What operators do, by hand and past the executor.
#include "tests/storm/meddler.hpp"

#include <algorithm>
#include <numeric>

namespace vacate::storm {
namespace {

using live::nowhere;

}  // namespace

Meddler::Meddler(const Weather& weather, live::SimulatedPool& pool, Random random)
    : weather_(&weather), pool_(&pool), random_(random) {
    plan_next();
}

void Meddler::plan_next() {
    next_at_.reset();
    const std::int64_t mean = weather_->meddles_every.count();
    if (mean == 0) return;
    const Instant at = pool_->now() + Duration{random_.between(1'000'000, 2 * mean)};
    if (at < weather_->calm_at) next_at_ = at;
}

std::size_t Meddler::any_host() {
    return static_cast<std::size_t>(random_.below(pool_->hosts().size()));
}

std::size_t Meddler::any_vm() {
    if (pool_->vms().empty()) return nowhere;
    return static_cast<std::size_t>(random_.below(pool_->vms().size()));
}

void Meddler::order(Act act, std::size_t vm, std::size_t host, std::size_t to) {
    if (!pool_->answers()) return;
    Commanded command;
    command.order.act = act;
    if (vm != nowhere) command.order.vm = pool_->vms()[vm].name;
    if (host != nowhere) command.order.host = pool_->hosts()[host].name;
    if (to != nowhere) command.order.to = pool_->hosts()[to].name;
    command.order.memo = act == Act::restore_memory ? pool_->vms()[vm].range_before
                                                    : std::string("disc of an operator");
    (void)pool_->give(command, "");
}

// People look before they fill a host, also where the pool would let them overfill it.
void Meddler::touch_vm(Meddling what) {
    const std::size_t vm = any_vm();
    if (vm == nowhere || pool_->vms()[vm].deleted) return;
    const std::size_t target = any_host();
    const live::VmTruth& truth = pool_->vms()[vm];
    const bool fits = pool_->used(target) + truth.memory <= pool_->hosts()[target].memory;
    switch (what) {
        case Meddling::move_vm: {
            const bool newer = truth.host != nowhere &&
                               pool_->hosts()[truth.host].version <= pool_->hosts()[target].version;
            if (fits && newer) order(Act::migrate, vm, truth.host, target);
            return;
        }
        case Meddling::stop_vm:
            return order(Act::stop, vm, truth.host, nowhere);
        case Meddling::suspend_vm:
            return order(Act::suspend, vm, truth.host, nowhere);
        case Meddling::start_vm:
            if (fits && truth.power == Power::halted) order(Act::start, vm, target, nowhere);
            if (fits && truth.power == Power::suspended) order(Act::resume, vm, target, nowhere);
            return;
        case Meddling::insert_cd:
            return order(Act::insert_cd, vm, nowhere, nowhere);
        case Meddling::give_memory_back:
            return give_memory_back(vm);
        default:
            return pool_->delete_vm(vm);
    }
}

void Meddler::give_memory_back(std::size_t vm) {
    const live::VmTruth& truth = pool_->vms()[vm];
    if (truth.range_before.empty() || truth.host == nowhere) return;
    const Bytes more = live::least_of(truth.range_before) - live::least_of(truth.range);
    const bool fits = pool_->used(truth.host) + more <= pool_->hosts()[truth.host].memory;
    if (fits) order(Act::restore_memory, vm, truth.host, nowhere);
}

void Meddler::add_vm(bool fills) {
    const std::size_t host = any_host();
    const Bytes free = pool_->hosts()[host].memory - pool_->used(host);
    const Bytes memory = fills ? free : gibibytes(random_.between(1, 4));
    if (memory.count <= 0) return;
    const std::string name =
        "vm" + std::to_string(random_.below(8)) + "n" + std::to_string(created_);
    if (pool_->create_vm(name, host, memory)) ++created_;
}

void Meddler::touch_host(Meddling what) {
    const std::size_t host = any_host();
    const Duration away{random_.between(20'000'000, 2'400'000'000)};
    switch (what) {
        case Meddling::enable_host:
            return order(Act::enable_host, nowhere, host, nowhere);
        case Meddling::disable_host:
            return order(Act::disable_host, nowhere, host, nowhere);
        case Meddling::crash_member:
            if (host != pool_->coordinator()) pool_->crash(host, away);
            return;
        case Meddling::crash_coordinator:
            return pool_->crash(pool_->coordinator(), away);
        case Meddling::restart_toolstack:
            return pool_->restart_toolstack(Duration{random_.between(15'000'000, 180'000'000)});
        default:
            return order(Act::enable_ha, nowhere, nowhere, nowhere);
    }
}

std::optional<Meddling> Meddler::act() {
    plan_next();
    const auto told = static_cast<std::uint64_t>(weather_->told_permille);
    if (random_.chance(told, 1000)) return std::nullopt;
    const auto& weights = weather_->meddles;
    const std::int64_t all = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    if (all == 0) return std::nullopt;
    std::int64_t left = random_.between(0, all - 1);
    std::size_t at = 0;
    while (left >= weights[at]) left -= weights[at++];
    const auto what = static_cast<Meddling>(at);
    switch (what) {
        case Meddling::create_vm:
        case Meddling::fill_host:
            add_vm(what == Meddling::fill_host);
            break;
        case Meddling::enable_host:
        case Meddling::disable_host:
        case Meddling::enable_ha:
        case Meddling::crash_member:
        case Meddling::crash_coordinator:
        case Meddling::restart_toolstack:
            touch_host(what);
            break;
        default:
            touch_vm(what);
    }
    return what;
}

}  // namespace vacate::storm
