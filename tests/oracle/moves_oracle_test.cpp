// The fewest moves of tiny pools, and the smallest conflicts of hopeless ones, by brute force.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <deque>
#include <map>

#include "sim/search/bound.hpp"
#include "sim/search/conflict.hpp"
#include "sim/search/planner.hpp"
#include "sim/search/reach.hpp"
#include "tests/oracle/exhaustive.hpp"
#include "tests/oracle/naive_judge.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/vary.hpp"

namespace vacate::oracle {
namespace {

// The fewest migrations that upgrade every host: places by the naive judge alone, level by level
// of migrations; what costs none is done first. Nothing when there are too many places.
class Fewest {
  public:
    Fewest(const Pool& pool, const PoolState& state) : pool_(pool), start_(pool, state) {}

    std::optional<std::int64_t> count(std::size_t places_max) {
        NaiveJudge first = start_;
        for (const Step& step : {Step{BackUpDatabase{}}, Step{DisableHa{}}, Step{DisableWlb{}},
                                 Step{DisableAutoPowerOn{}}}) {
            if (first.against(step).empty()) first.perform(step);
        }
        for (const Id<Vm> vm : pool_.vms.ids()) {
            if (first.against(EjectCd{vm}).empty()) first.perform(EjectCd{vm});
        }
        std::vector<NaiveJudge> level{first};
        for (std::int64_t moves = 0; !level.empty(); ++moves) {
            std::vector<NaiveJudge> next;
            while (!level.empty()) {
                const NaiveJudge now = level.back();
                level.pop_back();
                if (!seen_.insert(now.key()).second) continue;
                if (seen_.size() > places_max) return std::nullopt;
                if (is_goal(now)) return moves;
                expand(now, level, next);
            }
            level = std::move(next);
        }
        return -1;
    }

  private:
    [[nodiscard]] bool is_goal(const NaiveJudge& now) const {
        for (std::size_t host = 0; host < pool_.hosts.size(); ++host) {
            if (!now.is_new(host)) return false;
        }
        for (std::size_t vm = 0; vm < pool_.vms.size(); ++vm) {
            const bool ran = start_.power_of(vm) == Power::running;
            if (ran && now.power_of(vm) != Power::running) return false;
        }
        return now.broken_groups().empty() || !start_.broken_groups().empty();
    }

    // What was closed, or waits already in the same list, is not kept twice.
    void attempt(const NaiveJudge& now, const std::vector<Step>& steps,
                 std::vector<NaiveJudge>& found) {
        NaiveJudge next = now;
        for (const Step& step : steps) {
            if (!next.against(step).empty()) return;
            next.perform(step);
        }
        const bool is_move = is_migration(steps.front());
        const std::string key = next.key();
        if (seen_.count(key) > 0) return;
        if (is_move && !waiting_.insert(key).second) return;
        found.push_back(std::move(next));
    }

    void expand(const NaiveJudge& now, std::vector<NaiveJudge>& free,
                std::vector<NaiveJudge>& moved) {
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (now.is_enabled(host.index)) {
                attempt(now, {DisableHost{host}, Upgrade{host}, EnableHost{host}}, free);
            } else {
                attempt(now, {EnableHost{host}}, free);
                attempt(now, {Upgrade{host}, EnableHost{host}}, free);
            }
        }
        for (const Id<Vm> vm : pool_.vms.ids()) {
            for (const Id<Host> to : pool_.hosts.ids()) {
                attempt(now, {Resume{vm, to}}, free);
                attempt(now, {Start{vm, to}}, free);
            }
            const int place = now.place_of(vm.index);
            if (place < 0) continue;
            const Id<Host> from{static_cast<std::uint32_t>(place)};
            attempt(now, {Suspend{vm, from}}, free);
            attempt(now, {Stop{vm, from}}, free);
            for (const Id<Host> to : pool_.hosts.ids()) {
                attempt(now, {Migrate{vm, from, to}}, moved);
                for (const Id<Storage> storage : pool_.storages.ids()) {
                    attempt(now, {MigrateStorage{vm, from, to, storage}}, moved);
                }
            }
        }
    }

    const Pool& pool_;
    NaiveJudge start_;
    std::set<std::string> seen_;
    std::set<std::string> waiting_;  // reached by a migration
};

TEST_CASE("planner: the fewest moves are those of brute force", "[oracle][planner][moves]") {
    std::int64_t judged = 0, equal = 0, above_bound = 0, unproved = 0;
    for (std::uint64_t seed = 30'001; seed <= 31'000; ++seed) {
        Random random(seed);
        const World world = random_world(random, {2, 4, 6, seed % 2 == 0});
        PlanOptions options;
        options.effort = 10'000;
        options.objective = Objective::moves;
        const auto planned = plan_upgrade(world.pool, world.state, options);
        if (!planned) continue;
        const LowerBounds bounds = lower_bounds(world.pool, world.state);
        const std::int64_t ours = planned->simulation.moves;
        INFO("seed " << seed << "\n" << picture(world));
        CHECK(bounds.moves.moves <= ours);
        CHECK(bounds.window.makespan <= planned->simulation.mixed_window);
        CHECK(bounds.pause.makespan <= planned->simulation.pause_total);
        CHECK(bounds.makespan.makespan <= planned->simulation.makespan);
        const auto away = astray(planned->simulation.final_state, placement_of(world.state));
        CHECK(bounds.spread.moves <= static_cast<std::int64_t>(away.size()));
        if (ours == bounds.moves.moves) {  // then no plan has fewer
            ++judged;
            ++equal;
            continue;
        }
        ++above_bound;
        const auto fewest = Fewest(world.pool, world.state).count(60'000);
        if (!fewest) {
            ++unproved;
            continue;
        }
        ++judged;
        CHECK(*fewest >= bounds.moves.moves);
        CHECK(ours == *fewest);
        if (ours == *fewest) ++equal;
    }
    std::printf("fewest moves: %lld pools judged, %lld equal, %lld above their bound, %lld open\n",
                static_cast<long long>(judged), static_cast<long long>(equal),
                static_cast<long long>(above_bound), static_cast<long long>(unproved));
    CHECK(judged > 300);
    CHECK(equal == judged);
    CHECK(unproved * 50 <= judged);
}

// The pool with only the conflict in it, and without one of its VMs where `but` is one.
World only(const World& world, const Conflict& conflict, Id<Vm> but) {
    World rest = world;
    const auto holds = [](const auto& list, auto id) {
        return std::find(list.begin(), list.end(), id) != list.end();
    };
    for (const Id<Vm> vm : rest.pool.vms.ids()) {
        const bool stays = holds(conflict.vms, vm) && vm != but;
        VmState& now = rest.state.vms[vm];
        if (stays || now.host.is_none()) continue;
        rest.state.hosts[now.host].committed -= rest.pool.vms[vm].memory;
        --rest.state.hosts[now.host].vms;
        now = VmState{};
        now.power = Power::halted;
    }
    for (const Id<Host> host : rest.pool.hosts.ids()) {
        HostState& now = rest.state.hosts[host];
        if (holds(conflict.hosts, host) || now.upgraded) continue;
        now.upgraded = true;
        ++rest.state.hosts_upgraded;
        rest.pool.hosts[host].version = rest.pool.hosts[host].target;
        rest.pool.hosts[host].memory_after = rest.pool.hosts[host].memory;
    }
    for (const Id<Group> group : rest.pool.groups.ids()) {
        if (holds(conflict.groups, group)) continue;
        for (const Id<Vm> vm : rest.pool.groups[group].members) {
            std::erase(rest.pool.groups_of[vm], group);
        }
        rest.pool.groups[group].members.clear();
    }
    return rest;
}

TEST_CASE("planner: conflicts are impossible, and possible without any one of their VMs",
          "[oracle][planner][conflict]") {
    int conflicts = 0, vms = 0;
    for (std::uint64_t seed = 40'001; seed <= 40'400; ++seed) {
        Random random(seed);
        const World world = random_world(random, {2, 4, 5, seed % 2 == 0});
        PlanOptions options;
        options.effort = 10'000;
        options.explain_no = false;
        const auto planned = plan_upgrade(world.pool, world.state, options);
        if (planned || !planned.error().proven) continue;
        const Conflict conflict = smallest_conflict(world.pool, world.state);
        if (!conflict.minimal) continue;
        ++conflicts;
        INFO("seed " << seed << "\n" << picture(world));
        const World all = only(world, conflict, Id<Vm>::none());
        const auto alone = exhaust(all.pool, all.state, Grain::whole, 100'000);
        CHECK(alone.answer == Answer::impossible);
        for (const Id<Vm> vm : conflict.vms) {
            const World without = only(world, conflict, vm);
            const auto easier = exhaust(without.pool, without.state, Grain::whole, 100'000);
            CHECK(easier.answer == Answer::possible);
            ++vms;
        }
    }
    std::printf("conflicts: %d, with %d VMs\n", conflicts, vms);
    CHECK(conflicts > 20);
    CHECK(vms > conflicts);
}

}  // namespace
}  // namespace vacate::oracle
