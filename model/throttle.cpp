// The two throttles.
#include "model/throttle.hpp"

namespace vacate {
namespace {

std::int64_t migrations_between(const PoolState& state, Id<Host> a, Id<Host> b) {
    std::int64_t count = 0;
    for (const VmState& vm : state.vms) {
        if (vm.to.is_none()) continue;
        if ((vm.host == a && vm.to == b) || (vm.host == b && vm.to == a)) ++count;
    }
    return count;
}

Violation window(Cause cause, Id<Host> host, std::int64_t running, std::int64_t allowed) {
    Violation violation{Rule::r13_window, cause};
    violation.host = host;
    violation.needed = running + 1;
    violation.available = allowed;
    return violation;
}

std::optional<Violation> one_way(const Pool& pool, const PoolState& state, Id<Host> from,
                                 Id<Host> to) {
    if (!is_armed(Rule::r12_one_way) || !pool.policy.one_way) return std::nullopt;
    Violation violation{Rule::r12_one_way, Cause::opposite_direction};
    if (state.hosts[from].receiving > 0) {
        violation.host = from;
        return violation;
    }
    if (state.hosts[to].sending > 0) {
        violation.host = to;
        return violation;
    }
    return std::nullopt;
}

std::optional<Violation> windows(const Pool& pool, const PoolState& state, const Step& step,
                                 Id<Host> from, Id<Host> to) {
    if (!is_armed(Rule::r13_window)) return std::nullopt;
    const Policy& policy = pool.policy;
    for (const Id<Host> host : {from, to}) {
        const std::int64_t running = state.hosts[host].sending + state.hosts[host].receiving;
        if (running >= policy.migrations_per_host_max) {
            return window(Cause::host_window, host, running, policy.migrations_per_host_max);
        }
    }
    if (state.migrations >= policy.migrations_per_pool_max) {
        return window(Cause::pool_window, from, state.migrations, policy.migrations_per_pool_max);
    }
    if (policy.migrations_per_pair_max < policy.migrations_per_host_max) {
        const std::int64_t running = migrations_between(state, from, to);
        if (running >= policy.migrations_per_pair_max) {
            return window(Cause::pair_window, from, running, policy.migrations_per_pair_max);
        }
    }
    const std::int64_t motions = state.hosts[from].storage_motions;
    if (std::holds_alternative<MigrateStorage>(step) &&
        motions >= policy.storage_motions_per_source_max) {
        return window(Cause::storage_window, from, motions, policy.storage_motions_per_source_max);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Violation> throttled(const Pool& pool, const PoolState& state, const Step& step) {
    if (!is_migration(step)) return std::nullopt;
    const StepSubject subject = subject_of(step);
    if (const auto violation = one_way(pool, state, subject.from, subject.to)) return violation;
    return windows(pool, state, step, subject.from, subject.to);
}

}  // namespace vacate
