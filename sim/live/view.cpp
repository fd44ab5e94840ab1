// From a look to what a run may rely on.
#include "sim/live/view.hpp"

#include <algorithm>

#include "model/effect.hpp"
#include "model/transition.hpp"
#include "sim/live/canary.hpp"
#include "sim/search/reach.hpp"

namespace vacate::live {
namespace {

bool restarts(const RunState& run, const std::string& host) {
    Order order;
    order.act = Act::restart_host;
    order.host = host;
    return run.flight_of(order) != nullptr;
}

// A host that our order restarts is out of use and not done, whatever the pool says of it.
void take_out(PoolState& state, Id<Host> host) { find(state, HostFound{host, false}); }

// The same pool without the hosts that `gone` names.
void drop_hosts(Scenario& scenario, const std::vector<bool>& gone) {
    Pool& pool = scenario.pool;
    Table<Host, Id<Host>> renamed(pool.hosts.size(), Id<Host>::none());
    Table<Host> hosts;
    Table<Host, HostState> states;
    for (const Id<Host> host : pool.hosts.ids()) {
        if (gone[host.index]) continue;
        renamed[host] = hosts.push_back(pool.hosts[host]);
        states.push_back(scenario.state.hosts[host]);
    }
    const auto rename = [&renamed](Id<Host>& host) {
        if (!host.is_none()) host = renamed[host];
    };
    for (VmState& vm : scenario.state.vms) {
        rename(vm.host);
        rename(vm.to);
        rename(vm.parked);
    }
    rename(pool.coordinator);
    pool.hosts = std::move(hosts);
    scenario.state.hosts = std::move(states);
    scenario.chance = Chance{};
}

void drop_unreachable(const RunState& run, Scenario& scenario) {
    std::vector<bool> gone(scenario.pool.hosts.size(), false);
    for (const Id<Host> host : scenario.pool.hosts.ids()) {
        if (restarts(run, scenario.pool.hosts[host].name)) {
            take_out(scenario.state, host);
            continue;
        }
        // One that somebody may still upgrade goes down any moment.
        const bool is_used = run.handed_over.count(scenario.pool.hosts[host].name) > 0 &&
                             scenario.state.hosts[host].vms == 0 &&
                             host != scenario.pool.coordinator;
        if (scenario.state.hosts[host].phase != HostPhase::lost && !is_used) continue;
        gone[host.index] = true;
    }
    drop_hosts(scenario, gone);
}

void tell_job(const RunState& run, Scenario& scenario) {
    const Job job = job_in(run, scenario.pool);
    narrow(job, scenario.pool, scenario.state);
    // Without hosts a job is the upgrade of all; one whose hosts are all gone is none.
    const bool nothing_left = job.hosts.empty() && !run.job_hosts.empty();
    for (const Id<Host> id : scenario.pool.hosts.ids()) {
        Host& host = scenario.pool.hosts[id];
        HostState& now = scenario.state.hosts[id];
        const bool rebooted =
            run.action == HostAction::reboot && run.restarted.count(host.name) > 0;
        if (rebooted) now.upgraded = true;
        if (!nothing_left && run.left_out.count(host.name) == 0) continue;
        const Bytes memory = capacity_in(scenario.pool, scenario.state, id);
        host.version = Version(version_in(scenario.pool, scenario.state, id));
        host.target = host.version;
        host.memory = host.memory_after = memory;
        now.upgraded = true;
    }
    const auto& hosts = scenario.state.hosts;
    scenario.state.hosts_upgraded = static_cast<std::uint32_t>(std::count_if(
        hosts.begin(), hosts.end(), [](const HostState& one) { return one.upgraded; }));
    scenario.state.backed_up = run.backed_up || run.action == HostAction::reboot;
}

// The drive is empty now: what was in it stands in the pool of the beginning.
void remember_cd(const RunState& run, Scenario& scenario, Id<Vm> vm) {
    const Id<Vm> before = id_of(run.start->pool.vms, scenario.pool.vms[vm].name);
    if (before.is_none() || !run.start->pool.vms[before].cd) return;
    const std::string& storage = run.start->pool.storages[*run.start->pool.vms[before].cd].name;
    const Id<Storage> cd = id_of(scenario.pool.storages, storage);
    if (cd.is_none() || scenario.pool.vms[vm].cd) return;
    scenario.pool.vms[vm].cd = cd;
    scenario.state.vms[vm].cd_ejected = true;
}

// It is squeezed now: how much it gave up stands in the range that it had.
void remember_range(const Order& order, Scenario& scenario, Id<Vm> vm) {
    const auto before = read_range(order.memo);
    Vm& one = scenario.pool.vms[vm];
    // Else the look is older, or somebody gave it back.
    if (!before || before->least <= full_ram(one)) return;
    // On a host that is not heard of nobody knows whether there is room: it stays as it is.
    const VmState& now = scenario.state.vms[vm];
    if (now.power == Power::running && now.host.is_none()) return;
    keep_range(one);
    one.squeeze = before->least - one.ram;
    scenario.state.vms[vm].squeezed = true;
}

void remember_owed(const RunState& run, Scenario& scenario) {
    PoolState& state = scenario.state;
    for (const Order& order : run.owed) {
        if (order.act == Act::enable_ha) state.ha.turned_off = !state.ha.on;
        if (order.act == Act::enable_wlb) state.wlb.turned_off = !state.wlb.on;
        if (order.act == Act::enable_auto_power_on) {
            state.auto_power_on.turned_off = !state.auto_power_on.on;
        }
        const Id<Vm> vm = id_of(scenario.pool.vms, order.vm);
        if (vm.is_none()) continue;
        if (order.act == Act::insert_cd) remember_cd(run, scenario, vm);
        if (order.act == Act::restore_memory) remember_range(order, scenario, vm);
        if (brings_back(order.act) && state.vms[vm].power != Power::running) {
            state.vms[vm].parked = id_of(scenario.pool.hosts, order.host);
        }
    }
    for (const auto& [name, storage] : run.disks_at) {
        const Id<Vm> vm = id_of(scenario.pool.vms, name);
        if (!vm.is_none()) state.vms[vm].storage = id_of(scenario.pool.storages, storage);
    }
}

// No range changes while versions are mixed (R14): what a VM has not given up by then it keeps.
void keep_ranges(Scenario& scenario) {
    for (const Id<Vm> vm : scenario.pool.vms.ids()) {
        if (!scenario.state.vms[vm].squeezed) keep_range(scenario.pool.vms[vm]);
    }
}

// Rules do not matter any more: it was sent. False when it cannot be, or is over already.
bool hold(const Pool& pool, PoolState& state, const Order& order) {
    const auto step = step_of(pool, order);
    if (!step) return false;
    const auto violation = forbids(pool, state, *step);
    if (violation && violation->rule == Rule::sense) return false;
    begin(pool, state, *step);
    return true;
}

void wait_for(const std::vector<Id<Step>>& open, std::vector<Id<Step>>& after) {
    after.insert(after.end(), open.begin(), open.end());
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
}

void find_busy(const RunState& run, const Snapshot& look, const std::vector<Order>& ended,
               View& view) {
    std::set<std::string> our_vms;
    std::set<std::string> our_hosts;
    const auto add = [&](const Order& order) {
        our_vms.insert(order.vm);
        our_hosts.insert(order.host);
        our_hosts.insert(order.to);
    };
    for (const auto& [key, flight] : run.flights) add(flight.command.order);
    for (const Order& order : ended) add(order);
    const Pool& pool = look.scenario.pool;
    for (const Id<Vm> vm : pool.vms.ids()) {
        const std::string& name = pool.vms[vm].name;
        if (look.vms[vm].busy && our_vms.count(name) == 0) view.busy_vms.insert(name);
    }
    for (const Id<Host> host : pool.hosts.ids()) {
        const std::string& name = pool.hosts[host].name;
        if (look.hosts[host].busy && our_hosts.count(name) == 0) view.busy_hosts.insert(name);
    }
}

// A host that we disabled and that is enabled now, before it was restarted: members of a
// coordinator that was away start their toolstack anew, and forget. It is to be disabled again.
void take_back_disabled(const RunState& run, const Pool& pool, const PoolState& state,
                        std::vector<bool>& done) {
    std::set<std::string> restarted;
    for (std::size_t i = 0; i < done.size(); ++i) {
        const Order& order = run.plan.orders[i];
        if (order.act == Act::restart_host && done[i]) restarted.insert(order.host);
    }
    for (std::size_t i = 0; i < done.size(); ++i) {
        const Order& order = run.plan.orders[i];
        if (order.act != Act::disable_host || !done[i]) continue;
        const Id<Host> host = id_of(pool.hosts, order.host);
        if (host.is_none() || restarted.count(order.host) > 0) continue;
        if (state.hosts[host].phase == HostPhase::enabled) done[i] = false;
    }
}

}  // namespace

Job job_in(const RunState& run, const Pool& pool) {
    Job job;
    job.action = run.action;
    for (const std::string& name : run.job_hosts) {
        const Id<Host> host = id_of(pool.hosts, name);
        if (!host.is_none() && run.left_out.count(name) == 0) job.hosts.push_back(host);
    }
    std::sort(job.hosts.begin(), job.hosts.end());
    job.home = run.home;
    if (run.action != HostAction::place) return job;
    job.goal = Placement(pool.vms.size(), Id<Host>::none());
    for (const auto& [name, host] : run.goal) {
        const Id<Vm> vm = id_of(pool.vms, name);
        const bool wanted = !vm.is_none() && run.set_aside.count(name) == 0;
        if (wanted && run.left_out.count(host) == 0) job.goal[vm] = id_of(pool.hosts, host);
    }
    return job;
}

Placement places_at_start(const RunState& run, const Pool& pool) {
    Placement places(pool.vms.size(), Id<Host>::none());
    const Scenario& start = *run.start;
    for (const Id<Vm> vm : start.pool.vms.ids()) {
        const Id<Vm> here = id_of(pool.vms, start.pool.vms[vm].name);
        const Id<Host> host = start.state.vms[vm].host;
        if (here.is_none() || host.is_none()) continue;
        places[here] = id_of(pool.hosts, start.pool.hosts[host].name);
    }
    return places;
}

Scenario seen_by(const RunState& run, const Scenario& scenario) {
    Scenario seen = scenario;
    drop_unreachable(run, seen);
    tell_job(run, seen);
    remember_owed(run, seen);
    if (is_mixed(seen.pool, seen.state)) keep_ranges(seen);
    for (Vm& vm : seen.pool.vms) {
        if (run.set_aside.count(vm.name) > 0) vm.mobility = Mobility::pinned;
    }
    for (const std::string& name : run.keeps_range) {
        const Id<Vm> vm = id_of(seen.pool.vms, name);
        if (!vm.is_none() && !seen.state.vms[vm].squeezed) keep_range(seen.pool.vms[vm]);
    }
    return seen;
}

View view_of(const RunState& run, const Snapshot& look, const std::vector<Order>& ended) {
    View view;
    view.scenario = seen_by(run, look.scenario);
    const Pool& pool = view.scenario.pool;
    PoolState& bare = view.scenario.state;
    for (const Order& order : ended) {
        if (order.act == Act::restart_host || !hold(pool, bare, order)) continue;
        end(pool, bare, *step_of(pool, order));
    }
    find_busy(run, look, ended, view);
    KnownSteps known;
    std::vector<Id<Step>> backups;  // that are open
    view.plan.after = run.plan.plan.after;
    view.done = run.plan.done;
    take_back_disabled(run, pool, bare, view.done);
    for (const Id<Step> id : run.plan.plan.steps.ids()) {
        const auto step = step_of(pool, run.plan.orders[id.index]);
        if (!step) view.unknown.push_back(id);
        if (view.done[id.index]) known.done.push_back(id);
        const bool taken_back = run.plan.done[id.index] && !view.done[id.index];
        if (taken_back) known.open.push_back(id);
        // That a host is disabled shows no backup: somebody else may have done that.
        const bool is_backup = run.plan.orders[id.index].act == Act::back_up_database;
        if (is_backup && !run.backed_up) {
            known.open.push_back(id);
            backups.push_back(id);
        }
        view.plan.steps.push_back(step.value_or(BackUpDatabase{}));
        // That it waits for a disable says nothing of the backup where somebody else did that.
        const bool restarts_host = run.plan.orders[id.index].act == Act::restart_host;
        if (restarts_host) wait_for(backups, view.plan.after[id]);
    }
    view.progress = progress_of(pool, bare, view.plan, view.unknown, known);
    view.state = view.progress.now;
    for (const auto& [key, flight] : run.flights) {
        if (is_broken(Canary::drops_reservations)) continue;
        if (hold(pool, view.state, flight.command.order)) view.held.insert(key);
    }
    return view;
}

bool fulfils(const RunState& run, const Pool& pool, const PoolState& state) {
    if (run.action == HostAction::evacuate) {
        const Job job = job_in(run, pool);
        return std::all_of(job.hosts.begin(), job.hosts.end(), [&state](Id<Host> host) {
            const HostState& one = state.hosts[host];
            return one.phase == HostPhase::disabled && one.vms == 0;
        });
    }
    if (run.action == HostAction::place) {
        const Placement goal = job_in(run, pool).goal;
        return astray(state, goal).empty();
    }
    return std::all_of(state.hosts.begin(), state.hosts.end(), [](const HostState& one) {
        return one.upgraded && one.phase != HostPhase::lost;
    });
}

}  // namespace vacate::live
