// The changes, step by step and fact by fact.
#include "model/effect.hpp"

#include <variant>

#include "model/check.hpp"

namespace vacate {

namespace {

void hold(const Pool& pool, PoolState& state, Id<Vm> vm, Id<Host> host) {
    state.hosts[host].committed += charge_in(pool, state, vm);
    ++state.hosts[host].vms;
}

void release(const Pool& pool, PoolState& state, Id<Vm> vm, Id<Host> host) {
    HostState& from = state.hosts[host];
    from.committed -= charge_in(pool, state, vm);
    VACATE_CHECK(from.committed.count >= 0 && from.vms > 0, "a host gave back more than it held");
    --from.vms;
}

void begin_migration(const Pool& pool, PoolState& state, const StepSubject& subject,
                     bool with_storage) {
    VmState& vm = state.vms[subject.vm];
    vm.activity = with_storage ? Activity::migrating_storage : Activity::migrating;
    vm.to = subject.to;
    hold(pool, state, subject.vm, subject.to);
    ++state.hosts[subject.from].sending;
    ++state.hosts[subject.to].receiving;
    if (with_storage) ++state.hosts[subject.from].storage_motions;
    ++state.migrations;
}

// The counters of a migration that is over, however it went.
void close_migration(PoolState& state, Id<Vm> id) {
    VmState& vm = state.vms[id];
    --state.hosts[vm.host].sending;
    --state.hosts[vm.to].receiving;
    if (vm.activity == Activity::migrating_storage) --state.hosts[vm.host].storage_motions;
    --state.migrations;
    vm.activity = Activity::none;
    vm.to = Id<Host>::none();
}

// Its host, if any, is charged with as much as the VM has from now on.
void set_squeezed(const Pool& pool, PoolState& state, Id<Vm> id, bool squeezed) {
    VmState& vm = state.vms[id];
    const Bytes before = charge_in(pool, state, id);
    vm.squeezed = squeezed;
    if (vm.host.is_none()) return;
    state.hosts[vm.host].committed += charge_in(pool, state, id) - before;
}

}  // namespace
void begin(const Pool& pool, PoolState& state, const Step& step) {
    ++state.in_flight;
    std::visit(
        Overloaded{
            [&](const DisableHost& one) {
                state.hosts[one.host].phase = HostPhase::disabled;
                state.hosts[one.host].busy = true;
                ++state.hosts_out;
            },
            [&](const Upgrade& one) { state.hosts[one.host].phase = HostPhase::down; },
            [&](const EnableHost& one) { state.hosts[one.host].busy = true; },
            [&](const Migrate&) { begin_migration(pool, state, subject_of(step), false); },
            [&](const MigrateStorage& one) {
                begin_migration(pool, state, subject_of(step), true);
                state.vms[one.vm].storage = one.storage;  // its room is taken from now on
            },
            [&](const Suspend& one) { state.vms[one.vm].activity = Activity::suspending; },
            [&](const Stop& one) { state.vms[one.vm].activity = Activity::stopping; },
            [&](const Resume& one) {
                state.vms[one.vm].activity = Activity::resuming;
                state.vms[one.vm].host = one.host;
                hold(pool, state, one.vm, one.host);
            },
            [&](const Start& one) {
                state.vms[one.vm].activity = Activity::starting;
                state.vms[one.vm].host = one.host;
                hold(pool, state, one.vm, one.host);
            },
            [&](const SqueezeMemory& one) { state.vms[one.vm].activity = Activity::squeezing; },
            [&](const RestoreMemory& one) {
                set_squeezed(pool, state, one.vm, false);
                state.vms[one.vm].activity = Activity::restoring;
            },
            [](const auto&) {},
        },
        step);
}

namespace {

void leave_host(const Pool& pool, PoolState& state, Id<Vm> id, Power power) {
    VmState& vm = state.vms[id];
    release(pool, state, id, vm.host);
    vm.parked = vm.host;
    vm.host = Id<Host>::none();
    vm.activity = Activity::none;
    vm.power = power;
}

void turn_off(PoolSwitch& one) {
    one.on = false;
    one.turned_off = true;
}

void turn_on(PoolSwitch& one) {
    one.on = true;
    one.turned_off = false;
}

void come_to_run(VmState& vm) {
    vm.activity = Activity::none;
    vm.power = Power::running;
    vm.parked = Id<Host>::none();
}

void end_migration(const Pool& pool, PoolState& state, Id<Vm> id) {
    VmState& vm = state.vms[id];
    const Id<Host> to = vm.to;
    release(pool, state, id, vm.host);
    close_migration(state, id);
    vm.host = to;
}

}  // namespace
void end(const Pool& pool, PoolState& state, const Step& step) {
    --state.in_flight;
    std::visit(Overloaded{
                   [&](const DisableHost& one) { state.hosts[one.host].busy = false; },
                   [&](const Upgrade& one) {
                       state.hosts[one.host].phase = HostPhase::disabled;
                       state.hosts[one.host].upgraded = true;
                       ++state.hosts_upgraded;
                   },
                   [&](const EnableHost& one) {
                       state.hosts[one.host].busy = false;
                       state.hosts[one.host].phase = HostPhase::enabled;
                       --state.hosts_out;
                   },
                   [&](const Migrate& one) { end_migration(pool, state, one.vm); },
                   [&](const MigrateStorage& one) { end_migration(pool, state, one.vm); },
                   [&](const Suspend& one) { leave_host(pool, state, one.vm, Power::suspended); },
                   [&](const Stop& one) { leave_host(pool, state, one.vm, Power::halted); },
                   [&](const Resume& one) { come_to_run(state.vms[one.vm]); },
                   [&](const Start& one) { come_to_run(state.vms[one.vm]); },
                   [&](const BackUpDatabase&) { state.backed_up = true; },
                   [&](const DisableHa&) { turn_off(state.ha); },
                   [&](const EnableHa&) { turn_on(state.ha); },
                   [&](const DisableWlb&) { turn_off(state.wlb); },
                   [&](const EnableWlb&) { turn_on(state.wlb); },
                   [&](const DisableAutoPowerOn&) { turn_off(state.auto_power_on); },
                   [&](const EnableAutoPowerOn&) { turn_on(state.auto_power_on); },
                   [&](const EjectCd& one) { state.vms[one.vm].cd_ejected = true; },
                   [&](const InsertCd& one) { state.vms[one.vm].cd_ejected = false; },
                   [&](const SqueezeMemory& one) {
                       set_squeezed(pool, state, one.vm, true);
                       state.vms[one.vm].activity = Activity::none;
                   },
                   [&](const RestoreMemory& one) { state.vms[one.vm].activity = Activity::none; },
               },
               step);
}

namespace {

void cancel_migration(const Pool& pool, PoolState& state, Id<Vm> id) {
    VmState& vm = state.vms[id];
    if (vm.activity == Activity::migrating_storage) vm.storage = Id<Storage>::none();
    release(pool, state, id, vm.to);
    close_migration(state, id);
}

void cancel_arrival(const Pool& pool, PoolState& state, Id<Vm> id) {
    VmState& vm = state.vms[id];
    release(pool, state, id, vm.host);
    vm.host = Id<Host>::none();
    vm.activity = Activity::none;
}

void cancel_restoring(const Pool& pool, PoolState& state, Id<Vm> id) {
    set_squeezed(pool, state, id, true);
    state.vms[id].activity = Activity::none;
}

}  // namespace
void fail(const Pool& pool, PoolState& state, const Step& step) {
    --state.in_flight;
    std::visit(Overloaded{
                   [&](const DisableHost& one) {
                       state.hosts[one.host].busy = false;
                       state.hosts[one.host].phase = HostPhase::enabled;
                       --state.hosts_out;
                   },
                   [&](const Upgrade& one) { state.hosts[one.host].phase = HostPhase::disabled; },
                   [&](const EnableHost& one) { state.hosts[one.host].busy = false; },
                   [&](const Migrate& one) { cancel_migration(pool, state, one.vm); },
                   [&](const MigrateStorage& one) { cancel_migration(pool, state, one.vm); },
                   [&](const Suspend& one) { state.vms[one.vm].activity = Activity::none; },
                   [&](const Stop& one) { state.vms[one.vm].activity = Activity::none; },
                   [&](const Resume& one) { cancel_arrival(pool, state, one.vm); },
                   [&](const Start& one) { cancel_arrival(pool, state, one.vm); },
                   [&](const SqueezeMemory& one) { state.vms[one.vm].activity = Activity::none; },
                   [&](const RestoreMemory& one) { cancel_restoring(pool, state, one.vm); },
                   [](const auto&) {},
               },
               step);
}

bool is_under_way(const PoolState& state, const Step& step) {
    const auto vm_does = [&state](Id<Vm> vm, Activity activity, Id<Host> host) {
        return state.vms[vm].activity == activity && state.vms[vm].host == host;
    };
    const auto host_is = [&state](Id<Host> host, HostPhase phase, bool busy) {
        return state.hosts[host].phase == phase && state.hosts[host].busy == busy;
    };
    if (state.in_flight == 0) return false;
    return std::visit(
        Overloaded{
            [&](const DisableHost& one) { return host_is(one.host, HostPhase::disabled, true); },
            [&](const Upgrade& one) { return host_is(one.host, HostPhase::down, false); },
            [&](const EnableHost& one) { return host_is(one.host, HostPhase::disabled, true); },
            [&](const Migrate& one) {
                return vm_does(one.vm, Activity::migrating, one.from) &&
                       state.vms[one.vm].to == one.to;
            },
            [&](const MigrateStorage& one) {
                return vm_does(one.vm, Activity::migrating_storage, one.from) &&
                       state.vms[one.vm].to == one.to && state.vms[one.vm].storage == one.storage;
            },
            [&](const Suspend& one) { return vm_does(one.vm, Activity::suspending, one.host); },
            [&](const Stop& one) { return vm_does(one.vm, Activity::stopping, one.host); },
            [&](const Resume& one) { return vm_does(one.vm, Activity::resuming, one.host); },
            [&](const Start& one) { return vm_does(one.vm, Activity::starting, one.host); },
            [&](const SqueezeMemory& one) {
                return state.vms[one.vm].activity == Activity::squeezing;
            },
            [&](const RestoreMemory& one) {
                return state.vms[one.vm].activity == Activity::restoring;
            },
            [](const auto&) { return true; },
        },
        step);
}

namespace {

// The VM's step, if any, is over: it stays where its memory was.
void interrupt(const Pool& pool, PoolState& state, Id<Vm> id) {
    VmState& vm = state.vms[id];
    if (vm.activity == Activity::none) return;
    --state.in_flight;
    if (vm.activity == Activity::migrating || vm.activity == Activity::migrating_storage) {
        cancel_migration(pool, state, id);
    } else if (vm.activity == Activity::resuming || vm.activity == Activity::starting) {
        cancel_arrival(pool, state, id);
    } else if (vm.activity == Activity::restoring) {
        cancel_restoring(pool, state, id);
    } else {
        vm.activity = Activity::none;
    }
}

}  // namespace
void lose(const Pool& pool, PoolState& state, Id<Host> id) {
    HostState& host = state.hosts[id];
    if (host.phase == HostPhase::lost) return;
    for (const Id<Vm> vm : pool.vms.ids()) {
        if (!touches(state.vms[vm], id)) continue;
        interrupt(pool, state, vm);
        if (state.vms[vm].host == id) leave_host(pool, state, vm, Power::halted);
    }
    if (host.busy || host.phase == HostPhase::down) --state.in_flight;
    if (host.phase != HostPhase::enabled) --state.hosts_out;
    host.busy = false;
    host.phase = HostPhase::lost;
}

void find(PoolState& state, const HostFound& fact) {
    HostState& host = state.hosts[fact.host];
    if (host.busy || host.phase == HostPhase::down) --state.in_flight;
    if (host.phase == HostPhase::enabled || host.phase == HostPhase::lost) ++state.hosts_out;
    if (host.upgraded != fact.upgraded) state.hosts_upgraded += fact.upgraded ? 1u : ~0u;
    host.upgraded = fact.upgraded;
    host.busy = false;
    host.phase = HostPhase::disabled;
}

void see(const Pool& pool, PoolState& state, const VmSeen& fact) {
    interrupt(pool, state, fact.vm);
    VmState& vm = state.vms[fact.vm];
    if (!vm.host.is_none()) release(pool, state, fact.vm, vm.host);
    vm.host = fact.host;
    vm.power = fact.power;
    if (!fact.host.is_none()) {
        vm.parked = Id<Host>::none();
        hold(pool, state, fact.vm, fact.host);
    }
}

}  // namespace vacate
