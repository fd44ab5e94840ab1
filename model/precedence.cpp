// From a list to a partial order: host by host, VM by VM.
#include "model/precedence.hpp"

#include <algorithm>

namespace vacate {
namespace {

using StepId = Id<Step>;
using Steps = std::vector<StepId>;

// What a host has seen since it last became empty by an upgrade.
struct HostHistory {
    Bytes load;  // VMs that were there, and all arrivals at their admission
    Steps arrivals;
    Steps departures;          // in the order in which arrivals wait for them
    std::vector<Bytes> freed;  // by each departure
    std::size_t awaited = 0;   // departures that arrivals already wait for
    Bytes freed_by_awaited;
    StepId last_phase = StepId::none();  // the last disable, upgrade or enable
    StepId serial = StepId::none();      // arrivals come one by one behind this one
};

class Builder {
  public:
    Builder(const Pool& pool, const PoolState& state, const Table<Step>& steps,
            const Table<Step, std::int64_t>* finish)
        : pool_(pool),
          finish_(finish),
          steps_(steps),
          after_(steps.size()),
          has_successor_(steps.size(), false),
          implied_by_(steps.size(), StepId::none()),
          hosts_(pool.hosts.size()),
          last_of_vm_(pool.vms.size(), StepId::none()),
          host_of_vm_(pool.vms.size(), Id<Host>::none()),
          steps_of_vm_(pool.vms.size()),
          upgraded_(state.hosts.size(), false),
          places_(pool.policy.hosts_down_max - state.hosts_out) {
        for (const Id<Host> host : pool.hosts.ids()) {
            hosts_[host].load = state.hosts[host].committed;
            upgraded_[host] = state.hosts[host].upgraded;
        }
        for (const Id<Vm> vm : pool.vms.ids()) host_of_vm_[vm] = state.vms[vm].host;
    }

    Table<Step, Steps> build(Patience patience) {
        for (const StepId id : steps_.ids()) {
            current_ = id;
            if (promises_refuge(pool_) && id.index > 0) wait_for(StepId{id.index - 1});
            std::visit([this](const auto& step) { order(step); }, steps_[id]);
            if (after_[id].empty() && id != first_disable_) wait_for(first_disable_);
            stay_behind_blackout();
            tidy(after_[id]);
            for (const StepId before : after_[id]) has_successor_[before] = true;
        }
        disable_no_sooner_than_needed(patience);
        for (const StepId id : steps_.ids()) drop_implied(id);
        return std::move(after_);
    }

  private:
    // What a predecessor waits for itself need not be said again; one level deep suffices.
    void drop_implied(StepId id) {
        Steps& waits = after_[id];
        if (waits.size() < 2) return;
        for (const StepId other : waits) {
            for (const StepId implied : after_[other]) implied_by_[implied] = id;
        }
        std::erase_if(waits, [&](StepId one) { return implied_by_[one] == id; });
    }

    // A disable waits for whatever its first departure waits for, or all of them do.
    void disable_no_sooner_than_needed(Patience patience) {
        Table<Host, StepId> open(pool_.hosts.size(), StepId::none());
        for (const StepId id : steps_.ids()) {
            const StepSubject subject = subject_of(steps_[id]);
            if (std::holds_alternative<DisableHost>(steps_[id])) open[subject.host] = id;
            if (std::holds_alternative<Upgrade>(steps_[id])) open[subject.host] = StepId::none();
            const Id<Host> left = subject.from.is_none() ? subject.host : subject.from;
            if (subject.vm.is_none() || left.is_none() || open[left].is_none()) continue;
            Steps& waits = after_[open[left]];
            for (const StepId before : after_[id]) {
                if (before < open[left]) waits.push_back(before);
            }
            tidy(waits);
            if (patience == Patience::first_vm) open[left] = StepId::none();
        }
    }
    static void tidy(Steps& steps) {
        std::sort(steps.begin(), steps.end());
        steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    }

    void wait_for(StepId before) {
        if (!before.is_none()) after_[current_].push_back(before);
    }
    void wait_for(const Steps& all) {
        for (const StepId before : all) wait_for(before);
    }
    // Every earlier step, through those that nothing waits for yet.
    void wait_for_everything() {
        for (std::uint32_t i = 0; i < current_.index; ++i) {
            if (!has_successor_[StepId{i}]) wait_for(StepId{i});
        }
    }
    void stay_behind_blackout() {
        if (blackout_.is_none() || blackout_ == current_) return;
        for (const StepId before : after_[current_]) {
            if (before >= blackout_) return;
        }
        wait_for(blackout_);
    }

    [[nodiscard]] Bytes capacity_of(Id<Host> host) const {
        return upgraded_[host] ? pool_.hosts[host].memory_after : pool_.hosts[host].memory;
    }

    void touch_vm(Id<Vm> vm) {
        wait_for(last_of_vm_[vm]);
        last_of_vm_[vm] = current_;
        steps_of_vm_[vm].push_back(current_);
    }

    void arrive(Id<Vm> vm, Id<Host> id) {
        HostHistory& host = hosts_[id];
        host_of_vm_[vm] = id;
        wait_for(host.last_phase);
        wait_for(host.serial);
        host.load += pool_.vms[vm].admission;
        const Bytes capacity = capacity_of(id);
        while (host.load - host.freed_by_awaited > capacity &&
               host.awaited < host.departures.size()) {
            host.freed_by_awaited += host.freed[host.awaited++];
        }
        for (std::size_t i = 0; i < host.awaited; ++i) wait_for(host.departures[i]);
        if (host.load - host.freed_by_awaited > capacity) {
            // Only where VMs are admitted with more than they keep: then one after the other.
            wait_for(host.arrivals);
            wait_for(host.departures);
            host.serial = current_;
        }
        host.arrivals.push_back(current_);
    }

    void depart(Id<Vm> vm, Id<Host> id) {
        HostHistory& host = hosts_[id];
        host_of_vm_[vm] = Id<Host>::none();
        const bool disabled_here = !host.last_phase.is_none() &&
                                   std::holds_alternative<DisableHost>(steps_[host.last_phase]);
        if (disabled_here) wait_for(host.last_phase);
        give_back(host, pool_.vms[vm].memory);
    }

    // From the end of the current step on the host has that much more.
    void give_back(HostHistory& host, Bytes amount) {
        const auto at = finish_ == nullptr
                            ? host.departures.end()
                            : std::upper_bound(host.departures.begin(), host.departures.end(),
                                               current_, [this](StepId a, StepId b) {
                                                   return (*finish_)[a] < (*finish_)[b];
                                               });
        const auto place = at - host.departures.begin();
        host.departures.insert(at, current_);
        host.freed.insert(host.freed.begin() + place, amount);
        if (static_cast<std::size_t>(place) >= host.awaited) return;
        host.freed_by_awaited += amount;  // those to come wait for it too
        ++host.awaited;
    }

    // R7: apart, others of the group have left; together, their earlier hops are over.
    void keep_groups(Id<Vm> vm, Id<Host> to) {
        for (const Id<Group> id : pool_.groups_of[vm]) {
            const Group& group = pool_.groups[id];
            for (const Id<Vm> member : group.members) {
                if (member == vm) continue;
                for (const StepId before : steps_of_vm_[member]) {
                    const StepSubject other = subject_of(steps_[before]);
                    const StepSubject mine = subject_of(steps_[current_]);
                    const bool leaves = other.from == to || other.host == to;
                    const bool other_hop =
                        other.from != mine.from || other.to != mine.to || other.host != mine.host;
                    if (group.kind == Group::Kind::apart ? leaves : other_hop) wait_for(before);
                }
            }
        }
    }

    void move(Id<Vm> vm, Id<Host> from, Id<Host> to) {
        keep_groups(vm, to);
        touch_vm(vm);
        depart(vm, from);
        arrive(vm, to);
    }

    // Suspended or stopped last, so that the VM is away as short as possible.
    void go_away(Id<Vm> vm, Id<Host> host) {
        touch_vm(vm);
        if (host == pool_.coordinator && !upgraded_[host]) wait_for_everything();
        for (const StepId before : hosts_[host].departures) {
            if (is_migration(steps_[before])) wait_for(before);
        }
        depart(vm, host);
    }

    // R2: while versions are mixed a VM starts only where no host is newer: before one is, and
    // after one is no longer.
    void wait_for_starts_on_older(const Version& version) {
        for (const StepId before : starts_) {
            if (is_older(subject_of(steps_[before]).host, version)) wait_for(before);
        }
    }
    void wait_for_upgrades_of_newer(Id<Host> host) {
        for (const StepId before : upgrades_) {
            if (is_older(host, pool_.hosts[subject_of(steps_[before]).host].version)) {
                wait_for(before);
            }
        }
    }
    [[nodiscard]] bool is_older(Id<Host> host, const Version& version) const {
        const Host& one = pool_.hosts[host];
        return !not_older(pool_.version_rule, upgraded_[host] ? one.target : one.version, version);
    }

    void come_back(Id<Vm> vm, Id<Host> host) {
        wait_for_upgrades_of_newer(host);
        starts_.push_back(current_);
        keep_groups(vm, host);
        touch_vm(vm);
        arrive(vm, host);
    }

    void order(const DisableHost& step) {
        HostHistory& host = hosts_[step.host];
        wait_for(preparations_);
        wait_for(host.last_phase);
        wait_for(host.arrivals);
        // Members go down only while the coordinator is enabled (R3).
        if (step.host == pool_.coordinator && upgraded_[step.host]) wait_for_everything();
        if (first_disable_.is_none()) first_disable_ = current_;
        ++disables_;
        const std::int64_t place = disables_ - places_;  // the enable that frees it, from 1
        if (place >= 1) wait_for(enables_[static_cast<std::size_t>(place - 1)]);
        // More are out from the start than may be: so many are enabled before any disable.
        for (std::int64_t i = 0; i < std::min(-places_, place); ++i) {
            wait_for(enables_[static_cast<std::size_t>(i)]);
        }
        host.last_phase = current_;
    }
    void order(const Upgrade& step) {
        HostHistory& host = hosts_[step.host];
        if (step.host == pool_.coordinator) {
            wait_for_everything();
            blackout_ = current_;
        }
        wait_for(preparations_);
        wait_for(host.last_phase);
        wait_for(host.arrivals);
        wait_for(host.departures);
        wait_for(hosts_[pool_.coordinator].last_phase);
        wait_for_starts_on_older(pool_.hosts[step.host].target);
        upgrades_.push_back(current_);
        host = HostHistory{};
        host.last_phase = current_;
        upgraded_[step.host] = true;
    }
    void order(const EnableHost& step) {
        wait_for(hosts_[step.host].last_phase);
        hosts_[step.host].last_phase = current_;
        enables_.push_back(current_);
    }
    void order(const Migrate& step) { move(step.vm, step.from, step.to); }
    void order(const MigrateStorage& step) { move(step.vm, step.from, step.to); }
    void order(const Suspend& step) { go_away(step.vm, step.host); }
    void order(const Stop& step) { go_away(step.vm, step.host); }
    void order(const Resume& step) { come_back(step.vm, step.host); }
    void order(const Start& step) { come_back(step.vm, step.host); }
    void order(const BackUpDatabase&) { preparations_.push_back(current_); }
    void order(const DisableHa&) { preparations_.push_back(current_); }
    void order(const DisableWlb&) { preparations_.push_back(current_); }
    void order(const DisableAutoPowerOn&) { preparations_.push_back(current_); }
    void order(const EnableHa&) { wait_for_everything(); }
    void order(const EnableWlb&) { wait_for_everything(); }
    void order(const EnableAutoPowerOn&) { wait_for_everything(); }
    void order(const EjectCd& step) {
        touch_vm(step.vm);
        preparations_.push_back(current_);
    }
    void order(const InsertCd& step) {
        touch_vm(step.vm);
        wait_for_everything();
    }
    void order(const SqueezeMemory& step) {
        touch_vm(step.vm);
        preparations_.push_back(current_);
        const Id<Host> host = host_of_vm_[step.vm];
        if (!host.is_none()) give_back(hosts_[host], pool_.vms[step.vm].squeeze);
    }
    void order(const RestoreMemory& step) {
        touch_vm(step.vm);
        wait_for_everything();
    }

    const Pool& pool_;
    const Table<Step, std::int64_t>* finish_;  // none: in list order
    const Table<Step>& steps_;
    Table<Step, Steps> after_;
    Table<Step, char> has_successor_;
    Table<Step, StepId> implied_by_;  // the last step that waits for it through another one
    Table<Host, HostHistory> hosts_;
    Table<Vm, StepId> last_of_vm_;
    Table<Vm, Id<Host>> host_of_vm_;  // now
    Table<Vm, Steps> steps_of_vm_;
    Table<Host, char> upgraded_;
    Steps preparations_;
    Steps enables_;
    Steps upgrades_;
    Steps starts_;  // and resumes
    std::int64_t disables_ = 0;
    std::int64_t places_;  // hosts that may be out of use beside those that are already
    StepId first_disable_ = StepId::none();
    StepId blackout_ = StepId::none();
    StepId current_ = StepId::none();
};

}  // namespace

Table<Step, std::vector<Id<Step>>> precedence_of(const Pool& pool, const PoolState& state,
                                                 const Table<Step>& steps, Patience patience,
                                                 const Table<Step, std::int64_t>* finish) {
    return Builder(pool, state, steps, finish).build(patience);
}

}  // namespace vacate
