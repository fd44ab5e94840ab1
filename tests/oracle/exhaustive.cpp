// Depth first through all situations, each of them once.
#include "tests/oracle/exhaustive.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "tests/oracle/naive_judge.hpp"

// Steps are taken one after the other: what overlaps holds memory at both ends for longer and
// asks more of every rule, so an order of whole steps exists wherever an overlapping one does.
//
// Grain::whole: a disabled host takes no VM and is no refuge, and counts against hosts_down_max.
// So whatever is possible with a host disabled early or enabled late is possible with it disabled
// just before its upgrade and enabled right after. Grain::single does not rest on this.

namespace vacate::oracle {
namespace {

struct Situation {
    NaiveJudge judge;
    std::vector<Step> path;
};

class Search {
  public:
    Search(const Pool& pool, const PoolState& state, Grain grain, std::int64_t situations_max)
        : pool_(pool), start_(pool, state), grain_(grain), situations_max_(situations_max) {}

    Exhausted run() {
        Situation first{start_, {}};
        prepare(first);
        add(std::move(first));
        while (!open_.empty()) {
            Situation now = std::move(open_.back());
            open_.pop_back();
            if (is_goal(now.judge)) return done(Answer::possible, std::move(now.path));
            expand(now);
            if (static_cast<std::int64_t>(seen_.size()) > situations_max_) {
                return done(Answer::capped, {});
            }
        }
        return done(Answer::impossible, {});
    }

  private:
    // What is only ever in the way: switches that are on, CDs in drives, no backup,
    // memory that may be given up.
    void prepare(Situation& now) {
        std::vector<Step> steps{BackUpDatabase{}, DisableHa{}, DisableWlb{}, DisableAutoPowerOn{}};
        for (const Id<Vm> vm : pool_.vms.ids()) steps.push_back(EjectCd{vm});
        for (const Id<Vm> vm : pool_.vms.ids()) steps.push_back(SqueezeMemory{vm});
        for (const Step& step : steps) {
            if (!now.judge.against(step).empty()) continue;
            now.judge.perform(step);
            now.path.push_back(step);
        }
    }

    [[nodiscard]] bool is_goal(const NaiveJudge& judge) const {
        for (std::size_t host = 0; host < pool_.hosts.size(); ++host) {
            if (!judge.is_new(host) || judge.is_lost(host)) return false;
            if (start_.is_enabled(host) && !judge.is_enabled(host)) return false;
        }
        for (std::size_t vm = 0; vm < pool_.vms.size(); ++vm) {
            const bool ran = start_.power_of(vm) == Power::running;
            if (ran && judge.power_of(vm) != Power::running) return false;
        }
        return judge.broken_groups().empty() || !start_.broken_groups().empty();
    }

    void add(Situation next) {
        if (!seen_.insert(next.judge.key()).second) return;
        open_.push_back(std::move(next));
    }

    void attempt(const Situation& now, const std::vector<Step>& steps) {
        Situation next = now;
        for (const Step& step : steps) {
            if (!next.judge.against(step).empty()) return;
            next.judge.perform(step);
            next.path.push_back(step);
        }
        add(std::move(next));
    }

    // Last in is looked at first: moves, then what brings a host forward.
    void expand(const Situation& now) {
        for (const Id<Vm> vm : pool_.vms.ids()) expand_vm(now, vm);
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (grain_ == Grain::single) {
                attempt(now, {DisableHost{host}});
                attempt(now, {Upgrade{host}});
                attempt(now, {EnableHost{host}});
                continue;
            }
            if (now.judge.is_enabled(host.index)) {
                attempt(now, {DisableHost{host}, Upgrade{host}, EnableHost{host}});
            } else {
                attempt(now, {EnableHost{host}});
                attempt(now, {Upgrade{host}, EnableHost{host}});
            }
        }
    }

    void expand_vm(const Situation& now, Id<Vm> vm) {
        for (const Id<Host> to : pool_.hosts.ids()) {
            attempt(now, {Resume{vm, to}});
            attempt(now, {Start{vm, to}});
        }
        const int place = now.judge.place_of(vm.index);
        if (place < 0) return;
        const Id<Host> from{static_cast<std::uint32_t>(place)};
        attempt(now, {Suspend{vm, from}});
        attempt(now, {Stop{vm, from}});
        for (const Id<Host> to : pool_.hosts.ids()) {
            attempt(now, {Migrate{vm, from, to}});
            for (const Id<Storage> storage : pool_.storages.ids()) {
                if (pool_.vms[vm].mobility != Mobility::storage) break;
                attempt(now, {MigrateStorage{vm, from, to, storage}});
            }
        }
    }

    [[nodiscard]] Exhausted done(Answer answer, std::vector<Step> steps) const {
        return {answer, std::move(steps), static_cast<std::int64_t>(seen_.size())};
    }

    const Pool& pool_;
    NaiveJudge start_;
    Grain grain_;
    std::int64_t situations_max_;
    std::set<std::string> seen_;
    std::vector<Situation> open_;
};

}  // namespace

Exhausted exhaust(const Pool& pool, const PoolState& state, Grain grain,
                  std::int64_t situations_max) {
    return Search(pool, state, grain, situations_max).run();
}

}  // namespace vacate::oracle
