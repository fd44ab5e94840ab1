// Positions of hosts, VMs and switches along the steps on them, then the rest step by step.
#include "model/progress.hpp"

#include <algorithm>

#include "model/transition.hpp"

namespace vacate {
namespace {

using StepId = Id<Step>;
using Steps = std::vector<StepId>;

template <class One>
bool is(const Step& step) {
    return std::holds_alternative<One>(step);
}

// Which of a chain's positions the pool is in; position j: the first j steps are done.
class Tracker {
  public:
    Tracker(const Pool& pool, const PoolState& state, const Plan& plan, const Steps& unknown,
            const KnownSteps& known)
        : pool_(pool),
          state_(state),
          plan_(plan),
          known_(known),
          done_(plan.steps.size(), 0),
          of_host_(pool.hosts.size()),
          of_vm_(pool.vms.size()),
          cd_of_vm_(pool.vms.size()),
          range_of_vm_(pool.vms.size()) {
        for (const StepId id : known.done) done_[id] = 1;
        for (const StepId id : plan.steps.ids()) {
            if (!std::binary_search(unknown.begin(), unknown.end(), id)) file(id);
        }
    }

    Table<Step, char> done() {
        // Each round adds steps that are done and never takes one back.
        for (bool changed = true; changed;) {
            changed = false;
            for (const Id<Host> host : pool_.hosts.ids()) changed |= track_host(host);
            for (const Id<Vm> vm : pool_.vms.ids()) {
                changed |= track_vm(vm);
                changed |= track_cd(vm);
                changed |= track_range(vm);
            }
            changed |= track_switch(ha_, state_.ha);
            changed |= track_switch(wlb_, state_.wlb);
            changed |= track_switch(power_on_, state_.auto_power_on);
            changed |= spread();
        }
        return std::move(done_);
    }

  private:
    void file(StepId id) {
        const Step& step = plan_.steps[id];
        const StepSubject subject = subject_of(step);
        if (is<EjectCd>(step) || is<InsertCd>(step)) return cd_of_vm_[subject.vm].push_back(id);
        if (is<SqueezeMemory>(step) || is<RestoreMemory>(step)) {
            return range_of_vm_[subject.vm].push_back(id);
        }
        if (!subject.vm.is_none()) return of_vm_[subject.vm].push_back(id);
        if (!subject.host.is_none()) return of_host_[subject.host].push_back(id);
        if (is<DisableHa>(step) || is<EnableHa>(step)) ha_.push_back(id);
        if (is<DisableWlb>(step) || is<EnableWlb>(step)) wlb_.push_back(id);
        if (is<DisableAutoPowerOn>(step) || is<EnableAutoPowerOn>(step)) power_on_.push_back(id);
    }

    // How many steps of a chain are known to be done.
    [[nodiscard]] std::size_t known(const Steps& chain) const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < chain.size(); ++i) {
            if (done_[chain[i]] != 0) count = i + 1;
        }
        return count;
    }

    template <class Fits>
    bool track(const Steps& chain, Fits fits) {
        std::size_t position = known(chain);
        for (std::size_t j = position; j <= chain.size(); ++j) {
            if (!fits(j)) continue;
            position = j;
            break;
        }
        bool changed = false;
        for (std::size_t i = 0; i < position; ++i) {
            changed = changed || done_[chain[i]] == 0;
            done_[chain[i]] = 1;
        }
        return changed;
    }

    bool track_host(Id<Host> host) {
        const Steps& chain = of_host_[host];
        const HostState& now = state_.hosts[host];
        return track(chain, [&](std::size_t position) {
            bool enabled = chain.empty() || is<DisableHost>(plan_.steps[chain.front()]);
            bool upgraded = false;
            bool upgrades = false;
            for (std::size_t i = 0; i < chain.size(); ++i) {
                const Step& step = plan_.steps[chain[i]];
                upgrades = upgrades || is<Upgrade>(step);
                if (i >= position) continue;
                enabled = is<EnableHost>(step);
                upgraded = upgraded || is<Upgrade>(step);
            }
            const bool same = (now.phase == HostPhase::enabled) == enabled;
            return same && (!upgrades || now.upgraded == upgraded);
        });
    }

    bool track_vm(Id<Vm> vm) {
        const Steps& chain = of_vm_[vm];
        const VmState& now = state_.vms[vm];
        return track(chain, [&](std::size_t position) {
            const bool at_start = position == 0;
            if (chain.empty()) return true;
            const Step& step = plan_.steps[at_start ? chain.front() : chain[position - 1]];
            const StepSubject subject = subject_of(step);
            const bool comes = is<Resume>(step) || is<Start>(step);
            const bool goes = is<Suspend>(step) || is<Stop>(step);
            if (at_start ? comes : goes) return now.host.is_none();
            if (is_migration(step)) return now.host == (at_start ? subject.from : subject.to);
            return now.host == subject.host;
        });
    }

    bool track_cd(Id<Vm> vm) {
        const Steps& chain = cd_of_vm_[vm];
        const bool in_drive = pool_.vms[vm].cd.has_value() && !state_.vms[vm].cd_ejected;
        return track(chain, [&](std::size_t position) {
            if (chain.empty()) return true;
            const Step& first = plan_.steps[chain.front()];
            if (position == 0) return in_drive == is<EjectCd>(first);
            return in_drive == is<InsertCd>(plan_.steps[chain[position - 1]]);
        });
    }

    bool track_range(Id<Vm> vm) {
        const Steps& chain = range_of_vm_[vm];
        // One that has nothing to give up has given it up: by whom, the pool does not show.
        const bool squeezed = state_.vms[vm].squeezed || pool_.vms[vm].squeeze.count == 0;
        return track(chain, [&](std::size_t position) {
            if (chain.empty()) return true;
            if (position == 0) return squeezed == is<RestoreMemory>(plan_.steps[chain.front()]);
            return squeezed == is<SqueezeMemory>(plan_.steps[chain[position - 1]]);
        });
    }

    bool track_switch(const Steps& chain, const PoolSwitch& now) {
        return track(chain, [&](std::size_t position) {
            const auto turns_on = [this](StepId id) {
                const Step& step = plan_.steps[id];
                return is<EnableHa>(step) || is<EnableWlb>(step) || is<EnableAutoPowerOn>(step);
            };
            if (chain.empty()) return true;
            if (position == 0) return now.on != turns_on(chain.front());
            return now.on == turns_on(chain[position - 1]);
        });
    }

    // What a done step comes after is done, but for what is known not to be.
    bool spread() {
        bool changed = false;
        for (std::size_t i = plan_.steps.size(); i-- > 0;) {
            const StepId id{static_cast<std::uint32_t>(i)};
            if (done_[id] == 0) continue;
            for (const StepId before : plan_.after[id]) {
                if (std::binary_search(known_.open.begin(), known_.open.end(), before)) continue;
                changed = changed || done_[before] == 0;
                done_[before] = 1;
            }
        }
        return changed;
    }

    const Pool& pool_;
    const PoolState& state_;
    const Plan& plan_;
    const KnownSteps& known_;
    Table<Step, char> done_;
    Table<Host, Steps> of_host_;
    Table<Vm, Steps> of_vm_;
    Table<Vm, Steps> cd_of_vm_;
    Table<Vm, Steps> range_of_vm_;
    Steps ha_, wlb_, power_on_;
};

// What a pool does not show of the steps that are done.
void remember(PoolState& state, const Step& step) {
    std::visit(Overloaded{
                   [&](const BackUpDatabase&) { state.backed_up = true; },
                   [&](const DisableHa&) { state.ha.turned_off = !state.ha.on; },
                   [&](const DisableWlb&) { state.wlb.turned_off = !state.wlb.on; },
                   [&](const DisableAutoPowerOn&) {
                       state.auto_power_on.turned_off = !state.auto_power_on.on;
                   },
                   [&](const EjectCd& one) { state.vms[one.vm].cd_ejected = true; },
                   [&](const InsertCd& one) { state.vms[one.vm].cd_ejected = false; },
                   [&](const Suspend& one) { state.vms[one.vm].parked = one.host; },
                   [&](const Stop& one) { state.vms[one.vm].parked = one.host; },
                   [&](const Resume& one) { state.vms[one.vm].parked = Id<Host>::none(); },
                   [&](const Start& one) { state.vms[one.vm].parked = Id<Host>::none(); },
                   [&](const MigrateStorage& one) { state.vms[one.vm].storage = one.storage; },
                   [](const auto&) {},
               },
               step);
}

// What is to be put back is no longer seen: the CD that was in a drive, a range as it was.
bool is_unknown_undo(const Pool& pool, const Step& step) {
    if (const auto* insert = std::get_if<InsertCd>(&step)) {
        return !pool.vms[insert->vm].cd.has_value();
    }
    const auto* restore = std::get_if<RestoreMemory>(&step);
    return restore != nullptr && pool.vms[restore->vm].squeeze.count == 0;
}

}  // namespace

PlanProgress progress_of(const Pool& pool, const PoolState& state, const Plan& plan,
                         const std::vector<Id<Step>>& unknown, const KnownSteps& known) {
    PlanProgress progress;
    const Table<Step, char> done = Tracker(pool, state, plan, unknown, known).done();
    progress.fates = Table<Step, StepFate>(plan.steps.size(), StepFate::blocked);
    progress.now = state;
    for (const StepId id : plan.steps.ids()) {
        if (done[id] == 0) continue;
        progress.fates[id] = StepFate::done;
        const bool exists = !std::binary_search(unknown.begin(), unknown.end(), id);
        if (exists) remember(progress.now, plan.steps[id]);
    }
    progress.end = progress.now;
    Table<Step, StepId> new_id(plan.steps.size(), StepId::none());
    for (const StepId id : plan.steps.ids()) {
        if (done[id] != 0 || std::binary_search(unknown.begin(), unknown.end(), id)) continue;
        const Steps& after = plan.after[id];
        const bool waits = std::any_of(after.begin(), after.end(), [&](StepId before) {
            return progress.fates[before] == StepFate::blocked;
        });
        if (waits) continue;
        if (is_unknown_undo(pool, plan.steps[id])) {
            progress.by_hand.push_back(id);
            progress.fates[id] = StepFate::possible;
            continue;
        }
        if (const auto went = perform(pool, progress.end, plan.steps[id]); !went) {
            progress.broken.push_back({id, went.error()});
            continue;
        }
        progress.fates[id] = StepFate::possible;
        new_id[id] = progress.rest.steps.push_back(plan.steps[id]);
        progress.rest_ids.push_back(id);
        Steps waits_for;
        for (const StepId before : after) {
            if (!new_id[before].is_none()) waits_for.push_back(new_id[before]);
        }
        progress.rest.after.push_back(std::move(waits_for));
    }
    return progress;
}

}  // namespace vacate
