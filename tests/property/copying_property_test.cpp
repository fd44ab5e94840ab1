// Laws of copying memory, for random VMs, parameters, worlds and plans.
#include <rapidcheck.h>

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include "model/precopy.hpp"
#include "sim/kernel/simulate.hpp"
#include "sim/search/bound.hpp"
#include "sim/search/planner.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/vary.hpp"

namespace vacate {
namespace {

struct Drawn {
    Vm vm;
    Copying copying;
    std::uint64_t seed = 0;
};

// One VM of a varied world and how it is copied, with nothing that ends its live phase early.
Drawn drawn_copy() {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    for (std::uint64_t next = seed;; ++next) {
        Random random(next);
        World world = varied_world(random);
        if (world.pool.vms.size() == 0) continue;
        const Id<Vm> id{static_cast<std::uint32_t>(random.below(world.pool.vms.size()))};
        Drawn drawn{world.pool.vms[id], copying_of(world.pool, world.pool.vms[id], Id<Host>{0}),
                    next};
        drawn.copying.live_max = drawn.copying.post_copy_after = Duration{};
        drawn.copying.auto_converge = false;
        RC_LOG() << "seed " << next << "\n";
        return drawn;
    }
}

TEST_CASE("more time and faster writes never dirty less, nor more than all memory",
          "[precopy][law]") {
    rc::prop("dirtied_in is monotone", [] {
        Drawn one = drawn_copy();
        const Duration time{*rc::gen::inRange<std::int64_t>(0, 600'000'000)};
        const Duration more{*rc::gen::inRange<std::int64_t>(0, 60'000'000)};
        const Bytes sooner = dirtied_in(one.vm, one.copying, time);
        RC_ASSERT(sooner <= dirtied_in(one.vm, one.copying, time + more));
        RC_ASSERT(sooner <= one.vm.ram);
        RC_ASSERT(dirtied_in(one.vm, one.copying, time, 300) <= sooner);
        one.vm.dirty_rate.count += *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
        one.vm.cold_rate.count += *rc::gen::inRange<std::int64_t>(0, 1'000'000);
        for (DirtyClass& pages : one.vm.dirty_classes) pages.rate.count *= 2;
        RC_ASSERT(sooner <= dirtied_in(one.vm, one.copying, time));
    });
}

TEST_CASE("a faster stream is never slower, with Xen's rules", "[precopy][law]") {
    rc::prop("total time falls with the rate", [] {
        Drawn one = drawn_copy();
        if (one.copying.stop_rule == StopRule::qemu) one.copying.stop_rule = StopRule::xen;
        const auto slow = *rc::gen::inRange<std::int64_t>(1'000'000, 2'000'000'000);
        const auto more = *rc::gen::inRange<std::int64_t>(0, 500'000'000);
        const auto before = forecast_precopy(one.vm, Bandwidth{slow}, one.copying);
        const auto after = forecast_precopy(one.vm, Bandwidth{slow + more}, one.copying);
        RC_ASSERT(after.total <= before.total);
        RC_ASSERT(after.sent <= before.sent);
    });
}

// A plan for a random world in which everything may be copied in its own way.
struct Run {
    World world;
    Plan plan;
    Simulation simulation;
};

std::optional<Run> drawn_run(std::uint64_t seed, bool only_xen) {
    Random random(seed);
    World world = random_world(random);
    vary_copying(random, world);
    if (only_xen) {
        static constexpr std::array rules{StopRule::xen, StopRule::xenserver};
        Timing& timing = world.pool.timing;
        timing.stop_rule = rules[random.below(2)];
        timing.rounds_max = random.between(1, 6);
        timing.live_max = timing.post_copy_after = Duration{};
        timing.auto_converge = false;
        for (Host& host : world.pool.hosts) host.timing.clear();
        for (Vm& vm : world.pool.vms) {
            vm.timing.clear();
            vm.pause_limit = std::chrono::milliseconds(random.between(50, 3'000));
        }
    }
    PlanOptions few;
    few.effort = 1;
    auto planned = plan_upgrade(world.pool, world.state, few);
    if (!planned) return std::nullopt;
    return Run{std::move(world), std::move(planned->plan), std::move(planned->simulation)};
}

TEST_CASE("no run beats lower_bound(), however memory is copied", "[kernel][bound][law]") {
    int runs = 0;
    rc::prop("the bound is a bound", [&runs] {
        const auto run = drawn_run(*rc::gen::arbitrary<std::uint64_t>(), false);
        if (!run) return;
        ++runs;
        const Bound bound = lower_bound(run->world.pool, run->world.state);
        RC_LOG() << picture(run->world) << bound.reason << "\n";
        RC_ASSERT(bound.makespan <= run->simulation.makespan);
    });
    CHECK(runs > 20);
}

// R10 is judged by a forecast at the smallest share. In the run a stream gets that or more, at
// every moment, and Xen's rules then leave less in every round. One thing may be more: a faster
// stream may meet "fewer than 50 pages" in an earlier round, and stop with those.
TEST_CASE("R10: no guest stands still for longer than was foretold when it began",
          "[kernel][R10][law]") {
    int migrations = 0;
    rc::prop("the pause in the run is within the forecast and the limit", [&migrations] {
        const auto run = drawn_run(*rc::gen::arbitrary<std::uint64_t>(), true);
        if (!run) return;
        const Pool& pool = run->world.pool;
        for (const Id<Step> id : run->plan.steps.ids()) {
            if (!is_migration(run->plan.steps[id])) continue;
            const StepSubject subject = subject_of(run->plan.steps[id]);
            const Vm& vm = pool.vms[subject.vm];
            const Copying copying = copying_of(pool, vm, subject.from);
            const Bandwidth share = smallest_share(pool, copying, subject.from, subject.to);
            const Duration foretold = forecast_precopy(vm, share, copying).pause;
            const Duration few = transfer_time(Bytes{50 * 5000}, share) + Duration{10};
            const Duration pause = run->simulation.times[id].pause;
            RC_LOG() << picture(run->world) << vm.name << " pauses for " << pause.count()
                     << " us, foretold " << foretold.count() << "\n";
            RC_ASSERT(pause <= foretold + few);
            RC_ASSERT(pause <= *vm.pause_limit + few);
            ++migrations;
        }
    });
    CHECK(migrations > 20);
}

}  // namespace
}  // namespace vacate
