// Orders held against a look.
#include "sim/live/settle.hpp"

#include <charconv>

#include "sim/live/act_kinds.hpp"
#include "sim/live/view.hpp"

namespace vacate::live {
namespace {

constexpr std::int64_t clock_step = 120'000;  // ms; no less is taken for one

Verdict either(bool done, const std::string& subject, const std::string& yes,
               const std::string& no) {
    return {done ? Fate::done : Fate::not_done, subject + " " + (done ? yes : no)};
}

std::string place_of(const Scenario& scenario, Id<Vm> vm) {
    const VmState& now = scenario.state.vms[vm];
    if (now.power == Power::halted) return "is halted";
    if (now.power == Power::suspended) return "is suspended";
    return now.host.is_none() ? "runs nowhere" : "is on " + scenario.pool.hosts[now.host].name;
}

Verdict on_move(const Order& order, const Scenario& scenario, Id<Vm> vm) {
    const VmState& now = scenario.state.vms[vm];
    const std::string seen = order.vm + " " + place_of(scenario, vm);
    const bool runs = now.power == Power::running && !now.host.is_none();
    const std::string host = runs ? scenario.pool.hosts[now.host].name : "";
    if (runs && host == order.to) return {Fate::done, seen};
    if (runs && host == order.host) return {Fate::not_done, seen};
    return {Fate::astray, seen};
}

Verdict on_vm(const Order& order, const Snapshot& look) {
    const Scenario& scenario = look.scenario;
    const Id<Vm> vm = id_of(scenario.pool.vms, order.vm);
    if (vm.is_none()) return {Fate::astray, order.vm + " is not in the pool any more"};
    if (look.vms[vm].busy) return {};
    const Power power = scenario.state.vms[vm].power;
    const std::string seen = place_of(scenario, vm);
    switch (order.act) {
        case Act::migrate:
        case Act::migrate_storage:
            return on_move(order, scenario, vm);
        case Act::suspend:
            return either(power == Power::suspended, order.vm, seen, seen);
        case Act::stop:
            return either(power == Power::halted, order.vm, seen, seen);
        case Act::resume:
        case Act::start:
            return either(power == Power::running, order.vm, seen, seen);
        case Act::eject_cd:
        case Act::insert_cd: {
            const bool has_cd = scenario.pool.vms[vm].cd.has_value();
            const std::string& discs = look.vms[vm].discs;
            // Of several drives some may be empty: then there is something to put back.
            const bool as_before = order.memo.empty() || discs.empty() || discs == order.memo;
            const bool inserted = has_cd && as_before;
            return either(inserted == (order.act == Act::insert_cd), "the CD of " + order.vm,
                          inserted ? "is in" : "is out", inserted ? "is in" : "is out");
        }
        case Act::squeeze_memory:
        case Act::restore_memory: {
            const std::string range = "is " + look.vms[vm].range;
            return either(look.vms[vm].range == wanted_range(order),
                          "the dynamic range of " + order.vm, range, range);
        }
        default:
            return {Fate::not_done, "no look shows it"};
    }
}

Verdict on_switch(const PoolSwitch& now, bool wanted, const std::string& name) {
    const std::string seen = now.on ? "is on" : "is off";
    return either(now.on == wanted, name, seen, seen);
}

// On is not enough: how many losses it bears comes after it.
Verdict on_ha(const Order& order, const Snapshot& look) {
    if (look.busy) return {};
    const bool on = order.act == Act::enable_ha;
    const bool differs = !order.memo.empty() && !look.ha.empty() && look.ha != order.memo;
    if (on && look.scenario.state.ha.on && differs) {
        return {Fate::not_done, "HA is on, but not as it was"};
    }
    return on_switch(look.scenario.state.ha, on, "HA");
}

}  // namespace

Verdict verdict_on(const Order& order, const std::string& run, const Snapshot& look) {
    const PoolState& state = look.scenario.state;
    if (!order.vm.empty()) return on_vm(order, look);
    switch (order.act) {
        case Act::lock_pool:
            return either(look.lock == run, "the lock", "is ours", "is not ours");
        case Act::unlock_pool:
            return either(look.lock != run, "the lock", "is given back", "is still ours");
        case Act::disable_ha:
        case Act::enable_ha:
            return on_ha(order, look);
        case Act::disable_wlb:
        case Act::enable_wlb:
            return on_switch(state.wlb, order.act == Act::enable_wlb, "WLB");
        case Act::disable_auto_power_on:
        case Act::enable_auto_power_on:
            return on_switch(state.auto_power_on, order.act == Act::enable_auto_power_on,
                             "auto power-on");
        case Act::disable_host:
        case Act::enable_host: {
            const Id<Host> host = id_of(look.scenario.pool.hosts, order.host);
            if (host.is_none()) return {Fate::not_done, order.host + " is not in the pool"};
            if (look.hosts[host].busy) return {};
            const bool enabled = look.hosts[host].enabled;
            const std::string seen = enabled ? "is enabled" : "is disabled";
            return either(enabled == (order.act == Act::enable_host), order.host, seen, seen);
        }
        default:
            return {Fate::not_done, "no look shows it"};
    }
}

Reboot reboot_of(const Order& order, HostAction action, const Snapshot& look) {
    const Id<Host> id = id_of(look.scenario.pool.hosts, order.host);
    if (id.is_none() || !look.hosts[id].live) return Reboot::under_way;
    const HostLook& now = look.hosts[id];
    std::int64_t before = 0;
    std::from_chars(order.memo.data(), order.memo.data() + order.memo.size(), before);
    const Host& host = look.scenario.pool.hosts[id];
    const bool at_target = same_version(host.version, host.target);
    // A clock that was set back: neither its boot time nor its version is what it was.
    const bool set_back =
        action == HostAction::upgrade && at_target && now.started < before - 2 * clock_step;
    if (now.started <= before && !set_back) {
        return now.busy ? Reboot::under_way : Reboot::not_begun;
    }
    if (!now.attached || now.busy) return Reboot::under_way;
    const bool fits = action != HostAction::upgrade || at_target;
    return fits ? Reboot::ready : Reboot::wrong_version;
}

}  // namespace vacate::live
