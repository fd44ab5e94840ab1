// The wizard and the rolling pool update, step by step and stage by stage.
#include "sim/search/baseline.hpp"

#include <algorithm>

#include "model/audit.hpp"
#include "model/transition.hpp"

namespace vacate {
namespace {

// Steps of one stage wait for all of the stage before.
class Stages {
  public:
    explicit Stages(const Draft& draft) : draft_(draft) {}

    void close() {
        const auto count = static_cast<std::uint32_t>(draft_.steps().size());
        if (count == begins_) return;
        for (std::uint32_t i = begins_; i < count; ++i) after_.push_back(last_);
        last_.clear();
        for (std::uint32_t i = begins_; i < count; ++i) last_.push_back(Id<Step>{i});
        begins_ = count;
    }
    [[nodiscard]] std::vector<std::vector<Id<Step>>> after() && { return std::move(after_); }

  private:
    const Draft& draft_;
    std::vector<std::vector<Id<Step>>> after_;
    std::vector<Id<Step>> last_;
    std::uint32_t begins_ = 0;
};

class Peer {
  public:
    Peer(const Pool& pool, const PoolState& state, Baseline baseline)
        : pool_(pool),
          home_(state.vms),
          baseline_(baseline),
          draft_(pool, state),
          stages_(draft_),
          avoid_(pool.hosts.size(), 0) {}

    BaselinePlan plan() {
        draft_.prepare();
        stages_.close();
        for (const Id<Host> host : order()) {
            if (stuck_) break;
            one_host(host);
        }
        if (!stuck_ && baseline_ == Baseline::rpu) bring_back(Id<Host>::none());
        if (!stuck_) draft_.restore();
        stages_.close();
        BaselinePlan result;
        result.plan.steps = Table<Step>(draft_.steps());
        result.plan.after = Table<Step, std::vector<Id<Step>>>(std::move(stages_).after());
        result.stuck = stuck_;
        result.reason = reason_;
        result.left_away = std::move(left_away_);
        return result;
    }

  private:
    [[nodiscard]] std::vector<Id<Host>> order() const {
        std::vector<Id<Host>> hosts{pool_.coordinator};
        for (const Id<Host> host : pool_.hosts.ids()) {
            if (host != pool_.coordinator) hosts.push_back(host);
        }
        std::erase_if(hosts, [this](Id<Host> h) { return draft_.state().hosts[h].upgraded; });
        return hosts;
    }

    void one_host(Id<Host> host) {
        const EvacuationStyle greedy{Packing::worst_fit, false, false, false};
        const bool enabled = draft_.state().hosts[host].phase == HostPhase::enabled;
        if (enabled && !draft_.take(DisableHost{host})) return give_up({host, Id<Vm>::none()});
        stages_.close();
        stuck_ = draft_.evacuate(host, greedy, avoid_);
        if (!stuck_) stuck_ = draft_.park_rest(host);
        if (stuck_) return give_up(*stuck_);
        stages_.close();
        if (!draft_.take(Upgrade{host})) return give_up({host, Id<Vm>::none()});
        stages_.close();
        if (!draft_.take(EnableHost{host})) return give_up({host, Id<Vm>::none()});
        stages_.close();
        wake(host);
        stages_.close();
        if (!stuck_ && baseline_ == Baseline::wizard) bring_back(host);
    }

    // VMs that were suspended or stopped in place.
    void wake(Id<Host> host) {
        for (const Id<Vm> vm : pool_.vms.ids()) {
            if (draft_.state().vms[vm].parked != host) continue;
            const bool suspended = draft_.state().vms[vm].power == Power::suspended;
            if (home_[vm].power != Power::running) continue;
            const Step step = suspended ? Step{Resume{vm, host}} : Step{Start{vm, host}};
            if (draft_.take(step)) continue;
            stuck_ = Stuck{host, vm};  // a VM that stays down is no plan
            reason_ = forbids(pool_, draft_.state(), step).value_or(Violation{});
            return;
        }
    }

    // All VMs whose home is `host`, or every host for none. Xen Orchestra brings them back one
    // by one; XenCenter's wizard lets them move side by side.
    void bring_back(Id<Host> host) {
        for (const Id<Vm> vm : pool_.vms.ids()) {
            const Id<Host> home = home_[vm].host;
            const Id<Host> now = draft_.state().vms[vm].host;
            if (home.is_none() || now.is_none() || now == home) continue;
            if (!host.is_none() && home != host) continue;
            if (!draft_.take(Migrate{vm, now, home})) left_away_.push_back(vm);
            if (baseline_ == Baseline::rpu) stages_.close();
        }
        stages_.close();
    }

    void give_up(const Stuck& stuck) {
        stuck_ = stuck;
        if (stuck.vm.is_none()) return;
        // The greedy rule asks only the emptiest host; say what is wrong there.
        Id<Host> emptiest = Id<Host>::none();
        const PoolState& state = draft_.state();
        for (const Id<Host> host : pool_.hosts.ids()) {
            const bool open = host != stuck.host && state.hosts[host].phase == HostPhase::enabled;
            if (!open) continue;
            if (emptiest.is_none() ||
                free_in(pool_, state, host) > free_in(pool_, state, emptiest)) {
                emptiest = host;
            }
        }
        if (emptiest.is_none()) return;
        const auto violation = forbids(pool_, state, Migrate{stuck.vm, stuck.host, emptiest});
        if (violation) reason_ = *violation;
    }

    const Pool& pool_;
    Table<Vm, VmState> home_;
    Baseline baseline_;
    Draft draft_;
    Stages stages_;
    std::vector<char> avoid_;
    std::optional<Stuck> stuck_;
    Violation reason_;
    std::vector<Id<Vm>> left_away_;
};

}  // namespace

BaselinePlan plan_baseline(const Pool& pool, const PoolState& state, Baseline baseline) {
    return Peer(pool, state, baseline).plan();
}

}  // namespace vacate
