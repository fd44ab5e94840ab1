// Asking only those who may begin gives what asking everybody gives.
#include "sim/kernel/ready_steps.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "model/random.hpp"
#include "model/throttle.hpp"
#include "model/transition.hpp"
#include "tests/support/evacuation.hpp"

namespace vacate {
namespace {

using StepId = Id<Step>;

// Hosts that are short of memory, windows of every kind, both directions or one.
Evacuation draw_evacuation(Random& random) {
    const auto hosts = static_cast<std::uint32_t>(random.between(2, 8));
    const std::vector<StarHost> star(hosts, StarHost{1.25e9, true});
    std::vector<Mover> movers;
    for (std::int64_t i = random.between(1, 60); i > 0; --i) {
        const auto from = static_cast<std::uint32_t>(random.below(hosts));
        const auto to = static_cast<std::uint32_t>((from + 1 + random.below(hosts - 1)) % hosts);
        const auto ram = static_cast<double>(random.between(1, 8)) * 1073741824.0;
        movers.push_back({from, to, ram, 0, 0});
    }
    Evacuation one = evacuation_of(star, movers, 5e8);
    Policy& policy = one.pool.policy;
    policy.one_way = random.chance(1, 2);
    policy.migrations_per_host_max = random.between(1, 5);
    policy.migrations_per_pair_max = random.between(1, 5);
    policy.migrations_per_pool_max = random.chance(1, 2) ? random.between(1, 6) : 1000;
    for (const Id<Host> host : one.pool.hosts.ids()) {
        const Bytes used = one.state.hosts[host].committed;
        one.pool.hosts[host].memory = used + gibibytes(random.between(0, 24));
    }
    return one;
}

std::optional<Violation> begin(const Evacuation& one, PoolState& state, StepId id) {
    const Step& step = one.plan.steps[id];
    if (auto violation = throttled(one.pool, state, step)) return violation;
    const auto begun = apply(one.pool, state, Began{step});
    if (!begun) return begun.error();
    return std::nullopt;
}

}  // namespace

TEST_CASE("the steps that begin are those that asking everybody begins", "[ready_steps]") {
    Random random(11);
    for (int round = 0; round < 300; ++round) {
        const Evacuation one = draw_evacuation(random);
        PoolState state = one.state;
        PoolState plain_state = one.state;
        ReadySteps ready(one.pool.hosts.size(), one.plan.steps);
        std::vector<StepId> plain;  // ready, in plan order
        for (const StepId id : one.plan.steps.ids()) {
            ready.add(id);
            plain.push_back(id);
        }
        std::vector<StepId> under_way;
        do {
            std::vector<StepId> begun;
            ready.dispatch([&](StepId id) {
                auto refusal = begin(one, state, id);
                if (!refusal) begun.push_back(id);
                return refusal;
            });
            std::vector<StepId> plainly;
            for (const StepId id : plain) {
                if (!begin(one, plain_state, id)) plainly.push_back(id);
            }
            REQUIRE(begun == plainly);
            for (const StepId id : begun) {
                plain.erase(std::find(plain.begin(), plain.end(), id));
                under_way.push_back(id);
            }
            REQUIRE(ready.empty() == plain.empty());
            if (!plain.empty()) REQUIRE(ready.first() == plain.front());
            for (auto ends = std::min(under_way.size(), 1 + random.below(3)); ends > 0; --ends) {
                const std::size_t at = random.below(under_way.size());
                const Step& step = one.plan.steps[under_way[at]];
                REQUIRE(apply(one.pool, state, Ended{step}));
                REQUIRE(apply(one.pool, plain_state, Ended{step}));
                ready.note_end(step);
                under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(at));
            }
        } while (!under_way.empty());
    }
}

}  // namespace vacate
