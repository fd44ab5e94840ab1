// The invariants, one function each.
#include "tests/storm/judge.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>

#include "sim/live/act_kinds.hpp"

namespace vacate::storm {
namespace {

using live::Happening;
using live::HostTruth;
using live::nowhere;
using live::VmTruth;

constexpr Instant long_ago{Duration{-1}};

bool names(const Finding& finding, const std::string& name) {
    const auto goes_on = [](const std::string& text, std::size_t at) {
        return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
    };
    const auto holds = [&](const std::string& text) {
        for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
            if (!goes_on(text, at + name.size()) && !goes_on(text, at - 1)) return true;
        }
        return false;
    };
    return holds(finding.subject) || holds(finding.sentence);
}

using Codes = std::span<const std::string_view>;

// What says of a VM that it does not run, or why it is not where it should be; the same of a host.
constexpr std::array<std::string_view, 5> vm_is_off{"VM_DOWN", "VM_ON_LOST_HOST", "VM_ASTRAY",
                                                    "VM_GONE", "NOT_PUT_BACK"};
constexpr std::array<std::string_view, 2> vm_is_left{"VM_SET_ASIDE", "NOT_PUT_BACK"};
constexpr std::array<std::string_view, 4> host_is_gone{"HOST_UNREACHABLE", "HOST_LEFT_OUT",
                                                       "MEMBER_FAILED", "COORDINATOR_FAILED"};
constexpr std::array<std::string_view, 1> is_owed_still{"NOT_PUT_BACK"};

bool is_named(const live::Status& status, const std::string& name, Codes codes) {
    return std::any_of(status.findings.begin(), status.findings.end(), [&](const Finding& finding) {
        return std::find(codes.begin(), codes.end(), finding.code) != codes.end() &&
               names(finding, name);
    });
}

/// True when the list of debts has it, or an order that changes it is under way.
bool is_owed(const live::Status& status, Act undo, Act act, const std::string& vm,
             const std::string& host) {
    const auto about = [&](const Order& order) {
        return (vm.empty() || order.vm == vm) && (host.empty() || order.host == host);
    };
    const bool owed = std::any_of(status.owed.begin(), status.owed.end(), [&](const Order& order) {
        return order.act == undo && about(order);
    });
    return owed || std::any_of(status.under_way.begin(), status.under_way.end(),
                               [&](const Commanded& command) {
                                   const Act is = command.order.act;
                                   return (is == undo || is == act) && about(command.order);
                               });
}

}  // namespace

Judge::Judge(const Weather& weather, const live::SimulatedPool& pool,
             const live::SimulatedDriver& driver, std::string run)
    : weather_(&weather),
      pool_(&pool),
      driver_(&driver),
      run_(std::move(run)),
      touched_(pool.hosts().size(), long_ago),
      left_(pool.hosts().size(), long_ago),
      overfull_(pool.hosts().size(), false) {}

void Judge::violate(std::string sentence) {
    if (!violation_) violation_ = std::move(sentence);
}

void Judge::sent(const Commanded& command, Instant now) {
    (void)now;
    sent_.emplace(command.key, Sent{command.order, driver_->seen_at()});
    if (command.order.act == Act::unlock_pool) seen_at_unlock_ = driver_->seen_at();
}

// While it is paused nothing more begins that empties a host or takes it down.
void Judge::wrote(const Record& record) {
    if (const auto* told = std::get_if<Told>(&record.body)) {
        if (told->what == Told::What::pause) paused_ = true;
        if (told->what == Told::What::abort) aborted_ = true;
        if (told->what == Told::What::resume || told->what == Told::What::abort) paused_ = false;
    }
    if (std::holds_alternative<Closed>(record.body)) paused_ = false;
    const auto* command = std::get_if<Commanded>(&record.body);
    if (command == nullptr || !paused_) return;
    const Act act = command->order.act;
    const bool begins = act == Act::migrate || act == Act::migrate_storage || act == Act::suspend ||
                        act == Act::stop || act == Act::disable_host || act == Act::restart_host;
    if (begins) violate("while it is paused it begins to " + describe(command->order));
}

void Judge::touched(std::size_t host, Instant now) {
    if (host != nowhere) touched_[host] = std::max(touched_[host], now);
}

bool Judge::is_race(std::uint64_t key, std::size_t host) const {
    const auto sent = sent_.find(key);
    if (sent == sent_.end() || host == nowhere) return false;
    const auto& operations = pool_->operations();
    const bool meddled = std::any_of(operations.begin(), operations.end(), [&](const auto& one) {
        return one.key == 0 && (one.host == host || one.to == host);
    });
    return meddled || touched_[host] >= sent->second.seen_at;
}

// Orders that bring a VM to a host: never to an older one, never beyond its memory.
void Judge::judge_arrival(const Happening& what) {
    const bool moves = live::is_migration(*what.act);
    const std::size_t target = moves ? what.to : what.host;
    const HostTruth& to = pool_->hosts()[target];
    const VmTruth& vm = pool_->vms()[what.vm];
    if (moves && vm.host != nowhere && to.version < pool_->hosts()[vm.host].version) {
        violate("VM " + vm.name + " goes to the older host " + to.name);
    }
    const bool fits = pool_->used(target) + vm.memory <= to.memory;
    grown_.resize(pool_->vms().size(), long_ago);
    const auto sent = sent_.find(what.key);
    const bool grew = sent != sent_.end() && grown_[what.vm] >= sent->second.seen_at;
    if (fits || grew || is_race(what.key, target)) return;
    violate("host " + to.name + " is over its memory: VM " + vm.name + " comes to it");
}

// Memory given back: never beyond what the host has.
void Judge::judge_growth(const Happening& what) {
    const VmTruth& vm = pool_->vms()[what.vm];
    if (vm.host == nowhere) return;
    const HostTruth& host = pool_->hosts()[vm.host];
    const Bytes more = live::least_of(vm.range_before) - live::least_of(vm.range);
    const bool fits = pool_->used(vm.host) + more <= host.memory;
    if (!fits && !is_race(what.key, vm.host)) {
        violate("host " + host.name + " is over its memory: VM " + vm.name + " is restored");
    }
    overfull_[vm.host] = overfull_[vm.host] || !fits;  // judged now, not when it is done
}

// A restart: no VM on the host, the coordinator first, a database dump before any of them.
void Judge::judge_restart(const Happening& what) {
    const HostTruth& host = pool_->hosts()[what.host];
    const auto sent = sent_.find(what.key);
    const bool looked = sent != sent_.end() && sent->second.seen_at >= left_[what.host];
    if (pool_->guests(what.host) > 0 && !(looked && is_race(what.key, what.host))) {
        violate("host " + host.name + " restarts with a VM on it");
    }
    if (!weather_->temper.upgrades || host.version == host.target) return;
    const bool member = what.host != pool_->coordinator();
    if (member && pool_->hosts()[pool_->coordinator()].version < host.target) {
        violate("host " + host.name + " is upgraded before the coordinator");
    }
    if (!pool_->is_mixed() && !pool_->backed_up()) {
        violate("host " + host.name + " is the first to be upgraded, without a backup");
    }
}

// One that people see to comes late: nothing may have been brought there meanwhile.
void Judge::judge_going_down(const Happening& what) {
    const bool empty = pool_->guests(what.host) == 0;
    if (empty || is_race(what.key, what.host)) return;
    violate("host " + pool_->hosts()[what.host].name + " goes down with a VM on it");
}

void Judge::happened(const Happening& what) {
    const bool by_hand = what.key == 0;
    using enum Happening::Kind;
    const bool disturbs = what.kind == went_down || what.kind == came_back || what.kind == heard ||
                          what.kind == not_heard || what.kind == toolstack_down;
    if (disturbs) disturbed_ = what.at;
    if (what.kind == Happening::Kind::went_down && !by_hand) judge_going_down(what);
    // Only when its host is missed, or heard again, does the pool know what died with it.
    const bool is_known =
        what.kind == Happening::Kind::not_heard || what.kind == Happening::Kind::heard;
    for (const auto& [vm, host] : died_on_) {
        if (is_known && host == what.host) killed_[vm] = what.at;
    }
    if (what.kind == Happening::Kind::killed && !what.act) died_on_[what.vm] = what.host;
    if (what.kind == Happening::Kind::killed || what.kind == Happening::Kind::failed) {
        killed_.resize(pool_->vms().size(), long_ago);
        if (what.vm != nowhere) killed_[what.vm] = what.at;
        // Brought to a host that was about to restart, by somebody else.
        const bool race = what.kind == Happening::Kind::killed && is_race(what.key, what.host);
        if (what.vm != nowhere && !by_hand && !race) harmed_.insert(what.vm);
    }
    if (by_hand) {
        grown_.resize(pool_->vms().size(), long_ago);
        if (what.act == Act::restore_memory) grown_[what.vm] = what.at;
        put_.resize(pool_->vms().size(), long_ago);
        if (what.vm != nowhere) put_[what.vm] = what.at;
        touched(what.host, what.at);
        touched(what.to, what.at);
        return;
    }
    const bool leaves = what.act == Act::migrate || what.act == Act::migrate_storage ||
                        what.act == Act::suspend || what.act == Act::stop ||
                        what.act == Act::disable_host;
    if (what.kind == Happening::Kind::done && leaves) left_[what.host] = what.at;
    if (what.kind != Happening::Kind::began || !what.act) return;
    if (pool_->lock() != run_ && *what.act != Act::lock_pool && *what.act != Act::unlock_pool) {
        violate("order " + std::to_string(what.key) + " is carried out without the lock");
    }
    switch (*what.act) {
        case Act::migrate:
        case Act::migrate_storage:
        case Act::start:
        case Act::resume:
            return judge_arrival(what);
        case Act::restore_memory:
            return judge_growth(what);
        case Act::restart_host:
            return judge_restart(what);
        default:
            return;
    }
}

void Judge::look_at_memory() {
    for (std::size_t i = 0; i < pool_->hosts().size(); ++i) {
        const HostTruth& host = pool_->hosts()[i];
        const bool over = pool_->used(i) > host.memory;
        // Whoever overfilled it was judged then; memory that shrinks under VMs is found here.
        if (over && !overfull_[i] && touched_[i] < pool_->now()) {
            const auto& operations = pool_->operations();
            const bool comes = std::any_of(operations.begin(), operations.end(),
                                           [i](const auto& one) { return one.to == i; });
            if (!comes) violate("host " + host.name + " is over its memory");
        }
        overfull_[i] = over;
    }
}

void Judge::look_at_debts(const live::Status& status) {
    const auto check = [&](bool changed, Act act, const std::string& vm, const std::string& host) {
        if (!changed || is_owed(status, *undo_of(act), act, vm, host)) return;
        const std::string subject = vm + host;
        violate("nothing is owed for " + std::string(act_names[static_cast<std::size_t>(act)]) +
                (subject.empty() ? "" : " of " + subject));
    };
    check(pool_->ha().off_by_order, Act::disable_ha, "", "");
    check(pool_->wlb().off_by_order, Act::disable_wlb, "", "");
    check(pool_->auto_power_on().off_by_order, Act::disable_auto_power_on, "", "");
    for (const HostTruth& host : pool_->hosts()) {
        check(host.disabled_by_order, Act::disable_host, "", host.name);
    }
    for (const VmTruth& vm : pool_->vms()) {
        check(!vm.disc_before.empty(), Act::eject_cd, vm.name, "");
        check(!vm.range_before.empty(), Act::squeeze_memory, vm.name, "");
        if (vm.parked_on == nowhere || vm.power == Power::running) continue;
        check(true, vm.power == Power::halted ? Act::stop : Act::suspend, vm.name, "");
    }
    check(pool_->lock() == run_, Act::lock_pool, "", "");
}

void Judge::look_at_vms(const live::Status& status) {
    // A host that is silent for a moment is not gone, one that is back may go again.
    const live::Mission& mission = weather_->mission;
    const Duration slowest_look = std::chrono::minutes(2);
    const Duration steady =
        mission.silence_max + mission.grace + 3 * mission.look_every + slowest_look;
    const Instant seen = driver_->seen_at();
    if (first_seen_ <= disturbed_) first_seen_ = seen;  // looks may fail for long
    if (first_seen_ > disturbed_ && seen > first_seen_ + steady) judge_vms(status, seen - steady);
}

// Those who died before `known_by`, as far as the pool can know.
void Judge::judge_vms(const live::Status& status, Instant known_by) {
    killed_.resize(pool_->vms().size(), long_ago);
    for (std::size_t i = 0; i < pool_->vms().size(); ++i) {
        const VmTruth& vm = pool_->vms()[i];
        const auto& before = weather_->start.state.vms;
        const bool ran = i < before.size() &&
                         before[Id<Vm>{static_cast<std::uint32_t>(i)}].power == Power::running;
        if (!ran && harmed_.count(i) == 0) continue;
        const bool owed = is_owed(status, Act::resume, Act::suspend, vm.name, "") ||
                          is_owed(status, Act::start, Act::stop, vm.name, "");
        if (owed || vm.power == Power::running || vm.off_by_hand) continue;
        if (is_named(status, vm.name, vm_is_off)) continue;
        // The pool counts a host as live for minutes after it died, and its VMs as running.
        const bool gone_with_host =
            vm.believed_on != nowhere &&
            (pool_->hosts()[vm.believed_on].heard ||
             is_named(status, pool_->hosts()[vm.believed_on].name, host_is_gone));
        // What happened behind the last look nobody can have seen.
        if (gone_with_host || killed_[i] >= known_by) continue;
        violate("VM " + vm.name + " does not run any more, and no finding says so");
    }
}

bool Judge::has_part(std::size_t host) const {
    const auto& hosts = weather_->mission.job.hosts;
    const Id<Host> id{static_cast<std::uint32_t>(host)};
    return hosts.empty() || std::binary_search(hosts.begin(), hosts.end(), id);
}

// VMs of a placement are where they are wanted, hosts of an evacuation empty and disabled.
void Judge::judge_places(const live::Status& status) {
    const Job& job = weather_->mission.job;
    for (std::size_t i = 0; i < pool_->vms().size(); ++i) {
        const VmTruth& vm = pool_->vms()[i];
        // Who puts it elsewhere behind the last look at a locked pool is too late to be noticed.
        const bool put = i < put_.size() && put_[i] >= seen_at_unlock_;
        if (put || vm.power != Power::running || is_named(status, vm.name, vm_is_left)) continue;
        if (job.action == HostAction::evacuate && vm.host != nowhere && has_part(vm.host) &&
            !is_named(status, pool_->hosts()[vm.host].name, host_is_gone)) {
            violate("the run is done, but VM " + vm.name + " is on a host to be emptied");
        }
        if (job.action != HostAction::place || i >= job.goal.size()) continue;
        const Id<Host> wanted = job.goal[Id<Vm>{static_cast<std::uint32_t>(i)}];
        if (wanted.is_none() || vm.host == wanted.index || vm.host == nowhere) continue;
        if (is_named(status, pool_->hosts()[wanted.index].name, host_is_gone)) continue;
        violate("the run is done, but VM " + vm.name + " is not where it is wanted");
    }
}

void Judge::judge_hosts(const live::Status& status) {
    const HostAction action = weather_->mission.job.action;
    if (action == HostAction::place || action == HostAction::evacuate) return judge_places(status);
    for (std::size_t i = 0; i < pool_->hosts().size(); ++i) {
        const HostTruth& host = pool_->hosts()[i];
        const bool ready = !weather_->temper.upgrades || host.version == host.target;
        if (!has_part(i) || ready || is_named(status, host.name, host_is_gone)) continue;
        violate("the run is done, but host " + host.name + " is not upgraded");
    }
}

// Switched on again by us, it is what it was, or what people made of it.
void Judge::judge_ha(const live::Status& status) {
    const std::string& memo = pool_->ha_memo();
    const bool as_it_was = memo == live::ha_as_it_was || memo == live::ha_by_hand;
    if (!pool_->ha().on || as_it_was || is_named(status, "HA", is_owed_still)) return;
    violate("HA is on, but not as it was");
}

void Judge::look_at_stop(const live::Status& status) {
    if (status.sentence.empty()) violate("the run stopped and does not say why");
    if (status.findings.empty() && !aborted_) violate("the run stopped without a finding");
}

void Judge::look_at_end(const live::Status& status, bool done) {
    judge_vms(status, driver_->seen_at());
    look_at_debts(status);
    judge_ha(status);
    if (!done) return look_at_stop(status);
    judge_hosts(status);
    const bool leaves_hosts = weather_->mission.job.action == HostAction::evacuate;
    for (const Order& order : status.owed) {
        const bool meant =
            order.act == Act::enable_host || order.act == Act::resume || order.act == Act::start;
        if (leaves_hosts && meant) continue;
        const std::string what = describe(order);
        const bool told = std::any_of(
            status.findings.begin(), status.findings.end(),
            [&what](const Finding& one) { return one.sentence.find(what) != what.npos; });
        if (!told) violate("the run is done, but owes: " + what);
    }
    for (const live::Operation& one : pool_->operations()) {
        if (one.key != 0)
            violate("the run is done, but order " + std::to_string(one.key) + " goes on");
    }
}

}  // namespace vacate::storm
