// States in words, by kind of step.
#include "model/explain.hpp"

#include "model/rule.hpp"

namespace vacate {
namespace {

std::string host_now(const Pool& pool, const PoolState& state, Id<Host> id) {
    const HostState& host = state.hosts[id];
    const std::string& name = pool.hosts[id].name;
    if (host.busy) return name + " is being disabled or enabled";
    switch (host.phase) {
        case HostPhase::enabled:
            return name + " is enabled already";
        case HostPhase::disabled:
            return name + " is disabled already";
        case HostPhase::down:
            return name + " is down";
        case HostPhase::lost:
            break;
    }
    return name + " is not reachable";
}

// Where a VM is that should be on `from`; none: that does not matter.
std::string vm_now(const Pool& pool, const PoolState& state, Id<Vm> id, Id<Host> from) {
    const VmState& vm = state.vms[id];
    const std::string& name = pool.vms[id].name;
    if (vm.activity != Activity::none) return "a step on " + name + " is under way";
    if (vm.power == Power::suspended) return name + " is suspended";
    if (vm.power == Power::halted) return name + " is shut down";
    if (vm.host.is_none()) return name + " runs nowhere";
    const std::string where = name + " runs on " + pool.hosts[vm.host].name;
    const bool is_elsewhere = !from.is_none() && vm.host != from;
    return is_elsewhere ? where + ", not on " + pool.hosts[from].name : where;
}

std::string switch_now(const char* what, bool on) {
    return std::string(what) + " is " + (on ? "on" : "off") + " already";
}

// What the step finds that cannot be taken from there.
struct Finder {
    const Pool& pool;
    const PoolState& state;

    std::string operator()(const DisableHost& step) const { return host(step.host); }
    std::string operator()(const EnableHost& step) const { return host(step.host); }
    std::string operator()(const Upgrade& step) const { return host(step.host); }
    std::string operator()(const Migrate& step) const { return vm(step.vm, step.from); }
    std::string operator()(const MigrateStorage& step) const { return vm(step.vm, step.from); }
    std::string operator()(const Suspend& step) const { return vm(step.vm, step.host); }
    std::string operator()(const Stop& step) const { return vm(step.vm, step.host); }
    std::string operator()(const Resume& step) const { return vm(step.vm, Id<Host>::none()); }
    std::string operator()(const Start& step) const { return vm(step.vm, Id<Host>::none()); }
    std::string operator()(const BackUpDatabase&) const { return "it is backed up already"; }
    std::string operator()(const DisableHa&) const { return switch_now("HA", false); }
    std::string operator()(const EnableHa&) const { return switch_now("HA", true); }
    std::string operator()(const DisableWlb&) const { return switch_now("WLB", false); }
    std::string operator()(const EnableWlb&) const { return switch_now("WLB", true); }
    std::string operator()(const DisableAutoPowerOn&) const {
        return switch_now("auto power-on", false);
    }
    std::string operator()(const EnableAutoPowerOn&) const {
        return switch_now("auto power-on", true);
    }
    std::string operator()(const EjectCd& step) const {
        const bool has_cd = pool.vms[step.vm].cd.has_value() && !state.vms[step.vm].cd_ejected;
        return has_cd ? vm(step.vm, Id<Host>::none())
                      : "there is no CD in the drive of " + pool.vms[step.vm].name;
    }
    std::string operator()(const InsertCd& step) const {
        const bool awaits = pool.vms[step.vm].cd.has_value() && state.vms[step.vm].cd_ejected;
        return awaits ? vm(step.vm, Id<Host>::none())
                      : "no CD was ejected from the drive of " + pool.vms[step.vm].name;
    }
    std::string operator()(const SqueezeMemory& step) const {
        const std::string& name = pool.vms[step.vm].name;
        if (pool.vms[step.vm].squeeze.count == 0) return name + " has no memory to give up";
        if (state.vms[step.vm].squeezed) return name + " gave up its memory already";
        return vm(step.vm, Id<Host>::none());
    }
    std::string operator()(const RestoreMemory& step) const {
        if (!state.vms[step.vm].squeezed) return pool.vms[step.vm].name + " gave up no memory";
        return vm(step.vm, Id<Host>::none());
    }

    [[nodiscard]] std::string host(Id<Host> id) const { return host_now(pool, state, id); }
    [[nodiscard]] std::string vm(Id<Vm> id, Id<Host> from) const {
        return vm_now(pool, state, id, from);
    }
};

}  // namespace

std::string explain_step(const Pool& pool, const PoolState& state, const Step& step,
                         const Violation& violation) {
    if (violation.rule == Rule::sense) return std::visit(Finder{pool, state}, step);
    return explain(pool, violation) + " (" + rule_name(violation.rule) + ")";
}

std::string explain_broken(const Pool& pool, const PoolState& state, const Table<Step>& steps,
                           const BrokenStep& broken) {
    Table<Step> before;
    for (const Id<Step> id : steps.ids()) {
        if (id.index < broken.step.index) before.push_back(steps[id]);
    }
    const auto reached = replay(pool, state, before);
    return explain_step(pool, reached ? *reached : state, steps[broken.step], broken.violation);
}

}  // namespace vacate
