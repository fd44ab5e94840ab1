// The rules, one judge each, and the table that maps steps to rules.
#include "model/transition.hpp"

#include <array>
#include <span>
#include <variant>

#include "model/audit.hpp"
#include "model/check.hpp"
#include "model/effect.hpp"
#include "model/precopy.hpp"

namespace vacate {
namespace {

using Verdict = std::optional<Violation>;

struct Situation {
    const Pool& pool;
    const PoolState& state;
    const Step& step;
    StepSubject subject;

    [[nodiscard]] const VmState& vm() const { return state.vms[subject.vm]; }
    /// The host that a VM comes to: the target of a migration, the place of a start.
    [[nodiscard]] Id<Host> arrival() const {
        return subject.to.is_none() ? subject.host : subject.to;
    }
    [[nodiscard]] Violation violation(Rule rule, Cause cause) const {
        Violation result{rule, cause};
        result.vm = subject.vm;
        result.host = arrival();
        return result;
    }
};

// ---- sense: a step begins only from the state that it names

bool makes_sense(const Situation& at, const DisableHost& step) {
    const HostState& host = at.state.hosts[step.host];
    return host.phase == HostPhase::enabled && !host.busy;
}
bool makes_sense(const Situation& at, const EnableHost& step) {
    const HostState& host = at.state.hosts[step.host];
    return host.phase == HostPhase::disabled && !host.busy;
}
bool makes_sense(const Situation& at, const Upgrade& step) {
    const HostState& host = at.state.hosts[step.host];
    return !host.busy && host.phase != HostPhase::down;
}
// One that runs on a host that is not there can only be waited for.
bool runs_idle_on(const VmState& vm, Id<Host> host) {
    return !host.is_none() && vm.power == Power::running && vm.activity == Activity::none &&
           vm.host == host;
}
bool makes_sense(const Situation& at, const Migrate& step) {
    return runs_idle_on(at.vm(), step.from);
}
bool makes_sense(const Situation& at, const MigrateStorage& step) {
    return runs_idle_on(at.vm(), step.from);
}
bool makes_sense(const Situation& at, const Suspend& step) {
    return runs_idle_on(at.vm(), step.host);
}
bool makes_sense(const Situation& at, const Stop& step) { return runs_idle_on(at.vm(), step.host); }
bool makes_sense(const Situation& at, const Resume&) {
    return at.vm().power == Power::suspended && at.vm().activity == Activity::none;
}
bool makes_sense(const Situation& at, const Start&) {
    return at.vm().power == Power::halted && at.vm().activity == Activity::none;
}
bool makes_sense(const Situation& at, const BackUpDatabase&) { return !at.state.backed_up; }
bool makes_sense(const Situation& at, const DisableHa&) { return at.state.ha.on; }
bool makes_sense(const Situation& at, const EnableHa&) { return !at.state.ha.on; }
bool makes_sense(const Situation& at, const DisableWlb&) { return at.state.wlb.on; }
bool makes_sense(const Situation& at, const EnableWlb&) { return !at.state.wlb.on; }
bool makes_sense(const Situation& at, const DisableAutoPowerOn&) {
    return at.state.auto_power_on.on;
}
bool makes_sense(const Situation& at, const EnableAutoPowerOn&) {
    return !at.state.auto_power_on.on;
}
bool makes_sense(const Situation& at, const EjectCd& step) {
    return at.pool.vms[step.vm].cd.has_value() && !at.vm().cd_ejected &&
           at.vm().activity == Activity::none;
}
bool makes_sense(const Situation& at, const InsertCd& step) {
    return at.pool.vms[step.vm].cd.has_value() && at.vm().cd_ejected &&
           at.vm().activity == Activity::none;
}
bool makes_sense(const Situation& at, const SqueezeMemory& step) {
    return at.pool.vms[step.vm].squeeze.count > 0 && !at.vm().squeezed &&
           at.vm().power == Power::running && at.vm().activity == Activity::none;
}
bool makes_sense(const Situation& at, const RestoreMemory&) {
    return at.vm().squeezed && at.vm().power != Power::suspended &&
           at.vm().activity == Activity::none;
}

Verdict judge_sense(const Situation& at) {
    const bool sensible =
        std::visit([&at](const auto& step) { return makes_sense(at, step); }, at.step);
    if (sensible) return std::nullopt;
    return at.violation(Rule::sense, Cause::wrong_state);
}

// ---- R1 to R15

Verdict judge_memory(const Situation& at) {
    const bool restores = std::holds_alternative<RestoreMemory>(at.step);
    const Id<Host> host = restores ? at.vm().host : at.arrival();
    if (host.is_none()) return std::nullopt;  // one that is down needs no memory
    const Bytes needed = restores ? at.pool.vms[at.subject.vm].squeeze
                                  : admission_in(at.pool, at.state, at.subject.vm);
    const Bytes free = free_in(at.pool, at.state, host);
    if (needed <= free) return std::nullopt;
    Violation violation = at.violation(Rule::r1_memory, Cause::memory);
    violation.host = host;
    violation.needed = needed.count;
    violation.available = free.count;
    return violation;
}

Verdict judge_version(const Situation& at) {
    const Version& target = version_in(at.pool, at.state, at.arrival());
    const VersionRule rule = at.pool.version_rule;
    if (is_migration(at.step)) {
        const Version& source = version_in(at.pool, at.state, at.subject.from);
        if (!not_older(rule, target, source)) {
            return at.violation(Rule::r2_version, Cause::older_version);
        }
        const bool waits = at.pool.policy.upgraded_targets_only &&
                           !at.state.hosts[at.arrival()].upgraded && is_mixed(at.pool, at.state);
        if (!waits) return std::nullopt;
        return at.violation(Rule::r2_version, Cause::target_waits);
    }
    if (!is_mixed(at.pool, at.state)) return std::nullopt;
    for (const Id<Host> host : at.pool.hosts.ids()) {
        if (!not_older(rule, target, version_in(at.pool, at.state, host))) {
            return at.violation(Rule::r2_version, Cause::not_highest_version);
        }
    }
    return std::nullopt;
}

Verdict judge_coordinator_first(const Situation& at) {
    if (at.subject.host == at.pool.coordinator) return std::nullopt;
    const HostState& coordinator = at.state.hosts[at.pool.coordinator];
    const bool ready = coordinator.upgraded && coordinator.phase == HostPhase::enabled;
    if (ready) return std::nullopt;
    Violation violation = at.violation(Rule::r3_coordinator_first, Cause::coordinator_not_ready);
    return violation;
}

Verdict judge_empty(const Situation& at) {
    const HostState& host = at.state.hosts[at.subject.host];
    if (host.phase == HostPhase::lost) return at.violation(Rule::r4_empty, Cause::host_lost);
    if (host.upgraded) return at.violation(Rule::r4_empty, Cause::already_upgraded);
    if (host.phase != HostPhase::disabled) {
        return at.violation(Rule::r4_empty, Cause::not_disabled);
    }
    if (host.vms == 0) return std::nullopt;
    Violation violation = at.violation(Rule::r4_empty, Cause::not_empty);
    violation.needed = host.vms;
    return violation;
}

// The storages that a storage motion must find at its target: all but the local ones it moves.
Verdict judge_storage_motion(const Situation& at, const MigrateStorage& step) {
    const Vm& vm = at.pool.vms[step.vm];
    const Storage& storage = at.pool.storages[step.storage];
    if (!sees(at.pool.hosts[step.to], step.storage)) {
        Violation violation = at.violation(Rule::r5_reach, Cause::storage_unseen);
        violation.storage = step.storage;
        return violation;
    }
    Bytes taken;
    for (const Id<Vm> other : at.pool.vms.ids()) {
        const VmState& other_state = at.state.vms[other];
        const bool here = other_state.storage == step.storage;
        if (here && other != step.vm) taken += at.pool.vms[other].local_disk;
    }
    const Bytes free = storage.free - taken;
    if (vm.local_disk <= free) return std::nullopt;
    Violation violation = at.violation(Rule::r5_reach, Cause::storage_space);
    violation.storage = step.storage;
    violation.needed = vm.local_disk.count;
    violation.available = free.count;
    return violation;
}

// A CD goes back only where its storage is seen.
Verdict judge_cd(const Situation& at) {
    const Id<Host> host = at.vm().host;
    const auto& cd = at.pool.vms[at.subject.vm].cd;
    if (host.is_none() || !cd || sees(at.pool.hosts[host], *cd)) return std::nullopt;
    Violation violation{Rule::r5_reach, Cause::cd_unseen};
    violation.vm = at.subject.vm;
    violation.host = host;
    violation.storage = *cd;
    return violation;
}

Verdict judge_reach(const Situation& at) {
    if (std::holds_alternative<InsertCd>(at.step)) return judge_cd(at);
    const Id<Host> target = at.arrival();
    const HostState& host = at.state.hosts[target];
    if (is_migration(at.step) && at.subject.from == target) {
        return at.violation(Rule::r5_reach, Cause::same_host);
    }
    if (host.phase == HostPhase::lost || host.phase == HostPhase::down) {
        return at.violation(Rule::r5_reach, Cause::host_lost);
    }
    if (host.phase != HostPhase::enabled || host.busy) {
        return at.violation(Rule::r5_reach, Cause::host_disabled);
    }
    if (const auto* motion = std::get_if<MigrateStorage>(&at.step)) {
        if (const Verdict violation = judge_storage_motion(at, *motion)) return violation;
        PoolState moved = at.state;  // rare enough to copy: as if the disks were there already
        moved.vms[motion->vm].storage = motion->storage;
        return lacks(at.pool, moved, motion->vm, target);
    }
    return lacks(at.pool, at.state, at.subject.vm, target);
}

Verdict judge_width(const Situation& at) {
    if (at.state.hosts_out < at.pool.policy.hosts_down_max) return std::nullopt;
    Violation violation = at.violation(Rule::r6_width, Cause::width);
    violation.needed = at.state.hosts_out + 1;
    violation.available = at.pool.policy.hosts_down_max;
    return violation;
}

// A group that must stay together is on one host, or on its way from one host to one other.
bool stays_together(const Situation& at, const VmState& member) {
    if (member.host.is_none()) return true;  // asked of the place: one that resumes has one
    const Id<Host> target = at.arrival();
    if (!is_migration(at.step)) return member.host == target && member.to.is_none();
    if (!member.to.is_none()) return member.host == at.subject.from && member.to == target;
    return member.host == at.subject.from || member.host == target;
}

Verdict judge_groups(const Situation& at) {
    for (const Id<Group> id : at.pool.groups_of[at.subject.vm]) {
        const Group& group = at.pool.groups[id];
        for (const Id<Vm> member : group.members) {
            if (member == at.subject.vm) continue;
            const VmState& other = at.state.vms[member];
            const bool apart = group.kind == Group::Kind::apart;
            if (apart ? !touches(other, at.arrival()) : stays_together(at, other)) continue;
            Violation violation =
                at.violation(Rule::r7_groups, apart ? Cause::kept_apart : Cause::kept_together);
            violation.other = member;
            return violation;
        }
    }
    return std::nullopt;
}

Verdict judge_pinned(const Situation& at) {
    const Mobility mobility = at.pool.vms[at.subject.vm].mobility;
    const bool disks_moved = !at.vm().storage.is_none();
    if (std::holds_alternative<Migrate>(at.step)) {
        if (mobility == Mobility::live) return std::nullopt;
        if (mobility == Mobility::storage && disks_moved) return std::nullopt;
        return at.violation(Rule::r8_pinned, Cause::cannot_migrate);
    }
    if (std::holds_alternative<MigrateStorage>(at.step)) {
        if (mobility == Mobility::storage && !disks_moved) return std::nullopt;
        return at.violation(Rule::r8_pinned, Cause::cannot_migrate);
    }
    if (std::holds_alternative<Suspend>(at.step) || std::holds_alternative<Stop>(at.step)) {
        const bool suspend = std::holds_alternative<Suspend>(at.step);
        if (mobility == (suspend ? Mobility::suspend : Mobility::restart)) return std::nullopt;
        return at.violation(Rule::r8_pinned, Cause::not_allowed);
    }
    if (at.vm().parked == at.subject.host) return std::nullopt;
    return at.violation(Rule::r8_pinned, Cause::not_in_place);
}

Verdict judge_spare(const Situation& at) {
    if (!promises_refuge(at.pool)) return std::nullopt;
    PoolState after = at.state;
    begin(at.pool, after, at.step);
    if (const Verdict violation = loss_without_refuge(at.pool, after)) return violation;
    if (!is_migration(at.step)) return std::nullopt;
    end(at.pool, after, at.step);  // nobody asks again when it ends, and the VM is elsewhere then
    return loss_without_refuge(at.pool, after);
}

Verdict judge_pause(const Situation& at) {
    const Vm& vm = at.pool.vms[at.subject.vm];
    if (!vm.pause_limit) return std::nullopt;
    const Copying copying = copying_of(at.pool, vm, at.subject.from);
    const Bandwidth share = smallest_share(at.pool, copying, at.subject.from, at.subject.to);
    const PrecopyForecast forecast = forecast_precopy(vm, share, copying);
    if (forecast.pause <= *vm.pause_limit) return std::nullopt;
    Violation violation = at.violation(Rule::r10_pause, Cause::pause);
    violation.needed = forecast.pause.count();
    violation.available = vm.pause_limit->count();
    return violation;
}

Verdict judge_blackout(const Situation& at) {
    const HostPhase coordinator = at.state.hosts[at.pool.coordinator].phase;
    if (coordinator == HostPhase::down || coordinator == HostPhase::lost) {
        return at.violation(Rule::r11_blackout, Cause::coordinator_down);
    }
    const bool goes_down =
        std::holds_alternative<Upgrade>(at.step) && at.subject.host == at.pool.coordinator;
    if (!goes_down || at.state.in_flight == 0) return std::nullopt;
    Violation violation = at.violation(Rule::r11_blackout, Cause::in_flight);
    violation.needed = at.state.in_flight;
    return violation;
}

// What mixed mode blocks is done before the first upgrade, or not at all.
Verdict judge_mixed_mode(const Situation& at) {
    if (std::holds_alternative<Upgrade>(at.step)) {
        const bool on = at.state.ha.on || at.state.wlb.on || at.state.auto_power_on.on;
        if (on) return at.violation(Rule::r14_mixed_mode, Cause::switch_on);
        if (!at.state.backed_up && at.state.hosts_upgraded == 0) {
            return at.violation(Rule::r14_mixed_mode, Cause::not_backed_up);
        }
        return std::nullopt;
    }
    if (std::holds_alternative<DisableHost>(at.step)) {
        if (!at.state.ha.on) return std::nullopt;
        return at.violation(Rule::r14_mixed_mode, Cause::switch_on);
    }
    if (is_migration(at.step)) {
        const bool waits = at.pool.vms[at.subject.vm].squeeze.count > 0 && !at.vm().squeezed;
        if (!waits) return std::nullopt;
        return at.violation(Rule::r14_mixed_mode, Cause::not_squeezed);
    }
    if (!is_mixed(at.pool, at.state)) return std::nullopt;
    return at.violation(Rule::r14_mixed_mode, Cause::mixed_versions);
}

// ---- the table: which rules a step must pass, in the order in which they are asked

using enum Rule;
constexpr std::array arrive{r1_memory, r2_version, r5_reach,     r7_groups,     r8_pinned,
                            r9_spare,  r10_pause,  r11_blackout, r14_mixed_mode};
constexpr std::array come_back{r1_memory, r2_version, r5_reach,    r7_groups,
                               r8_pinned, r9_spare,   r11_blackout};
constexpr std::array leave{r8_pinned, r11_blackout};
constexpr std::array disable{r6_width, r9_spare, r11_blackout, r14_mixed_mode};
constexpr std::array upgrade{r3_coordinator_first, r4_empty, r11_blackout, r14_mixed_mode};
constexpr std::array reach_coordinator{r11_blackout};
constexpr std::array insert{r5_reach, r11_blackout};
constexpr std::array not_when_mixed{r11_blackout, r14_mixed_mode};
constexpr std::array grow{r1_memory, r9_spare, r11_blackout, r14_mixed_mode};

constexpr std::array<std::span<const Rule>, step_kinds> rules_of_step{
    disable,            // DisableHost
    upgrade,            // Upgrade
    reach_coordinator,  // EnableHost
    arrive,             // Migrate
    arrive,             // MigrateStorage
    leave,              // Suspend
    come_back,          // Resume
    leave,              // Stop
    come_back,          // Start
    not_when_mixed,     // BackUpDatabase
    reach_coordinator,  // DisableHa
    not_when_mixed,     // EnableHa
    reach_coordinator,  // DisableWlb
    reach_coordinator,  // EnableWlb
    reach_coordinator,  // DisableAutoPowerOn
    reach_coordinator,  // EnableAutoPowerOn
    reach_coordinator,  // EjectCd
    insert,             // InsertCd
    not_when_mixed,     // SqueezeMemory
    grow,               // RestoreMemory
};

Verdict judge(Rule rule, const Situation& at) {
    if (!is_armed(rule)) return std::nullopt;
    switch (rule) {
        case r1_memory:
            return judge_memory(at);
        case r2_version:
            return judge_version(at);
        case r3_coordinator_first:
            return judge_coordinator_first(at);
        case r4_empty:
            return judge_empty(at);
        case r5_reach:
            return judge_reach(at);
        case r6_width:
            return judge_width(at);
        case r7_groups:
            return judge_groups(at);
        case r8_pinned:
            return judge_pinned(at);
        case r9_spare:
            return judge_spare(at);
        case r10_pause:
            return judge_pause(at);
        case r11_blackout:
            return judge_blackout(at);
        case r14_mixed_mode:
            return judge_mixed_mode(at);
        default:
            return std::nullopt;  // R12, R13: throttle.cpp; R15: audit.cpp
    }
}

Violation not_under_way(const Step& step) {
    const StepSubject subject = subject_of(step);
    Violation violation{Rule::sense, Cause::wrong_state};
    violation.vm = subject.vm;
    violation.host = subject.to.is_none() ? subject.host : subject.to;
    return violation;
}

}  // namespace

std::optional<Violation> forbids(const Pool& pool, const PoolState& state, const Step& step) {
    const Situation at{pool, state, step, subject_of(step)};
    if (const Verdict violation = judge_sense(at)) return violation;
    for (const Rule rule : rules_of_step[step.index()]) {
        if (const Verdict violation = judge(rule, at)) return violation;
    }
    return std::nullopt;
}

std::vector<Violation> all_violations(const Pool& pool, const PoolState& state, const Step& step) {
    const Situation at{pool, state, step, subject_of(step)};
    std::vector<Violation> violations;
    if (const Verdict violation = judge_sense(at)) return {*violation};
    for (const Rule rule : rules_of_step[step.index()]) {
        if (const Verdict violation = judge(rule, at)) violations.push_back(*violation);
    }
    return violations;
}

tl::expected<void, Violation> apply(const Pool& pool, PoolState& state, const Event& event) {
    return std::visit(Overloaded{
                          [&](const Began& act) -> tl::expected<void, Violation> {
                              if (const auto no = forbids(pool, state, act.step))
                                  return tl::unexpected(*no);
                              begin(pool, state, act.step);
                              return {};
                          },
                          [&](const Ended& act) -> tl::expected<void, Violation> {
                              if (!is_under_way(state, act.step)) {
                                  return tl::unexpected(not_under_way(act.step));
                              }
                              end(pool, state, act.step);
                              return {};
                          },
                          [&](const Failed& act) -> tl::expected<void, Violation> {
                              if (!is_under_way(state, act.step)) {
                                  return tl::unexpected(not_under_way(act.step));
                              }
                              fail(pool, state, act.step);
                              return {};
                          },
                          [&](const HostLost& fact) -> tl::expected<void, Violation> {
                              lose(pool, state, fact.host);
                              return {};
                          },
                          [&](const HostFound& fact) -> tl::expected<void, Violation> {
                              find(state, fact);
                              return {};
                          },
                          [&](const VmSeen& fact) -> tl::expected<void, Violation> {
                              see(pool, state, fact);
                              return {};
                          },
                      },
                      event);
}

tl::expected<void, Violation> perform(const Pool& pool, PoolState& state, const Step& step) {
    if (auto began = apply(pool, state, Began{step}); !began) return began;
    return apply(pool, state, Ended{step});
}

}  // namespace vacate
